package families

import (
	"math"
	"math/rand/v2"
	"testing"
)

func gamma(t testing.TB, α, β float64) *GammaDist {
	t.Helper()
	q := Gamma().New().(*GammaDist)
	if !q.SetShapeRate(α, β) {
		t.Fatalf("Gamma refuses shape %g and rate %g", α, β)
	}
	return q
}

func inverseGamma(t testing.TB, α, β float64) *InverseGammaDist {
	t.Helper()
	q := InverseGamma().New().(*InverseGammaDist)
	if !q.SetShapeScale(α, β) {
		t.Fatalf("InverseGamma refuses shape %g and scale %g", α, β)
	}
	return q
}

// Exponential distributions.
func TestGammaOfShapeOne(t *testing.T) {
	for _, β := range []float64{1e-100, 0.3, 1, 7, 1e100} {
		q := gamma(t, 1, β)
		nearZero(t, 1e-15, 1, q.Entropy(), 1-math.Log(β), "entropy at rate %g", β)
		nearZero(t, 1e-15, 1, q.LogPartition(), -math.Log(β), "A at rate %g", β)
		nearZero(t, 1e-14, 1, q.LogProb([]float64{2.5 / β}), math.Log(β)-2.5, "log q(2.5/β) at rate %g", β)
	}
}

// −α² ψ₂ − 1 and κ = −α Γ¹₁₁: values of a 50-digit evaluation (mpmath).
func TestRetractionCurvature(t *testing.T) {
	for _, r := range []struct{ α, x2, κ float64 }{
		{1e-06, 1999999.0, 1.000000499998855},
		{0.001, 1999.0000023976322, 1.0004988567029345},
		{0.3, 5.774528292985343, 1.0799124904148683},
		{1.0, 1.4041138063191885, 1.0885715908767628},
		{2.5, 0.47627532276079626, 1.054199093285271},
		{40.0, 0.02531243493647774, 1.004130687235074},
		{10000.0, 0.00010000499999998333, 1.0000166661110297},
		{100000000.0, 1.000000005e-08, 1.0000000016666666},
	} {
		within(t, 2e-15, x2TetragammaMinusOne(r.α), r.x2, "−α² ψ₂ − 1 at α = %g", r.α)
		// Along dα at a fixed mean, dβ/β = dα/α.
		g, _ := newShapeRate(r.α, 2)
		α, β := g.retract(2*r.α, 4)
		within(t, 1e-14, α/r.α, 3+2*r.κ, "retraction from α = %g", r.α)
		within(t, 1e-14, β/2, 3+2*r.κ, "rate of the retraction from α = %g", r.α)
	}
}

// No step leaves the domain, and a short step is the step up to second order.
func TestRetractStaysInside(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 8))
	for range 2000 {
		α, β := math.Exp(10*rnd.NormFloat64()), math.Exp(10*rnd.NormFloat64())
		if α < 1e-12 {
			continue
		}
		for _, q := range []Retracter{gamma(t, α, β), inverseGamma(t, α, β)} {
			size := math.Exp(10 * rnd.NormFloat64())
			step := Natural{size * α * rnd.NormFloat64(), size * β * rnd.NormFloat64()}
			λ := q.Retract(nil, step)
			if !q.Family().New().SetNatural(λ) {
				t.Fatalf("%v(%g, %g): a step of %v leads to %v", q.Family(), α, β, step, λ)
			}
			if got := q.Retract(step, step); got[0] != λ[0] || got[1] != λ[1] {
				t.Fatalf("%v: Retract in place gives %v, want %v", q.Family(), got, λ)
			}
		}
	}
	for _, q := range []Retracter{gamma(t, 2, 3), inverseGamma(t, 2, 3)} {
		λ := q.Natural(nil)
		for _, h := range []float64{1e-3, 1e-4} {
			for i, step := range []Natural{{h, 0}, {0, h}, {h, -h}} {
				for j, x := range q.Retract(nil, step) {
					if d := math.Abs(x - λ[j] - step[j]); d > 5*h*h {
						t.Errorf("%v: retraction %d by %g is off the step by %g", q.Family(), i, h, d)
					}
				}
			}
		}
	}
}

// μ holds log E[z] − E[log z] to a unit in the last place of E[log z], but what
// it holds is used to 1e-16: values of a 60-digit evaluation (mpmath).
func TestGammaMeanOfLargeShapes(t *testing.T) {
	for _, r := range []struct{ elog, mean, α float64 }{
		{36.84136148290473, 1e+16, 99999990.30255611},
		{361.91132469150665, 1.5e+157, 29999963.450164355},
		{-557.2255925095591, 1.0000000000000002e-242, 99999541.66019271},
		{-76.67845534936346, 4.999999999999999e-34, 4999999.795833236},
		{679.9557471138013, 2e+295, 199999.99644380037},
	} {
		q := Gamma().New().(*GammaDist)
		if !q.SetMean(Mean{r.elog, r.mean}) {
			t.Errorf("refuses μ = (%g, %g)", r.elog, r.mean)
			continue
		}
		s := 1 / (2 * r.α)
		within(t, 2.3e-16/s, q.Shape(), r.α, "shape of μ = (%g, %g)", r.elog, r.mean)
		within(t, 1e-15, q.Shape()/q.Rate(), r.mean, "mean")
	}
}
