package estimators

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/families"
)

// mixtureAverage is SampleAverage for mixtures of Gaussians. With z_ck = m_c + C_c ε_k,
// f = log p − log q and the density ratios δ_c = N_c/q, the average
//
//	L = Σ_b π_b 1/K Σ_k f(z_bk)
//
// depends on component c by its own draws, which f sees from outside, and by q within
// f at all draws. With means over the own draws of c, E_q for the sum over all draws
// with weights π_b/K, and u = C_c⁻¹(z − m_c) for any z,
//
//	∂L/∂π_c       = mean f − E_q[δ_c]
//	1/π_c ∇_{m_c} = mean ∇f − C_c⁻ᵀ E_q[δ_c u]
//	1/π_c ∇_{V_c} = ½ C_c⁻ᵀ (M − E_q[δ_c (uuᵀ − I)]) C_c⁻¹
//
// where M is the upper triangle of the mean of C_cᵀ∇f εᵀ, mirrored. What is subtracted
// has the expectations 1, 0 and 0, and keeps the gradient that of L.
type mixtureAverage struct {
	e                   *SampleAverage
	d, k                int // dimension, and components
	q                   *families.GaussMixtureDist
	weights, logWeights []float64
	top                 []float64 // log N_c(m_c)
	nat                 families.Natural
	factors             []float64 // k matrices C_c
	sum                 []float64 // k blocks
	scratch             []mixtureScratch
	f                   func(dst []float64, shard, worker int) error
}

// mixtureScratch is that of a goroutine.
type mixtureScratch struct {
	u    []float64 // k×d: C_c⁻¹(z − m_c)
	logs []float64 // k: log N_c(z)
	x    []float64 // d
}

// A block of sum holds the sums for one component.
const (
	blockF = 0 // mean f
	blockD = 1 // E_q[δ]
	blockG = 2 // mean ∇f, then E_q[δ u], mean Cᵀ∇f εᵀ and E_q[δ uuᵀ], of these two the upper triangles
)

func blockLen(d int) int { return blockG + 2*d + 2*d*d }

// block is such a block, taken apart.
type block struct{ g, u, a, uu []float64 }

func blockOf(b []float64, d int) block {
	b = b[blockG:]
	return block{b[:d], b[d : 2*d], b[2*d : 2*d+d*d], b[2*d+d*d : 2*d+2*d*d]}
}

// bind prepares for the family and the models that e was bound to.
func (m *mixtureAverage) bind(e *SampleAverage) {
	m.e, m.d = e, e.d
	m.k = (e.w.fam.NumParams() + 1) / (1 + m.d + m.d*m.d)
	m.weights, m.logWeights, m.top = resize(m.weights, m.k), resize(m.logWeights, m.k), resize(m.top, m.k)
	m.nat = resize(m.nat, m.d+m.d*m.d)
	m.factors = resize(m.factors, m.k*m.d*m.d)
	m.sum = resize(m.sum, m.k*blockLen(m.d))
	if len(m.scratch) != len(e.w.eval) {
		m.scratch = make([]mixtureScratch, len(e.w.eval))
	}
	for i := range m.scratch {
		s := &m.scratch[i]
		s.u, s.logs, s.x = resize(s.u, m.k*m.d), resize(s.logs, m.k), resize(s.x, m.d)
		e.w.eval[i].g = resize(e.w.eval[i].g, 3*m.d)
	}
	if m.f == nil {
		m.f = m.shard
	}
	e.w.f = m.f
}

func (m *mixtureAverage) estimate(ctx context.Context, dst families.Natural, q *families.GaussMixtureDist) (Stats, error) {
	d, k, w := m.d, m.k, &m.e.w
	m.q = q
	q.Weights(m.weights)
	for c := range k {
		g := q.Component(c)
		m.logWeights[c] = math.Log(m.weights[c])
		m.top[c] = float64(d)/2 - g.Entropy()
		g.CovFactor(m.factors[c*d*d : (c+1)*d*d])
	}
	clear(m.sum)
	if err := w.summer.Sum(ctx, m.sum, w.shards(k*m.e.k), w.f); err != nil {
		return Stats{}, err
	}
	q.Natural(dst)
	var elbo float64
	n := blockLen(d)
	last := m.sum[(k-1)*n:]
	for c, π := range m.weights {
		b := m.sum[c*n : (c+1)*n]
		elbo += π * b[blockF]
		if c < k-1 {
			dst[c] += b[blockF] - b[blockD] - (last[blockF] - last[blockD])
		}
		m.component(dst[k-1+c*(d+d*d):][:d+d*d], c, b)
	}
	return Stats{ELogJoint: elbo - q.Entropy(), GradEvals: 2 * k * m.e.k}, nil
}

