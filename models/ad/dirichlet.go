package ad

import (
	"fmt"
	"math"
)

// Dirichlet is the distribution of a point x > 0 of the simplex, Σ xⱼ = 1, with
// concentrations α > 0, a scalar or one for each element:
//
//	log p(x|α) = log Γ(Σ αⱼ) + Σ ((αⱼ − 1) log xⱼ − log Γ(αⱼ))
//
// If α has length k > 1 and x has more elements, they are rows of k, each a point.
func Dirichlet(alpha Value) Dist {
	return Dist{multi: dirichlet, args: [3]operand{operandOf(alpha)}}
}

var dirichlet = &multivariate{name: "Dirichlet", args: []string{"alpha"}, record: recordDirichlet}

// opDirichlet saves the derivatives in x and in α, in this order, of those that are
// active. node.k is the length of a point, 0 outside the support.
var opDirichlet = &op{"Dirichlet", dirichletReverse, dirichletTangent, dirichletSecond}

func dirichletReverse(t *Tape, n *node) {
	off := int(n.save)
	for _, in := range n.in[:2] {
		if t.active(in) {
			d := t.adjoint(in)
			axpy(d, t.adjOwn(n)[0], t.saved[off:off+len(d)])
			off += len(d)
		}
	}
}

func dirichletTangent(t *Tape, n *node) {
	off := int(n.save)
	var s float64
	for _, in := range n.in[:2] {
		if t.active(in) {
			v := t.tangentOf(in)
			s += dot(t.saved[off:off+len(v)], v)
			off += len(v)
		}
	}
	t.dotOwn(n)[0] = s
}

func dirichletSecond(t *Tape, n *node) {
	ix, iα := n.in[0], n.in[1]
	off := int(n.save)
	g, ġ := t.adjOwn(n)[0], t.adotOwn(n)[0]
	for _, in := range n.in[:2] {
		if t.active(in) {
			d := t.adjointTangent(in)
			axpy(d, ġ, t.saved[off:off+len(d)])
			off += len(d)
		}
	}
	k := int(n.k)
	if k == 0 {
		return
	}
	x, α := t.value(ix), t.value(iα)
	onX, onα := t.active(ix), t.active(iα)
	if onX {
		ẋ, dẋ := t.tangentOf(ix), t.adjointTangent(ix)
		for i := range x {
			dẋ[i] -= g * (α[i%len(α)] - 1) * ẋ[i] / x[i] / x[i]
		}
	}
	if onX && onα {
		ẋ, dẋ := t.tangentOf(ix), t.adjointTangent(ix)
		ȧ, dȧ := t.tangentOf(iα), t.adjointTangent(iα)
		for i := range x {
			j := i % len(α)
			dẋ[i] += g * ȧ[j] / x[i]
			dȧ[j] += g * ẋ[i] / x[i]
		}
	}
	if onα {
		ȧ, dȧ := t.tangentOf(iα), t.adjointTangent(iα)
		rows, repeat := float64(len(x)/k), float64(k/len(α))
		both := trigamma(repeat*sum(α)) * repeat * sum(ȧ)
		for j, a := range α {
			dȧ[j] += g * rows * repeat * (both - trigamma(a)*ȧ[j])
		}
	}
}

func recordDirichlet(t *Tape, in [4]int32, _ constants) int32 {
	ix, iα := in[0], in[1]
	n, k := int(t.nodes[ix].n), int(t.nodes[iα].n)
	if k == 1 {
		k = n
	}
	if n < 2 || n%k != 0 {
		return t.badDist("Dirichlet", fmt.Sprintf("%d elements with alpha of length %d", n, t.nodes[iα].n), "equal lengths of 2 or more, or alpha a scalar")
	}
	if t.trace != nil && t.trace.check && !t.checkDirichlet(ix, iα, k) {
		return t.constant(0)
	}
	onX, onα := t.nodes[ix].active, t.nodes[iα].active
	id := t.push2(opDirichlet, 1, onX || onα, ix, iα)
	t.nodes[id].k = int32(k)
	x, α := t.value(ix), t.value(iα)
	size := 0
	if onX {
		size += len(x)
	}
	if onα {
		size += len(α)
	}
	var dx, dα []float64
	if size > 0 {
		d := t.save(id, size)
		clear(d)
		if onX {
			dx, d = d[:len(x)], d[len(x):]
		}
		if onα {
			dα = d
		}
	}
	y := t.value(id)
	y[0] = 0
	for _, v := range [2][]float64{x, α} {
		for _, a := range v {
			if !(a > 0) {
				y[0] = outOfSupport(y[0], a)
			}
		}
	}
	if y[0] != 0 {
		t.nodes[id].k = 0
		return id
	}
	rows, repeat := float64(n/k), float64(k/len(α))
	total := repeat * sum(α)
	s := lgamma(total)
	for _, a := range α {
		s -= repeat * lgamma(a)
	}
	s *= rows
	for j := range dα {
		dα[j] = rows * repeat * (digamma(total) - digamma(α[j]))
	}
	for i, v := range x {
		j := i % len(α)
		l := math.Log(v)
		s += (α[j] - 1) * l
		if onX {
			dx[i] = (α[j] - 1) / v
		}
		if onα {
			dα[j] += l
		}
	}
	y[0] = s
	return id
}

// checkDirichlet looks, at declaration, at points and concentrations.
func (t *Tape) checkDirichlet(ix, iα int32, k int) bool {
	if !t.checkNode("Dirichlet", "alpha", iα, &positive) || !t.checkNode("Dirichlet", "x", ix, &unitOpen) {
		return false
	}
	if t.nodes[ix].active {
		return true
	}
	x := t.value(ix)
	for lo := 0; lo < len(x); lo += k {
		if s := sum(x[lo : lo+k]); math.Abs(s-1) > 1e-8 {
			t.failAt("Dirichlet", rowOf(lo/k, len(x)/k), "x with sum "+formatted(s), "a sum of 1")
			return false
		}
	}
	return true
}

// checkNode looks, at declaration, for data outside a domain, and for a parameter
// whose support is wider.
func (t *Tape) checkNode(dist, what string, id int32, want *domain) bool {
	if t.nodes[id].active {
		for i, b := range t.bound {
			if p := t.model.params[i]; b == id {
				if got := p.sup.domain(); !got.within(want) {
					t.failParam(p.name, dist, fmt.Sprintf("parameter %s, declared %v, as %s", p.name, p.sup, what), want.name)
					return false
				}
			}
		}
		return true
	}
	x := t.value(id)
	for i, v := range x {
		if !want.contains(v) {
			t.failAt(dist, rowOf(i, len(x)), what+" = "+formatted(v), want.name)
			return false
		}
	}
	return true
}
