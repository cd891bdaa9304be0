package vi

import (
	"context"
	"errors"
	"math"
	"sync"

	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/estimators"
	"natgrad/families"
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

	draws int    // of an average
	grows bool   // until they are enough for the answer
	seed  uint64 // of them

	fits   []*localFit
	starts StartReports
	evals  evalCounts

	sampling float64
	loose    bool // the tolerance follows the number of draws
}

// newSampled returns how to fit what a run was prepared for, if its estimator is
// a SampleAverage and it is not said where to begin.
func newSampled(r *Run, user *Settings) *sampled {
	est, ok := r.est.(*estimators.SampleAverage)
	if !ok {
		return nil
	}
	f := &sampled{run: r, p: r.p, s: r.s, grad: r.p.Model.(models.Gradienter)}
	f.draws, f.seed = est.Draws, est.Seed
	if f.draws == 0 {
		f.draws, f.grows = max(fewDraws, 4*f.p.Model.Dim()), true
	}
	f.loose = user == nil || user.Tolerance == 0
	if user == nil || user.MaxIterations == 0 {
		f.s.MaxIterations = localIterations
	}
	return f
}

// fit finds the best of the local fits, makes sure of it and looks at it.
func (f *sampled) fit(ctx context.Context) (*Result, error) {
	if err := f.find(ctx); err != nil {
		return f.result(), err
	}
	if f.s.Start == nil {
		if err := f.probe(ctx); err != nil {
			return f.result(), err
		}
	}
	if err := f.refine(ctx); err != nil {
		return f.result(), err
	}
	res := f.result()
	if err := res.checkBy(ctx, f.p.Model, &f.s); err != nil {
		return res, err
	}
	if f.s.Start == nil && res.uneven() {
		before := f.evals
		res.Peaks = f.peaks(ctx)
		res.ModelEvals += f.evals.model - before.model
		res.GradEvals += f.evals.grad - before.grad
		res.HessEvals += f.evals.hess - before.hess
		res.judge()
	}
	return res, nil
}

// result returns what there is, the start if there is nothing else.
func (f *sampled) result() *Result {
	res := f.run.Result()
	if len(f.fits) > 0 {
		*res = *f.fits[0].res
	}
	res.Starts, res.Sampling, res.Averaged = f.starts, f.sampling, f.draws
	res.Estimates, res.ModelEvals, res.GradEvals, res.HessEvals = f.evals.estimates, f.evals.model, f.evals.grad, f.evals.hess
	return res
}

// evalCounts is what was evaluated.
type evalCounts struct{ estimates, model, grad, hess int }

// localFit is a fit that began at one mode.
type localFit struct {
	start int // of the first search that led there
	res   *Result
	q     families.Gaussian
}

// StartReport says where one of several starts led.
type StartReport struct {
	// Mode is the number of the fit it led to, 0 for the best one; −1: nowhere.
	Mode int
	// ELBO of that fit.
	ELBO float64
	// Peak reports that the log-joint has a maximum there; it has none where it is
	// unbounded, as in a funnel.
	Peak bool
	// Err is what ended the fit there, if it failed.
	Err error
}

// StartReports are those of all starts.
type StartReports []StartReport

// best returns the ELBO of the best fit.
func (s StartReports) best() float64 {
	for _, r := range s {
		if r.Mode == 0 {
			return r.ELBO
		}
	}
	return math.Inf(-1)
}

const (
	// localTolerance ends a fit with fewDraws draws whose distance from the optimum
	// of the average is small against the sampling error of that optimum; with more
	// draws it falls as that error does.
	localTolerance = 0.05
	fewDraws       = 64
	// localIterations bounds a fit, unless the settings say otherwise.
	localIterations = 300
	// samplingError is how far the answer may be from that with infinitely many
	// draws, in posterior standard deviations and in logarithms of them, as a root
	// mean square over parameters.
	samplingError = 0.03
	// maxSampleDraws bounds the growth of the number of draws.
	maxSampleDraws = 16384
)

// search is one climb and where it led.
type search struct {
	modeSearch
	started bool // the log-joint was finite at a start
	peak    bool
	known   bool // it came to where a fit is
}

