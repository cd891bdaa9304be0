package vi

import (
	"context"
	"errors"
	"math"

	"natgrad/estimators"
	"natgrad/families"
)

const (
	// spike is the shortfall of the ELBO against that of Laplace's method, in nats
	// and for twenty parameters twice that, from which a peak counts as a spike.
	spike = 5
	// coarseDraws is the number of draws of a fit that only shows the way.
	coarseDraws = 32
	// largeWidth is the standard deviation with which a fit of many parameters
	// begins.
	largeWidth = 0.1
)

// begin returns the Gaussian that a fit starts with: that of the mode, or where
// there is none the best one on the way.
func (f *sampled) begin(ctx context.Context, s *search) (families.Gaussian, error) {
	q := f.p.Family.New().(families.Gaussian)
	est := f.sampleAverage(max(16, 2*f.p.Model.Dim()), f.seed)
	if err := est.Init(f.p.Model, f.p.Family); err != nil {
		return nil, err
	}
	g := make(families.Natural, f.p.Family.NumParams())
	elbo := func() float64 {
		stats, err := est.Estimate(ctx, g, q, estimators.Stream{})
		f.evals.grad += stats.GradEvals
		if err != nil {
			return math.Inf(-1)
		}
		return stats.ELogJoint + q.Entropy()
	}
	if last := s.path[len(s.path)-1]; s.peak && setMoments(q, last.z, last.cov) {
		if elbo() > last.proxy-spike*(1+float64(len(last.z))/20) {
			return q, nil
		}
	}
	// There is no peak, or it is so narrow a spike that it says nothing of what is
	// around. Laplace's method is a poor judge on the way, but a fair guide.
	var best families.Gaussian
	top := math.Inf(-1)
	for _, w := range bestWaypoints(s.path, 6) {
		if !setMoments(q, w.z, w.cov) {
			continue
		}
		if e := elbo(); e > top {
			top, best = e, q
			q = f.p.Family.New().(families.Gaussian)
		}
	}
	if best == nil {
		return nil, nil
	}
	return f.coarse(ctx, best)
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

// coarse goes the first part of the way with independent coordinates, for which
// few draws are enough.
func (f *sampled) coarse(ctx context.Context, q families.Gaussian) (families.Gaussian, error) {
	d := f.p.Model.Dim()
	if q.CovLen() == d {
		return q, nil
	}
	diag := families.DiagGaussian(d).New().(families.Gaussian)
	if !setMoments(diag, q.Loc(nil), q.Cov(nil)) {
		return q, nil
	}
	r, err := NewRun(Problem{f.p.Model, families.DiagGaussian(d)}, &Settings{
		Start: diag, Tolerance: 0.3, MaxIterations: 200, Estimator: f.sampleAverage(coarseDraws, f.seed),
	})
	if err != nil {
		return nil, err
	}
	res, err := r.finish(ctx)
	f.evals.add(res)
	var nf *estimators.NonFiniteError
	if err != nil && !errors.As(err, &nf) {
		return nil, err
	}
	cov := make([]float64, d*d)
	for i, v := range res.Q.(families.Gaussian).Cov(nil) {
		cov[i*d+i] = v
	}
	q.SetMoments(res.Q.(families.Gaussian).Loc(nil), cov)
	return q, nil
}

// diagonal returns the covariance with equal variances v, in the shape of q.
func diagonal(q families.Gaussian, v float64) []float64 {
	d := q.Family().Dim()
	cov := make([]float64, q.CovLen())
	step := 1
	if len(cov) > d {
		step = d + 1
	}
	for i := range d {
		cov[i*step] = v
	}
	return cov
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
