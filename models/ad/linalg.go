package ad

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/models/internal/tiles"
)

func general(rows, cols int, x []float64) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: x}
}

var (
	opMatMul = matMulOp("MatMul")
	opMatVec = matMulOp("MatVec")
)

// matMulOp returns the rules of C = A B; node.k is the number of columns of A.
func matMulOp(name string) *op {
	return &op{name,
		func(t *Tape, n *node) {
			a, b, dc := n.in[0], n.in[1], t.adjOwn(n)
			m, k, q := t.matMulDims(n)
			if t.active(a) {
				tiles.AddProduct(t.adjoint(a), dc, blas.NoTrans, t.value(b), blas.Trans, m, q, k)
			}
			if t.active(b) {
				tiles.AddProduct(t.adjoint(b), t.value(a), blas.Trans, dc, blas.NoTrans, k, m, q)
			}
		},
		func(t *Tape, n *node) {
			a, b, ċ := n.in[0], n.in[1], t.dotOwn(n)
			m, k, q := t.matMulDims(n)
			clear(ċ)
			if t.active(a) {
				tiles.AddProduct(ċ, t.tangentOf(a), blas.NoTrans, t.value(b), blas.NoTrans, m, k, q)
			}
			if t.active(b) {
				tiles.AddProduct(ċ, t.value(a), blas.NoTrans, t.tangentOf(b), blas.NoTrans, m, k, q)
			}
		},
		func(t *Tape, n *node) {
			a, b, dc, dċ := n.in[0], n.in[1], t.adjOwn(n), t.adotOwn(n)
			m, k, q := t.matMulDims(n)
			onA, onB := t.active(a), t.active(b)
			if onA {
				tiles.AddProduct(t.adjointTangent(a), dċ, blas.NoTrans, t.value(b), blas.Trans, m, q, k)
			}
			if onB {
				tiles.AddProduct(t.adjointTangent(b), t.value(a), blas.Trans, dċ, blas.NoTrans, k, m, q)
			}
			if onA && onB {
				tiles.AddProduct(t.adjointTangent(a), dc, blas.NoTrans, t.tangentOf(b), blas.Trans, m, q, k)
				tiles.AddProduct(t.adjointTangent(b), t.tangentOf(a), blas.Trans, dc, blas.NoTrans, k, m, q)
			}
		},
	}
}

// matMulDims returns the sizes of an m×k and a k×q matrix.
func (t *Tape) matMulDims(n *node) (m, k, q int) {
	k = int(n.k)
	return int(t.nodes[n.in[0]].n) / k, k, int(t.nodes[n.in[1]].n) / k
}

// MatVec returns A x of a rows×cols matrix.
func (t *Tape) MatVec(a Value, rows, cols int, x Value) Var {
	return t.matMul(opMatVec, t.arg(a), t.arg(x), rows, cols, 1)
}

// MatMul returns the product A B of a rows×inner and an inner×cols matrix.
func (t *Tape) MatMul(a, b Value, rows, inner, cols int) Var {
	return t.matMul(opMatMul, t.arg(a), t.arg(b), rows, inner, cols)
}

func (t *Tape) matMul(o *op, a, b int32, rows, inner, cols int) Var {
	if !t.matrix(a, rows, inner) || !t.matrix(b, inner, cols) {
		return t.v(t.constant(0))
	}
	id := t.push2(o, rows*cols, t.nodes[a].active || t.nodes[b].active, a, b)
	t.nodes[id].k = int32(inner)
	c := t.value(id)
	clear(c)
	tiles.AddProduct(c, t.value(a), blas.NoTrans, t.value(b), blas.NoTrans, rows, inner, cols)
	return t.v(id)
}

// matrix reports whether a node is a rows×cols matrix.
func (t *Tape) matrix(id int32, rows, cols int) bool {
	n := int(t.nodes[id].n)
	if rows >= 1 && cols >= 1 && rows*cols == n {
		return true
	}
	t.fail(fmt.Sprintf("a vector of length %d as a %d×%d matrix", n, rows, cols), fmt.Sprintf("length %d", rows*cols), -1)
	return false
}

