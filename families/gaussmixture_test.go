package families

import (
	"math"
	"math/rand/v2"
	"testing"
)

func gaussMixtureOf(t testing.TB, d int, weights, locs, covs []float64) *GaussMixtureDist {
	t.Helper()
	q := GaussMixture(len(weights), d).New().(*GaussMixtureDist)
	if !q.SetComponents(weights, locs, covs) {
		t.Fatal("components refused")
	}
	return q
}

// Density, weights, moments and the joint entropy against their definitions.
func TestGaussMixtureIsWhatItSays(t *testing.T) {
	q := gaussMixtureOf(t, 1, fs{3, 7}, fs{-1, 0.5}, fs{0.5, 1.25})
	for _, z := range []float64{-0.4, 1.3, -1.7, 40} {
		p := 0.3*math.Exp(-(z+1)*(z+1))/math.Sqrt(math.Pi) + 0.7*math.Exp(-(z-0.5)*(z-0.5)/2.5)/math.Sqrt(2.5*math.Pi)
		nearZero(t, 1e-13, 1, q.LogProb(fs{z}), math.Log(p), "log q(%g)", z)
	}
	loc, cov := make(fs, 1), make(fs, 1)
	q.Moments(loc, cov)
	nearZero(t, 1e-15, 1, loc[0], 0.3*-1+0.7*0.5, "mean")
	nearZero(t, 1e-15, 1, cov[0], 0.3*0.5+0.7*1.25+0.3*0.7*1.5*1.5, "variance")
	normal := func(v float64) float64 { return 0.5 * math.Log(2*math.Pi*math.E*v) }
	nearZero(t, 1e-15, 1, q.Entropy(), 0.3*(normal(0.5)-math.Log(0.3))+0.7*(normal(1.25)-math.Log(0.7)), "entropy of (w, z)")
	nearZero(t, 1e-15, 1, q.Natural(nil)[0], math.Log(3./7), "log odds")
}

// Where a weight or a density vanishes there is no NaN.
func TestGaussMixtureInLogSpace(t *testing.T) {
	q := gaussMixtureOf(t, 1, fs{1e-290, 1}, fs{0, 100}, fs{1, 1})
	nearZero(t, 1e-12, 1, q.LogProb(fs{0}), -290*math.Ln10-0.5*log2Pi, "log q where the large component is 0")
	r := q.Responsibilities(nil, fs{0})
	nearZero(t, 1e-12, 1, r[0], 1, "responsibility")
	if l := q.LogProb(fs{1e200}); !math.IsInf(l, -1) {
		t.Errorf("log q far out: %g", l)
	}
}

// One component is a FullGaussian in everything.
func TestGaussMixtureOfOne(t *testing.T) {
	λ := Natural{3, 1, -2, 0.4, 0.4, -1}
	q, g := GaussMixture(1, 2).New(), FullGaussian(2).New()
	if p := FullGaussian(2).New(); KL(p, memberOf(t, FullGaussian(2), q.Natural(nil))) != 0 {
		t.Error("the standard member of one component is not standard normal")
	}
	if !q.SetNatural(λ) || !g.SetNatural(λ) {
		t.Fatal("refused")
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 10 {
		z := g.Rand(nil, rnd)
		nearZero(t, 1e-14, 1, q.LogProb(z), g.LogProb(z), "log q")
	}
	nearZero(t, 0, 1, q.Entropy(), g.Entropy(), "entropy")
	for i, x := range g.FisherSolve(nil, g.Mean(nil)) {
		nearZero(t, 1e-15, 1, q.FisherSolve(nil, q.Mean(nil))[i], x, "F⁻¹μ")
	}
}

func memberOf(t testing.TB, f Family, λ Natural) Distribution {
	t.Helper()
	q := f.New()
	if !q.SetNatural(λ) {
		t.Fatalf("%v refuses %v", f, λ)
	}
	return q
}

// F⁻¹ times the gradient of E_q f in λ is (f̄_c − f̄_k) for the weights, and for each
// component the natural gradient of its own expectation, whatever its weight: that is
// what makes the family worth having. f is quadratic, so that all is known.
func TestGaussMixtureNaturalGradient(t *testing.T) {
	q := gaussMixtureOf(t, 2, fs{0.2, 0.5, 0.3}, fs{-1, 2, 0, 1, 3, -2}, fs{1, 0.3, 0.3, 2, 0.5, 0, 0, 0.7, 2, -0.4, -0.4, 1})
	f := q.Family()
	λ := q.Natural(nil)
	a, b := fs{0.7, -1.1}, fs{1.5, 0.2, 0.2, -0.6} // f = aᵀz + zᵀBz
	value := func(g *FullGaussianDist) float64 {
		var s float64
		for i, x := range g.Mean(nil) {
			s += x * append(append(fs{}, a...), b...)[i]
		}
		return s
	}
	expect := func(λ Natural) float64 {
		p := memberOf(t, f, λ).(*GaussMixtureDist)
		var s float64
		for c, π := range p.Weights(nil) {
			s += π * value(p.Component(c))
		}
		return s
	}
	grad := make(Mean, len(λ))
	for i := range λ {
		const h = 1e-5
		λ[i] += h
		hi := expect(λ)
		λ[i] -= 2 * h
		grad[i] = (hi - expect(λ)) / (2 * h)
		λ[i] += h
	}
	nat := q.FisherSolve(nil, grad)
	last := value(q.Component(2))
	for c := range 2 {
		nearZero(t, 1e-7, 1, nat[c], value(q.Component(c))-last, "weight %d", c)
	}
	for c := range 3 {
		for i, want := range append(append(fs{}, a...), b...) {
			nearZero(t, 1e-6, 1, nat[2+6*c+i], want, "component %d, %d", c, i)
		}
	}
}

// A spread is wider than what it is about, and no two components are alike.
func TestGaussMixtureSpread(t *testing.T) {
	q := GaussMixture(8, 2).New().(*GaussMixtureDist)
	cov := fs{4, 1, 1, 0.5}
	if q.SetSpread(fs{3, -5}, fs{1, 2, 2, 1}) {
		t.Error("an indefinite covariance is accepted")
	}
	if !q.SetSpread(fs{3, -5}, cov) {
		t.Fatal("refused")
	}
	m, v := make(fs, 2), make(fs, 4)
	q.Moments(m, v)
	for i := range 2 {
		if ratio := v[3*i] / cov[3*i]; !(ratio > 1.5 && ratio < 2.5) || !(math.Abs(m[i]-fs{3, -5}[i]) < 0.5*math.Sqrt(cov[3*i])) {
			t.Errorf("coordinate %d: mean %g, variance %g", i, m[i], v[3*i])
		}
	}
	for c := range 8 {
		for b := range c {
			if !(KL(memberOf(t, FullGaussian(2), q.Component(c).Natural(nil)), memberOf(t, FullGaussian(2), q.Component(b).Natural(nil))) > 0.01) {
				t.Errorf("components %d and %d are alike", b, c)
			}
		}
	}
}

// The Bregman forms would be wrong without a word.
func TestConditionalHasNoBregmanForm(t *testing.T) {
	q := Product(Gamma(), GaussMixture(2, 1)).New()
	for name, f := range map[string]func(p, q Distribution) float64{"natural": BregmanNatural, "mean": BregmanMean} {
		func() {
			defer func() {
				if got := recover(); got != badBregman {
					t.Errorf("%s: recovered %v", name, got)
				}
			}()
			f(q, q)
		}()
	}
}
