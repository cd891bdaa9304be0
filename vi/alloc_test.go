package vi_test

import (
	"context"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// shrinking is a schedule of steps so short that a run does not end.
type shrinking struct{}

func (shrinking) Rate(int) float64 { return 1e-3 }

// No step allocates after the first few, whatever the estimator and the method.
func TestStepDoesNotAllocate(t *testing.T) {
	g := wideLogistic(t, 80, 4)
	sparse, err := models.NewGLM(g.X.(*models.Dense).Sparse(), g.Y, models.BernoulliLogit{}, g.PriorPrecision)
	if err != nil {
		t.Fatal(err)
	}
	full, diag := families.FullGaussian(4), families.DiagGaussian(4)
	product := families.Product(families.FullGaussian(2), families.DiagGaussian(1), families.FullGaussian(1))
	shape, err := models.NewGammaShape(2, 1, []float64{3, 2, 5})
	if err != nil {
		t.Fatal(err)
	}
	counts, err := models.NewGammaPoisson(2, 0.5, []int{3, 0, 4})
	if err != nil {
		t.Fatal(err)
	}
	// Goroutines are started, not kept, so that one is the number to count with.
	one := &estimators.Goroutines{N: 1}
	for _, c := range []struct {
		name string
		p    vi.Problem
		e    estimators.Estimator
	}{
		{"quadrature, full, dense", vi.Problem{Model: g, Family: full}, &estimators.Quadrature{Summer: one}},
		{"quadrature, diag, dense", vi.Problem{Model: g, Family: diag}, &estimators.Quadrature{Summer: one}},
		{"quadrature, full, sparse", vi.Problem{Model: sparse, Family: full}, &estimators.Quadrature{Summer: one}},
		{"quadrature, diag, sparse", vi.Problem{Model: sparse, Family: diag}, &estimators.Quadrature{Summer: one}},
		{"exact", vi.Problem{Model: counts, Family: families.Gamma()}, new(estimators.Exact)},
		{"price", vi.Problem{Model: g, Family: full}, &estimators.Price{Summer: one}},
		{"price, diag", vi.Problem{Model: g, Family: diag}, &estimators.Price{Summer: one}},
		{"stein", vi.Problem{Model: g, Family: full}, &estimators.Stein{Summer: one}},
		{"stein, diag", vi.Problem{Model: g, Family: diag}, &estimators.Stein{Summer: one}},
		{"paths of a Gamma", vi.Problem{Model: shape, Family: families.Gamma()}, &estimators.Pathwise{Summer: one}},
		{"paths of a product", vi.Problem{Model: g, Family: product}, &estimators.Pathwise{Summer: one}},
		{"score", vi.Problem{Model: shape, Family: families.Gamma()}, &estimators.Score{Summer: one}},
		{"score, full", vi.Problem{Model: g, Family: full}, &estimators.Score{Summer: one}},
		{"batches", vi.Problem{Model: g, Family: full}, &estimators.Minibatch{Estimator: &estimators.Stein{Summer: one}, Size: 50}},
	} {
		for _, m := range methods {
			for name, schedule := range map[string]vi.Schedule{"short steps": shrinking{}, "default steps": nil} {
				s := &vi.Settings{Method: m.m, Estimator: c.e, Schedule: schedule, Tolerance: 1e-12, MaxIterations: 1e6}
				run, err := vi.NewRun(c.p, s)
				if err != nil {
					t.Fatal(err)
				}
				step := func() {
					if err := run.Step(context.Background()); err != nil {
						t.Fatal(err)
					}
				}
				for range 8 {
					step()
				}
				before := run.Iteration().Number
				allocs := testing.AllocsPerRun(8, step)
				// A run without noise may have ended.
				if run.Iteration().Number < before+8 && schedule != nil && m.name != "adam" && m.name != "adam, large" {
					t.Errorf("%s, %s, %s: %d steps were made, the run is %v", c.name, m.name, name, run.Iteration().Number-before, run.Status())
				}
				if allocs != 0 {
					t.Errorf("%s, %s, %s: %g allocations in a step, want none", c.name, m.name, name, allocs)
				}
			}
		}
	}
}
