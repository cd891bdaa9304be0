package diagnostics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/vi/diagnostics"
)

func TestCompare(t *testing.T) {
	a := diagnostics.Summary{Mean: []float64{0, 10, -3}, SD: []float64{1, 2, 0.5}, ELBO: diagnostics.Estimate{Value: -10, StdErr: 0.3}}
	b := diagnostics.Summary{Mean: []float64{0.5, 8, -2}, SD: []float64{1, 8, 1}, ELBO: diagnostics.Estimate{Value: -13, StdErr: 0.4}}
	want := diagnostics.Agreement{
		Mean: 2, MeanAt: 2, // 1 of sd 0.5; 2 of sd 2 is less
		LogSD: math.Log(4), LogSDAt: 1,
		ELBO: diagnostics.Estimate{Value: 3, StdErr: 0.5},
	}
	got, err := diagnostics.Compare(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, approx); diff != "" {
		t.Errorf("agreement (-want +got):\n%s", diff)
	}
	got, err = diagnostics.Compare(b, a)
	if err != nil {
		t.Fatal(err)
	}
	want.ELBO.Value = -3
	if diff := cmp.Diff(want, got, approx); diff != "" {
		t.Errorf("agreement the other way (-want +got):\n%s", diff)
	}
	got, err = diagnostics.Compare(a, a)
	if err != nil {
		t.Fatal(err)
	}
	if got.Mean != 0 || got.LogSD != 0 || got.ELBO.Value != 0 {
		t.Errorf("agreement with itself is %+v", got)
	}
}

// The largest over directions is no smaller than along any of them, and is
// reached: a search over angles in two dimensions.
func TestCompareGaussiansByAngle(t *testing.T) {
	meanA, covA := []float64{1, -2}, []float64{2, 0.7, 0.7, 1}
	meanB, covB := []float64{1.4, -1}, []float64{0.5, -0.3, -0.3, 3}
	got, err := diagnostics.CompareGaussians(meanA, covA, meanB, covB)
	if err != nil {
		t.Fatal(err)
	}
	var mean, logSD float64
	for i := range 100000 {
		s, c := math.Sincos(math.Pi * float64(i) / 100000)
		va := c*c*covA[0] + 2*c*s*covA[1] + s*s*covA[3]
		vb := c*c*covB[0] + 2*c*s*covB[1] + s*s*covB[3]
		mean = max(mean, math.Abs(c*(meanA[0]-meanB[0])+s*(meanA[1]-meanB[1]))/math.Sqrt(min(va, vb)))
		logSD = max(logSD, math.Abs(math.Log(va/vb))/2)
	}
	near(t, "Mean", got.Mean, mean, 1e-8)
	near(t, "LogSD", got.LogSD, logSD, 1e-8)
	if got.MeanAt != -1 || got.LogSDAt != -1 {
		t.Errorf("parameters %d and %d, want -1", got.MeanAt, got.LogSDAt)
	}
}

// Diagonal Gaussians agree as their summaries do, in either order; a linear
// change of parameters, however badly scaled, alters nothing.
func TestCompareGaussiansInvariant(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const d = 5
	var a, b diagnostics.Summary
	covA, covB := make([]float64, d*d), make([]float64, d*d)
	for j := range d {
		a.Mean, b.Mean = append(a.Mean, rng.NormFloat64()), append(b.Mean, 0)
		a.SD, b.SD = append(a.SD, rng.ExpFloat64()), append(b.SD, rng.ExpFloat64())
		covA[j*d+j], covB[j*d+j] = a.SD[j]*a.SD[j], b.SD[j]*b.SD[j]
	}
	// Only one mean differs, as otherwise some combination differs more.
	for j := range d {
		if j != 2 {
			b.Mean[j] = a.Mean[j]
		}
	}
	want, err := diagnostics.Compare(a, b)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, ma, ca, mb, cb []float64) {
		t.Helper()
		for range 2 {
			got, err := diagnostics.CompareGaussians(ma, ca, mb, cb)
			if err != nil {
				t.Fatal(err)
			}
			near(t, what+": Mean", got.Mean, want.Mean, 1e-9)
			near(t, what+": LogSD", got.LogSD, want.LogSD, 1e-9)
			ma, ca, mb, cb = mb, cb, ma, ca
		}
	}
	check("diagonal", a.Mean, covA, b.Mean, covB)

	// z ↦ D (1 + U) z with U above the diagonal and D from 1e-8 to 1e8.
	m := make([]float64, d*d)
	for i := range d {
		scale := math.Pow(10, 4*float64(i)-8)
		m[i*d+i] = scale
		for j := i + 1; j < d; j++ {
			m[i*d+j] = scale * rng.NormFloat64()
		}
	}
	mul := func(mean, cov []float64) (mm, mc []float64) {
		mm, mc = make([]float64, d), make([]float64, d*d)
		for i := range d {
			for k := range d {
				mm[i] += m[i*d+k] * mean[k]
				for j := range d {
					mc[i*d+j] += m[i*d+k] * cov[k*d+k] * m[j*d+k]
				}
			}
		}
		return mm, mc
	}
	ma, ca := mul(a.Mean, covA)
	mb, cb := mul(b.Mean, covB)
	check("transformed", ma, ca, mb, cb)
}

