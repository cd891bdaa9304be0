package familytest

import (
	"math"

	"natgrad/families"
)

// A families.Conditional says of itself that λ, μ, F, the entropy and KL are those of
// z with a hidden w, and is excused from the laws that this breaks: ∇A = μ, ∇²A = F,
// log q = ⟨λ, T⟩ − A and the Bregman forms. What stands in for them is here.

// conditional reports whether m is one.
func (c *checker) conditional(m *member) bool {
	_, ok := m.q.(families.Conditional)
	return ok
}

// stats stores T(z), or what is known of it from z.
func (c *checker) stats(dst families.Mean, m *member, z []float64) families.Mean {
	if q, ok := m.q.(families.Conditional); ok {
		return q.ConditionalStats(dst, z)
	}
	return c.f.SufficientStats(dst, z)
}

// curvature checks that F is the second derivative of KL(q‖·) at q, and that KL has
// its minimum 0 there. If F is the joint one and KL not, or the other way, they differ.
func (c *checker) curvature(m *member) {
	own, ok := m.q.(families.KLer)
	if !ok {
		c.errorf("a Conditional without KL: the Bregman form is not its divergence")
		return
	}
	if self := own.KL(m.q); !(math.Abs(self) <= 1e-12) {
		c.errorf("KL(p‖p) = %g at λ = %s", self, show(m.λ))
	}
	for _, dir := range m.dirs {
		// The derivative of KL(q‖q + t v) in t at t = s is near s: its own is 1.
		num, noise, ok := differentiate(1, dir.h, func(dst []float64, t float64) bool {
			in := c.probe.SetNatural(along(m.λ, t, dir.v))
			dst[0] = own.KL(c.probe)
			if t < 0 {
				dst[0] = -dst[0]
			}
			// ±KL/t is odd and has the slope ½.
			dst[0] /= math.Abs(t)
			return in
		})
		c.compare("½⟨v, F v⟩, half the second derivative of KL(p‖·) along v,", m, 0.5, num[0], noise[0], 0, 1, ok)
	}
}

// hiddenEntropy checks that Entropy is H(z) + H(w|z), of which the second is positive
// and E log q(z) = −H(z).
func (c *checker) hiddenEntropy(m *member, logs []float64) {
	var minus sample
	for _, l := range logs {
		minus.add(-l)
	}
	if e := minus.mean() - m.q.Entropy(); !(e <= maxZ*minus.stdErr()) {
		c.errorf("the mean of −LogProb exceeds the entropy of (w, z) by %.3g ± %.1g at λ = %s", e, minus.stdErr(), show(m.λ))
	}
}
