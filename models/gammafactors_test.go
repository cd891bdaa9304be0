package models_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/models"
	"natgrad/models/modeltest"
)

func gammaFactors(k int) *models.GammaFactors {
	x := must(models.NewDense(5, 2, []float64{0.3, 1.2, -0.8, -0.1, 1.9, 0.6, 0.2, -0.7, -1.1, -2.3}))
	return must(models.NewGammaFactors(x, k, 0.3, 1.4, 0.8))
}

func TestGammaFactorsKeepTheLaws(t *testing.T) {
	modeltest.Test(t, gammaFactors(1), [][]float64{{0.3, 1.2}, {4, 0.05}})
	modeltest.Test(t, gammaFactors(3), [][]float64{{0.3, 1.2, 0.1, 0.7, 2, 0.02}, {4, 0.05, 1, 1, 1, 1}})
	grad := make([]float64, 2)
	for _, z := range [][]float64{{0, 1}, {1, -1}, {math.NaN(), 1}, {1e200, 1}, {math.Inf(1), 1}} {
		if l := gammaFactors(1).LogJointGrad(grad, z); !math.IsInf(l, -1) || !math.IsNaN(grad[0]) {
			t.Errorf("log p = %g, gradient %g at %v, want −Inf and NaN", l, grad, z)
		}
	}
}

// The log-joint is the sum of the Gamma densities of loadings and the Gaussian ones of
// rows, by the inverse of a 2×2 matrix.
func TestGammaFactorsLogJoint(t *testing.T) {
	w := []float64{0.3, 1.2, 0.1, 0.7, 2, 0.02}
	var want float64
	for _, x := range w {
		want += 1.4*math.Log(0.8) - lgamma(1.4) + 0.4*math.Log(x) - 0.8*x
	}
	a := w[0]*w[0] + w[1]*w[1] + w[2]*w[2] + 0.3
	c := w[3]*w[3] + w[4]*w[4] + w[5]*w[5] + 0.3
	b := w[0]*w[3] + w[1]*w[4] + w[2]*w[5]
	det := a*c - b*b
	y := []float64{0.3, 1.2, -0.8, -0.1, 1.9, 0.6, 0.2, -0.7, -1.1, -2.3}
	for i := 0; i < len(y); i += 2 {
		p, q := y[i], y[i+1]
		want -= math.Log(2*math.Pi) + 0.5*math.Log(det) + 0.5*(c*p*p-2*b*p*q+a*q*q)/det
	}
	within(t, 1e-13, gammaFactors(3).LogJoint(w), want, "log-joint")
}

// Starts differ, and have the variances of the rows.
func TestGammaFactorsStart(t *testing.T) {
	m := gammaFactors(400)
	λ := m.StartNatural(nil, 0, rand.New(rand.NewPCG(1, 1)))
	for j, want := range []float64{(0.09 + 0.64 + 3.61 + 0.04 + 1.21) / 5, (1.44 + 0.01 + 0.36 + 0.49 + 5.29) / 5} {
		sum := 0.3
		for f := range 400 {
			i := 2 * (400*j + f)
			mean := (λ[i] + 1) / -λ[i+1]
			sum += mean * mean
		}
		if math.Abs(sum-want) > 0.3*want {
			t.Errorf("the variance of column %d begins at %g, that of the rows is %g", j, sum, want)
		}
	}
	if λ[1] == λ[3] {
		t.Error("two factors begin equal")
	}
}

func TestGammaFactorsRefuse(t *testing.T) {
	x := must(models.NewDense(1, 2, []float64{1, 2}))
	var errs []error
	add := func(_ any, err error) { errs = append(errs, err) }
	add(models.NewGammaFactors(x, 0, 1, 1, 1))
	for _, v := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		add(models.NewGammaFactors(x, 1, v, 1, 1))
		add(models.NewGammaFactors(x, 1, 1, v, 1))
		add(models.NewGammaFactors(x, 1, 1, 1, v))
	}
	for i, err := range errs {
		var de *models.DataError
		if !errors.As(err, &de) || de.Got == "" || de.Want == "" {
			t.Errorf("case %d: error %v, want a *DataError that says what was got and wanted", i, err)
		}
	}
}

func TestGammaFactorsDoNotAllocate(t *testing.T) {
	m := gammaFactors(2)
	z, grad, idx := []float64{1, 2, 3, 4}, make([]float64, 4), []int{1, 3}
	all := func() { m.Batch(idx, 2).(models.Gradienter).LogJointGrad(grad, z) }
	all()
	if n := testing.AllocsPerRun(10, all); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
