package familytest

import (
	"natgrad/families"
)

// retraction checks that Retract stays in the domain for steps of any size, and
// is λ + step to first order.
func (c *checker) retraction(m *member) {
	q, ok := m.q.(families.Retracter)
	if !ok {
		return
	}
	tol := 1e-9 + 4*c.roundingλ(m)
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
		far, close := miss(t), miss(t/8)
		if !(far <= t/2+tol && close <= far/32+tol) {
			c.errorf("Retract misses λ + step by Fisher lengths of %.3g and %.3g for steps of %.3g and %.3g at λ = %s: not to first order",
				far, close, t, t/8, show(m.λ))
		}
	}
	if e := m.length(along(q.Retract(nil, make(families.Natural, c.n)), -1, m.λ)); !(e <= tol) {
		c.errorf("Retract of no step misses λ = %s by a Fisher length of %.2g", show(m.λ), e)
	}
}
