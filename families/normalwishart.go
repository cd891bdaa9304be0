package families

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// NormalWishart returns the family of joint distributions of an x in ℝᵈ and a
// precision matrix Λ, where Λ is Wishart with ν > d−1 degrees of freedom and scale
// W, and x given Λ is Gaussian with mean m and precision κΛ. A point z is x and then
// Λ, row-major, of length d + d².
//
//	T(z) = (log|Λ|, Λ, Λx, xᵀΛx)                      1 + d² + d + 1 statistics
//	λ    = (½(ν−d), −½(W⁻¹ + κmmᵀ), κm, −½κ)          λ₁ > −½, λ₄ < 0,
//	                                                  −2λ₂ + ½λ₃λ₃ᵀ/λ₄ positive definite
//	μ    = (ψ_d(½ν) + log|2W|, νW, νWm, d/κ + νmᵀWm)  μ₁ < log|μ₂|, μ₄ > μ₃ᵀμ₂⁻¹μ₃
//	A(λ) = log Γ_d(½ν) + ½ν log|2W| − ½d log κ + ½d log 2π
//
// with the multivariate Gamma function Γ_d and the derivative ψ_d of its logarithm.
// The matrix block of a natural or mean parameter is taken as its symmetric part.
// It is conjugate to Gaussian data: an observation y adds (½, −½yyᵀ, y, −½) to λ.
//
// Through λ a ν close to d−1 is known to an absolute, not relative, 1e-16, and W⁻¹
// to as much of it as W⁻¹ + κmmᵀ has: a member keeps what SetMean, SetParams or
// SetInverse gave it. It panics if d < 1.
func NormalWishart(d int) Family {
	if d < 1 {
		panic(badSize)
	}
	return normalWishartFamily{d}
}

type normalWishartFamily struct{ d int }

func (f normalWishartFamily) Dim() int       { return f.d + f.d*f.d }
func (f normalWishartFamily) NumParams() int { return 2 + f.d + f.d*f.d }
func (f normalWishartFamily) String() string { return fmt.Sprintf("NormalWishart(%d)", f.d) }

// New returns the member with m = 0, κ = 1, ν = d+1 and W = 1.
func (f normalWishartFamily) New() Distribution {
	d := f.d
	q := &NormalWishartDist{f: f, w: newWishart(d), λ: make(Natural, f.NumParams()), κ: 1,
		m: make([]float64, d), x: make([]float64, d), y: make([]float64, d), next: make(Natural, f.NumParams())}
	q.tryNatural(q.x, 1, &q.w.wishartState)
	copy(q.λ, q.next)
	return q
}

// SufficientStats stores T(x, Λ), where log|Λ| is −Inf if Λ is not positive definite.
func (f normalWishartFamily) SufficientStats(dst Mean, z []float64) Mean {
	d := f.d
	dst = meanOf(dst, f.NumParams())
	mustLen(len(z), d+d*d, badPointLength)
	x, a := z[:d], dst[1:1+d*d]
	dst[0] = outsideOrAnyNaN(z[d:])
	if symmetricInto(a, z[d:], 1, d) && choleskyReverse(a, d) {
		dst[0] = logDetOf(a, d)
	}
	copy(a, z[d:])
	symmetricPart(a, d)
	ax := dst[1+d*d : 1+d*d+d]
	blas64.Gemv(blas.NoTrans, 1, square(a, d), vec(x), 0, vec(ax))
	dst[1+d*d+d] = blas64.Dot(vec(ax), vec(x))
	return dst
}

// split returns the four blocks of a parameter.
func (f normalWishartFamily) split(v []float64) (v1 float64, mat, lin []float64, v4 float64) {
	n := 1 + f.d*f.d
	return v[0], v[1:n], v[n : n+f.d], v[n+f.d]
}

// NormalWishartDist is a member of NormalWishart. It keeps the Cholesky factors of
// W⁻¹ and W, and implements KLer.
type NormalWishartDist struct {
	f    normalWishartFamily
	w    *wishart // of Λ
	λ    Natural
	κ    float64
	m    []float64
	x, y []float64 // d scratch
	next Natural
}

var _ KLer = (*NormalWishartDist)(nil)

// Family returns NormalWishart(d).
func (q *NormalWishartDist) Family() Family { return q.f }

// Params returns κ and ν, and stores m and W in loc and scale, which are allocated
// if they are nil.
func (q *NormalWishartDist) Params(loc, scale []float64) (m []float64, κ float64, W []float64, ν float64) {
	loc, scale = sliceOf(loc, q.f.d), matrixOf(scale, q.f.d)
	copy(loc, q.m)
	copy(scale, q.w.v)
	return loc, q.κ, scale, 2 * q.w.x
}

// Inverse stores W⁻¹, so that E[Λ]⁻¹ = W⁻¹/ν.
func (q *NormalWishartDist) Inverse(dst []float64) []float64 {
	dst = matrixOf(dst, q.f.d)
	q.w.inverse(dst, 1, q.f.d)
	return dst
}

// ScaleFactor stores the upper triangular C with C Cᵀ = W, zeros below the diagonal,
// so that E[(y−x)ᵀΛ(y−x)] = ν|Cᵀ(y−m)|² + d/κ.
func (q *NormalWishartDist) ScaleFactor(dst []float64) []float64 {
	dst = matrixOf(dst, q.f.d)
	copy(dst, q.w.c.Data)
	return dst
}

