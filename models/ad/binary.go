package ad

// binary records a node of two arguments and returns the vectors to fill in.
func (t *Tape) binary(o *op, a, b Value) (id int32, y, u, v []float64) {
	x, z, n := t.pair(a, b)
	id = t.push2(o, n, t.nodes[x].active || t.nodes[z].active, x, z)
	return id, t.value(id), t.value(x), t.value(z)
}

// linear returns the rules of y = a + c·b.
func linear(name string, c float64) *op {
	return &op{name,
		func(t *Tape, n *node) { t.linearBack(n, c, t.adj) },
		func(t *Tape, n *node) {
			ẏ := t.dotOwn(n)
			clear(ẏ)
			if t.active(n.in[0]) {
				addScaled(ẏ, 1, t.tangentOf(n.in[0]))
			}
			if t.active(n.in[1]) {
				addScaled(ẏ, c, t.tangentOf(n.in[1]))
			}
		},
		func(t *Tape, n *node) { t.linearBack(n, c, t.adot) },
	}
}

// linearBack goes back through a + c·b in x, which is adj or adot.
func (t *Tape) linearBack(n *node, c float64, x []float64) {
	a, b := &t.nodes[n.in[0]], &t.nodes[n.in[1]]
	if n.n == 1 {
		g := x[n.off]
		if a.active {
			x[a.off] += g
		}
		if b.active {
			x[b.off] += c * g
		}
		return
	}
	g := x[n.off : n.off+n.n]
	if a.active {
		addScaled(x[a.off:a.off+a.n], 1, g)
	}
	if b.active {
		addScaled(x[b.off:b.off+b.n], c, g)
	}
}

var (
	opAdd = linear("Add", 1)
	opSub = linear("Sub", -1)
)

// Add returns a + b elementwise.
func (t *Tape) Add(a, b Value) Var {
	id, y, u, v := t.binary(opAdd, a, b)
	if len(u) < len(v) {
		u, v = v, u
	}
	u = u[:len(y)]
	if len(v) == len(y) {
		for i := range y {
			y[i] = u[i] + v[i]
		}
	} else {
		for i := range y {
			y[i] = u[i] + v[0]
		}
	}
	return t.v(id)
}

// Sub returns a − b elementwise.
func (t *Tape) Sub(a, b Value) Var {
	id, y, u, v := t.binary(opSub, a, b)
	switch {
	case len(u) == len(v):
		u, v = u[:len(y)], v[:len(y)]
		for i := range y {
			y[i] = u[i] - v[i]
		}
	case len(v) == 1:
		u = u[:len(y)]
		for i := range y {
			y[i] = u[i] - v[0]
		}
	default:
		v = v[:len(y)]
		for i := range y {
			y[i] = u[0] - v[i]
		}
	}
	return t.v(id)
}

var opMul = &op{"Mul",
	func(t *Tape, n *node) {
		if n.n == 1 {
			a, b, g := &t.nodes[n.in[0]], &t.nodes[n.in[1]], t.adj[n.off]
			if a.active {
				t.adj[a.off] += g * t.scalar(b)
			}
			if b.active {
				t.adj[b.off] += g * t.scalar(a)
			}
			return
		}
		a, b, dy := n.in[0], n.in[1], t.adjOwn(n)
		if t.active(a) {
			mulAdd(t.adjoint(a), dy, t.value(b))
		}
		if t.active(b) {
			mulAdd(t.adjoint(b), dy, t.value(a))
		}
	},
	func(t *Tape, n *node) {
		a, b, ẏ := n.in[0], n.in[1], t.dotOwn(n)
		clear(ẏ)
		if t.active(a) {
			mulAdd2(ẏ, t.tangentOf(a), t.value(b))
		}
		if t.active(b) {
			mulAdd2(ẏ, t.value(a), t.tangentOf(b))
		}
	},
	func(t *Tape, n *node) {
		a, b, dy, dẏ := n.in[0], n.in[1], t.adjOwn(n), t.adotOwn(n)
		onA, onB := t.active(a), t.active(b)
		if onA {
			mulAdd(t.adjointTangent(a), dẏ, t.value(b))
		}
		if onB {
			mulAdd(t.adjointTangent(b), dẏ, t.value(a))
		}
		if onA && onB {
			mulAdd(t.adjointTangent(a), dy, t.tangentOf(b))
			mulAdd(t.adjointTangent(b), dy, t.tangentOf(a))
		}
	},
}

