package estimators

import (
	"context"
	"math"

	"natgrad/families"
	"natgrad/models"
)

// Quadrature is the natural gradient of a generalised linear model under a full
// or diagonal Gaussian, without noise. Under q(z) = N(m, V) the linear predictors
// are Gaussian, f_i = x_iᵀz ~ N(x_iᵀm, x_iᵀV x_i), so that only one-dimensional
// expectations are needed (Opper & Archambeau 2009):
//
//	∇_m E_q[log p] = Xᵀ E[ℓ′(f)] − δ (m − m₀)
//	∇_V E_q[log p] = ½ (Xᵀ diag(E[ℓ″(f)]) X − diag(δ))
//
// They are closed forms or sums over few nodes where the likelihood is a
// models.ExpectedLikelihood, accurate to about 1e-12. Other likelihoods are
// integrated numerically to 1e-10 or better, or the estimate is an
// *AccuracyError; their second derivative must be that of the first, without
// kinks.
type Quadrature struct {
	// Summer adds over shards of rows; nil: Goroutines, as many as GOMAXPROCS.
	Summer Summer

	w      workers
	kind   gaussKind
	glms   []*models.GLM // one for each worker
	rows   []rowScratch  // one for each worker
	n, d   int
	chunks int // of rowChunk rows
	shards int
	loc    []float64
	c, cov []float64 // cov: variances under a diagonal Gaussian
	sum    []float64 // E[log lik] and its gradients in m and V
}

// rowChunk is the number of rows that are gone through at once.
const rowChunk = 256

// rowScratch is the memory of one goroutine.
type rowScratch struct {
	work *models.Work
	m, v []float64 // of the linear predictors
	exp  expectation
}

// covFactorer is a Gaussian with a factor of its covariance.
type covFactorer interface {
	families.Gaussian
	// CovFactor stores the upper triangular C with C Cᵀ = V.
	CovFactor(dst []float64) []float64
}

// Deterministic implements Estimator.
func (e *Quadrature) Deterministic() bool { return true }

// Init implements Estimator. It needs a *models.GLM and a full or diagonal
// Gaussian family.
func (e *Quadrature) Init(m models.Model, f families.Family) error {
	ms, err := e.fork(m)
	if err != nil {
		return err
	}
	return e.bind(ms, f)
}

func (e *Quadrature) fork(m models.Model) ([]models.Model, error) {
	if _, ok := m.(*models.GLM); !ok {
		return nil, needGLM(m)
	}
	return e.w.forkAll("Quadrature", m, e.Summer)
}

func needGLM(m models.Model) error {
	return &CapabilityError{Estimator: "Quadrature", Needs: "a generalised linear model (*models.GLM)", Got: typeName(m), Advice: "use Price"}
}

func (e *Quadrature) bind(ms []models.Model, f families.Family) error {
	e.w.fam = nil
	if !e.kind.ask(f) {
		return &CapabilityError{Estimator: "Quadrature", Needs: "a full or diagonal Gaussian family", Got: f.String(), Advice: "use Pathwise or Score"}
	}
	if len(e.rows) != len(ms) {
		e.rows, e.glms = make([]rowScratch, len(ms)), make([]*models.GLM, len(ms))
	}
	d := f.Dim()
	for i, m := range ms {
		g, ok := m.(*models.GLM)
		switch {
		case !ok:
			return needGLM(m)
		case g.Dim() != d:
			panic(badDim)
		}
		r := &e.rows[i]
		if e.d != d || g != e.glms[i] {
			r.work = g.X.NewWork(rowChunk)
		}
		r.m, r.v = resize(r.m, rowChunk), resize(r.v, rowChunk)
		r.exp.bind(g.Likelihood)
		e.glms[i] = g
	}
	e.w.fam = f
	e.n, e.d = e.glms[0].NumData(), d
	e.loc = resize(e.loc, d)
	size := d
	if e.kind.full {
		size = d * d
		e.c = resize(e.c, size)
	}
	e.cov = resize(e.cov, size)
	e.sum = resize(e.sum, 1+d+size)
	e.chunks = (e.n + rowChunk - 1) / rowChunk
	e.shards = rowShards(e.chunks, d, len(e.sum))
	if e.w.f == nil {
		e.w.f = e.shard
	}
	return nil
}

// rowShards returns the number of shards for chunks of rows with d columns, where
// a shard adds to size values. A function of the sizes alone, or the bits would
// depend on more.
func rowShards(chunks, d, size int) int {
	const (
		entries = 1 << 16 // of the matrix in a shard, at least, to be worth a goroutine
		memory  = 1 << 24 // values in all shards, at most
	)
	n := min(maxShards, chunks, chunks*rowChunk*d/entries, memory/size)
	return max(n, 1)
}

