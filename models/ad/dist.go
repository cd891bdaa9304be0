package ad

import (
	"fmt"
	"math"

	"natgrad/models"
)

// Dist is a distribution with its arguments, such as Normal(mu, 1). Each argument
// is a Value: a parameter, data, or the result of an operation, a scalar or one
// for each element.
type Dist struct {
	law   *law          // of independent scalars
	multi *multivariate // else
	args  [3]operand
	with  constants
}

// constants are arguments of a multivariate density that are not Values.
type constants struct {
	x   models.Matrix
	lik models.Likelihood
	k   int
}

// law is a family of densities of one number x given up to three arguments θ. Its
// rules see a point with a[0] = x and a[1:] = θ.
type law struct {
	name    string
	args    []argument
	support domain
	// within reports whether x and θ, each in its domain, go together. nil: always.
	within func(a *[4]float64) bool
	// prepare computes pre, what depends on the elements of a in reads alone.
	// nil: nothing.
	reads   []int
	prepare func(p *point)
	// partials returns log p and stores its derivatives in x and θ in d.
	partials func(p *point) float64
	// sum is a faster way to all of partials, for the most common laws. It returns
	// Σ log p over n elements and stores derivatives in w.saved: one for each
	// element if that of an argument has length n, else their sum; none if it is
	// nil. If the result is not finite, partials is called on each element after
	// all. nil: there is none.
	sum func(w *lawArgs, n int) float64
	// second stores the second derivatives in the lower triangle of h.
	second func(p *point)
}

// point is where the rules of a law work. Both d and h are zero at first; what is
// not always zero must be stored anew at each element.
type point struct {
	a   [4]float64 // x, θ
	pre [4]float64
	on  [4]bool       // which of a are active: others' derivatives are not used
	d   [4]float64    // first derivatives
	h   [4][4]float64 // second
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

// bounds returns the least and the largest number of the set.
func (d *domain) bounds() (lo, hi float64) {
	lo, hi = -math.MaxFloat64, math.MaxFloat64
	if d.constrained {
		lo, hi = max(lo, d.lo), min(hi, d.hi)
		if d.open && lo == d.lo {
			lo = math.Nextafter(lo, hi)
		}
		if d.open && hi == d.hi {
			hi = math.Nextafter(hi, lo)
		}
	}
	return lo, hi
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
	unitClosed  = domain{name: "a number from 0 to 1", lo: 0, hi: 1, constrained: true}
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
		return d.multi.record(t, in, d.with)
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

// lawValue computes the value of a node and saves its first derivatives: for each
// active argument one number if it is a scalar and the value a sum, else one for
// each element.
func (t *Tape) lawValue(id int32, l *law) {
	n := t.nodes[id]
	w := t.lawArgs(&n, l)
	each := n.each()
	size := 0
	for k := range w.count {
		if w.on[k] {
			size += lawSaved(each, w.step[k], int(n.k))
		}
	}
	all := t.save(id, size)
	clear(all)
	rest := all
	var step [4]int
	saved := &w.saved
	for k := range w.count {
		saved[k] = nil
		if w.on[k] {
			m := lawSaved(each, w.step[k], int(n.k))
			saved[k], rest = rest[:m:m], rest[m:]
			step[k] = stride(saved[k])
		}
	}
	dst := t.value(id)
	if l.sum != nil && !each && w.valid && !w.again {
		total := l.sum(w, int(n.k))
		if !math.IsInf(total, 0) && total == total {
			dst[0] = total
			return
		}
		clear(all)
	}
	var total float64
	for i := range int(n.k) {
		lp := math.Inf(-1)
		if w.at(i) {
			lp = l.partials(&w.point)
		} else if w.nan() {
			lp = math.NaN()
		}
		if !math.IsInf(lp, -1) && lp == lp {
			for k := range w.count {
				if saved[k] != nil {
					saved[k][i*step[k]] += w.d[k]
				}
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
	var ẋ, dẋ [4][]float64
	var active [4]int
	on := active[:0]
	for k := range w.count {
		if w.on[k] {
			on = append(on, k)
			ẋ[k], dẋ[k] = t.tangentOf(n.in[k]), t.adjointTangent(n.in[k])
		}
	}
	// What reverse added, with the tangent of the adjoint of the value.
	dẏ, dy := t.adotOwn(n), t.adjOwn(n)
	sy := stride(dy)
	off := int(n.save)
	for _, k := range on {
		m := lawSaved(each, w.step[k], int(n.k))
		for i, p := range t.saved[off : off+m] {
			dẋ[k][i*w.step[k]] += dẏ[i*sy] * p
		}
		off += m
	}
	for i := range int(n.k) {
		if !w.at(i) {
			continue
		}
		l.second(&w.point)
		g := dy[i*sy]
		for _, k := range on {
			var s float64
			for _, j := range on {
				s += w.h[max(j, k)][min(j, k)] * ẋ[j][i*w.step[j]]
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
	record func(t *Tape, in [4]int32, with constants) int32
}
