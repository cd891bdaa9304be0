package families

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// observed is what can be seen of a member, to the last bit.
type observed struct {
	λ            Natural
	μ            Mean
	A, H, Fisher []uint64
}

func observe(q Distribution) observed {
	n := q.Family().NumParams()
	o := observed{λ: q.Natural(nil), μ: q.Mean(nil)}
	o.A = []uint64{math.Float64bits(q.LogPartition())}
	o.H = []uint64{math.Float64bits(q.Entropy())}
	v := make(Natural, n)
	for i := range v {
		v[i] = 1 + float64(i)
	}
	for _, x := range q.FisherMulVec(nil, v) {
		o.Fisher = append(o.Fisher, math.Float64bits(x))
	}
	return o
}

var (
	inf = math.Inf(1)
	nan = math.NaN()
)

func TestDomainEdges(t *testing.T) {
	const tiny = 0x1p-53
	for _, test := range []struct {
		q        Distribution
		accepted []Natural
		refused  []Natural
		means    []Mean // in the domain
		noMeans  []Mean
	}{
		{gamma(t, 1e-6, 3),
			[]Natural{{-1 + tiny, -1}, {-0.5, -1e-300}, {1e15, -1}, {0, -1e300}},
			[]Natural{{-1, -1}, {-1 - 2*tiny, -1}, {0, 0}, {0, 1}, {nan, -1}, {0, nan}, {inf, -1}, {-inf, -1}, {0, -inf}, {0, inf},
				{1e300, -1e-300}, {1e308, -1e300}, {0, -0x1p-1060}, {-1e300, -1}},
			[]Mean{{-1e6, 1}, {-1e-9, 1}, {0, 2}, {-800, 1e-300}, {600, 1e300}},
			[]Mean{{0, 1}, {1, 1}, {0, -1}, {0, 0}, {nan, 1}, {0, nan}, {-inf, 1}, {0, inf}, {inf, inf}, {-1e17, 1}, {-1e-320, 1}}},
		{inverseGamma(t, 1e-6, 3),
			[]Natural{{-1 - 2*tiny, -1}, {-1.5, -1e-300}, {-1e15, -1}, {-2, -1e300}},
			[]Natural{{-1, -1}, {-1 + tiny, -1}, {0, -1}, {-2, 0}, {-2, 1}, {nan, -1}, {-2, nan}, {inf, -1}, {-inf, -1}, {-2, -inf}, {-2, inf}},
			[]Mean{{1e6, 1}, {1e-9, 1}, {0, 2}, {800, 1e-300}},
			[]Mean{{0, 1}, {-1, 1}, {0, -1}, {0, 0}, {nan, 1}, {0, nan}, {inf, 1}, {0, inf}, {1e17, 1}}},
		{beta(t, 1e-6, 3),
			[]Natural{{-1 + tiny, -1 + tiny}, {1e300, 0}, {1e15, -0.5}, {0, 0}},
			[]Natural{{-1, 0}, {0, -1}, {0, -2}, {nan, 0}, {0, nan}, {inf, 0}, {0, inf}, {-inf, 0}, {1.5e308, 1.5e308}},
			[]Mean{{-1e6, -1e6}, {-1e-14, -1e6}, {-1, -0.5}, {-0.7, -0.7}},
			[]Mean{{0, -1}, {-1, 0}, {1, -1}, {-0.1, -0.1}, {-math.Ln2, -math.Ln2 + 1e-15}, {nan, -1}, {-1, nan}, {-inf, -1}, {-1, inf}, {-1e17, -1e17}}},
		{dirichletOf(t, 1e-6, 3, 1e8),
			[]Natural{{-1 + tiny, -1 + tiny, -1 + tiny}, {1e300, 0, -0.5}, {1e15, -0.5, 1e15}, {0, 0, 0}},
			[]Natural{{-1, 0, 0}, {0, -1, 0}, {0, 0, -1}, {0, -2, 0}, {nan, 0, 0}, {0, nan, 0}, {inf, 0, 0}, {0, 0, inf}, {1e308, 1e308, 0}},
			[]Mean{{-1e6, -1e6, -1e6}, {-1e-14, -1e6, -1e6}, {-1, -1.2, -1.4}},
			[]Mean{{0, -1, -1}, {-1, -1, 0}, {-1, -1, 1}, {-1, -1, -1}, {nan, -1, -1}, {-1, -1, nan}, {-inf, -1, -1}, {-1e17, -1e17, -1}}},
		{categoricalOf(t, 1, 2, 3),
			[]Natural{{0, 0}, {700, -3}, {-300, 300}, {-700, -700}, {700, 700}},
			[]Natural{{nan, 0}, {0, nan}, {inf, 0}, {-inf, 0}, {0, -inf}, {710, 0}, {-400, 400}, {1e308, -1e308}},
			[]Mean{{0.2, 0.3}, {1e-300, 1e-300}, {0.5, 0.5 - tiny}, {1 - tiny, 1e-200}},
			[]Mean{{0, 0.5}, {0.5, 0}, {0.5, 0.5}, {0.7, 0.7}, {-0.1, 0.5}, {1, 0.1}, {nan, 0.1}, {0.1, nan}, {inf, 0.1}, {0x1p-1070, 0.5}}},
		{wishartOf(t, 1+1e-6, 1, 0.3, 0.3, 0.5),
			[]Natural{{-1 + tiny, -1, 0, 0, -1}, {0, -1, 0.999, 0.999, -1}, {1e15, -1, 0, 0, -1e9}, {3, -1e-200, 0, 0, -1e200}},
			[]Natural{{-1, -1, 0, 0, -1}, {-2, -1, 0, 0, -1}, {0, 0, 0, 0, -1}, {0, 1, 0, 0, 1}, {0, -0.5, 0.5, 0.5, -0.5}, {0, -1, 2, 2, -1},
				{nan, -1, 0, 0, -1}, {0, nan, 0, 0, -1}, {0, -1, nan, 0, -1}, {0, -1, 0, inf, -1}, {inf, -1, 0, 0, -1}, {0, -inf, 0, 0, -1},
				{1e308, -1, 0, 0, -1e-10}, {0, -0x1p-1060, 0, 0, -1}, {1e300, -1e-300, 0, 0, -1e-300}},
			[]Mean{{0, 1, 0, 0, 1.1}, {-1e6, 1, 0.9, 0.9, 1}, {-1e-9, 1, 0, 0, 1}, {-1e-7, 1e100, 0, 0, 1e-100}, {-2e3, 1e-300, 0, 0, 1e-300}},
			[]Mean{{0, 1, 0, 0, 1}, {1, 1, 0, 0, 1}, {-1, 1, 1, 1, 1}, {-1, 1, 2, 2, 1}, {-1, -1, 0, 0, 1}, {-1, 0, 0, 0, 1},
				{nan, 1, 0, 0, 1}, {-inf, 1, 0, 0, 1}, {-1, nan, 0, 0, 1}, {-1, 1, nan, 0, 1}, {-1, inf, 0, 0, 1}, {-1e17, 1, 0, 0, 1}}},
		{inverseWishartOf(t, 1+1e-6, 1, 0.3, 0.3, 0.5),
			[]Natural{{-2 - 4*tiny, -1, 0, 0, -1}, {-3, -1, 0.999, 0.999, -1}, {-1e15, -1, 0, 0, -1e9}},
			[]Natural{{-2, -1, 0, 0, -1}, {-1, -1, 0, 0, -1}, {0, -1, 0, 0, -1}, {-3, 0, 0, 0, -1}, {-3, 1, 0, 0, 1}, {-3, -0.5, 0.5, 0.5, -0.5},
				{nan, -1, 0, 0, -1}, {-3, nan, 0, 0, -1}, {-3, -1, 0, inf, -1}, {-inf, -1, 0, 0, -1}, {-3, -0x1p-1060, 0, 0, -1}},
			[]Mean{{0, 1, 0, 0, 1.1}, {1e6, 1, 0.9, 0.9, 1}, {1e-9, 1, 0, 0, 1}},
			[]Mean{{0, 1, 0, 0, 1}, {-1, 1, 0, 0, 1}, {1, 1, 1, 1, 1}, {1, 1, 2, 2, 1}, {1, -1, 0, 0, 1},
				{nan, 1, 0, 0, 1}, {inf, 1, 0, 0, 1}, {1, nan, 0, 0, 1}, {1e17, 1, 0, 0, 1}}},
		{normalGamma(t, 0.7, 2, 1e-6, 1.5),
			[]Natural{{-0.5 + tiny, -1, 0, -1}, {0, -1 - 0.5e12, 1e6, -0.5}, {1e15, -1e10, 3, -1e-9}, {0, -1, 1e-300, -1e-300}, {0, -1.5, 1e150, -0.5e300}},
			[]Natural{{-0.5, -1, 0, -1}, {-1, -1, 0, -1}, {0, 0, 0, -1}, {0, 1, 0, -1}, {0, -1, 0, 0}, {0, -1, 0, 1}, {0, -0.5, 1, -0.5}, {0, -0.4, 1, -0.5},
				{nan, -1, 0, -1}, {0, nan, 0, -1}, {0, -1, nan, -1}, {0, -1, 0, nan}, {inf, -1, 0, -1}, {0, -inf, 0, -1}, {0, -1, inf, -1}, {0, -1, 0, -inf},
				{0, -1, 1e200, -1e-300}, {0, -0x1p-1060, 0, -1}, {0, -1, 0, -0x1p-1060}, {0, -1, 0, -0.8e308}, {0, -0.5000000005e-280, 1e-290, -0.5e-300}},
			[]Mean{{-1, 1, 0, 1}, {-1e6, 1, 3, 9.5}, {-1e-9, 1, 1e5, 1e10 + 1}, {600, 1e300, 0, 1}},
			[]Mean{{0, 1, 0, 1}, {1, 1, 0, 1}, {-1, 0, 0, 1}, {-1, -1, 0, 1}, {-1, 1, 1, 1}, {-1, 1, 2, 3}, {-1, 1, 0, 0}, {-1, 1, 0, -1},
				{nan, 1, 0, 1}, {-inf, 1, 0, 1}, {-1, 1, nan, 1}, {-1, 1, 0, nan}, {-1, 1, inf, 1}, {-1, 1, 0, inf}, {-1e17, 1, 0, 1}}},
		{normalWishart(t, fs{0.5, -1}, 2, fs{1, 0.3, 0.3, 0.5}, 1+1e-6),
			[]Natural{{-0.5 + tiny, -1, 0, 0, -1, 0, 0, -1}, {0, -1 - 0.5e12, 0, 0, -1, 1e6, 0, -0.5}, {0, -1.5, 0.5, 0.5, -1.5, 1, -1, -0.5}},
			[]Natural{{-0.5, -1, 0, 0, -1, 0, 0, -1}, {-1, -1, 0, 0, -1, 0, 0, -1}, {0, 0, 0, 0, -1, 0, 0, -1}, {0, -0.5, 0.5, 0.5, -0.5, 0, 0, -1},
				{0, -1, 0, 0, -1, 0, 0, 0}, {0, -1, 0, 0, -1, 0, 0, 1}, {0, -0.5, 0, 0, -1, 1, 0, -0.5}, {0, -1, 0, 0, -1, 1, 1, -0.25},
				{nan, -1, 0, 0, -1, 0, 0, -1}, {0, -1, nan, 0, -1, 0, 0, -1}, {0, -1, 0, 0, -1, nan, 0, -1}, {0, -1, 0, 0, -1, 0, inf, -1},
				{0, -1, 0, 0, -1, 0, 0, nan}, {0, -1, 0, 0, -1, 0, 0, -inf}, {0, -1, 0, 0, -1, 1e200, 0, -1e-300}, {0, -1, 0, 0, -1, 0, 0, -0.8e308},
				{0, -0.5000000005e-280, 0, 0, -1e-280, 1e-290, 0, -0.5e-300}, {inf, -1, 0, 0, -1, 0, 0, -1}},
			[]Mean{{-1, 1, 0, 0, 1, 0, 0, 1}, {-1e6, 1, 0, 0, 1, 3, 4, 26}, {-1e-9, 1, 0, 0, 1, 1e5, 0, 1e10 + 1}},
			[]Mean{{0, 1, 0, 0, 1, 0, 0, 1}, {-1, 1, 1, 1, 1, 0, 0, 1}, {-1, 1, 0, 0, 1, 3, 4, 25}, {-1, 1, 0, 0, 1, 3, 4, 24}, {-1, 1, 0, 0, 1, 0, 0, 0},
				{nan, 1, 0, 0, 1, 0, 0, 1}, {-1, nan, 0, 0, 1, 0, 0, 1}, {-1, 1, 0, 0, 1, nan, 0, 1}, {-1, 1, 0, 0, 1, 0, inf, 1}, {-1, 1, 0, 0, 1, 0, 0, inf}}},
	} {
		f := test.q.Family()
		before := observe(test.q)
		unchanged := func(what string, x any) {
			t.Helper()
			if diff := cmp.Diff(before, observe(test.q), cmp.AllowUnexported(observed{})); diff != "" {
				t.Errorf("%v: the refusal of %s = %v changed the receiver: %s", f, what, x, diff)
			}
		}
		for _, λ := range test.refused {
			if test.q.SetNatural(λ) {
				t.Errorf("%v accepts λ = %v", f, λ)
				before = observe(test.q)
			}
			unchanged("λ", λ)
		}
		for _, μ := range test.noMeans {
			if test.q.SetMean(μ) {
				t.Errorf("%v accepts μ = %v: λ = %v", f, μ, test.q.Natural(nil))
				before = observe(test.q)
			}
			unchanged("μ", μ)
		}
		q := f.New()
		for _, λ := range test.accepted {
			if !q.SetNatural(λ) {
				t.Errorf("%v refuses λ = %v", f, λ)
			}
			if diff := cmp.Diff(λ, q.Natural(nil)); diff != "" {
				t.Errorf("%v: Natural after SetNatural: %s", f, diff)
			}
			allFinite(t, q)
		}
		for _, μ := range test.means {
			if !q.SetMean(μ) {
				t.Errorf("%v refuses μ = %v", f, μ)
				continue
			}
			allFinite(t, q)
			if λ := q.Natural(nil); !f.New().SetNatural(λ) {
				t.Errorf("%v refuses λ = %v, which SetMean made of μ = %v", f, λ, μ)
			}
		}
	}
}

