package estimators

import (
	"context"
	"math"

	"natgrad/families"
	"natgrad/models"
)

// Minibatch applies an estimator to a batch of data rows whose likelihood counts
// N/B times, N being the number of rows and B that of the batch: an unbiased
// estimate for all rows at B/N of the cost. The factor is applied here and
// nowhere else.
//
// Batches are consecutive slices of a pseudorandom permutation of the rows that is
// another in every epoch of ⌊N/B⌋ iterations, so that no row is used twice in
// an epoch. They follow from the Stream alone: the batch of an iteration does
// not depend on which iterations were asked for before. The memory is that of a
// batch, whatever N.
//
// StdErr has both parts: that of the estimator, and that of the choice of rows.
// The latter is found from up to 16 parts of the batch: for Local from their values,
// at no cost; for others from their log-joints at one point of q, which takes one more
// evaluation of the batch, counted as one of ModelEvals.
type Minibatch struct {
	Estimator Estimator // of the natural gradient for a batch; nil: Stein
	Size      int       // rows in a batch; 0: 128. At least N rows: all rows, in order

	inner  Estimator
	model  models.Model  // all rows
	data   []models.Data // one for each worker
	batch  []models.Model
	fam    families.Family
	n, b   int
	idx    []int // the batch
	perm   permutation
	epoch  Stream // of perm
	drawn  bool
	rng    *Rng
	z      []float64
	groups []float64
}

// Sub-streams of Minibatch, far from those of the estimators.
const (
	subPermutation = 1 << 63
	subPoint       = 1<<63 + 1
)

const maxGroups = 16

// Deterministic implements Estimator.
func (e *Minibatch) Deterministic() bool {
	return e.inner != nil && e.b >= e.n && e.inner.Deterministic()
}

// Init implements Estimator. It needs a models.Data whose batches the inner
// estimator can use.
func (e *Minibatch) Init(m models.Model, f families.Family) error {
	if m.Dim() != f.Dim() {
		panic(badDim)
	}
	d, ok := m.(models.Data)
	if !ok {
		return &CapabilityError{
			Estimator: "Minibatch",
			Needs:     "a model of data rows (models.Data)",
			Got:       typeName(m),
			Advice:    "use the estimator without Minibatch",
		}
	}
	e.inner = e.Estimator
	if e.inner == nil {
		e.inner = new(Stein)
	}
	e.n, e.b = d.NumData(), e.Size
	if e.b <= 0 {
		e.b = 128
	}
	e.b = min(e.b, e.n)
	e.fam, e.model = f, m
	if e.b == e.n {
		return e.inner.Init(m, f)
	}
	e.data = e.data[:0]
	if s, ok := e.inner.(sharded); ok {
		ms, err := s.fork(m)
		if err != nil {
			return err
		}
		for _, m := range ms {
			if d, ok := m.(models.Data); ok {
				e.data = append(e.data, d)
			}
		}
		if len(e.data) < len(ms) {
			return &CapabilityError{
				Estimator: "Minibatch",
				Needs:     "a model whose forks have data rows (models.Data)",
				Got:       typeName(ms[len(ms)-1]),
				Advice:    "use a Summer with one worker",
			}
		}
	} else {
		e.data = append(e.data, d)
	}
	if len(e.batch) != len(e.data) {
		e.batch = make([]models.Model, len(e.data))
	}
	e.drawn = e.drawn && e.perm.n == uint64(e.n)
	if len(e.idx) != e.b {
		e.idx = make([]int, e.b)
	}
	e.z = resize(e.z, f.Dim())
	if e.rng == nil {
		e.rng = NewRng()
	}
	return e.bind(e.rows(Stream{}))
}

