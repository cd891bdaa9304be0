package vi

import (
	"math"

	"natgrad/estimators"
	"natgrad/families"
)

// Settings says how to fit. nil and the zero value are good for every problem.
type Settings struct {
	// Method makes the steps. nil: Natural.
	Method Method
	// Estimator of the natural gradient. nil: of those that the model and the
	// family allow, the first of Exact, Local, Sites, Quadrature, SampleAverage, Price,
	// Stein, Pathwise, Score. Where it is SampleAverage, here or by choice, Fit searches for
	// modes first, and raises its Draws, if they are 0, until they are enough. A
	// families.GaussMixture begins about the modes that a fit of one Gaussian finds.
	Estimator estimators.Estimator
	// Start is the member where the run begins; it is not changed. nil: where a
	// models.Starter or NaturalStarter proposes, else the standard member of the family.
	Start families.Distribution
	// MaxIterations bounds the steps. 0: 5000 with an estimator without noise,
	// 100000 with a noisy one.
	MaxIterations int
	// Tolerance is how far from the optimum the answer may be, as a length in the
	// Fisher metric, √(δᵀFδ) for a distance δ in λ, whose unit is one posterior
	// standard deviation of one parameter: half its square is the distance in
	// nats of ELBO. With an estimator without noise the distance is that of the
	// next step; with a noisy one it is a bound, exceeded in one of ten runs at
	// most, of the noise left in the average.
	// 0: 1e-6 without noise; with it 0.05 √Dim, a twentieth of a standard deviation
	// for each parameter.
	Tolerance float64
	// Starts is the number of points from which modes are searched, where Start is nil
	// and the fit is by SampleAverage, for a families.GaussMixture also the number of
	// mixtures from which a fit begins, or the model a models.NaturalStarter, such as a
	// mixture. 0: 5 for the former; for the latter 10, or as many as keep rows ×
	// parameters × starts below two million, and 1 with a noisy estimator.
	Starts int
	// Check is the number of draws of the answer in which it is looked at, for the
	// Verdict. 0: 1000, or none if the model is a models.Data whose rows and
	// parameters multiply to more than a million: then Result.Check is there.
	// Negative: none.
	Check int
	// Seed of the noisy estimators. The same seed gives the same bits.
	Seed uint64
	// Schedule gives step sizes. nil: 1, shortened where needed; with a noisy
	// estimator as large as the measured noise allows, then decreasing; with a
	// Minibatch of Local, RobbinsMonro{}. A fit in minibatches ends with one pass over
	// all rows, for the ELBO of its answer, and MaxIterations times the size of a batch
	// is the number of rows it reads before.
	Schedule Schedule
	// Converger can end a run before the tolerance is reached. nil: none.
	Converger Converger
	// Recorder is told of every iteration. nil: none. A fit by SampleAverage is made
	// of several runs, one for each mode and one for each number of draws, and
	// iterations count from 0 in each; of one of a families.GaussMixture, those of the
	// mixture, one for each start too. Of a fit of a models.NaturalStarter from
	// several starts, Recorder and Converger are told of the last run only, which goes
	// on from the best that the search found and makes the answer.
	Recorder Recorder
}

const (
	defaultStarts          = 5
	defaultExactIterations = 5000
	defaultNoisyIterations = 100000
	defaultExactTolerance  = 1e-6
	defaultNoisyTolerance  = 0.05 // for each parameter
)

// withDefaults returns a copy of s whose fields are all set, but for the
// estimator and what depends on it.
func (s *Settings) withDefaults() (Settings, error) {
	var c Settings
	if s != nil {
		c = *s
	}
	if c.MaxIterations < 0 {
		return c, &SettingError{"MaxIterations", c.MaxIterations, "0 (the default) or a positive number"}
	}
	if !(c.Tolerance >= 0) || math.IsInf(c.Tolerance, 0) {
		return c, &SettingError{"Tolerance", c.Tolerance, "0 (the default) or a positive number"}
	}
	if c.Starts < 0 {
		return c, &SettingError{"Starts", c.Starts, "0 (the default) or a positive number"}
	}
	if c.Starts == 0 {
		c.Starts = defaultStarts
	}
	if c.Method == nil {
		c.Method = new(Natural)
	}
	return c, nil
}

// forNoise fills in what depends on the estimator.
func (s *Settings) forNoise(noisy bool, dim int) {
	if s.MaxIterations == 0 {
		s.MaxIterations = defaultExactIterations
		if noisy {
			s.MaxIterations = defaultNoisyIterations
		}
	}
	if s.Tolerance == 0 {
		s.Tolerance = defaultExactTolerance
		if noisy {
			s.Tolerance = defaultNoisyTolerance * math.Sqrt(float64(dim))
		}
	}
}
