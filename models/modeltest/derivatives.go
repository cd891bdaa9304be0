package modeltest

import (
	"math"
	"slices"

	"natgrad/models"
)

// derivatives compares gradient and Hessian at z with differences of the value
// and of the gradient.
func (c *checker) derivatives(m models.Model, z []float64) {
	r := c.evaluate(m, z)
	if math.IsNaN(r.value) || math.IsInf(r.value, 0) {
		c.errorf("log p = %g at %v, want a finite value", r.value, z)
		return
	}
	d := m.Dim()
	if r.grad != nil {
		value := func(dst, z []float64) { dst[0] = m.LogJoint(z) }
		for j := range d {
			num, noise, ok := differentiate(value, 1, z, j)
			c.compare("derivative", z, j, -1, r.grad[j], num, noise, math.Abs(r.value), ok)
		}
	}
	for j := range d {
		for i := range d {
			if r.hess == nil {
				break
			}
			if a, b := r.hess[i*d+j], r.hess[j*d+i]; !near(a, b, 1e-12) {
				c.errorf("the Hessian at %v is not symmetric: %.17g at (%d, %d), %.17g across", z, a, i, j, b)
			}
		}
		if r.hess != nil && r.diag != nil && !near(r.diag[j], r.hess[j*d+j], 1e-10) {
			c.errorf("LogJointHessDiag says %.17g for parameter %d at %v, LogJointHess says %.17g", r.diag[j], j, z, r.hess[j*d+j])
		}
	}
	if r.hess == nil && r.diag == nil {
		return
	}
	g := m.(models.Gradienter)
	gradient := func(dst, z []float64) { g.LogJointGrad(dst, z) }
	for j := range d {
		num, noise, ok := differentiate(gradient, d, z, j)
		for i := range d {
			size := math.Abs(r.grad[i])
			if r.hess != nil {
				c.compare("second derivative", z, j, i, r.hess[i*d+j], num[i:], noise[i:], size, ok)
			} else if i == j {
				c.compare("second derivative", z, j, i, r.diag[j], num[i:], noise[i:], size, ok)
			}
		}
	}
}

// compare reports a derivative that is not num[0] ± noise[0]. size is the
// magnitude of what was differenced.
func (c *checker) compare(what string, z []float64, j, i int, got float64, num, noise []float64, size float64, ok bool) {
	scale := max(1, math.Abs(num[0]))
	switch {
	case !ok || noise[0] > 1e-4*max(scale, size):
		c.errorf("cannot difference for the %s in parameter %d at %v (%g ± %g): is the model smooth there?", what, j, z, num[0], noise[0])
	case !(math.Abs(got-num[0]) <= 1e-6*scale+1e-9*size+4*noise[0]):
		if i >= 0 {
			c.errorf("%s in parameters %d and %d at %v is %.12g, differences say %.12g ± %.1g", what, i, j, z, got, num[0], noise[0])
			return
		}
		c.errorf("%s in parameter %d at %v is %.12g, differences say %.12g ± %.1g", what, j, z, got, num[0], noise[0])
	}
}

// differentiate returns the derivatives of the n values of f in z_j, and
// estimates of their errors, by Ridders' method: central differences over
// shrinking steps, extrapolated to a step of zero (Adv. Eng. Software 4, 75–76,
// 1982). It is false if f is not finite however small the steps.
func differentiate(f func(dst, z []float64), n int, z []float64, j int) (deriv, noise []float64, ok bool) {
	const (
		rows   = 8
		shrink = 1.6
	)
	deriv, noise = make([]float64, n), slices.Repeat([]float64{math.Inf(1)}, n)
	at, hi, lo := slices.Clone(z), make([]float64, n), make([]float64, n)
	central := func(dst []float64, h float64) bool {
		at[j] = z[j] + h
		up := at[j]
		f(hi, at)
		at[j] = z[j] - h
		f(lo, at)
		width := up - at[j]
		at[j] = z[j]
		for i := range dst {
			dst[i] = (hi[i] - lo[i]) / width
			if math.IsNaN(dst[i]) || math.IsInf(dst[i], 0) {
				return false
			}
		}
		return true
	}
	h := 0.1 * max(1, math.Abs(z[j]))
	prev, next := newRows(rows, n), newRows(rows, n)
	for !central(prev[0], h) { // outside the support
		if h /= 2; h < 1e-12*max(math.Abs(z[j]), 1e-12) {
			return deriv, noise, false
		}
	}
	h /= 2 // the edge may still be near
	central(prev[0], h)
	for k := 1; k < rows; k++ {
		h /= shrink
		if !central(next[0], h) {
			return deriv, noise, false
		}
		factor := 1.0
		for l := 1; l <= k; l++ {
			factor *= shrink * shrink
			for i := range n {
				next[l][i] = (factor*next[l-1][i] - prev[l-1][i]) / (factor - 1)
				e := max(math.Abs(next[l][i]-next[l-1][i]), math.Abs(next[l][i]-prev[l-1][i]))
				if e < noise[i] {
					deriv[i], noise[i] = next[l][i], e
				}
			}
		}
		prev, next = next, prev
	}
	return deriv, noise, true
}

func newRows(rows, n int) [][]float64 {
	r := make([][]float64, rows)
	for k := range r {
		r[k] = make([]float64, n)
	}
	return r
}
