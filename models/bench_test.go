package models_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/models"
)

// The sizes of the project's speed goals: a dense design, and a sparse one of
// indicators like the Adult data.
const (
	denseRows, denseCols           = 20000, 101
	sparseRows, sparseCols, perRow = 32561, 123, 14
	benchChunk                     = 256
)

func denseDesign() *models.Dense {
	rnd := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, denseRows*denseCols)
	for i := range x {
		x[i] = rnd.NormFloat64()
	}
	return must(models.NewDense(denseRows, denseCols, x))
}

func sparseDesign() *models.CSR {
	rnd := rand.New(rand.NewPCG(1, 2))
	indptr, indices := []int{0}, []int(nil)
	const group = sparseCols / perRow // one indicator of each group of columns
	for range sparseRows {
		for g := range perRow {
			indices = append(indices, g*group+rnd.IntN(group))
		}
		indptr = append(indptr, len(indices))
	}
	values := make([]float64, len(indices))
	for i := range values {
		values[i] = 1
	}
	return must(models.NewCSR(sparseRows, sparseCols, indptr, indices, values))
}

// benchMatrix times each product over the whole of x in chunks.
func benchMatrix(b *testing.B, x models.Matrix) {
	n, d := x.Dims()
	work := x.NewWork(benchChunk)
	w, f := make([]float64, n), make([]float64, n)
	v, out := make([]float64, d), make([]float64, d)
	c, cov, gram := make([]float64, d*d), make([]float64, d*d), make([]float64, d*d)
	for i := range w {
		w[i] = -0.1 - float64(i%7)
	}
	for i := range d {
		v[i] = 1 / float64(i+1)
		for j := range d {
			cov[i*d+j] = 0.3
			if j >= i {
				c[i*d+j] = 0.1
			}
		}
	}
	for _, k := range []struct {
		name string
		f    func(lo, hi int)
	}{
		{"AddGram", func(lo, hi int) { x.AddGram(gram, w[lo:hi], lo, hi, work) }},
		{"QuadForm", func(lo, hi int) { x.QuadForm(f[lo:hi], c, cov, lo, hi, work) }},
		{"MulVec", func(lo, hi int) { x.MulVec(f[lo:hi], v, lo, hi) }},
		{"AddMulVecTrans", func(lo, hi int) { x.AddMulVecTrans(out, w[lo:hi], lo, hi) }},
		{"MulVecSq", func(lo, hi int) { x.MulVecSq(f[lo:hi], v, lo, hi, work) }},
		{"AddMulVecSqTrans", func(lo, hi int) { x.AddMulVecSqTrans(out, w[lo:hi], lo, hi, work) }},
	} {
		b.Run(k.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for lo := 0; lo < n; lo += benchChunk {
					k.f(lo, min(lo+benchChunk, n))
				}
			}
		})
	}
}

func BenchmarkDense(b *testing.B) { benchMatrix(b, denseDesign()) }

func BenchmarkSparse(b *testing.B) { benchMatrix(b, sparseDesign()) }

// BenchmarkSparseAsDense is what BenchmarkSparse saves.
func BenchmarkSparseAsDense(b *testing.B) { benchMatrix(b, sparseDesign().Dense()) }

// BenchmarkSyrk is the yardstick of BenchmarkDense: XᵀX by gonum, without
// weights, in chunks of rows.
func BenchmarkSyrk(b *testing.B) {
	x := denseDesign().RawData()
	gram := blas64.Symmetric{N: denseCols, Stride: denseCols, Uplo: blas.Upper, Data: make([]float64, denseCols*denseCols)}
	for b.Loop() {
		for lo := 0; lo < denseRows; lo += benchChunk {
			rows := min(benchChunk, denseRows-lo)
			blas64.Syrk(blas.Trans, 1, blas64.General{Rows: rows, Cols: denseCols, Stride: denseCols, Data: x[lo*denseCols : (lo+rows)*denseCols]}, 1, gram)
		}
	}
}

// BenchmarkLogLik times one evaluation.
func BenchmarkLogLik(b *testing.B) {
	for _, l := range []models.Likelihood{models.BernoulliLogit{}, models.BernoulliProbit{}, models.PoissonLog{}, models.GaussianIdentity{Precision: 2}} {
		b.Run(fmt.Sprintf("%T", l), func(b *testing.B) {
			f := -3.0
			for b.Loop() {
				l.LogLik(1, f)
				if f += 0.01; f > 3 {
					f = -3
				}
			}
		})
	}
}
