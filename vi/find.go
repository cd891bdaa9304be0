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
	if f.p.Model.Dim() > maxFull {
		return f.findLarge(ctx)
	}
	n := f.s.Starts
	points := newStartPoints(f.p.Model, n, f.s.Seed)
	f.starts = make(StartReports, n)
	searches := make([]*search, n)
	lead := 0
	for ; lead < n; lead++ {
		searches[lead] = f.climb(ctx, f.grad, points, lead)
		if searches[lead].peak {
			if err := f.take(ctx, lead, searches[lead]); err != nil {
				return f.fail(err)
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
			return f.fail(err)
		}
	}
	if len(f.fits) == 0 {
		return f.run.fail(f.failed(ctx, points.first))
	}
	f.rank()
	return nil
}

// findLarge makes the one fit of a model of many parameters, for which a search
// with a matrix of its own would be too large: from the first start with a finite
// log-joint, as a narrow Gaussian.
func (f *sampled) findLarge(ctx context.Context) error {
	d := f.p.Model.Dim()
	points := newStartPoints(f.p.Model, 1, f.s.Seed)
	g := make([]float64, d)
	for try := range startTries - 4 {
		z := points.point(0, try)
		f.evals.grad++
		if !usable(f.grad.LogJointGrad(g, z), g) {
			continue
		}
		q := f.p.Family.New().(families.Gaussian)
		if !q.SetMoments(z, diagonal(q, largeWidth*largeWidth)) {
			break
		}
		res, err := f.local(ctx, q, f.draws, f.seed)
		f.fits = []*localFit{{res: res, q: res.Q.(families.Gaussian)}}
		return err
	}
	return f.run.fail(f.failed(ctx, points.first))
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
			if s.err == nil || i == 0 || try >= otherTries {
				return s
			}
			// Far out the model may overflow, of which a start says nothing. Where it is
			// broken, it is so from nearer starts too.
		}
	}
	return s
}

// otherTries is the number of starts that are tried in place of one that led to a
// Hessian or a gradient that is not finite.
const otherTries = 8

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
	var top *waypoint
	if s.peak && !s.known {
		top = &s.path[len(s.path)-1]
	}
	for k, fit := range f.fits {
		if inBulk(fit.q, s.z) || top != nil && fit.peak != nil && f.samePeak(*fit.peak, *top) {
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
		f.fits = append(f.fits, &localFit{peak: top, res: res, q: res.Q.(families.Gaussian)})
		return err
	}
	fit := &localFit{peak: top, res: res, q: res.Q.(families.Gaussian)}
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

// failed says why there is no fit: with the error of an estimate about the first
// start.
func (f *sampled) failed(ctx context.Context, z []float64) error {
	q := f.p.Family.New().(families.Gaussian)
	d := len(z)
	est := f.sampleAverage(2*d, 0)
	if err := est.Init(f.p.Model, f.p.Family); err != nil {
		return err
	}
	if q.SetMoments(z, diagonal(q, 1e-12)) {
		if _, err := est.Estimate(ctx, make(families.Natural, f.p.Family.NumParams()), q, estimators.Stream{}); err != nil {
			return err
		}
	}
	return errNoStart
}

var errNoStart = errors.New("no start leads anywhere: the log-joint is finite, and its curvature or gradient of no use")
