package estimators_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
)

// latentBernoulli is a process of four values, its family, and a member of it.
func latentBernoulli(t *testing.T) (*models.LatentGaussian, families.Family, *families.GaussianSitesDist) {
	t.Helper()
	m, err := models.NewLatentGaussian([]float64{0.2, 0, -0.5, 1}, []float64{
		2, 1.2, 0.4, 0.1,
		1.2, 2, 1.2, 0.4,
		0.4, 1.2, 2, 1.2,
		0.1, 0.4, 1.2, 2,
	}, []float64{1, 0, 1, 1}, models.BernoulliLogit{})
	if err != nil {
		t.Fatal(err)
	}
	f, ok := families.GaussianSites(m.Mean, m.Cov)
	if !ok {
		t.Fatal("refused")
	}
	q := f.New().(*families.GaussianSitesDist)
	if !q.SetNatural(families.Natural{0.4, -0.3, 0.1, 0.8, -0.2, -0.1, -0.3, -0.15}) {
		t.Fatal("refused")
	}
	return m, f, q
}

func estimateOf(t *testing.T, e estimators.Estimator, m models.Model, f families.Family, q families.Distribution, at estimators.Stream) (families.Natural, estimators.Stats) {
	t.Helper()
	if err := e.Init(m, f); err != nil {
		t.Fatal(err)
	}
	dst := make(families.Natural, f.NumParams())
	st, err := e.Estimate(context.Background(), dst, q, at)
	if err != nil {
		t.Fatal(err)
	}
	return dst, st
}

// The gradient in μ, by differences of the expectation in λ and F.
func TestSitesIsTheGradientInTheMean(t *testing.T) {
	m, f, q := latentBernoulli(t)
	g, st := estimateOf(t, new(estimators.Sites), m, f, q, estimators.Stream{})
	value := func(λ families.Natural) float64 {
		p := f.New()
		if !p.SetNatural(λ) {
			t.Fatal("refused")
		}
		_, st := estimateOf(t, new(estimators.Sites), m, f, p, estimators.Stream{})
		return st.ELogJoint
	}
	λ := q.Natural(nil)
	want := q.FisherMulVec(nil, g) // ∇_λ = F ∇_μ
	const h = 1e-5
	for i := range λ {
		at := λ[i]
		λ[i] = at + h
		up := value(λ)
		λ[i] = at - h
		down := value(λ)
		λ[i] = at
		if d := (up - down) / (2 * h); math.Abs(d-want[i]) > 1e-8 {
			t.Errorf("∂/∂λ[%d] is %.10g, want %.10g", i, want[i], d)
		}
	}
	// The value, by sums over a grid for each site.
	var sum float64
	for i, y := range m.Y {
		sum += gridMean(q.Loc(nil)[i], q.Variances(nil)[i], func(f float64) float64 {
			ll, _, _ := m.Likelihood.LogLik(y, f)
			return ll
		})
	}
	if math.Abs(st.ELogJoint-sum) > 1e-11 {
		t.Errorf("E log p(y|f) is %.13g, want %.13g", st.ELogJoint, sum)
	}
}

func gridMean(m, v float64, f func(float64) float64) (sum float64) {
	const h = 1. / 32
	for k := -12 * 32; k <= 12*32; k++ {
		x := float64(k) * h
		sum += h * math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) * f(m+math.Sqrt(v)*x)
	}
	return sum
}

// Score estimates the same gradient from values alone.
func TestScoreAgreesWithSites(t *testing.T) {
	m, f, q := latentBernoulli(t)
	want, exact := estimateOf(t, new(estimators.Sites), m, f, q, estimators.Stream{})
	got, st := estimateOf(t, &estimators.Score{Draws: 400000}, m, f, q, estimators.Stream{Seed: 3})
	for i := range want {
		if math.Abs(got[i]-want[i]) > 0.02 {
			t.Errorf("∇_μ[%d]: %g, want %g", i, got[i], want[i])
		}
	}
	if math.Abs(st.ELogJoint-exact.ELogJoint) > 0.01 {
		t.Errorf("E log p: %g, want %g", st.ELogJoint, exact.ELogJoint)
	}
}

// The batches of an epoch average to all the rows: each is scaled by N/M.
func TestMinibatchOfSites(t *testing.T) {
	m, f, q := latentBernoulli(t)
	want, exact := estimateOf(t, new(estimators.Sites), m, f, q, estimators.Stream{})
	e := &estimators.Minibatch{Estimator: new(estimators.Sites), Size: 2}
	mean, value := make(families.Natural, len(want)), 0.
	for step := range uint64(2) {
		g, st := estimateOf(t, e, m, f, q, estimators.Stream{Seed: 5, Iter: step})
		for i, g := range g {
			mean[i] += g / 2
		}
		value += st.ELogJoint / 2
	}
	for i := range want {
		if math.Abs(mean[i]-want[i]) > 1e-13 {
			t.Errorf("∇_μ[%d]: mean of the batches %g, want %g", i, mean[i], want[i])
		}
	}
	if math.Abs(value-exact.ELogJoint) > 1e-13 {
		t.Errorf("E log p: mean of the batches %g, want %g", value, exact.ELogJoint)
	}
}

// A prior may neither be left out by both nor put in by both.
func TestPriorsOfModelAndFamily(t *testing.T) {
	m, f, _ := latentBernoulli(t)
	other, ok := families.GaussianSites(nil, m.Cov)
	if !ok {
		t.Fatal("refused")
	}
	x, err := models.NewDense(2, 4, []float64{1, 2, 3, 4, 5, 6, 7, 8})
	if err != nil {
		t.Fatal(err)
	}
	own, err := models.NewGLM(x, []float64{1, 0}, models.BernoulliLogit{}, []float64{1, 1, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		m    models.Model
		f    families.Family
	}{
		{"no prior at all", m, families.FullGaussian(4)},
		{"the prior of another mean", m, other},
		{"two priors", own, f},
		{"two priors, in a product", own, families.Product(families.Repeat(1, f))},
		{"the prior in a product", m, families.Product(f)},
	} {
		for _, e := range []estimators.Estimator{new(estimators.Score), new(estimators.Sites), &estimators.Minibatch{Estimator: new(estimators.Score), Size: 1}} {
			var lacks *estimators.CapabilityError
			if err := e.Init(c.m, c.f); !errors.As(err, &lacks) {
				t.Errorf("%s: %T.Init gives %v, want a CapabilityError", c.what, e, err)
			}
		}
	}
}

func TestSitesDoesNotAllocate(t *testing.T) {
	m, f, q := latentBernoulli(t)
	e := new(estimators.Sites)
	dst, _ := estimateOf(t, e, m, f, q, estimators.Stream{})
	if n := testing.AllocsPerRun(10, func() { e.Estimate(context.Background(), dst, q, estimators.Stream{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
