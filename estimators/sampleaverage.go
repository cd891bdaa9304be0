package estimators

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/families"
	"natgrad/models"
)

// SampleAverage replaces E_q[log p], for a Gaussian q = N(m, CCᵀ), by an average
// over base draws ε that are fixed once and for all,
//
//	E_q[log p] ≈ 1/K Σ_k log p(y, m + C ε_k),
//
// and gives its exact natural gradient. The ELBO is thus a deterministic function
// of q, which line searches and stopping rules can rely on, and its maximum has a
// sampling error, which falls with the number of draws (Giordano, Ingram &
// Broderick 2024, JMLR 25; Burroni, Domke & Sheldon 2023). Draws are quasi-random
// antithetic pairs with covariance I, so that nothing is in error for a quadratic
// log-joint, and means of cubic ones are exact.
//
// C is upper triangular, the inverse of the factor of the precision. With
// A = mean of Cᵀ∇log p εᵀ, a change dV of the covariance makes a change
// dC = C Φ(C⁻¹ dV C⁻ᵀ), where Φ takes the upper triangle and half the diagonal, so
//
//	∇_V = ½ C⁻ᵀ M C⁻¹,   M = upper triangle of A, mirrored
//
// (the square-root form of the update: Kumar, Möllenhoff, Khan & Lucchi 2025). It
// needs no Hessian. In Stein, for comparison, A is symmetrised, which makes the
// estimate less noisy and not a gradient of anything.
//
// A mixture of Gaussians q(z) = Σ_c π_c N(z | m_c, C_c C_cᵀ) has the same base draws
// for each of its components. What is averaged is then the ELBO of z as a whole, with
// log q, which has no expectation in closed form,
//
//	ELBO ≈ Σ_c π_c 1/K Σ_k f(m_c + C_c ε_k),   f(z) = log p(y, z) − log q(z)
//
// and its gradient is exact too, that of q in f included. In the parameters of a
// families.Conditional, whose Fisher matrix is block diagonal, it is the natural
// gradient of MixEF (Lin, Khan & Schmidt 2019, arXiv:1906.02914, theorem 3): that of
// the log odds, the difference of the means of f, and that of a component, the
// gradient in its location and covariance, whatever its weight. So that the engine
// may treat these families as all others, Stats.ELogJoint is the ELBO less the entropy
// of the family, that of (w, z), and the estimate the natural gradient plus λ.
type SampleAverage struct {
	// Draws is the number of gradients of an estimate, for each component of a
	// mixture, rounded up to an even number. A full covariance needs at least 2·Dim of
	// them, or the average has no maximum. 0: 64, and for a full covariance 4·Dim if
	// that is more.
	Draws int
	// Seed selects the draws.
	Seed uint64
	// Summer runs the draws. nil: Goroutines, or one goroutine if the model is
	// not a models.Forker.
	Summer Summer

	w      workers
	gauss  isGaussian
	mixed  memberIs[*families.GaussMixtureDist]
	mix    mixtureAverage
	d, k   int
	base   []float64 // K×d
	seed   uint64
	q      families.Gaussian
	white  []float64 // K×d: Cᵀ(∇f(z₊) − ∇f(z₋))/2
	sum    []float64 // value and gradient
	a, gV  []float64
	factor []float64
	f      func(dst []float64, shard, worker int) error
}

// NumDraws returns the number of gradients of an estimate, for each component of a
// mixture, after Init.
func (e *SampleAverage) NumDraws() int { return 2 * e.k }

// Deterministic implements Estimator.
func (e *SampleAverage) Deterministic() bool { return true }

// Init implements Estimator. It needs a model with gradients and a family of Gaussians
// or of mixtures of them.
func (e *SampleAverage) Init(m models.Model, f families.Family) error {
	ms, err := e.fork(m)
	if err != nil {
		return err
	}
	return e.bind(ms, f)
}

func (e *SampleAverage) fork(m models.Model) ([]models.Model, error) {
	return e.w.forkAll("SampleAverage", m, e.Summer)
}