// opQuadForm is y = xᵀA x, and saves (A + Aᵀ) x if x is active.
var opQuadForm = &op{"QuadForm",
	func(t *Tape, n *node) {
		a, x, g := n.in[0], n.in[1], t.adjOwn(n)[0]
		if t.active(x) {
			dx := t.adjoint(x)
			axpy(dx, g, t.savedOf(n, len(dx)))
		}
		if t.active(a) {
			d := int(t.nodes[x].n)
			blas64.Ger(g, vec(t.value(x)), vec(t.value(x)), general(d, d, t.adjoint(a)))
		}
	},
	func(t *Tape, n *node) {
		a, x := n.in[0], n.in[1]
		var s float64
		if t.active(x) {
			ẋ := t.tangentOf(x)
			s = dot(t.savedOf(n, len(ẋ)), ẋ)
		}
		if t.active(a) {
			v := t.value(x)
			for i, c := range v {
				s += c * dot(t.tangentOf(a)[i*len(v):(i+1)*len(v)], v)
			}
		}
		t.dotOwn(n)[0] = s
	},
	func(t *Tape, n *node) {
		a, x, g, ġ := n.in[0], n.in[1], t.adjOwn(n)[0], t.adotOwn(n)[0]
		v := t.value(x)
		d := len(v)
		onA, onX := t.active(a), t.active(x)
		if onA {
			blas64.Ger(ġ, vec(v), vec(v), general(d, d, t.adjointTangent(a)))
		}
		if onX {
			ẋ, dẋ := t.tangentOf(x), t.adjointTangent(x)
			axpy(dẋ, ġ, t.savedOf(n, d))
			addBothTimes(dẋ, g, t.value(a), ẋ)
			if onA {
				addBothTimes(dẋ, g, t.tangentOf(a), v)
				blas64.Ger(g, vec(v), vec(ẋ), general(d, d, t.adjointTangent(a)))
				blas64.Ger(g, vec(ẋ), vec(v), general(d, d, t.adjointTangent(a)))
			}
		}
	},
}

// addBothTimes adds c (A + Aᵀ) x to dst.
func addBothTimes(dst []float64, c float64, a, x []float64) {
	m := general(len(x), len(x), a)
	blas64.Gemv(blas.NoTrans, c, m, vec(x), 1, vec(dst))
	blas64.Gemv(blas.Trans, c, m, vec(x), 1, vec(dst))
}

// QuadForm returns xᵀA x, a scalar, of a square matrix, symmetric or not.
func (t *Tape) QuadForm(a, x Value) Var {
	in, ix := t.arg(a), t.arg(x)
	d := int(t.nodes[ix].n)
	if !t.matrix(in, d, d) {
		return t.v(t.constant(0))
	}
	id := t.push2(opQuadForm, 1, t.nodes[in].active || t.nodes[ix].active, in, ix)
	var w []float64
	if t.active(ix) {
		w = t.save(id, d)
	} else {
		w = t.scratch(d)
	}
	clear(w)
	v := t.value(ix)
	addBothTimes(w, 1, t.value(in), v)
	t.value(id)[0] = 0.5 * dot(w, v)
	return t.v(id)
}

// opAddDiag is A + diag(v).
var opAddDiag = &op{"AddDiag",
	func(t *Tape, n *node) { t.addDiagBack(n, t.adj) },
	func(t *Tape, n *node) {
		ẏ := t.dotOwn(n)
		if t.active(n.in[0]) {
			copy(ẏ, t.tangentOf(n.in[0]))
		} else {
			clear(ẏ)
		}
		if t.active(n.in[1]) {
			addDiag(ẏ, int(n.k), t.tangentOf(n.in[1]))
		}
	},
	func(t *Tape, n *node) { t.addDiagBack(n, t.adot) },
}

func addDiag(a []float64, n int, v []float64) {
	s := stride(v)
	for i := range n {
		a[i*n+i] += v[i*s]
	}
}

// addDiagBack goes back in x, which is adj or adot.
func (t *Tape) addDiagBack(n *node, x []float64) {
	g := x[n.off : n.off+n.n]
	if t.active(n.in[0]) {
		axpy(t.part(x, n.in[0]), 1, g)
	}
	if t.active(n.in[1]) {
		dv, k := t.part(x, n.in[1]), int(n.k)
		s := stride(dv)
		for i := range k {
			dv[i*s] += g[i*k+i]
		}
	}
}

// AddDiag returns A + diag(v) of an n×n matrix; v is a scalar or of length n.
func (t *Tape) AddDiag(a Value, n int, v Value) Var {
	in, iv := t.arg(a), t.arg(v)
	if !t.matrix(in, n, n) {
		return t.v(t.constant(0))
	}
	if m := int(t.nodes[iv].n); m != 1 && m != n {
		return t.v(t.bad(fmt.Sprintf("a diagonal of length %d for a %d×%d matrix", m, n, n), fmt.Sprintf("length %d or 1", n)))
	}
	id := t.push2(opAddDiag, n*n, t.nodes[in].active || t.nodes[iv].active, in, iv)
	t.nodes[id].k = int32(n)
	y := t.value(id)
	copy(y, t.value(in))
	addDiag(y, n, t.value(iv))
	return t.v(id)
}
