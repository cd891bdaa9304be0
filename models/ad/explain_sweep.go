package ad

// gradient runs the reverse sweep until an adjoint is not finite.
func (x explainer) gradient() *Error {
	t := x.t
	t.adj = resize(t.adj, len(t.val))
	clear(t.adj)
	for _, id := range t.terms {
		if t.active(id) {
			t.adjoint(id)[0]++
		}
	}
	t.swept = t.recorded()
	return x.backwards(func(n *node) { n.op.reverse(t, n) }, t.adjoint, "derivative")
}

// hessian runs the sweeps of all Hessian–vector products with unit vectors until
// something is not finite.
func (x explainer) hessian() *Error {
	t := x.t
	t.dot, t.adot = resize(t.dot, len(t.val)), resize(t.adot, len(t.val))
	for j := range x.m.coords {
		clear(t.adot)
		clear(t.tangentOf(t.input - 1))
		t.tangentOf(t.input - 1)[j] = 1
		what := "second derivative along " + x.m.coords[j]
		for id := range t.nodes {
			n := &t.nodes[id]
			if !n.active || n.op.tangent == nil {
				continue
			}
			n.op.tangent(t, n)
			if i := firstBad(t.dotOwn(n)); i >= 0 {
				e := x.culprit(int32(id), i)
				e.Got = "derivative along " + x.m.coords[j] + " " + formatted(t.dotOwn(n)[i])
				return e
			}
		}
		if e := x.backwards(func(n *node) { n.op.second(t, n) }, t.adjointTangent, what); e != nil {
			return e
		}
	}
	return nil
}

// backwards applies a rule to all nodes from the last to the first, and describes
// the first that adds something not finite to what its inputs have in part.
func (x explainer) backwards(rule func(n *node), part func(id int32) []float64, what string) *Error {
	t := x.t
	for id := len(t.nodes) - 1; id >= 0; id-- {
		n := &t.nodes[id]
		if !n.active || n.op.reverse == nil {
			continue
		}
		rule(n)
		for k, in := range n.in {
			if !t.active(in) {
				continue
			}
			if i := firstBad(part(in)); i >= 0 {
				return x.badDerivative(int32(id), k, i, what, part(in)[i])
			}
		}
	}
	return nil
}

// badDerivative describes a node whose derivative in element i of input k is not
// finite.
func (x explainer) badDerivative(id int32, k, i int, what string, v float64) *Error {
	t := x.t
	n := t.nodes[id]
	in := n.in[k]
	e := &Error{Place: t.trace.places[id], What: x.opName(id), Row: rowOf(i, int(t.nodes[in].n)), Want: "a finite number"}
	at := x.describe(e, in, i)
	e.Got = what + " " + formatted(v) + " at " + at
	if l := x.law(id); l != nil {
		name := "x"
		if k > 0 {
			name = l.args[k-1].name
		}
		r := i
		if t.nodes[in].n == 1 {
			r = x.badRow(&n, l, k)
		}
		e.Row = rowOf(r, int(n.k))
		e.Got = what + " in " + name + " " + formatted(v) + " at " + x.lawPoint(e, &n, l, max(r, 0))
	}
	if p := t.trace.params[id]; p != nil {
		e.Param = p.name
	}
	return e
}

// badRow returns the first row whose derivative in argument k is not finite, −1 if
// only their sum is not.
func (x explainer) badRow(n *node, l *law, k int) int {
	w := x.t.lawArgs(n, l)
	for r := range int(n.k) {
		if w.at(r) {
			if l.partials(&w.point); !isFinite(w.d[k]) {
				return r
			}
		}
	}
	return -1
}
