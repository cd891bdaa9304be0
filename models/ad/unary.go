package ad

import "math"

// unary records y = f(x) elementwise. Rules of unary operations save f′ where it
// is cheap on the way, else compute it.
func (t *Tape) unary(o *op, x Value, f func(dst, x []float64)) Var {
	in := t.arg(x)
	id := t.push(o, int(t.nodes[in].n), t.active(in), in)
	f(t.value(id), t.value(in))
	return t.v(id)
}

// elementwise returns the rules of y = f(x), given f′ and f″ as functions of x
// and y.
func elementwise(name string, d1, d2 func(x, y float64) float64) *op {
	return &op{name,
		func(t *Tape, n *node) {
			x, y, dy, dx := t.value(n.in[0]), t.own(n), t.adjOwn(n), t.adjoint(n.in[0])
			for i, g := range dy {
				dx[i] += g * d1(x[i], y[i])
			}
		},
		func(t *Tape, n *node) {
			x, y, ẏ, ẋ := t.value(n.in[0]), t.own(n), t.dotOwn(n), t.tangentOf(n.in[0])
			for i, v := range ẋ {
				ẏ[i] = v * d1(x[i], y[i])
			}
		},
		func(t *Tape, n *node) {
			x, y, ẋ := t.value(n.in[0]), t.own(n), t.tangentOf(n.in[0])
			dy, dẏ, dẋ := t.adjOwn(n), t.adotOwn(n), t.adjointTangent(n.in[0])
			for i := range y {
				dẋ[i] += dẏ[i]*d1(x[i], y[i]) + dy[i]*d2(x[i], y[i])*ẋ[i]
			}
		},
	}
}

// own and the like return the vectors of a node itself, which is never data.
func (t *Tape) own(n *node) []float64     { return t.val[n.off : n.off+n.n] }
func (t *Tape) adjOwn(n *node) []float64  { return t.adj[n.off : n.off+n.n] }
func (t *Tape) dotOwn(n *node) []float64  { return t.dot[n.off : n.off+n.n] }
func (t *Tape) adotOwn(n *node) []float64 { return t.adot[n.off : n.off+n.n] }

var (
	opExp = elementwise("Exp", func(_, y float64) float64 { return y }, func(_, y float64) float64 { return y })
	opLog = elementwise("Log", func(x, _ float64) float64 { return 1 / x }, func(x, _ float64) float64 { return -1 / (x * x) })
)

// Exp returns eˣ elementwise.
func (t *Tape) Exp(x Value) Var {
	return t.unary(opExp, x, func(dst, x []float64) {
		for i, v := range x {
			dst[i] = math.Exp(v)
		}
	})
}

// Log returns log x elementwise.
func (t *Tape) Log(x Value) Var {
	return t.unary(opLog, x, func(dst, x []float64) {
		for i, v := range x {
			dst[i] = math.Log(v)
		}
	})
}
