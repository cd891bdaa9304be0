package ad

import "math"

var (
	opTanh = elementwise("Tanh", func(d2, _, y, d1 []float64) {
		for i, d := range d1 {
			d2[i] = -2 * y[i] * d
		}
	})
	opSigmoid = elementwise("Sigmoid", func(d2, _, y, d1 []float64) {
		for i, d := range d1 {
			d2[i] = d * (1 - 2*y[i])
		}
	})
	opLog1pExp = elementwise("Log1pExp", func(d2, x, y, d1 []float64) {
		for i, d := range d1 {
			q := 1 - d
			if x[i] > 10 { // where it cancels
				q = math.Exp(-y[i])
			}
			d2[i] = d * q
		}
	})
)

// Tanh returns the hyperbolic tangent elementwise.
func (t *Tape) Tanh(x Value) Var {
	return t.unary(opTanh, x, func(y, d1, x []float64) {
		for i, v := range x {
			y[i] = math.Tanh(v)
		}
		for i := range d1 {
			d := 1 - y[i]*y[i]
			if math.Abs(x[i]) > 1 { // where it cancels
				e := math.Exp(-2 * math.Abs(x[i]))
				d = 4 * e / ((1 + e) * (1 + e))
			}
			d1[i] = d
		}
	})
}

// Sigmoid returns 1/(1 + e⁻ˣ) elementwise.
func (t *Tape) Sigmoid(x Value) Var {
	return t.unary(opSigmoid, x, func(y, d1, x []float64) {
		for i, v := range x {
			e := math.Exp(-math.Abs(v))
			s := 1 / (1 + e)
			p, q := s, e*s
			if v < 0 {
				p, q = q, p
			}
			if y[i] = p; d1 != nil {
				d1[i] = p * q
			}
		}
	})
}

// Log1pExp returns log(1 + eˣ) elementwise, for any x.
func (t *Tape) Log1pExp(x Value) Var {
	return t.unary(opLog1pExp, x, func(y, d1, x []float64) {
		for i, v := range x {
			e := math.Exp(-math.Abs(v))
			y[i] = max(v, 0) + math.Log1p(e)
			if d1 != nil {
				s := 1 / (1 + e)
				if v < 0 {
					s *= e
				}
				d1[i] = s
			}
		}
	})
}
