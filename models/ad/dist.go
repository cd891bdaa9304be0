package ad

import (
	"fmt"
	"math"
)

// Dist is a distribution with its arguments, such as Normal(mu, 1). Each argument
// is a Value: a parameter, data, or the result of an operation, a scalar or one
// for each element.
type Dist struct {
	law   *law          // of independent scalars
	multi *multivariate // else
	args  [3]operand
	ref   any // a matrix, or what else the rules need
}

// law is a family of densities of one number x given up to three arguments θ.
// Rules see a[0] = x and a[1:] = θ.
type law struct {
	name    string
	args    []argument
	support domain
	// prepare computes what depends on θ alone, once if all arguments are
	// scalars. nil: nothing.
	prepare func(pre *[4]float64, a *[4]float64)
	// partials returns log p and stores its derivatives in x and θ in d.
	partials func(d, a, pre *[4]float64) float64
	// second stores the second derivatives in the lower triangle of h.
	second func(h *[4][4]float64, a, pre *[4]float64)
}

// argument is a named argument of a law, with the values it may have.
type argument struct {
	name string
	domain
}

// domain is a set of numbers, an interval. The zero value is all reals.
type domain struct {
	name        string // such as "positive"
	lo, hi      float64
	open        bool // the ends do not belong to it
	whole       bool // integers only
	constrained bool // not all reals
}

// contains reports whether x is in the set. NaN and infinities are in none.
func (d *domain) contains(x float64) bool {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return false
	}
	if !d.constrained {
		return true
	}
	if d.whole && x != math.Floor(x) {
		return false
	}
	if d.open {
		return d.lo < x && x < d.hi
	}
	return d.lo <= x && x <= d.hi
}

var (
	anyReal     = domain{name: "a finite number"}
	positive    = domain{name: "a positive number", lo: 0, hi: math.Inf(1), open: true, constrained: true}
	nonNegative = domain{name: "a number that is not negative", lo: 0, hi: math.Inf(1), constrained: true}
	unitOpen    = domain{name: "a number between 0 and 1", lo: 0, hi: 1, open: true, constrained: true}
	binaryData  = domain{name: "0 or 1", lo: 0, hi: 1, whole: true, constrained: true}
	countData   = domain{name: "a whole number, 0 or more", lo: 0, hi: math.Inf(1), whole: true, constrained: true}
)

// opLaw is the sum of log p(xᵢ|θᵢ), a scalar; opLawEach is the vector of them.
var (
	opLaw     = &op{"Follows", lawReverse, lawTangent, lawSecond}
	opLawEach = &op{"LogProb", lawReverse, lawTangent, lawSecond}
)

// Follows adds log p(x|θ) to the log-joint, summed over elements: x follows the
// distribution. x or any argument may be data or depend on parameters.
func (t *Tape) Follows(x Value, d Dist) {
	t.terms = append(t.terms, t.density(opLaw, x, &d))
}

// LogProb returns log p(x|θ): of each element of x and the arguments, or one
// number if the distribution is multivariate.
func (t *Tape) LogProb(x Value, d Dist) Var { return t.v(t.density(opLawEach, x, &d)) }

func (t *Tape) density(o *op, x Value, d *Dist) int32 {
	subject := operandOf(x)
	if d.law == nil {
		if d.multi == nil {
			return t.bad("the zero Dist", "a distribution, such as Normal(0, 1)")
		}
		in := [4]int32{t.operand(&subject), -1, -1, -1}
		for k := range d.multi.args {
			in[k+1] = t.operand(&d.args[k])
		}
		return d.multi.record(t, in, d.ref)
	}
	l := d.law
	in := [4]int32{t.operand(&subject), -1, -1, -1}
	n := int(t.nodes[in[0]].n)
	for k := range l.args {
		in[k+1] = t.operand(&d.args[k])
		m := int(t.nodes[in[k+1]].n)
		if m != n && m != 1 && n != 1 {
			return t.bad(fmt.Sprintf("%s of %d elements with %s of length %d", l.name, n, l.args[k].name, m), fmt.Sprintf("length %d or 1", n))
		}
		n = max(n, m)
	}
	if t.trace != nil && t.trace.check && t.checkLaw(l, &subject, d, in) {
		return t.constant(0)
	}
	id := t.push(o, lawLen(o, n), t.anyActive(in[:]...), in[:len(l.args)+1]...)
	t.keep(id, l)
	t.nodes[id].k = int32(n)
	t.lawValue(id, l)
	return id
}

// each reports whether a node is the vector of log-densities, not their sum. Of
// one element they are the same.
func (n *node) each() bool { return n.n == n.k }

func lawLen(o *op, n int) int {
	if o == opLaw {
		return 1
	}
	return n
}

// lawArgs walks the elements of a law's arguments.
type lawArgs struct {
	v       [4][]float64
	step    [4]int
	count   int
	scalars bool // all of θ
	pre     [4]float64
	a       [4]float64
	l       *law
	d       [4]float64    // first derivatives
	h       [4][4]float64 // second
}