// find searches from all starts and makes the fits, or the one from where the
// settings say.
func (f *sampled) find(ctx context.Context) error {
	if f.s.Start != nil {
		res, err := f.local(ctx, f.s.Start.(families.Gaussian), f.draws, f.seed)
		f.fits = []*localFit{{res: res, q: res.Q.(families.Gaussian)}}
		return err
	}
	n := f.s.Starts
	points := newStartPoints(f.p.Model, f.s.Seed)
	f.starts = make(StartReports, n)
	searches := make([]*search, n)
	lead := 0
	for ; lead < n; lead++ {
		searches[lead] = f.climb(ctx, f.grad, points, lead)
		if searches[lead].peak {
			if err := f.take(ctx, lead, searches[lead]); err != nil {
				return f.run.fail(err)
			}
			break
		}
	}
	// The others do not see each other, so that it does not matter which is first.
	var wg sync.WaitGroup
	forker, ok := f.p.Model.(models.Forker)
	for i := lead + 1; i < n; i++ {
		if !ok {
			searches[i] = f.climb(ctx, f.grad, points, i)
			continue
		}
		wg.Go(func() { searches[i] = f.climb(ctx, forker.Fork().(models.Gradienter), points, i) })
	}
	wg.Wait()
	for i := range n {
		if i == lead {
			continue
		}
		// What has no peak is of use only if nothing has one.
		if err := f.take(ctx, i, searches[i]); err != nil {
			return f.run.fail(err)
		}
	}
	if len(f.fits) == 0 {
		return f.run.fail(f.failed(ctx, points.first))
	}
	f.rank()
	return nil
}

// climb makes the search of one start.
func (f *sampled) climb(ctx context.Context, m models.Gradienter, points *startPoints, i int) *search {
	s := &search{modeSearch: *newModeSearch(m)}
	for try := range startTries - 4 {
		if s.peak = s.modeSearch.climb(points.point(i, try), func(z []float64) bool {
			s.known = f.isKnown(z)
			return s.known || ctx.Err() != nil
		}); s.peak || len(s.path) > 0 {
			s.started = true
			return s
		}
	}
	return s
}

// isKnown reports whether z is in the bulk of a fit.
func (f *sampled) isKnown(z []float64) bool {
	for _, fit := range f.fits {
		if inBulk(fit.q, z) {
			return true
		}
	}
	return false
}

// inBulk reports whether z is no further from the mean of q than draws of q are,
// whose squared distance is χ² of d degrees of freedom.
func inBulk(q families.Gaussian, z []float64) bool {
	d := float64(len(z))
	ε := make([]float64, len(z))
	q.Untransform(ε, z)
	return blas64.Dot(vec(ε), vec(ε)) < d+3*math.Sqrt(2*d)
}

// take makes a fit of what a search found, unless there is one.
func (f *sampled) take(ctx context.Context, i int, s *search) error {
	f.evals.grad += s.evals
	f.evals.hess += s.hessEvals
	f.starts[i] = StartReport{Mode: -1, ELBO: math.Inf(-1), Peak: s.peak}
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.err != nil {
		return s.err
	}
	if !s.started {
		return nil
	}
	for k, fit := range f.fits {
		if inBulk(fit.q, s.z) {
			f.starts[i].Mode = k
			return nil
		}
	}
	if !s.peak && len(f.fits) > 0 {
		return nil
	}
	q, err := f.begin(ctx, s)
	if err != nil || q == nil {
		return err
	}
	res, err := f.local(ctx, q, f.draws, f.seed)
	if err != nil {
		var nf *estimators.NonFiniteError
		if errors.As(err, &nf) && len(f.fits) > 0 {
			f.starts[i].Err = err
			return nil
		}
		f.fits = append(f.fits, &localFit{start: i, res: res, q: res.Q.(families.Gaussian)})
		return err
	}
	fit := &localFit{start: i, res: res, q: res.Q.(families.Gaussian)}
	loc := make([]float64, len(s.z))
	for k, other := range f.fits {
		if inBulk(other.q, fit.q.Loc(loc)) && inBulk(fit.q, other.q.Loc(s.zNext)) {
			f.starts[i].Mode = k
			if res.ELBO > other.res.ELBO {
				*other = *fit
			}
			return nil
		}
	}
	f.starts[i].Mode = len(f.fits)
	f.fits = append(f.fits, fit)
	return nil
}

