package estimators

import (
	"math"
	"testing"

	"natgrad/families"
)

// The optimum of the ELBO is a fixed point: the natural gradient of E[log p] is
// λ itself, and E[log p] is the ELBO less the entropy.
func TestQuadratureFixedPoint(t *testing.T) {
	m, full, diag := logisticToy(t)
	for _, o := range []toyOptimum{full, diag} {
		q := o.member()
		e := new(Quadrature)
		initOrFail(t, e, m, q.Family())
		g, s := estimateOrFail(t, e, q, Stream{})
		for i, λ := range q.Natural(nil) {
			if math.Abs(g[i]-λ) > 1e-10*(1+math.Abs(λ)) {
				t.Errorf("%s: natural gradient %d is %v, want λ = %v", q.Family(), i, g[i], λ)
			}
		}
		if elbo := s.ELogJoint + q.Entropy(); math.Abs(elbo-o.Elbo) > 1e-12 {
			t.Errorf("%s: ELBO %v, want %v", q.Family(), elbo, o.Elbo)
		}
		if s.StdErr != 0 || !e.Deterministic() {
			t.Errorf("standard error %v of a deterministic estimate", s.StdErr)
		}
	}
	_ = families.FullGaussian
}
