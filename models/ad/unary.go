package ad

import (
	"math"

	"natgrad/models"
)

// unary records y = f(x) elementwise. f stores y and, if derivatives will be
// asked for, f′ in d1, which is nil otherwise.
func (t *Tape) unary(o *op, x Value, f func(y, d1, x []float64)) Var {
	in := t.arg(x)
	n := int(t.nodes[in].n)
	active := t.nodes[in].active
	id := t.push1(o, n, active, in)
	var d1 []float64
	if active {
		d1 = t.save(id, n)
	}
	f(t.value(id), d1, t.value(in))
	return t.v(id)
}

// elementwise returns the rules of y = f(x), whose f′ was saved. curve stores f″
// in d2.
func elementwise(name string, curve func(d2, x, y, d1 []float64)) *op {
	return &op{name, savedReverse, savedTangent, func(t *Tape, n *node) {
		d1 := t.savedOf(n, int(n.n))
		d2 := t.scratch(int(n.n))
		curve(d2, t.value(n.in[0])[:len(d2)], t.own(n)[:len(d2)], d1)
		elementwiseSecond(t, n, d1, d2)
	}}
}

func savedReverse(t *Tape, n *node) {
	mulAdd(t.adjoint(n.in[0]), t.adjOwn(n), t.savedOf(n, int(n.n)))
}

func savedTangent(t *Tape, n *node) {
	mulTo(t.dotOwn(n), t.tangentOf(n.in[0]), t.savedOf(n, int(n.n)))
}

// elementwiseSecond adds what reverse adds, differentiated, of any y = f(x).
func elementwiseSecond(t *Tape, n *node, d1, d2 []float64) {
	ẋ, dẋ := t.tangentOf(n.in[0]), t.adjointTangent(n.in[0])
	dy, dẏ := t.adjOwn(n)[:len(dẋ)], t.adotOwn(n)[:len(dẋ)]
	ẋ, d1, d2 = ẋ[:len(dẋ)], d1[:len(dẋ)], d2[:len(dẋ)]
	for i := range dẋ {
		dẋ[i] += dẏ[i]*d1[i] + dy[i]*d2[i]*ẋ[i]
	}
}

// mulTo stores x∘y in dst, all of equal length.
func mulTo(dst, x, y []float64) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}

// own and the like return the vectors of a node itself, which is never data.
func (t *Tape) own(n *node) []float64     { return t.val[n.off : n.off+n.n] }
func (t *Tape) adjOwn(n *node) []float64  { return t.adj[n.off : n.off+n.n] }
func (t *Tape) dotOwn(n *node) []float64  { return t.dot[n.off : n.off+n.n] }
func (t *Tape) adotOwn(n *node) []float64 { return t.adot[n.off : n.off+n.n] }

// scratch returns memory for n numbers, until the next call.
func (t *Tape) scratch(n int) []float64 {
	t.work = resize(t.work, n)
	return t.work
}

var opNeg = &op{"Neg",
	func(t *Tape, n *node) { addScaled(t.adjoint(n.in[0]), -1, t.adjOwn(n)) },
	func(t *Tape, n *node) { negTo(t.dotOwn(n), t.tangentOf(n.in[0])) },
	func(t *Tape, n *node) { addScaled(t.adjointTangent(n.in[0]), -1, t.adotOwn(n)) },
}

// Neg returns −x elementwise.
func (t *Tape) Neg(x Value) Var {
	in := t.arg(x)
	id := t.push1(opNeg, int(t.nodes[in].n), t.nodes[in].active, in)
	negTo(t.value(id), t.value(in))
	return t.v(id)
}

func negTo(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = -v
	}
}

// opExp needs nothing saved: f″ = f′ = f = y.
var opExp = &op{"Exp",
	func(t *Tape, n *node) { mulAdd(t.adjoint(n.in[0]), t.adjOwn(n), t.own(n)) },
	func(t *Tape, n *node) { mulTo(t.dotOwn(n), t.tangentOf(n.in[0]), t.own(n)) },
	func(t *Tape, n *node) { elementwiseSecond(t, n, t.own(n), t.own(n)) },
}

// Exp returns eˣ elementwise.
func (t *Tape) Exp(x Value) Var {
	in := t.arg(x)
	id := t.push1(opExp, int(t.nodes[in].n), t.nodes[in].active, in)
	y := t.value(id)
	for i, v := range t.value(in) {
		y[i] = math.Exp(v)
	}
	return t.v(id)
}

var (
	// Of logarithms, f″ = −f′².
	opLog   = elementwise("Log", minusSquare)
	opLog1p = elementwise("Log1p", minusSquare)
	opExpm1 = elementwise("Expm1", func(d2, _, _, d1 []float64) { copy(d2, d1) })
	opSqrt  = elementwise("Sqrt", func(d2, x, _, d1 []float64) {
		for i, d := range d1 {
			d2[i] = -0.5 * d / x[i]
		}
	})
	opSquare = elementwise("Square", func(d2, _, _, _ []float64) {
		for i := range d2 {
			d2[i] = 2
		}
	})
	opInv = elementwise("Inv", func(d2, _, y, d1 []float64) {
		for i, d := range d1 {
			d2[i] = -2 * y[i] * d
		}
	})
	opAbs     = elementwise("Abs", func(d2, _, _, _ []float64) { clear(d2) })
	opSin     = elementwise("Sin", func(d2, _, y, _ []float64) { negTo(d2, y) })
	opCos     = elementwise("Cos", func(d2, _, y, _ []float64) { negTo(d2, y) })
	opLGamma  = elementwise("LGamma", curveBy(trigamma))
	opDigamma = elementwise("Digamma", curveBy(tetragamma))
	opErf     = elementwise("Erf", func(d2, x, _, d1 []float64) {
		for i, d := range d1 {
			d2[i] = -2 * x[i] * d
		}
	})
	opLogNormCDF = elementwise("LogNormCDF", curveBy(func(x float64) float64 {
		_, _, d2 := models.BernoulliProbit{}.LogLik(1, x)
		return d2
	}))
)

