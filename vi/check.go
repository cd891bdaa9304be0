package vi

import (
	"context"
	"errors"
	"math"

	"natgrad/models"
	"natgrad/vi/diagnostics"
)

const (
	// checkDraws is the number of draws of q.
	checkDraws = 1000
	// evenWeights is the effective share of draws above which weights are so even
	// that the shape of their tail does not matter.
	evenWeights = 0.95
)

// check draws from q to see whether it can be trusted, and fills in what a
// Result says of that.
func (r *Result) check(ctx context.Context, m models.Model, seed uint64) error {
	d, err := newDraws(ctx, m, r.Q, checkDraws, seed)
	if err != nil {
		return err
	}
	r.Draws = d
	r.ModelEvals += checkDraws
	if r.Params, err = marginals(d, nil); err != nil {
		return err
	}
	if err := r.weigh(ctx, m, seed); err != nil {
		var none *diagnostics.WeightError
		if !errors.As(err, &none) {
			return err
		}
		r.KHat, r.WeightsKHat, r.Resampled = math.Inf(1), math.Inf(1), nil
	}
	r.judge()
	return nil
}

// weigh finds the importance weights of the draws, and more draws where these
// are uneven.
func (r *Result) weigh(ctx context.Context, m models.Model, seed uint64) error {
	of := ratios(r.Draws)
	psis, err := diagnostics.Smooth(of)
	if err != nil {
		return err
	}
	r.KHat = psis.KHat
	if e, err := diagnostics.ELBO(of); err == nil && r.Averaged > 0 {
		// Draws of which the answer knows nothing: with those that it was fitted to
		// the ELBO is too good. compare has looked at others, perhaps more.
		r.StdErr = e.StdErr
		if n := float64(r.Averaged); n > checkDraws {
			r.StdErr *= math.Sqrt(checkDraws / n)
		} else {
			r.ELBO = e.Value
		}
	}
	if psis.ESS < evenWeights*checkDraws {
		if psis, err = r.resample(ctx, m, seed); err != nil {
			return err
		}
	}
	r.WeightsKHat, r.ESS = psis.KHat, psis.ESS
	r.Draws.LogWeights = psis.LogWeights
	if r.Resampled, err = marginals(r.Draws, psis.LogWeights); err != nil {
		return err
	}
	e, err := psis.Evidence()
	r.Evidence, r.EvidenceStdErr = e.Value, e.StdErr
	return err
}
