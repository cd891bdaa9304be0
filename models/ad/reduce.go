package ad

import (
	"fmt"
	"math"
)

// RowSum and RowLogSumExp work on rows of node.k numbers; Sum, Mean and LogSumExp
// on one row. What a row gives is one number of the value.

// opSum is y = Σ x, and opMean is y = Σ x / n.
var (
	opSum    = rowSum("Sum")
	opRowSum = rowSum("RowSum")
	opMean   = &op{"Mean",
		func(t *Tape, n *node) {
			dx := t.adjoint(n.in[0])
			addAll(dx, t.adjOwn(n)[0]/float64(len(dx)))
		},
		func(t *Tape, n *node) {
			ẋ := t.tangentOf(n.in[0])
			t.dotOwn(n)[0] = sum(ẋ) / float64(len(ẋ))
		},
		func(t *Tape, n *node) {
			dẋ := t.adjointTangent(n.in[0])
			addAll(dẋ, t.adotOwn(n)[0]/float64(len(dẋ)))
		},
	}
)

func rowSum(name string) *op {
	spread := func(dx, dy []float64, k int) {
		for i, g := range dy {
			addAll(dx[i*k:(i+1)*k], g)
		}
	}
	return &op{name,
		func(t *Tape, n *node) { spread(t.adjoint(n.in[0]), t.adjOwn(n), int(n.k)) },
		func(t *Tape, n *node) { sumRows(t.dotOwn(n), t.tangentOf(n.in[0]), int(n.k)) },
		func(t *Tape, n *node) { spread(t.adjointTangent(n.in[0]), t.adotOwn(n), int(n.k)) },
	}
}

func sumRows(dst, x []float64, k int) {
	for i := range dst {
		dst[i] = sum(x[i*k : (i+1)*k])
	}
}

// Sum returns the sum of x, a scalar.
func (t *Tape) Sum(x Value) Var { in := t.arg(x); return t.rowSum(opSum, in, int(t.nodes[in].n)) }

// RowSum returns the sums of the rows of x, a matrix of cols columns.
func (t *Tape) RowSum(x Value, cols int) Var {
	in := t.arg(x)
	if !t.wholeRows(in, cols) {
		return t.v(t.constant(0))
	}
	return t.rowSum(opRowSum, in, cols)
}

func (t *Tape) rowSum(o *op, in int32, cols int) Var {
	id := t.push1(o, int(t.nodes[in].n)/cols, t.nodes[in].active, in)
	t.nodes[id].k = int32(cols)
	sumRows(t.value(id), t.value(in), cols)
	return t.v(id)
}

// wholeRows reports whether a node is a matrix of that many columns.
func (t *Tape) wholeRows(id int32, cols int) bool {
	n := int(t.nodes[id].n)
	if cols >= 1 && n%cols == 0 {
		return true
	}
	t.fail(fmt.Sprintf("a vector of length %d as rows of %d", n, cols), "whole rows", -1)
	return false
}

// Mean returns the mean of x, a scalar.
func (t *Tape) Mean(x Value) Var {
	in := t.arg(x)
	id := t.push1(opMean, 1, t.nodes[in].active, in)
	v := t.value(in)
	t.value(id)[0] = sum(v) / float64(len(v))
	return t.v(id)
}

// opDot is y = Σ aᵢbᵢ.
var opDot = &op{"Dot",
	func(t *Tape, n *node) {
		a, b, g := n.in[0], n.in[1], t.adjOwn(n)[0]
		if t.active(a) {
			addScaled(t.adjoint(a), g, t.value(b))
		}
		if t.active(b) {
			addScaled(t.adjoint(b), g, t.value(a))
		}
	},
	func(t *Tape, n *node) {
		a, b := n.in[0], n.in[1]
		var s float64
		if t.active(a) {
			s = dotOrSum(t.tangentOf(a), t.value(b))
		}
		if t.active(b) {
			s += dotOrSum(t.value(a), t.tangentOf(b))
		}
		t.dotOwn(n)[0] = s
	},
	func(t *Tape, n *node) {
		a, b, g, ġ := n.in[0], n.in[1], t.adjOwn(n)[0], t.adotOwn(n)[0]
		onA, onB := t.active(a), t.active(b)
		if onA {
			addScaled(t.adjointTangent(a), ġ, t.value(b))
		}
		if onB {
			addScaled(t.adjointTangent(b), ġ, t.value(a))
		}
		if onA && onB {
			addScaled(t.adjointTangent(a), g, t.tangentOf(b))
			addScaled(t.adjointTangent(b), g, t.tangentOf(a))
		}
	},
}

// dotOrSum is Σ aᵢbᵢ, where either may be a scalar.
func dotOrSum(a, b []float64) float64 {
	switch {
	case len(a) == len(b):
		return dot(a, b)
	case len(a) == 1:
		return a[0] * sum(b)
	}
	return sum(a) * b[0]
}

