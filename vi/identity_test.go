package vi_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// aimed returns a new method that has been told the natural gradient nat at q.
func aimed(t testing.TB, m vi.Method, q families.Distribution, nat families.Natural) vi.Method {
	t.Helper()
	if err := m.Init(q.Family()); err != nil {
		t.Fatal(err)
	}
	m.Aim(q, nat, q.FisherMulVec(nil, nat))
	return m
}

// target returns the natural parameter that a step leads to, and whether there
// is a member there.
func target(m vi.Method, f families.Family, ρ float64) (families.Natural, bool) {
	dst := make(families.Natural, f.NumParams())
	return dst, m.Move(dst, ρ) && f.New().SetNatural(dst)
}

// identical are the methods that make one and the same step.
func identical() []vi.Method {
	return []vi.Method{new(vi.Natural), &vi.Natural{Memory: -1}, new(vi.Fisher), new(vi.Mirror)}
}

// The step along ∇_μ, the solve of Fλ̇ = ∇_λ and the argmax with a KL proximity
// term are one, to 1e-8 of the length of the step and of every component; and
// where there is no member to step to, all of them say so.
func TestIdentity(t *testing.T) {
	for _, f := range everyFamily {
		rnd := rand.New(rand.NewPCG(2, uint64(f.NumParams())))
		inside, outside := 0, 0
		for range 12 {
			q := randomMember(f, rnd)
			λ := q.Natural(nil)
			for _, length := range []float64{0.1, 0.5, 2, 30} {
				nat := randomDirection(q, rnd, length)
				for _, ρ := range []float64{0.01, 0.4, 1} {
					want := make(families.Natural, len(λ))
					for i := range want {
						want[i] = (1-ρ)*λ[i] + ρ*(nat[i]+λ[i])
					}
					end := f.New()
					legal := end.SetNatural(want)
					if legal && degenerate(end) {
						continue
					}
					for _, m := range identical() {
						got, ok := target(aimed(t, m, q, nat), f, ρ)
						if ok != legal {
							t.Errorf("%v, %v from %v by %g %v: a member at the end is %t, want %t", m, f, λ, ρ, nat, ok, legal)
							continue
						}
						if !legal {
							outside++
							continue
						}
						inside++
						δ := make(families.Natural, len(λ))
						for i := range δ {
							δ[i] = got[i] - want[i]
						}
						if e := fisherLength(q, δ) / (ρ * length); !(e <= 1e-8) {
							t.Errorf("%v, %v from %v by %g %v: off by %.2g of the length", m, f, λ, ρ, nat, e)
						}
						near(t, 1e-8, m.String()+", "+f.String(), got, want)
					}
				}
			}
		}
		// A Categorical has no border to step over.
		if inside < 300 || outside < 12 && f.String() != "Categorical(2)" && f.String() != "Categorical(4)" {
			t.Errorf("%v: %d steps inside the domain and %d outside were compared", f, inside, outside)
		}
	}
}

// degenerate reports whether a part of q is a Categorical with a probability so
// near to 0 that λ cannot be found from the mean parameters, all of which are
// then 0 or 1 but for rounding.
func degenerate(q families.Distribution) bool {
	switch q := q.(type) {
	case *families.CategoricalDist:
		return slices.Min(q.Prob(nil)) < 1e-7
	case families.Composite:
		return slices.ContainsFunc(q.Parts(), degenerate)
	}
	return false
}

// So are the first steps of whole runs, whose gradient comes from an estimator.
func TestIdentityOfRuns(t *testing.T) {
	for _, f := range everyFamily {
		rnd := rand.New(rand.NewPCG(3, uint64(f.NumParams())))
		start := randomMember(f, rnd)
		for name, est := range map[string]estimators.Estimator{"weak": bowlAt(start, rnd, 0.3), "strong": bowlAt(start, rnd, 5)} {
			var want families.Natural
			var step float64
			for _, m := range identical() {
				run, err := vi.NewRun(vi.Problem{Model: linear{f: f}, Family: f}, &vi.Settings{Method: m, Estimator: est, Start: start})
				if err != nil {
					t.Fatal(err)
				}
				if err := run.Step(context.Background()); err != nil {
					t.Fatal(err)
				}
				got := run.Result().Q.Natural(nil)
				if want == nil {
					want, step = got, run.Iteration().Step
					if cmp := start.Natural(nil); step == 0 || inner(cmp, cmp) == inner(got, got) {
						t.Errorf("%v: no step was made", f)
					}
					continue
				}
				near(t, 1e-8, name+" "+m.String()+", "+f.String()+": step", []float64{run.Iteration().Step}, []float64{step})
				near(t, 1e-8, name+" "+m.String()+", "+f.String(), got, want)
			}
		}
	}
}

