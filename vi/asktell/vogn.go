package asktell

// VOGN is variational online Gauss–Newton: VON with the mean of the squares of the
// gradients of examples as curvature (Khan et al. 2018, arXiv:1806.04854),
// which keeps every precision above that of the prior. A Batch holds them as Curvature,
// or holds the Examples.
type VOGN struct{ diagonal }

var vognUsage = usage{
	method:   "VOGN",
	fields:   "NumData PriorPrecision PriorPrecisions Temperature InitPrecision Rate CurvatureRate GradientRate Decay Samples",
	defaults: Settings{PriorPrecision: 1, Temperature: 1, Rate: 0.01, GradientRate: 1, Samples: 1},
}

// NewVOGN starts at mean. It returns a *SettingError if s cannot be used.
func NewVOGN(mean []float64, s Settings) (*VOGN, error) {
	s, err := vognUsage.resolve(mean, s)
	if err != nil {
		return nil, err
	}
	return &VOGN{*newDiagonal(&vognUsage, mean, s, ExampleSquares)}, nil
}

// Tell implements Method.
func (q *VOGN) Tell(b Batch) (stepped bool, err error) { return q.tell(b) }