// component adds the natural gradient of component c to its part of λ.
func (m *mixtureAverage) component(dst families.Natural, c int, sums []float64) {
	d := m.d
	b := blockOf(sums, d)
	factor := m.factors[c*d*d : (c+1)*d*d]
	blas64.Trsv(blas.Trans, upper(factor, d), vec(b.u))
	blas64.Axpy(-1, vec(b.u), vec(b.g))
	for i, x := range b.uu {
		b.a[i] = 0.5 * (b.a[i] - x)
	}
	for i := range d {
		b.a[i*d+i] += 0.5 * sums[blockD]
	}
	unwhiten(b.a, factor, d)
	m.q.Component(c).NaturalGrad(m.nat, b.g, b.a)
	blas64.Axpy(1, vec(m.nat), vec(dst))
}

// shard evaluates its part of the pairs, those of one component after those of another.
func (m *mixtureAverage) shard(dst []float64, shard, worker int) error {
	d, pairs := m.d, m.e.k
	ev, s := &m.e.w.eval[worker], &m.scratch[worker]
	g, eps := ev.g[:d], ev.g[d:2*d]
	n := blockLen(d)
	lo, hi := m.e.w.span(shard)
	for unit := lo; unit < hi; unit++ {
		c := unit / pairs
		base := m.e.base[unit%pairs*d:][:d]
		own := dst[c*n : (c+1)*n]
		b := blockOf(own, d)
		for half, sign := range [2]float64{1, -1} {
			for i, x := range base {
				eps[i] = sign * x
			}
			m.q.Component(c).Transform(ev.z, eps)
			f, err := ev.gradient(g, ev.z, 2*unit+half)
			if err != nil {
				return err
			}
			w := 1 / float64(2*pairs)
			own[blockF] += w * (f - m.density(dst, g, ev.z, m.weights[c]*w, s))
			blas64.Axpy(w, vec(g), vec(b.g))
			m.q.Component(c).Whiten(g, g)
			blas64.Ger(w, vec(g), vec(eps), blas64.General{Rows: d, Cols: d, Stride: d, Data: b.a})
		}
	}
	return nil
}

// density returns log q(z), subtracts ∇log q(z) from g, and adds δ, δu and δuuᵀ times w
// to the blocks of all components.
func (m *mixtureAverage) density(dst, g, z []float64, w float64, s *mixtureScratch) float64 {
	d, n := m.d, blockLen(m.d)
	most := math.Inf(-1)
	for c := range s.logs {
		u := s.u[c*d : (c+1)*d]
		m.q.Component(c).Untransform(u, z)
		s.logs[c] = m.top[c] - 0.5*blas64.Dot(vec(u), vec(u))
		most = math.Max(most, m.logWeights[c]+s.logs[c])
	}
	var sum float64
	for c, l := range s.logs {
		sum += math.Exp(m.logWeights[c] + l - most)
	}
	logQ := most + math.Log(sum)
	for c, l := range s.logs {
		u := s.u[c*d : (c+1)*d]
		δ := math.Exp(l - logQ)
		b := blockOf(dst[c*n:(c+1)*n], d)
		dst[c*n+blockD] += w * δ
		blas64.Axpy(w*δ, vec(u), vec(b.u))
		blas64.Syr(w*δ, vec(u), blas64.Symmetric{N: d, Stride: d, Data: b.uu, Uplo: blas.Upper})
		// ∇log q = −Σ π_c δ_c C_c⁻ᵀ u_c.
		copy(s.x, u)
		blas64.Trsv(blas.Trans, upper(m.factors[c*d*d:(c+1)*d*d], d), vec(s.x))
		blas64.Axpy(m.weights[c]*δ, vec(s.x), vec(g))
	}
	return logQ
}