// allFinite fails unless μ, A and H are finite.
func allFinite(t *testing.T, q Distribution) {
	t.Helper()
	if μ := q.Mean(nil); !finite(μ) {
		t.Errorf("%v accepts λ = %v with μ = %v", q.Family(), q.Natural(nil), μ)
	}
	if a, h := q.LogPartition(), q.Entropy(); !isFinite(a) || !isFinite(h) {
		t.Errorf("%v accepts λ = %v with A = %g, entropy %g", q.Family(), q.Natural(nil), a, h)
	}
}

func TestSettersInOwnTerms(t *testing.T) {
	bad := []float64{0, -1, nan, inf, 1e-17}
	g, ig, b := gamma(t, 2, 3), inverseGamma(t, 2, 3), beta(t, 2, 3)
	d, c := dirichletOf(t, 2, 3), categoricalOf(t, 0.4, 0.6)
	qs := []Distribution{g, ig, b, d, c}
	var before []observed
	for _, q := range qs {
		before = append(before, observe(q))
	}
	for _, x := range bad {
		y := x // a rate may be 1e-17
		if x > 0 && x < 1 {
			y = 1e-320
		}
		for name, ok := range map[string]bool{
			"GammaDist shape":          g.SetShapeRate(x, 1),
			"GammaDist rate":           g.SetShapeRate(1, y),
			"InverseGammaDist shape":   ig.SetShapeScale(x, 1),
			"InverseGammaDist scale":   ig.SetShapeScale(1, y),
			"BetaDist a":               b.SetShapes(x, 1),
			"BetaDist b":               b.SetShapes(1, x),
			"DirichletDist":            d.SetConcentration([]float64{1, x}),
			"CategoricalDist":          x != 1e-17 && c.SetProb([]float64{x, 0.5}),
			"CategoricalDist, last":    x != 1e-17 && c.SetProb([]float64{0.5, x}),
			"CategoricalDist, too low": c.SetProb([]float64{1e300, 1e-300}),
		} {
			if ok {
				t.Errorf("%s %g is accepted", name, x)
			}
		}
	}
	for i, q := range qs {
		if diff := cmp.Diff(before[i], observe(q), cmp.AllowUnexported(observed{})); diff != "" {
			t.Errorf("%v: a refusal changed the receiver: %s", q.Family(), diff)
		}
	}
	if g.Shape() != 2 || g.Rate() != 3 || ig.Shape() != 2 || ig.Scale() != 3 || b.A() != 2 || b.B() != 3 {
		t.Error("a member does not have the parameters it was given")
	}
	if diff := cmp.Diff([]float64{2, 3}, d.Concentration(nil)); diff != "" {
		t.Error(diff)
	}
	if got := c.Prob(nil); math.Abs(got[0]-0.4) > 1e-16 || math.Abs(got[1]-0.6) > 2e-16 {
		t.Errorf("probabilities %v", got)
	}
}