// spy keeps what the engine tells a method.
type spy struct {
	vi.Natural
	nat  families.Natural
	grad families.Mean
}

func (s *spy) Aim(q families.Distribution, nat families.Natural, grad families.Mean) {
	s.nat = append(families.Natural(nil), nat...)
	s.grad = append(families.Mean(nil), grad...)
	s.Natural.Aim(q, nat, grad)
}

// aim returns the gradients at the start of a run, and the ELBO there.
func aim(t testing.TB, p vi.Problem, s vi.Settings) (families.Natural, families.Mean, float64) {
	t.Helper()
	m := new(spy)
	s.Method = m
	var elbo float64
	s.Recorder = vi.RecorderFunc(func(it *vi.Iteration) error {
		if it.Number == 0 {
			elbo = it.ELBO
			return context.Canceled
		}
		return nil
	})
	run, err := vi.NewRun(p, &s)
	if err != nil {
		t.Fatal(err)
	}
	run.Step(context.Background())
	return m.nat, m.grad, elbo
}

// derivative is the fourth-order central difference at 0.
func derivative(h float64, f func(x float64) float64) float64 {
	return (8*(f(h)-f(-h)) - (f(2*h) - f(-2*h))) / (12 * h)
}

// What a method is told are the derivatives of the ELBO in λ, and in μ.
func TestGradientsAreOfTheELBO(t *testing.T) {
	for _, f := range everyFamily {
		rnd := rand.New(rand.NewPCG(4, uint64(f.NumParams())))
		for range 4 {
			q := randomMember(f, rnd)
			p := vi.Problem{Model: linear{f: f, η: randomMember(f, rnd).Natural(nil), c: -3}, Family: f}
			η := p.Model.(linear).η
			nat, grad, elbo := aim(t, p, vi.Settings{Start: q})
			at := func(x families.Natural) float64 {
				r := f.New()
				if !r.SetNatural(x) {
					t.Fatalf("%v refuses %v", f, x)
				}
				return inner(η, r.Mean(nil)) - 3 + r.Entropy()
			}
			λ := q.Natural(nil)
			near(t, 1e-12, f.String()+": ELBO", []float64{elbo}, []float64{at(λ)})
			for i := range λ {
				unit := make(families.Natural, len(λ))
				unit[i] = 1
				sd := fisherLength(q, unit)
				got := grad[i] / sd
				want := derivative(1e-3, func(h float64) float64 {
					x := append(families.Natural(nil), λ...)
					x[i] += h / sd
					return at(x)
				})
				near(t, 1e-6, f.String()+": ∇_λ ELBO", []float64{got}, []float64{want})
				near(t, 1e-12, f.String()+": ∇_μ ELBO", nat[i:i+1], []float64{η[i] - λ[i]})
			}
		}
	}
}

// The same with nothing of package families in the expected values: three
// counts under Gamma(α, β) at α = 1.7, β = 0.8, to 30 digits from
//
//	ELBO = (a − 1 + s)(ψ(α) − log β) − (b + n) α/β + c + α − log β + log Γ(α) + (1−α) ψ(α)
//	∂_α ELBO = (a + s − α) ψ₁(α) − (b + n)/β + 1
//	∂_β ELBO = −(a + s)/β + (b + n) α/β²
func TestGradientOfGammaByHand(t *testing.T) {
	m, err := models.NewGammaPoisson(2, 0.5, []int{3, 0, 4})
	if err != nil {
		t.Fatal(err)
	}
	_, grad, elbo := aim(t, vi.Problem{Model: m, Family: families.Gamma()},
		vi.Settings{Start: member(t, families.Gamma(), 0.7, -0.8)})
	near(t, 1e-14, "∇_λ ELBO", grad, []float64{2.4155996601971881882, 1.953125})
	near(t, 1e-14, "ELBO", []float64{elbo}, []float64{-8.6587239096985634182})
}
