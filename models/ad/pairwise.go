package ad

import "math"

// pairwise returns the rules of y = f(a, b) elementwise, whose f_a and f_b were
// saved, one vector after the other. second returns f_aa, f_ab and f_bb.
func pairwise(name string, second func(a, b float64) (aa, ab, bb float64)) *op {
	return &op{name,
		func(t *Tape, n *node) {
			saved := t.savedOf(n, 2*int(n.n))
			for k, in := range n.in[:2] {
				if t.active(in) {
					mulAdd(t.adjoint(in), t.adjOwn(n), saved[k*int(n.n):][:n.n])
				}
			}
		},
		func(t *Tape, n *node) {
			saved := t.savedOf(n, 2*int(n.n))
			ẏ := t.dotOwn(n)
			clear(ẏ)
			for k, in := range n.in[:2] {
				if t.active(in) {
					mulAdd2(ẏ, saved[k*int(n.n):][:n.n], t.tangentOf(in))
				}
			}
		},
		func(t *Tape, n *node) {
			ia, ib := n.in[0], n.in[1]
			a, b, dy, dẏ := t.value(ia), t.value(ib), t.adjOwn(n), t.adotOwn(n)
			saved := t.savedOf(n, 2*int(n.n))
			pa, pb := saved[:n.n], saved[n.n:]
			sa, sb := stride(a), stride(b)
			onA, onB := t.active(ia), t.active(ib)
			for i, g := range dy {
				aa, ab, bb := second(a[i*sa], b[i*sb])
				var ȧ, ḃ float64
				if onA {
					ȧ = t.tangentOf(ia)[i*sa]
				}
				if onB {
					ḃ = t.tangentOf(ib)[i*sb]
				}
				// Where one tangent is 0, so is what it contributes, though the
				// derivative may be infinite.
				if onA {
					t.adjointTangent(ia)[i*sa] += dẏ[i]*pa[i] + g*(times(aa, ȧ)+times(ab, ḃ))
				}
				if onB {
					t.adjointTangent(ib)[i*sb] += dẏ[i]*pb[i] + g*(times(ab, ȧ)+times(bb, ḃ))
				}
			}
		},
	}
}

// times returns d·v, 0 if v is.
func times(d, v float64) float64 {
	if v == 0 {
		return 0
	}
	return d * v
}

// pairwise records y = f(a, b) elementwise, where either may be a scalar, and
// saves the partial derivatives of an active node.
func (t *Tape) pairwise(o *op, a, b Value, f func(a, b float64, onA, onB bool) (y, da, db float64)) Var {
	id, y, u, v := t.binary(o, a, b)
	n := t.nodes[id]
	su, sv := stride(u), stride(v)
	if !n.active {
		for i := range y {
			y[i], _, _ = f(u[i*su], v[i*sv], false, false)
		}
		return t.v(id)
	}
	saved := t.save(id, 2*len(y))
	da, db := saved[:len(y)], saved[len(y):]
	onA, onB := t.active(n.in[0]), t.active(n.in[1])
	for i := range y {
		y[i], da[i], db[i] = f(u[i*su], v[i*sv], onA, onB)
	}
	return t.v(id)
}

var (
	opPow       = pairwise("Pow", powCurve)
	opMax       = pairwise("Max", noCurve)
	opMin       = pairwise("Min", noCurve)
	opLogAddExp = pairwise("LogAddExp", logAddExpCurve)
)

func noCurve(_, _ float64) (aa, ab, bb float64) { return 0, 0, 0 }

// powCurve returns the second derivatives of aᵇ. Those in b are NaN where a < 0.
func powCurve(a, b float64) (aa, ab, bb float64) {
	if c := b * (b - 1); c != 0 {
		aa = c * math.Pow(a, b-2)
	}
	if a == 0 && b > 0 {
		// The limits from above.
		if b <= 1 {
			ab = math.Inf(-1)
		}
		return aa, ab, 0
	}
	l := math.Log(a)
	return aa, math.Pow(a, b-1) * (1 + b*l), math.Pow(a, b) * l * l
}

// Pow returns aᵇ elementwise. It is NaN where a < 0 and b is not whole. The
// derivatives at a = 0 are limits from above.
func (t *Tape) Pow(a, b Value) Var {
	return t.pairwise(opPow, a, b, func(a, b float64, onA, onB bool) (y, da, db float64) {
		y = math.Pow(a, b)
		if onA && b != 0 {
			da = b * math.Pow(a, b-1)
		}
		if onB && !(a == 0 && b > 0) {
			db = y * math.Log(a)
		}
		return y, da, db
	})
}

// Max returns the larger of a and b elementwise. Where they are equal, each has
// half the derivative.
func (t *Tape) Max(a, b Value) Var {
	return t.pairwise(opMax, a, b, func(a, b float64, _, _ bool) (y, da, db float64) {
		da, db = share(a, b)
		return max(a, b), da, db
	})
}

// Min returns the smaller of a and b elementwise. Where they are equal, each has
// half the derivative.
func (t *Tape) Min(a, b Value) Var {
	return t.pairwise(opMin, a, b, func(a, b float64, _, _ bool) (y, da, db float64) {
		da, db = share(b, a)
		return min(a, b), da, db
	})
}

// share returns (1, 0) if a > b, and halves at a tie.
func share(a, b float64) (float64, float64) {
	switch {
	case a > b:
		return 1, 0
	case a < b:
		return 0, 1
	case a == b:
		return 0.5, 0.5
	}
	return math.NaN(), math.NaN()
}

// LogAddExp returns log(eᵃ + eᵇ) elementwise, for any a and b, −Inf included.
func (t *Tape) LogAddExp(a, b Value) Var {
	return t.pairwise(opLogAddExp, a, b, func(a, b float64, _, _ bool) (y, da, db float64) {
		m := max(a, b)
		if math.IsInf(m, 0) {
			if m > 0 {
				da, db = share(a, b)
			}
			return m, da, db
		}
		e := math.Exp(-math.Abs(a - b))
		s := 1 / (1 + e)
		da, db = s, e*s
		if a < b {
			da, db = db, da
		}
		return m + math.Log1p(e), da, db
	})
}

func logAddExpCurve(a, b float64) (aa, ab, bb float64) {
	if math.IsInf(max(a, b), 0) {
		return 0, 0, 0
	}
	e := math.Exp(-math.Abs(a - b))
	h := e / ((1 + e) * (1 + e))
	return h, -h, h
}
