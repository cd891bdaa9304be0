package vi_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/vi"
)

// told is a Natural that is told the whole gradient at every point, as any Method is
// but Natural itself.
type told struct {
	vi.Natural
	aims int
}

func (m *told) Aim(q families.Distribution, nat families.Natural, grad families.Mean) {
	m.aims++
	m.Natural.Aim(q, nat, grad)
}

// The squared length of the natural gradient is all that plain steps need of the
// gradient: a run that computes no more goes where one goes that is told all of it,
// also where the memory is turned to and left again.
func TestNaturalAsksForTheGradientInTime(t *testing.T) {
	f := families.FullGaussian(3)
	g, f4 := wideLogistic(t, 80, 4), families.FullGaussian(4)
	usesMemory := 0
	for _, c := range []struct {
		name string
		p    vi.Problem
		e    func() estimators.Estimator
	}{
		{"logistic", vi.Problem{Model: g, Family: f4}, func() estimators.Estimator { return new(estimators.Quadrature) }},
		{"gentle bowl", vi.Problem{Model: flat(3), Family: f}, func() estimators.Estimator { return bowlAt(f.New(), rand.New(rand.NewPCG(1, 2)), 0.3) }},
		{"bowl", vi.Problem{Model: flat(3), Family: f}, func() estimators.Estimator { return bowlAt(f.New(), rand.New(rand.NewPCG(1, 2)), 3) }},
		{"steep bowl", vi.Problem{Model: flat(3), Family: f}, func() estimators.Estimator { return bowlAt(f.New(), rand.New(rand.NewPCG(1, 2)), 30) }},
		{"noise", vi.Problem{Model: g, Family: f4}, func() estimators.Estimator { return new(estimators.Price) }},
	} {
		path := func(m vi.Method) (λ []families.Natural, distances, elbos []float64, estimates int) {
			s := &vi.Settings{Method: m, Estimator: c.e(), MaxIterations: 40, Seed: 3}
			run, err := vi.NewRun(c.p, s)
			if err != nil {
				t.Fatal(err)
			}
			for run.Status() == vi.Running {
				if err := run.Step(context.Background()); err != nil {
					t.Fatal(err)
				}
				it := run.Iteration()
				λ, distances, elbos = append(λ, it.Q.Natural(nil)), append(distances, min(it.Distance, math.MaxFloat64)), append(elbos, it.ELBO)
			}
			return λ, distances, elbos, run.Iteration().Estimates
		}
		all := new(told)
		λ, distances, elbos, estimates := path(new(vi.Natural))
		wantλ, wantDistances, wantELBOs, wantEstimates := path(all)
		if all.aims == 0 || estimates != wantEstimates || len(λ) != len(wantλ) {
			t.Fatalf("%s: %d steps with %d estimates, want %d with %d (%d aims)", c.name, len(λ), estimates, len(wantλ), wantEstimates, all.aims)
		}
		near(t, 1e-7, c.name+": distances", distances, wantDistances)
		near(t, 1e-12, c.name+": ELBOs", elbos, wantELBOs)
		for i := range λ {
			near(t, 1e-9, c.name+": λ", λ[i], wantλ[i])
		}
		if plain, _, _, _ := path(&vi.Natural{Memory: -1}); len(plain) != len(λ) {
			usesMemory++
		}
	}
	if usesMemory == 0 {
		t.Error("no run uses the memory")
	}
}

// flat is a model for estimators that need none.
type flat int

func (m flat) Dim() int                 { return int(m) }
func (flat) LogJoint([]float64) float64 { return 0 }