var (
	notPositiveDefinite = [][]float64{{0, 0, 0, 1}, {1, 1, 1, 1}, {1, 2, 2, 1}, {-1, 0, 0, -1}, {1, 0.5, 0.4, 1}, {1, 0, 1e-8, 1},
		{inf, 0, 0, 1}, {1, inf, inf, 1}, {1, 0, 0, -inf}}
	matricesWithNaN = [][]float64{{nan, 0, 0, 1}, {1, nan, nan, 1}, {1, nan, 0, 1}, {1, 0, 0, nan}}
)

func TestLogProbOutsideTheSupport(t *testing.T) {
	for _, test := range []struct {
		q       Distribution
		outside [][]float64
		nan     [][]float64
	}{
		{gamma(t, 2, 3), [][]float64{{0}, {-1}, {inf}, {-inf}}, [][]float64{{nan}}},
		{gamma(t, 0.5, 3), [][]float64{{0}, {-1}, {inf}, {-inf}}, [][]float64{{nan}}},
		{inverseGamma(t, 2, 3), [][]float64{{0}, {-1}, {inf}, {-inf}}, [][]float64{{nan}}},
		{beta(t, 1, 1), [][]float64{{0}, {1}, {-0.1}, {1.1}, {inf}, {-inf}}, [][]float64{{nan}}},
		{dirichletOf(t, 1, 1, 1), [][]float64{{0, 0.5, 0.5}, {0.5, 0.6, -0.1}, {0.3, 0.3, 0.3}, {0.4, 0.4, 0.4}, {inf, 0.5, 0.5}},
			[][]float64{{nan, 0.5, 0.5}, {0.5, 0.5, nan}, {-1, nan, 1}}},
		{categoricalOf(t, 0.2, 0.3, 0.5), [][]float64{{-1}, {3}, {0.5}, {inf}, {-inf}, {1e300}}, [][]float64{{nan}}},
		{wishartOf(t, 3, 1, 0.3, 0.3, 0.5), notPositiveDefinite, matricesWithNaN},
		{inverseWishartOf(t, 3, 1, 0.3, 0.3, 0.5), notPositiveDefinite, matricesWithNaN},
		{normalGamma(t, 0, 1, 2, 3), [][]float64{{0, 0}, {0, -1}, {0, inf}, {inf, 1}, {-inf, 1}}, [][]float64{{nan, 1}, {0, nan}}},
		{normalWishart(t, fs{0}, 1, fs{1}, 2), [][]float64{{0, 0}, {0, -1}, {0, inf}, {inf, 1}, {-inf, 1}}, [][]float64{{nan, 1}, {0, nan}}},
	} {
		for _, z := range test.outside {
			if got := test.q.LogProb(z); !math.IsInf(got, -1) {
				t.Errorf("%v: log q(%v) = %g, want −Inf", test.q.Family(), z, got)
			}
		}
		for _, z := range test.nan {
			if got := test.q.LogProb(z); !math.IsNaN(got) {
				t.Errorf("%v: log q(%v) = %g, want NaN", test.q.Family(), z, got)
			}
		}
	}
	// Far tails are −Inf or finite, not NaN.
	for _, z := range []float64{0x1p-1074, 1e-300, 1e300, math.MaxFloat64} {
		for _, q := range []Distribution{gamma(t, 1e-6, 1e300), gamma(t, 1e8, 1e-290), inverseGamma(t, 1e-6, 1e-300), inverseGamma(t, 1e8, 1e300)} {
			if got := q.LogProb([]float64{z}); math.IsNaN(got) || math.IsInf(got, 1) {
				t.Errorf("%v %v: log q(%g) = %g", q.Family(), q.Natural(nil), z, got)
			}
		}
	}
}

