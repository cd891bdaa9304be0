package families

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// FisherMulVec stores, for v = (x, y),
//
//	(V u, 2 m V u + 2 (V∘V) y),   u = x + 2 m y
func (q *GaussianSitesDist) FisherMulVec(dst Mean, v Natural) Mean {
	n := q.f.n
	dst = meanOf(dst, 2*n)
	mustLen(len(v), 2*n, badNaturalLength)
	s, m := q.cov(), q.at.m
	for i := range n {
		q.u[i] = v[i] + 2*m[i]*v[n+i]
	}
	// In the factors, as positive semidefinite as it should be.
	t := q.f.general(q.at.t)
	blas64.Gemv(blas.Trans, 1, t, vec(q.u), 0, vec(q.x))
	blas64.Gemv(blas.NoTrans, 1, t, vec(q.x), 0, vec(dst[:n]))
	y := v[n:]
	for i := range n {
		var sum float64
		for j, c := range s[i*n : (i+1)*n] {
			sum += c * c * y[j]
		}
		dst[n+i] = 2 * (m[i]*dst[i] + sum)
	}
	return dst
}

// FisherSolve inverts FisherMulVec: for g = (g₁, g₂)
//
//	y = ½ (V∘V)⁻¹ (g₂ − 2 m g₁),   x = V⁻¹ g₁ − 2 m y
//
// Where V or V∘V is singular to rounding, as it is if K is, statistics are linearly
// dependent, and many λ-vectors have the same product with F: one of them is found.
func (q *GaussianSitesDist) FisherSolve(dst Natural, g Mean) Natural {
	n := q.f.n
	dst = naturalOf(dst, 2*n)
	mustLen(len(g), 2*n, badMeanLength)
	w := q.factors()
	m := q.at.m
	for i := range n {
		q.u[i] = 0.5*g[n+i] - m[i]*g[i]
	}
	w.squares.solve(dst[n:], q.u)
	w.values.solve(dst[:n], g[:n])
	for i := range n {
		dst[i] -= 2 * m[i] * dst[n+i]
	}
	return dst
}

// sitesSolver has factors of V and V∘V.
type sitesSolver struct {
	values, squares semidefinite
	ready           bool
}

func (q *GaussianSitesDist) factors() *sitesSolver {
	if q.solver == nil {
		q.solver = new(sitesSolver)
		q.solver.values.init(q.f.n)
		q.solver.squares.init(q.f.n)
	}
	if w := q.solver; !w.ready {
		copy(w.values.u, q.cov())
		for i, v := range q.s {
			w.squares.u[i] = v * v
		}
		w.values.factor()
		w.squares.factor()
		w.ready = true
	}
	return q.solver
}

// semidefinite is a Cholesky factorisation with pivots.
type semidefinite struct {
	n, rank int
	u       []float64 // the matrix, then its factor
	order   []int
	x, work []float64
}

func (c *semidefinite) init(n int) {
	*c = semidefinite{n: n, u: make([]float64, n*n), order: make([]int, n), x: make([]float64, n), work: make([]float64, 2*n)}
}

func (c *semidefinite) factor() {
	_, c.rank, _ = lapack64.Pstrf(blas64.Symmetric{N: c.n, Stride: c.n, Uplo: blas.Upper, Data: c.u}, c.order, -1, c.work)
}

// solve stores in dst an x with A x = b, with zeros beyond the rank.
func (c *semidefinite) solve(dst, b []float64) {
	t := blas64.Triangular{N: c.rank, Stride: c.n, Uplo: blas.Upper, Diag: blas.NonUnit, Data: c.u}
	x := c.x[:c.rank]
	for k := range x {
		x[k] = b[c.order[k]]
	}
	if c.rank > 0 {
		blas64.Trsv(blas.Trans, t, vec(x))
		blas64.Trsv(blas.NoTrans, t, vec(x))
	}
	clear(dst)
	for k, v := range x {
		dst[c.order[k]] = v
	}
}
