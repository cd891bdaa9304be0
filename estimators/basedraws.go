package estimators

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/stat/distuv"
)

// BaseDraws returns n antithetic pairs of quasi-random standard normal points of
// ℝᵈ as n rows ε of length d, row-major; −ε is the other one of each pair. Up to
// quasiDims dimensions they come from a Kronecker sequence along powers of the
// generalised golden ratio, shifted at random; beyond, where no short sequence is
// even, from pseudo-random numbers.
//
// If whiten is set they are transformed linearly to have covariance I exactly, so
// that means of quadratic and cubic functions have no error. That needs n ≥ d;
// with fewer pairs the set is only rescaled to the right total variance.
//
// The same seed gives the same points, and the first points of a longer sequence
// are those of a shorter one, but for the whitening.
func BaseDraws(d, n int, seed uint64, whiten bool) []float64 {
	x := BaseCube(d, n, seed)
	for i, u := range x {
		x[i] = distuv.UnitNormal.Quantile(math.Min(math.Max(u, 0x1p-40), 1-0x1p-40))
	}
	if whiten {
		whitenRows(x, d)
	}
	return x
}

// quasiDims is the largest dimension for which the sequence is worth it: in tests
// on products and powers of coordinates its errors are those of random draws from
// about 20 on.
const quasiDims = 20

// BaseCube returns n quasi-random points of the unit cube of ℝᵈ as rows, row-major,
// of which the draws of BaseDraws are the normal quantiles.
func BaseCube(d, n int, seed uint64) []float64 {
	x := make([]float64, n*d)
	rng := NewRng()
	rng.Seek(Stream{Seed: seed}, 0)
	if d <= quasiDims {
		kronecker(x, d, rng)
	} else {
		for i := range x {
			x[i] = rng.Float64()
		}
	}
	return x
}

// kronecker fills the rows of x with frac(s + i α), α_j = g⁻ʲ, where g is the root
// of gᵈ⁺¹ = g + 1 above 1 and s is random.
func kronecker(x []float64, d int, rng *Rng) {
	g := 2.0
	for range 64 {
		g = math.Pow(1+g, 1/float64(d+1))
	}
	α, s := make([]float64, d), make([]float64, d)
	for j := range d {
		α[j] = math.Pow(g, -float64(j+1))
		s[j] = rng.Float64()
	}
	for i := range len(x) / d {
		for j := range d {
			_, x[i*d+j] = math.Modf(s[j] + float64(i)*α[j])
		}
	}
}

// whitenRows makes XᵀX = n I: X ← X R⁻¹ √n, where X = QR.
func whitenRows(x []float64, d int) {
	n := len(x) / d
	if n < d {
		var square float64
		for _, v := range x {
			square += v * v
		}
		blas64.Scal(math.Sqrt(float64(n*d)/square), vec(x))
		return
	}
	a := blas64.General{Rows: n, Cols: d, Stride: d, Data: x}
	gram := make([]float64, d*d)
	s := blas64.Symmetric{N: d, Stride: d, Data: gram, Uplo: blas.Upper}
	for range 2 { // the second time for the rounding of the first
		blas64.Syrk(blas.Trans, 1/float64(n), a, 0, s)
		r, ok := lapack64.Potrf(s)
		if !ok {
			panic("estimators: base draws do not span the space")
		}
		blas64.Trsm(blas.Right, blas.NoTrans, 1, r, a)
	}
}
