package main

import (
	"io"
	"math"

	"natgrad/examples/internal/cli"
	"natgrad/vi"
)

// output is what -json writes. Other programs read it: keep the names.
type output struct {
	Rows         int           `json:"rows"`    // fitted
	Columns      int           `json:"columns"` // without the intercept
	ELBO         float64       `json:"elbo"`
	ELBOStdErr   float64       `json:"elbo_se"`
	Iterations   int           `json:"iterations"`
	GradEvals    int           `json:"grad_evals"`
	Seconds      float64       `json:"seconds"`
	Status       vi.Status     `json:"status"`
	Verdict      vi.Verdict    `json:"verdict"`
	Reasons      []string      `json:"reasons"`
	KHat         *float64      `json:"khat"` // null: not looked at, or not finite
	Coefficients []coefficient `json:"coefficients"`
	Covariance   [][]float64   `json:"covariance"`
	Fitted       moments       `json:"fitted"`
	Test         *score        `json:"test"`
}

// moments are those of the coefficients in the scale that was fitted.
type moments struct {
	Mean []float64 `json:"mean"`
	SD   []float64 `json:"sd"`
}

// writeJSON writes the results to a file, or to stdout for "-".
func writeJSON(path string, stdout io.Writer, in *input, res *vi.Result, p *posterior, s *score) error {
	rows, columns := in.train.Dims()
	o := output{
		Rows: rows, Columns: columns,
		ELBO: res.ELBO, ELBOStdErr: res.StdErr,
		Iterations: res.Iterations, GradEvals: res.GradEvals, Seconds: res.Runtime.Seconds(), Status: res.Status,
		Verdict: res.Verdict, Reasons: res.Reasons, KHat: finite(res),
		Coefficients: p.coef,
		Fitted:       moments{p.mean, p.sd},
		Test:         s,
	}
	for d := len(p.mean); len(o.Covariance)*d < len(p.cov); {
		i := len(o.Covariance)
		o.Covariance = append(o.Covariance, p.cov[i*d:(i+1)*d])
	}
	return cli.WriteJSON(path, stdout, o)
}

// finite returns k̂ as JSON can hold it.
func finite(res *vi.Result) *float64 {
	if res.Draws == nil || math.IsInf(res.KHat, 0) || math.IsNaN(res.KHat) {
		return nil
	}
	return &res.KHat
}
