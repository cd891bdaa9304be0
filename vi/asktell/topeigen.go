package asktell

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// topEigen finds the leading eigenpairs of A = P Pᵀ, D×D, where P = [√b U, √w Gᵀ] is D×K, U is
// D×L and G has K − L rows of length D.
//
// They come from the smaller of two matrices. If PᵀP = Q diag(e) Qᵀ, column k of P Q is
// √e_k times the kth unit eigenvector of A, as a factor of A has it; if D < K they come
// from A itself. P is never held: blocks of its rows are.
type topEigen struct {
	p     []float64 // a block of P, transposed
	small []float64 // PᵀP or A, then its eigenvectors
	e     []float64
	work  []float64
	cols  []float64 // a block of columns of the result
}

// blockRows is the number of rows of P held at a time.
const blockRows = 256

// mix is P.
type mix struct {
	u    []float64 // D×L
	b, w float64
	g    []float64 // (K−L)×D
	d, l int
}

// block returns rows lo to hi of P, transposed.
func (t *topEigen) block(m *mix, lo, hi int) blas64.General {
	n, k := hi-lo, m.l+len(m.g)/m.d
	t.p = grown(t.p, k*min(blockRows, m.d))
	p, sb, sw := t.p[:k*n], math.Sqrt(m.b), math.Sqrt(m.w)
	for a := range m.l {
		for i := range n {
			p[a*n+i] = sb * m.u[(lo+i)*m.l+a]
		}
	}
	for r := m.l; r < k; r++ {
		col, row := p[r*n:(r+1)*n], m.g[(r-m.l)*m.d+lo:]
		for i := range col {
			col[i] = sw * row[i]
		}
	}
	return blas64.General{Rows: k, Cols: n, Stride: n, Data: p}
}

// factor stores in top, D×L, the factor of the best approximation of A of rank L, and in
// rest, length D, what is missing from the diagonal: max(0, diag(A − top topᵀ)). It
// reports false if A is not finite or its eigenvalues are not found.
func (t *topEigen) factor(top, rest []float64, m *mix) bool {
	k := m.l + len(m.g)/m.d
	n := min(k, m.d)
	t.small = grown(t.small, n*n)
	t.e = grown(t.e, n)
	t.work = grown(t.work, 40*n)
	clear(t.small)
	clear(rest)
	for lo := 0; lo < m.d; lo += blockRows {
		hi := min(lo+blockRows, m.d)
		p := t.block(m, lo, hi)
		for c := range k {
			for i, x := range p.Data[c*p.Stride:][:hi-lo] {
				rest[lo+i] += x * x
			}
		}
		if k <= m.d {
			blas64.Syrk(blas.NoTrans, 1, p, 1, blas64.Symmetric{N: n, Stride: n, Uplo: blas.Upper, Data: t.small})
		}
	}
	if k > m.d {
		t.dense(m)
	}
	if !finite(t.small) || !lapack64.Syev(lapack.EVCompute, blas64.Symmetric{N: n, Stride: n, Uplo: blas.Upper, Data: t.small}, t.e, t.work, len(t.work)) {
		return false
	}
	// Eigenvalues are ascending, eigenvectors the columns of small.
	kept := min(m.l, n)
	clear(top)
	if k > m.d {
		for a := range kept {
			c := n - 1 - a
			s := math.Sqrt(max(0, t.e[c]))
			for i := range m.d {
				top[i*m.l+a] = s * t.small[i*n+c]
			}
		}
	} else {
		t.project(top, m, kept)
	}
	for i := range rest {
		for _, x := range top[i*m.l : (i+1)*m.l] {
			rest[i] -= x * x
		}
		rest[i] = max(0, rest[i])
	}
	return true
}

// dense stores the upper triangle of A in small.
func (t *topEigen) dense(m *mix) {
	a := blas64.Symmetric{N: m.d, Stride: m.d, Uplo: blas.Upper, Data: t.small}
	if m.l > 0 {
		blas64.Syrk(blas.NoTrans, m.b, blas64.General{Rows: m.d, Cols: m.l, Stride: m.l, Data: m.u}, 0, a)
	}
	blas64.Syrk(blas.Trans, m.w, blas64.General{Rows: len(m.g) / m.d, Cols: m.d, Stride: m.d, Data: m.g}, 1, a)
}

// project stores P Q in top, for the last columns of Q.
func (t *topEigen) project(top []float64, m *mix, kept int) {
	n := len(t.e)
	t.cols = grown(t.cols, min(blockRows, m.d))
	for lo := 0; lo < m.d; lo += blockRows {
		hi := min(lo+blockRows, m.d)
		p, col := t.block(m, lo, hi), t.cols[:hi-lo]
		for a := range kept {
			blas64.Gemv(blas.Trans, 1, p, blas64.Vector{N: n, Inc: n, Data: t.small[n-1-a:]}, 0, vec(col))
			for i, x := range col {
				top[(lo+i)*m.l+a] = x
			}
		}
	}
}

// finite reports whether no number is NaN or infinite.
func finite(x []float64) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
