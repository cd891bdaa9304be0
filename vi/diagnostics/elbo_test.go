package diagnostics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"

	"natgrad/vi/diagnostics"
)

// Log ratios are N(m, s²), so E log r = m and log E r = m + s²/2; over many
// runs estimates have these means and the standard errors reported.
func TestEvidenceOverRuns(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const runs, n, m, s = 1500, 300, -40, 0.5
	var elbos, logs, smoothed, elboVar, logVar, smoothedVar []float64
	for range runs {
		r := make([]float64, n)
		for i := range r {
			r[i] = m + s*rng.NormFloat64()
		}
		e, err := diagnostics.ELBO(r)
		if err != nil {
			t.Fatal(err)
		}
		l, err := diagnostics.Evidence(r)
		if err != nil {
			t.Fatal(err)
		}
		p, err := diagnostics.Smooth(r)
		if err != nil {
			t.Fatal(err)
		}
		ls, err := p.Evidence()
		if err != nil {
			t.Fatal(err)
		}
		elbos, elboVar = append(elbos, e.Value), append(elboVar, e.StdErr*e.StdErr)
		logs, logVar = append(logs, l.Value), append(logVar, l.StdErr*l.StdErr)
		smoothed, smoothedVar = append(smoothed, ls.Value), append(smoothedVar, ls.StdErr*ls.StdErr)
	}
	near(t, "ELBO", stat.Mean(elbos, nil), m, 1e-4)
	near(t, "evidence", stat.Mean(logs, nil), m+s*s/2, 1e-4)
	near(t, "smoothed evidence", stat.Mean(smoothed, nil), m+s*s/2, 1e-4)
	near(t, "standard error of the ELBO", math.Sqrt(stat.Mean(elboVar, nil)), stat.StdDev(elbos, nil), 0.05)
	near(t, "standard error of the evidence", math.Sqrt(stat.Mean(logVar, nil)), stat.StdDev(logs, nil), 0.05)
	near(t, "standard error of the smoothed evidence", math.Sqrt(stat.Mean(smoothedVar, nil)), stat.StdDev(smoothed, nil), 0.05)
}

func TestEvidenceByHand(t *testing.T) {
	e, err := diagnostics.ELBO([]float64{1, 2, 6})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ELBO", e.Value, 3, 1e-14)
	near(t, "its standard error", e.StdErr, math.Sqrt(7./3), 1e-14) // s² = 7

	// Ratios 1, 2, 3, 0 times e^1000: mean 3/2, s² = 5/3.
	e, err = diagnostics.Evidence([]float64{1000, 1000 + math.Log(2), 1000 + math.Log(3), math.Inf(-1)})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "evidence", e.Value, 1000+math.Log(1.5), 1e-14)
	near(t, "its standard error", e.StdErr, math.Sqrt(5./3/4)/1.5, 1e-12)

	// Equal ratios are without error; one that dominates gives 1.
	e, err = diagnostics.Evidence([]float64{5, 5, 5})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "evidence of equal ratios", e.Value, 5, 1e-14)
	near(t, "its standard error", e.StdErr, 0, 1e-12)
	e, err = diagnostics.Evidence([]float64{5, -1e5, 1e5})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "standard error of a dominated estimate", e.StdErr, 1, 1e-14)
}

func TestEvidenceRefuses(t *testing.T) {
	inf := math.Inf(1)
	_, err := diagnostics.ELBO([]float64{1})
	wantError(t, "one ratio", err, &diagnostics.CountError{Of: "log ratios", Got: 1, Want: 2})
	_, err = diagnostics.ELBO([]float64{1, -inf})
	wantError(t, "a ratio of zero", err, &diagnostics.ValueError{Of: "log ratio", Index: 1, Column: -1, Got: -inf, Want: "a finite number"})
	_, err = diagnostics.ELBO([]float64{1, -1e200, 1e180})
	wantError(t, "an overflow", err, &diagnostics.ValueError{Of: "log ratio", Index: 1, Column: -1, Got: -1e200, Want: "a number with a finite square"})
	_, err = diagnostics.Evidence([]float64{1, inf})
	wantError(t, "an infinite ratio", err, &diagnostics.ValueError{Of: "log ratio", Index: 1, Column: -1, Got: inf, Want: "a number below +Inf"})
	_, err = diagnostics.Evidence([]float64{1})
	wantError(t, "one ratio", err, &diagnostics.CountError{Of: "log ratios", Got: 1, Want: 2})
	p, err := diagnostics.Smooth([]float64{1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Evidence()
	wantError(t, "one smoothed ratio", err, &diagnostics.CountError{Of: "log ratios", Got: 1, Want: 2})
}

func ExampleELBO() {
	logRatios := []float64{-11.2, -10.8, -11.0, -11.4, -10.9, -11.1}
	e, err := diagnostics.ELBO(logRatios)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f ± %.2f\n", e.Value, e.StdErr)
	// Output:
	// -11.07 ± 0.09
}