func (e *SampleAverage) bind(ms []models.Model, f families.Family) error {
	if e.Draws < 0 {
		panic(badDraws)
	}
	mixed := e.mixed.ask(f)
	if !mixed && !e.gauss.ask(f) {
		return &CapabilityError{
			Estimator: "SampleAverage",
			Needs:     "a Gaussian family (families.Gaussian) or families.GaussMixture",
			Got:       f.String(),
			Advice:    "use Pathwise or Score",
		}
	}
	if _, ok := ms[0].(models.Gradienter); !ok {
		return needGradient("SampleAverage", ms[0])
	}
	e.w.bindAll(ms, f)
	d := f.Dim()
	k := (e.Draws + 1) / 2
	if k == 0 {
		k = 32
		if f.NumParams() > 2*d { // a full covariance
			k = max(k, 2*d)
		}
	}
	if d != e.d || k != e.k || e.seed != e.Seed || e.base == nil {
		e.d, e.k, e.seed = d, k, e.Seed
		e.base = BaseDraws(d, k, e.Seed, true)
	}
	if mixed {
		e.mix.bind(e)
		return nil
	}
	e.white = resize(e.white, k*d)
	e.sum = resize(e.sum, 1+d)
	for i := range e.w.eval {
		ev := &e.w.eval[i]
		ev.g = resize(ev.g, 3*d)
	}
	if e.f == nil {
		e.f = e.shard
	}
	e.w.f = e.f
	return nil
}

// Estimate implements Estimator.
func (e *SampleAverage) Estimate(ctx context.Context, dst families.Natural, q families.Distribution, _ Stream) (Stats, error) {
	e.w.check(dst, q)
	if g, ok := q.(*families.GaussMixtureDist); ok {
		return e.mix.estimate(ctx, dst, g)
	}
	g := q.(families.Gaussian)
	e.q = g
	d, k := e.d, e.k
	clear(e.sum)
	if err := e.w.summer.Sum(ctx, e.sum, e.w.shards(k), e.w.f); err != nil {
		return Stats{}, err
	}
	e.gV = resize(e.gV, g.CovLen())
	if g.CovLen() == d {
		g.Precision(e.gV)
		for j := range d {
			var a float64
			for i := range k {
				a += e.white[i*d+j] * e.base[i*d+j]
			}
			e.gV[j] *= 0.5 * a / float64(k)
		}
	} else {
		e.curvature(g)
	}
	g.NaturalGrad(dst, e.sum[1:], e.gV)
	return Stats{ELogJoint: e.sum[0], GradEvals: 2 * k}, nil
}

// curvature stores ½ C⁻ᵀ M C⁻¹ in gV.
func (e *SampleAverage) curvature(g families.Gaussian) {
	d, k := e.d, e.k
	a := blas64.General{Rows: d, Cols: d, Stride: d, Data: e.gV}
	white := blas64.General{Rows: k, Cols: d, Stride: d, Data: e.white}
	base := blas64.General{Rows: k, Cols: d, Stride: d, Data: e.base}
	blas64.Gemm(blas.Trans, blas.NoTrans, 0.5/float64(k), white, base, 0, a)
	e.factor = resize(e.factor, d*d)
	g.(covFactor).CovFactor(e.factor)
	unwhiten(e.gV, e.factor, d)
}

// unwhiten replaces the d×d matrix a by C⁻ᵀ M C⁻¹, where M is its upper triangle,
// mirrored, and C is upper triangular.
func unwhiten(a, factor []float64, d int) {
	for i := range d {
		for j := range i {
			a[i*d+j] = a[j*d+i]
		}
	}
	m := blas64.General{Rows: d, Cols: d, Stride: d, Data: a}
	c := upper(factor, d)
	blas64.Trsm(blas.Left, blas.Trans, 1, c, m)
	blas64.Trsm(blas.Right, blas.NoTrans, 1, c, m)
	symmetrize(a, d)
}

// upper returns the d×d upper triangular matrix of data.
func upper(data []float64, d int) blas64.Triangular {
	return blas64.Triangular{N: d, Stride: d, Data: data, Uplo: blas.Upper, Diag: blas.NonUnit}
}

// covFactor is a Gaussian with a full covariance.
type covFactor interface {
	CovFactor(dst []float64) []float64
}

// shard evaluates its part of the pairs and adds up values and gradients.
func (e *SampleAverage) shard(dst []float64, shard, worker int) error {
	d, ev := e.d, &e.w.eval[worker]
	g1, g2, eps := ev.g[:d], ev.g[d:2*d], ev.g[2*d:3*d]
	lo, hi := e.w.span(shard)
	w := 1 / float64(2*e.k)
	for k := lo; k < hi; k++ {
		base := e.base[k*d : (k+1)*d]
		e.q.Transform(ev.z, base)
		f1, err := ev.gradient(g1, ev.z, 2*k)
		if err != nil {
			return err
		}
		for i, x := range base {
			eps[i] = -x
		}
		e.q.Transform(ev.z, eps)
		f2, err := ev.gradient(g2, ev.z, 2*k+1)
		if err != nil {
			return err
		}
		dst[0] += w * (f1 + f2)
		for i, x := range g1 {
			dst[1+i] += w * (x + g2[i])
			g1[i] = (x - g2[i]) / 2
		}
		e.q.Whiten(e.white[k*d:(k+1)*d], g1)
	}
	return nil
}
