package familytest

import (
	"math"
	"slices"

	"natgrad/families"
)

// density checks log q = ⟨λ, T⟩ − A and the entropy, without noise.
func (c *checker) density(m *member) {
	a := m.q.LogPartition()
	mean, size := dot(m.λ, m.μ)
	if h := m.q.Entropy(); !near(h, a-mean, 1, 1e-11*(1+math.Abs(h))+ulps*(size+math.Abs(a))) {
		c.errorf("Entropy is %.15g, A − ⟨λ, μ⟩ is %.15g at λ = %s", h, a-mean, show(m.λ))
	}
	for range 8 {
		z := m.q.Rand(nil, c.rnd)
		if !c.hasStats(m, z) || c.conditional(m) {
			continue
		}
		sum, size := dot(m.λ, c.f.SufficientStats(nil, z))
		// The size of the terms that ⟨λ, T⟩ − A cancels, and where z is rounded.
		if l := m.q.LogProb(z); !near(l, sum-a, 1, 1e-11*(1+math.Abs(l))+ulps*(size+math.Abs(a))) {
			c.errorf("LogProb(%s) is %.15g, ⟨λ, T⟩ − A is %.15g at λ = %s", show(z), l, sum-a, show(m.λ))
			return
		}
	}
	z := m.q.Rand(nil, c.rnd)
	z[c.d-1] = math.NaN()
	if l := m.q.LogProb(z); isFinite(l) {
		c.errorf("LogProb is %g at a point that has a NaN", l)
	}
}

// hasStats reports whether T(z) is finite. It may be infinite at draws that
// underflow, if there is LogRand for them.
func (c *checker) hasStats(m *member, z []float64) bool {
	t := c.stats(nil, m, z)
	if allFinite(t) {
		return true
	}
	if _, ok := m.q.(families.LogRander); !ok {
		c.errorf("T(%s) = %s at a draw of λ = %s", show(z), show(t), show(m.λ))
	}
	return false
}

// underflows reports whether the least or the largest value of a coordinate
// repeats among draws at which LogRand should be used: they are at the end of
// what a float64 near 0 or 1 can say, and do not have the moments of T.
func (c *checker) underflows(m *member, zs []float64) bool {
	if _, ok := m.q.(families.LogRander); !ok {
		return false
	}
	for j := range c.d {
		var coordinate []float64
		for k := j; k < len(zs); k += c.d {
			coordinate = append(coordinate, zs[k])
		}
		slices.Sort(coordinate)
		if n := len(coordinate); coordinate[0] == coordinate[1] || coordinate[n-1] == coordinate[n-2] {
			return true
		}
	}
	return false
}