func TestCompareRefuses(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	ok := diagnostics.Summary{Mean: []float64{1, 2}, SD: []float64{1, 1}}
	_, err := diagnostics.Compare(ok, diagnostics.Summary{Mean: []float64{1, nan}, SD: []float64{1, 1}})
	wantError(t, "mean", err, &diagnostics.ValueError{Of: "second mean", Index: 1, Column: -1, Got: nan, Want: "a finite number"})
	for _, bad := range []float64{0, -1, nan, inf} {
		_, err = diagnostics.Compare(diagnostics.Summary{Mean: []float64{1, 2}, SD: []float64{bad, 1}}, ok)
		wantError(t, "sd", err, &diagnostics.ValueError{Of: "first standard deviation", Index: 0, Column: -1, Got: bad, Want: "a finite positive number"})
	}
	_, err = diagnostics.Compare(ok, diagnostics.Summary{Mean: ok.Mean, SD: ok.SD, ELBO: diagnostics.Estimate{Value: nan}})
	wantError(t, "ELBO", err, &diagnostics.ValueError{Of: "second ELBO", Index: 0, Column: -1, Got: nan, Want: "a finite number"})
	_, err = diagnostics.Compare(diagnostics.Summary{}, diagnostics.Summary{})
	wantError(t, "nothing", err, &diagnostics.CountError{Of: "parameters", Got: 0, Want: 1})

	m, c := []float64{1, 2}, []float64{1, 0, 0, 1}
	_, err = diagnostics.CompareGaussians(m, c, []float64{inf, 0}, c)
	wantError(t, "Gaussian mean", err, &diagnostics.ValueError{Of: "second mean", Index: 0, Column: -1, Got: inf, Want: "a finite number"})
	_, err = diagnostics.CompareGaussians(m, []float64{1, nan, 0, 1}, m, c)
	wantError(t, "covariance", err, &diagnostics.ValueError{Of: "first covariance", Index: 0, Column: 1, Got: nan, Want: "a finite number"})
	_, err = diagnostics.CompareGaussians(m, c, m, []float64{1, 2, 2, 1})
	wantError(t, "indefinite", err, &diagnostics.DefiniteError{Of: "second covariance"})
	_, err = diagnostics.CompareGaussians(nil, nil, nil, nil)
	wantError(t, "nothing", err, &diagnostics.CountError{Of: "parameters", Got: 0, Want: 1})

	// Numbers that overflow are far apart.
	r, err := diagnostics.CompareGaussians([]float64{1e300, -1e300}, []float64{1e-20, 0.5e-20, 0.5e-20, 1e-20}, m, []float64{1e300, 0, 0, 1e300})
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsInf(r.Mean, 1) || !(r.LogSD > 300) {
		t.Errorf("agreement of far Gaussians is %+v", r)
	}
	for name, f := range map[string]func(){
		"lengths of summaries":   func() { diagnostics.Compare(ok, diagnostics.Summary{Mean: []float64{1}, SD: []float64{1}}) },
		"lengths of covariances": func() { diagnostics.CompareGaussians(m, c, m, []float64{1}) },
	} {
		if !panics(f) {
			t.Errorf("%s: no panic", name)
		}
	}
}

func ExampleCompare() {
	a := diagnostics.Summary{Mean: []float64{1.0, 4.0}, SD: []float64{0.5, 1.0}, ELBO: diagnostics.Estimate{Value: -20.1, StdErr: 0.03}}
	b := diagnostics.Summary{Mean: []float64{1.1, 8.0}, SD: []float64{0.5, 1.6}, ELBO: diagnostics.Estimate{Value: -23.3, StdErr: 0.04}}
	r, err := diagnostics.Compare(a, b)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("parameter %d is %.1f sd away, the sd of %d by a factor %.1f, the ELBO by %.1f ± %.2f\n",
		r.MeanAt, r.Mean, r.LogSDAt, math.Exp(r.LogSD), r.ELBO.Value, r.ELBO.StdErr)
	// Output:
	// parameter 1 is 4.0 sd away, the sd of 1 by a factor 1.6, the ELBO by 3.2 ± 0.05
}
