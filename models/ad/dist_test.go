package ad

import (
	"fmt"
	"math"
	"testing"

	"golang.org/x/exp/rand"
	"gonum.org/v1/gonum/stat/distuv"
)

// lawTest is what is known of a law besides lawRefs.
type lawTest struct {
	name string
	n    int // of arguments
	dist func(θ []Value) Dist
	// grid maps the real line onto the support, nil for counts.
	grid func(u float64, θ []float64) (x, logdx float64)
	// gonum is the same law there, nil if there is none.
	gonum func(θ []float64) logProber
	// outside has points where the density is 0, or not defined.
	outside [][]float64
}

var src = rand.NewSource(1)

type logProber = interface{ LogProb(x float64) float64 }

var (
	badSigma = [][]float64{{1, 0, 0}, {1, 0, -1}, {1, 0, math.Inf(1)}, {math.Inf(1), 0, 1}, {1, math.Inf(-1), 1}}
	badScale = [][]float64{{1, 0}, {1, -1}, {-1, 1}, {math.Inf(1), 1}, {1, math.Inf(1)}}
	badShape = [][]float64{{0.5, 0, 1}, {0.5, 1, 0}, {0.5, -1, 1}, {0.5, 1, -1}, {-1, 1, 1}, {0, 1, 1}, {0.5, math.Inf(1), 1}}
	badCount = [][]float64{{-1, 1}, {1.5, 1}, {math.Inf(1), 1}, {1, math.Inf(1)}}
)

