package ad

import (
	"math"
	"strconv"
	"strings"
)

// Explain says why the log-joint, its gradient or its Hessian is not finite at z:
// an *Error that names the operation or statement that was the first to give a
// NaN or an infinity from finite numbers, with its place, the row or element, and
// the parameters it came from. It is nil if all is finite.
func (m *Model) Explain(z []float64) error {
	t := &m.tape
	t.trace = new(trace)
	defer func() { t.trace = nil }()
	m.eval(z)
	if t.err != nil {
		return t.err
	}
	x := explainer{m, t}
	for _, look := range []func() *Error{x.value, x.gradient, x.hessian} {
		if err := look(); err != nil {
			return err
		}
	}
	return nil
}

// explainer looks for the culprit in a traced evaluation.
type explainer struct {
	m *Model
	t *Tape
}

// value looks for what makes the log-joint not finite.
func (x explainer) value() *Error {
	t := x.t
	for i, v := range t.value(t.input - 1) {
		if !isFinite(v) {
			name := x.m.coords[i]
			return &Error{What: "coordinate " + name, Param: name, Got: formatted(v), Want: "a finite number", Row: -1}
		}
	}
	for _, id := range t.terms {
		if !isFinite(t.value(id)[0]) {
			return x.blame(id, 0)
		}
	}
	if lp := t.LogJoint(); !isFinite(lp) {
		return &Error{What: "the sum of all terms", Got: formatted(lp), Want: "a finite number", Row: -1}
	}
	return nil
}

// data looks for NaN in what the caller supplied.
func (x explainer) data() error {
	t := x.t
	for id := range t.nodes {
		for _, in := range t.nodes[id].in {
			if in < 0 || t.nodes[in].op != opData {
				continue
			}
			for i, v := range t.value(in) {
				if math.IsNaN(v) {
					return x.badData(int32(id), in, i)
				}
			}
		}
	}
	for _, id := range t.terms {
		if v := t.value(id); t.nodes[id].op == opData && math.IsNaN(v[0]) {
			return x.badData(id, id, 0)
		}
	}
	return nil
}

func (x explainer) badData(id, in int32, i int) *Error {
	v := x.t.value(in)
	return &Error{Place: x.t.trace.places[id], What: x.opName(id), Row: rowOf(i, len(v)), Got: formatted(v[i]) + " in the data", Want: "a finite number"}
}

// blame goes back from element i of a node, which is not finite, to where that
// began.
func (x explainer) blame(id int32, i int) *Error {
	t := x.t
	for {
		n := &t.nodes[id]
		next, at := int32(-1), 0
		for _, in := range n.in {
			if in < 0 {
				continue
			}
			v := t.value(in)
			j := 0
			switch {
			case n.op == opView:
				j = i + int(n.off-t.nodes[in].off)
			case len(v) == int(n.n):
				j = i
			}
			if isFinite(v[j]) {
				j = firstBad(v)
			}
			if j < 0 {
				continue
			}
			// Data are to blame before what was computed, and of that the first.
			if next < 0 || t.nodes[in].op == opData && t.nodes[next].op != opData {
				next, at = in, j
			}
		}
		switch {
		case next < 0:
			return x.culprit(id, i)
		case t.nodes[next].op == opData && n.op != opView && x.law(id) == nil:
			return x.badData(id, next, at)
		case t.nodes[next].op == opData:
			return x.culprit(id, i)
		}
		id, i = next, at
	}
}

// culprit describes a node that gave element i from finite inputs.
func (x explainer) culprit(id int32, i int) *Error {
	t := x.t
	n := &t.nodes[id]
	e := &Error{Place: t.trace.places[id], What: x.opName(id), Row: rowOf(i, int(n.n)), Want: "a finite number"}
	if l := x.law(id); l != nil {
		x.lawCulprit(e, id, l, i)
		return e
	}
	e.Got = formatted(t.value(id)[i])
	var from []string
	for _, in := range n.in {
		if in < 0 {
			continue
		}
		j := 0
		if int(t.nodes[in].n) == int(n.n) {
			j = i
		} else if t.nodes[in].n != 1 {
			continue
		}
		from = append(from, x.describe(e, in, j))
	}
	if p := t.trace.params[id]; p != nil {
		e.Param = p.name
	}
	if from != nil {
		e.Got += " from " + strings.Join(from, " and ")
	}
	return e
}

