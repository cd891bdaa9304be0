package estimators

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/families"
	"natgrad/models"
)

// Score estimates natural gradients of every family but a families.Conditional and of
// every model, from values alone:
//
//	∇_μ E f = F⁻¹ ∇_λ E f = F⁻¹ E[(T(z) − μ) f(z)]
//
// the coefficients of the regression of f on T (Salimans & Knowles 2013,
// Bayesian Anal. 8, 837). The regression without draw i is the control variate
// of draw i, so that estimates stay unbiased, and are without error if f is
// linear in T, that is, for conjugate models. With fewer draws than regression
// needs, log q with a leave-one-out constant takes its place.
//
// For Gaussians the draws are antithetic pairs: half their difference is
// regressed on the coordinates, their mean on the squares and, if there are
// draws enough, on the products of coordinates, which a DiagGaussian does not
// need but which remove much of the noise. Gradients see Dim times as much of
// a log-joint as values do: prefer Stein or Pathwise where they can be used.
type Score struct {
	// Draws is the number of values of an estimate, rounded up to even for
	// Gaussians, and at least 8. 0: 4 for every coefficient and 100 more, where
	// Gaussians have 1 + Dim(Dim+1)/2 coefficients if Dim ≤ 22, else 1 + Dim.
	Draws int
	// Summer runs the draws. nil: Goroutines, or one goroutine if the model is
	// not a models.Forker.
	Summer Summer

	stats   hasStats
	base    sameBase
	gauss   isGaussian
	normal  scoreGaussian
	isGauss bool

	w     workers
	n     int
	rng   *Rng
	z     []float64 // n×d draws
	value []float64 // n
	stat  families.Mean
	mean  families.Mean
	dev   []float64 // n×P: T(z) − μ
	cov   families.Mean
	coef  families.Natural
	reg   leaveOneOut
}

// Deterministic implements Estimator.
func (e *Score) Deterministic() bool { return false }

// Init implements Estimator. It needs nothing of the model, and of the family that its
// T(z) is a function of z.
func (e *Score) Init(m models.Model, f families.Family) error {
	ms, err := e.fork(m)
	if err != nil {
		return err
	}
	return e.bind(ms, f)
}

func (e *Score) fork(m models.Model) ([]models.Model, error) {
	return e.w.forkAll("Score", m, e.Summer)
}

func (e *Score) bind(ms []models.Model, f families.Family) error {
	if e.Draws < 0 {
		panic(badDraws)
	}
	if !e.stats.ask(f) {
		return needStats("Score", f)
	}
	if !e.base.ask(ms[0], f) {
		return needBase("Score", f)
	}
	e.w.bindAll(ms, f)
	e.isGauss = e.gauss.ask(f)
	d, p := f.Dim(), f.NumParams()
	e.n = e.Draws
	if e.n == 0 {
		e.n = 100 + 4*(1+p)
		if e.isGauss {
			e.n = 100 + 4*defaultFeatures(d)
		}
	}
	e.n = max(8, e.n)
	if e.isGauss {
		e.n += e.n % 2
		e.normal.resize(d, e.n/2)
	} else {
		if len(e.mean) != p {
			e.mean, e.stat, e.cov = make(families.Mean, p), make(families.Mean, p), make(families.Mean, p)
			e.coef = make(families.Natural, p)
		}
		e.dev = resize(e.dev, e.n*p)
	}
	e.z = resize(e.z, e.n*d)
	e.value = resize(e.value, e.n)
	if e.rng == nil {
		e.rng = NewRng()
		e.w.f = e.shard
	}
	return nil
}

// Estimate implements Estimator.
func (e *Score) Estimate(ctx context.Context, dst families.Natural, q families.Distribution, at Stream) (Stats, error) {
	e.w.check(dst, q)
	d := e.w.fam.Dim()
	if e.isGauss {
		e.normal.fill(q.(families.Gaussian), at, e.rng, e.z)
	} else {
		for i := range e.n {
			e.rng.Seek(at, uint64(i))
			q.Rand(e.z[i*d:(i+1)*d], e.rng.Rand)
		}
	}
	if err := e.w.summer.Sum(ctx, nil, e.w.shards(e.n), e.w.f); err != nil {
		return Stats{}, err
	}
	s := Stats{ModelEvals: e.n}
	if e.isGauss {
		s.ELogJoint, s.StdErr = e.normal.estimate(dst, q.(families.Gaussian), e.value)
	} else {
		var err error
		if s.ELogJoint, s.StdErr, err = e.regress(dst, q); err != nil {
			return Stats{}, err
		}
	}
	return s, nil
}

// shard evaluates its part of the draws.
func (e *Score) shard(_ []float64, shard, worker int) error {
	d := e.w.fam.Dim()
	lo, hi := e.w.span(shard)
	for i := lo; i < hi; i++ {
		v, err := e.w.eval[worker].value(e.z[i*d:(i+1)*d], i)
		if err != nil {
			return err
		}
		e.value[i] = v
	}
	return nil
}

// regress is the estimate for any family. With leave-one-out residuals ẽ and
// coefficients β it is β + F⁻¹ mean of (T − μ)ẽ.
func (e *Score) regress(dst families.Natural, q families.Distribution) (mean, se float64, err error) {
	p, n, d := len(dst), e.n, e.w.fam.Dim()
	q.Mean(e.mean)
	for i := range n {
		e.w.fam.SufficientStats(e.stat, e.z[i*d:(i+1)*d])
		for j, t := range e.stat {
			if !finite(t) {
				return 0, 0, nonFinite("sufficient statistic of q", t, j, i, e.z[i*d:(i+1)*d])
			}
			e.dev[i*p+j] = t - e.mean[j]
		}
	}
	full := enough(n, 1+p)
	m := 1
	if full {
		m += p
	} else {
		q.Natural(e.coef)
	}
	e.reg.resize(n, m)
	if full {
		e.reg.ridge = ridgeAny
		e.fisherDiag(e.reg.scale[1:], q)
	}
	size := 0.0
	for i, f := range e.value {
		size = math.Max(size, math.Abs(f))
		dev, h := e.dev[i*p:(i+1)*p], e.reg.feature(i)
		h[0] = 1
		e.reg.y[i] = f
		if full {
			copy(h[1:], dev)
		} else {
			e.reg.y[i] -= blas64.Dot(vec(e.coef), vec(dev))
		}
	}
	se = e.reg.fit()
	// F⁻¹ mean of (T − μ)ẽ.
	dev := blas64.General{Rows: n, Cols: p, Stride: p, Data: e.dev}
	blas64.Gemv(blas.Trans, 1/float64(n), dev, vec(e.reg.resid), 0, vec(e.cov))
	if full {
		copy(e.coef, e.reg.beta[1:])
	}
	q.FisherSolve(dst, e.cov)
	for j, c := range e.coef {
		dst[j] += c
	}
	return e.reg.mean(), math.Hypot(se, roundoff(size)), nil
}

// fisherDiag stores the diagonal of F in dst.
func (e *Score) fisherDiag(dst []float64, q families.Distribution) {
	clear(e.coef)
	for j := range dst {
		e.coef[j] = 1
		dst[j] = q.FisherMulVec(e.stat, e.coef)[j]
		e.coef[j] = 0
	}
}

// enough reports whether n draws are enough for a regression on m features: with
// fewer, some draws are fitted by coefficients of their own, and nothing is
// known of them without.
func enough(n, m int) bool { return n >= 2*m+8 }