var lawTests = []lawTest{
	{"Normal", 2, func(θ []Value) Dist { return Normal(θ[0], θ[1]) }, wholeLine,
		func(θ []float64) logProber { return distuv.Normal{Mu: θ[0], Sigma: θ[1]} }, badSigma},
	{"HalfNormal", 1, func(θ []Value) Dist { return HalfNormal(θ[0]) }, halfLine, nil, badScale},
	{"LogNormal", 2, func(θ []Value) Dist { return LogNormal(θ[0], θ[1]) }, halfLine,
		func(θ []float64) logProber { return distuv.LogNormal{Mu: θ[0], Sigma: θ[1]} }, append(badSigma, []float64{0, 0, 1}, []float64{-1, 0, 1})},
	{"StudentT", 3, func(θ []Value) Dist { return StudentT(θ[0], θ[1], θ[2]) }, wholeLine,
		func(θ []float64) logProber { return distuv.StudentsT{Nu: θ[0], Mu: θ[1], Sigma: θ[2]} },
		[][]float64{{1, 0, 0, 1}, {1, -1, 0, 1}, {1, 3, 0, 0}, {1, 3, 0, -1}, {1, math.Inf(1), 0, 1}}},
	{"Cauchy", 2, func(θ []Value) Dist { return Cauchy(θ[0], θ[1]) }, wholeLine,
		func(θ []float64) logProber { return distuv.StudentsT{Nu: 1, Mu: θ[0], Sigma: θ[1]} }, badSigma},
	{"HalfCauchy", 1, func(θ []Value) Dist { return HalfCauchy(θ[0]) }, halfLine, nil, badScale},
	{"Laplace", 2, func(θ []Value) Dist { return Laplace(θ[0], θ[1]) }, func(u float64, θ []float64) (float64, float64) {
		x, l := wholeLine(u, nil)
		return x + θ[0], l // the kink on the grid
	}, func(θ []float64) logProber { return distuv.Laplace{Mu: θ[0], Scale: θ[1]} }, badSigma},
	{"Logistic", 2, func(θ []Value) Dist { return Logistic(θ[0], θ[1]) }, wholeLine,
		func(θ []float64) logProber { return standardLogistic{θ[0], θ[1]} }, badSigma},
	{"Exponential", 1, func(θ []Value) Dist { return Exponential(θ[0]) }, halfLine,
		func(θ []float64) logProber { return distuv.Exponential{Rate: θ[0]} }, badScale},
	{"Gamma", 2, func(θ []Value) Dist { return Gamma(θ[0], θ[1]) }, halfLine,
		func(θ []float64) logProber { return distuv.Gamma{Alpha: θ[0], Beta: θ[1]} }, badShape},
	{"InverseGamma", 2, func(θ []Value) Dist { return InverseGamma(θ[0], θ[1]) }, halfLine,
		func(θ []float64) logProber { return distuv.InverseGamma{Alpha: θ[0], Beta: θ[1]} }, badShape},
	{"Beta", 2, func(θ []Value) Dist { return Beta(θ[0], θ[1]) }, func(u float64, _ []float64) (float64, float64) { return interval(u, 0, 1) },
		func(θ []float64) logProber { return distuv.Beta{Alpha: θ[0], Beta: θ[1]} }, append(badShape, []float64{1, 2, 3}, []float64{1.1, 2, 3})},
	{"Uniform", 2, func(θ []Value) Dist { return Uniform(θ[0], θ[1]) }, func(u float64, θ []float64) (float64, float64) { return interval(u, θ[0], θ[1]) },
		func(θ []float64) logProber { return distuv.Uniform{Min: θ[0], Max: θ[1]} },
		[][]float64{{1, 2, 3}, {4, 2, 3}, {2, 2, 2}, {2, 3, 1}, {1, 0, math.Inf(1)}}},
	{"Bernoulli", 1, func(θ []Value) Dist { return Bernoulli(θ[0]) }, nil,
		func(θ []float64) logProber { return distuv.Bernoulli{P: θ[0]} },
		[][]float64{{1, 0}, {0, 1}, {1, -0.1}, {1, 1.1}, {2, 0.5}, {-1, 0.5}, {0.5, 0.5}}},
	{"BernoulliLogit", 1, func(θ []Value) Dist { return BernoulliLogit(θ[0]) }, nil,
		func(θ []float64) logProber { return distuv.Bernoulli{P: 1 / (1 + math.Exp(-θ[0]))} },
		[][]float64{{2, 0.5}, {-1, 0.5}, {0.5, 0.5}, {1, math.Inf(1)}, {1, math.Inf(-1)}}},
	{"BinomialLogit", 2, func(θ []Value) Dist { return BinomialLogit(θ[0], θ[1]) }, nil,
		func(θ []float64) logProber {
			return distuv.Binomial{N: θ[0], P: 1 / (1 + math.Exp(-θ[1])), Src: src}
		},
		[][]float64{{3, 2, 0}, {-1, 2, 0}, {1.5, 2, 0}, {1, 2.5, 0}, {0, -1, 0}, {1, 2, math.Inf(1)}}},
	{"Poisson", 1, func(θ []Value) Dist { return Poisson(θ[0]) }, nil,
		func(θ []float64) logProber { return distuv.Poisson{Lambda: θ[0]} }, append(badCount, []float64{1, 0}, []float64{1, -1})},
	{"PoissonLog", 1, func(θ []Value) Dist { return PoissonLog(θ[0]) }, nil,
		func(θ []float64) logProber { return distuv.Poisson{Lambda: math.Exp(θ[0])} }, append(badCount, []float64{1, 1000})},
	{"NegativeBinomial", 2, func(θ []Value) Dist { return NegativeBinomial(θ[0], θ[1]) }, nil, nil,
		[][]float64{{-1, 1, 1}, {0.5, 1, 1}, {1, 0, 1}, {1, -1, 1}, {1, 1, 0}, {1, 1, -1}, {1, 1, math.Inf(1)}}},
	{"NegativeBinomialLog", 2, func(θ []Value) Dist { return NegativeBinomialLog(θ[0], θ[1]) }, nil, nil,
		[][]float64{{-1, 1, 1}, {0.5, 1, 1}, {1, 1, 0}, {1, 1, -1}, {1, 1, math.Inf(1)}}},
}

// standardLogistic goes through Prob: LogProb of distuv.Logistic does not use its
// parameters.
type standardLogistic struct{ mu, s float64 }

