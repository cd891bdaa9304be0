package ad

import "fmt"

// opView is a stretch of another node's memory, and needs no rules.
var opView = &op{name: "Slice"}

// Slice returns x[lo:hi]. It copies nothing.
func (t *Tape) Slice(x Value, lo, hi int) Var {
	in := t.arg(x)
	if n := int(t.nodes[in].n); lo < 0 || hi <= lo || hi > n {
		return t.v(t.bad(fmt.Sprintf("[%d:%d] of a vector of length %d", lo, hi, n), "0 ≤ lo < hi ≤ length"))
	}
	return t.v(t.view(in, lo, hi))
}

func (t *Tape) view(in int32, lo, hi int) int32 {
	src := t.nodes[in]
	if src.off < 0 {
		return t.pushData(t.data[-1-src.off][lo:hi])
	}
	return t.node(node{op: opView, off: src.off + int32(lo), n: int32(hi - lo), active: src.active}, []int32{in})
}

// At returns x[i], a scalar.
func (t *Tape) At(x Value, i int) Var { return t.Slice(x, i, i+1) }
