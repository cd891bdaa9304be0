package tiles

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
)

// Sizes around those of a tile and of vectors, by the definition.
func TestAddProduct(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	numbers := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = rnd.NormFloat64()
		}
		return x
	}
	at := func(x []float64, tr blas.Transpose, rows, cols, i, j int) float64 {
		if tr == blas.Trans {
			return x[j*rows+i]
		}
		return x[i*cols+j]
	}
	for _, s := range [][3]int{{3, 4, 5}, {1, 7, 1}, {7, 5, 1}, {6, 1, 4}, {64, 3, 128}, {65, 2, 129}, {130, 20, 257}} {
		m, k, n := s[0], s[1], s[2]
		for _, ta := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			for _, tb := range []blas.Transpose{blas.NoTrans, blas.Trans} {
				a, b, c := numbers(m*k), numbers(k*n), numbers(m*n)
				got := append([]float64(nil), c...)
				AddProduct(got, a, ta, b, tb, m, k, n)
				for i := range m {
					for j := range n {
						want := c[i*n+j]
						for l := range k {
							want += at(a, ta, m, k, i, l) * at(b, tb, k, n, l, j)
						}
						if math.Abs(got[i*n+j]-want) > 1e-12 {
							t.Fatalf("%v, %c%c: element %d, %d is %g, want %g", s, ta, tb, i, j, got[i*n+j], want)
						}
					}
				}
			}
		}
	}
}
