package families

import (
	"fmt"
	"math/rand/v2"
)

// Wishart returns the family of Wishart distributions of a positive definite p×p
// matrix X with ν > p−1 degrees of freedom and scale matrix V, so that
// E[X] = νV:
//
//	q(X) ∝ |X|^((ν−p−1)/2) exp(−½ tr V⁻¹X)
//	T(X) = (log|X|, X)                       1 + p² statistics, matrix row-major
//	λ    = ((ν−p−1)/2, −½ V⁻¹)               λ₁ > −1, −λ₂ positive definite
//	μ    = (ψ_p(ν/2) + log|2V|, νV)          μ₁ < log|μ₂|
//	A(λ) = log Γ_p(ν/2) + ½ν log|2V|
//
// with the multivariate Gamma function Γ_p and the derivative ψ_p of its logarithm.
// A point z is X, row-major, of length p². The density is that of the entries of X
// on and above the diagonal. The matrix block of a natural or mean parameter is
// taken as its symmetric part.
//
// Through λ a ν close to p−1 is known to an absolute, not relative, 1e-16: a
// member keeps what SetMean or SetParams gave it. It panics if p < 1.
func Wishart(p int) Family {
	if p < 1 {
		panic(badSize)
	}
	return wishartFamily{p}
}

type wishartFamily struct{ p int }

func (f wishartFamily) Dim() int       { return f.p * f.p }
func (f wishartFamily) NumParams() int { return 1 + f.p*f.p }
func (f wishartFamily) String() string { return fmt.Sprintf("Wishart(%d)", f.p) }

// New returns the member with ν = p+1 and V = 1.
func (f wishartFamily) New() Distribution {
	return &WishartDist{newWishartDist(f.p, 1, -1), f}
}

// SufficientStats stores T(X), where log|X| is −Inf if X is not positive definite.
func (f wishartFamily) SufficientStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, f.NumParams())
	mustLen(len(z), f.p*f.p, badPointLength)
	x := dst[1:]
	dst[0] = outsideOrAnyNaN(z)
	if symmetricInto(x, z, 1, f.p) && choleskyReverse(x, f.p) {
		dst[0] = logDetOf(x, f.p)
	}
	copy(x, z)
	symmetricPart(x, f.p)
	return dst
}

// WishartDist is a member of Wishart. It keeps the Cholesky factors of V⁻¹ and V,
// and implements KLer.
type WishartDist struct {
	wishartDist
	f wishartFamily
}

var _ KLer = (*WishartDist)(nil)

// Family returns Wishart(p).
func (q *WishartDist) Family() Family { return q.f }

// Params returns ν and stores the scale in V, which is allocated if it is nil.
func (q *WishartDist) Params(V []float64) (ν float64, scale []float64) {
	V = matrixOf(V, q.f.p)
	copy(V, q.w.v)
	return q.DoF(), V
}

// SetParams makes q Wishart with ν degrees of freedom and the scale V, of which
// it takes the symmetric part. It reports false, and leaves q unchanged, if
// ν ≤ p−1, V is not positive definite, or a mean parameter is out of range.
func (q *WishartDist) SetParams(ν float64, V []float64) (ok bool) {
	mustLen(len(V), q.f.p*q.f.p, badScaleLength)
	return q.adopt(q.w.tryScale(0.5*(ν-float64(q.f.p-1)), V, 1))
}

// LogProb returns log q(X), −Inf unless X is positive definite, and symmetric to
// within 1e-9 of √(X_ii X_jj).
func (q *WishartDist) LogProb(z []float64) float64 {
	b, logDet := q.w.factorPoint(z, choleskyReverse)
	if b == nil {
		return logDet
	}
	return q.w.logProb(b) - 0.5*float64(q.f.p+1)*logDet
}

// Entropy returns −E[log q(X)].
func (q *WishartDist) Entropy() float64 { return q.w.entropy() }

// KL returns KL(q‖p). It panics if p is not a member of the same family.
func (q *WishartDist) KL(p Distribution) float64 {
	o, ok := p.(*WishartDist)
	if !ok || o.f != q.f {
		panic(badFamilies)
	}
	return q.w.kl(o.w)
}

// Rand draws X by Bartlett's decomposition. A draw that is singular to all but its
// last digits is moved until it is positive definite in float64.
func (q *WishartDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, q.f.p*q.f.p)
	q.w.rand(dst, rnd)
	return dst
}
