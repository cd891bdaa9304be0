package vi_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// wideLogistic has rows and columns enough for several shards.
func wideLogistic(t testing.TB, n, d int) *models.GLM {
	rnd := rand.New(rand.NewPCG(9, 9))
	x, y, precision := make([]float64, n*d), make([]float64, n), make([]float64, d)
	for i := range n {
		f := rnd.NormFloat64()
		for j := range d {
			precision[j] = 1
			if rnd.IntN(3) == 0 {
				x[i*d+j] = rnd.NormFloat64()
			}
			f += x[i*d+j] / float64(1+j)
		}
		if f > 0 {
			y[i] = 1
		}
	}
	return glm(t, n, d, x, y, models.BernoulliLogit{}, precision)
}

type bits struct {
	λ                     []uint64
	elbo, se, distance    uint64
	iterations, estimates int
}

func bitsOf(res *vi.Result) bits {
	b := bits{elbo: math.Float64bits(res.ELBO), se: math.Float64bits(res.StdErr), distance: math.Float64bits(res.Distance),
		iterations: res.Iterations, estimates: res.Estimates}
	for _, λ := range res.Q.Natural(nil) {
		b.λ = append(b.λ, math.Float64bits(λ))
	}
	return b
}

func (b bits) equal(c bits) bool {
	if len(b.λ) != len(c.λ) {
		return false
	}
	for i, λ := range b.λ {
		if c.λ[i] != λ {
			return false
		}
	}
	return b.elbo == c.elbo && b.se == c.se && b.distance == c.distance && b.iterations == c.iterations && b.estimates == c.estimates
}

// A seed gives the same bits for any number of processors and goroutines, and
// every other seed gives other ones, if there is any randomness.
func TestSameSeedSameBits(t *testing.T) {
	g, few := wideLogistic(t, 1500, 4), wideLogistic(t, 100, 4)
	shape, err := models.NewGammaShape(2, 1, []float64{3})
	if err != nil {
		t.Fatal(err)
	}
	full, diag := families.FullGaussian(4), families.DiagGaussian(4)
	for _, c := range []struct {
		name  string
		p     vi.Problem
		est   func(s estimators.Summer) estimators.Estimator
		noisy bool
	}{
		{"quadrature, full", vi.Problem{Model: g, Family: full}, func(s estimators.Summer) estimators.Estimator { return &estimators.Quadrature{Summer: s} }, false},
		{"quadrature, diag", vi.Problem{Model: g, Family: diag}, func(s estimators.Summer) estimators.Estimator { return &estimators.Quadrature{Summer: s} }, false},
		{"price", vi.Problem{Model: few, Family: full}, func(s estimators.Summer) estimators.Estimator { return &estimators.Price{Summer: s} }, true},
		{"stein", vi.Problem{Model: few, Family: diag}, func(s estimators.Summer) estimators.Estimator { return &estimators.Stein{Summer: s} }, true},
		{"score", vi.Problem{Model: few, Family: diag}, func(s estimators.Summer) estimators.Estimator { return &estimators.Score{Summer: s} }, true},
		{"batches", vi.Problem{Model: g, Family: full}, func(s estimators.Summer) estimators.Estimator {
			return &estimators.Minibatch{Estimator: &estimators.Quadrature{Summer: s}, Size: 300}
		}, true},
		{"paths", vi.Problem{Model: shape, Family: families.Gamma()}, func(s estimators.Summer) estimators.Estimator { return &estimators.Pathwise{Summer: s} }, true},
	} {
		run := func(seed uint64, s estimators.Summer) bits {
			return bitsOf(fit(t, c.p, &vi.Settings{Seed: seed, Estimator: c.est(s), MaxIterations: 20, Check: -1}))
		}
		want := run(5, nil)
		for n := 1; n <= 4; n++ {
			if got := run(5, &estimators.Goroutines{N: n}); !got.equal(want) {
				t.Errorf("%s: other bits with %d goroutines", c.name, n)
			}
		}
		for _, n := range []int{1, 2, 4} {
			before := runtime.GOMAXPROCS(n)
			got := run(5, nil)
			runtime.GOMAXPROCS(before)
			if !got.equal(want) {
				t.Errorf("%s: other bits on %d processors", c.name, n)
			}
		}
		if same := run(6, nil).equal(want); same == c.noisy {
			t.Errorf("%s: another seed gives the same bits: %t", c.name, same)
		}
	}
}

// A run does not depend on what the method, the estimator or the start were used
// for before.
func TestRunsDoNotShareState(t *testing.T) {
	g := wideLogistic(t, 60, 4)
	for _, m := range methods {
		for _, e := range []estimators.Estimator{new(estimators.Quadrature), new(estimators.Stein)} {
			f := families.DiagGaussian(4)
			s := &vi.Settings{Method: m.m, Estimator: e, MaxIterations: 30, Check: -1}
			first := bitsOf(fit(t, vi.Problem{Model: g, Family: f}, s))
			fit(t, vi.Problem{Model: g, Family: families.FullGaussian(4)}, s)
			fit(t, vi.Problem{Model: wideLogistic(t, 20, 4), Family: f}, s)
			if again := bitsOf(fit(t, vi.Problem{Model: g, Family: f}, s)); !again.equal(first) {
				t.Errorf("%s, %T: another fit with the same settings ends elsewhere", m.name, e)
			}
		}
	}
}
