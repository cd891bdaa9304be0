package ad

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// x = M⁻¹ b with M = L or Lᵀ, and b an n×m matrix. With u = M⁻ᵀ x̄, which is saved:
//
//	b̄ += u,  M̄ −= u xᵀ
//	ẋ = M⁻¹ (ḃ − Ṁ x),  u̇ = M⁻ᵀ (dx̄ − Ṁᵀ u)
var (
	opSolveLower      = solveOp("SolveLower", blas.NoTrans)
	opSolveLowerTrans = solveOp("SolveLowerTrans", blas.Trans)
)

func solveOp(name string, trans blas.Transpose) *op {
	back := blas.Trans
	if trans == blas.Trans {
		back = blas.NoTrans
	}
	return &op{name,
		func(t *Tape, n *node) {
			k := int(n.k)
			l, u, x := t.value(n.in[0]), t.savedOf(n, int(n.n)), t.own(n)
			copy(u, t.adjOwn(n))
			solve(l, back, u, k)
			if t.active(n.in[1]) {
				axpy(t.adjoint(n.in[1]), 1, u)
			}
			if t.active(n.in[0]) {
				subOuter(t.adjoint(n.in[0]), u, x, trans, k)
			}
		},
		func(t *Tape, n *node) {
			k := int(n.k)
			ẋ := t.dotOwn(n)
			if t.active(n.in[1]) {
				copy(ẋ, t.tangentOf(n.in[1]))
			} else {
				clear(ẋ)
			}
			if t.active(n.in[0]) {
				t.subTriangle(ẋ, t.tangentOf(n.in[0]), trans, t.own(n), k)
			}
			solve(t.value(n.in[0]), trans, ẋ, k)
		},
		func(t *Tape, n *node) {
			k, size := int(n.k), int(n.n)
			buf := t.scratch(2 * size)
			u, v := t.savedOf(n, size), buf[size:]
			copy(v, t.adotOwn(n))
			if t.active(n.in[0]) {
				w := buf[:size]
				copy(w, u)
				blas64.Trmm(blas.Left, back, -1, lower(k, t.tangentOf(n.in[0])), general(k, size/k, w))
				axpy(v, 1, w)
			}
			solve(t.value(n.in[0]), back, v, k)
			if t.active(n.in[1]) {
				axpy(t.adjointTangent(n.in[1]), 1, v)
			}
			if t.active(n.in[0]) {
				dl := t.adjointTangent(n.in[0])
				subOuter(dl, v, t.own(n), trans, k)
				subOuter(dl, u, t.dotOwn(n), trans, k)
			}
		},
	}
}

// solve overwrites x, n×m, with L⁻¹ x or L⁻ᵀ x.
func solve(l []float64, trans blas.Transpose, x []float64, n int) {
	if len(x) == n {
		blas64.Trsv(trans, lower(n, l), vec(x))
		return
	}
	blas64.Trsm(blas.Left, trans, 1, lower(n, l), general(n, len(x)/n, x))
}

// subTriangle subtracts op(L) x from dst.
func (t *Tape) subTriangle(dst, l []float64, trans blas.Transpose, x []float64, n int) {
	w := t.scratch(len(x))
	copy(w, x)
	blas64.Trmm(blas.Left, trans, -1, lower(n, l), general(n, len(x)/n, w))
	axpy(dst, 1, w)
}

// subOuter subtracts the lower triangle of u xᵀ, or of its transpose, from dst.
func subOuter(dst, u, x []float64, trans blas.Transpose, n int) {
	if trans == blas.Trans {
		u, x = x, u
	}
	m := len(x) / n
	if m == 1 {
		for i, c := range u {
			axpy(dst[i*n:i*n+i+1], -c, x[:i+1])
		}
		return
	}
	for i := range n {
		for j := range i + 1 {
			dst[i*n+j] -= dot(u[i*m:(i+1)*m], x[j*m:(j+1)*m])
		}
	}
}

// SolveLower returns L⁻¹ b of an n×n lower triangular matrix, whose elements above
// the diagonal do not count, and a vector, or an n×m matrix, b.
func (t *Tape) SolveLower(l Value, n int, b Value) Var {
	return t.solve(opSolveLower, blas.NoTrans, t.arg(l), n, t.arg(b))
}

// SolveLowerTrans returns L⁻ᵀ b: see SolveLower.
func (t *Tape) SolveLowerTrans(l Value, n int, b Value) Var {
	return t.solve(opSolveLowerTrans, blas.Trans, t.arg(l), n, t.arg(b))
}

func (t *Tape) solve(o *op, trans blas.Transpose, l int32, n int, b int32) Var {
	if !t.matrix(l, n, n) {
		return t.v(t.constant(0))
	}
	size := int(t.nodes[b].n)
	if size%n != 0 {
		return t.v(t.bad(fmt.Sprintf("a %d×%d matrix and a right side of length %d", n, n, size), fmt.Sprintf("%d rows", n)))
	}
	active := t.nodes[l].active || t.nodes[b].active
	id := t.push2(o, size, active, l, b)
	t.nodes[id].k = int32(n)
	if active {
		t.save(id, size)
	}
	x := t.value(id)
	copy(x, t.value(b))
	solve(t.value(l), trans, x, n)
	return t.v(id)
}
