package asktell

import "math"

// VAdaGrad is AdaGrad with perturbed weights (Khan et al. 2018, arXiv:1806.04854), for
// variational optimisation: it minimises E_q ℓ(θ) over q = N(m, diag(s)⁻¹) without a
// prior or an entropy, so that q narrows to a point. The rule has not been compared with
// the paper's:
//
//	s ← s + β ĝ²
//	m ← m − α ĝ / √s
type VAdaGrad struct{ diagonal }

var vadagradUsage = usage{
	method:   "VAdaGrad",
	fields:   "InitPrecision Rate CurvatureRate Decay Samples",
	defaults: Settings{Rate: 0.01, CurvatureRate: 1, Samples: 1},
}

// NewVAdaGrad starts at mean. It returns a *SettingError if s cannot be used.
func NewVAdaGrad(mean []float64, s Settings) (*VAdaGrad, error) {
	s, err := vadagradUsage.resolve(mean, s)
	if err != nil {
		return nil, err
	}
	return &VAdaGrad{*newDiagonal(&vadagradUsage, mean, s, GradientSquare)}, nil
}

// Tell implements Method.
func (q *VAdaGrad) Tell(b Batch) (stepped bool, err error) {
	grad, h, ready, err := q.take(b)
	if !ready {
		return false, err
	}
	q.t++
	α, β := q.set.rates(q.t)
	for i, g := range grad {
		x := g * g
		if h != nil {
			x = h[i]
		}
		q.s[i] += β * x
		q.mean[i] -= α * g / math.Sqrt(q.s[i])
	}
	return true, nil
}
