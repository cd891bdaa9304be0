package posteriordb

import (
	"fmt"

	"natgrad/models/ad"
)

// ark is an autoregression of order K, given the first K values:
//
//	y_t ~ N(α + Σ_k β_k y_{t−k}, σ²),  α, β_k ~ N(0, 10²),  σ ~ HalfCauchy(2.5)
func ark(d *Data) (*ad.Model, error) {
	y, order := d.Vector("y"), d.Int("K")
	n := len(y) - order
	if order < 1 || n < 1 {
		return nil, fmt.Errorf("order %d and %d values, want an order from 1 to less than their number", order, len(y))
	}
	lags := make([]float64, 0, n*order)
	for t := order; t < len(y); t++ {
		for k := range order {
			lags = append(lags, y[t-1-k])
		}
	}
	x, y := d.dense(lags, n, order), y[order:]
	m := new(ad.Model)
	alpha, beta, sigma := m.Real("alpha"), m.Real("beta", order), m.Positive("sigma")
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(alpha, ad.Normal(0, 10))
		p.Follows(beta, ad.Normal(0, 10))
		p.Follows(sigma, ad.HalfCauchy(2.5))
		p.Follows(y, ad.Normal(p.Add(alpha, p.MulVec(x, beta)), sigma))
	})
}

// garch11 is a GARCH(1,1) model of a volatility h, flat on its parameters:
//
//	y_t ~ N(μ, h_t),  h_t = α₀ + α₁ (y_{t−1} − μ)² + β₁ h_{t−1},  h_1 = σ₁²
//
// with β₁ in (0, 1 − α₁), which is declared as a share of it.
func garch11(d *Data) (*ad.Model, error) {
	y, sigma1 := d.Vector("y"), d.Number("sigma1")
	n := len(y)
	if n < 2 {
		return nil, fmt.Errorf("%d values, want at least 2", n)
	}
	m := new(ad.Model)
	mu, alpha0, alpha1, share := m.Real("mu"), m.Positive("alpha0"), m.Unit("alpha1"), m.Unit("share")
	return m, m.Density(func(p *ad.Tape) {
		room := p.Sub(1, alpha1)
		beta1 := p.Mul(share, room)
		p.AddTerm(p.Log(room)) // ∂β₁/∂share
		p.Report("beta1", beta1)
		shocks := p.Add(alpha0, p.Mul(alpha1, p.Square(p.Sub(y[:n-1], mu))))
		h := recurrence(p, p.Concat(sigma1*sigma1, shocks), beta1)
		p.Follows(y, ad.Normal(mu, p.Sqrt(h)))
	})
}

// recurrence returns h with h_1 = c_1 and h_t = c_t + b h_{t−1}. With the shift S
// by one place it is
//
//	h = (1 − bS)⁻¹ c = … (1 + b⁴S⁴)(1 + b²S²)(1 + bS) c
//
// which takes a logarithmic number of operations on whole vectors.
func recurrence(p *ad.Tape, c, b ad.Var) ad.Var {
	n := c.Len()
	for step := 1; step < n; step *= 2 {
		moved := p.Add(p.Slice(c, step, n), p.Mul(b, p.Slice(c, 0, n-step)))
		c = p.Concat(p.Slice(c, 0, step), moved)
		b = p.Square(b)
	}
	return c
}

// arma11 is an autoregressive moving average of order 1, 1, with errors e:
//
//	e_t = y_t − μ − φ y_{t−1} − θ e_{t−1} ~ N(0, σ²),  e_1 = y_1 − μ − φ μ
//	μ ~ N(0, 10²),  φ, θ ~ N(0, 2²),  σ ~ HalfCauchy(2.5)
func arma11(d *Data) (*ad.Model, error) {
	y := d.Vector("y")
	n := len(y)
	if n < 2 {
		return nil, fmt.Errorf("%d values, want at least 2", n)
	}
	m := new(ad.Model)
	mu, phi, theta, sigma := m.Real("mu"), m.Real("phi"), m.Real("theta"), m.Positive("sigma")
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(mu, ad.Normal(0, 10))
		p.Follows(phi, ad.Normal(0, 2))
		p.Follows(theta, ad.Normal(0, 2))
		p.Follows(sigma, ad.HalfCauchy(2.5))
		before := p.Concat(mu, y[:n-1])
		c := p.Sub(p.Sub(y, mu), p.Mul(phi, before))
		p.Follows(recurrence(p, c, p.Neg(theta)), ad.Normal(0, sigma))
	})
}
