package families

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/lapack/lapack64"
)

// InverseWishart returns the family of inverse Wishart distributions of a positive
// definite p×p matrix X with ν > p−1 degrees of freedom and scale matrix Ψ: X⁻¹ is
// Wishart with ν degrees of freedom and the scale Ψ⁻¹, and E[X] = Ψ/(ν−p−1) if
// ν > p+1.
//
//	q(X) = |½Ψ|^(ν/2) / Γ_p(ν/2) |X|^(−(ν+p+1)/2) exp(−½ tr ΨX⁻¹)
//	T(X) = (log|X|, X⁻¹)                     1 + p² statistics, matrix row-major
//	λ    = (−(ν+p+1)/2, −½ Ψ)                λ₁ < −p, −λ₂ positive definite
//	μ    = (log|½Ψ| − ψ_p(ν/2), νΨ⁻¹)        −μ₁ < log|μ₂|
//	A(λ) = log Γ_p(ν/2) − ½ν log|½Ψ|
//
// with the multivariate Gamma function Γ_p and the derivative ψ_p of its logarithm.
// A point z is X, row-major, of length p². The density is that of the entries of X
// on and above the diagonal. The matrix block of a natural or mean parameter is
// taken as its symmetric part.
//
// Through λ a ν close to p−1 is known to an absolute, not relative, 1e-16: a
// member keeps what SetMean or SetParams gave it. It panics if p < 1.
func InverseWishart(p int) Family {
	if p < 1 {
		panic(badSize)
	}
	return inverseWishartFamily{p}
}

type inverseWishartFamily struct{ p int }

func (f inverseWishartFamily) Dim() int       { return f.p * f.p }
func (f inverseWishartFamily) NumParams() int { return 1 + f.p*f.p }
func (f inverseWishartFamily) String() string { return fmt.Sprintf("InverseWishart(%d)", f.p) }

// New returns the member with ν = p+1 and Ψ = 1.
func (f inverseWishartFamily) New() Distribution {
	return &InverseWishartDist{newWishartDist(f.p, -1, -float64(f.p)), f}
}

// SufficientStats stores T(X), where log|X| is −Inf and X⁻¹ NaN if X is not
// positive definite.
func (f inverseWishartFamily) SufficientStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, f.NumParams())
	mustLen(len(z), f.p*f.p, badPointLength)
	x := dst[1:]
	if !symmetricInto(x, z, 1, f.p) || !choleskyUpper(x, f.p) {
		dst[0] = outsideOrAnyNaN(z)
		for i := range x {
			x[i] = math.NaN()
		}
		return dst
	}
	dst[0] = logDetOf(x, f.p)
	invertFactored(x, f.p)
	return dst
}

// invertFactored replaces the upper triangular R by the symmetric (RᵀR)⁻¹.
func invertFactored(r []float64, n int) {
	lapack64.Potri(upper(r, n))
	mirror(r, n)
}

// InverseWishartDist is a member of InverseWishart. It keeps the Cholesky factors
// of Ψ and Ψ⁻¹, and implements KLer.
type InverseWishartDist struct {
	wishartDist // of X⁻¹
	f           inverseWishartFamily
}

var _ KLer = (*InverseWishartDist)(nil)

// Family returns InverseWishart(p).
func (q *InverseWishartDist) Family() Family { return q.f }

// Params returns ν and stores the scale in Ψ, which is allocated if it is nil.
func (q *InverseWishartDist) Params(Ψ []float64) (ν float64, scale []float64) {
	Ψ = matrixOf(Ψ, q.f.p)
	q.w.inverse(Ψ, 1, q.f.p)
	return q.DoF(), Ψ
}

// SetParams makes q inverse Wishart with ν degrees of freedom and the scale Ψ, of
// which it takes the symmetric part. It reports false, and leaves q unchanged, if
// ν ≤ p−1, Ψ is not positive definite, or a mean parameter is out of range.
func (q *InverseWishartDist) SetParams(ν float64, Ψ []float64) (ok bool) {
	mustLen(len(Ψ), q.f.p*q.f.p, badScaleLength)
	return q.adopt(q.w.tryInverse(0.5*(ν-float64(q.f.p-1)), Ψ, 1))
}

// LogProb returns log q(X), −Inf unless X is positive definite, and symmetric to
// within 1e-9 of √(X_ii X_jj).
func (q *InverseWishartDist) LogProb(z []float64) float64 {
	r, logDet := q.w.factorPoint(z, choleskyUpper)
	if r == nil {
		return logDet
	}
	// The density of X⁻¹ is multiplied by |X|^−(p+1).
	return q.w.logProbInverse(r) - 0.5*float64(q.f.p+1)*logDet
}

// Entropy returns −E[log q(X)].
func (q *InverseWishartDist) Entropy() float64 {
	return q.w.entropy() - float64(q.f.p+1)*q.w.meanLog()
}

// KL returns KL(q‖p). It panics if p is not a member of the same family.
func (q *InverseWishartDist) KL(p Distribution) float64 {
	o, ok := p.(*InverseWishartDist)
	if !ok || o.f != q.f {
		panic(badFamilies)
	}
	return q.w.kl(o.w)
}

// Rand draws X by Bartlett's decomposition of X⁻¹. A draw that is singular to all
// but its last digits is moved until it is positive definite in float64.
func (q *InverseWishartDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, q.f.p*q.f.p)
	q.w.randInverse(dst, rnd)
	return dst
}
