package asktell

// Vprop is RMSprop with perturbed weights (Khan et al. 2018, arXiv:1806.04854):
//
//	s ← (1 − β) s + β ĝ²
//	m ← m − α (ĝ + λ m) / (√s + λ)
//
// The root in the second line is not of the natural gradient: it changes the path, not
// where ĝ + λ m vanishes.
type Vprop struct{ diagonal }

var vpropUsage = usage{
	method:   "Vprop",
	fields:   "NumData PriorPrecision PriorPrecisions Temperature InitPrecision Rate CurvatureRate Decay Samples",
	defaults: Settings{PriorPrecision: 1, Temperature: 1, Rate: 1e-3, CurvatureRate: 1e-3, Samples: 1},
}

// NewVprop starts at mean. It returns a *SettingError if s cannot be used.
func NewVprop(mean []float64, s Settings) (*Vprop, error) {
	s, err := vpropUsage.resolve(mean, s)
	if err == nil {
		err = s.aboveThePrior("Vprop")
	}
	if err != nil {
		return nil, err
	}
	return &Vprop{*newDiagonal(&vpropUsage, mean, s, GradientSquare)}, nil
}

// aboveThePrior refuses a negative s at the start, which has no root.
func (s *Settings) aboveThePrior(method string) error {
	if s.InitPrecision < s.maxPrior() {
		return &SettingError{method, "InitPrecision", s.InitPrecision, "at least the precision of the prior"}
	}
	return nil
}

// Tell implements Method.
func (q *Vprop) Tell(b Batch) (stepped bool, err error) {
	g, h, ready, err := q.take(b)
	if !ready {
		return false, err
	}
	q.scaled(g, h, true, false)
	return true, nil
}
