package families

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

const (
	maxMeanSteps = 100
	// meanTolerance is how near the moments must come to those asked for, relative to
	// the variance or the standard deviation.
	meanTolerance = 1e-9
)

// sitesMatch looks for sites with given moments.
type sitesMatch struct {
	q                *GaussianSitesDist
	want, grad, step []float64 // n
	next, from       Natural
}

// SetMean refuses μ unless there are sites that make h of these means and variances. They
// are found by Newton's method on a concave function of b, log|C| + 2 Σ b_i V_ii, whose
// maximum has the variances.
func (q *GaussianSitesDist) SetMean(μ Mean) bool {
	n := q.f.n
	mustLen(len(μ), 2*n, badMeanLength)
	if !finite(μ) {
		return false
	}
	if q.match == nil {
		q.match = &sitesMatch{q: q.f.New().(*GaussianSitesDist), want: make([]float64, n), grad: make([]float64, n),
			step: make([]float64, n), next: make(Natural, 2*n), from: make(Natural, 2*n)}
	}
	w := q.match
	for i := range n {
		w.want[i] = math.FMA(-μ[i], μ[i], μ[n+i])
		if !(w.want[i] > 0) || !isFinite(w.want[i]) {
			return false
		}
	}
	if !w.variances() {
		return false
	}
	for i, m := range q.f.mean {
		w.grad[i] = μ[i] - m
	}
	w.q.factors().values.solve(w.step, w.grad) // a + 2 b m₀
	for i, m := range q.f.mean {
		b := w.q.λ[n+i]
		w.next[i], w.next[n+i] = w.step[i]-2*b*m, b
	}
	if !w.q.SetNatural(w.next) {
		return false
	}
	for i, m := range w.q.at.m {
		if !(math.Abs(m-μ[i]) <= meanTolerance*(math.Sqrt(w.want[i])+math.Abs(μ[i]))) {
			return false
		}
	}
	return q.SetNatural(w.next)
}

// variances moves b to where the variances are those wanted, with a = 0.
func (w *sitesMatch) variances() bool {
	q, n := w.q, w.q.f.n
	clear(w.next)
	if !q.SetNatural(w.next) {
		return false
	}
	for i, v := range q.at.v { // where a coordinate alone would have to be
		if !(v > 0) {
			return false
		}
		w.next[n+i] = math.Min(0, 0.5*(1/v-1/w.want[i]))
	}
	if !q.SetNatural(w.next) {
		return false
	}
	last := w.off()
	for range maxMeanSteps {
		for i, v := range q.at.v {
			w.grad[i] = v - w.want[i]
		}
		q.factors().squares.solve(w.step, w.grad)
		now := w.value()
		copy(w.from, q.λ)
		moved := false
		for t := 1.0; t > 1e-10 && !moved; t /= 2 {
			for i, s := range w.step {
				w.next[n+i] = w.from[n+i] - 0.5*t*s
			}
			moved = q.SetNatural(w.next) && (w.value() >= now || w.off() < last)
		}
		d := w.off()
		if !moved || d >= last && last <= meanTolerance { // rounding
			q.SetNatural(w.from)
			break
		}
		last = d
	}
	return w.off() <= meanTolerance
}

// value is the function that is maximised.
func (w *sitesMatch) value() float64 {
	return w.q.at.logDet + 2*blas64.Dot(vec(w.q.λ[w.q.f.n:]), vec(w.want))
}

// off is the largest relative error of a variance.
func (w *sitesMatch) off() float64 {
	var most float64
	for i, v := range w.q.at.v {
		most = math.Max(most, math.Abs(v-w.want[i])/w.want[i])
	}
	return most
}