// Estimate implements Estimator.
func (e *Quadrature) Estimate(ctx context.Context, dst families.Natural, q families.Distribution, _ Stream) (Stats, error) {
	e.w.check(dst, q)
	g := q.(families.Gaussian)
	g.Loc(e.loc)
	if e.kind.full {
		q.(covFactorer).CovFactor(e.c)
	}
	g.Cov(e.cov)
	clear(e.sum)
	if err := e.w.summer.Sum(ctx, e.sum, e.shards, e.w.f); err != nil {
		return Stats{}, err
	}
	gm, gV := e.sum[1:1+e.d], e.sum[1+e.d:]
	elbo := e.glms[0].Scale()*e.sum[0] + e.prior(gm, gV)
	for i := range gV {
		gV[i] /= 2
	}
	g.NaturalGrad(dst, gm, gV)
	return Stats{ELogJoint: elbo, GradEvals: 1, HessEvals: 1}, nil
}

// prior completes the sums over the rows: it makes the matrix symmetric, adds the
// gradient of the prior and, to gV, its Hessian. It returns E[log p(z)].
func (e *Quadrature) prior(gm, gV []float64) float64 {
	const log2Pi = 1.8378770664093454836
	g, d := e.glms[0], e.d
	step := 1
	if e.kind.full {
		step = d + 1
	}
	var lp float64
	for j, δ := range g.PriorPrecision {
		r := e.loc[j]
		if g.PriorMean != nil {
			r -= g.PriorMean[j]
		}
		lp += 0.5 * (math.Log(δ) - log2Pi - δ*(r*r+e.cov[j*step]))
		gm[j] -= δ * r
		gV[j*step] -= δ
	}
	if e.kind.full {
		for i := range d {
			for j := range i {
				gV[i*d+j] = gV[j*d+i]
			}
		}
	}
	return lp
}

// shard goes through its chunks of rows.
func (e *Quadrature) shard(dst []float64, shard, worker int) error {
	for chunk := shard * e.chunks / e.shards; chunk < (shard+1)*e.chunks/e.shards; chunk++ {
		lo := chunk * rowChunk
		if err := e.chunk(dst, lo, min(lo+rowChunk, e.n), worker); err != nil {
			return err
		}
	}
	return nil
}

// chunk adds the rows [lo, hi).
func (e *Quadrature) chunk(dst []float64, lo, hi, worker int) error {
	g, r := e.glms[worker], &e.rows[worker]
	m, v := r.m[:hi-lo], r.v[:hi-lo]
	g.X.MulVec(m, e.loc, lo, hi)
	if e.kind.full {
		g.X.QuadForm(v, e.c, e.cov, lo, hi, r.work)
	} else {
		g.X.MulVecSq(v, e.cov, lo, hi, r.work)
	}
	scale := g.Scale()
	for i, y := range g.Y[lo:hi] {
		// Rounding may leave a variance that should be 0 below it.
		ell, d1, d2, err := r.exp.at(y, m[i], max(v[i], 0))
		if s := ell + d1 + d2; s-s != 0 {
			err = &NonFiniteError{What: "expected log-likelihood", Value: firstBad(ell, d1, d2), Draw: -1}
		}
		if err != nil {
			return atRow(err, lo+i)
		}
		dst[0] += ell
		m[i], v[i] = scale*d1, scale*d2
	}
	g.X.AddMulVecTrans(dst[1:1+e.d], m, lo, hi)
	if e.kind.full {
		g.X.AddGram(dst[1+e.d:], v, lo, hi, r.work)
	} else {
		g.X.AddMulVecSqTrans(dst[1+e.d:], v, lo, hi, r.work)
	}
	return nil
}

// firstBad returns the first value that is not finite, or their sum, which then
// overflows.
func firstBad(x ...float64) float64 {
	s := 0.0
	for _, v := range x {
		if !finite(v) {
			return v
		}
		s += v
	}
	return s
}

// atRow names the data row in an error of an expectation.
func atRow(err error, row int) error {
	switch err := err.(type) {
	case *NonFiniteError:
		err.Index = row
	case *AccuracyError:
		err.Row = row
	}
	return err
}

var _ sharded = (*Quadrature)(nil)

// gaussKind tells full from diagonal Gaussian families. It remembers its last
// answer, since asking makes a member.
type gaussKind struct {
	f        families.Family
	ok, full bool
}

func (k *gaussKind) ask(f families.Family) (ok bool) {
	if k.f != nil && sameFamily(k.f, f) {
		return k.ok
	}
	k.f, k.full = f, false
	g, isGauss := f.New().(families.Gaussian)
	k.ok = isGauss && g.CovLen() == f.Dim()
	if isGauss && !k.ok {
		_, k.full = g.(covFactorer)
		k.ok = k.full && g.CovLen() == f.Dim()*f.Dim()
	}
	return k.ok
}