// begin returns the Gaussian that a fit starts with: that of the mode, or where
// there is none the best one on the way.
func (f *sampled) begin(ctx context.Context, s *search) (families.Gaussian, error) {
	q := f.p.Family.New().(families.Gaussian)
	if s.peak {
		last := s.path[len(s.path)-1]
		if setMoments(q, last.z, last.cov) {
			return q, nil
		}
	}
	// Laplace's method is a poor judge on the way, but a fair guide.
	var best families.Gaussian
	top := math.Inf(-1)
	est := &estimators.SampleAverage{Draws: max(16, 2*f.p.Model.Dim()), Seed: f.s.Seed}
	if err := est.Init(f.p.Model, f.p.Family); err != nil {
		return nil, err
	}
	g := make(families.Natural, f.p.Family.NumParams())
	for _, w := range bestWaypoints(s.path, 6) {
		if !setMoments(q, w.z, w.cov) {
			continue
		}
		stats, err := est.Estimate(ctx, g, q, estimators.Stream{})
		f.evals.grad += stats.GradEvals
		if err != nil {
			continue
		}
		if elbo := stats.ELogJoint + q.Entropy(); elbo > top {
			top, best = elbo, q
			q = f.p.Family.New().(families.Gaussian)
		}
	}
	return best, nil
}

// bestWaypoints returns up to n waypoints of a way, those of the best proxies
// among as many stretches of it.
func bestWaypoints(path []waypoint, n int) []waypoint {
	var out []waypoint
	for k := range n {
		lo, hi := k*len(path)/n, (k+1)*len(path)/n
		if lo == hi {
			continue
		}
		best := lo
		for i := lo; i < hi; i++ {
			if path[i].proxy > path[best].proxy {
				best = i
			}
		}
		out = append(out, path[best])
	}
	return out
}

// setMoments makes q a Gaussian of a mean and a full covariance, of which
// independent coordinates keep the conditional variances.
func setMoments(q families.Gaussian, loc, cov []float64) bool {
	d := len(loc)
	if q.CovLen() == d*d {
		return q.SetMoments(loc, cov)
	}
	full := families.FullGaussian(d).New().(families.Gaussian)
	if !full.SetMoments(loc, cov) {
		return false
	}
	prec := full.Precision(nil)
	diag := make([]float64, d)
	for i := range diag {
		diag[i] = prec[i*d+i]
	}
	return q.SetPrecision(loc, diag)
}

// local runs a fit from q with a number of draws.
func (f *sampled) local(ctx context.Context, q families.Gaussian, draws int, seed uint64) (*Result, error) {
	s := f.s
	s.Start = q
	s.Estimator = &estimators.SampleAverage{Draws: draws, Seed: seed}
	if f.loose {
		s.Tolerance = localTolerance * math.Sqrt(fewDraws/float64(draws))
	}
	r, err := NewRun(f.p, &s)
	if err != nil {
		return nil, err
	}
	for r.Status() == Running {
		err = r.Step(ctx)
	}
	res := r.Result()
	f.evals.add(res)
	return res, err
}

func (c *evalCounts) add(r *Result) {
	c.estimates += r.Estimates
	c.model += r.ModelEvals
	c.grad += r.GradEvals
	c.hess += r.HessEvals
}

// failed says why there is no fit: with the error of an estimate about the first
// start.
func (f *sampled) failed(ctx context.Context, z []float64) error {
	q := f.p.Family.New().(families.Gaussian)
	d := len(z)
	cov := make([]float64, d*d)
	for i := range d {
		cov[i*d+i] = 1e-12
	}
	est := &estimators.SampleAverage{Draws: 2 * d}
	if err := est.Init(f.p.Model, f.p.Family); err != nil {
		return err
	}
	if setMoments(q, z, cov) {
		if _, err := est.Estimate(ctx, make(families.Natural, f.p.Family.NumParams()), q, estimators.Stream{}); err != nil {
			return err
		}
	}
	return errNoStart
}