func (l standardLogistic) LogProb(x float64) float64 {
	return math.Log(distuv.Logistic{Mu: l.mu, S: l.s}.Prob(x))
}

// Double-exponential maps, whose trapezoidal sums converge fast.
func wholeLine(u float64, _ []float64) (x, logdx float64) {
	v := math.Pi / 2 * math.Sinh(u)
	return math.Sinh(v), math.Log(math.Cosh(v) * math.Pi / 2 * math.Cosh(u))
}

func halfLine(u float64, _ []float64) (x, logdx float64) {
	v := math.Pi / 2 * math.Sinh(u)
	return math.Exp(v), v + math.Log(math.Pi/2*math.Cosh(u))
}

func interval(u, lo, hi float64) (x, logdx float64) {
	v := math.Pi / 2 * math.Sinh(u)
	return lo + (hi-lo)/(1+math.Exp(-2*v)), math.Log((hi-lo)*math.Pi/4*math.Cosh(u)) - 2*math.Log(math.Cosh(v))
}

// scalarLaw evaluates one law at one point, all arguments active.
type scalarLaw struct {
	tape Tape
	dist func([]Value) Dist
	d    []float64
	h    []float64
}

func (s *scalarLaw) at(a []float64) float64 {
	t := &s.tape
	t.Reset()
	in := t.Input(a)
	θ := make([]Value, len(a)-1)
	for k := range θ {
		θ[k] = t.At(in, k+1)
	}
	t.Follows(t.At(in, 0), s.dist(θ))
	s.d, s.h = make([]float64, len(a)), make([]float64, len(a)*len(a))
	t.Gradient(s.d)
	t.Hessian(s.h)
	if t.Err() != nil {
		panic(t.Err())
	}
	return t.LogJoint()
}

// points returns those of a law in lawRefs.
func points(law string) (p [][]float64) {
	for _, r := range lawRefs {
		if r.law == law {
			p = append(p, r.a)
		}
	}
	return p
}

// Errors are measured against the size of what the arguments' own rounding does,
// besides the result itself.
func TestLawReference(t *testing.T) {
	laws := make(map[string]*lawTest)
	for i := range lawTests {
		laws[lawTests[i].name] = &lawTests[i]
	}
	seen := make(map[string]int)
	for _, r := range lawRefs {
		seen[r.law]++
		s := scalarLaw{dist: laws[r.law].dist}
		v := s.at(r.a)
		m := len(r.a)
		h := func(j, k int) float64 { j, k = max(j, k), min(j, k); return r.h[j*(j+1)/2+k] }
		cond := 0.0
		for k := range r.a {
			cond += math.Abs(r.a[k] * r.d[k])
		}
		var x float64 // size of the terms of counts
		if laws[r.law].grid == nil {
			x = r.a[0]
		}
		near(t, fmt.Sprintf("%s%v", r.law, r.a), v, r.value, 2e-14*math.Abs(r.value)+4e-15*cond+2e-15+1e-15*x*math.Log1p(x))
		for k := range r.a {
			cond := 0.0
			for j := range r.a {
				cond += math.Abs(r.a[j] * h(j, k))
			}
			tol := 2e-12*math.Abs(r.d[k]) + 1e-14*cond
			if k == 0 && x > 0 {
				tol += 5e-15
			}
			near(t, fmt.Sprintf("%s%v ∂%d", r.law, r.a, k), s.d[k], r.d[k], tol)
			for j := range k + 1 {
				near(t, fmt.Sprintf("%s%v ∂%d∂%d", r.law, r.a, k, j), s.h[k*m+j], h(k, j), 1e-12*math.Abs(h(k, j)))
			}
		}
	}
	for name := range laws {
		if seen[name] < 4 {
			t.Errorf("%s: %d points", name, seen[name])
		}
	}
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %v, want %v ± %.1g (off by %.2g)", what, got, want, tol, got-want)
	}
}
