package ad

import (
	"math"
	"runtime"
)

// Tape records a computation, to differentiate it. The zero value is ready to
// use. It is not safe for concurrent use: give each goroutine its own.
type Tape struct {
	nodes []node
	val   []float64   // values of nodes
	adj   []float64   // ∂/∂value, laid out as val
	dot   []float64   // derivative of val along the tangent
	adot  []float64   // derivative of adj along the tangent
	saved []float64   // what rules keep for the way back
	data  [][]float64 // values that are the caller's slices
	refs  []any       // matrices and likelihoods
	lists [][]int     // of indices
	ids   []int32     // scratch
	rows  []int32     // of solutions under way
	work  []float64   // scratch
	terms []int32     // whose sum is the log-joint

	gen    uint32  // counts Resets, to tell old Vars
	model  *Model  // whose parameters are bound
	bound  []int32 // node of each parameter
	report []int32 // nodes of reported quantities
	law    lawArgs // scratch

	trace  *trace // where nodes were made; nil when nobody asks
	err    error  // the first
	input  int32
	hasAdj bool
}

// trace says of each node where in the user's code it was made.
type trace struct {
	places []string
	params []*param // whose map a node belongs to, nil in the density
	names  []string // of reported quantities
	now    *param   // being mapped
	check  bool     // look at supports and data, as at declaration
}

// node notes where the next node was made.
func (r *trace) node() {
	place := ""
	if r.now != nil {
		place = r.now.place
	} else {
		place = userPlace()
	}
	r.places, r.params = append(r.places, place), append(r.params, r.now)
}

// node is one recorded operation.
type node struct {
	op     *op
	in     [4]int32 // inputs, none is −1
	off    int32    // of its value in val; −1−k: it is data[k]
	n      int32    // length of its value
	save   int32    // offset in saved
	ref    int32    // index in refs
	k      int32    // a number the rule needs, such as columns
	active bool     // depends on an input
}

// op is an operation and its rules. A rule reads values, adjoints and tangents
// through the Tape and adds to those of the inputs that are active.
type op struct {
	name string
	// reverse adds to the adjoints of the inputs.
	reverse func(t *Tape, n *node)
	// tangent stores the tangent of the value.
	tangent func(t *Tape, n *node)
	// second adds to the tangents of the adjoints of the inputs:
	// the derivative of what reverse adds, along the tangents.
	second func(t *Tape, n *node)
}

var (
	opData  = &op{name: "data"}
	opInput = &op{name: "input"}
)

// Var is the result of an operation on a Tape, a vector. It is valid until the
// next Reset.
type Var struct {
	t   *Tape
	id  int32
	gen uint32
}

// Len returns the length of the vector.
func (v Var) Len() int { return int(v.t.nodes[v.id].n) }

// Value returns the value, to be read only, until the next operation.
func (v Var) Value() []float64 { return v.t.value(v.id) }

// At returns one number of the value.
func (v Var) At(i int) float64 { return v.t.value(v.id)[i] }

// Reset empties the tape and keeps its memory.
func (t *Tape) Reset() {
	t.nodes, t.val, t.saved = t.nodes[:0], t.val[:0], t.saved[:0]
	t.data, t.refs, t.terms = t.data[:0], t.refs[:0], t.terms[:0]
	t.lists = t.lists[:0]
	t.report = t.report[:0]
	t.err = nil
	t.input = -1
	t.hasAdj = false
	t.gen++
}

// Err returns the first error of an operation since Reset: a *Error.
func (t *Tape) Err() error { return t.err }

// Input records x as what derivatives are taken in. There is one a tape.
func (t *Tape) Input(x []float64) Var {
	id := t.push(opInput, len(x), true)
	copy(t.value(id), x)
	t.input = id
	return t.v(id)
}

func (t *Tape) v(id int32) Var { return Var{t, id, t.gen} }

// push records an operation whose value has length n, which the caller fills in
// through value. It may move the arena.
func (t *Tape) push(o *op, n int, active bool, in ...int32) int32 {
	off := len(t.val)
	t.val = grow(t.val, n)
	return t.node(node{op: o, off: int32(off), n: int32(n), active: active}, in)
}

// pushData records a slice of the caller's as a value.
func (t *Tape) pushData(x []float64) int32 {
	t.data = append(t.data, x)
	return t.node(node{op: opData, off: -int32(len(t.data)), n: int32(len(x))}, nil)
}