var errNoStart = errors.New("no start leads anywhere: the log-joint is finite, and its curvature or gradient of no use")

// rank puts the best fit first.
func (f *sampled) rank() {
	best := 0
	for k, fit := range f.fits {
		if fit.res.ELBO > f.fits[best].res.ELBO {
			best = k
		}
	}
	f.fits[0], f.fits[best] = f.fits[best], f.fits[0]
	for i := range f.starts {
		s := &f.starts[i]
		switch s.Mode {
		case -1:
			continue
		case 0:
			s.Mode = best
		case best:
			s.Mode = 0
		}
		s.ELBO = f.fits[s.Mode].res.ELBO
	}
}

// refine looks at the best fit with other draws, and goes on with more of them
// until that makes little difference.
func (f *sampled) refine(ctx context.Context) error {
	fit := f.fits[0]
	draws := f.draws
	for seed := f.seed + 1; fit.res.Status == Converged; seed += 2 {
		var err error
		if f.sampling, err = f.compare(ctx, fit, draws, seed); err != nil {
			return fit.end(err)
		}
		if f.sampling <= samplingError || !f.grows || 4*draws > maxSampleDraws {
			break
		}
		draws *= 4
		res, err := f.local(ctx, fit.q, draws, seed+1)
		fit.res, fit.q, f.draws = res, res.Q.(families.Gaussian), draws
		if err != nil {
			return err
		}
	}
	return nil
}

// end marks a fit as ended by an error after its last iteration.
func (f *localFit) end(err error) error {
	f.res.Status = Failed
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		f.res.Status = Canceled
	}
	return &StepError{Iteration: f.res.Iterations + 1, Err: err}
}

// compare takes the step that as many other draws ask for, and goes half of it:
// to the optimum of both sets of draws, as far as the ELBO is quadratic. It
// returns the error that is left, half the difference of the two answers.
func (f *sampled) compare(ctx context.Context, fit *localFit, draws int, seed uint64) (float64, error) {
	est := &estimators.SampleAverage{Draws: draws, Seed: seed}
	if err := est.Init(f.p.Model, f.p.Family); err != nil {
		return 0, err
	}
	n := f.p.Family.NumParams()
	λ, g := fit.q.Natural(nil), make(families.Natural, n)
	stats, err := est.Estimate(ctx, g, fit.q, estimators.Stream{})
	f.evals.estimates++
	f.evals.grad += stats.GradEvals
	if err != nil {
		var nf *estimators.NonFiniteError
		if errors.As(err, &nf) {
			return math.Inf(1), nil
		}
		return 0, err
	}
	other := f.p.Family.New().(families.Gaussian)
	for ρ := 0.5; ρ > 0.01; ρ /= 2 {
		for i := range λ {
			g[i] = λ[i] + ρ*(g[i]-λ[i])
		}
		if other.SetNatural(g) {
			diff := 0.5 / ρ * moved(fit.q, other)
			fit.q = other
			fit.res.Q = other
			fit.res.ELBO = stats.ELogJoint + other.Entropy()
			return diff, nil
		}
	}
	return math.Inf(1), nil
}

// moved returns the root mean square over coordinates of the change of the mean,
// in standard deviations, and of the logarithm of the standard deviation.
func moved(p, q families.Gaussian) float64 {
	mp, mq := p.Loc(nil), q.Loc(nil)
	vp, vq := variances(p), variances(q)
	var s float64
	for i := range mp {
		δ := (mp[i] - mq[i]) / math.Sqrt(vp[i])
		l := 0.5 * math.Log(vp[i]/vq[i])
		s += math.Max(δ*δ, l*l)
	}
	return math.Sqrt(s / float64(len(mp)))
}

// variances returns the diagonal of the covariance.
func variances(q families.Gaussian) []float64 {
	d := q.Family().Dim()
	cov := q.Cov(nil)
	if len(cov) == d {
		return cov
	}
	v := make([]float64, d)
	blas64.Copy(blas64.Vector{N: d, Inc: d + 1, Data: cov}, vec(v))
	return v
}
