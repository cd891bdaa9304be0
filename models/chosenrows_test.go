package models_test

import (
	"math"
	"testing"

	"natgrad/models"
)

// A batch of a batch is that of the same rows of the data, with both factors, and so is
// that of a fork of it; the batch of another model is left alone.
func TestBatchOfBatch(t *testing.T) {
	y := []float64{3, 1, 0, 2, 5, 1, 7, 0, 2, 2, 1, 6, 0, 4, 3, 3, 8, 1}
	x := must(models.NewDense(9, 2, y))
	for name, c := range map[string]struct {
		m models.Data
		z []float64
	}{
		"mixture":         {must(models.NewPoissonMixture(x, 2, nil, models.DirichletWeights, 1)), []float64{0.3, 0.7, 1, 2, 3, 4}},
		"topics":          {must(models.NewLDA(x.Sparse(), 2, 0.5, 0.5)), []float64{0.3, 0.7, 0.8, 0.2}},
		"rows":            {must(models.NewNormalRows(x, nil)), []float64{0.1, 0.4, 2, 0.3, 0.3, 1}},
		"Poisson factors": {must(models.NewPoissonFactors(x, 1, nil)), []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 0.5, 0.8}},
		"Gamma factors":   {must(models.NewGammaFactors(x, 1, 0.7, 1, 1)), []float64{0.4, 1.1}},
	} {
		want := logJoint(c.m.Batch([]int{7, 4}, 3), c.z)
		outer := c.m.Batch([]int{4, 1, 7, 3}, 2)
		before := logJoint(outer, c.z)
		inner := outer.(models.Data).Batch([]int{2, 0}, 1.5)
		for what, got := range map[string]float64{
			"a batch of a batch":  logJoint(inner, c.z),
			"a fork of it":        logJoint(inner.(models.Forker).Fork(), c.z),
			"one of a fork of it": logJoint(outer.(models.Forker).Fork().(models.Data).Batch([]int{2, 0}, 1.5), c.z),
		} {
			if !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
				t.Errorf("%s: %s has log-joint %v, want %v", name, what, got, want)
			}
		}
		if after := logJoint(outer, c.z); after != before {
			t.Errorf("%s: the outer batch had log-joint %v, and has %v", name, before, after)
		}
		if n := inner.(models.Data).NumData(); n != 2 {
			t.Errorf("%s: %d rows, want 2", name, n)
		}
	}
}

func logJoint(model models.Model, z []float64) float64 { return model.LogJoint(z) }
