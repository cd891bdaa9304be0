package posteriordb

import (
	"fmt"

	"natgrad/models/ad"
)

// cancerMortality is a beta-binomial model of deaths y among n at risk, with mean
// η and precision K:
//
//	log p = Σ log B(Kη + y, K(1−η) + n − y) − log B(Kη, K(1−η))
//	p(η, K) ∝ 1/(η (1−η)) 1/(1+K)²
//
// in the coordinates logit η and log K. The density of logit η is flat, that of
// a = log K has the Jacobian K: a − 2 log(1 + eᵃ).
func cancerMortality(d *Data) (*ad.Model, error) {
	y, n := d.Vector("y"), d.Vector("n")
	if len(y) != len(n) {
		return nil, fmt.Errorf("%d values of y and %d of n", len(y), len(n))
	}
	left := pairs(raw("n"), raw("y"), func(n, y float64) float64 { return n - y })(d)
	rows := float64(len(y))
	m := new(ad.Model)
	logitEta, logK := m.Real("logit_eta"), m.Real("log_K")
	return m, m.Density(func(p *ad.Tape) {
		k := p.Exp(logK)
		a, b := p.Mul(k, p.Sigmoid(logitEta)), p.Mul(k, p.Sigmoid(p.Neg(logitEta)))
		p.AddTerm(p.LGamma(p.Add(a, y)))
		p.AddTerm(p.LGamma(p.Add(b, left)))
		p.AddTerm(p.Neg(p.LGamma(p.Add(k, n))))
		p.AddTerm(p.Mul(rows, p.Sub(p.LGamma(k), p.Add(p.LGamma(a), p.LGamma(b)))))
		p.AddTerm(p.Sub(logK, p.Mul(2, p.Log1pExp(logK))))
	})
}