// FuzzDomain gives any λ to every family: it is refused with the receiver as it
// was, or it is a member with finite values.
func FuzzDomain(f *testing.F) {
	for _, λ := range [][4]float64{
		{0, -1, 0, 0}, {-1, -1, -1, -1}, {1e8, -1e8, 1, 2}, {-0.999999, -1e-6, -0.5, 3}, {-2, -1, -3, -2},
		{nan, 0, 0, 0}, {inf, -inf, 1, 1}, {700, -700, 0, 0}, {1e-308, -1e-308, 1e308, 1e308}, {-0.5, -0.5, 0.1, -0.5},
	} {
		f.Add(λ[0], λ[1], λ[2], λ[3])
	}
	fams := []Family{Gamma(), InverseGamma(), Beta(), Dirichlet(2), Dirichlet(3), Dirichlet(4),
		Categorical(2), Categorical(3), Categorical(5), DiagGaussian(1), DiagGaussian(2), FullGaussian(1),
		Wishart(1), InverseWishart(1), NormalGamma(), NormalWishart(1),
		Product(Gamma(), Beta()), Repeat(2, Categorical(3))}
	f.Fuzz(func(t *testing.T, a, b, c, d float64) {
		all := Natural{a, b, c, d}
		for _, fam := range fams {
			λ := all[:fam.NumParams()]
			q := fam.New()
			before := observe(q)
			if q.SetNatural(λ) {
				if diff := cmp.Diff(λ, q.Natural(nil)); diff != "" {
					t.Errorf("%v: Natural after SetNatural: %s", fam, diff)
				}
				// The covariance of a FullGaussian is computed when it is asked
				// for, and may overflow off the diagonal of the factor.
				if _, is := q.(*FullGaussianDist); !is || moderate(λ) {
					allFinite(t, q)
				}
			} else if diff := cmp.Diff(before, observe(q), cmp.AllowUnexported(observed{})); diff != "" {
				t.Errorf("%v: the refusal of λ = %v changed the receiver: %s", fam, λ, diff)
			}
		}
	})
}

// moderate reports whether squares of λ and of quotients of it are in range.
func moderate(λ Natural) bool {
	for _, x := range λ {
		if x = math.Abs(x); x != 0 && (x < 1e-70 || x > 1e70) {
			return false
		}
	}
	return true
}
