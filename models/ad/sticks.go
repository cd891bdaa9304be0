package ad

// Stick-breaking: row by row, x_k = r_k a(u_k) and r_{k+1} = r_k b(u_k) from
// r_0 = 1, the last element of a row being the r that is left. All factors are
// known to full relative accuracy, and nothing is subtracted.

var opSticks = &op{"stick-breaking", sticksReverse, sticksTangent, sticksSecond}

// stick is what a coordinate saves.
const (
	stickA  = iota // a
	stickB         // b
	stickA1        // a′
	stickB1        // b′
	stickA2        // a″
	stickB2        // b″
	stickR         // r before it
	stickṘ         // its tangent
	stickSize
)

// sticks records n elements in rows of k: rows of k − 1 coordinates, or one
// lower triangle with a row of i coordinates and i + 1 elements for each i < k.
// factors stores a, b and their derivatives at u,
// which is coordinate j of its row.
func (t *Tape) sticks(u Var, n, k int, triangle bool, factors func(s []float64, u float64, j int)) Var {
	id := t.push(opSticks, n, t.active(u.id), u.id)
	t.nodes[id].k = int32(k)
	if triangle {
		t.nodes[id].k = -int32(k)
	}
	saved := t.save(id, stickSize*u.Len())
	x, from := t.value(id), u.Value()
	clear(x)
	for rows := stickRows(&t.nodes[id]); rows.next(); {
		r := 1.0
		for j := range rows.m {
			s := saved[(rows.u+j)*stickSize:][:stickSize]
			factors(s, from[rows.u+j], j)
			s[stickR] = r
			x[rows.x+j] = r * s[stickA]
			r *= s[stickB]
		}
		x[rows.x+rows.m] = r
	}
	return t.v(id)
}

// stickWalk goes through rows: m coordinates from u, m + 1 elements from x.
type stickWalk struct {
	u, x, m   int
	k, n, row int
	triangle  bool
}

func stickRows(n *node) stickWalk {
	k := int(n.k)
	return stickWalk{k: max(k, -k), n: int(n.n), row: -1, triangle: k < 0}
}

func (w *stickWalk) next() bool {
	w.u += w.m
	w.row++
	w.x = w.row * w.k
	w.m = w.k - 1
	if w.triangle {
		w.m = w.row
	}
	return w.x < w.n
}

func sticksReverse(t *Tape, n *node) {
	du, dx := t.adjoint(n.in[0]), t.adjOwn(n)
	saved := t.savedOf(n, stickSize*len(du))
	for w := stickRows(n); w.next(); {
		g := dx[w.x+w.m] // adjoint of r
		for j := w.m - 1; j >= 0; j-- {
			s, dxj := saved[(w.u+j)*stickSize:][:stickSize], dx[w.x+j]
			du[w.u+j] += s[stickR] * (dxj*s[stickA1] + g*s[stickB1])
			g = dxj*s[stickA] + g*s[stickB]
		}
	}
}

func sticksTangent(t *Tape, n *node) {
	ż, ẋ := t.tangentOf(n.in[0]), t.dotOwn(n)
	saved := t.savedOf(n, stickSize*len(ż))
	clear(ẋ)
	for w := stickRows(n); w.next(); {
		ṙ := 0.0
		for j := range w.m {
			s, v := saved[(w.u+j)*stickSize:][:stickSize], ż[w.u+j]
			s[stickṘ] = ṙ
			ẋ[w.x+j] = ṙ*s[stickA] + s[stickR]*s[stickA1]*v
			ṙ = ṙ*s[stickB] + s[stickR]*s[stickB1]*v
		}
		ẋ[w.x+w.m] = ṙ
	}
}

func sticksSecond(t *Tape, n *node) {
	ż, dż := t.tangentOf(n.in[0]), t.adjointTangent(n.in[0])
	dx, dẋ := t.adjOwn(n), t.adotOwn(n)
	saved := t.savedOf(n, stickSize*len(ż))
	for w := stickRows(n); w.next(); {
		g, ġ := dx[w.x+w.m], dẋ[w.x+w.m]
		for j := w.m - 1; j >= 0; j-- {
			s, v := saved[(w.u+j)*stickSize:][:stickSize], ż[w.u+j]
			p, ṗ := dx[w.x+j], dẋ[w.x+j]
			dż[w.u+j] += s[stickṘ]*(p*s[stickA1]+g*s[stickB1]) +
				s[stickR]*(ṗ*s[stickA1]+ġ*s[stickB1]+(p*s[stickA2]+g*s[stickB2])*v)
			ġ = (p*s[stickA1]+g*s[stickB1])*v + ṗ*s[stickA] + ġ*s[stickB]
			g = p*s[stickA] + g*s[stickB]
		}
	}
}
