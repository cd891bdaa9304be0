package families

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// TiedNormalWishart returns the family of joint distributions of x_1 … x_k in ℝᵈ and
// one precision matrix Λ of them all, where Λ is Wishart with ν > d−1 degrees of
// freedom and scale W, and the x_i given Λ are independent Gaussians with means m_i
// and precisions κ_iΛ. A point z is x_1, …, x_k and then Λ, row-major, of length
// kd + d². It is NormalWishart(d) for k = 1.
//
//	T(z) = (log|Λ|, Λ, Λx_1, …, Λx_k, x_1ᵀΛx_1, …, x_kᵀΛx_k)
//	λ    = (½(ν−d−1+k), −½(W⁻¹ + Σ κ_i m_i m_iᵀ), κ_1 m_1, …, −½κ_1, …)
//	μ    = (ψ_d(½ν) + log|2W|, νW, νWm_1, …, d/κ_1 + νm_1ᵀWm_1, …)
//	A(λ) = log Γ_d(½ν) + ½ν log|2W| + ½d Σ (log 2π − log κ_i)
//
// of which the domain is ν > d−1, κ_i > 0 and W⁻¹ positive definite. The matrix block of
// a natural or mean parameter is taken as its symmetric part. It is conjugate to Gaussian
// data: an observation y of mean x_i adds ½, −½yyᵀ, y and −½ to the first and second
// part of λ and to those of i. What NormalWishart says of precision holds here too.
// It panics if k < 1 or d < 1.
func TiedNormalWishart(k, d int) Family {
	if k < 1 || d < 1 {
		panic(badSize)
	}
	return tiedNormalWishartFamily{k, d}
}

type tiedNormalWishartFamily struct{ k, d int }

func (f tiedNormalWishartFamily) Dim() int       { return f.k*f.d + f.d*f.d }
func (f tiedNormalWishartFamily) NumParams() int { return 1 + f.d*f.d + f.k*(f.d+1) }
func (f tiedNormalWishartFamily) String() string {
	return fmt.Sprintf("TiedNormalWishart(%d, %d)", f.k, f.d)
}

// New returns the member with m_i = 0, κ_i = 1, ν = d+1 and W = 1.
func (f tiedNormalWishartFamily) New() Distribution {
	d, k := f.d, f.k
	q := &TiedNormalWishartDist{f: f, w: newWishart(d), λ: make(Natural, f.NumParams()), next: make(Natural, f.NumParams()),
		κ: make([]float64, k), m: make([]float64, k*d), nextκ: make([]float64, k), nextM: make([]float64, k*d),
		x: make([]float64, d), y: make([]float64, d)}
	for i := range q.κ {
		q.κ[i] = 1
	}
	q.tryNatural(q.m, q.κ, &q.w.wishartState)
	copy(q.λ, q.next)
	return q
}

// SufficientStats stores T(z), where log|Λ| is −Inf if Λ is not positive definite.
func (f tiedNormalWishartFamily) SufficientStats(dst Mean, z []float64) Mean {
	d := f.d
	dst = meanOf(dst, f.NumParams())
	mustLen(len(z), f.Dim(), badPointLength)
	x, Λ := z[:f.k*d], z[f.k*d:]
	_, a, lin, quad := f.split(dst)
	dst[0] = outsideOrAnyNaN(Λ)
	if symmetricInto(a, Λ, 1, d) && choleskyReverse(a, d) {
		dst[0] = logDetOf(a, d)
	}
	copy(a, Λ)
	symmetricPart(a, d)
	for i := range f.k {
		xi, ax := x[i*d:(i+1)*d], lin[i*d:(i+1)*d]
		blas64.Gemv(blas.NoTrans, 1, square(a, d), vec(xi), 0, vec(ax))
		quad[i] = blas64.Dot(vec(ax), vec(xi))
	}
	return dst
}

// split returns the four blocks of a parameter.
func (f tiedNormalWishartFamily) split(v []float64) (v1 float64, mat, lin, quad []float64) {
	n := 1 + f.d*f.d
	return v[0], v[1:n], v[n : n+f.k*f.d], v[n+f.k*f.d:]
}

// TiedNormalWishartDist is a member of TiedNormalWishart. It keeps the Cholesky factors
// of W⁻¹ and W, and implements KLer.
type TiedNormalWishartDist struct {
	f            tiedNormalWishartFamily
	w            *wishart // of Λ
	λ, next      Natural
	κ, m         []float64 // m is k×d
	nextκ, nextM []float64
	x, y         []float64 // d scratch
}

var _ KLer = (*TiedNormalWishartDist)(nil)

// Family returns TiedNormalWishart(k, d).
func (q *TiedNormalWishartDist) Family() Family { return q.f }

// Params returns ν, and stores the m_i, k×d, the κ_i and W in loc, prec and scale,
// which are allocated if they are nil.
func (q *TiedNormalWishartDist) Params(loc, prec, scale []float64) (m, κ, W []float64, ν float64) {
	loc, prec, scale = sliceOf(loc, q.f.k*q.f.d), sliceOf(prec, q.f.k), matrixOf(scale, q.f.d)
	copy(loc, q.m)
	copy(prec, q.κ)
	copy(scale, q.w.v)
	return loc, prec, scale, 2 * q.w.x
}

// SetParams makes q the member with these parameters, and takes the symmetric part
// of W. It reports false, and leaves q unchanged, if a κ_i ≤ 0, ν ≤ d−1, W is not
// positive definite, a parameter of λ or μ is out of range, or ν or W⁻¹ is lost in
// the rounding of λ.
func (q *TiedNormalWishartDist) SetParams(m, κ, W []float64, ν float64) (ok bool) {
	mustLen(len(m), q.f.k*q.f.d, badPointLength)
	mustLen(len(κ), q.f.k, badPointLength)
	mustLen(len(W), q.f.d*q.f.d, badScaleLength)
	return q.w.tryScale(0.5*(ν-float64(q.f.d-1)), W, 1) && q.adopt(m, κ)
}

