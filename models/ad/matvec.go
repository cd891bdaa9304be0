package ad

import (
	"fmt"

	"natgrad/models"
)

// opMulVec is y = X b with a constant matrix.
var opMulVec = &op{"MulVec",
	func(t *Tape, n *node) {
		t.refs[n.ref].(models.Matrix).AddMulVecTrans(t.adjoint(n.in[0]), t.adjOwn(n), 0, int(n.n))
	},
	func(t *Tape, n *node) {
		t.refs[n.ref].(models.Matrix).MulVec(t.dotOwn(n), t.tangentOf(n.in[0]), 0, int(n.n))
	},
	func(t *Tape, n *node) {
		t.refs[n.ref].(models.Matrix).AddMulVecTrans(t.adjointTangent(n.in[0]), t.adotOwn(n), 0, int(n.n))
	},
}

// MulVec returns X b for a constant matrix, dense or sparse.
func (t *Tape) MulVec(x models.Matrix, b Value) Var {
	in := t.arg(b)
	if x == nil {
		return t.v(t.bad("a nil matrix", "a matrix"))
	}
	rows, cols := x.Dims()
	if n := int(t.nodes[in].n); n != cols {
		return t.v(t.bad(fmt.Sprintf("a %d×%d matrix and a vector of length %d", rows, cols, n), fmt.Sprintf("a vector of length %d", cols)))
	}
	id := t.push(opMulVec, rows, t.active(in), in)
	t.keep(id, x)
	x.MulVec(t.value(id), t.value(in), 0, rows)
	return t.v(id)
}
