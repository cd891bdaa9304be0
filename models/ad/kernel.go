package ad

// opKernel is y = f(u) elementwise and opKernelSum is Σ f(u), with the first and
// second derivatives of f saved on the way.
var (
	opKernel    = &op{"constrain", kernelReverse, kernelTangent, kernelSecond}
	opKernelSum = &op{"log-Jacobian", kernelReverse, kernelTangent, kernelSecond}
)

// kernel returns a node of op, for a vector y of the length of u or a sum, which
// kernelParts says where to fill in.
func (t *Tape) kernel(o *op, u Var) Var {
	n := u.Len()
	m := n
	if o == opKernelSum {
		m = 1
	}
	id := t.push(o, m, t.active(u.id), u.id)
	t.save(id, 2*n)
	return t.v(id)
}

// kernelParts returns the value and room for the first and second derivatives.
// Ask when no more nodes are to come.
func (t *Tape) kernelParts(x Var, n int) (y, d1, d2 []float64) {
	s := t.savedOf(&t.nodes[x.id], 2*n)
	return t.value(x.id), s[:n:n], s[n:]
}

func kernelReverse(t *Tape, n *node) {
	du, dy := t.adjoint(n.in[0]), t.adjOwn(n)
	s := stride(dy)
	for i, d1 := range t.savedOf(n, len(du)) {
		du[i] += dy[i*s] * d1
	}
}

func kernelTangent(t *Tape, n *node) {
	ż, ẏ := t.tangentOf(n.in[0]), t.dotOwn(n)
	s := stride(ẏ)
	clear(ẏ)
	for i, d1 := range t.savedOf(n, len(ż)) {
		ẏ[i*s] += d1 * ż[i]
	}
}

func kernelSecond(t *Tape, n *node) {
	ż, dż := t.tangentOf(n.in[0]), t.adjointTangent(n.in[0])
	dy, dẏ := t.adjOwn(n), t.adotOwn(n)
	s := stride(dy)
	m := len(ż)
	saved := t.savedOf(n, 2*m)
	d1, d2 := saved[:m], saved[m:]
	for i := range ż {
		dż[i] += dẏ[i*s]*d1[i] + dy[i*s]*d2[i]*ż[i]
	}
}
