package vi

import (
	"context"
	"errors"
	"math"

	"natgrad/families"
	"natgrad/models"
	"natgrad/vi/diagnostics"
)

const (
	// checkDraws is the number of draws of q if nobody asks for another, and
	// freeCheck the size of data up to which nobody has to ask.
	checkDraws = 1000
	freeCheck  = 1000000
	// evenWeights is the effective share of draws above which weights are so even
	// that the shape of their tail does not matter.
	evenWeights = 0.95
	// tailDraws is the number of draws from beyond q where its own have even weights.
	tailDraws = 500
	// heavyNoise is the Monte Carlo error, in posterior standard deviations, from
	// which a quantity has tails of which draws of q are too few.
	heavyNoise = 0.1
)

// checkBy looks at the answer as far as the settings want it.
func (r *Result) checkBy(ctx context.Context, m models.Model, s *Settings) error {
	n := s.Check
	if n == 0 {
		n = checkDraws
		if data, ok := m.(models.Data); ok && data.NumData()*m.Dim() > freeCheck {
			return nil
		}
	}
	if n < 0 {
		return nil
	}
	return r.Check(ctx, m, n, s.Seed)
}

// Check draws n times from Q, 100 at least, to see whether it can be trusted, and
// fills in what the Result says of that: Verdict, Reasons, Draws, Params and the
// like. The same seed gives the same bits. The error is a *StepError after the
// last iteration, and the Result otherwise as before.
func (r *Result) Check(ctx context.Context, m models.Model, n int, seed uint64) error {
	err := r.check(ctx, m, max(n, 100), seed)
	if err == nil {
		return nil
	}
	return r.unchecked(err)
}

// unchecked marks what could not be looked at to the end.
func (r *Result) unchecked(err error) error {
	r.Status = statusOf(err)
	r.Verdict, r.Reasons = Fail, []string{err.Error()}
	return &StepError{Iteration: r.Iterations, Err: err}
}

func (r *Result) check(ctx context.Context, m models.Model, n int, seed uint64) error {
	d, err := newDraws(ctx, m, r.Q, n, seed)
	if err != nil {
		return err
	}
	r.Draws, r.TailsKHat, r.Resample = d, 0, false
	r.ModelEvals += n
	if r.Params, err = marginals(d, nil); err != nil {
		return err
	}
	for j := range r.Params {
		if p := &r.Params[j]; r.Averaged > 0 {
			p.MeanErr, p.SDErr = math.Hypot(p.MeanErr, r.Sampling*p.SD), math.Hypot(p.SDErr, r.Sampling*p.SD)
		}
	}
	if exchangeable(m, r.Q) {
		r.Resampled, r.Draws.LogWeights, r.Even = nil, nil, false
		r.KHat, r.WeightsKHat, r.ESS = math.NaN(), math.NaN(), math.NaN()
		r.Evidence, r.EvidenceStdErr = math.NaN(), math.NaN()
		r.judgeParts()
		return nil
	}
	if err := r.weigh(ctx, m, seed); err != nil {
		var none *diagnostics.WeightError
		if !errors.As(err, &none) {
			return err
		}
		r.KHat, r.WeightsKHat, r.ESS, r.Resampled = math.Inf(1), math.Inf(1), 1, nil
	}
	r.countPeaks(ctx, m)
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
		if n := r.Averaged * numComponents(r.Q) / len(of); n > 1 {
			r.StdErr *= math.Sqrt(1 / float64(n))
		} else {
			r.ELBO = e.Value
		}
	}
	if psis, err = r.resample(ctx, m, psis, seed); err != nil {
		return err
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

// numComponents returns the number of components of a mixture, 1 for all else.
func numComponents(q families.Distribution) int {
	if m, ok := q.(*families.GaussMixtureDist); ok {
		return m.NumComponents()
	}
	return 1
}
