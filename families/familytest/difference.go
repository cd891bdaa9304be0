package familytest

import "math"

// differentiate returns the derivatives at t = 0 of the n values of f, and
// estimates of their errors, by Ridders' method: central differences over
// shrinking steps, extrapolated to a step of zero (Adv. Eng. Software 4, 75–76,
// 1982). f reports false outside its domain; h is the first step tried. ok is
// false if f has no finite values however small the steps.
func differentiate(n int, h float64, f func(dst []float64, t float64) bool) (deriv, noise []float64, ok bool) {
	return differentiateIn(10, n, h, f)
}

// differentiateIn is differentiate with a given number of step sizes.
func differentiateIn(rows, n int, h float64, f func(dst []float64, t float64) bool) (deriv, noise []float64, ok bool) {
	const shrink = 1.8
	deriv, noise = make([]float64, n), make([]float64, n)
	for i := range noise {
		noise[i] = math.Inf(1)
	}
	hi, lo := make([]float64, n), make([]float64, n)
	central := func(dst []float64, h float64) bool {
		if !f(hi, h) || !f(lo, -h) {
			return false
		}
		for i := range dst {
			dst[i] = (hi[i] - lo[i]) / (2 * h)
		}
		return allFinite(dst)
	}
	prev, next := newRows(rows, n), newRows(rows, n)
	first := h
	for !central(prev[0], h) { // outside the domain
		if h /= 2; h < 1e-14*first {
			return deriv, noise, false
		}
	}
	if h < first { // the edge may still be near
		h /= 2
		central(prev[0], h)
	}
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

// compare reports a derivative got that is not num ± noise, at the size scale.
// lost is what the values that were differenced lose to rounding, and more, as
// noise may be too low an estimate of it.
func (c *checker) compare(what string, m *member, got, num, noise, lost, scale float64, ok bool) {
	switch {
	case !ok || !(noise <= 1e-5*scale+lost):
		c.errorf("cannot difference for %s at λ = %s (%g ± %g): is it smooth there?", what, show(m.λ), num, noise)
	case !near(got, num, 1, 1e-7*scale+10*noise+lost):
		c.errorf("%s is %.12g at λ = %s, differences say %.12g ± %.1g", what, got, show(m.λ), num, noise)
	}
}
