package posteriordb

import "natgrad/models/ad"

// gaussMixture is a mixture of two Gaussians, whose allocations are summed out:
//
//	p(y) = θ N(y; μ₁, σ₁²) + (1 − θ) N(y; μ₂, σ₂²)
//	μ ~ N(0, 2²), μ₁ < μ₂,  σ ~ HalfNormal(2),  θ ~ Beta(5, 5)
func gaussMixture(d *Data) (*ad.Model, error) {
	y := d.Vector("y")
	m := new(ad.Model)
	mu, sigma, theta := m.Ordered("mu", 2), m.Positive("sigma", 2), m.Unit("theta")
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(mu, ad.Normal(0, 2))
		p.Follows(sigma, ad.HalfNormal(2))
		p.Follows(theta, ad.Beta(5, 5))
		first := p.LogProb(y, ad.Normal(p.At(mu, 0), p.At(sigma, 0)))
		second := p.LogProb(y, ad.Normal(p.At(mu, 1), p.At(sigma, 1)))
		p.AddTerm(p.LogAddExp(p.Add(p.Log(theta), first), p.Add(p.Log1p(p.Neg(theta)), second)))
	})
}
