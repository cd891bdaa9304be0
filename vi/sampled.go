package vi

import (
	"context"
	"errors"

	"natgrad/estimators"
	"natgrad/models"
)

// sampled fits a Gaussian to a model with gradients, by averages over fixed draws.
//
// A search climbs to a mode and learns the curvature there, from where few steps
// lead to the optimum of the ELBO. Searches from other starts are left off when
// they come to where a fit already is; what they find elsewhere gets a fit of its
// own. Of the best fit the number of draws grows until other draws would not make
// another answer.
type sampled struct {
	run  *Run // the one prepared, at the standard start
	p    Problem
	s    Settings
	grad models.Gradienter

	summer estimators.Summer
	draws  int    // of an average
	grows  bool   // until they are enough for the answer
	seed   uint64 // of them

	fits   []*localFit
	starts StartReports
	evals  evalCounts

	sampling float64
	loose    bool // the tolerance follows the number of draws
	// tolerance is that with fewDraws draws, if loose.
	tolerance float64
}

// newSampled returns how to fit what a run was prepared for, nil if its estimator
// is no SampleAverage.
func newSampled(r *Run, user *Settings) *sampled {
	est, ok := r.est.(*estimators.SampleAverage)
	if !ok {
		return nil
	}
	f := &sampled{run: r, p: r.p, s: r.s, grad: r.p.Model.(models.Gradienter), tolerance: localTolerance}
	f.summer = est.Summer
	f.draws, f.seed = est.Draws, est.Seed
	if f.draws == 0 {
		f.draws, f.grows = est.NumDraws(), true
	}
	f.loose = user == nil || user.Tolerance == 0
	if user == nil || user.MaxIterations == 0 {
		f.s.MaxIterations = localIterations
	}
	return f
}

// sampleAverage returns an estimator that is not initialised.
func (f *sampled) sampleAverage(draws int, seed uint64) *estimators.SampleAverage {
	return &estimators.SampleAverage{Draws: draws, Seed: seed, Summer: f.summer}
}

// fit finds the best of the local fits, makes sure of it and looks at it.
func (f *sampled) fit(ctx context.Context) (*Result, error) {
	if err := f.find(ctx); err != nil {
		return f.ended(err)
	}
	if f.s.Start == nil {
		if err := f.probe(ctx); err != nil {
			return f.ended(err)
		}
	}
	if err := f.refine(ctx); err != nil {
		return f.ended(err)
	}
	res := f.result()
	if err := res.checkBy(ctx, f.p.Model, &f.s); err != nil {
		return res, err
	}
	if f.s.Start == nil && f.p.Model.Dim() <= maxFull && res.uneven() {
		before := f.evals
		res.Peaks = f.peaks(ctx)
		res.ModelEvals += f.evals.model - before.model
		res.GradEvals += f.evals.grad - before.grad
		res.HessEvals += f.evals.hess - before.hess
		if err := ctx.Err(); err != nil {
			return res, res.unchecked(err)
		}
		res.judge()
	}
	return res, nil
}

// ended returns what there is after an error: of fits that had ended before, the
// best, which is then no success either.
func (f *sampled) ended(err error) (*Result, error) {
	res := f.result()
	if res.Status != Converged {
		return res, err
	}
	var step *StepError
	if errors.As(err, &step) {
		err = step.Err
	}
	res.Status = statusOf(err)
	return res, &StepError{Iteration: res.Iterations + 1, Err: err}
}

// result returns what there is, the start if there is nothing else.
func (f *sampled) result() *Result {
	res := f.run.Result()
	if len(f.fits) > 0 {
		*res = *f.fits[0].res
	}
	if f.run.err != nil { // of a search, whatever became of earlier fits
		res.Status = f.run.status
	}
	res.Starts, res.Sampling, res.Averaged = f.starts, f.sampling, f.draws
	res.Estimates, res.ModelEvals, res.GradEvals, res.HessEvals = f.evals.estimates, f.evals.model, f.evals.grad, f.evals.hess
	return res
}

// fail ends the run with an error of a search: at the start, or after the last
// iteration of the best fit if there is one.
func (f *sampled) fail(err error) error {
	if len(f.fits) == 0 {
		return f.run.fail(err)
	}
	return f.run.failAt(f.fits[0].res.Iterations+1, err)
}

// evalCounts is what was evaluated.
type evalCounts struct{ estimates, model, grad, hess int }

const (
	// localTolerance ends a fit with fewDraws draws whose distance from the optimum
	// of the average is small against the sampling error of that optimum; with more
	// draws it falls as that error does.
	localTolerance = 0.05
	fewDraws       = 64
	// localIterations bounds a fit, unless the settings say otherwise.
	localIterations = 300
)

func (c *evalCounts) add(r *Result) {
	c.estimates += r.Estimates
	c.model += r.ModelEvals
	c.grad += r.GradEvals
	c.hess += r.HessEvals
}
