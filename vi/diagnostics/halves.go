package diagnostics

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// halves are chains cut in two, all of the same length.
type halves [][]float64

// split checks chains and returns their halves, without the middle value of an
// odd number.
func split(chains [][]float64) (halves, error) {
	if len(chains) == 0 {
		return nil, &CountError{Of: "chains", Got: 0, Want: 1}
	}
	n := len(chains[0])
	for i, c := range chains {
		if len(c) != n {
			panic(badChainLength)
		}
		for t, v := range c {
			if !isFinite(v) {
				return nil, &ValueError{Of: "value of chain", Index: i, Column: t, Got: v, Want: "a finite number"}
			}
		}
	}
	if n < minChain {
		return nil, &CountError{Of: "values in a chain", Got: n, Want: minChain}
	}
	h := make(halves, 0, 2*len(chains))
	for _, c := range chains {
		h = append(h, c[:n/2], c[n-n/2:])
	}
	if h.constant() {
		return nil, &ConstantError{Value: h[0][0]}
	}
	return h, nil
}

// scaled returns the halves moved and scaled to [−1, 1], which keeps powers
// from overflowing, and the divisor.
func (h halves) scaled() (halves, float64) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, c := range h {
		lo, hi = min(lo, floats.Min(c)), max(hi, floats.Max(c))
	}
	centre := lo/2 + hi/2
	radius := max(hi/2-lo/2, math.SmallestNonzeroFloat64)
	return h.apply(func(v float64) float64 { return (v - centre) / radius }), radius
}

// pooled returns all values in one slice, chain after chain.
func (h halves) pooled() []float64 { return slices.Concat(h...) }

// constant reports whether all values are the same.
func (h halves) constant() bool {
	for _, c := range h {
		for _, v := range c {
			if v != h[0][0] {
				return false
			}
		}
	}
	return true
}

// apply returns the halves with f applied to every value.
func (h halves) apply(f func(float64) float64) halves {
	out := make(halves, len(h))
	for i, c := range h {
		out[i] = make([]float64, len(c))
		for t, v := range c {
			out[i][t] = f(v)
		}
	}
	return out
}

// folded returns the distances from the median.
func (h halves) folded() halves {
	x := h.pooled()
	slices.Sort(x)
	median := quantile7(x, 0.5)
	return h.apply(func(v float64) float64 { return math.Abs(v - median) })
}

// rankNormal returns the normal scores of the values,
//
//	z = Φ⁻¹((r − 3/8)/(S + 1/4)),
//
// r the rank among all S values, its average among ties.
func (h halves) rankNormal() halves {
	x := h.pooled()
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	z := make([]float64, len(x))
	for first := 0; first < len(order); {
		last := first
		for last+1 < len(order) && x[order[last+1]] == x[order[first]] {
			last++
		}
		rank := float64(first+last)/2 + 1
		p := (rank - 0.375) / (float64(len(x)) + 0.25)
		for _, i := range order[first : last+1] {
			z[i] = math.Sqrt2 * math.Erfinv(2*p-1)
		}
		first = last + 1
	}
	n := len(h[0])
	out := make(halves, len(h))
	for i := range out {
		out[i] = z[i*n : (i+1)*n]
	}
	return out
}

// quantile7 returns the quantile of x, in ascending order, at p < 1 by definition
// 7 of Hyndman & Fan 1996.
func quantile7(x []float64, p float64) float64 {
	at := p * float64(len(x)-1)
	i := int(at)
	return x[i] + (at-float64(i))*(x[i+1]-x[i])
}
