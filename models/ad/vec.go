package ad

import "gonum.org/v1/gonum/blas/blas64"

// Loops over vectors, any of which may be a scalar that stands for all elements.
// What is accumulated in a scalar is the sum over elements. The order of sums does
// not depend on where vectors lie in memory.

func vec(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }

func sum(x []float64) float64 {
	var s0, s1, s2, s3 float64
	for len(x) >= 4 {
		s0 += x[0]
		s1 += x[1]
		s2 += x[2]
		s3 += x[3]
		x = x[4:]
	}
	for _, v := range x {
		s0 += v
	}
	return (s0 + s1) + (s2 + s3)
}

// dot is Σ xᵢyᵢ of vectors of equal length.
func dot(x, y []float64) float64 {
	if len(x) < 8 {
		var s float64
		y = y[:len(x)]
		for i, v := range x {
			s += v * y[i]
		}
		return s
	}
	return blas64.Dot(vec(x), vec(y))
}

// addAll adds c to every element.
func addAll(dst []float64, c float64) {
	for i := range dst {
		dst[i] += c
	}
}

// axpy adds c·x to dst of equal length.
func axpy(dst []float64, c float64, x []float64) {
	if len(dst) < 8 {
		x = x[:len(dst)]
		for i, v := range x {
			dst[i] += c * v
		}
		return
	}
	blas64.Axpy(c, vec(x), vec(dst))
}

// addScaled adds c·g to dst.
func addScaled(dst []float64, c float64, g []float64) {
	switch {
	case len(dst) == len(g):
		axpy(dst, c, g)
	case len(g) == 1:
		addAll(dst, c*g[0])
	default:
		dst[0] += c * sum(g)
	}
}

// mulAdd adds g∘p to dst, where g has the length of the longest.
func mulAdd(dst, g, p []float64) {
	switch {
	case len(dst) == len(p):
		if len(dst) != len(g) { // both are scalars
			dst[0] += sum(g) * p[0]
			return
		}
		g, p = g[:len(dst)], p[:len(dst)]
		for i := range dst {
			dst[i] += g[i] * p[i]
		}
	case len(p) == 1:
		axpy(dst, p[0], g)
	default:
		dst[0] += dot(g, p)
	}
}

// mulSub subtracts g∘p from dst, where g has the length of the longest.
func mulSub(dst, g, p []float64) {
	switch {
	case len(dst) == len(p):
		if len(dst) != len(g) {
			dst[0] -= sum(g) * p[0]
			return
		}
		g, p = g[:len(dst)], p[:len(dst)]
		for i := range dst {
			dst[i] -= g[i] * p[i]
		}
	case len(p) == 1:
		axpy(dst, -p[0], g)
	default:
		dst[0] -= dot(g, p)
	}
}

// mulAdd2 adds u∘v to dst, which has the length of the longest.
func mulAdd2(dst, u, v []float64) {
	switch {
	case len(u) == len(v) && len(u) == len(dst):
		u, v = u[:len(dst)], v[:len(dst)]
		for i := range dst {
			dst[i] += u[i] * v[i]
		}
	case len(u) == len(v):
		addAll(dst, u[0]*v[0])
	case len(u) == 1:
		axpy(dst, u[0], v)
	default:
		axpy(dst, v[0], u)
	}
}
