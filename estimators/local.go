package estimators

import (
	"context"

	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/families"
	"natgrad/models"
)

// localShard is the number of rows of a shard, as far as there are not more than
// maxLocalShards of them. It must not depend on the number of workers.
const (
	localShard     = 512
	maxLocalShards = 64
)

// Local is the exact natural gradient of a model that is conjugate given latent
// variables of its rows, which are optimised for every estimate:
//
//	∇_μ g = η₀ + Σ_i E[t(y_i, local_i)]
//
// Stats.ELogJoint is g(μ), which contains the entropy of the local variables. A
// natural-gradient step of size 1 is variational Bayes EM, and with Minibatch around
// it stochastic variational inference (Hoffman et al. 2013, JMLR 14, 1303).
type Local struct {
	// Summer runs the shards of rows. nil: Goroutines, or one goroutine if the model
	// is not a models.Forker.
	Summer Summer

	w     workers
	local []models.LocalConjugate
	ready []uint64 // estimate for which a worker's model knows the expectations
	now   uint64
	rows  int
	λ     families.Natural
	mean  families.Mean
	sum   []float64 // value, then E t
	parts []float64 // of partInto
	fam   families.Family
	name  string // of fam
	stats hasStats
}

// Deterministic implements Estimator.
func (e *Local) Deterministic() bool { return true }

// Init implements Estimator. It needs a model that is models.LocalConjugate to the
// family.
func (e *Local) Init(m models.Model, f families.Family) error {
	ms, err := e.fork(m)
	if err != nil {
		return err
	}
	return e.bind(ms, f)
}

func (e *Local) fork(m models.Model) ([]models.Model, error) {
	return e.w.forkAll("Local", m, e.Summer)
}

func (e *Local) bind(ms []models.Model, f families.Family) error {
	need := func(got string) error {
		return &CapabilityError{
			Estimator: "Local",
			Needs:     "a model conjugate to " + f.String() + " given latent variables of its rows (models.LocalConjugate)",
			Got:       got,
			Advice:    "use Exact, Pathwise or Score",
		}
	}
	e.local = e.local[:0]
	for _, m := range ms {
		l, ok := m.(models.LocalConjugate)
		if !ok {
			return need(typeName(m))
		}
		e.local = append(e.local, l)
	}
	if e.fam == nil || !sameFamily(e.fam, f) {
		e.fam, e.name = f, f.String()
	}
	if e.local[0].Family() != e.name {
		return need(typeName(ms[0]) + ", which is not")
	}
	if !e.stats.ask(f) {
		return needStats("Local", f)
	}
	e.w.bindAll(ms, f)
	if len(e.ready) != len(ms) {
		e.ready = make([]uint64, len(ms))
	}
	clear(e.ready)
	e.now = 0
	e.rows = e.local[0].NumData()
	e.λ, e.mean = resize(e.λ, f.NumParams()), resize(e.mean, f.NumParams())
	e.sum = resize(e.sum, 1+f.NumParams())
	if e.w.f == nil {
		e.w.f = e.shard
	}
	return nil
}

// Estimate implements Estimator. It counts as one gradient.
func (e *Local) Estimate(ctx context.Context, dst families.Natural, q families.Distribution, _ Stream) (Stats, error) {
	e.w.check(dst, q)
	q.Natural(e.λ)
	q.Mean(e.mean)
	e.now++
	clear(e.sum)
	shards := min(max(1, (e.rows+localShard-1)/localShard), maxLocalShards)
	if e.parts != nil { // a part is of one shard
		shards = min(shards, len(e.parts))
	}
	e.w.units = shards
	if err := e.w.summer.Sum(ctx, e.sum, shards, e.w.f); err != nil {
		return Stats{}, err
	}
	c := e.local[0].GlobalNatural(dst)
	value := c + blas64.Dot(vec(dst), vec(e.mean)) + e.sum[0]
	for i, t := range e.sum[1:] {
		dst[i] += t
	}
	if !finite(value) {
		return Stats{}, nonFinite("expected log-joint", value, -1, -1, nil)
	}
	for i, x := range dst {
		if !finite(x) {
			return Stats{}, nonFinite("natural parameter", x, i, -1, nil)
		}
	}
	return Stats{ELogJoint: value, GradEvals: 1}, nil
}

// partInto implements parter.
func (e *Local) partInto(dst []float64) { e.parts = dst }

// shard adds up its rows.
func (e *Local) shard(dst []float64, shard, worker int) error {
	m := e.local[worker]
	if e.ready[worker] != e.now {
		if !m.Expect(e.λ, e.mean) {
			return nonFinite("mean parameter", e.mean[0], -1, -1, nil)
		}
		e.ready[worker] = e.now
	}
	first, last := shard, shard+1
	n := e.w.units
	if e.parts != nil {
		n = len(e.parts)
		first, last = shard*n/e.w.units, (shard+1)*n/e.w.units
	}
	for part := first; part < last; part++ {
		lo, hi := part*e.rows/n, (part+1)*e.rows/n
		v := m.AddLocal(dst[1:], lo, hi)
		if !finite(v) {
			return explained(m, nonFinite("expected log-joint", v, -1, -1, nil))
		}
		if e.parts != nil {
			e.parts[part] = v * float64(e.rows) / float64(hi-lo)
		}
		dst[0] += v
	}
	return nil
}
