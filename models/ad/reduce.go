package ad

// opSum is y = Σ x.
var opSum = &op{"Sum",
	func(t *Tape, n *node) {
		g := t.adjOwn(n)[0]
		for i := range t.adjoint(n.in[0]) {
			t.adjoint(n.in[0])[i] += g
		}
	},
	func(t *Tape, n *node) { t.dotOwn(n)[0] = sum(t.tangentOf(n.in[0])) },
	func(t *Tape, n *node) {
		g, dẋ := t.adotOwn(n)[0], t.adjointTangent(n.in[0])
		for i := range dẋ {
			dẋ[i] += g
		}
	},
}

// Sum returns the sum of x, a scalar.
func (t *Tape) Sum(x Value) Var {
	in := t.arg(x)
	id := t.push(opSum, 1, t.active(in), in)
	t.value(id)[0] = sum(t.value(in))
	return t.v(id)
}

func sum(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v
	}
	return s
}
