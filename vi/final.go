package vi

import (
	"context"
	"math"

	"natgrad/estimators"
)

const (
	// finalEstimates is the least number of estimates at the answer, and finalShare
	// their share of the steps of a long run.
	finalEstimates = 16
	finalShare     = 8
)

// final is the mean of new, independent estimates at the average: of all data
// rows, if the estimator can be asked for them.
type final struct {
	elbo, se float64
	samples  int
	whole    bool    // of all rows, where an estimate is usually of some
	square   float64 // squared Fisher length of the mean natural gradient of the ELBO
	noise    float64 // and of the noise of one estimate of it
}

// finalEstimate estimates at the point tried. An estimate without noise is not
// repeated.
func (r *Run) finalEstimate(ctx context.Context) (final, error) {
	estimate := r.est.Estimate
	var f final
	if whole, ok := r.est.(estimators.Whole); ok {
		estimate, f.whole = whole.EstimateWhole, true
	}
	r.trial.Natural(r.next)
	sum := r.avg.diff
	clear(sum)
	var variance, squares float64
	for f.samples < max(finalEstimates, r.thawed.steps/finalShare) {
		stats, err := estimate(ctx, r.gNext, r.trial, r.stream())
		elbo, se, err := r.count(r.trial, stats, err)
		if err != nil {
			return f, err
		}
		f.samples++
		f.elbo += elbo
		variance += se * se
		for i, g := range r.gNext {
			r.natTrial[i] = g - r.next[i]
			sum[i] += r.natTrial[i]
		}
		r.trial.FisherMulVec(r.gradWork, r.natTrial)
		squares += squaredLength(r.natTrial, r.gradWork)
		if se == 0 {
			break
		}
	}
	n := float64(f.samples)
	f.elbo /= n
	f.se = math.Sqrt(variance) / n
	for i := range sum {
		sum[i] /= n
	}
	r.trial.FisherMulVec(r.gradWork, sum)
	f.square = squaredLength(sum, r.gradWork)
	if f.samples > 1 {
		f.noise = math.Max(0, squares-n*f.square) / (n - 1)
	}
	return f, nil
}

// flat reports whether the ELBO is as flat as it should be near the optimum: the
// natural gradient is no longer than the tolerance, as far as its noise, three
// standard errors, allows to tell. The noise along the way can be small by chance,
// as where few draws meet the part of z that matters.
func (f *final) flat(tolerance float64) bool {
	return f.square <= tolerance*tolerance+9*f.noise/float64(f.samples)
}
