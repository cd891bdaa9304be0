package vi_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// Of gradients with mean m and noise of variance S in all, averages over a steady window
// τ = 1/ρ have E ḡᵀḡ = m² + S ρ/(2−ρ), so that ρ = E ḡᵀḡ/(m² + S) has the roots 1 and
// 2m²/(m² + S). In many dimensions what is random averages out.
func TestAdaptiveRateOfSteadyNoise(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	const d = 4000
	g := make(families.Natural, d)
	for _, m := range []float64{0.1, 0.2, 0.4} { // of each coordinate, with noise 1
		a := new(vi.Adaptive)
		a.Begin()
		var mean float64
		const burn, steps = 300, 400
		for i := range burn + steps {
			for j := range g {
				g[j] = m + rnd.NormFloat64()
			}
			a.Observe(g)
			if ρ := a.Rate(i + 1); i >= burn {
				mean += ρ / steps
			}
		}
		if want := 2 * m * m / (m*m + 1); math.Abs(mean/want-1) > 0.03 {
			t.Errorf("mean %g: the rate is %.4f, want %.4f", m, mean, want)
		}
	}
}

// The first rates by hand, with a window of 2: ḡ = (1, 0), h̄ = 2 for g = (2, 0), so that
// ρ = ½ and τ = 2; then ḡ = (½, ½), h̄ = 1.5 for g = (0, 1), so that ρ = ⅓ and τ = 7/3;
// and after g = (0, 0) both are 4/7 of that, and ρ = (4/7)²·½/(4/7·1.5).
func TestAdaptiveRateByHand(t *testing.T) {
	a := &vi.Adaptive{Window: 2}
	for range 2 {
		a.Begin()
		for i, c := range []struct {
			g    families.Natural
			want float64
		}{{families.Natural{2, 0}, 0.5}, {families.Natural{0, 1}, 1.0 / 3}, {families.Natural{0, 0}, 4.0 / 21}} {
			a.Observe(c.g)
			if ρ := a.Rate(i + 1); math.Abs(ρ-c.want) > 1e-15 {
				t.Errorf("rate %d is %v, want %v", i+1, ρ, c.want)
			}
		}
	}
}

// From a start that tells the clusters apart, minibatches with adaptive steps lead near the
// optimum of all rows, from most seeds within a nat, and the same settings to the same
// bits again.
func TestMixtureByAdaptiveSteps(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 2))
	const n, k = 2000, 3
	y := make([]float64, n)
	for i := range n {
		y[i] = 6*float64(i%k) + rnd.NormFloat64()
	}
	m, f := gaussMixture(t, y, 1, k, models.FullCovariance, nil, models.DirichletWeights)
	start := someMember(t, m, f, 4)
	want := fit(t, vi.Problem{Model: m}, &vi.Settings{Start: start, Check: -1})
	s := &vi.Settings{Start: start, Check: -1, MaxIterations: 1000, Schedule: new(vi.Adaptive),
		Estimator: &estimators.Minibatch{Estimator: new(estimators.Local), Size: 100}}
	all := new(estimators.Local)
	if err := all.Init(m, f); err != nil {
		t.Fatal(err)
	}
	var res *vi.Result
	var gaps []float64
	for s.Seed = range uint64(7) {
		res = fit(t, vi.Problem{Model: m}, s)
		stats, err := all.Estimate(t.Context(), make(families.Natural, f.NumParams()), res.Q, estimators.Stream{})
		if err != nil {
			t.Fatal(err)
		}
		gap := want.ELBO - stats.ELogJoint - res.Q.Entropy()
		if gap < -1e-6 {
			t.Errorf("an ELBO %g above that of all rows", -gap)
		}
		gaps = append(gaps, gap)
	}
	s.Seed = 6
	if slices.Sort(gaps); !(gaps[3] < 0.7) {
		t.Errorf("adaptive steps end %.3g nats below the ELBO of all rows", gaps)
	}
	if again := fit(t, vi.Problem{Model: m}, s); !bitsOf(again).equal(bitsOf(res)) {
		t.Error("the same settings give other bits the second time")
	}
}
