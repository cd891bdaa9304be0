package ad

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

func lower(n int, l []float64) blas64.Triangular {
	return blas64.Triangular{Uplo: blas.Lower, Diag: blas.NonUnit, N: n, Stride: n, Data: l}
}

// opCholesky is L of A = L Lᵀ. With Φ(M), the lower triangle of M with half its
// diagonal (Murray 2016, arXiv:1602.07527):
//
//	L̇ = L Φ(L⁻¹ Ȧ L⁻ᵀ)
//	Ā = S + Sᵀ below the diagonal and S on it,  S = L⁻ᵀ P L⁻¹,  P = Φ(Lᵀ L̄)
//	Ṡ = L⁻ᵀ (Ṗ − Kᵀ P − P K) L⁻¹,  K = L⁻¹ L̇,  Ṗ = Φ(L̇ᵀ L̄ + Lᵀ dL̄)
//
// where dL̄ is the tangent of L̄.
var opCholesky = &op{"Cholesky",
	func(t *Tape, n *node) {
		k := int(n.k)
		p := t.scratch(k * k)
		copyLower(p, t.adjOwn(n), k)
		blas64.Trmm(blas.Left, blas.Trans, 1, lower(k, t.own(n)), general(k, k, p))
		halfLower(p, k)
		addCholeskyBack(t.adjoint(n.in[0]), p, t.own(n), k)
	},
	func(t *Tape, n *node) {
		k := int(n.k)
		l := lower(k, t.own(n))
		ẏ := t.dotOwn(n)
		m := general(k, k, ẏ)
		copyLower(ẏ, t.tangentOf(n.in[0]), k)
		for i := range k {
			for j := range i {
				ẏ[j*k+i] = ẏ[i*k+j]
			}
		}
		blas64.Trsm(blas.Left, blas.NoTrans, 1, l, m)
		blas64.Trsm(blas.Right, blas.Trans, 1, l, m)
		halfLower(ẏ, k)
		blas64.Trmm(blas.Left, blas.NoTrans, 1, l, m)
	},
	func(t *Tape, n *node) {
		k := int(n.k)
		y, ẏ := t.own(n), t.dotOwn(n)
		l := lower(k, y)
		buf := t.scratch(4 * k * k)
		p, ṗ, x, w := buf[:k*k], buf[k*k:2*k*k], buf[2*k*k:3*k*k], buf[3*k*k:]
		copyLower(w, t.adjOwn(n), k)
		// p = Φ(Lᵀ L̄)
		copy(p, w)
		blas64.Trmm(blas.Left, blas.Trans, 1, l, general(k, k, p))
		halfLower(p, k)
		// ṗ = Φ(Lᵀ dL̄ + L̇ᵀ L̄)
		copyLower(ṗ, t.adotOwn(n), k)
		blas64.Trmm(blas.Left, blas.Trans, 1, l, general(k, k, ṗ))
		blas64.Trmm(blas.Left, blas.Trans, 1, lower(k, ẏ), general(k, k, w))
		axpy(ṗ, 1, w)
		halfLower(ṗ, k)
		// x = K
		copyLower(x, ẏ, k)
		blas64.Trsm(blas.Left, blas.NoTrans, 1, l, general(k, k, x))
		// ṗ −= Kᵀ P + P K
		copy(w, p)
		blas64.Trmm(blas.Left, blas.Trans, -1, lower(k, x), general(k, k, w))
		axpy(ṗ, 1, w)
		copy(w, p)
		blas64.Trmm(blas.Right, blas.NoTrans, -1, lower(k, x), general(k, k, w))
		axpy(ṗ, 1, w)
		addCholeskyBack(t.adjointTangent(n.in[0]), ṗ, y, k)
	},
}

// addCholeskyBack adds to dst what reverse adds, given p, which it overwrites.
func addCholeskyBack(dst, p, y []float64, k int) {
	l := lower(k, y)
	blas64.Trsm(blas.Left, blas.Trans, 1, l, general(k, k, p))
	blas64.Trsm(blas.Right, blas.NoTrans, 1, l, general(k, k, p))
	for i := range k {
		for j := range i {
			dst[i*k+j] += p[i*k+j] + p[j*k+i]
		}
		dst[i*k+i] += p[i*k+i]
	}
}

