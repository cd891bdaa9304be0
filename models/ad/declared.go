package ad

import (
	"fmt"
	"strconv"
)

// declared evaluates the density once, with everything checked that can be, and
// learns what it reports.
func (m *Model) declared() error {
	t := &m.tape
	t.trace = &trace{used: make([]bool, len(m.params)), check: true}
	defer func() { t.trace = nil }()
	m.eval(make([]float64, m.dim))
	if t.err != nil {
		return t.err
	}
	if len(t.terms) == 0 {
		return &Error{What: "Density", Got: "no term", Want: "statements with Follows or AddTerm", Row: -1}
	}
	for i, used := range t.trace.used {
		if !used {
			return &Error{What: "parameter " + m.params[i].name, Got: "no use in the density", Want: "a statement that depends on it, or no declaration", Row: -1}
		}
	}
	for i, id := range t.report {
		n := int(t.nodes[id].n)
		name := t.trace.names[i]
		shape := []int{n}
		if n == 1 {
			shape = nil
		}
		m.reports = append(m.reports, reported{name, n})
		m.names = append(m.names, elementNames(name, shape)...)
	}
	seen := make(map[string]bool)
	for _, name := range m.names {
		if seen[name] {
			return &Error{What: "Report", Got: "a second " + name, Want: "one name for each quantity", Row: -1}
		}
		seen[name] = true
	}
	return nil
}

// Report names a quantity that is to be reported besides the parameters, such as
// a mean in the units of the data.
func (t *Tape) Report(name string, x Value) {
	t.report = append(t.report, t.arg(x))
	if t.trace != nil {
		t.trace.names = append(t.trace.names, name)
	}
}

// checkLaw looks, at declaration, for arguments and data outside their domains:
// parameters whose support is wider, and rows. It reports true after an error.
func (t *Tape) checkLaw(l *law, x *operand, d *Dist, in [4]int32) bool {
	bad := func(what string, v *operand, id int32, want *domain) bool {
		if !want.constrained {
			want = &anyReal
		}
		if p := v.param.def; p != nil {
			if got := p.sup.domain(); !got.within(want) {
				t.failAt(l.name, -1, fmt.Sprintf("parameter %s, declared %v, as %s", p.name, p.sup, what), want.name)
				return true
			}
			return false
		}
		if t.nodes[id].active {
			return false
		}
		for i, v := range t.value(id) {
			if !want.contains(v) {
				t.failAt(l.name, i, what+" = "+strconv.FormatFloat(v, 'g', -1, 64), want.name)
				return true
			}
		}
		return false
	}
	if bad("x", x, in[0], &l.support) {
		return true
	}
	for k := range l.args {
		if bad(l.args[k].name, &d.args[k], in[k+1], &l.args[k].domain) {
			return true
		}
	}
	return false
}

func (t *Tape) failAt(what string, row int, got, want string) {
	if t.err == nil {
		t.err = &Error{Place: userPlace(), What: what, Got: got, Want: want, Row: row}
	}
}

// within reports whether every number of d is in e.
func (d domain) within(e *domain) bool {
	if !e.constrained {
		return true
	}
	if !d.constrained || e.whole && !d.whole {
		return false
	}
	return d.lo >= e.lo && d.hi <= e.hi
}
