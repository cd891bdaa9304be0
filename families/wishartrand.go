package families

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// bartlett stores an upper triangular A with A Aᵀ a Wishart matrix of scale 1:
// A_ii² is chi-squared with ν−p+1+i degrees of freedom, i = 0 … p−1, and the
// entries above the diagonal are standard normal (Bartlett 1933). Its logarithm
// is drawn, so that A_ii underflows only where log A_ii² < −1490.
func (w *wishart) bartlett(a []float64, rnd *rand.Rand) {
	for i := range w.p {
		row := a[i*w.p : (i+1)*w.p]
		clear(row[:i])
		row[i] = math.Exp(0.5 * (math.Ln2 + randLogGamma(w.a+0.5*float64(i), rnd)))
		normals(row[i+1:], rnd)
	}
}

// rand draws Y, and leaves the upper triangular B with B Bᵀ = Y in w.b.
func (w *wishart) rand(y []float64, rnd *rand.Rand) {
	w.bartlett(w.e, rnd)
	blas64.Trmm(blas.Left, blas.NoTrans, 1, w.c, square(w.e, w.p))
	for floor := 0.0; ; floor = max(16*floor, 0x1p-52) {
		for i := range w.p {
			row := w.e[i*w.p+i : (i+1)*w.p]
			row[0] = heldPivot(row[0], floor*blas64.Dot(vec(row[1:]), vec(row[1:])))
		}
		mulUpperTrans(y, w.e, w.e, w.p)
		copy(w.b, y)
		if choleskyReverse(w.b, w.p) || floor > 1 {
			return
		}
	}
}

// randInverse draws Y, stores Y⁻¹ in x, and leaves the upper triangular R with
// RᵀR = Y⁻¹ in w.b.
func (w *wishart) randInverse(x []float64, rnd *rand.Rand) {
	w.bartlett(w.b, rnd)
	// Entries are held below 2⁹⁴⁰ or so, for the rest of the computation to be in range.
	least := 0.0
	for i := range w.p {
		least = max(least, w.u.Data[i*w.p+i])
	}
	least = min(0x1p-470*least, 0x1p-20)
	for i := range w.p {
		w.b[i*w.p+i] = max(w.b[i*w.p+i], least)
	}
	copy(w.e, w.u.Data)
	blas64.Trsm(blas.Left, blas.NoTrans, 1, upper(w.b, w.p), square(w.e, w.p))
	for floor := 0.0; ; floor = max(16*floor, 0x1p-52) {
		for i := range w.p {
			var others float64
			for k := range i {
				others += w.e[k*w.p+i] * w.e[k*w.p+i]
			}
			w.e[i*w.p+i] = heldPivot(w.e[i*w.p+i], floor*others)
		}
		gram(x, 1, w.e, w.p)
		copy(w.b, x)
		if choleskyUpper(w.b, w.p) || floor > 1 {
			return
		}
	}
}

// heldPivot returns a diagonal entry r of the factor of a draw, made so large that
// r² is at least least, and a normal number. A matrix that is singular to all but its
// last digits need not be positive definite after rounding: the least part of its
// diagonal that is left without the correlations is raised until it is.
func heldPivot(r, least float64) float64 {
	return min(max(r, math.Sqrt(least), 0x1p-511), 0x1p511)
}