func minusSquare(d2, _, _, d1 []float64) {
	for i, d := range d1 {
		d2[i] = -d * d
	}
}

// curveBy is for functions that cost much more than a call.
func curveBy(f func(x float64) float64) func(d2, x, y, d1 []float64) {
	return func(d2, x, _, _ []float64) {
		for i, v := range x {
			d2[i] = f(v)
		}
	}
}

// Log returns log x elementwise.
func (t *Tape) Log(x Value) Var {
	return t.unary(opLog, x, func(y, d1, x []float64) {
		for i, v := range x {
			y[i] = math.Log(v)
		}
		for i := range d1 {
			d1[i] = 1 / x[i]
		}
	})
}

// Log1p returns log(1 + x) elementwise, accurate near 0.
func (t *Tape) Log1p(x Value) Var {
	return t.unary(opLog1p, x, func(y, d1, x []float64) {
		for i, v := range x {
			y[i] = math.Log1p(v)
		}
		for i := range d1 {
			d1[i] = 1 / (1 + x[i])
		}
	})
}

// Expm1 returns eˣ − 1 elementwise, accurate near 0.
func (t *Tape) Expm1(x Value) Var {
	return t.unary(opExpm1, x, func(y, d1, x []float64) {
		for i, v := range x {
			y[i] = math.Expm1(v)
		}
		for i := range d1 {
			d1[i] = math.Exp(x[i])
		}
	})
}

// Sqrt returns √x elementwise.
func (t *Tape) Sqrt(x Value) Var {
	return t.unary(opSqrt, x, func(y, d1, x []float64) {
		for i, v := range x {
			y[i] = math.Sqrt(v)
		}
		for i := range d1 {
			d1[i] = 0.5 / y[i]
		}
	})
}

// Square returns x² elementwise.
func (t *Tape) Square(x Value) Var {
	return t.unary(opSquare, x, func(y, d1, x []float64) {
		mulTo(y, x, x)
		for i := range d1 {
			d1[i] = 2 * x[i]
		}
	})
}

// Inv returns 1/x elementwise.
func (t *Tape) Inv(x Value) Var {
	return t.unary(opInv, x, func(y, d1, x []float64) {
		for i, v := range x {
			y[i] = 1 / v
		}
		for i := range d1 {
			d1[i] = -y[i] * y[i]
		}
	})
}

// Abs returns |x| elementwise. The derivative at 0 is taken as 0.
func (t *Tape) Abs(x Value) Var {
	return t.unary(opAbs, x, func(y, d1, x []float64) {
		for i, v := range x {
			y[i] = math.Abs(v)
		}
		for i := range d1 {
			switch v := x[i]; {
			case v > 0:
				d1[i] = 1
			case v < 0:
				d1[i] = -1
			default:
				d1[i] = v // 0, or NaN
			}
		}
	})
}

// Sin returns sin x elementwise.
func (t *Tape) Sin(x Value) Var {
	return t.unary(opSin, x, func(y, d1, x []float64) {
		for i, v := range x {
			y[i] = math.Sin(v)
		}
		for i := range d1 {
			d1[i] = math.Cos(x[i])
		}
	})
}

// Cos returns cos x elementwise.
func (t *Tape) Cos(x Value) Var {
	return t.unary(opCos, x, func(y, d1, x []float64) {
		for i, v := range x {
			y[i] = math.Cos(v)
		}
		for i := range d1 {
			d1[i] = -math.Sin(x[i])
		}
	})
}

// LGamma returns log Γ(x) elementwise, for x > 0, NaN below.
func (t *Tape) LGamma(x Value) Var {
	return t.unary(opLGamma, x, func(y, d1, x []float64) {
		for i, v := range x {
			if y[i] = lgamma(v); v < 0 {
				y[i] = math.NaN()
			}
		}
		for i := range d1 {
			d1[i] = digamma(x[i])
		}
	})
}

// Digamma returns ψ(x), the derivative of log Γ, elementwise, for x > 0, else NaN.
func (t *Tape) Digamma(x Value) Var {
	return t.unary(opDigamma, x, func(y, d1, x []float64) {
		for i, v := range x {
			y[i] = digamma(v)
		}
		for i := range d1 {
			d1[i] = trigamma(x[i])
		}
	})
}

// Erf returns the error function elementwise.
func (t *Tape) Erf(x Value) Var {
	return t.unary(opErf, x, func(y, d1, x []float64) {
		for i, v := range x {
			y[i] = math.Erf(v)
		}
		for i := range d1 {
			d1[i] = 2 / math.Sqrt(math.Pi) * math.Exp(-x[i]*x[i])
		}
	})
}

// LogNormCDF returns log Φ(x) elementwise, Φ the standard normal distribution
// function, accurate in both tails.
func (t *Tape) LogNormCDF(x Value) Var {
	return t.unary(opLogNormCDF, x, func(y, d1, x []float64) {
		for i, v := range x {
			ll, d, _ := models.BernoulliProbit{}.LogLik(1, v)
			if y[i] = ll; d1 != nil {
				d1[i] = d
			}
		}
	})
}
