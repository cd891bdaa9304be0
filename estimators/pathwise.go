package estimators

import (
	"context"
	"math"

	"natgrad/families"
	"natgrad/models"
)

// Pathwise estimates natural gradients of every family whose draws are
// differentiable in λ, from gradients of the model:
//
//	∇_μ E f = F⁻¹ ∇_λ E f = F⁻¹ E[(∂z/∂λ)ᵀ ∇f(z)]
//
// by explicit or implicit reparameterisation (Figurnov, Mohamed & Mnih 2018,
// arXiv:1805.08498). The entropy is not part of f, so nothing is subtracted for
// it.
//
// For the Gaussian families the same is done on the draws of Stein, with the
// derivative in the covariance made symmetric: the antisymmetric part that a
// triangular root adds is pure noise. The two estimators are then one.
type Pathwise struct {
	// Draws is the number of gradients of an estimate. 0: for Gaussians as in
	// Stein, else 64. For Gaussians it is rounded as in Stein.
	Draws int
	// Summer runs the draws. nil: Goroutines, or one goroutine if the model is
	// not a models.Forker.
	Summer Summer

	stein   Stein
	gauss   isGaussian
	isGauss bool

	w       workers
	n       int
	numAux  int
	rng     *Rng
	z       []float64 // n×d draws
	aux     []float64 // n×NumAux
	grad    []float64 // n×d
	value   []float64 // n
	path    families.Mean
	control leaveOneOut
}

// Deterministic implements Estimator.
func (e *Pathwise) Deterministic() bool { return false }

// Init implements Estimator. It needs a model with gradients and a family with
// families.Pathwise.
func (e *Pathwise) Init(m models.Model, f families.Family) error {
	ms, err := e.fork(m)
	if err != nil {
		return err
	}
	return e.bind(ms, f)
}

func (e *Pathwise) fork(m models.Model) ([]models.Model, error) {
	return e.w.forkAll("Pathwise", m, e.Summer)
}

func (e *Pathwise) bind(ms []models.Model, f families.Family) error {
	if e.Draws < 0 {
		panic(badDraws)
	}
	e.isGauss = e.gauss.ask(f)
	if e.isGauss {
		e.stein.name, e.stein.Draws = "Pathwise", e.Draws
		e.stein.w.summer = e.w.summer
		return e.stein.bind(ms, f)
	}
	if _, ok := ms[0].(models.Gradienter); !ok {
		return needGradient("Pathwise", ms[0])
	}
	if e.w.fam == nil || !sameFamily(e.w.fam, f) {
		p, ok := f.New().(families.Pathwise)
		if !ok {
			return &CapabilityError{
				Estimator: "Pathwise",
				Needs:     "a family with differentiable draws (families.Pathwise)",
				Got:       f.String(),
				Advice:    "use Score",
			}
		}
		e.numAux = p.NumAux()
	}
	e.w.bindAll(ms, f)
	d := f.Dim()
	e.n = e.Draws
	if e.n == 0 {
		e.n = 64
	}
	e.n = max(2, e.n)
	e.aux = resize(e.aux, e.n*e.numAux)
	e.z = resize(e.z, e.n*d)
	e.grad = resize(e.grad, e.n*d)
	e.value = resize(e.value, e.n)
	if len(e.path) != f.NumParams() {
		e.path = make(families.Mean, f.NumParams())
	}
	if e.rng == nil {
		e.rng = NewRng()
		e.w.f = e.shard
	}
	return nil
}

// Estimate implements Estimator.
func (e *Pathwise) Estimate(ctx context.Context, dst families.Natural, q families.Distribution, at Stream) (Stats, error) {
	if e.isGauss {
		return e.stein.Estimate(ctx, dst, q, at)
	}
	e.w.check(dst, q)
	p := q.(families.Pathwise)
	d, n, na := e.w.fam.Dim(), e.n, e.numAux
	for i := range n {
		e.rng.Seek(at, uint64(i))
		p.RandPath(e.z[i*d:(i+1)*d], e.aux[i*na:(i+1)*na], e.rng.Rand)
	}
	if err := e.w.summer.Sum(ctx, nil, e.w.shards(n), e.w.f); err != nil {
		return Stats{}, err
	}
	clear(e.path)
	for i := range n {
		p.AddPathGrad(e.path, 1/float64(n), e.z[i*d:(i+1)*d], e.aux[i*na:(i+1)*na], e.grad[i*d:(i+1)*d])
	}
	p.FisherSolve(dst, e.path)
	s := Stats{GradEvals: n}
	s.ELogJoint, s.StdErr = controlledByLogProb(&e.control, q, e.z, e.value)
	return s, nil
}

// shard evaluates the gradients of its part of the draws.
func (e *Pathwise) shard(_ []float64, shard, worker int) error {
	d := e.w.fam.Dim()
	lo, hi := e.w.span(shard)
	for i := lo; i < hi; i++ {
		v, err := e.w.eval[worker].gradient(e.grad[i*d:(i+1)*d], e.z[i*d:(i+1)*d], i)
		if err != nil {
			return err
		}
		e.value[i] = v
	}
	return nil
}

// controlledByLogProb returns the mean of the values of the log-joint at
// independent draws z of q, and its standard error, with log q as control
// variate if there are draws enough: its mean is minus the entropy.
func controlledByLogProb(r *leaveOneOut, q families.Distribution, z, value []float64) (mean, se float64) {
	n := len(value)
	d := len(z) / n
	r.resize(n, 2)
	copy(r.y, value)
	h, size := q.Entropy(), 0.0
	for i, y := range value {
		logq := q.LogProb(z[i*d : (i+1)*d])
		size = math.Max(size, math.Abs(y))
		r.x[2*i], r.x[2*i+1] = 1, logq+h
		if n < 8 || !finite(logq) {
			mean, se = meanStdErr(value)
			return mean, math.Hypot(se, roundoff(size))
		}
	}
	se = r.fit()
	return r.mean(), math.Hypot(se, roundoff(size))
}
