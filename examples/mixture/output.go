package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"natgrad/examples/internal/cli"
)

// output is what -json writes. Other programs read it: keep the names.
type output struct {
	Rows       int         `json:"rows"`
	Columns    []string    `json:"columns"`
	ELBO       float64     `json:"elbo"`
	ELBOStdErr float64     `json:"elbo_se"`
	Effective  int         `json:"effective_components"`
	Components []component `json:"components"`
	ByNumber   []size      `json:"by_components"`
	Status     string      `json:"status"`
	Reasons    []string    `json:"notes"`
	Starts     string      `json:"starts"`
	Seconds    float64     `json:"seconds"`
	Iterations int         `json:"iterations"`
}

type component struct {
	Weight             float64     `json:"weight"`
	WeightSD           float64     `json:"weight_sd"`
	Rows               float64     `json:"rows"`
	Mean               []float64   `json:"mean"`
	MeanSD             []*float64  `json:"mean_sd"`
	Covariance         [][]float64 `json:"covariance"`
	ExpectedCovariance [][]float64 `json:"expected_covariance"`
	SD                 []*float64  `json:"sd"`
	SDSD               []*float64  `json:"sd_sd"`
}

type size struct {
	Components int     `json:"components"`
	ELBO       float64 `json:"elbo"`
	WithLabels float64 `json:"with_labels"`
	Effective  int     `json:"effective_components"`
	Status     string  `json:"status"`
}

// writeJSON writes the results to a file, or to stdout for "-".
func writeJSON(path string, stdout io.Writer, in *input, s *searched, best *fitted) error {
	n, _ := in.x.Dims()
	o := output{
		Rows: n, Columns: in.names, ELBO: best.res.ELBO, ELBOStdErr: best.res.StdErr, Effective: best.effective,
		Status: best.res.Status.String(), Reasons: append([]string{}, best.res.Notes...), Starts: startsOf(best),
		Seconds: s.seconds, Iterations: best.res.Iterations,
	}
	for _, p := range best.parts {
		o.Components = append(o.Components, component{
			p.weight, p.weightSD, p.rows, p.Mean, finite(p.MeanSD), square(p.Covariance), square(p.ExpectedCovariance), finite(p.SD), finite(p.SDSD),
		})
	}
	for _, f := range s.fits {
		o.ByNumber = append(o.ByNumber, size{f.k, f.res.ELBO, f.score(), f.effective, f.res.Status.String()})
	}
	return cli.WriteJSON(path, stdout, o)
}

// finite returns numbers as JSON can hold them, null for what does not exist.
func finite(x []float64) []*float64 {
	p := make([]*float64, len(x))
	for i := range x {
		if !math.IsInf(x[i], 0) && !math.IsNaN(x[i]) {
			p[i] = &x[i]
		}
	}
	return p
}

// square returns the rows of a matrix.
func square(a []float64) [][]float64 {
	var rows [][]float64
	d := int(math.Sqrt(float64(len(a))))
	for i := range d {
		rows = append(rows, a[i*d:(i+1)*d])
	}
	return rows
}

// writeAssignments writes the responsibilities of the components, in the order of the
// report, for each row: line of the file, the likeliest component, and r_1, r_2, …
func writeAssignments(path string, in *input, f *fitted) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("-assign: %w", err)
	}
	defer func() {
		if e := file.Close(); err == nil {
			err = e
		}
		if err != nil {
			err = fmt.Errorf("-assign: %w", err)
		}
	}()
	w := bufio.NewWriter(file)
	fmt.Fprint(w, "line,component")
	for i := range f.parts {
		fmt.Fprintf(w, ",r%d", i+1)
	}
	fmt.Fprintln(w)
	r, err := f.responsibilities(in)
	if err != nil {
		return err
	}
	for i, line := range in.lines {
		row := r[i*f.k : (i+1)*f.k]
		top := 0
		for j, p := range f.parts {
			if row[p.index] > row[f.parts[top].index] {
				top = j
			}
		}
		fmt.Fprintf(w, "%d,%d", line, top+1)
		for _, p := range f.parts {
			w.WriteString("," + strconv.FormatFloat(row[p.index], 'g', -1, 64))
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// responsibilities returns those of all rows, in the order of the model.
func (f *fitted) responsibilities(in *input) ([]float64, error) {
	n, _ := in.x.Dims()
	r := make([]float64, n*f.k)
	if !f.model.Expect(f.res.Q.Natural(nil), f.res.Q.Mean(nil)) {
		return nil, errors.New("the posterior has no expectations")
	}
	f.model.Responsibilities(r, 0, n)
	return r, nil
}
