package models_test

import (
	"math"
	"testing"

	"natgrad/models"
)

// Means and standard deviations of √v for v ~ InverseGamma(a, 3), computed with 120
// digits. The difference of moments that makes the latter leaves no digit of it for the
// shapes of many rows.
func TestGaussPosteriorOfManyRows(t *testing.T) {
	x := must(models.NewDense(2, 1, []float64{-1, 1}))
	m := must(models.NewGaussMixture(x, 1, models.DiagCovariance, nil, models.DirichletWeights, 0))
	inf := math.Inf(1)
	for _, c := range []struct{ a, mean, sd float64 }{
		{0.5, inf, inf},
		{0.75, 5.1245756295246263, inf},
		{1.5, 1.9544100476116797, 1.4765775854300755},
		{10, 0.56939099739484715, 0.095536513538199105},
		{32, 0.30983371111033122, 0.027879472878569893},
		{33, 0.30499255937423229, 0.027009974571542816},
		{1000, 0.054792806049748326, 0.00086683804581144232},
		{1e6, 0.0017320514570882684, 8.6602621568399724e-7},
		{1e12, 1.7320508075695268e-6, 8.6602540378525055e-13},
	} {
		const κ = 2
		p := m.GaussPosterior([]float64{c.a - 0.5, -3, 0, -0.5 * κ})[0]
		meanSD := math.Sqrt(3 / (c.a - 1) / κ)
		if c.a <= 1 {
			meanSD = inf
		}
		for _, v := range []struct {
			what      string
			got, want float64
		}{{"sd", p.SD[0], c.mean}, {"sd of the sd", p.SDSD[0], c.sd}, {"sd of the mean", p.MeanSD[0], meanSD}} {
			if v.got != v.want { // both may be infinite
				within(t, 1e-11, v.got, v.want, "shape %g: %s", c.a, v.what)
			}
		}
	}
}