// Estimate implements Estimator.
func (e *Minibatch) Estimate(ctx context.Context, dst families.Natural, q families.Distribution, at Stream) (Stats, error) {
	w := workers{fam: e.fam}
	w.check(dst, q)
	if e.b == e.n {
		return e.inner.Estimate(ctx, dst, q, at)
	}
	rows := e.rows(at)
	parted, ok := e.inner.(parter)
	if ok {
		e.groups = resize(e.groups, min(len(rows), maxGroups))
		parted.partInto(e.groups)
		defer parted.partInto(nil)
	} else if err := e.choice(q, at, rows); err != nil {
		return Stats{}, err
	}
	if err := e.bind(rows); err != nil {
		return Stats{}, err
	}
	s, err := e.inner.Estimate(ctx, dst, q, at)
	if err != nil {
		return Stats{}, err
	}
	s.StdErr = math.Hypot(s.StdErr, e.spread())
	if !ok {
		s.ModelEvals++
	}
	return s, nil
}

// parter is an estimator that can tell what parts of the rows contribute to
// Stats.ELogJoint.
type parter interface {
	// partInto makes the estimates that follow store, for each of len(dst) parts of the
	// rows in order, whose numbers of rows differ by one at most, what they would contribute
	// if all rows were like those. nil ends it.
	partInto(dst []float64)
}

// EstimateWhole implements Whole: it is the estimate of the inner estimator for
// all rows.
func (e *Minibatch) EstimateWhole(ctx context.Context, dst families.Natural, q families.Distribution, at Stream) (Stats, error) {
	w := workers{fam: e.fam}
	w.check(dst, q)
	// The next Estimate binds a batch again.
	if err := e.inner.Init(e.model, e.fam); err != nil {
		return Stats{}, err
	}
	return e.inner.Estimate(ctx, dst, q, at)
}

// bind gives the inner estimator the batch of rows.
func (e *Minibatch) bind(rows []int) error {
	scale := float64(e.n) / float64(len(rows))
	for i, d := range e.data {
		e.batch[i] = d.Batch(rows, scale)
	}
	if s, ok := e.inner.(sharded); ok {
		return s.bind(e.batch, e.fam)
	}
	return e.inner.Init(e.batch[0], e.fam)
}

// rows returns the batch of an iteration.
func (e *Minibatch) rows(at Stream) []int {
	perEpoch := uint64(e.n / e.b)
	epoch := Stream{Seed: at.Seed, Iter: at.Iter / perEpoch}
	if !e.drawn || epoch != e.epoch {
		e.draw(epoch)
	}
	first := int(at.Iter%perEpoch) * e.b
	for i := range e.idx {
		e.idx[i] = e.perm.at(first + i)
	}
	return e.idx
}

// draw makes the permutation of an epoch.
func (e *Minibatch) draw(epoch Stream) {
	e.rng.Seek(epoch, subPermutation)
	e.perm.init(e.n, e.rng)
	e.epoch, e.drawn = epoch, true
}

// choice stores the log-joints of parts of the batch, of equal size, at one draw of q in
// groups; as many rows as are left over are left out.
func (e *Minibatch) choice(q families.Distribution, at Stream, rows []int) error {
	e.groups = resize(e.groups, min(len(rows), maxGroups))
	if len(rows) < 2 {
		return nil
	}
	e.rng.Seek(at, subPoint)
	q.Rand(e.z, e.rng.Rand)
	size := len(rows) / len(e.groups)
	for i := range e.groups {
		m := e.data[0].Batch(rows[i*size:(i+1)*size], float64(e.n)/float64(size))
		lp := m.LogJoint(e.z)
		if !finite(lp) {
			return explained(m, nonFinite("log-joint", lp, -1, -1, e.z))
		}
		e.groups[i] = lp
	}
	return nil
}

// spread returns the standard error of ELogJoint due to the choice of rows: that of
// the mean of the parts. The last factor is for rows drawn without replacement.
func (e *Minibatch) spread() float64 {
	if len(e.groups) < 2 {
		return math.Inf(1)
	}
	_, se := meanStdErr(e.groups)
	return se * math.Sqrt(1-float64(e.b)/float64(e.n))
}
