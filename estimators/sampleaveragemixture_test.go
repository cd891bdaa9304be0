package estimators_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
)

// mixtures are members of mixtures in three dimensions whose components overlap.
func mixtures(t testing.TB) []*families.GaussMixtureDist {
	t.Helper()
	two := families.GaussMixture(2, 3).New().(*families.GaussMixtureDist)
	three := families.GaussMixture(3, 3).New().(*families.GaussMixtureDist)
	locs := []float64{.3, -.2, .5, -.6, .4, 1, .9, .1, -.3}
	covs := []float64{1, .2, .1, .2, .8, -.1, .1, -.1, .7, .5, -.1, 0, -.1, 1.2, .3, 0, .3, .4, .6, .1, -.2, .1, .3, 0, -.2, 0, 1.5}
	if !two.SetComponents([]float64{.35, .65}, locs[:6], covs[:18]) || !three.SetComponents([]float64{.2, .5, .3}, locs, covs) {
		t.Fatal("refused")
	}
	return []*families.GaussMixtureDist{two, three}
}

func estimate(t testing.TB, e estimators.Estimator, m models.Model, q families.Distribution) (families.Natural, estimators.Stats) {
	t.Helper()
	if err := e.Init(m, q.Family()); err != nil {
		t.Fatal(err)
	}
	dst := make(families.Natural, q.Family().NumParams())
	s, err := e.Estimate(context.Background(), dst, q, estimators.Stream{})
	if err != nil {
		t.Fatal(err)
	}
	return dst, s
}

// The value is what the definition says, log q of the mixture included, at draws that
// are the same for all components.
func TestSampleAverageOfMixtureIsTheELBO(t *testing.T) {
	const draws = 12
	base := estimators.BaseDraws(3, draws/2, 3, true)
	for _, q := range mixtures(t) {
		_, s := estimate(t, &estimators.SampleAverage{Draws: draws, Seed: 3}, bent{}, q)
		var want float64
		z, ε := make([]float64, 3), make([]float64, 3)
		for c, π := range q.Weights(nil) {
			for k := range draws {
				for i := range ε {
					ε[i] = float64(1-2*(k%2)) * base[k/2*3+i]
				}
				q.Component(c).Transform(z, ε)
				want += π / draws * (bent{}.LogJoint(z) - q.LogProb(z))
			}
		}
		if got := s.ELogJoint + q.Entropy(); math.Abs(got-want) > 1e-13*(1+math.Abs(want)) {
			t.Errorf("%v: ELBO %.16g, want %.16g", q.Family(), got, want)
		}
		if want := draws * q.NumComponents(); s.GradEvals != want || s.StdErr != 0 {
			t.Errorf("%v: %+v, want %d gradients", q.Family(), s, want)
		}
	}
}

// The estimate is λ and the natural gradient of that value: along any direction the
// ELBO changes by ⟨F(g − λ), dλ⟩, for the weights as for locations and covariances.
func TestSampleAverageOfMixtureIsAGradient(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, q := range mixtures(t) {
		f, k := q.Family(), q.NumComponents()
		n := f.NumParams()
		e := &estimators.SampleAverage{Draws: 12, Seed: 3}
		nat, _ := estimate(t, e, bent{}, q)
		λ := q.Natural(nil)
		for i, x := range λ {
			nat[i] -= x
		}
		grad := q.FisherMulVec(nil, nat)
		value := func(h float64, dir families.Natural) float64 {
			p := f.New()
			at := make(families.Natural, n)
			for i := range at {
				at[i] = λ[i] + h*dir[i]
			}
			if !p.SetNatural(at) {
				t.Fatal("refused")
			}
			_, s := estimate(t, e, bent{}, p)
			return s.ELogJoint + p.Entropy()
		}
		check := func(what string, dir families.Natural) {
			t.Helper()
			const h = 1e-3
			want := (8*(value(h, dir)-value(-h, dir)) - value(2*h, dir) + value(-2*h, dir)) / (12 * h)
			var got float64
			for i, g := range grad {
				got += g * dir[i]
			}
			if math.Abs(got-want) > 1e-8*(1+math.Abs(want)) {
				t.Errorf("%v, %s: derivative %.12g, want %.12g", f, what, got, want)
			}
		}
		for c := range k - 1 {
			dir := make(families.Natural, n)
			dir[c] = 1
			check("a weight", dir)
		}
		for c := range k {
			loc, scale := make(families.Natural, n), make(families.Natural, n)
			block := k - 1 + 12*c
			for i := range 3 {
				loc[block+i] = rnd.NormFloat64()
				for j := range i + 1 {
					scale[block+3+3*i+j] = 0.3 * rnd.NormFloat64()
					scale[block+3+3*j+i] = scale[block+3+3*i+j]
				}
			}
			check("a location", loc)
			check("a scale", scale)
		}
	}
}

