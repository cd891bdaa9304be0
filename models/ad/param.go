package ad

import (
	"fmt"
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
	// domain is an interval that holds every element.
	domain() domain
	String() string
}

// declare adds a parameter.
func (m *Model) declare(name string, s support, shape []int) Param {
	p := &param{name: name, shape: shape, sup: s, index: len(m.params)}
	switch {
	case name == "":
		m.fail("parameter", "no name", "a name")
	case m.density != nil:
		m.fail("parameter "+name, "a declaration after Density", "all parameters declared before")
	}
	for _, n := range shape {
		if n < 1 {
			m.fail("parameter "+name, fmt.Sprintf("shape %v", shape), "positive sizes")
			p.shape = nil
		}
	}
	for _, other := range m.params {
		if other.name == name {
			m.fail("parameter "+name, "a second declaration", "one parameter of that name")
		}
	}
	if want := s.check(p.shape); want != "" {
		m.fail("parameter "+name, fmt.Sprintf("shape %v", shape), want)
		return Param{p, m}
	}
	p.free = [2]int{m.dim, m.dim + s.free(p.shape)}
	m.dim = p.free[1]
	m.names = append(m.names, p.names()...)
	m.params = append(m.params, p)
	return Param{p, m}
}

func (m *Model) fail(what, got, want string) {
	if m.err == nil {
		m.err = &Error{Place: userPlace(), What: what, Got: got, Want: want, Row: -1}
	}
}
