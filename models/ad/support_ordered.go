package ad

import "math"

// Ordered declares a vector of k increasing numbers, or rows of them:
// x_1 = u_1, x_j = x_{j−1} + exp(u_j).
func (m *Model) Ordered(name string, k int, rows ...int) Param {
	return m.declare(name, orderedSupport{}, append(rows[:len(rows):len(rows)], k))
}

// PositiveOrdered declares a vector of k increasing positive numbers, or rows of
// them: x_1 = exp(u_1), x_j = x_{j−1} + exp(u_j).
func (m *Model) PositiveOrdered(name string, k int, rows ...int) Param {
	return m.declare(name, orderedSupport{positive: true}, append(rows[:len(rows):len(rows)], k))
}

type orderedSupport struct{ positive bool }

func (orderedSupport) check([]int) string   { return "" }
func (orderedSupport) free(shape []int) int { return product(shape) }

// opOrderedRows is the cumulative sum of increments, by rows of k. The first and
// second derivatives of an increment in its coordinate are saved.
var opOrderedRows = &op{"ordered",
	func(t *Tape, n *node) {
		du, dx, k := t.adjoint(n.in[0]), t.adjOwn(n), int(n.k)
		d1 := t.savedOf(n, len(du))
		var g float64
		for i := len(du) - 1; i >= 0; i-- {
			if (i+1)%k == 0 {
				g = 0
			}
			g += dx[i]
			du[i] += g * d1[i]
		}
	},
	func(t *Tape, n *node) {
		ż, ẋ, k := t.tangentOf(n.in[0]), t.dotOwn(n), int(n.k)
		d1 := t.savedOf(n, len(ż))
		var s float64
		for i, v := range ż {
			if i%k == 0 {
				s = 0
			}
			s += d1[i] * v
			ẋ[i] = s
		}
	},
	func(t *Tape, n *node) {
		ż, dż, k := t.tangentOf(n.in[0]), t.adjointTangent(n.in[0]), int(n.k)
		dx, dẋ := t.adjOwn(n), t.adotOwn(n)
		m := len(ż)
		saved := t.savedOf(n, 2*m)
		d1, d2 := saved[:m], saved[m:]
		var g, ġ float64
		for i := m - 1; i >= 0; i-- {
			if (i+1)%k == 0 {
				g, ġ = 0, 0
			}
			g, ġ = g+dx[i], ġ+dẋ[i]
			dż[i] += ġ*d1[i] + g*d2[i]*ż[i]
		}
	},
}

func (o orderedSupport) constrain(t *Tape, u Var, shape []int) Var {
	k, n := last(shape), u.Len()
	id := t.push(opOrderedRows, n, t.active(u.id), u.id)
	t.nodes[id].k = int32(k)
	t.save(id, 2*n)
	lj := t.kernel(opKernelSum, u)
	y, e1, e2 := t.kernelParts(lj, n)
	x, d1, d2 := t.kernelParts(t.v(id), n)
	clear(e2)
	y[0] = 0
	var s float64
	for i, v := range u.Value() {
		first := i%k == 0
		if first {
			s = 0
		}
		if first && !o.positive {
			s, d1[i], d2[i], e1[i] = v, 1, 0, 0
		} else {
			e := math.Exp(v)
			s, d1[i], d2[i], e1[i] = s+e, e, e, 1
			y[0] += v
		}
		x[i] = s
	}
	t.AddTerm(lj)
	return t.v(id)
}

func (o orderedSupport) unconstrain(u, x []float64, shape []int) (ok bool) {
	k := last(shape)
	for i, v := range x {
		switch {
		case i%k != 0:
			v -= x[i-1]
		case !o.positive:
			u[i] = v
			continue
		}
		if !(v > 0) {
			return false
		}
		u[i] = math.Log(v)
	}
	return allFinite(u)
}

func (o orderedSupport) coords(name string, shape []int) []string {
	k := last(shape)
	names := elementNames(name, shape)
	out := make([]string, len(names))
	for i, n := range names {
		switch {
		case i%k != 0:
			out[i] = "log(" + n + " - " + names[i-1] + ")"
		case o.positive:
			out[i] = "log(" + n + ")"
		default:
			out[i] = n
		}
	}
	return out
}

func (o orderedSupport) domain() domain {
	if o.positive {
		return positive
	}
	return anyReal
}

func (o orderedSupport) String() string {
	if o.positive {
		return "positive ordered"
	}
	return "ordered"
}
