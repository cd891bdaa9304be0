package ad

// binary records y = f(a, b) elementwise, where either may be a scalar.
func (t *Tape) binary(o *op, a, b Value, f func(a, b float64) float64) Var {
	x, y, n := t.pair(a, b)
	id := t.push(o, n, t.anyActive(x, y), x, y)
	dst, u, v := t.value(id), t.value(x), t.value(y)
	su, sv := stride(u), stride(v)
	for i := range dst {
		dst[i] = f(u[i*su], v[i*sv])
	}
	return t.v(id)
}

// stride is the step through a vector that is broadcast if it is a scalar.
func stride(x []float64) int {
	if len(x) == 1 {
		return 0
	}
	return 1
}

// partials2 are the derivatives of f(a, b): first f_a, f_b, then f_aa, f_ab, f_bb.
type partials2 struct{ a, b, aa, ab, bb float64 }

// pairwise returns the rules of y = f(a, b) elementwise.
func pairwise(name string, d func(a, b float64) partials2) *op {
	return &op{name,
		func(t *Tape, n *node) {
			ia, ib := n.in[0], n.in[1]
			a, b, dy := t.value(ia), t.value(ib), t.adjOwn(n)
			sa, sb := stride(a), stride(b)
			onA, onB := t.active(ia), t.active(ib)
			for i, g := range dy {
				p := d(a[i*sa], b[i*sb])
				if onA {
					t.adjoint(ia)[i*sa] += g * p.a
				}
				if onB {
					t.adjoint(ib)[i*sb] += g * p.b
				}
			}
		},
		func(t *Tape, n *node) {
			ia, ib := n.in[0], n.in[1]
			a, b, ẏ := t.value(ia), t.value(ib), t.dotOwn(n)
			sa, sb := stride(a), stride(b)
			onA, onB := t.active(ia), t.active(ib)
			for i := range ẏ {
				p := d(a[i*sa], b[i*sb])
				var v float64
				if onA {
					v = p.a * t.tangentOf(ia)[i*sa]
				}
				if onB {
					v += p.b * t.tangentOf(ib)[i*sb]
				}
				ẏ[i] = v
			}
		},
		func(t *Tape, n *node) {
			ia, ib := n.in[0], n.in[1]
			a, b, dy, dẏ := t.value(ia), t.value(ib), t.adjOwn(n), t.adotOwn(n)
			sa, sb := stride(a), stride(b)
			onA, onB := t.active(ia), t.active(ib)
			for i, g := range dy {
				p := d(a[i*sa], b[i*sb])
				var ȧ, ḃ float64
				if onA {
					ȧ = t.tangentOf(ia)[i*sa]
				}
				if onB {
					ḃ = t.tangentOf(ib)[i*sb]
				}
				if onA {
					t.adjointTangent(ia)[i*sa] += dẏ[i]*p.a + g*(p.aa*ȧ+p.ab*ḃ)
				}
				if onB {
					t.adjointTangent(ib)[i*sb] += dẏ[i]*p.b + g*(p.ab*ȧ+p.bb*ḃ)
				}
			}
		},
	}
}

var (
	opAdd = pairwise("Add", func(a, b float64) partials2 { return partials2{a: 1, b: 1} })
	opSub = pairwise("Sub", func(a, b float64) partials2 { return partials2{a: 1, b: -1} })
	opMul = pairwise("Mul", func(a, b float64) partials2 { return partials2{a: b, b: a, ab: 1} })
	opDiv = pairwise("Div", func(a, b float64) partials2 {
		return partials2{a: 1 / b, b: -a / (b * b), ab: -1 / (b * b), bb: 2 * a / (b * b * b)}
	})
)

// Add returns a + b elementwise.
func (t *Tape) Add(a, b Value) Var {
	return t.binary(opAdd, a, b, func(a, b float64) float64 { return a + b })
}

// Sub returns a − b elementwise.
func (t *Tape) Sub(a, b Value) Var {
	return t.binary(opSub, a, b, func(a, b float64) float64 { return a - b })
}

// Mul returns a·b elementwise.
func (t *Tape) Mul(a, b Value) Var {
	return t.binary(opMul, a, b, func(a, b float64) float64 { return a * b })
}

// Div returns a/b elementwise.
func (t *Tape) Div(a, b Value) Var {
	return t.binary(opDiv, a, b, func(a, b float64) float64 { return a / b })
}
