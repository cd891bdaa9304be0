package familytest

import (
	"math"

	"natgrad/families"
)

// divergence checks KL against its Bregman forms, the chain rule with KL as the
// function, and that the domains of λ and μ are convex.
func (c *checker) divergence(m, o *member) {
	p, q := m.q, o.q
	if c.conditional(m) {
		c.curvature(m)
		return
	}
	kl := families.KL(p, q)
	δ := along(o.λ, -1, m.λ)
	_, size := dot(δ, m.μ)
	size += math.Abs(p.LogPartition()) + math.Abs(q.LogPartition())
	_, sizeM := dot(o.λ, along(m.μ, -1, o.μ))
	sizeM += math.Abs(p.Entropy()) + math.Abs(q.Entropy())
	_, sizeP := dot(m.λ, m.μ)
	_, sizeQ := dot(o.λ, m.μ)
	tol := 1e-10*(1+kl) + ulps*(size+sizeM+sizeP+sizeQ)
	at := func() string { return "λ_p = " + show(m.λ) + ", λ_q = " + show(o.λ) }
	if !(kl > 0) || !isFinite(kl) {
		c.errorf("KL(p‖q) = %g at %s", kl, at())
	}
	if self := families.KL(p, p); !(self >= 0 && self <= tol) {
		c.errorf("KL(p‖p) = %g at λ = %s", self, show(m.λ))
	}
	for what, got := range map[string]float64{
		"BregmanNatural":          families.BregmanNatural(q, p),
		"BregmanMean":             families.BregmanMean(p, q),
		"CrossEntropy less H(p)":  families.CrossEntropy(p, q) - p.Entropy(),
		"E_p[log p] − E_p[log q]": -p.Entropy() - meanLogProb(q, o.λ, m.μ),
	} {
		if !near(got, kl, 1, tol) {
			c.errorf("KL(p‖q) = %.15g, %s says %.15g at %s", kl, what, got, at())
		}
	}
	if own, ok := p.(families.KLer); ok {
		if got := own.KL(q); !near(got, families.BregmanNatural(q, p), 1, tol) {
			c.errorf("the method KL says %.15g, the Bregman form of A %.15g at %s", got, families.BregmanNatural(q, p), at())
		}
	}
	if !c.probe.SetNatural(along(m.λ, 0.5, δ)) {
		c.errorf("SetNatural refuses the middle of two that it accepts: %s", at())
	}
	if !c.probe.SetMean(along(m.μ, 0.5, along(o.μ, -1, m.μ))) {
		c.errorf("SetMean refuses the middle of two means: %s", at())
	}
	if len(c.errs) == 0 {
		c.chainRule(m, o, δ)
	}
}

// meanLogProb returns E[log q] under the member with mean μ.
func meanLogProb(q families.Distribution, λ families.Natural, μ families.Mean) float64 {
	s, _ := dot(λ, μ)
	return s - q.LogPartition()
}

// chainRule checks F ∇_μ f = ∇_λ f for f = KL(·‖q): the derivative along v in λ
// is that along F v in μ, and both are ⟨λ_p − λ_q, F v⟩.
func (c *checker) chainRule(m, o *member, δ families.Natural) {
	scale := max(1, m.length(δ))
	lost := 10 * scale * c.rounding(m, m.μ)
	w := families.NewDivergence(c.f)
	for _, dir := range m.dirs[:2] {
		want, _ := dot(δ, dir.g)
		num, noise, ok := differentiate(1, dir.h, func(dst []float64, t float64) bool {
			in := c.probe.SetNatural(along(m.λ, t, dir.v))
			dst[0] = w.KL(c.probe, o.q)
			return in
		})
		c.compare("⟨F v, λ_p − λ_q⟩, the derivative of KL(p‖q) along v in λ,", m, -want, num[0], noise[0], 0, scale, ok)
		num, noise, ok = differentiate(1, dir.h, func(dst []float64, t float64) bool {
			in := c.probe.SetMean(along(m.μ, t, dir.g))
			dst[0] = w.KL(c.probe, o.q)
			return in
		})
		c.compare("⟨F v, λ_p − λ_q⟩, the derivative of KL(p‖q) along F v in μ,", m, -want, num[0], noise[0], lost, scale, ok)
	}
}
