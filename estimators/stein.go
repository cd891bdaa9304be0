package estimators

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/families"
	"natgrad/models"
)

// Stein estimates natural gradients of Gaussians from gradients alone, with
// V⁻¹ = S the precision of q:
//
//	∇_m E f = E[∇f(z)]
//	∇_V E f = ½ E[sym(S (z−m) ∇f(z)ᵀ)]
//
// The second line is Price's theorem with E[∇²f] replaced by Stein's identity
// (Lin, Schmidt & Khan 2020, arXiv:2002.10060, section 3.3). One sample of it is
// not symmetric, so it is symmetrised.
//
// Draws are antithetic pairs along random orthonormal directions; from 2·Dim
// draws on, estimates have no error for quadratic log-joints, whatever q is, and
// are unbiased for all others. With fewer draws the gradient of log q serves as
// control variate, and estimates are without error where q is the posterior.
//
// Stats.StdErr is on the safe side, about twice the error, with fewer than ten
// times 2·Dim draws.
type Stein struct {
	// Draws is the number of gradients of an estimate, rounded up to an even
	// number of at least 4, and from 2·Dim on to a multiple of 2·Dim; whole
	// multiples need one gradient more, at the mean of q.
	// 0: the multiple of 2·Dim that is at least 16 if Dim ≤ 512, else 128.
	Draws int
	// Summer runs the draws. nil: Goroutines, or one goroutine if the model is
	// not a models.Forker.
	Summer Summer

	w     workers
	gauss isGaussian
	name  string
	draws gaussDraws

	f0      float64
	even    []float64 // K: (f(z₊) + f(z₋))/2
	odd     []float64 // K×d: (∇f(z₊) − ∇f(z₋))/2
	slope   []float64 // K: (z₊ − m)ᵀ(∇f(z₊) − ∇f(z₋))/2
	sdisp   []float64 // K×d: S(z₊ − m)
	prec    []float64
	gm, gV  []float64
	units   []float64
	frames  []float64
	control leaveOneOut
}

// defaultDraws returns a number of draws: whole frames with at least 8
// directions, or few directions if the dimension is above a limit.
func defaultDraws(d, limit, few int) int {
	if d > limit {
		return 2 * few
	}
	return 2 * d * ((8 + d - 1) / d)
}

// Deterministic implements Estimator.
func (e *Stein) Deterministic() bool { return false }

// Init implements Estimator. It needs a model with gradients and a Gaussian
// family.
func (e *Stein) Init(m models.Model, f families.Family) error {
	ms, err := e.fork(m)
	if err != nil {
		return err
	}
	return e.bind(ms, f)
}

func (e *Stein) fork(m models.Model) ([]models.Model, error) {
	if e.name == "" {
		e.name = "Stein"
	}
	return e.w.forkAll(e.name, m, e.Summer)
}

func (e *Stein) bind(ms []models.Model, f families.Family) error {
	if e.Draws < 0 {
		panic(badDraws)
	}
	if !e.gauss.ask(f) {
		return needGaussian(e.name, f, "use Pathwise or Score")
	}
	if _, ok := ms[0].(models.Gradienter); !ok {
		return needGradient(e.name, ms[0])
	}
	e.w.bindAll(ms, f)
	d := f.Dim()
	draws := e.Draws
	if draws == 0 {
		draws = defaultDraws(d, 512, 64)
	}
	e.draws.resize(d, draws)
	k := e.draws.k
	e.even = resize(e.even, k)
	e.odd = resize(e.odd, k*d)
	e.slope = resize(e.slope, k)
	e.sdisp = resize(e.sdisp, k*d)
	e.gm = resize(e.gm, d)
	e.units = resize(e.units, k)
	e.frames = resize(e.frames, k)
	for i := range e.w.eval {
		ev := &e.w.eval[i]
		ev.g = resize(ev.g, 2*d)
	}
	if e.w.f == nil {
		e.w.f = e.shard
	}
	return nil
}

// Estimate implements Estimator.
func (e *Stein) Estimate(ctx context.Context, dst families.Natural, q families.Distribution, at Stream) (Stats, error) {
	e.w.check(dst, q)
	g := q.(families.Gaussian)
	d, k := e.draws.d, e.draws.k
	e.prec = resize(e.prec, g.CovLen())
	e.gV = resize(e.gV, g.CovLen())
	e.draws.fill(g, at)
	clear(e.gm)
	if err := e.w.summer.Sum(ctx, e.gm, e.w.shards(e.draws.evaluations()), e.w.f); err != nil {
		return Stats{}, err
	}
	var s Stats
	s.GradEvals = 2 * k
	if e.draws.exact {
		s.GradEvals++
		s.ELogJoint, s.StdErr = e.draws.value(e.f0, e.even, e.slope, e.units, e.frames)
	} else {
		s.ELogJoint, s.StdErr = e.draws.controlled(&e.control, e.even)
	}

	g.Precision(e.prec)
	if len(e.gV) == d {
		e.curvatureDiag()
	} else {
		e.curvature()
	}
	g.NaturalGrad(dst, e.gm, e.gV)
	return s, nil
}

