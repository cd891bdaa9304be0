package ad

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Param is a parameter of a Model, with a name, a shape and a support. It is a
// Value: in a density it stands for its value, in the space of its support.
type Param struct {
	def   *param
	model *Model
}

// param is what was declared.
type param struct {
	name  string
	shape []int
	sup   support
	index int
	free  [2]int // range of its unconstrained coordinates
	place string // of its declaration
}

// Name returns the name.
func (p Param) Name() string { return p.def.name }

// Len returns the number of constrained values.
func (p Param) Len() int { return product(p.def.shape) }

// names returns "tau", or "theta[1]" to "theta[8]", or "L[1,1]"... : one for each
// value, counted from 1 as Stan does.
func (p *param) names() []string { return elementNames(p.name, p.shape) }

func elementNames(name string, shape []int) []string {
	if len(shape) == 0 {
		return []string{name}
	}
	var out []string
	idx := make([]int, len(shape))
	for {
		parts := make([]string, len(idx))
		for k, i := range idx {
			parts[k] = strconv.Itoa(i + 1)
		}
		out = append(out, name+"["+strings.Join(parts, ",")+"]")
		k := len(idx) - 1
		for ; k >= 0; k-- {
			if idx[k]++; idx[k] < shape[k] {
				break
			}
			idx[k] = 0
		}
		if k < 0 {
			return out
		}
	}
}

// support is the set of values of a parameter, and the map onto it from the
// unconstrained coordinates u ∈ ℝᵏ.
type support interface {
	// check returns what shape is wanted, or "" if the shape will do.
	check(shape []int) string
	// free returns the number of unconstrained coordinates.
	free(shape []int) int
	// constrain returns x(u) and adds log |det ∂x/∂u| to the log-joint.
	constrain(t *Tape, u Var, shape []int) Var
	// unconstrain stores u(x); ok is false outside the set.
	unconstrain(u, x []float64, shape []int) (ok bool)
	// coords names the unconstrained coordinates.
	coords(name string, shape []int) []string
	// domain is an interval that holds every element.
	domain() domain
	String() string
}

// declare adds a parameter. What it returns after an error is no parameter of any
// model.
func (m *Model) declare(name string, s support, shape []int) Param {
	p := &param{name: name, shape: slices.Clone(shape), sup: s, index: len(m.params), place: userPlace()}
	if got, want := m.refuse(p); want != "" {
		m.failParam(name, got, want)
		return Param{def: p}
	}
	p.free = [2]int{m.dim, m.dim + s.free(p.shape)}
	m.dim = p.free[1]
	m.names = append(m.names, p.names()...)
	m.coords = append(m.coords, s.coords(name, p.shape)...)
	m.params = append(m.params, p)
	return Param{p, m}
}

// refuse says what is wrong with a declaration; want is "" if nothing is.
func (m *Model) refuse(p *param) (got, want string) {
	switch {
	case p.name == "":
		return "no name", "a name"
	case m.density != nil:
		return "a declaration after Density or inside it", "all parameters declared before"
	}
	for _, other := range m.params {
		if other.name == p.name {
			return "a second declaration", "one parameter of that name (the first is at " + other.place + ")"
		}
	}
	got = fmt.Sprintf("shape %v", p.shape)
	for _, n := range p.shape {
		if n < 1 {
			return got, "positive sizes"
		}
	}
	return got, p.sup.check(p.shape)
}

func (m *Model) failParam(name, got, want string) {
	if m.err == nil {
		m.err = &Error{Place: userPlace(), What: "parameter " + name, Param: name, Got: got, Want: want, Row: -1}
	}
}

func (m *Model) fail(what, got, want string) {
	if m.err == nil {
		m.err = &Error{Place: userPlace(), What: what, Got: got, Want: want, Row: -1}
	}
}

// wrapNames returns the names of elements inside a function, such as log(tau).
func wrapNames(before, name string, shape []int, after string) []string {
	names := elementNames(name, shape)
	for i, n := range names {
		names[i] = before + n + after
	}
	return names
}