func (t *Tape) lawArgs(n *node, l *law) *lawArgs {
	w := &t.law
	w.l, w.count, w.scalars = l, len(l.args)+1, true
	for k := range w.count {
		w.v[k] = t.value(n.in[k])
		w.step[k] = stride(w.v[k])
		if k > 0 {
			w.a[k] = w.v[k][0]
			w.scalars = w.scalars && w.step[k] == 0
		}
	}
	if w.scalars && l.prepare != nil {
		l.prepare(&w.pre, &w.a)
	}
	return w
}

// at moves to element i.
func (w *lawArgs) at(i int) {
	w.a[0] = w.v[0][i*w.step[0]]
	if w.scalars {
		return
	}
	for k := 1; k < w.count; k++ {
		w.a[k] = w.v[k][i*w.step[k]]
	}
	if w.l.prepare != nil {
		w.l.prepare(&w.pre, &w.a)
	}
}

// inside reports whether x and θ are where the density is defined.
func (w *lawArgs) inside() bool {
	if !w.l.support.contains(w.a[0]) {
		return false
	}
	for k := range w.l.args {
		if d := &w.l.args[k].domain; d.constrained && !d.contains(w.a[k+1]) {
			return false
		}
	}
	return true
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

// lawValue computes the value of a node and saves its first derivatives: for each
// active argument one number if it is a scalar and the value a sum, else one for
// each element.
func (t *Tape) lawValue(id int32, l *law) {
	n := t.nodes[id]
	w := t.lawArgs(&n, l)
	each := n.each()
	var saved [4][]float64
	var step [4]int
	size := 0
	for k := range w.count {
		if t.active(n.in[k]) {
			size += lawSaved(each, w.step[k], int(n.k))
		}
	}
	all := t.save(id, size)
	clear(all)
	for k := range w.count {
		if t.active(n.in[k]) {
			m := lawSaved(each, w.step[k], int(n.k))
			saved[k], all = all[:m:m], all[m:]
			step[k] = stride(saved[k])
		}
	}
	dst := t.value(id)
	var total float64
	for i := range int(n.k) {
		w.at(i)
		lp := math.Inf(-1)
		switch {
		case w.inside():
			lp = l.partials(&w.d, &w.a, &w.pre)
		case w.nan():
			lp = math.NaN()
			fallthrough
		default:
			w.d = [4]float64{}
		}
		for k := range w.count {
			if saved[k] != nil {
				saved[k][i*step[k]] += w.d[k]
			}
		}
		if each {
			dst[i] = lp
		}
		total += lp
	}
	if !each {
		dst[0] = total
	}
}

func lawSaved(each bool, step, n int) int {
	if each || step == 1 {
		return n
	}
	return 1
}

func lawReverse(t *Tape, n *node) {
	l := t.refs[n.ref].(*law)
	each := n.each()
	dy := t.adjOwn(n)
	sy := stride(dy)
	off := int(n.save)
	for k := range len(l.args) + 1 {
		if !t.active(n.in[k]) {
			continue
		}
		dx := t.adjoint(n.in[k])
		sx := stride(dx)
		m := lawSaved(each, sx, int(n.k))
		for i, p := range t.saved[off : off+m] {
			dx[i*sx] += dy[i*sy] * p
		}
		off += m
	}
}

func lawTangent(t *Tape, n *node) {
	l := t.refs[n.ref].(*law)
	each := n.each()
	ẏ := t.dotOwn(n)
	clear(ẏ)
	sy := stride(ẏ)
	off := int(n.save)
	for k := range len(l.args) + 1 {
		if !t.active(n.in[k]) {
			continue
		}
		ẋ := t.tangentOf(n.in[k])
		sx := stride(ẋ)
		m := lawSaved(each, sx, int(n.k))
		for i, p := range t.saved[off : off+m] {
			ẏ[i*sy] += p * ẋ[i*sx]
		}
		off += m
	}
}

func lawSecond(t *Tape, n *node) {
	l := t.refs[n.ref].(*law)
	each := n.each()
	w := t.lawArgs(n, l)
	var on [4]bool
	var ẋ, dẋ [4][]float64
	for k := range w.count {
		if on[k] = t.active(n.in[k]); on[k] {
			ẋ[k], dẋ[k] = t.tangentOf(n.in[k]), t.adjointTangent(n.in[k])
		}
	}
	// What reverse added, with the tangent of the adjoint of the value.
	dẏ, dy := t.adotOwn(n), t.adjOwn(n)
	sy := stride(dy)
	off := int(n.save)
	for k := range w.count {
		if !on[k] {
			continue
		}
		m := lawSaved(each, w.step[k], int(n.k))
		for i, p := range t.saved[off : off+m] {
			dẋ[k][i*w.step[k]] += dẏ[i*sy] * p
		}
		off += m
	}
	for i := range int(n.k) {
		w.at(i)
		if !w.inside() {
			continue
		}
		l.second(&w.h, &w.a, &w.pre)
		g := dy[i*sy]
		for k := range w.count {
			if !on[k] {
				continue
			}
			var s float64
			for j := range w.count {
				if on[j] {
					s += w.h[max(j, k)][min(j, k)] * ẋ[j][i*w.step[j]]
				}
			}
			dẋ[k][i*w.step[k]] += g * s
		}
	}
}

// multivariate is a density of a whole vector.
type multivariate struct {
	name string
	args []string
	// record checks the arguments, the nodes of x and of θ, and records the node
	// of log p(x|θ).
	record func(t *Tape, in [4]int32, ref any) int32
}
