package families

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The products agree with gonum's general ones on both sides of every unrolling
// and block, for factors whose scale varies.
func TestTriangleProducts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, d := range []int{1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 36, 63, 64, 65, 67, 101} {
		c, a, b := make([]float64, d*d), make([]float64, d*d), make([]float64, d*d)
		for i := range d {
			for j := i; j < d; j++ {
				c[i*d+j] = rnd.NormFloat64() * math.Exp(float64(i%3))
				b[i*d+j] = rnd.NormFloat64()
				v := rnd.NormFloat64()
				a[i*d+j], a[j*d+i] = v, v
			}
		}
		C, A, B := mat.NewDense(d, d, c), mat.NewDense(d, d, a), mat.NewDense(d, d, b)
		bad := func() []float64 { // whatever is in scratch memory must not matter
			x := make([]float64, d*d)
			for i := range x {
				x[i] = math.NaN()
			}
			return x
		}
		product := func(x ...mat.Matrix) []float64 {
			var p mat.Dense
			p.Product(x...)
			return p.RawMatrix().Data
		}
		check := func(name string, got, want []float64) {
			t.Helper()
			var size float64
			for _, v := range want {
				size = max(size, math.Abs(v))
			}
			for i := range d {
				for j := range d {
					if g := got[i*d+j]; !(math.Abs(g-want[i*d+j]) <= 1e-13*size) {
						t.Fatalf("%s, d = %d: entry %d, %d is %v, want %v", name, d, i, j, g, want[i*d+j])
					} else if g != got[j*d+i] {
						t.Fatalf("%s, d = %d: not symmetric", name, d)
					}
				}
			}
		}
		dst := bad()
		congruence(dst, c, a, bad(), d)
		check("C A Cᵀ", dst, product(C, A, C.T()))
		congruenceTrans(dst, c, a, bad(), d)
		check("Cᵀ A C", dst, product(C.T(), A, C))

		inPlace := append([]float64(nil), a...)
		congruence(inPlace, c, inPlace, bad(), d)
		check("C A Cᵀ in place", inPlace, product(C, A, C.T()))
		copy(inPlace, a)
		congruenceTrans(inPlace, c, inPlace, bad(), d)
		check("Cᵀ A C in place", inPlace, product(C.T(), A, C))

		mulUpperTrans(dst, c, c, d)
		check("C Cᵀ", dst, product(C, C.T()))
		// Any upper triangular factor gives the upper triangle.
		mulUpperTrans(dst, b, c, d)
		want := product(B, C.T())
		for i := range d {
			for j := range i {
				want[i*d+j] = want[j*d+i]
			}
		}
		check("B Cᵀ", dst, want)
	}
}

// No product of a member allocates or starts goroutines, whatever the dimension.
func TestFullGaussianAllocatesNothing(t *testing.T) {
	const d = 130 // beyond the sizes at which gonum's Gemm goes parallel
	q := FullGaussian(d).New().(*FullGaussianDist)
	λ := q.Natural(nil)
	nat, grad := make(Natural, len(λ)), make(Mean, len(λ))
	for i := range nat {
		nat[i] = float64(i % 3)
	}
	if n := testing.AllocsPerRun(3, func() {
		q.SetNatural(λ)
		q.FisherMulVec(grad, nat)
		q.FisherSolve(nat, grad)
		q.Mean(grad)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
