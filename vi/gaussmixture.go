package vi

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"natgrad/estimators"
	"natgrad/families"
)

// gaussMixtureFit fits a mixture of Gaussians to a model with gradients, by averages
// over fixed draws.
//
// It begins with searches and fits for one Gaussian, which find the modes of the
// log-joint and how wide it is there. Mixtures about these are the starts, since the
// ELBO of a mixture has several optima, and of the best end the number of draws grows
// until other draws would not make another answer.
type gaussMixtureFit struct {
	*sampled // of the mixture, for the runs
	k, d     int
	limit    int         // of iterations for one Gaussian
	modes    []*localFit // of one Gaussian, the best first
	best     *Result
	gap      float64 // nats by which own draws are better than new ones
}

const (
	// mixtureIterations bounds a run, unless the settings say otherwise.
	mixtureIterations = 1000
	// mixtureEvals is as growthEvals. Many parameters fit many draws.
	mixtureEvals = 500000
	// mixtureNats is by how much the ELBO of an end may be better with its own draws than
	// with new ones, before there are more. It would hide what another component is worth.
	mixtureNats = 0.02
	// mixtureTolerance is as localTolerance, once the search is over. Where components
	// overlap the ELBO is much flatter than the Fisher matrix of (w, z) says, and the
	// optimum farther away.
	mixtureTolerance = 0.005
	// shrinks bounds the starts that are tried closer together in place of one where the
	// log-joint is not finite.
	shrinks = 3
)

// newGaussMixtureFit returns how to fit what f was made for, nil if that is no mixture.
func newGaussMixtureFit(f *sampled, user *Settings) *gaussMixtureFit {
	q, ok := f.run.q.(*families.GaussMixtureDist)
	if !ok {
		return nil
	}
	m := &gaussMixtureFit{sampled: f, k: q.NumComponents(), d: q.Family().Dim(), limit: f.s.MaxIterations}
	if user == nil || user.MaxIterations == 0 {
		f.s.MaxIterations = mixtureIterations
	}
	return m
}

func (f *gaussMixtureFit) fit(ctx context.Context) (*Result, error) {
	if f.k == 1 {
		return f.fitOne(ctx)
	}
	err := f.find(ctx)
	if err == nil {
		err = f.refine(ctx)
	}
	if f.best != nil {
		f.fits = []*localFit{{res: f.best}}
	}
	if err != nil {
		return f.ended(err)
	}
	res := f.result()
	return res, res.checkBy(ctx, f.p.Model, &f.s)
}

// gaussian returns the fit of one Gaussian to the same model.
func (f *gaussMixtureFit) gaussian(s Settings) (*sampled, error) {
	draws := f.draws
	if f.grows {
		draws = 0
	}
	s.Estimator, s.MaxIterations = f.sampleAverage(draws, f.seed), f.limit
	r, err := NewRun(Problem{f.p.Model, families.FullGaussian(f.d)}, &s)
	if err != nil {
		return nil, err
	}
	g := newSampled(r, &s)
	g.loose = f.loose
	return g, nil
}

// fitOne fits one component, which is a Gaussian.
func (f *gaussMixtureFit) fitOne(ctx context.Context) (*Result, error) {
	s := f.s
	renamed := func(it *Iteration) *Iteration {
		c := *it
		c.Q = f.one(it.Q)
		return &c
	}
	if s.Recorder != nil {
		s.Recorder = RecorderFunc(func(it *Iteration) error { return f.s.Recorder.Record(renamed(it)) })
	}
	if s.Converger != nil {
		s.Converger = convergerFunc(func(it *Iteration) bool { return f.s.Converger.Converged(renamed(it)) })
	}
	if s.Start != nil {
		s.Start = families.FullGaussian(f.d).New()
		s.Start.SetNatural(f.s.Start.Natural(nil))
	}
	g, err := f.gaussian(s)
	if err != nil {
		return nil, err
	}
	res, err := g.fit(ctx)
	res.Q = f.one(res.Q)
	return res, err
}

// convergerFunc is a function that is a Converger.
type convergerFunc func(it *Iteration) bool

func (c convergerFunc) Converged(it *Iteration) bool { return c(it) }

// one returns the mixture of one component that q is.
func (f *gaussMixtureFit) one(q families.Distribution) families.Distribution {
	m := f.p.Family.New()
	m.SetNatural(q.Natural(nil))
	return m
}

// find makes the runs from all starts.
func (f *gaussMixtureFit) find(ctx context.Context) error {
	if f.s.Start != nil {
		var err error
		f.best, err = f.local(ctx, f.s.Start, f.draws, f.seed)
		return err
	}
	s := f.s
	s.Recorder, s.Converger = nil, nil
	g, err := f.gaussian(s)
	if err != nil {
		return err
	}
	err = g.find(ctx)
	if err == nil {
		err = g.probe(ctx)
	}
	f.evals.sum(g.evals)
	if err != nil {
		return f.run.fail(err)
	}
	f.modes = g.fits
	slices.SortStableFunc(f.modes, func(a, b *localFit) int { return cmp.Compare(b.res.ELBO, a.res.ELBO) })
	var first error
	for i := range f.s.Starts {
		res, err := f.begin(ctx, i)
		report := StartReport{Mode: -1, ELBO: math.Inf(-1), Err: err}
		switch {
		case err == nil:
			report.Mode, report.ELBO = 0, res.ELBO
			if f.best == nil || res.ELBO > f.best.ELBO {
				f.best = res
			}
		case !isNonFinite(err):
			return f.run.fail(err)
		case first == nil:
			first = err
		}
		f.starts = append(f.starts, report)
	}
	if f.best == nil {
		return f.run.fail(first)
	}
	f.number()
	return nil
}

