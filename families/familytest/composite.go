package familytest

import (
	"math"
	"slices"

	"natgrad/families"
)

// composite checks that the parts are independent and add up to the whole.
func (c *checker) composite(m *member) {
	q := c.f.New()
	if _, ok := q.(families.Composite); !ok {
		return
	}
	q.SetNatural(m.λ)
	parts := func() []families.Distribution { return q.(families.Composite).Parts() }
	var (
		λ       families.Natural
		μ, T    families.Mean
		a, h, l float64
		z       = q.Rand(nil, c.rnd)
		rest    = z
	)
	for _, p := range parts() {
		d := p.Family().Dim()
		if d > len(rest) {
			c.errorf("the dimensions of the parts exceed %d", c.d)
			return
		}
		λ, μ = append(λ, p.Natural(nil)...), append(μ, p.Mean(nil)...)
		T = append(T, p.Family().SufficientStats(nil, rest[:d])...)
		a, h, l = a+p.LogPartition(), h+p.Entropy(), l+p.LogProb(rest[:d])
		rest = rest[d:]
	}
	for _, x := range []struct {
		what        string
		parts, have []float64
	}{
		{"Natural", λ, q.Natural(nil)},
		{"Mean", μ, q.Mean(nil)},
		{"SufficientStats", T, c.f.SufficientStats(nil, z)},
		{"LogPartition", []float64{a}, []float64{q.LogPartition()}},
		{"Entropy", []float64{h}, []float64{q.Entropy()}},
		{"LogProb", []float64{l}, []float64{q.LogProb(z)}},
	} {
		if !slices.EqualFunc(x.parts, x.have, func(a, b float64) bool { return near(a, b, 1e-12, 1+math.Abs(a)) }) {
			c.errorf("%s is %s, that of the parts %s at λ = %s", x.what, show(x.have), show(x.parts), show(m.λ))
		}
	}
	// A part that is set is set in the whole, before and after a setter of it.
	for range 2 {
		ps := parts()
		last := ps[len(ps)-1]
		standard := last.Family().New().Natural(nil)
		last.SetNatural(standard)
		got := q.Natural(nil)
		if tail := got[c.n-len(standard):]; !slices.Equal(tail, standard) {
			c.errorf("the last part was set to %s, in the receiver it is %s", show(standard), show(tail))
		}
		q.SetNatural(m.λ)
	}
}