// copyLower copies the lower triangle, and stores zeros above it.
func copyLower(dst, a []float64, n int) {
	for i := range n {
		copy(dst[i*n:i*n+i+1], a[i*n:])
		clear(dst[i*n+i+1 : (i+1)*n])
	}
}

// halfLower is Φ, in place.
func halfLower(a []float64, n int) {
	for i := range n {
		a[i*n+i] *= 0.5
		clear(a[i*n+i+1 : (i+1)*n])
	}
}

// Cholesky returns the lower triangular L of A = L Lᵀ, n×n with zeros above the
// diagonal. Of A the lower triangle counts. If A is not positive definite, L is
// NaN.
func (t *Tape) Cholesky(a Value, n int) Var {
	in := t.arg(a)
	if !t.matrix(in, n, n) {
		return t.v(t.constant(0))
	}
	id := t.push1(opCholesky, n*n, t.nodes[in].active, in)
	t.nodes[id].k = int32(n)
	y := t.value(id)
	copyLower(y, t.value(in), n)
	if !factorize(y, n) {
		for i := range n {
			for j := range i + 1 {
				y[i*n+j] = math.NaN()
			}
		}
	}
	return t.v(id)
}

// factorize stores L in the lower triangle of a, block by block, so that gonum
// starts no goroutines. It reports false if a is not positive definite.
func factorize(a []float64, n int) bool {
	const block = 64
	for j := 0; j < n; j += block {
		m := min(block, n-j)
		diag := blas64.Symmetric{Uplo: blas.Lower, N: m, Stride: n, Data: a[j*n+j:]}
		blas64.Syrk(blas.NoTrans, -1, blas64.General{Rows: m, Cols: j, Stride: n, Data: a[j*n:]}, 1, diag)
		l, ok := lapack64.Potrf(diag)
		if !ok {
			return false
		}
		for i := j + m; i < n; i += block {
			r := min(block, n-i)
			below := blas64.General{Rows: r, Cols: m, Stride: n, Data: a[i*n+j:]}
			if j > 0 {
				blas64.Gemm(blas.NoTrans, blas.Trans, -1, blas64.General{Rows: r, Cols: j, Stride: n, Data: a[i*n:]},
					blas64.General{Rows: m, Cols: j, Stride: n, Data: a[j*n:]}, 1, below)
			}
			blas64.Trsm(blas.Right, blas.Trans, 1, l, below)
		}
	}
	return true
}

// opLogDet is Σ log lᵢᵢ.
var opLogDet = &op{"LogDetLower",
	func(t *Tape, n *node) {
		l, dl, k := t.value(n.in[0]), t.adjoint(n.in[0]), int(n.k)
		g := t.adjOwn(n)[0]
		for i := 0; i < k*k; i += k + 1 {
			dl[i] += g / l[i]
		}
	},
	func(t *Tape, n *node) {
		l, v, k := t.value(n.in[0]), t.tangentOf(n.in[0]), int(n.k)
		var s float64
		for i := 0; i < k*k; i += k + 1 {
			s += v[i] / l[i]
		}
		t.dotOwn(n)[0] = s
	},
	func(t *Tape, n *node) {
		l, v, dv, k := t.value(n.in[0]), t.tangentOf(n.in[0]), t.adjointTangent(n.in[0]), int(n.k)
		g, ġ := t.adjOwn(n)[0], t.adotOwn(n)[0]
		for i := 0; i < k*k; i += k + 1 {
			dv[i] += (ġ - g*v[i]/l[i]) / l[i]
		}
	},
}

// LogDetLower returns Σ log lᵢᵢ, the logarithm of the determinant of an n×n
// triangular matrix: half that of L Lᵀ.
func (t *Tape) LogDetLower(l Value, n int) Var {
	in := t.arg(l)
	if !t.matrix(in, n, n) {
		return t.v(t.constant(0))
	}
	id := t.push1(opLogDet, 1, t.nodes[in].active, in)
	t.nodes[id].k = int32(n)
	t.value(id)[0] = logDet(t.value(in), n)
	return t.v(id)
}

func logDet(l []float64, n int) (s float64) {
	for i := 0; i < n*n; i += n + 1 {
		s += math.Log(l[i])
	}
	return s
}
