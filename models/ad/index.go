package ad

import "fmt"

// opGather is yᵢ = x[idxᵢ], and opSumByIndex is yⱼ = Σ xᵢ over idxᵢ = j: the rules
// of each are the other's.
var (
	opGather = &op{"Gather",
		func(t *Tape, n *node) { scatter(t.adjoint(n.in[0]), t.adjOwn(n), t.lists[n.ref]) },
		func(t *Tape, n *node) { gather(t.dotOwn(n), t.tangentOf(n.in[0]), t.lists[n.ref]) },
		func(t *Tape, n *node) { scatter(t.adjointTangent(n.in[0]), t.adotOwn(n), t.lists[n.ref]) },
	}
	opSumByIndex = &op{"SumByIndex",
		func(t *Tape, n *node) { addGathered(t.adjoint(n.in[0]), t.adjOwn(n), t.lists[n.ref]) },
		func(t *Tape, n *node) {
			clear(t.dotOwn(n))
			scatter(t.dotOwn(n), t.tangentOf(n.in[0]), t.lists[n.ref])
		},
		func(t *Tape, n *node) { addGathered(t.adjointTangent(n.in[0]), t.adotOwn(n), t.lists[n.ref]) },
	}
)

func gather(dst, x []float64, idx []int) {
	for i, j := range idx {
		dst[i] = x[j]
	}
}

func addGathered(dst, x []float64, idx []int) {
	for i, j := range idx {
		dst[i] += x[j]
	}
}

func scatter(dst, x []float64, idx []int) {
	for i, j := range idx {
		dst[j] += x[i]
	}
}

// Gather returns x[idx[0]], x[idx[1]], …, such as the effect of the group of each
// row. Indices count from 0. The list is not copied and must not change.
func (t *Tape) Gather(x Value, idx []int) Var {
	in := t.arg(x)
	if !t.indices(idx, int(t.nodes[in].n)) {
		return t.v(t.constant(0))
	}
	id := t.push1(opGather, len(idx), t.nodes[in].active, in)
	t.keepList(id, idx)
	gather(t.value(id), t.value(in), idx)
	return t.v(id)
}

// SumByIndex returns n sums, the j-th of all xᵢ with idxᵢ = j. Indices count from
// 0. The list is not copied and must not change.
func (t *Tape) SumByIndex(x Value, idx []int, n int) Var {
	in := t.arg(x)
	if m := int(t.nodes[in].n); m != len(idx) {
		return t.v(t.bad(fmt.Sprintf("a vector of length %d and %d indices", m, len(idx)), "equal lengths"))
	}
	if !t.indices(idx, n) {
		return t.v(t.constant(0))
	}
	id := t.push1(opSumByIndex, n, t.nodes[in].active, in)
	t.keepList(id, idx)
	y := t.value(id)
	clear(y)
	scatter(y, t.value(in), idx)
	return t.v(id)
}

// indices reports whether there are indices, all from 0 to n − 1.
func (t *Tape) indices(idx []int, n int) bool {
	if len(idx) == 0 {
		t.fail("no indices", "at least one", -1)
		return false
	}
	for i, j := range idx {
		if j < 0 || j >= n {
			t.fail(fmt.Sprintf("index %d", j), fmt.Sprintf("0 to %d", n-1), i)
			return false
		}
	}
	return true
}

// opConcat puts up to four vectors one after the other.
var opConcat = &op{"Concat",
	func(t *Tape, n *node) { t.concatBack(n, t.adj) },
	func(t *Tape, n *node) {
		ẏ := t.dotOwn(n)
		for _, in := range n.in {
			if in < 0 {
				return
			}
			m := int(t.nodes[in].n)
			if t.active(in) {
				copy(ẏ, t.tangentOf(in))
			} else {
				clear(ẏ[:m])
			}
			ẏ = ẏ[m:]
		}
	},
	func(t *Tape, n *node) { t.concatBack(n, t.adot) },
}

// concatBack goes back in x, which is adj or adot.
func (t *Tape) concatBack(n *node, x []float64) {
	g := x[n.off : n.off+n.n]
	for _, in := range n.in {
		if in < 0 {
			return
		}
		m := int(t.nodes[in].n)
		if t.active(in) {
			axpy(t.part(x, in), 1, g[:m])
		}
		g = g[m:]
	}
}

// Concat returns the elements of all xs, one vector after the other.
func (t *Tape) Concat(xs ...Value) Var {
	if len(xs) == 0 {
		return t.v(t.bad("no vectors", "at least one"))
	}
	ids := t.ids[:0]
	for _, x := range xs {
		ids = append(ids, t.arg(x))
	}
	t.ids = ids
	return t.v(t.concat(ids))
}

// concat joins four nodes at a time, until there is one. It overwrites ids.
func (t *Tape) concat(ids []int32) int32 {
	for len(ids) > 1 {
		k := 0
		for i := 0; i < len(ids); i += 4 {
			ids[k] = t.join(ids[i:min(i+4, len(ids))])
			k++
		}
		ids = ids[:k]
	}
	return ids[0]
}

func (t *Tape) join(ids []int32) int32 {
	if len(ids) == 1 {
		return ids[0]
	}
	n, active := 0, false
	for _, in := range ids {
		n += int(t.nodes[in].n)
		active = active || t.nodes[in].active
	}
	id := t.push(opConcat, n, active, ids...)
	y := t.value(id)
	for _, in := range ids {
		y = y[copy(y, t.value(in)):]
	}
	return id
}
