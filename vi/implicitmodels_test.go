package vi_test

import (
	"math"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// reaches reports a fit by implicit gradients that is not, from ten seeds, as near to the
// best member and its ELBO as it says it is: within twice the tolerance in the mean
// square, five times for each.
func reaches(t *testing.T, p vi.Problem, best families.Distribution, elbo float64) {
	t.Helper()
	const tolerance, seeds = 0.02, 10
	var square float64
	for seed := range uint64(seeds) {
		res := converged(t, p, &vi.Settings{Seed: seed, Tolerance: tolerance, Check: -1})
		if res.Estimator != "Pathwise" {
			t.Errorf("%T: %s was chosen, want Pathwise", p.Model, res.Estimator)
		}
		δ := best.Natural(nil)
		for i, x := range res.Q.Natural(nil) {
			δ[i] -= x
		}
		l := fisherLength(best, δ)
		square += l * l / seeds
		if l > 5*tolerance {
			t.Errorf("%T, seed %d: %v, off by %g", p.Model, seed, res.Q.Natural(nil), l)
		}
		if e := math.Abs(res.ELBO - elbo); res.StdErr > 0.01 || e > 4*res.StdErr+l*l {
			t.Errorf("%T, seed %d: ELBO %g ± %g, want %g", p.Model, seed, res.ELBO, res.StdErr, elbo)
		}
	}
	if l := math.Sqrt(square); l > 2*tolerance {
		t.Errorf("%T: off by %g, root of the mean square, want about %g", p.Model, l, tolerance)
	}
}

// The shape of a Gamma leads to the gold of its model, and with quadrature instead of
// draws to all digits of it.
func TestGammaShapeReachesGold(t *testing.T) {
	g := gold(t).Steps.Shape
	m, err := models.NewGammaShape(g.A0, g.B0, []float64{g.Y})
	if err != nil {
		t.Fatal(err)
	}
	p := vi.Problem{Model: m}
	best := member(t, families.Gamma(), g.Alpha-1, -g.Beta)
	reaches(t, p, best, g.ELBO)
	res := converged(t, p, &vi.Settings{Tolerance: 1e-9, Check: -1, Estimator: &trapezoid{lo: -30, hi: 7}})
	λ := res.Q.Natural(nil)
	near(t, 1e-8, "α, β, ELBO", []float64{λ[0] + 1, -λ[1], res.ELBO}, []float64{g.Alpha, g.Beta, g.ELBO})
}

// Proportions behind labels with errors: the best Dirichlet is from quadrature in scipy.
func TestMisclassifiedReachesTheOptimum(t *testing.T) {
	m, err := models.NewMisclassifiedMultinomial([]float64{1.5, 0.8}, []float64{0.8, 0.1, 0.15, 0.3, 0.05, 0.6}, []int{9, 4, 12})
	if err != nil {
		t.Fatal(err)
	}
	reaches(t, vi.Problem{Model: m}, member(t, families.Dirichlet(2), 5.89368088-1, 9.51342907-1), -5.376626818)
}

// With perfect labels the optimum is the exact posterior, of any number of categories, at
// which implicit gradients have the evidence without noise.
func TestMisclassifiedWithoutErrors(t *testing.T) {
	m, err := models.NewMisclassifiedMultinomial([]float64{0.5, 2, 1.25}, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}, []int{3, 0, 4})
	if err != nil {
		t.Fatal(err)
	}
	post, evidence := member(t, families.Dirichlet(3), 2.5, 1, 4.25), -5.1890521787468034
	reaches(t, vi.Problem{Model: m}, post, evidence)
	e := new(estimators.Pathwise)
	if err := e.Init(m, post.Family()); err != nil {
		t.Fatal(err)
	}
	s, err := e.Estimate(t.Context(), make(families.Natural, 3), post, estimators.Stream{})
	if err != nil || s.StdErr > 1e-12 {
		t.Fatalf("standard error %g, error %v", s.StdErr, err)
	}
	near(t, 1e-12, "evidence", []float64{s.ELogJoint + post.Entropy()}, []float64{evidence})
}
