package estimators

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/families"
	"natgrad/models"
)

// Price estimates natural gradients of Gaussians from gradients and Hessians, by
// the theorems of Bonnet and Price (Opper & Archambeau 2009, Neural Comput. 21,
// 786, equations 2 and 3):
//
//	∇_m E f = E[∇f(z)],   ∇_V E f = ½ E[∇²f(z)]
//
// It has much less noise than Stein for the same draws, none at all for
// quadratic log-joints. For DiagGaussian the diagonal of the Hessian is enough
// (models.HessDiager).
type Price struct {
	// Draws is the number of gradients and Hessians of an estimate, rounded as
	// in Stein. 0: the multiple of 2·Dim that is at least 16 if Dim ≤ 32, or
	// for a models.HessDiager under DiagGaussian, if Dim ≤ 512; else 32. If you
	// can afford 2·Dim Hessians, they have a thousand times less noise.
	Draws int
	// Summer runs the draws. nil: Goroutines, or one goroutine if the model is
	// not a models.Forker.
	Summer Summer

	w     workers
	gauss isGaussian
	draws gaussDraws

	cov    int
	f0     float64
	even   []float64 // K: (f(z₊) + f(z₋))/2
	slope  []float64 // K: (z₊−m)ᵀ(∇f(z₊) − ∇f(z₋))/2
	curve  []float64 // K: (z₊−m)ᵀ(∇²f(z₊) + ∇²f(z₋))/2 (z₊−m)
	sum    []float64 // d + cov: weighted means of gradient and Hessian
	v      []float64 // covariance of q
	units  []float64
	frames []float64
}

// Deterministic implements Estimator.
func (e *Price) Deterministic() bool { return false }

// Init implements Estimator. It needs a model with Hessians, or their diagonal,
// and a Gaussian family.
func (e *Price) Init(m models.Model, f families.Family) error {
	ms, err := e.fork(m)
	if err != nil {
		return err
	}
	return e.bind(ms, f)
}

func (e *Price) fork(m models.Model) ([]models.Model, error) {
	return e.w.forkAll("Price", m, e.Summer)
}

func (e *Price) bind(ms []models.Model, f families.Family) error {
	if e.Draws < 0 {
		panic(badDraws)
	}
	if !e.gauss.ask(f) {
		return needGaussian("Price", f, "use Pathwise or Score")
	}
	d := f.Dim()
	diagonal := f.NumParams() == 2*d
	_, hasHess := ms[0].(models.Hessianer)
	_, hasDiag := ms[0].(models.HessDiager)
	if !hasHess && !(diagonal && hasDiag) {
		needs := "a model with Hessians (models.Hessianer)"
		if diagonal {
			needs += " or their diagonal (models.HessDiager)"
		}
		return &CapabilityError{Estimator: "Price", Needs: needs, Got: typeName(ms[0]), Advice: "use Stein, which needs gradients only"}
	}
	e.w.bindAll(ms, f)
	e.cov = f.NumParams() - d
	draws := e.Draws
	if draws == 0 {
		limit := 32
		if diagonal && hasDiag {
			limit = 512
		}
		draws = defaultDraws(d, limit, 16)
	}
	e.draws.resize(d, draws)
	if !e.draws.exact {
		e.draws.block = 1 // value leaves one direction out
	}
	k := e.draws.k
	e.even = resize(e.even, k)
	e.slope = resize(e.slope, k)
	e.curve = resize(e.curve, k)
	e.sum = resize(e.sum, d+e.cov)
	e.v = resize(e.v, e.cov)
	e.units = resize(e.units, k)
	e.frames = resize(e.frames, k)
	for i := range e.w.eval {
		ev := &e.w.eval[i]
		ev.g = resize(ev.g, 3*d)
		n := 2 * e.cov
		if e.cov == d && ev.diag == nil {
			n += d * d
		}
		ev.h = resize(ev.h, n)
	}
	if e.w.f == nil {
		e.w.f = e.shard
	}
	return nil
}

