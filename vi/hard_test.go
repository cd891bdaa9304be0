package vi_test

import (
	"slices"
	"testing"

	"natgrad/models"
	"natgrad/vi"
)

// hardGLM returns a GLM of few rows and collinear columns with a weak prior.
func hardGLM(t testing.TB, x, y []float64, lik models.Likelihood, δ float64, mean []float64) *models.GLM {
	t.Helper()
	d := len(mean)
	m, err := models.NewDense(len(y), d, x)
	if err != nil {
		t.Fatal(err)
	}
	g, err := models.NewGLM(m, y, lik, slices.Repeat([]float64{δ}, d))
	if err != nil {
		t.Fatal(err)
	}
	if g, err = g.WithPriorMean(mean); err != nil {
		t.Fatal(err)
	}
	return g
}

// Separated classes and a weak prior: the ELBO is convex along the first steps,
// of which a memory learns nothing. Fits ran into the iteration limit 1.6 nats below the
// optimum, by steps of a millionth of the way.
func TestMemoryIsDroppedWhereELBOIsConvex(t *testing.T) {
	m := hardGLM(t, []float64{1, 1.03, 0.97, 0.97, 1, 0.96, 1.15, 1.23}, []float64{1, 1}, models.BernoulliProbit{},
		1e-3, []float64{-19, -5, -97, 166})
	res := converged(t, vi.Problem{Model: m}, nil)
	if res.Iterations > 100 {
		t.Errorf("%d iterations", res.Iterations)
	}
}
