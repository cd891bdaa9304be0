package models

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/models/internal/lanes"
)

// triangle is a precision matrix P = UᵀU, kept as U.
type triangle struct {
	d int
	u []float64 // upper, row-major
}

func newTriangle(d int) triangle { return triangle{d, make([]float64, d*d)} }

// set takes the upper triangle of P, and returns log|P|. It reports false if P is
// not positive definite.
func (t *triangle) set(p []float64) (logDet float64, ok bool) {
	copy(t.u, p)
	return cholesky(t.u, t.d)
}

func (t *triangle) raw() blas64.Triangular {
	return blas64.Triangular{N: t.d, Stride: t.d, Data: t.u, Uplo: blas.Upper, Diag: blas.NonUnit}
}

// solve replaces x by U⁻ᵀx.
func (t *triangle) solve(x []float64) { blas64.Trsv(blas.Trans, t.raw(), vec(x)) }

// mul replaces x by Ux.
func (t *triangle) mul(x []float64) { blas64.Trmv(blas.NoTrans, t.raw(), vec(x)) }

// mulRow stores element j of Uy of the rows loaded in dst.
func (t *triangle) mulRow(dst []float64, g *gaussRows, j int) {
	a := blas64.General{Rows: t.d - j, Cols: g.loaded, Stride: g.max, Data: g.cols[j*g.max:]}
	blas64.Gemv(blas.Trans, 1, a, vec(t.u[j*t.d+j:(j+1)*t.d]), 0, vec(dst))
}

// addQuad adds −½ ‖Uy − um‖² of the rows loaded to dst.
func (t *triangle) addQuad(dst []float64, g *gaussRows, um []float64) {
	n := len(dst)
	j := 0
	for ; j+2 <= t.d; j += 2 {
		a, b := g.work[:n:n], g.work[n:2*n]
		t.mulRow(a, g, j)
		t.mulRow(b, g, j+1)
		b, dst := b[:len(a)], dst[:len(a)]
		ma, mb := um[j], um[j+1]
		for i, a := range a {
			a -= ma
			b := b[i] - mb
			dst[i] -= 0.5 * (a*a + b*b)
		}
	}
	if j < t.d {
		w := g.work[:n]
		t.mulRow(w, g, j)
		m := um[j]
		for i, v := range w {
			v -= m
			dst[i] -= 0.5 * v * v
		}
	}
}

// products makes the products y_a y_b, a ≤ b, of the statistics of the rows loaded.
func (g *gaussRows) products() {
	f := 1 + g.d
	for a := range g.d {
		ya := g.col(a)
		for b := a; b < g.d; b++ {
			lanes.Mul(g.feat(f), ya, g.col(b))
			f++
		}
	}
}

// pack stores the coefficients of the products in −½ yᵀAy.
func pack(dst, a []float64, d int) {
	for i := range d {
		dst[0] = -0.5 * a[i*d+i]
		for j, v := range a[i*d+i+1 : (i+1)*d] {
			dst[1+j] = -v
		}
		dst = dst[d-i:]
	}
}

// addUnpacked adds h times the symmetric matrix whose upper triangle is packed to
// dst, d×d.
func addUnpacked(dst, packed []float64, h float64, d int) {
	for a := range d {
		dst[a*d+a] += h * packed[0]
		for b, v := range packed[1 : d-a] {
			dst[a*d+a+1+b] += h * v
			dst[(a+1+b)*d+a] += h * v
		}
		packed = packed[d-a:]
	}
}