// One component is the Gaussian, to rounding: with covariance I the draws know its
// entropy.
func TestSampleAverageOfOneComponent(t *testing.T) {
	g := gaussians(t)[0]
	q := families.GaussMixture(1, 3).New()
	if !q.SetNatural(g.Natural(nil)) {
		t.Fatal("refused")
	}
	want, ws := estimate(t, &estimators.SampleAverage{Draws: 14}, bent{}, g)
	got, s := estimate(t, &estimators.SampleAverage{Draws: 14}, bent{}, q)
	if math.Abs(s.ELogJoint-ws.ELogJoint) > 1e-13*math.Abs(ws.ELogJoint) {
		t.Errorf("E log p is %.16g, want %.16g", s.ELogJoint, ws.ELogJoint)
	}
	for i, x := range want {
		if math.Abs(got[i]-x) > 1e-12*(1+math.Abs(x)) {
			t.Errorf("%d: %.16g, want %.16g", i, got[i], x)
		}
	}
}

// At the posterior, if that is a mixture, f is a constant: the ELBO is the evidence, and
// the draws tell that there is nowhere to go, whatever they are, but for what is
// subtracted of the means of δ.
func TestSampleAverageAtThePosterior(t *testing.T) {
	for _, q := range mixtures(t) {
		m := mixtureTarget{q, 1.25}
		for draws, limit := range map[int]float64{64: 0.2, 4096: 0.01} {
			nat, s := estimate(t, &estimators.SampleAverage{Draws: draws}, m, q)
			if elbo := s.ELogJoint + q.Entropy(); math.Abs(elbo-1.25) > 1e-12 {
				t.Errorf("%v: ELBO %.16g, want 1.25", q.Family(), elbo)
			}
			for i, x := range q.Natural(nil) {
				nat[i] -= x
			}
			var square float64
			for i, x := range q.FisherMulVec(nil, nat) {
				square += x * nat[i]
			}
			if !(math.Sqrt(square) < limit) {
				t.Errorf("%v, %d draws: a natural gradient of length %.2g, want at most %.2g", q.Family(), draws, math.Sqrt(square), limit)
			}
		}
	}
}

// wave is a log-joint of one parameter.
type wave struct{}

func (wave) Dim() int                       { return 1 }
func (m wave) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 1), z) }
func (wave) LogJointGrad(g, z []float64) float64 {
	x := z[0]
	g[0] = -x + 2*math.Cos(2*x)
	return -x*x/2 + math.Sin(2*x)
}