// push1 and push2 are push for one and two inputs, without a list.
func (t *Tape) push1(o *op, n int, active bool, a int32) int32 {
	return t.push2(o, n, active, a, -1)
}

func (t *Tape) push2(o *op, n int, active bool, a, b int32) int32 {
	off := len(t.val)
	t.val = grow(t.val, n)
	t.nodes = append(t.nodes, node{op: o, in: [4]int32{a, b, -1, -1}, off: int32(off), n: int32(n), save: -1, ref: -1, active: active})
	if t.trace != nil {
		t.trace.node()
	}
	return int32(len(t.nodes) - 1)
}

func (t *Tape) node(n node, in []int32) int32 {
	n.in = [4]int32{-1, -1, -1, -1}
	copy(n.in[:], in)
	n.save, n.ref = -1, -1
	t.nodes = append(t.nodes, n)
	if t.trace != nil {
		t.trace.node()
	}
	return int32(len(t.nodes) - 1)
}

// save reserves n numbers for the rules of a node.
func (t *Tape) save(id int32, n int) []float64 {
	off := len(t.saved)
	t.saved = grow(t.saved, n)
	t.nodes[id].save = int32(off)
	return t.saved[off : off+n : off+n]
}

// savedOf returns what a node saved.
func (t *Tape) savedOf(n *node, length int) []float64 {
	return t.saved[n.save : int(n.save)+length]
}

// keepList stores a list of indices for the rules of a node.
func (t *Tape) keepList(id int32, list []int) {
	t.lists = append(t.lists, list)
	t.nodes[id].ref = int32(len(t.lists) - 1)
}

// keep stores a matrix or the like for the rules of a node.
func (t *Tape) keep(id int32, ref any) {
	t.refs = append(t.refs, ref)
	t.nodes[id].ref = int32(len(t.refs) - 1)
}

// grow lengthens x by n. What is new is not cleared.
func grow(x []float64, n int) []float64 {
	if want := len(x) + n; want > cap(x) {
		y := make([]float64, len(x), max(2*cap(x), want, 64))
		copy(y, x)
		x = y
	}
	return x[:len(x)+n]
}

// value returns the value of a node.
func (t *Tape) value(id int32) []float64 {
	n := &t.nodes[id]
	if n.off < 0 {
		return t.data[-1-n.off]
	}
	return t.val[n.off : n.off+n.n : n.off+n.n]
}

// adjoint, tangentOf and adjointTangent return the other vectors of a node, which
// must not be data.
func (t *Tape) adjoint(id int32) []float64        { return t.part(t.adj, id) }
func (t *Tape) tangentOf(id int32) []float64      { return t.part(t.dot, id) }
func (t *Tape) adjointTangent(id int32) []float64 { return t.part(t.adot, id) }

func (t *Tape) part(x []float64, id int32) []float64 {
	n := &t.nodes[id]
	return x[n.off : n.off+n.n : n.off+n.n]
}

// scalar returns the value of a node of length 1.
func (t *Tape) scalar(n *node) float64 {
	if n.off < 0 {
		return t.data[-1-n.off][0]
	}
	return t.val[n.off]
}

// active reports whether derivatives go through a node.
func (t *Tape) active(id int32) bool { return id >= 0 && t.nodes[id].active }

func (t *Tape) anyActive(ids ...int32) bool {
	for _, id := range ids {
		if t.active(id) {
			return true
		}
	}
	return false
}

// LogJoint returns the sum of all terms, NaN after an error.
func (t *Tape) LogJoint() float64 {
	if t.err != nil {
		return math.NaN()
	}
	var s float64
	for _, id := range t.terms {
		s += t.value(id)[0]
	}
	return s
}

// AddTerm adds a log-density, or any other term, to the log-joint: the sum of x, if
// it is a vector.
func (t *Tape) AddTerm(x Value) {
	id := t.arg(x)
	if t.nodes[id].n != 1 {
		id = t.Sum(t.v(id)).id
	}
	t.terms = append(t.terms, id)
}

// userPlace returns file:line of the innermost caller outside this package.
func userPlace() string {
	var pcs [16]uintptr
	n := runtime.Callers(2, pcs[:])
	frames := runtime.CallersFrames(pcs[:n])
	for {
		f, more := frames.Next()
		if !inPackage(&f) {
			return placeOf(f)
		}
		if !more {
			return ""
		}
	}
}
