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