// shard evaluates its part of the draws and adds up the gradients.
func (e *Stein) shard(dst []float64, shard, worker int) error {
	dr, ev := &e.draws, &e.w.eval[worker]
	d := dr.d
	g1, g2 := ev.g[:d], ev.g[d:2*d]
	lo, hi := e.w.span(shard)
	for unit := lo; unit < hi; unit++ {
		k, draw := dr.unit(unit)
		if k < 0 {
			f0, err := ev.gradient(g1, dr.loc, draw)
			if err != nil {
				return err
			}
			e.f0 = f0
			for i, x := range g1 {
				dst[i] += dr.w0 * x
			}
			continue
		}
		dr.point(ev.z, k, 1)
		f1, err := ev.gradient(g1, ev.z, draw)
		if err != nil {
			return err
		}
		dr.point(ev.z, k, -1)
		f2, err := ev.gradient(g2, ev.z, draw+1)
		if err != nil {
			return err
		}
		e.even[k] = f1/2 + f2/2
		odd := e.odd[k*d : (k+1)*d]
		w := dr.w[k] / float64(2*dr.k)
		for i, x := range g1 {
			dst[i] += w * (x + g2[i])
			odd[i] = (x - g2[i]) / 2
		}
		e.slope[k] = blas64.Dot(vec(dr.disp[k*d:(k+1)*d]), vec(odd))
	}
	return nil
}

// curvature stores ½ mean of sym(S(z−m)∇fᵀ) in gV, as one product of all draws.
func (e *Stein) curvature() {
	dr := &e.draws
	d := dr.d
	s := blas64.Symmetric{N: d, Stride: d, Data: e.prec, Uplo: blas.Upper}
	for k := range dr.k {
		sd := e.sdisp[k*d : (k+1)*d]
		blas64.Symv(1, s, vec(dr.disp[k*d:(k+1)*d]), 0, vec(sd))
		e.weigh(k, sd)
	}
	clear(e.gV)
	if !dr.exact {
		// E[sym(S(z−m)∇log qᵀ)] = −S is added, its draws are subtracted by weigh.
		for i, x := range e.prec {
			e.gV[i] = -x / 2
		}
	}
	a := blas64.General{Rows: dr.k, Cols: d, Stride: d, Data: e.sdisp}
	b := blas64.General{Rows: dr.k, Cols: d, Stride: d, Data: e.odd}
	blas64.Syr2k(blas.Trans, 0.25, a, b, 1, blas64.Symmetric{N: d, Stride: d, Data: e.gV, Uplo: blas.Upper})
	for i := range d {
		for j := range i {
			e.gV[i*d+j] = e.gV[j*d+i]
		}
	}
}

// curvatureDiag is curvature for a diagonal covariance.
func (e *Stein) curvatureDiag() {
	dr := &e.draws
	d := dr.d
	clear(e.gV)
	if !dr.exact {
		for i, x := range e.prec {
			e.gV[i] = -x / 2
		}
	}
	for k := range dr.k {
		sd := e.sdisp[k*d : (k+1)*d]
		for i, x := range dr.disp[k*d : (k+1)*d] {
			sd[i] = e.prec[i] * x
		}
		e.weigh(k, sd)
		for i, x := range e.odd[k*d : (k+1)*d] {
			e.gV[i] += sd[i] * x / 2
		}
	}
}

// weigh multiplies the gradient difference of pair k by its weight, and without
// whole frames first subtracts that of log q, −S(z−m).
func (e *Stein) weigh(k int, sdisp []float64) {
	d := e.draws.d
	w := e.draws.w[k] / float64(e.draws.k)
	odd := e.odd[k*d : (k+1)*d]
	if !e.draws.exact {
		for i, x := range sdisp {
			odd[i] += x
		}
	}
	for i := range odd {
		odd[i] *= w
	}
}

func needGradient(name string, m models.Model) error {
	return &CapabilityError{
		Estimator: name,
		Needs:     "a model with gradients (models.Gradienter)",
		Got:       typeName(m),
		Advice:    "use Score",
	}
}

func vec(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }
