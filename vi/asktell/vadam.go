package asktell

// Vadam is Adam with perturbed weights (Khan et al. 2018, arXiv:1806.04854, figure 1):
//
//	g ← (1 − γ) g + γ (ĝ + λ m),   s ← (1 − β) s + β ĝ²
//	m ← m − α ḡ / (√s̄ + λ)
//
// ḡ and s̄ are corrected for their start at zero, as Adam's; q has the precision
// n (s + λ) with the s that is not corrected.
type Vadam struct{ diagonal }

var vadamUsage = usage{
	method:   "Vadam",
	fields:   "NumData PriorPrecision PriorPrecisions Temperature InitPrecision Rate CurvatureRate GradientRate Decay Samples",
	defaults: Settings{PriorPrecision: 1, Temperature: 1, Rate: 1e-3, CurvatureRate: 1e-3, GradientRate: 0.1, Samples: 1},
}

// NewVadam starts at mean. It returns a *SettingError if s cannot be used.
func NewVadam(mean []float64, s Settings) (*Vadam, error) {
	s, err := vadamUsage.resolve(mean, s)
	if err == nil {
		err = s.aboveThePrior("Vadam")
	}
	if err != nil {
		return nil, err
	}
	return &Vadam{*newDiagonal(&vadamUsage, mean, s, GradientSquare)}, nil
}

// Tell implements Method.
func (q *Vadam) Tell(b Batch) (stepped bool, err error) {
	g, h, ready, err := q.take(b)
	if !ready {
		return false, err
	}
	q.scaled(g, h, true, true)
	return true, nil
}
