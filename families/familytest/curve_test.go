package familytest

import (
	"math"
	"math/rand/v2"

	"natgrad/families"
)

// curve is a family of one parameter, as a user of the kit might write it.
type curve struct {
	name      string
	dim       int
	a, da, d2 func(λ float64) float64 // A and its derivatives
	inverse   func(μ float64) float64 // NaN outside the domain
	legal     func(λ float64) bool
	stat      func(z []float64) float64
	inside    func(z []float64) bool
	draw      func(z []float64, λ float64, rnd *rand.Rand)
	wrap      func(q *point) families.Distribution
}

func (f *curve) Dim() int       { return f.dim }
func (f *curve) NumParams() int { return 1 }
func (f *curve) String() string { return f.name }

func (f *curve) New() families.Distribution {
	if q := (&point{f: f}); f.wrap != nil {
		return f.wrap(q)
	} else {
		return q
	}
}

func (f *curve) SufficientStats(dst families.Mean, z []float64) families.Mean {
	mustLen(len(z), f.dim)
	return one(dst, f.stat(z))
}

func mustLen(n, want int) {
	if n != want {
		panic("wrong length")
	}
}

func one[S ~[]float64](dst S, x float64) S {
	if dst == nil {
		return S{x}
	}
	mustLen(len(dst), 1)
	dst[0] = x
	return dst
}

// point is a member of a curve.
type point struct {
	f *curve
	λ float64
}

func (q *point) Family() families.Family { return q.f }

func (q *point) SetNatural(λ families.Natural) bool {
	mustLen(len(λ), 1)
	if !isFinite(λ[0]) || !q.f.legal(λ[0]) {
		return false
	}
	q.λ = λ[0]
	return true
}

func (q *point) SetMean(μ families.Mean) bool {
	mustLen(len(μ), 1)
	λ := q.f.inverse(μ[0])
	if !isFinite(μ[0]) || !isFinite(λ) || !q.f.legal(λ) {
		return false
	}
	q.λ = λ
	return true
}

func (q *point) Natural(dst families.Natural) families.Natural { return one(dst, q.λ) }
func (q *point) Mean(dst families.Mean) families.Mean          { return one(dst, q.f.da(q.λ)) }
func (q *point) LogPartition() float64                         { return q.f.a(q.λ) }
func (q *point) Entropy() float64                              { return q.f.a(q.λ) - q.λ*q.f.da(q.λ) }

func (q *point) LogProb(z []float64) float64 {
	mustLen(len(z), q.f.dim)
	if !q.f.inside(z) {
		return math.Inf(-1)
	}
	return q.λ*q.f.stat(z) - q.f.a(q.λ)
}

func (q *point) Rand(dst []float64, rnd *rand.Rand) []float64 {
	if dst == nil {
		dst = make([]float64, q.f.dim)
	}
	mustLen(len(dst), q.f.dim)
	q.f.draw(dst, q.λ, rnd)
	return dst
}

func (q *point) FisherMulVec(dst families.Mean, v families.Natural) families.Mean {
	mustLen(len(v), 1)
	return one(dst, q.f.d2(q.λ)*v[0])
}

func (q *point) FisherSolve(dst families.Natural, g families.Mean) families.Natural {
	mustLen(len(g), 1)
	return one(dst, g[0]/q.f.d2(q.λ))
}

// coin is the Bernoulli family.
func coin() *curve {
	p := func(λ float64) float64 { return 1 / (1 + math.Exp(-λ)) }
	return &curve{
		name: "coin", dim: 1,
		a:       func(λ float64) float64 { return math.Max(0, λ) + math.Log1p(math.Exp(-math.Abs(λ))) },
		da:      p,
		d2:      func(λ float64) float64 { return p(λ) * p(-λ) },
		inverse: func(μ float64) float64 { return math.Log(μ / (1 - μ)) },
		legal:   func(λ float64) bool { return math.Abs(λ) < 30 },
		stat:    func(z []float64) float64 { return z[0] },
		inside:  func(z []float64) bool { return z[0] == 0 || z[0] == 1 },
		draw: func(z []float64, λ float64, rnd *rand.Rand) {
			z[0] = 0
			if rnd.Float64() < p(λ) {
				z[0] = 1
			}
		},
	}
}

// power is the family of densities a z^(a−1) on (0, 1): T = log z and λ = a − 1.
// With simplex, z is (x, 1 − x).
func power(simplex bool) *curve {
	f := &curve{
		name: "power", dim: 1,
		a:       func(λ float64) float64 { return -math.Log1p(λ) },
		da:      func(λ float64) float64 { return -1 / (1 + λ) },
		d2:      func(λ float64) float64 { return 1 / (1 + λ) / (1 + λ) },
		inverse: func(μ float64) float64 { return -1/μ - 1 },
		legal:   func(λ float64) bool { return λ > -1 },
		stat:    func(z []float64) float64 { return math.Log(z[0]) },
		inside:  func(z []float64) bool { return z[0] >= 0 && z[0] <= 1 },
		draw:    func(z []float64, λ float64, rnd *rand.Rand) { z[0] = math.Exp(-rnd.ExpFloat64() / (1 + λ)) },
		wrap:    func(q *point) families.Distribution { return &powerPoint{point: q} },
	}
	if simplex {
		f.name, f.dim = "simplex", 2
		f.draw = func(z []float64, λ float64, rnd *rand.Rand) {
			l := -rnd.ExpFloat64() / (1 + λ)
			z[0], z[1] = math.Exp(l), -math.Expm1(l)
		}
		f.inside = func(z []float64) bool { return z[0] >= 0 && z[1] >= 0 && math.Abs(z[0]+z[1]-1) < 1e-9 }
	}
	return f
}

// powerPoint is a member of power that can do more.
type powerPoint struct {
	*point
	logMean, logScale, pathScale float64 // 0 in a sound one
}

func (q *powerPoint) NumAux() int { return 1 }

func (q *powerPoint) RandPath(z, aux []float64, rnd *rand.Rand) {
	mustLen(len(aux), 1)
	mustLen(len(z), q.f.dim)
	q.Rand(z, rnd)
	aux[0] = z[0] * math.Log(z[0]) // −a ∂z/∂a
}

func (q *powerPoint) AddPathGrad(dst families.Mean, w float64, z, aux, g []float64) {
	mustLen(len(dst), 1)
	mustLen(len(aux), 1)
	mustLen(len(z), q.f.dim)
	mustLen(len(g), q.f.dim)
	d := -aux[0] / (1 + q.λ)
	dst[0] += w * d * g[0] * (1 + q.pathScale)
	if q.f.dim == 2 {
		dst[0] -= w * d * g[1] * (1 + q.pathScale)
	}
}

func (q *powerPoint) LogRand(dst []float64, rnd *rand.Rand) []float64 {
	if dst == nil {
		dst = make([]float64, q.f.dim)
	}
	mustLen(len(dst), q.f.dim)
	dst[0] = q.logMean - (1+q.logScale)*rnd.ExpFloat64()/(1+q.λ)
	if q.f.dim == 2 {
		dst[1] = math.Log(-math.Expm1(dst[0]))
	}
	return dst
}