// Mul returns a·b elementwise.
func (t *Tape) Mul(a, b Value) Var {
	id, y, u, v := t.binary(opMul, a, b)
	if len(u) < len(v) {
		u, v = v, u
	}
	if len(v) == len(y) {
		mulTo(y, u, v)
	} else {
		u = u[:len(y)]
		for i := range y {
			y[i] = u[i] * v[0]
		}
	}
	return t.v(id)
}

// opDiv saves r = 1/b and, if b is active, q = −a/b².
var opDiv = &op{"Div",
	func(t *Tape, n *node) {
		a, b, dy := n.in[0], n.in[1], t.adjOwn(n)
		r, q := t.divSaved(n)
		if t.active(a) {
			mulAdd(t.adjoint(a), dy, r)
		}
		if t.active(b) {
			mulAdd(t.adjoint(b), dy, q)
		}
	},
	func(t *Tape, n *node) {
		a, b, ẏ := n.in[0], n.in[1], t.dotOwn(n)
		r, q := t.divSaved(n)
		clear(ẏ)
		if t.active(a) {
			mulAdd2(ẏ, t.tangentOf(a), r)
		}
		if t.active(b) {
			mulAdd2(ẏ, q, t.tangentOf(b))
		}
	},
	func(t *Tape, n *node) {
		a, b, dy, dẏ := n.in[0], n.in[1], t.adjOwn(n), t.adotOwn(n)
		r, q := t.divSaved(n)
		if t.active(a) {
			mulAdd(t.adjointTangent(a), dẏ, r)
		}
		if !t.active(b) {
			return
		}
		mulAdd(t.adjointTangent(b), dẏ, q)
		// With w = dy/b², the terms are −w ḃ in a, and −w ȧ − 2 dy (q/b) ḃ in b.
		w := t.scratch(int(n.n))
		ḃ, sr := t.tangentOf(b), stride(r)
		for i, g := range dy {
			w[i] = g * r[i*sr] * r[i*sr]
		}
		if t.active(a) {
			mulSub(t.adjointTangent(a), w, ḃ)
			mulSub(t.adjointTangent(b), w, t.tangentOf(a))
		}
		for i, g := range dy {
			w[i] = 2 * g * q[i] * r[i*sr]
		}
		mulSub(t.adjointTangent(b), w, ḃ)
	},
}

func (t *Tape) divSaved(n *node) (r, q []float64) {
	m := int(t.nodes[n.in[1]].n)
	if !t.active(n.in[1]) {
		return t.savedOf(n, m), nil
	}
	all := t.savedOf(n, m+int(n.n))
	return all[:m], all[m:]
}

// Div returns a/b elementwise.
func (t *Tape) Div(a, b Value) Var {
	id, y, u, v := t.binary(opDiv, a, b)
	switch {
	case len(u) == len(v):
		u, v = u[:len(y)], v[:len(y)]
		for i := range y {
			y[i] = u[i] / v[i]
		}
	case len(v) == 1:
		u = u[:len(y)]
		for i := range y {
			y[i] = u[i] / v[0]
		}
	default:
		v = v[:len(y)]
		for i := range y {
			y[i] = u[0] / v[i]
		}
	}
	n := t.nodes[id]
	if !n.active {
		return t.v(id)
	}
	size := len(v)
	if t.active(n.in[1]) {
		size += len(y)
	}
	t.save(id, size)
	n = t.nodes[id]
	r, q := t.divSaved(&n)
	for i := range r {
		r[i] = 1 / v[i]
	}
	sr := stride(r)
	for i := range q {
		q[i] = -y[i] * r[i*sr]
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
