package families

// Products of an upper triangular matrix and a symmetric one. All are d×d,
// row-major; triangular matrices are stored with zeros below the diagonal. The
// products skip what is zero and compute one half of what is symmetric, a third
// to a half of the work of general products, and unlike gonum's Gemm they start
// no goroutines and allocate nothing.

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
	k := lo
	for ; k+4 <= hi; k += 4 {
		c0, c1, c2, c3 := coef[k*inc], coef[(k+1)*inc], coef[(k+2)*inc], coef[(k+3)*inc]
		x0 := x[k*d+from : (k+1)*d][:len(dst)]
		x1 := x[(k+1)*d+from : (k+2)*d][:len(dst)]
		x2 := x[(k+2)*d+from : (k+3)*d][:len(dst)]
		x3 := x[(k+3)*d+from : (k+4)*d][:len(dst)]
		for j := range dst {
			dst[j] += (c0*x0[j] + c1*x1[j]) + (c2*x2[j] + c3*x3[j])
		}
	}
	for ; k < hi; k++ {
		c0, x0 := coef[k*inc], x[k*d+from : (k+1)*d][:len(dst)]
		for j := range dst {
			dst[j] += c0 * x0[j]
		}
	}
}

// mulUpperTrans stores in dst the symmetric matrix A Cᵀ, of which it computes
// the upper triangle. A and C are upper triangular; what A has below the
// diagonal is not used.
func mulUpperTrans(dst, a, c []float64, d int) {
	for j0 := 0; j0 < d; j0 += block {
		end := min(j0+block, d)
		for i := range end {
			j := max(i, j0)
			for ; j+4 <= end; j += 4 {
				// The rows after j start later, with zeros.
				x := a[i*d+j : (i+1)*d]
				c0 := c[j*d+j : (j+1)*d][:len(x)]
				c1 := c[(j+1)*d+j : (j+2)*d][:len(x)]
				c2 := c[(j+2)*d+j : (j+3)*d][:len(x)]
				c3 := c[(j+3)*d+j : (j+4)*d][:len(x)]
				var s0, s1, s2, s3 float64
				for k, v := range x {
					s0 += v * c0[k]
					s1 += v * c1[k]
					s2 += v * c2[k]
					s3 += v * c3[k]
				}
				dst[i*d+j], dst[i*d+j+1], dst[i*d+j+2], dst[i*d+j+3] = s0, s1, s2, s3
			}
			for ; j < end; j++ {
				x := a[i*d+j : (i+1)*d]
				c0 := c[j*d+j : (j+1)*d][:len(x)]
				var s float64
				for k, v := range x {
					s += v * c0[k]
				}
				dst[i*d+j] = s
			}
		}
	}
	mirror(dst, d)
}