// lawCulprit finds the row and the argument of a statement.
func (x explainer) lawCulprit(e *Error, id int32, l *law, i int) {
	t := x.t
	n := t.nodes[id]
	rows := int(n.k)
	lo := 0
	if n.each() {
		lo, rows = i, i+1
	}
	w := t.lawArgs(&n, l)
	for r := lo; r < rows; r++ {
		lp := math.Inf(-1)
		if w.at(r) {
			lp = l.partials(&w.point)
		} else {
			for k := range w.count {
				name, want := "x", &l.support
				if k > 0 {
					name, want = l.args[k-1].name, &l.args[k-1].domain
				}
				if !w.inDomain(k) {
					x.lawArgument(e, &n, k, r, name, want)
					return
				}
			}
		}
		if !isFinite(lp) {
			e.Row = rowOf(r, int(n.k))
			e.Got = "log-density " + formatted(lp) + " at " + x.lawPoint(e, &n, l, r)
			return
		}
	}
	e.Row, e.Got = -1, "a sum over rows of "+formatted(t.value(id)[0])
}

// lawPoint describes the arguments of a row.
func (x explainer) lawPoint(e *Error, n *node, l *law, r int) string {
	parts := []string{"x = " + x.describe(e, n.in[0], min(r, int(x.t.nodes[n.in[0]].n)-1))}
	for k := range l.args {
		in := n.in[k+1]
		parts = append(parts, l.args[k].name+" = "+x.describe(e, in, min(r, int(x.t.nodes[in].n)-1)))
	}
	return strings.Join(parts, ", ")
}

func (x explainer) lawArgument(e *Error, n *node, k, r int, name string, want *domain) {
	in := n.in[k]
	e.Row = rowOf(r, int(n.k))
	e.Got = name + " = " + x.describe(e, in, min(r, int(x.t.nodes[in].n)-1))
	e.Want = want.name
	if !want.constrained {
		e.Want = anyReal.name
	}
}

// describe gives element i of a node, with the name of the parameter or the
// coordinate if it is one, which it notes in e.
func (x explainer) describe(e *Error, id int32, i int) string {
	t := x.t
	s := formatted(t.value(id)[i])
	for j := id; j >= 0; {
		n := &t.nodes[j]
		if j == t.input-1 {
			e.Param = x.m.coords[i]
			return e.Param + " = " + s
		}
		for k, b := range t.bound {
			if b == j {
				e.Param = x.m.params[k].names()[i]
				return e.Param + " = " + s
			}
		}
		if n.op != opView {
			return s
		}
		i += int(n.off - t.nodes[n.in[0]].off)
		j = n.in[0]
	}
	return s
}

// opName is the name of an operation, of the distribution of a statement, or of
// the parameter whose map it is.
func (x explainer) opName(id int32) string {
	if p := x.t.trace.params[id]; p != nil {
		return "parameter " + p.name
	}
	if l := x.law(id); l != nil {
		return l.name
	}
	return x.t.nodes[id].op.name
}

// law returns the law of a statement, nil of any other node.
func (x explainer) law(id int32) *law {
	n := &x.t.nodes[id]
	if n.op != opLaw && n.op != opLawEach {
		return nil
	}
	return x.t.refs[n.ref].(*law)
}

// firstBad returns the index of the first number that is not finite, or −1.
func firstBad(x []float64) int {
	for i, v := range x {
		if !isFinite(v) {
			return i
		}
	}
	return -1
}

func isFinite(x float64) bool { return x-x == 0 }

func formatted(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