// Dot returns Σ aᵢbᵢ, a scalar.
func (t *Tape) Dot(a, b Value) Var {
	x, y, _ := t.pair(a, b)
	id := t.push2(opDot, 1, t.nodes[x].active || t.nodes[y].active, x, y)
	t.value(id)[0] = dotOrSum(t.value(x), t.value(y))
	return t.v(id)
}

// opCumSum is yᵢ = Σ_{j≤i} xⱼ.
var opCumSum = &op{"CumSum",
	func(t *Tape, n *node) { addSuffixSums(t.adjoint(n.in[0]), t.adjOwn(n)) },
	func(t *Tape, n *node) { cumSum(t.dotOwn(n), t.tangentOf(n.in[0])) },
	func(t *Tape, n *node) { addSuffixSums(t.adjointTangent(n.in[0]), t.adotOwn(n)) },
}

func addSuffixSums(dst, g []float64) {
	var s float64
	for i := len(g) - 1; i >= 0; i-- {
		s += g[i]
		dst[i] += s
	}
}

func cumSum(dst, x []float64) {
	var s float64
	for i, v := range x {
		s += v
		dst[i] = s
	}
}

// CumSum returns the sums of the first 1, 2, … elements.
func (t *Tape) CumSum(x Value) Var {
	in := t.arg(x)
	id := t.push1(opCumSum, int(t.nodes[in].n), t.nodes[in].active, in)
	cumSum(t.value(id), t.value(in))
	return t.v(id)
}

var (
	opLogSumExp    = logSumExpOp("LogSumExp")
	opRowLogSumExp = logSumExpOp("RowLogSumExp")
)

// logSumExpOp returns the rules of y = log Σ eˣ by rows, which saved w = eˣ⁻ʸ.
func logSumExpOp(name string) *op {
	return &op{name,
		func(t *Tape, n *node) {
			dx, k := t.adjoint(n.in[0]), int(n.k)
			w := t.savedOf(n, len(dx))
			for i, g := range t.adjOwn(n) {
				axpy(dx[i*k:(i+1)*k], g, w[i*k:(i+1)*k])
			}
		},
		func(t *Tape, n *node) {
			ẋ, k := t.tangentOf(n.in[0]), int(n.k)
			w, ẏ := t.savedOf(n, len(ẋ)), t.dotOwn(n)
			for i := range ẏ {
				ẏ[i] = dot(w[i*k:(i+1)*k], ẋ[i*k:(i+1)*k])
			}
		},
		func(t *Tape, n *node) {
			ẋ, dẋ, k := t.tangentOf(n.in[0]), t.adjointTangent(n.in[0]), int(n.k)
			w, dy, dẏ, ẏ := t.savedOf(n, len(ẋ)), t.adjOwn(n), t.adotOwn(n), t.dotOwn(n)
			for i, g := range dy {
				for j := i * k; j < (i+1)*k; j++ {
					dẋ[j] += w[j] * (dẏ[i] + g*(ẋ[j]-ẏ[i]))
				}
			}
		},
	}
}

// LogSumExp returns log Σ eˣ, a scalar, for any x, −Inf included.
func (t *Tape) LogSumExp(x Value) Var {
	in := t.arg(x)
	return t.logSumExp(opLogSumExp, in, int(t.nodes[in].n))
}

// RowLogSumExp returns log Σ eˣ for each row of x, a matrix of cols columns.
func (t *Tape) RowLogSumExp(x Value, cols int) Var {
	in := t.arg(x)
	if !t.wholeRows(in, cols) {
		return t.v(t.constant(0))
	}
	return t.logSumExp(opRowLogSumExp, in, cols)
}

func (t *Tape) logSumExp(o *op, in int32, cols int) Var {
	n := int(t.nodes[in].n)
	id := t.push1(o, n/cols, t.nodes[in].active, in)
	t.nodes[id].k = int32(cols)
	var w []float64
	if t.nodes[in].active {
		w = t.save(id, n)
	} else {
		w = t.scratch(n)
	}
	x, y := t.value(in), t.value(id)
	for i := range y {
		y[i] = softmax(w[i*cols:(i+1)*cols], x[i*cols:(i+1)*cols])
	}
	return t.v(id)
}

// softmax stores eˣ / Σ eˣ in w and returns log Σ eˣ. If all x are −Inf, w is 0.
func softmax(w, x []float64) float64 {
	m := math.Inf(-1)
	for _, v := range x {
		m = max(m, v) // NaN if any is
	}
	if math.IsInf(m, -1) {
		clear(w)
		return m
	}
	var s float64
	for i, v := range x {
		e := math.Exp(v - m)
		if v == m {
			e = 1 // of +Inf too
		}
		w[i] = e
		s += e
	}
	r := 1 / s
	for i := range w {
		w[i] *= r
	}
	return m + math.Log(s)
}