// With many draws the estimate is that of MixEF as published, from expectations under q
// of the density ratios δ_c with h = log q − log p and its derivatives, here by
// quadrature: nothing of the average is used.
func TestSampleAverageOfMixtureIsMixEF(t *testing.T) {
	weights, locs, precs := []float64{0.3, 0.7}, []float64{-1, 0.5}, []float64{2, 0.8}
	q := families.GaussMixture(2, 1).New().(*families.GaussMixtureDist)
	if !q.SetComponents(weights, locs, []float64{1 / precs[0], 1 / precs[1]}) {
		t.Fatal("refused")
	}
	const n, lo, hi = 4000, -12.0, 12.0
	var elbo float64
	nat := make(families.Natural, 5)
	δ := make([]float64, 2)
	for i := range n + 1 {
		x := lo + (hi-lo)*float64(i)/n
		logq := q.LogComponents(δ, []float64{x})
		var s, ss float64
		for c, l := range δ {
			δ[c] = math.Exp(l - logq)
			u := -precs[c] * (x - locs[c])
			s += weights[c] * δ[c] * u
			ss += weights[c] * δ[c] * (u*u - precs[c])
		}
		g := make([]float64, 1)
		h := logq - wave{}.LogJointGrad(g, []float64{x})
		h1, h2 := s-g[0], ss-s*s+1+4*math.Sin(2*x)
		w := (hi - lo) / n * math.Exp(logq)
		elbo -= w * h
		nat[0] -= w * (δ[0] - δ[1]) * h
		for c := range 2 {
			nat[1+2*c] -= w * δ[c] * (h1 - h2*locs[c])
			nat[2+2*c] -= w * δ[c] * h2 / 2
		}
	}
	dst, stats := estimate(t, &estimators.SampleAverage{Draws: 1 << 16}, wave{}, q)
	if got := stats.ELogJoint + q.Entropy(); math.Abs(got-elbo) > 1e-4 {
		t.Errorf("ELBO %.6f, want %.6f", got, elbo)
	}
	for i, λ := range q.Natural(nil) {
		if got := dst[i] - λ; math.Abs(got-nat[i]) > 1e-3*math.Max(1, math.Abs(nat[i])) {
			t.Errorf("%d: natural gradient %.5f, want %.5f", i, got, nat[i])
		}
	}
}

// mixtureTarget is log q + c as a log-joint.
type mixtureTarget struct {
	q *families.GaussMixtureDist
	c float64
}

func (m mixtureTarget) Dim() int                     { return m.q.Family().Dim() }
func (m mixtureTarget) LogJoint(z []float64) float64 { return m.q.LogProb(z) + m.c }

func (m mixtureTarget) LogJointGrad(g, z []float64) float64 {
	clear(g)
	d := len(z)
	for c, r := range m.q.Responsibilities(nil, z) {
		s, loc := m.q.Component(c).Precision(nil), m.q.Component(c).Loc(nil)
		for i := range g {
			for j := range g {
				g[i] -= r * s[i*d+j] * (z[j] - loc[j])
			}
		}
	}
	return m.LogJoint(z)
}

