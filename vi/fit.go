package vi

import (
	"context"
	"time"

	"natgrad/families"
	"natgrad/models"
)

// Result is the outcome of a fit.
type Result struct {
	// Q is the approximate posterior.
	Q families.Distribution
	// ELBO is the evidence lower bound of Q in nats, a lower bound of log p(y);
	// StdErr is its standard error, 0 without noise.
	ELBO, StdErr float64
	// Status says why the run ended. Only Converged is success.
	Status Status
	// Distance is how far from the optimum Q is thought to be: see
	// Settings.Tolerance.
	Distance float64
	// Iterations counts steps of the run that led to Q, Estimates the estimates of the
	// natural gradient in all runs, ModelEvals, GradEvals and HessEvals what these
	// evaluated.
	Iterations, Estimates            int
	ModelEvals, GradEvals, HessEvals int
	// Method and Estimator are the names of what was used.
	Method, Estimator string
	// Starts says where each of several starts led, if there were several.
	Starts StartReports
	// Peaks is the number of maxima of the log-joint in the region of the answer, looked
	// for where the draws of Q have uneven weights, else 0: that several starts lead to
	// or, without starts, 2 if the log-joint dips between two high draws.
	Peaks int
	// Sampling is how far other draws of a SampleAverage would move the answer, in
	// posterior standard deviations, as a root mean square over parameters.
	Sampling float64
	// Averaged is the number of draws of the SampleAverage that led to the answer, for
	// each component of a mixture.
	Averaged int

	// Verdict says whether the answer can be trusted, and Reasons why, in words.
	Verdict Verdict
	Reasons []string
	// Notes say what else there is to know, such as which components of a mixture are
	// empty.
	Notes []string
	// Draws are draws of Q, in which it was looked at. nil if it was not.
	Draws *Draws
	// KHat is the shape of the tail of the importance weights p/q of the draws
	// (Yao, Vehtari, Simpson & Gelman 2018). It and what comes of the weights are NaN
	// where these would say nothing: for a models.NaturalStarter of several parts, whose
	// posterior has a mode for every way to call them.
	KHat float64
	// WeightsKHat and ESS are the same shape, and the effective number, of the
	// weights of all draws, those of wider proposals included.
	WeightsKHat, ESS float64
	// Even reports that the weights differ so little that their tail does not
	// matter, those of draws beyond Q included.
	Even bool
	// TailsKHat is the k̂ of wider proposals where their weights were of no use and
	// only the draws of Q were kept, else 0.
	TailsKHat float64
	// Params are means and standard deviations of what the model calls its
	// parameters, under Q; Resampled the same of the posterior, by importance
	// weights, and the better ones if Resample is set.
	Params, Resampled []Marginal
	Resample          bool
	// Evidence is the importance-sampling estimate of log p(y).
	Evidence, EvidenceStdErr float64
	// Runtime is the time spent in Fit, 0 from Run.Result.
	Runtime time.Duration
}

// Fit approximates the posterior of a model by a member of a family. nil
// settings are good for every problem.
//
// The error is nil unless the problem or the settings cannot be used (the
// Result is nil then) or the run ended early: *StepError, with a Result that
// holds the last good state. A run that ends without error may still not have
// converged: see Result.Status.
func Fit(ctx context.Context, p Problem, s *Settings) (*Result, error) {
	begin := time.Now()
	res, err := fit(ctx, p, s)
	if res != nil {
		res.Runtime = time.Since(begin)
	}
	return res, err
}

func fit(ctx context.Context, p Problem, s *Settings) (*Result, error) {
	r, err := NewRun(p, s)
	if err != nil {
		return nil, err
	}
	if f := newSampled(r, s); f != nil {
		if m := newGaussMixtureFit(f, s); m != nil {
			return m.fit(ctx)
		}
		return f.fit(ctx)
	}
	if f := newMultistart(r, s); f != nil {
		return f.fit(ctx)
	}
	res, err := r.finish(ctx)
	return res, res.look(ctx, r.p.Model, &r.s, err)
}

// finish makes the steps that are left. The error is the one that ended the run, if any.
func (r *Run) finish(ctx context.Context) (*Result, error) {
	var err error
	for r.Status() == Running {
		err = r.Step(ctx)
	}
	return r.Result(), err
}

// look looks at the answer of a run that err ended, if it is not nil.
func (r *Result) look(ctx context.Context, m models.Model, s *Settings, err error) error {
	if err != nil {
		return err
	}
	r.noteParts(m)
	return r.checkBy(ctx, m, s)
}

// Result returns the state of the run, which is the outcome when its Status is
// no longer Running. Its Q is a copy. With a noisy estimator a run that ends by
// itself ends at the average of its later iterations, if there is one; one that
// was canceled or failed is left where it was.
func (r *Run) Result() *Result {
	q := r.p.Family.New()
	q.SetNatural(r.λ)
	return &Result{
		Q: q, ELBO: r.it.ELBO, StdErr: r.it.StdErr,
		Status: r.status, Distance: r.it.Distance,
		Iterations: r.it.Number, Estimates: r.it.Estimates,
		ModelEvals: r.it.ModelEvals, GradEvals: r.it.GradEvals, HessEvals: r.it.HessEvals,
		Method: r.s.Method.String(), Estimator: estimatorName(r.est),
	}
}
