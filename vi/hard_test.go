package vi_test

import (
	"context"
	"slices"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
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

// Where the covariance is singular to rounding, squared lengths come out negative,
// or as 0, and the ELBOs of points tried are beyond all bounds. None of this is a
// sign of the optimum: these fits ended as converged at ELBOs of −8e11, −4e18, −2e7
// and −5e11.
func TestSingularIsNotConverged(t *testing.T) {
	for _, x := range [][]float64{
		{-1.002, -0.998, 2.998, 3.001, -3.001, -3},
		{2.999, 2.998, 2.998, -2.998, -3, -2.999, 1.997, 1.997, 1.998},
		{-1.999, -1.996, -3, -3.001, 2.004, 1.996},
		{-2.999, -3.003, -2.999, -0.996, -1.001, -0.996, 2.999, 3.002, 2.996},
	} {
		m := hardGLM(t, x, make([]float64, 3), models.PoissonLog{}, 1e-6, slices.Repeat([]float64{5}, len(x)/3))
		res := fit(t, vi.Problem{Model: m}, nil)
		if res.Status == vi.Converged && res.ELBO < -1000 {
			t.Errorf("%v: converged at ELBO %g, distance %g", x, res.ELBO, res.Distance)
		}
		// Independent coordinates do not have the trouble.
		diag := converged(t, vi.Problem{Model: m, Family: families.DiagGaussian(m.Dim())}, nil)
		if diag.ELBO < -1000 {
			t.Errorf("%v, diagonal: ELBO %g", x, diag.ELBO)
		}
	}
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

// With few draws from a wide q, many estimates miss the part of z that matters, the
// noise that is measured on the way is small by chance, and so are steps by what was
// learnt of the curvature from the same draws over and over. Unless the answer was
// looked at once more, runs ended as converged 1.7 and 3.4 nats from the optimum,
// where the tolerance promises 0.0025; unless the memory was dropped, they did not
// end.
func TestNoiseSmallByChance(t *testing.T) {
	m := hardGLM(t, []float64{0.8, -0.3, 1.2, 0.4, -0.5, 1.5, 0.3, 0.9, -1.1, 0.2}, []float64{1, 1, 0, 1, 0}, models.BernoulliLogit{}, 1e-3, []float64{0, 0})
	best := converged(t, vi.Problem{Model: m}, nil)
	ended := 0
	for seed := range uint64(12) {
		res := fit(t, vi.Problem{Model: m}, &vi.Settings{Estimator: &estimators.Stein{Draws: 4}, Seed: seed, MaxIterations: 20000})
		if res.Status != vi.Converged {
			continue
		}
		ended++
		if gap := best.ELBO - exactELBO(t, m, res.Q); gap > 0.05 {
			t.Errorf("seed %d: converged %.3g nats below the optimum, distance %g", seed, gap, res.Distance)
		}
	}
	if ended < 10 {
		t.Errorf("%d of 12 runs converged", ended)
	}
}

// exactELBO returns the ELBO of a GLM without noise.
func exactELBO(t testing.TB, m *models.GLM, q families.Distribution) float64 {
	t.Helper()
	e := new(estimators.Quadrature)
	if err := e.Init(m, q.Family()); err != nil {
		t.Fatal(err)
	}
	s, err := e.Estimate(context.Background(), make(families.Natural, q.Family().NumParams()), q, estimators.Stream{})
	if err != nil {
		t.Fatal(err)
	}
	return s.ELogJoint + q.Entropy()
}
