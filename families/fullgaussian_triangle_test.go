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

// U U⁻¹ = U⁻¹ U = I to the rounding of its terms, and a zero on the diagonal is
// found.
func TestInvertUpper(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, d := range []int{1, 2, 3, 5, 31, 32, 33, 34, 63, 64, 65, 66, 67, 101} {
		u := make([]float64, d*d)
		for i := range d {
			scale := math.Exp(float64(i % 3)) // of the row
			u[i*d+i] = scale * (1 + rnd.Float64()) * float64(1-2*(i%2))
			for j := i + 1; j < d; j++ {
				u[i*d+j] = scale * rnd.NormFloat64() / math.Sqrt(float64(d))
			}
		}
		work := make([]float64, d)
		for i := range work {
			work[i] = math.NaN()
		}
		inv := append([]float64(nil), u...)
		if !invertUpper(inv, work, d) {
			t.Fatalf("d = %d: singular", d)
		}
		for _, p := range [][2][]float64{{u, inv}, {inv, u}} {
			for i := range d {
				for j := range d {
					want, sum, size := 0.0, 0.0, 0.0
					if i == j {
						want = 1
					}
					for k := range d {
						x := p[0][i*d+k] * p[1][k*d+j]
						sum, size = sum+x, size+math.Abs(x)
					}
					if !(math.Abs(sum-want) <= 1e-13*size) {
						t.Fatalf("d = %d: entry %d, %d of the product is %v", d, i, j, sum)
					}
				}
			}
		}
		for _, i := range []int{0, d / 2, d - 1} {
			singular := append([]float64(nil), u...)
			singular[i*d+i] = 0
			if invertUpper(singular, work, d) {
				t.Errorf("d = %d: a zero at %d is not found", d, i)
			}
		}
	}
}

// FisherSquare is the quadratic form of FisherMulVec, whose closed form is
// uᵀV u + 2 tr(B V B V) with u = a + 2Bm. It takes the symmetric part of a matrix, and
// leaves all as it was.
func TestFullGaussianFisherSquare(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, d := range []int{1, 2, 3, 4, 7, 31, 33, 66} {
		q := FullGaussian(d).New().(*FullGaussianDist)
		for range 4 {
			loc, root, prec := make([]float64, d), make([]float64, d*d), make([]float64, d*d)
			for i := range root {
				root[i] = rnd.NormFloat64()
			}
			for i := range d {
				loc[i] = 3 * rnd.NormFloat64()
				for j := range d {
					for k := range d {
						prec[i*d+j] += root[i*d+k] * root[j*d+k]
					}
				}
				prec[i*d+i] += 0.5
			}
			if !q.SetPrecision(loc, prec) {
				t.Fatal("refused")
			}
			v := make(Natural, d+d*d)
			for i := range v {
				v[i] = rnd.NormFloat64()
			}
			λ, before := q.Natural(nil), append(Natural(nil), v...)
			got := q.FisherSquare(v)
			for i := range v {
				if v[i] != before[i] || q.Natural(nil)[i] != λ[i] {
					t.Fatalf("d = %d: something has changed", d)
				}
			}
			f := q.FisherMulVec(nil, v)
			var product, size float64
			for i, x := range v {
				product, size = product+x*f[i], size+math.Abs(x*f[i])
			}
			if math.Abs(got-product) > 1e-13*size {
				t.Errorf("d = %d: %v, by FisherMulVec %v", d, got, product)
			}
			V, B := mat.NewDense(d, d, q.Cov(nil)), mat.NewDense(d, d, nil)
			for i := range d {
				for j := range d {
					B.Set(i, j, (v[d+i*d+j]+v[d+j*d+i])/2)
				}
			}
			m, u := mat.NewVecDense(d, loc), mat.NewVecDense(d, nil)
			u.MulVec(B, m)
			u.AddScaledVec(mat.NewVecDense(d, v[:d]), 2, u)
			var p mat.Dense
			p.Product(B, V, B, V)
			if want := mat.Inner(u, V, u) + 2*mat.Trace(&p); math.Abs(got-want) > 1e-10*want {
				t.Errorf("d = %d: %v, want %v", d, got, want)
			}
		}
	}
	q := FullGaussian(3).New().(*FullGaussianDist)
	if s := q.FisherSquare(make(Natural, 12)); s != 0 {
		t.Errorf("%v for the zero vector", s)
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
		q.FisherSquare(nat)
		q.FisherSolve(nat, grad)
		q.Mean(grad)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
