package ad

import "math"

// Real declares a parameter on the real line, or a vector or matrix of them:
// without a shape it is a scalar.
func (m *Model) Real(name string, shape ...int) Param { return m.declare(name, realSupport{}, shape) }

// Positive declares a parameter above 0, x = eᵘ.
func (m *Model) Positive(name string, shape ...int) Param {
	return m.declare(name, positiveSupport{}, shape)
}

type realSupport struct{}

func (realSupport) check([]int) string                            { return "" }
func (realSupport) free(shape []int) int                          { return product(shape) }
func (realSupport) constrain(_ *Tape, u Var, _ []int) Var         { return u }
func (realSupport) unconstrain(u, x []float64, _ []int) (ok bool) { copy(u, x); return allFinite(x) }
func (realSupport) coords(name string, shape []int) []string      { return elementNames(name, shape) }
func (realSupport) domain() domain                                { return anyReal }
func (realSupport) String() string                                { return "real" }

type positiveSupport struct{}

func (positiveSupport) check([]int) string   { return "" }
func (positiveSupport) free(shape []int) int { return product(shape) }
func (positiveSupport) constrain(t *Tape, u Var, _ []int) Var {
	t.AddTerm(u) // log dx/du = u
	return t.Exp(u)
}
func (positiveSupport) unconstrain(u, x []float64, _ []int) (ok bool) {
	for i, v := range x {
		if !(v > 0) {
			return false
		}
		u[i] = math.Log(v)
	}
	return allFinite(u)
}
func (positiveSupport) coords(name string, shape []int) []string {
	return wrapNames("log(", name, shape, ")")
}
func (positiveSupport) domain() domain { return positive }
func (positiveSupport) String() string { return "positive" }

func product(shape []int) int {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return n
}

func allFinite(x []float64) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
