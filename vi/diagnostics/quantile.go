package diagnostics

import (
	"cmp"
	"slices"
)

// Quantiles stores the weighted quantiles of the columns at probabilities p in
// dst, len(p)×dim row-major, and returns it; a nil dst is allocated. They
// interpolate linearly between the draws x_(i) in ascending order, which stand
// at probabilities
//
//	w_(1) + … + w_(i−1) + w_(i)/2
//
// and are the least and the largest draw beyond the first and the last of these
// (definition 5 of Hyndman & Fan 1996 for equal weights). Draws without weight do
// not count.
func (s *Sample) Quantiles(dst []float64, p ...float64) []float64 {
	for _, v := range p {
		if !(v >= 0 && v <= 1) {
			panic(badProb)
		}
	}
	dst = sized(dst, len(p)*s.dim)
	order := make([]int, 0, len(s.w))
	for i, w := range s.w {
		if w > 0 {
			order = append(order, i)
		}
	}
	at := make([]float64, len(order))
	for j := range s.dim {
		slices.SortFunc(order, func(a, b int) int {
			return cmp.Or(cmp.Compare(s.x[a*s.dim+j], s.x[b*s.dim+j]), cmp.Compare(a, b))
		})
		var below float64
		for r, i := range order {
			at[r] = below + s.w[i]/2
			below += s.w[i]
		}
		for k, v := range p {
			dst[k*s.dim+j] = s.quantile(v, j, order, at)
		}
	}
	return dst
}

// quantile returns the quantile of column j at p for draws in the given order,
// standing at probabilities at.
func (s *Sample) quantile(p float64, j int, order []int, at []float64) float64 {
	x := func(r int) float64 { return s.x[order[r]*s.dim+j] }
	r, exact := slices.BinarySearch(at, p)
	switch {
	case exact || r == 0:
		return x(r)
	case r == len(at):
		return x(r - 1)
	}
	t := (p - at[r-1]) / (at[r] - at[r-1])
	return (1-t)*x(r-1) + t*x(r)
}
