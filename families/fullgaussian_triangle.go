package families

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// Products of an upper triangular matrix and a symmetric one. All are d×d,
// row-major; triangular matrices are stored with zeros below the diagonal. The
// products skip what is zero and compute one half of what is symmetric, a third
// to a half of the work of general products. They are made of products of parts of
// a matrix with vectors: for these gonum has vector instructions, and unlike its
// Gemm they start no goroutines and allocate nothing.

// block is the number of rows of the right factor that are kept in cache.
const block = 32

// congruence stores C A Cᵀ in dst, which may be a. C is upper triangular.
func congruence(dst, c, a, work []float64, d int) {
	// work = C A on and above the diagonal.
	clear(work)
	for k0 := 0; k0 < d; k0 += block {
		for i := range min(k0+block, d) {
			addRows(work[i*d+i:(i+1)*d], c[i*d:], 1, a, d, i, max(k0, i), min(k0+block, d))
		}
	}
	mulUpperTrans(dst, work, c, d)
}

// congruenceTrans stores Cᵀ A C in dst, which may be a. C is upper triangular.
func congruenceTrans(dst, c, a, work []float64, d int) {
	// work = A C on and above the diagonal.
	clear(work)
	for k0 := 0; k0 < d; k0 += block {
		end := min(k0+block, d)
		for i := range d {
			from := max(i, k0) // the rows after k0 are zero there
			addRows(work[i*d+from:(i+1)*d], a[i*d:], 1, c, d, from, k0, end)
		}
	}
	clear(dst)
	for k0 := 0; k0 < d; k0 += block {
		for i := k0; i < d; i++ {
			addRows(dst[i*d+i:(i+1)*d], c[i:], d, work, d, i, k0, min(k0+block, i+1))
		}
	}
	mirror(dst, d)
}

// addRows adds Σ_k coef[k·inc] x[k, from:] to dst, k from lo to hi.
func addRows(dst, coef []float64, inc int, x []float64, d, from, lo, hi int) {
	n := hi - lo
	if n <= 0 || len(dst) == 0 {
		return
	}
	blas64.Gemv(blas.Trans, 1, part(x, d, lo, from, n, len(dst)),
		blas64.Vector{N: n, Inc: inc, Data: coef[lo*inc:]}, 1, vec(dst))
}

// mulUpperTrans stores in dst the symmetric matrix A Cᵀ, of which it computes
// the upper triangle. A and C are upper triangular; what A has below the
// diagonal is not used.
func mulUpperTrans(dst, a, c []float64, d int) {
	for j0 := 0; j0 < d; j0 += block {
		end := min(j0+block, d)
		for i := range end {
			j := max(i, j0) // the rows of C from j on start there, or later with zeros
			blas64.Gemv(blas.NoTrans, 1, part(c, d, j, j, end-j, d-j), vec(a[i*d+j:(i+1)*d]), 0, vec(dst[i*d+j:i*d+end]))
		}
	}
	mirror(dst, d)
}

// part returns n rows and m columns of the d×d matrix a from row i and column j on.
func part(a []float64, d, i, j, n, m int) blas64.General {
	return blas64.General{Rows: n, Cols: m, Stride: d, Data: a[i*d+j : (i+n-1)*d+j+m]}
}

// invertUpper replaces the upper triangular c by its inverse, from the last row up:
// with U = [u r; 0 U′] the first row of U⁻¹ is (1, −r U′⁻¹)/u. It reports false if
// there is none.
func invertUpper(c, work []float64, d int) bool {
	for i := d - 1; i >= 0; i-- {
		u := c[i*d+i]
		if u == 0 {
			return false
		}
		inv := 1 / u
		r, row := work[:d-i-1], c[i*d+i+1:(i+1)*d]
		copy(r, row)
		clear(row)
		for j := 0; j < len(row); j += block {
			end := min(j+block, len(row)) // entries below the diagonal of U′⁻¹ are zero
			blas64.Gemv(blas.Trans, -inv, part(c, d, i+1, i+1+j, end, end-j), vec(r[:end]), 0, vec(row[j:end]))
		}
		c[i*d+i] = inv
	}
	return true
}