// Estimate implements Estimator.
func (e *Price) Estimate(ctx context.Context, dst families.Natural, q families.Distribution, at Stream) (Stats, error) {
	e.w.check(dst, q)
	g := q.(families.Gaussian)
	d := e.draws.d
	e.draws.fill(g, at)
	clear(e.sum)
	units := e.draws.evaluations()
	if err := e.w.summer.Sum(ctx, e.sum, e.w.shards(units), e.w.f); err != nil {
		return Stats{}, err
	}
	gm, gV := e.sum[:d], e.sum[d:]
	if e.cov > d {
		symmetrize(gV, d)
	}
	var s Stats
	s.ELogJoint, s.StdErr = e.value(g, gV)
	s.HessEvals = 2 * e.draws.k
	if e.draws.exact {
		s.HessEvals++
	}
	s.GradEvals = s.HessEvals
	for i := range gV {
		gV[i] /= 2
	}
	g.NaturalGrad(dst, gm, gV)
	return s, nil
}

// shard evaluates its part of the draws and adds up gradients and Hessians.
func (e *Price) shard(dst []float64, shard, worker int) error {
	dr, ev := &e.draws, &e.w.eval[worker]
	d := dr.d
	g1, g2, t := ev.g[:d], ev.g[d:2*d], ev.g[2*d:3*d]
	h1, h2, full := ev.h[:e.cov], ev.h[e.cov:2*e.cov], ev.h[2*e.cov:]
	gm, hess := dst[:d], dst[d:]
	lo, hi := e.w.span(shard)
	for unit := lo; unit < hi; unit++ {
		k, draw := dr.unit(unit)
		if k < 0 {
			f0, err := ev.hessian(h1, g1, dr.loc, full, draw)
			if err != nil {
				return err
			}
			e.f0 = f0
			blas64.Axpy(dr.w0, vec(g1), vec(gm))
			blas64.Axpy(dr.w0, vec(h1), vec(hess))
			continue
		}
		dr.point(ev.z, k, 1)
		f1, err := ev.hessian(h1, g1, ev.z, full, draw)
		if err != nil {
			return err
		}
		dr.point(ev.z, k, -1)
		f2, err := ev.hessian(h2, g2, ev.z, full, draw+1)
		if err != nil {
			return err
		}
		e.even[k] = f1/2 + f2/2
		w := dr.w[k] / float64(2*dr.k)
		disp := dr.disp[k*d : (k+1)*d]
		e.slope[k] = (blas64.Dot(vec(disp), vec(g1)) - blas64.Dot(vec(disp), vec(g2))) / 2
		blas64.Axpy(1, vec(g2), vec(g1))
		blas64.Axpy(w, vec(g1), vec(gm))
		blas64.Axpy(1, vec(h2), vec(h1))
		blas64.Axpy(w, vec(h1), vec(hess))
		if dr.exact {
			continue
		}
		e.curve[k] = quadForm(h1, disp, t) / 2
	}
	return nil
}

// value returns the estimate of E[log p] and its standard error, where h is the
// mean Hessian: where the draws are not exact for the quadratic part of log p, the
// Hessians tell its mean.
func (e *Price) value(q families.Gaussian, h []float64) (mean, se float64) {
	dr := &e.draws
	d, n := dr.d, float64(dr.k)
	if dr.exact {
		return dr.value(e.f0, e.even, e.slope, e.units, e.frames)
	}
	t := dr.t[:d]
	size := 0.0
	for k, f := range e.even {
		// The Hessian of the other pairs, so that there is no bias.
		others := (n*quadForm(h, dr.disp[k*d:(k+1)*d], t) - e.curve[k]) / (n - 1)
		e.units[k] = f - others/2
		size = math.Max(size, math.Abs(f))
	}
	// Two units share each product of one's displacements and the other's
	// Hessian: between none and all of their variance is missing from the spread
	// of the units, so take half.
	mean, se = meanStdErr(e.units)
	se *= math.Sqrt(1.5)
	q.Cov(e.v)
	return mean + blas64.Dot(vec(h), vec(e.v))/2, math.Hypot(se, roundoff(size))
}

// quadForm returns xᵀHx, where h is a symmetric matrix or a diagonal and t is
// scratch.
func quadForm(h, x, t []float64) float64 {
	d := len(x)
	if len(h) == d {
		s := 0.0
		for i, v := range x {
			s += h[i] * v * v
		}
		return s
	}
	blas64.Symv(1, blas64.Symmetric{N: d, Stride: d, Data: h, Uplo: blas.Upper}, vec(x), 0, vec(t))
	return blas64.Dot(vec(t), vec(x))
}

// symmetrize replaces the d×d matrix a by (a + aᵀ)/2.
func symmetrize(a []float64, d int) {
	for i := range d {
		for j := range i {
			x := (a[i*d+j] + a[j*d+i]) / 2
			a[i*d+j], a[j*d+i] = x, x
		}
	}
}