// adopt makes the next state of w with m and κ the member, unless the λ of it is not
// in the domain in float64.
func (q *TiedNormalWishartDist) adopt(m, κ []float64) bool {
	if !q.finiteMoments(m, κ) || !q.tryNatural(m, κ, &q.w.next) {
		return false
	}
	q.w.adopt()
	q.λ, q.next = q.next, q.λ
	copy(q.κ, κ)
	copy(q.m, m)
	return true
}

// tryNatural computes λ of m, κ and s in next, and reports whether it is legal.
func (q *TiedNormalWishartDist) tryNatural(m, κ []float64, s *wishartState) bool {
	d := q.f.d
	_, mat, lin, quad := q.f.split(q.next)
	s.inverse(mat, -0.5, d)
	q.next[0] = s.a - 1 + 0.5*float64(q.f.k)
	for i, κ := range κ {
		quad[i] = -0.5 * κ
		mi := m[i*d : (i+1)*d]
		for a, x := range mi {
			lin[i*d+a] = κ * x
			for b, y := range mi {
				mat[a*d+b] -= 0.5 * κ * x * y
			}
		}
	}
	return q.shape(q.next) > 0 && finite(q.next) && q.centre(q.w.e, q.next) && choleskyUpper(q.w.e, d)
}

// shape returns ½(ν − d + 1) of λ.
func (q *TiedNormalWishartDist) shape(λ Natural) float64 { return λ[0] - (0.5*float64(q.f.k) - 1) }

// centre stores W⁻¹ = −2λ₂ − Σ λ₃ᵢλ₃ᵢᵀ/κ_i, for λ₄ < 0, and reports whether it is
// finite with a positive diagonal.
func (q *TiedNormalWishartDist) centre(dst []float64, λ Natural) bool {
	_, mat, lin, quad := q.f.split(λ)
	d := q.f.d
	for a := range d {
		for b := range a + 1 {
			r := -(mat[a*d+b] + mat[b*d+a])
			for i, λ4 := range quad {
				r = schurComplement(r, lin[i*d+a], lin[i*d+b], -2*λ4)
			}
			dst[a*d+b], dst[b*d+a] = r, r
		}
		if !(dst[a*d+a] > 0) {
			return false
		}
	}
	return finite(dst)
}

// finiteMoments reports whether κ and m, with the next state of w, have finite means.
func (q *TiedNormalWishartDist) finiteMoments(m, κ []float64) bool {
	d := q.f.d
	for i, κ := range κ {
		mi := m[i*d : (i+1)*d]
		if !isNormal(κ) || !isNormal(1/κ) {
			return false
		}
		q.means(q.y, mi, &q.w.next)
		if !finite(q.y) || !isFinite(blas64.Dot(vec(mi), vec(mi))) || !isFinite(float64(d)/κ+blas64.Dot(vec(q.y), vec(mi))) {
			return false
		}
	}
	return true
}

// means stores νWm.
func (q *TiedNormalWishartDist) means(dst, m []float64, s *wishartState) {
	blas64.Gemv(blas.NoTrans, 2*s.x, square(s.v, q.f.d), vec(m), 0, vec(dst))
}

// SetNatural refuses ν ≤ d−1, κ_i ≤ 0, a W⁻¹ that is not positive definite, and a λ
// whose μ or A is out of range.
func (q *TiedNormalWishartDist) SetNatural(λ Natural) bool {
	d := q.f.d
	mustLen(len(λ), len(q.λ), badNaturalLength)
	_, _, lin, quad := q.f.split(λ)
	for i, λ4 := range quad {
		if !(λ4 < 0) {
			return false
		}
		q.nextκ[i] = -2 * λ4
		for a, l := range lin[i*d : (i+1)*d] {
			q.nextM[i*d+a] = l / q.nextκ[i]
		}
	}
	if !q.centre(q.w.e, λ) || !q.w.tryInverse(q.shape(λ), q.w.e, 1) || !q.finiteMoments(q.nextM, q.nextκ) {
		return false
	}
	q.w.adopt()
	q.κ, q.nextκ = q.nextκ, q.κ
	q.m, q.nextM = q.nextM, q.m
	copy(q.λ, λ)
	symmetricPart(q.λ[1:1+d*d], d)
	return true
}

// SetMean refuses μ unless μ₂ is positive definite, μ₁ < log|μ₂| and μ₄ᵢ > μ₃ᵢᵀμ₂⁻¹μ₃ᵢ;
// see SetMean of WishartDist.
func (q *TiedNormalWishartDist) SetMean(μ Mean) bool {
	mustLen(len(μ), len(q.λ), badMeanLength)
	d := q.f.d
	elog, mat, lin, quad := q.f.split(μ)
	if !finite(lin) || !q.w.tryMean(elog, mat) {
		return false
	}
	// m = UᵀU μ₃/ν, and d/κ = μ₄ − |U μ₃|²/ν.
	n := &q.w.next
	copy(q.nextM, lin)
	for i, μ4 := range quad {
		x := q.nextM[i*d : (i+1)*d]
		blas64.Trmv(blas.NoTrans, n.u, vec(x))
		v := (μ4 - blas64.Dot(vec(x), vec(x))/(2*n.x)) / float64(d)
		blas64.Trmv(blas.Trans, n.u, vec(x))
		blas64.Scal(1/(2*n.x), vec(x))
		if !(v > 0) {
			return false
		}
		q.nextκ[i] = 1 / v
	}
	return q.adopt(q.nextM, q.nextκ)
}