func TestSampleAverageOfMixtureSameBits(t *testing.T) {
	q := mixtures(t)[1]
	estimateWith := func(seed uint64, n int) families.Natural {
		dst, _ := estimate(t, &estimators.SampleAverage{Seed: seed, Summer: &estimators.Goroutines{N: n}}, forkable{bent{}}, q)
		return dst
	}
	one := estimateWith(1, 1)
	if !cmp.Equal(one, estimateWith(1, 3)) || cmp.Equal(one, estimateWith(2, 1)) {
		t.Error("bits depend on the number of goroutines, or not on the seed")
	}
	e := new(estimators.SampleAverage)
	dst, _ := estimate(t, e, bent{}, q)
	if n := testing.AllocsPerRun(20, func() {
		if err := e.Init(bent{}, q.Family()); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Estimate(context.Background(), dst, q, estimators.Stream{}); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	// The same estimator serves a Gaussian, and a mixture again.
	g := gaussians(t)[0]
	want, _ := estimate(t, new(estimators.SampleAverage), bent{}, g)
	got, _ := estimate(t, e, bent{}, g)
	again, _ := estimate(t, e, bent{}, q)
	if !cmp.Equal(got, want) || !cmp.Equal(again, dst) {
		t.Error("an estimator that served another family has other bits")
	}
}

// The batches of an epoch together are all rows, the entropy counted once for each.
func TestMinibatchOfMixture(t *testing.T) {
	q := mixtures(t)[1]
	m := pulls{{1, 0, 2}, {-1, 1, 0}, {0, 2, -1}, {3, 0, 0}, {1, 1, 1}, {0, -2, 1}}
	want, ws := estimate(t, new(estimators.SampleAverage), m, q)
	e := &estimators.Minibatch{Estimator: new(estimators.SampleAverage), Size: 2}
	if err := e.Init(m, q.Family()); err != nil {
		t.Fatal(err)
	}
	sum, dst := make(families.Natural, len(want)), make(families.Natural, len(want))
	var value float64
	for iter := range uint64(3) {
		s, err := e.Estimate(context.Background(), dst, q, estimators.Stream{Iter: iter})
		if err != nil {
			t.Fatal(err)
		}
		value += s.ELogJoint / 3
		for i, x := range dst {
			sum[i] += x / 3
		}
	}
	if math.Abs(value-ws.ELogJoint) > 1e-12*(1+math.Abs(ws.ELogJoint)) {
		t.Errorf("E log p is %.16g, want %.16g", value, ws.ELogJoint)
	}
	for i, x := range want {
		if math.Abs(sum[i]-x) > 1e-12*(1+math.Abs(x)) {
			t.Errorf("%d: %.16g, want %.16g", i, sum[i], x)
		}
	}
}

// pulls are rows y of log p = −½ |z|² − Σ log cosh(yᵀz).
type pulls [][3]float64

func (pulls) Dim() int       { return 3 }
func (p pulls) NumData() int { return len(p) }
func (p pulls) Batch(idx []int, scale float64) models.Model {
	b := scaledPulls{scale: scale}
	for _, i := range idx {
		b.rows = append(b.rows, p[i])
	}
	return b
}
func (p pulls) LogJoint(z []float64) float64 { return p.LogJointGrad(make([]float64, 3), z) }
func (p pulls) LogJointGrad(g, z []float64) float64 {
	return scaledPulls{pulls: p, rows: p, scale: 1}.LogJointGrad(g, z)
}

type scaledPulls struct {
	pulls
	rows  pulls
	scale float64
}

func (p scaledPulls) LogJoint(z []float64) float64 { return p.LogJointGrad(make([]float64, 3), z) }
func (p scaledPulls) LogJointGrad(g, z []float64) float64 {
	var l float64
	for i, x := range z {
		g[i] = -x
		l -= x * x / 2
	}
	for _, y := range p.rows {
		t := y[0]*z[0] + y[1]*z[1] + y[2]*z[2]
		l -= p.scale * math.Log(math.Cosh(t))
		for i := range g {
			g[i] -= p.scale * math.Tanh(t) * y[i]
		}
	}
	return l
}

// hiddenClaim says that it is conjugate to any family, and that of f given local
// variables.
type hiddenClaim struct {
	bent
	f families.Family
}

func (hiddenClaim) ConjugateNatural(dst []float64, _ string) (float64, bool) { return 0, true }

func (m hiddenClaim) Family() string                     { return m.f.String() }
func (hiddenClaim) NumData() int                         { return 3 }
func (m hiddenClaim) Batch([]int, float64) models.Model  { return m }
func (hiddenClaim) GlobalNatural([]float64) float64      { return 0 }
func (hiddenClaim) Expect(λ, μ []float64) bool           { return true }
func (hiddenClaim) AddLocal([]float64, int, int) float64 { return 0 }

// A family whose T(z) nobody knows is refused by name, hidden in a product too, by all
// that would be wrong without a word.
func TestConditionalFamiliesAreRefused(t *testing.T) {
	mixture := families.GaussMixture(2, 3)
	product := families.Product(families.GaussMixture(2, 2), families.Gamma())
	for _, e := range []estimators.Estimator{
		new(estimators.Exact), new(estimators.Local), new(estimators.Price), new(estimators.Stein), new(estimators.Pathwise), new(estimators.Score), new(estimators.Quadrature),
		&estimators.Minibatch{Estimator: new(estimators.Score), Size: 2},
	} {
		for _, f := range []families.Family{mixture, product} {
			var lacks *estimators.CapabilityError
			if err := e.Init(hiddenClaim{f: f}, f); !errors.As(err, &lacks) {
				t.Errorf("%T of %v: error %v, want a CapabilityError", e, f, err)
			}
		}
	}
	var lacks *estimators.CapabilityError
	for _, f := range []families.Family{mixture, product} {
		if err := new(estimators.SampleAverage).Init(valuesOnly{bent{}}, f); !errors.As(err, &lacks) {
			t.Errorf("SampleAverage of %v without gradients: error %v", f, err)
		}
	}
}
