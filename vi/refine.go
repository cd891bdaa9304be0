package vi

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/estimators"
	"natgrad/families"
)

const (
	// samplingError is how far the answer may be from that with infinitely many
	// draws, in posterior standard deviations and in logarithms of them, as a root
	// mean square over parameters.
	samplingError = 0.03
	// maxSampleDraws bounds the growth of the number of draws.
	maxSampleDraws = 16384
	// growthEvals is the number of gradients that a fit with more draws may be
	// expected to take.
	growthEvals = 20000
)

// localFit is a fit that began at one mode.
type localFit struct {
	peak *waypoint // where it began, nil if at no maximum of the log-joint
	res  *Result
	q    families.Gaussian
}

// local runs a fit from q with a number of draws.
func (f *sampled) local(ctx context.Context, q families.Distribution, draws int, seed uint64) (*Result, error) {
	s := f.s
	s.Start = q
	s.Estimator = f.sampleAverage(draws, seed)
	if f.loose {
		s.Tolerance = f.tolerance * math.Sqrt(fewDraws/float64(draws))
		s.Converger = &plateau{least: s.Tolerance * s.Tolerance / 2, user: s.Converger}
	}
	r, err := NewRun(f.p, &s)
	if err != nil {
		return nil, err
	}
	res, err := r.finish(ctx)
	f.evals.add(res)
	return res, err
}

// plateauSteps is the number of steps that a plateau has.
const plateauSteps = 10

// plateau ends a fit of which that many steps together gain no more than what the
// tolerance leaves in any case. Where a log-joint has kinks, as that of a Laplace
// prior, its average has them too, the optimum is likely to be at one, and the
// distance by the gradient does not become small there.
type plateau struct {
	least float64 // nats
	user  Converger
	elbo  [plateauSteps]float64
	n     int
}

// Converged implements Converger.
func (p *plateau) Converged(it *Iteration) bool {
	if p.user != nil && p.user.Converged(it) {
		return true
	}
	k := p.n % plateauSteps
	before := p.elbo[k]
	p.elbo[k] = it.ELBO
	p.n++
	return p.n > plateauSteps && it.ELBO-before < p.least
}

// refine looks at the best fit with other draws, and goes on with more of them
// until that makes little difference.
func (f *sampled) refine(ctx context.Context) error {
	fit := f.fits[0]
	draws := f.draws
	for seed := f.seed + 1; fit.res.Status == Converged; seed += 2 {
		var err error
		if f.sampling, err = f.compare(ctx, fit, draws, seed); err != nil {
			return err
		}
		if f.sampling <= samplingError || !f.grows || 4*draws > maxSampleDraws || 4*draws*fit.res.Estimates > growthEvals {
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

// compare takes the step that as many other draws ask for, and goes half of it:
// to the optimum of both sets of draws, as far as the ELBO is quadratic. It
// returns the error that is left, half the difference of the two answers.
func (f *sampled) compare(ctx context.Context, fit *localFit, draws int, seed uint64) (float64, error) {
	est := f.sampleAverage(draws, seed)
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
func moved(p, q families.Distribution) float64 {
	mp, vp := locations(p)
	mq, vq := locations(q)
	var s float64
	for i := range mp {
		δ := (mp[i] - mq[i]) / math.Sqrt(vp[i])
		l := 0.5 * math.Log(vp[i]/vq[i])
		s += math.Max(δ*δ, l*l)
	}
	return math.Sqrt(s / float64(len(mp)))
}

// locations returns the means and the variances of a Gaussian or a mixture of them.
func locations(q families.Distribution) (loc, variance []float64) {
	g := envelope(q)
	return g.Loc(nil), variances(g)
}

// envelope returns the Gaussian with the mean and the covariance of q, nil if q is
// neither a Gaussian, which is its own, nor a mixture of them.
func envelope(q families.Distribution) families.Gaussian {
	switch q := q.(type) {
	case families.Gaussian:
		return q
	case *families.GaussMixtureDist:
		d := q.Family().Dim()
		loc, cov := make([]float64, d), make([]float64, d*d)
		q.Moments(loc, cov)
		g := families.FullGaussian(d).New().(families.Gaussian)
		g.SetMoments(loc, cov)
		return g
	}
	return nil
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
