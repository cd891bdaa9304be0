package models

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
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

// mulRow stores element j of Uy of the rows loaded, less um, in dst.
func (t *triangle) mulRow(dst []float64, g *gaussRows, um float64, j int) {
	fill(dst, -um)
	a := blas64.General{Rows: t.d - j, Cols: g.loaded, Stride: g.max, Data: g.cols[j*g.max:]}
	blas64.Gemv(blas.Trans, 1, a, vec(t.u[j*t.d+j:(j+1)*t.d]), 1, vec(dst))
}

// addQuad adds −½ ‖U(y − m)‖² of the rows loaded to dst.
func (t *triangle) addQuad(dst []float64, g *gaussRows, um []float64) {
	w := g.work[:len(dst)]
	for j := range t.d {
		t.mulRow(w, g, um[j], j)
		for i, v := range w {
			dst[i] -= 0.5 * v * v
		}
	}
}

// square adds the products y_a y_b, a ≤ b, to the statistics of the rows loaded.
func (g *gaussRows) square(first int) {
	for i := range g.loaded {
		f := g.feats[i*g.f+first : (i+1)*g.f]
		for a := range g.d {
			ya := g.cols[a*g.max+i]
			for b := a; b < g.d; b++ {
				f[0] = ya * g.cols[b*g.max+i]
				f = f[1:]
			}
		}
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
