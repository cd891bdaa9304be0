package familytest

import (
	"math"
	"slices"

	"natgrad/families"
)

// retraction checks that Retract stays in the domain for steps of any size, and
// is λ + step to first order.
func (c *checker) retraction(m *member) {
	q, ok := m.q.(families.Retracter)
	if !ok {
		return
	}
	for _, dir := range m.dirs {
		for t := 1e-3; t < 1e4; t *= 10 {
			for _, t := range []float64{t, -t} {
				step := along(make(families.Natural, c.n), t, dir.v)
				to := q.Retract(nil, step)
				if !c.probe.SetNatural(to) {
					c.errorf("Retract leaves the domain with a step of Fisher length %g: from λ = %s to %s", t, show(m.λ), show(to))
					return
				}
				if q.Retract(step, step); !sameBits(step, to) {
					c.errorf("Retract is %s if dst is step, else %s", show(step), show(to))
				}
			}
		}
		// The distance from λ + step falls as the square of the step.
		miss := func(t float64) float64 {
			step := along(make(families.Natural, c.n), t, dir.v)
			return m.length(along(q.Retract(nil, step), -1, along(m.λ, 1, step)))
		}
		const t = 0x1p-7
		tol := 1e-9 + 4*c.rounding(m, m.q.FisherMulVec(nil, m.λ))
		far, close := miss(t), miss(t/8)
		if !(far <= t/2+tol && close <= far/32+tol) {
			c.errorf("Retract misses λ + step by Fisher lengths of %.3g and %.3g for steps of %.3g and %.3g at λ = %s: not to first order",
				far, close, t, t/8, show(m.λ))
		}
	}
	if e := m.length(along(q.Retract(nil, make(families.Natural, c.n)), -1, m.λ)); !(e <= 1e-9+c.rounding(m, m.q.FisherMulVec(nil, m.λ))) {
		c.errorf("Retract of no step misses λ = %s by a Fisher length of %.2g", show(m.λ), e)
	}
}

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
