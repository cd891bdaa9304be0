// Package tiles has the matrix products of networks and tapes, which run within a
// goroutine of the caller's.
package tiles

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// Products larger than a tile are done by tiles, which keeps gonum from starting
// goroutines.
const (
	tileRows = 64
	tileCols = 128
)

// AddProduct adds op(A) op(B) to C, m×n row-major, where op(A) is m×k; op transposes if ta or
// tb say so.
func AddProduct(c, a []float64, ta blas.Transpose, b []float64, tb blas.Transpose, m, k, n int) {
	if n == 1 {
		if ta == blas.NoTrans {
			blas64.Gemv(blas.NoTrans, 1, general(m, k, a), vec(b, k), 1, vec(c, m))
		} else {
			blas64.Gemv(blas.Trans, 1, general(k, m, a), vec(b, k), 1, vec(c, m))
		}
		return
	}
	if k == 1 {
		blas64.Ger(1, vec(a, m), vec(b, n), general(m, n, c))
		return
	}
	for i := 0; i < m; i += tileRows {
		p := min(tileRows, m-i)
		at := blas64.General{Rows: p, Cols: k, Stride: k, Data: a[min(i*k, len(a)):]}
		if ta == blas.Trans {
			at = blas64.General{Rows: k, Cols: p, Stride: m, Data: a[i:]}
		}
		for j := 0; j < n; j += tileCols {
			q := min(tileCols, n-j)
			bt := blas64.General{Rows: k, Cols: q, Stride: n, Data: b[j:]}
			if tb == blas.Trans {
				bt = blas64.General{Rows: q, Cols: k, Stride: k, Data: b[j*k:]}
			}
			blas64.Gemm(ta, tb, 1, at, bt, 1, blas64.General{Rows: p, Cols: q, Stride: n, Data: c[i*n+j:]})
		}
	}
}

func general(rows, cols int, x []float64) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: x}
}

func vec(x []float64, n int) blas64.Vector { return blas64.Vector{N: n, Inc: 1, Data: x} }
