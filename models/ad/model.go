package ad

import (
	"fmt"
	"math"
	"slices"

	"natgrad/models"
)

// Model is a log-joint density of declared parameters. It works on unconstrained
// coordinates z ∈ ℝᵈ, those of all parameters one after the other, with the
// log-Jacobians added, and implements models.Hessianer, models.Forker and
// models.Constrainer. The zero value has no parameters yet.
type Model struct {
	params  []*param
	names   []string
	coords  []string
	dim     int
	density func(p *Tape)
	tape    Tape
	err     error
	root    *Model // whose parameters these are
	reports []reported
}

// reported is a quantity that the density reports besides the parameters.
type reported struct {
	name string
	n    int
}

var (
	_ models.Hessianer   = (*Model)(nil)
	_ models.Forker      = (*Model)(nil)
	_ models.Constrainer = (*Model)(nil)
	_ models.CoordNamer  = (*Model)(nil)
	_ models.Explainer   = (*Model)(nil)
)

// Density gives the log-joint, in terms of the constrained parameters, and checks
// it at a point. f is called at every evaluation, with forks from several
// goroutines at once. The error is an *Error.
func (m *Model) Density(f func(p *Tape)) error {
	if m.density != nil {
		m.fail("Density", "a second call", "one density for a model")
	}
	if m.err == nil && len(m.params) == 0 {
		m.fail("Density", "no parameters", "at least one declared before, such as Real(\"mu\")")
	}
	if m.err == nil && f == nil {
		m.fail("Density", "nil", "a function that states the log-joint")
	}
	if m.err != nil {
		return m.err
	}
	m.root, m.density = m, f
	good := false
	defer func() { // also if f panics
		if !good {
			m.density = nil
		}
	}()
	if m.err = m.declared(); m.err != nil {
		return m.err
	}
	good = true
	return nil
}

// Dim returns the number of unconstrained coordinates.
func (m *Model) Dim() int { return m.dim }

// eval records the density at z.
func (m *Model) eval(z []float64) {
	m.lengths(len(z), m.dim)
	if m.density == nil {
		panic(noDensity)
	}
	t := &m.tape
	t.Reset()
	t.model = m.root
	if cap(t.bound) < len(m.params) {
		t.bound = make([]int32, len(m.params))
	}
	t.bound = t.bound[:len(m.params)]
	in := t.Input(z)
	for i, p := range m.params {
		if t.trace != nil {
			t.trace.now = p
		}
		u := t.v(t.view(in.id, p.free[0], p.free[1]))
		t.bound[i] = p.sup.constrain(t, u, p.shape).id
	}
	if t.trace != nil {
		t.trace.now = nil
	}
	if t.err = m.root.err; t.err == nil {
		t.err = m.err
	}
	if t.err != nil { // a declaration after Density, of a fork perhaps
		return
	}
	m.density(t)
}

func (m *Model) lengths(got, want int) {
	if got != want {
		panic(badLength)
	}
}

// Panic messages for programmer errors.
const (
	badLength = "ad: wrong length of a vector"
	noDensity = "ad: Model has no density: call Density, and look at its error"
)

// LogJoint returns log p(y, x(z)) + log |det ∂x/∂z|, −Inf outside the support,
// NaN where the density is not a number: see Explain.
func (m *Model) LogJoint(z []float64) float64 {
	m.eval(z)
	return m.tape.LogJoint()
}

// LogJointGrad implements models.Gradienter.
func (m *Model) LogJointGrad(grad, z []float64) float64 {
	m.eval(z)
	m.tape.Gradient(grad)
	return m.tape.LogJoint()
}

// LogJointHess implements models.Hessianer, by one Hessian–vector product for
// each coordinate.
func (m *Model) LogJointHess(hess, grad, z []float64) float64 {
	m.lengths(len(hess), m.dim*m.dim)
	lp := m.LogJointGrad(grad, z)
	m.tape.Hessian(hess)
	return lp
}

// HessVec stores the product of the Hessian at z and v in dst, and returns the
// log-joint.
func (m *Model) HessVec(dst, v, z []float64) float64 {
	m.eval(z)
	m.tape.HessVec(dst, v)
	return m.tape.LogJoint()
}

func fillNaN(x []float64) {
	for i := range x {
		x[i] = math.NaN()
	}
}

// Fork returns the same model with a tape of its own.
func (m *Model) Fork() models.Model {
	return &Model{params: m.params, names: m.names, coords: m.coords, dim: m.dim, density: m.density, root: m.root, reports: m.reports}
}

// ParamNames returns the names of what Constrain gives: the values of the
// parameters in the order of their declaration, then the reported quantities.
func (m *Model) ParamNames() []string { return m.names }

// CoordNames returns the names of the unconstrained coordinates z, such as
// "log(tau)" or "theta[3]".
func (m *Model) CoordNames() []string { return m.coords }

// Constrain stores the constrained values of the parameters at z, and the
// reported quantities, in dst: NaN for what the density does not report at z.
func (m *Model) Constrain(dst, z []float64) {
	m.lengths(len(dst), len(m.names))
	m.eval(z)
	t := &m.tape
	for _, id := range t.bound {
		dst = dst[copy(dst, t.value(id)):]
	}
	for i, r := range m.reports {
		x := dst[:r.n]
		dst = dst[r.n:]
		fillNaN(x) // unless it is reported this time
		if i >= len(t.report) || t.report[i].name != r.name {
			i = slices.IndexFunc(t.report, func(q quantity) bool { return q.name == r.name })
		}
		if i >= 0 && int(t.nodes[t.report[i].id].n) == r.n {
			copy(x, t.value(t.report[i].id))
		}
	}
}

// Unconstrain stores in z the coordinates of the values x of the parameters, in
// the order of ParamNames without the reported quantities. The error, an *Error,
// names a parameter that is not inside its support.
func (m *Model) Unconstrain(z, x []float64) error {
	m.lengths(len(z), m.dim)
	for _, p := range m.params {
		n := product(p.shape)
		if len(x) < n {
			panic(badLength)
		}
		if !p.sup.unconstrain(z[p.free[0]:p.free[1]], x[:n], p.shape) {
			return &Error{Place: p.place, What: "parameter " + p.name, Got: fmt.Sprintf("%v", x[:n]), Want: "finite values inside its support, " + p.sup.String(), Row: -1}
		}
		x = x[n:]
	}
	return nil
}
