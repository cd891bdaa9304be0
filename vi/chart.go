package vi

import (
	"math"

	"natgrad/families"
)

// chart is a system of coordinates x in which a method learns the curvature of
// the ELBO. λ itself is one, but its coordinates of location and scale are
// entangled, so that differences far from the optimum teach little; those of a
// Gaussian can be parted.
type chart interface {
	// point stores the coordinates of q.
	point(x []float64, q families.Distribution)
	// gradient stores ∇_x ELBO at q.
	gradient(g []float64, q families.Distribution, nat families.Natural, grad families.Mean)
	// solve stores F_x⁻¹ g, with the Fisher matrix at q in x.
	solve(dst, g []float64, q families.Distribution)
	// natural stores λ of the point x, and reports false if there is none.
	natural(λ families.Natural, x []float64) bool
	// size returns len(x), and pairs how many steps are worth remembering.
	size() int
	pairs() int
}

// newChart returns the coordinates for members of f.
func newChart(f families.Family) chart {
	d := f.Dim()
	if q, ok := f.New().(families.Gaussian); ok && q.CovLen() == d {
		return &scaleChart{m: make([]float64, d), v: make([]float64, d)}
	}
	return naturalChart(f.NumParams())
}

// naturalChart is x = λ.
type naturalChart int

func (c naturalChart) size() int { return int(c) }

// Of large matrices fewer are remembered, which otherwise would take most of the
// memory of a fit.
func (c naturalChart) pairs() int { return max(3, min(10, 1<<24/int(c))) }

func (naturalChart) point(x []float64, q families.Distribution) { q.Natural(x) }

func (naturalChart) gradient(g []float64, _ families.Distribution, _ families.Natural, grad families.Mean) {
	copy(g, grad)
}

func (naturalChart) solve(dst, g []float64, q families.Distribution) { q.FisherSolve(dst, g) }

func (naturalChart) natural(λ families.Natural, x []float64) bool {
	copy(λ, x)
	return true
}

// scaleChart is x = (m, s) for a Gaussian of independent coordinates with means m
// and standard deviations s. If log p is concave in z, the ELBO is concave in
// these (Challis & Barber 2013, JMLR 14, 2239).
type scaleChart struct{ m, v []float64 }

func (c *scaleChart) size() int { return 2 * len(c.m) }

// Its vectors are short, and independent coordinates need a long memory.
func (*scaleChart) pairs() int { return 40 }

func (c *scaleChart) point(x []float64, q families.Distribution) {
	d := len(c.m)
	g := q.(families.Gaussian)
	g.Loc(x[:d])
	g.Cov(x[d:])
	for i, v := range x[d:] {
		x[d+i] = math.Sqrt(v)
	}
}

// ∇_m = nat₁ + 2 nat₂ m, and ∇_v = nat₂.
func (c *scaleChart) gradient(dst []float64, q families.Distribution, nat families.Natural, _ families.Mean) {
	d := len(c.m)
	g := q.(families.Gaussian)
	g.Loc(c.m)
	g.Cov(c.v)
	for i, m := range c.m {
		dst[i] = nat[i] + 2*nat[d+i]*m
		dst[d+i] = 2 * math.Sqrt(c.v[i]) * nat[d+i]
	}
}

func (c *scaleChart) solve(dst, g []float64, q families.Distribution) {
	d := len(c.m)
	q.(families.Gaussian).Cov(c.v)
	for i, v := range c.v {
		dst[i] = v * g[i]
		dst[d+i] = v / 2 * g[d+i]
	}
}

func (c *scaleChart) natural(λ families.Natural, x []float64) bool {
	d := len(c.m)
	for i, s := range x[d:] {
		if !(s > 0) {
			return false
		}
		λ[i], λ[d+i] = x[i]/(s*s), -0.5/(s*s)
	}
	return true
}
