package ad

import (
	"fmt"
	"math"
)

// Lower declares a parameter above lo, x = lo + eᵘ.
func (m *Model) Lower(name string, lo float64, shape ...int) Param {
	m.bounds(name, lo, math.Inf(1))
	return m.declare(name, boundSupport{lo, 1}, shape)
}

// Upper declares a parameter below hi, x = hi − eᵘ.
func (m *Model) Upper(name string, hi float64, shape ...int) Param {
	m.bounds(name, math.Inf(-1), hi)
	return m.declare(name, boundSupport{hi, -1}, shape)
}

// Interval declares a parameter between lo and hi, x = lo + (hi − lo)/(1 + e⁻ᵘ).
func (m *Model) Interval(name string, lo, hi float64, shape ...int) Param {
	m.bounds(name, lo, hi)
	return m.declare(name, intervalSupport{lo, hi}, shape)
}

// Unit declares a parameter between 0 and 1, x = 1/(1 + e⁻ᵘ).
func (m *Model) Unit(name string, shape ...int) Param {
	return m.declare(name, intervalSupport{0, 1}, shape)
}

// bounds looks for bounds that leave no room. One of them may be infinite.
func (m *Model) bounds(name string, lo, hi float64) {
	if width := hi - lo; !(width > 0) || math.IsInf(lo, 1) || math.IsInf(hi, -1) || math.IsInf(lo, -1) && math.IsInf(hi, 1) {
		m.failParam(name, fmt.Sprintf("bounds %v and %v", lo, hi), "a lower bound below the upper one, both finite")
	}
}

// boundSupport is the numbers x = end + sign·eᵘ.
type boundSupport struct{ end, sign float64 }

func (h boundSupport) check([]int) string {
	if math.IsNaN(h.end) || math.IsInf(h.end, 0) {
		return "a finite bound"
	}
	return ""
}
func (h boundSupport) free(shape []int) int { return product(shape) }

func (h boundSupport) constrain(t *Tape, u Var, _ []int) Var {
	t.AddTerm(u) // log |dx/du| = u
	x := t.kernel(opKernel, u)
	y, d1, d2 := t.kernelParts(x, u.Len())
	for i, v := range u.Value() {
		e := h.sign * math.Exp(v)
		y[i], d1[i], d2[i] = h.end+e, e, e
	}
	return x
}

func (h boundSupport) unconstrain(u, x []float64, _ []int) (ok bool) {
	for i, v := range x {
		e := h.sign * (v - h.end)
		if !(e > 0) {
			return false
		}
		u[i] = math.Log(e)
	}
	return allFinite(u)
}

func (h boundSupport) coords(name string, shape []int) []string {
	names := elementNames(name, shape)
	for i, n := range names {
		if h.sign > 0 {
			names[i] = fmt.Sprintf("log(%s - %v)", n, h.end)
		} else {
			names[i] = fmt.Sprintf("log(%v - %s)", h.end, n)
		}
	}
	return names
}

func (h boundSupport) domain() domain {
	if h.sign > 0 {
		return domain{name: fmt.Sprintf("a number above %v", h.end), lo: h.end, hi: math.Inf(1), open: true, constrained: true}
	}
	return domain{name: fmt.Sprintf("a number below %v", h.end), lo: math.Inf(-1), hi: h.end, open: true, constrained: true}
}

func (h boundSupport) String() string {
	if h.sign > 0 {
		return fmt.Sprintf("above %v", h.end)
	}
	return fmt.Sprintf("below %v", h.end)
}

// intervalSupport is the numbers x = lo + (hi − lo) σ(u).
type intervalSupport struct{ lo, hi float64 }

func (v intervalSupport) check([]int) string {
	if !(v.lo < v.hi) || math.IsInf(v.hi-v.lo, 0) {
		return "bounds that are finite, the lower below the upper"
	}
	return ""
}
func (intervalSupport) free(shape []int) int { return product(shape) }

func (v intervalSupport) constrain(t *Tape, u Var, _ []int) Var {
	width := v.hi - v.lo
	logWidth := math.Log(width)
	x, j := t.kernel(opKernel, u), t.kernel(opKernelSum, u)
	y, d1, d2 := t.kernelParts(x, u.Len())
	lj, e1, e2 := t.kernelParts(j, u.Len())
	lj[0] = float64(len(y)) * logWidth
	for i, a := range u.Value() {
		s, c := sigmoids(a)
		// From the nearer end, so that x is never beyond it.
		if a < 0 {
			y[i] = v.lo + width*s
		} else {
			y[i] = v.hi - width*c
		}
		slope := s * c
		d1[i], d2[i] = width*slope, width*slope*(c-s)
		// log dx/du = log(hi − lo) + log σ(u) + log σ(−u)
		lj[0] += logSigmoid(a) + logSigmoid(-a)
		e1[i], e2[i] = c-s, -2*slope
	}
	t.AddTerm(j)
	return x
}

func (v intervalSupport) unconstrain(u, x []float64, _ []int) (ok bool) {
	for i, a := range x {
		if !(v.lo < a && a < v.hi) {
			return false
		}
		u[i] = math.Log(a-v.lo) - math.Log(v.hi-a)
	}
	return allFinite(u)
}

func (v intervalSupport) coords(name string, shape []int) []string {
	return wrapNames("logit(", name, shape, ")")
}

func (v intervalSupport) domain() domain {
	return domain{name: fmt.Sprintf("a number between %v and %v", v.lo, v.hi), lo: v.lo, hi: v.hi, open: true, constrained: true}
}
func (v intervalSupport) String() string { return fmt.Sprintf("between %v and %v", v.lo, v.hi) }

// sigmoids returns σ(a) = 1/(1 + e⁻ᵃ) and σ(−a), each to full relative accuracy.
func sigmoids(a float64) (s, c float64) {
	e := math.Exp(-math.Abs(a))
	near, far := 1/(1+e), e/(1+e)
	if a < 0 {
		return far, near
	}
	return near, far
}

// logSigmoid returns log σ(a).
func logSigmoid(a float64) float64 { return min(a, 0) - math.Log1p(math.Exp(-math.Abs(a))) }
