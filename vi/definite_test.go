package vi_test

import (
	"context"
	"math"
	"os"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/vi"
)

// Natural gradients of a narrow Gaussian target from noisy gradients alone, with
// fixed steps: the Hessian that Stein's identity makes of few draws is neither
// definite nor symmetric by itself, and implementations lose definiteness here.
// NATGRAD_LONG=1 makes it 50 seeds.
func TestGradientsAloneStayDefinite(t *testing.T) {
	const mean, sd, steps = 5, 0.3, 3000
	seeds := uint64(3)
	if os.Getenv("NATGRAD_LONG") != "" { // half a minute
		seeds = 50
	}
	for _, d := range []int{5, 20} {
		target := &quadratic{a: eye(d, 1/(sd*sd)), b: make([]float64, d)}
		for j := range target.b {
			target.b[j] = mean / (sd * sd)
		}
		for _, ρ := range []float64{0.001, 0.01, 0.1, 0.3} {
			for seed := range seeds {
				run, err := vi.NewRun(vi.Problem{Model: gradients{target}}, &vi.Settings{
					Estimator: &estimators.Stein{Draws: 10, Summer: &estimators.Goroutines{N: 1}}, Method: &vi.Natural{Memory: -1},
					Schedule: vi.Constant(ρ), MaxIterations: steps, Tolerance: 1e-300, Seed: seed,
				})
				if err != nil {
					t.Fatal(err)
				}
				for run.Status() == vi.Running {
					if err := run.Step(context.Background()); err != nil {
						t.Fatalf("d = %d, ρ = %g, seed %d: %v", d, ρ, seed, err)
					}
				}
				q := run.Result().Q.(families.Gaussian)
				m, cov := q.Loc(nil), q.Cov(nil)
				for j := range d {
					s := math.Sqrt(cov[j*d+j])
					if !(math.Abs(m[j]-mean) <= sd) || !(s <= 1.5*sd) || !(s >= sd/1.5) {
						t.Errorf("d = %d, ρ = %g, seed %d: coordinate %d is %.3f ± %.3f after %d steps, want %d ± %g", d, ρ, seed, j, m[j], s, run.Iteration().Number, mean, sd)
						break
					}
				}
			}
		}
	}
}