// begin makes the run from the i-th start, or from one in place of it whose components
// are closer together.
func (f *gaussMixtureFit) begin(ctx context.Context, i int) (res *Result, err error) {
	width := 1.0
	for range shrinks {
		q := f.p.Family.New().(*families.GaussMixtureDist)
		if f.spread(q, i, width) {
			if res, err = f.local(ctx, q, f.draws, f.seed); !isNonFinite(err) {
				return res, err
			}
		}
		width /= 2
	}
	return res, err
}

// refine goes on with more draws than a search needs, and repeats the run with others,
// from where it ended, to see what is in error: half the difference of the moments, or
// what makes the ELBO better by an end's own draws than by new ones, δᵀFδ for a
// distance δ in λ, as if that were one in the means and standard deviations of both
// ends; whichever is more. With more draws it goes on until that is small.
func (f *gaussMixtureFit) refine(ctx context.Context) error {
	f.tolerance = mixtureTolerance
	for seed := f.seed + 1; f.best.Status == Converged; seed += 3 {
		err := f.grow(ctx, seed)
		if err == nil {
			err = f.repeat(ctx, seed+1)
		}
		if isNonFinite(err) { // other draws come to where the log-joint is not finite
			f.sampling = math.Inf(1)
			return nil
		}
		if err != nil || f.sampling <= 2*samplingError && f.gap <= mixtureNats || !f.grows {
			return err
		}
	}
	return nil
}

// grow makes the best run go on with more draws, as far as these are not too many.
func (f *gaussMixtureFit) grow(ctx context.Context, seed uint64) error {
	f.grows = f.grows && 4*f.draws <= maxSampleDraws && 4*f.k*f.draws*f.best.Estimates <= mixtureEvals
	if !f.grows {
		return nil
	}
	res, err := f.local(ctx, f.best.Q, 4*f.draws, seed)
	if err == nil {
		f.best, f.draws = res, 4*f.draws
	}
	return err
}

// repeat makes another run with other draws, and compares.
func (f *gaussMixtureFit) repeat(ctx context.Context, seed uint64) error {
	other, err := f.local(ctx, f.best.Q, f.draws, seed)
	if err != nil {
		return err
	}
	f.sampling = 0.5 * moved(f.best.Q, other.Q)
	own := 0.5 * (f.best.ELBO + other.ELBO)
	if err := f.meet(ctx, other, seed+1); err != nil {
		return err
	}
	f.gap = math.Max(0, own-f.best.ELBO)
	f.sampling = math.Max(f.sampling, math.Sqrt(f.gap/float64(4*f.d)))
	return nil
}

// meet makes of the best end, another one, their mean in λ and one Gaussian alone that the
// best which has the highest ELBO by draws that none has seen. In flat directions of the
// ELBO the ends may be far apart, and the mean is then no good; and of more parameters
// than the draws can tell apart nothing is gained over one Gaussian.
func (f *gaussMixtureFit) meet(ctx context.Context, other *Result, seed uint64) error {
	est := f.sampleAverage(f.draws, seed)
	if err := est.Init(f.p.Model, f.p.Family); err != nil {
		return err
	}
	mean, g := f.best.Q.Natural(nil), other.Q.Natural(nil)
	for i, x := range g {
		mean[i] = 0.5 * (mean[i] + x)
	}
	ends := []families.Distribution{f.best.Q, other.Q, f.p.Family.New()}
	if !ends[2].SetNatural(mean) { // by rounding only: the domain is convex
		ends = ends[:2]
	}
	if len(f.modes) > 0 {
		ends = append(ends, f.alike(f.modes[0].q))
	}
	top := math.Inf(-1)
	for _, q := range ends {
		stats, err := est.Estimate(ctx, g, q, estimators.Stream{})
		f.evals.estimates++
		f.evals.grad += stats.GradEvals
		if err != nil {
			return err
		}
		if elbo := stats.ELogJoint + q.Entropy(); elbo > top {
			top, f.best.Q, f.best.ELBO = elbo, q, elbo
		}
	}
	return nil
}

// alike returns the mixture all of whose components are q, which it is itself.
func (f *gaussMixtureFit) alike(q families.Distribution) families.Distribution {
	λ := make(families.Natural, f.k-1, f.p.Family.NumParams())
	for range f.k {
		λ = append(λ, q.Natural(nil)...)
	}
	m := f.p.Family.New()
	m.SetNatural(λ)
	return m
}

// isNonFinite reports whether err is that the model is not finite somewhere.
func isNonFinite(err error) bool {
	var none *estimators.NonFiniteError
	return errors.As(err, &none)
}
