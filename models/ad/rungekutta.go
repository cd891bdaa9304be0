package ad

import "fmt"

// opCombine is Σ cₖxₖ of up to four vectors of equal length, with constants cₖ,
// which it saves.
var opCombine = &op{"combination",
	func(t *Tape, n *node) { t.combineBack(n, t.adj) },
	func(t *Tape, n *node) {
		ẏ := t.dotOwn(n)
		clear(ẏ)
		for k, in := range n.in {
			if t.active(in) {
				axpy(ẏ, t.saved[int(n.save)+k], t.tangentOf(in))
			}
		}
	},
	func(t *Tape, n *node) { t.combineBack(n, t.adot) },
}

// combineBack goes back in x, which is adj or adot.
func (t *Tape) combineBack(n *node, x []float64) {
	g := x[n.off : n.off+n.n]
	for k, in := range n.in {
		if t.active(in) {
			axpy(t.part(x, in), t.saved[int(n.save)+k], g)
		}
	}
}

func (t *Tape) combine(c [4]float64, in [4]int32) int32 {
	active := false
	for _, id := range in {
		active = active || t.active(id)
	}
	id := t.push(opCombine, int(t.nodes[in[0]].n), active, in[:]...)
	copy(t.save(id, 4), c[:])
	y := t.value(id)
	clear(y)
	for k, id := range in {
		if id >= 0 {
			axpy(y, c[k], t.value(id))
		}
	}
	return id
}

// RungeKutta returns the solution of the ordinary differential equation
//
//	dy/dt = f(t, y),  y(t0) = y0
//
// at each of times, which increase from t0 on or decrease: a matrix of len(times)
// rows. It takes steps equal steps of the classical method of fourth order from
// each time to the next. f must return a vector of the length of y.
func (t *Tape) RungeKutta(f func(time float64, y Var) Var, y0 Value, t0 float64, times []float64, steps int) Var {
	y := t.arg(y0)
	if steps < 1 || len(times) == 0 {
		return t.v(t.bad(fmt.Sprintf("%d times and %d steps", len(times), steps), "at least one of each"))
	}
	n := t.nodes[y].n
	slope := func(time float64, y int32) int32 {
		k := t.arg(f(time, t.v(y)))
		if t.nodes[k].n != n {
			t.fail(fmt.Sprintf("a derivative of length %d", t.nodes[k].n), fmt.Sprintf("length %d", n), -1)
			return y
		}
		return k
	}
	first := len(t.rows)
	for _, end := range times {
		h := (end - t0) / float64(steps)
		for i := range steps {
			if t.err != nil {
				t.rows = t.rows[:first]
				return t.v(t.constant(0))
			}
			at := t0 + float64(i)*h
			k1 := slope(at, y)
			k2 := slope(at+h/2, t.combine([4]float64{1, h / 2}, [4]int32{y, k1, -1, -1}))
			k3 := slope(at+h/2, t.combine([4]float64{1, h / 2}, [4]int32{y, k2, -1, -1}))
			k4 := slope(at+h, t.combine([4]float64{1, h}, [4]int32{y, k3, -1, -1}))
			part := t.combine([4]float64{1, h / 6, h / 3, h / 3}, [4]int32{y, k1, k2, k3})
			y = t.combine([4]float64{1, h / 6}, [4]int32{part, k4, -1, -1})
		}
		t.rows = append(t.rows, y)
		t0 = end
	}
	out := t.concat(t.rows[first:])
	t.rows = t.rows[:first]
	return t.v(out)
}