// SetParams makes q the member with these parameters, and takes the symmetric part
// of W. It reports false, and leaves q unchanged, if κ ≤ 0, ν ≤ d−1, W is not
// positive definite, a parameter of λ or μ is out of range, or λ₁ or W⁻¹ is lost in
// the rounding of λ.
func (q *NormalWishartDist) SetParams(m []float64, κ float64, W []float64, ν float64) (ok bool) {
	mustLen(len(m), q.f.d, badPointLength)
	mustLen(len(W), q.f.d*q.f.d, badScaleLength)
	return q.w.tryScale(0.5*(ν-float64(q.f.d-1)), W, 1) && q.adopt(m, κ)
}

// SetInverse is SetParams for a given W⁻¹.
func (q *NormalWishartDist) SetInverse(m []float64, κ float64, inverse []float64, ν float64) (ok bool) {
	mustLen(len(m), q.f.d, badPointLength)
	mustLen(len(inverse), q.f.d*q.f.d, badScaleLength)
	return q.w.tryInverse(0.5*(ν-float64(q.f.d-1)), inverse, 1) && q.adopt(m, κ)
}

// adopt makes the next state of w with m and κ the member, unless the λ of it is not
// in the domain in float64.
func (q *NormalWishartDist) adopt(m []float64, κ float64) bool {
	if !q.finiteMoments(m, κ) || !q.tryNatural(m, κ, &q.w.next) {
		return false
	}
	q.w.adopt()
	q.λ, q.next = q.next, q.λ
	q.κ = κ
	copy(q.m, m)
	return true
}

// tryNatural computes λ of m, κ and s in next, and reports whether it is legal.
func (q *NormalWishartDist) tryNatural(m []float64, κ float64, s *wishartState) bool {
	_, mat, lin, _ := q.f.split(q.next)
	s.inverse(mat, -0.5, q.f.d)
	q.next[0], q.next[len(q.next)-1] = s.a-0.5, -0.5*κ
	for i, x := range m {
		lin[i] = κ * x
		for j, y := range m {
			mat[i*q.f.d+j] -= 0.5 * κ * x * y
		}
	}
	return q.next[0] > -0.5 && finite(q.next) && q.centre(q.w.e, q.next) && choleskyUpper(q.w.e, q.f.d)
}

// centre stores W⁻¹ = −2λ₂ − λ₃λ₃ᵀ/κ, for λ₄ < 0, and reports whether it is finite
// with a positive diagonal.
func (q *NormalWishartDist) centre(dst []float64, λ Natural) bool {
	_, mat, lin, λ4 := q.f.split(λ)
	d := q.f.d
	k, h := evenScale(-2 * λ4) // as schurComplement has it
	for i, x := range lin {
		q.y[i] = math.Ldexp(x, -h)
		for j, y := range q.y[:i+1] {
			r := diffOfProducts(-(mat[i*d+j]+mat[j*d+i]), k, q.y[i], y) / k
			dst[i*d+j], dst[j*d+i] = r, r
		}
		if !(dst[i*d+i] > 0) {
			return false
		}
	}
	return finite(dst)
}

// finiteMoments reports whether κ and m, with the next state of w, have finite means.
func (q *NormalWishartDist) finiteMoments(m []float64, κ float64) bool {
	if !isNormal(κ) || !isNormal(1/κ) {
		return false
	}
	q.means(q.y, m, &q.w.next)
	return finite(q.y) && isFinite(blas64.Dot(vec(m), vec(m))) && isFinite(float64(q.f.d)/κ+blas64.Dot(vec(q.y), vec(m)))
}

// means stores νWm.
func (q *NormalWishartDist) means(dst, m []float64, s *wishartState) {
	blas64.Gemv(blas.NoTrans, 2*s.x, square(s.v, q.f.d), vec(m), 0, vec(dst))
}

// SetNatural refuses λ₁ ≤ −½, λ₄ ≥ 0, a W⁻¹ that is not positive definite, and a λ
// whose μ or A is out of range.
func (q *NormalWishartDist) SetNatural(λ Natural) bool {
	d := q.f.d
	mustLen(len(λ), len(q.λ), badNaturalLength)
	λ1, _, lin, λ4 := q.f.split(λ)
	if !(λ4 < 0) || !q.centre(q.w.e, λ) || !q.w.tryInverse(0.5+λ1, q.w.e, 1) {
		return false
	}
	κ := -2 * λ4
	for i, l := range lin {
		q.x[i] = l / κ
	}
	if !q.finiteMoments(q.x, κ) {
		return false
	}
	q.w.adopt()
	q.κ = κ
	copy(q.m, q.x)
	copy(q.λ, λ)
	symmetricPart(q.λ[1:1+d*d], d)
	return true
}

// SetMean refuses μ unless μ₂ is positive definite, μ₁ < log|μ₂| and μ₄ > μ₃ᵀμ₂⁻¹μ₃;
// see SetMean of WishartDist.
func (q *NormalWishartDist) SetMean(μ Mean) bool {
	mustLen(len(μ), len(q.λ), badMeanLength)
	elog, mat, lin, μ4 := q.f.split(μ)
	if !finite(lin) || !q.w.tryMean(elog, mat) {
		return false
	}
	// m = UᵀU μ₃/ν, and d/κ = μ₄ − |U μ₃|²/ν.
	n := &q.w.next
	copy(q.x, lin)
	blas64.Trmv(blas.NoTrans, n.u, vec(q.x))
	v := (μ4 - blas64.Dot(vec(q.x), vec(q.x))/(2*n.x)) / float64(q.f.d)
	blas64.Trmv(blas.Trans, n.u, vec(q.x))
	blas64.Scal(1/(2*n.x), vec(q.x))
	return v > 0 && q.adopt(q.x, 1/v)
}
