package posteriordb

import "natgrad/models/ad"

// schoolsCentred is the hierarchical normal model with known errors σ of the data:
//
//	y ~ N(θ, σ²),  θ ~ N(μ, τ²),  μ ~ N(0, 5²),  τ ~ HalfCauchy(5)
func schoolsCentred(d *Data) (*ad.Model, error) {
	y, sd := d.Vector("y"), d.Vector("sigma")
	m := new(ad.Model)
	theta, mu, tau := m.Real("theta", len(y)), m.Real("mu"), m.Positive("tau")
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(mu, ad.Normal(0, 5))
		p.Follows(tau, ad.HalfCauchy(5))
		p.Follows(theta, ad.Normal(mu, tau))
		p.Follows(y, ad.Normal(theta, sd))
	})
}

// schoolsNonCentred is the same in terms of z = (θ − μ)/τ.
func schoolsNonCentred(d *Data) (*ad.Model, error) {
	y, sd := d.Vector("y"), d.Vector("sigma")
	m := new(ad.Model)
	z, mu, tau := m.Real("z", len(y)), m.Real("mu"), m.Positive("tau")
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(mu, ad.Normal(0, 5))
		p.Follows(tau, ad.HalfCauchy(5))
		p.Follows(z, ad.Normal(0, 1))
		theta := p.Add(mu, p.Mul(tau, z))
		p.Report("theta", theta)
		p.Follows(y, ad.Normal(theta, sd))
	})
}
