package ad

// Gradient stores the gradient of the log-joint in the input in dst, of the length of
// the input.
func (t *Tape) Gradient(dst []float64) {
	t.lengths(dst)
	if t.err != nil {
		fillNaN(dst)
		return
	}
	t.reverse()
	copy(dst, t.adjoint(t.input-1))
}

// lengths looks for an input as long as xs.
func (t *Tape) lengths(xs ...[]float64) {
	if t.input == 0 {
		panic(noInput)
	}
	for _, x := range xs {
		if len(x) != int(t.nodes[t.input-1].n) {
			panic(badLength)
		}
	}
}

// recorded grows with each node and term.
func (t *Tape) recorded() int { return len(t.nodes) + len(t.terms) }

// reverse computes all adjoints.
func (t *Tape) reverse() {
	t.adj = resize(t.adj, len(t.val))
	clear(t.adj)
	for _, id := range t.terms {
		if t.active(id) {
			t.adjoint(id)[0]++
		}
	}
	for i := len(t.nodes) - 1; i >= 0; i-- {
		if n := &t.nodes[i]; n.active && n.op.reverse != nil {
			n.op.reverse(t, n)
		}
	}
	t.swept = t.recorded()
}

// HessVec stores the product of the Hessian of the log-joint and v in dst, both of
// the length of the input.
func (t *Tape) HessVec(dst, v []float64) {
	t.lengths(dst, v)
	if t.err != nil {
		fillNaN(dst)
		return
	}
	if t.swept != t.recorded() {
		t.reverse()
	}
	t.dot = resize(t.dot, len(t.val))
	t.adot = resize(t.adot, len(t.val))
	clear(t.adot)
	copy(t.tangentOf(t.input-1), v)
	for i := range t.nodes {
		if n := &t.nodes[i]; n.active && n.op.tangent != nil {
			n.op.tangent(t, n)
		}
	}
	for i := len(t.nodes) - 1; i >= 0; i-- {
		if n := &t.nodes[i]; n.active && n.op.second != nil {
			n.op.second(t, n)
		}
	}
	copy(dst, t.adjointTangent(t.input-1))
}

// Hessian stores the Hessian of the log-joint, full and symmetric, in dst. It
// takes one HessVec for each input.
func (t *Tape) Hessian(dst []float64) {
	t.lengths()
	d := int(t.nodes[t.input-1].n)
	if len(dst) != d*d {
		panic(badLength)
	}
	t.unit = resize(t.unit, d)
	e := t.unit
	clear(e)
	for j := range d {
		e[j] = 1
		t.HessVec(dst[j*d:(j+1)*d], e)
		e[j] = 0
	}
	for j := range d {
		for k := range j {
			h := 0.5 * (dst[j*d+k] + dst[k*d+j])
			dst[j*d+k], dst[k*d+j] = h, h
		}
	}
}

func resize(x []float64, n int) []float64 {
	if n > cap(x) {
		return make([]float64, n, 2*n)
	}
	return x[:n]
}
