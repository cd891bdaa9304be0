package asktell

// VON is variational online Newton for diagonal Gaussians (Khan et al. 2018,
// arXiv:1806.04854):
//
//	s ← (1 − β) s + β ĥ
//	m ← m − α (ĝ + λ m) / (s + λ)
//
// with the new s in the second line. With α = β it is the natural-gradient step of size
// β, and exact curvature and α = β = 1 give the posterior of a Gaussian with independent
// weights at once. Curvature that is not positive may lead out of the domain: Tell then
// returns a *DomainError.
type VON struct{ diagonal }

var vonUsage = usage{
	method:   "VON",
	fields:   "NumData PriorPrecision PriorPrecisions Temperature InitPrecision Rate CurvatureRate GradientRate Decay Samples Curvature",
	defaults: Settings{PriorPrecision: 1, Temperature: 1, Rate: 0.05, GradientRate: 1, Samples: 1, Curvature: HessianDiagonal},
}

// NewVON starts at mean. It returns a *SettingError if s cannot be used.
func NewVON(mean []float64, s Settings) (*VON, error) {
	s, err := vonUsage.resolve(mean, s)
	if err != nil {
		return nil, err
	}
	if !s.Curvature.diagonal() {
		return nil, &SettingError{"VON", "Curvature", s.Curvature, "a diagonal"}
	}
	return &VON{*newDiagonal(&vonUsage, mean, s, s.Curvature)}, nil
}

// Tell implements Method.
func (q *VON) Tell(b Batch) (stepped bool, err error) { return q.tell(b) }

// tell is the step of VON and VOGN.
func (q *diagonal) tell(b Batch) (stepped bool, err error) {
	g, h, ready, err := q.take(b)
	if !ready {
		return false, err
	}
	_, β := q.set.rates(q.t + 1)
	if err := q.outside(h, β); err != nil {
		return false, err
	}
	q.scaled(g, h, false, false)
	return true, nil
}
