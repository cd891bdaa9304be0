package ad

import "math"

// lawArgs walks the elements of a law's arguments.
type lawArgs struct {
	point
	l      *law
	v      [4][]float64
	step   [4]int
	count  int
	lo, hi [4]float64   // least and largest value of each
	saved  [4][]float64 // for the derivatives in each, nil if it is not active
	whole  [4]bool      // whole numbers only; what is active may be any in between

	scalars bool // all of θ
	valid   bool // those of θ that are scalars are in their domains
	again   bool // prepare reads one that is not
}

func (t *Tape) lawArgs(n *node, l *law) *lawArgs {
	w := &t.law
	w.l, w.count, w.scalars, w.valid = l, len(l.args)+1, true, true
	w.d, w.h = [4]float64{}, [4][4]float64{}
	for k := range w.count {
		w.v[k] = t.value(n.in[k])
		w.step[k] = stride(w.v[k])
		w.on[k] = t.active(n.in[k])
		d := &l.support
		if k > 0 {
			d = &l.args[k-1].domain
		}
		w.lo[k], w.hi[k] = d.bounds()
		w.whole[k] = d.whole && !w.on[k]
		if k == 0 {
			continue
		}
		w.a[k] = w.v[k][0]
		if w.step[k] == 0 {
			w.valid = w.valid && w.inDomain(k)
		} else {
			w.scalars = false
		}
	}
	w.again = false
	for _, k := range l.reads {
		w.again = w.again || w.step[k] != 0
	}
	if w.valid && !w.again && l.prepare != nil {
		l.prepare(&w.point)
	}
	return w
}

func (w *lawArgs) inDomain(k int) bool {
	a := w.a[k]
	return w.lo[k] <= a && a <= w.hi[k] && (!w.whole[k] || a == math.Floor(a))
}

// at moves to element i and reports whether the density is defined there.
func (w *lawArgs) at(i int) bool {
	w.a[0] = w.v[0][i*w.step[0]]
	ok := w.valid && w.inDomain(0)
	if !w.scalars {
		for k := 1; k < w.count; k++ {
			if w.step[k] != 0 {
				w.a[k] = w.v[k][i]
				ok = ok && w.inDomain(k)
			}
		}
		if ok && w.again {
			w.l.prepare(&w.point)
		}
	}
	return ok && (w.l.within == nil || w.l.within(&w.a))
}

// nan reports whether x or θ is not a number.
func (w *lawArgs) nan() bool {
	for _, a := range w.a[:w.count] {
		if math.IsNaN(a) {
			return true
		}
	}
	return false
}
