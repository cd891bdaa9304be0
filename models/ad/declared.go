package ad

import (
	"fmt"
	"slices"
	"strconv"
)

// declared evaluates the density once, with everything checked that can be, and
// learns what it reports.
func (m *Model) declared() error {
	t := &m.tape
	t.trace = &trace{check: true}
	defer func() { t.trace = nil }()
	m.eval(make([]float64, m.dim))
	switch {
	case m.err != nil:
		return m.err
	case t.err != nil:
		return t.err
	case len(t.terms) == 0:
		return &Error{Place: userPlace(), What: "Density", Got: "no term", Want: "statements with Follows or AddTerm", Row: -1}
	}
	x := explainer{m, t}
	if err := x.data(); err != nil {
		return err
	}
	matters := t.matters()
	asked := t.asked(matters)
	for i, id := range t.bound {
		p := m.params[i]
		use := ""
		if !matters[id] {
			use = "no use in the density"
		} else if n := &t.nodes[id]; unbounded(p.sup) {
			if k := slices.Index(asked[n.off:n.off+n.n], false); k >= 0 {
				use = "no use of " + p.names()[k] + " in the density"
			}
		}
		if use != "" {
			return &Error{Place: p.place, What: "parameter " + p.name, Param: p.name, Got: use, Want: "a statement that depends on it, or no declaration", Row: -1}
		}
	}
	return m.quantities()
}

// quantities learns the names of what is reported, and looks for names that stand
// for two numbers.
func (m *Model) quantities() error {
	t := &m.tape
	seen := make(map[string]bool)
	take := func(e Error, names []string) error {
		e.Want, e.Row = "one name for each quantity", -1
		for _, name := range names {
			if seen[name] {
				e.Got = "a second " + name
				return &e
			}
			seen[name] = true
		}
		return nil
	}
	for _, p := range m.params {
		if err := take(Error{Place: p.place, What: "parameter " + p.name, Param: p.name}, p.names()); err != nil {
			return err
		}
	}
	names, reports := m.names, []reported(nil)
	for i, q := range t.report {
		n := int(t.nodes[q.id].n)
		shape := []int{n}
		if n == 1 {
			shape = nil
		}
		all := elementNames(q.name, shape)
		if err := take(Error{Place: t.trace.said[i], What: "Report"}, all); err != nil {
			return err
		}
		reports, names = append(reports, reported{q.name, n}), append(names, all...)
	}
	m.reports, m.names = reports, names
	return nil
}

// matters says of each node whether the log-joint depends on it.
func (t *Tape) matters() []bool {
	on := make([]bool, len(t.nodes))
	for _, id := range t.terms {
		on[id] = true
	}
	for id := len(t.nodes) - 1; id >= 0; id-- {
		for _, in := range t.nodes[id].in {
			if on[id] && in >= 0 {
				on[in] = true
			}
		}
	}
	return on
}

// asked says of each number on the tape whether what matters asks for it.
func (t *Tape) asked(matters []bool) []bool {
	asked := make([]bool, len(t.val))
	ask := func(off, n int32) {
		for i := range n {
			asked[off+i] = true
		}
	}
	for id := range t.nodes {
		n := &t.nodes[id]
		if !matters[id] || n.op == opView { // a view is the memory it looks at
			continue
		}
		for _, in := range n.in {
			switch {
			case in < 0 || t.nodes[in].off < 0:
			case n.op == opGather:
				for _, i := range t.lists[n.ref] {
					asked[int(t.nodes[in].off)+i] = true
				}
			default:
				ask(t.nodes[in].off, t.nodes[in].n)
			}
		}
	}
	for _, id := range t.terms {
		if off := t.nodes[id].off; off >= 0 {
			ask(off, 1)
		}
	}
	return asked
}

// unbounded reports whether an element that nothing asks for has no proper density.
func unbounded(s support) bool {
	switch s.(type) {
	case simplexSupport, corrSupport, intervalSupport:
		return false
	}
	return true
}

// Report names a quantity that is to be reported besides the parameters, such as
// a mean in the units of the data. Its length must be the same in all evaluations.
func (t *Tape) Report(name string, x Value) {
	if name == "" {
		t.fail("no name", "a name", -1)
	}
	t.report = append(t.report, quantity{name, t.arg(x)})
	if t.trace != nil {
		t.trace.said = append(t.trace.said, userPlace())
	}
}

// checkLaw looks, at declaration, for arguments and data outside their domains:
// parameters whose support is wider, and rows. It reports true after an error.
func (t *Tape) checkLaw(l *law, x *operand, d *Dist, in [4]int32) bool {
	bad := func(what string, v *operand, id int32, want *domain) bool {
		if !want.constrained {
			want = &anyReal // which has a name
		}
		if p := v.param.def; p != nil {
			if got := p.sup.domain(); !got.within(want) {
				t.failParam(p.name, l.name, fmt.Sprintf("parameter %s, declared %v, as %s", p.name, p.sup, what), want.name)
				return true
			}
			return false
		}
		if t.nodes[id].active {
			return false
		}
		x := t.value(id)
		for i, v := range x {
			if !want.contains(v) {
				t.failAt(l.name, rowOf(i, len(x)), what+" = "+strconv.FormatFloat(v, 'g', -1, 64), want.name)
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
	if l == uniform && d.args[0].kind == isNumber && d.args[1].kind == isNumber {
		lo, hi := d.args[0].num, d.args[1].num
		return bad("x", x, in[0], &domain{name: fmt.Sprintf("a number from %v to %v", lo, hi), lo: lo, hi: hi, constrained: true})
	}
	return false
}

func (t *Tape) failAt(what string, row int, got, want string) {
	if t.err == nil {
		t.err = &Error{Place: userPlace(), What: what, Got: got, Want: want, Row: row}
	}
}

func (t *Tape) failParam(param, what string, got, want string) {
	if t.err == nil {
		t.err = &Error{Place: userPlace(), What: what, Param: param, Got: got, Want: want, Row: -1}
	}
}

// rowOf returns i, or −1 if it is the only one.
func rowOf(i, n int) int {
	if n == 1 {
		return -1
	}
	return i
}

// within reports whether every number of d is in e.
func (d domain) within(e *domain) bool {
	if !e.constrained {
		return true
	}
	if !d.constrained || e.whole && !d.whole {
		return false
	}
	if e.open && !d.open && (d.lo == e.lo || d.hi == e.hi) {
		return false
	}
	return d.lo >= e.lo && d.hi <= e.hi
}
