package families

import (
	"math/rand/v2"
	"slices"
)

// Natural is a natural parameter λ, or any vector in λ-space, such as a
// gradient taken in the mean parameter μ.
type Natural []float64

// Mean is a mean parameter μ = E_q[T(z)], or any vector in μ-space, such as a
// gradient taken in the natural parameter λ.
type Mean []float64

// Family describes the distributions q(z|λ) = exp(⟨λ, T(z)⟩ − A(λ)) of one
// fixed shape, densities relative to Lebesgue or counting measure, or to the base
// measure of a BaseMeasurer. LogProb and Entropy are relative to the same.
// A Family is immutable and safe for concurrent use.
type Family interface {
	// Dim returns len(z).
	Dim() int
	// NumParams returns len(λ), which is also len(μ) and len(T(z)).
	NumParams() int
	// New returns a standard member with a workspace of its own.
	New() Distribution
	// SufficientStats stores T(z) in dst and returns it. A nil dst allocates.
	SufficientStats(dst Mean, z []float64) Mean
	// String returns the constructor call that makes the family, such as
	// "FullGaussian(3)". Two families are the same exactly if their strings are.
	String() string
}

// BaseMeasurer is a Family with a base measure h of its own, which is a probability
// distribution: log q(z) = ⟨λ, T(z)⟩ − A(λ) is the log-density relative to h, and the
// entropy of q is −KL(q‖h). The log-joint of a model for it is relative to h too: it
// leaves h out.
type BaseMeasurer interface {
	Family
	// LogBase returns the log-density of h relative to Lebesgue measure at z, NaN if it
	// has none.
	LogBase(z []float64) float64
}

// HasBase reports whether f, or a part of it, is a BaseMeasurer.
func HasBase(f Family) bool {
	if _, ok := f.(BaseMeasurer); ok {
		return true
	}
	p, ok := f.(*productFamily)
	return ok && slices.ContainsFunc(p.parts, HasBase)
}

// Distribution is one member of a Family, with its cached factors. It is not
// safe for concurrent use.
//
// Methods that fill a slice follow gonum's rule: a nil dst allocates, any
// other dst must have the right length, and a wrong length panics.
type Distribution interface {
	Family() Family
	// SetNatural makes the receiver q(z|λ). It reports false, and leaves the
	// receiver unchanged, if λ is outside the natural domain or not finite.
	SetNatural(λ Natural) (ok bool)
	Natural(dst Natural) Natural
	// Mean returns μ = ∇A(λ).
	Mean(dst Mean) Mean
	// LogPartition returns A(λ).
	LogPartition() float64
	// LogProb returns log q(z), −Inf outside the support.
	LogProb(z []float64) float64
	// Entropy returns −E_q[log q(z)] in nats.
	Entropy() float64
	// Rand draws one z.
	Rand(dst []float64, rnd *rand.Rand) []float64

	// FisherMulVec stores F(λ)v in dst, where F = ∇²A is the Fisher
	// information: it takes a λ-vector to a μ-vector. dst may not alias v.
	FisherMulVec(dst Mean, v Natural) Mean
	// FisherSolve stores F(λ)⁻¹g in dst: it takes a μ-vector to a λ-vector, and
	// so turns a gradient in λ into the natural gradient. dst may not alias g.
	FisherSolve(dst Natural, g Mean) Natural
	// SetMean makes the receiver the member whose mean parameter is μ. It
	// reports false, and leaves the receiver unchanged, if there is none.
	SetMean(μ Mean) (ok bool)
}

// Pathwise is a Distribution whose draws are differentiable in λ, by explicit
// or implicit reparameterisation (Figurnov, Mohamed & Mnih 2018).
type Pathwise interface {
	Distribution
	// NumAux returns the number of auxiliary values a path needs besides z.
	NumAux() int
	// RandPath draws z as Rand does, and stores in aux, of length NumAux, what
	// AddPathGrad needs to know of the draw besides z.
	RandPath(z, aux []float64, rnd *rand.Rand)
	// AddPathGrad adds w (∂z/∂λ)ᵀ g to dst, where g = ∂f/∂z at the draw z: its
	// expectation is w ∇_λ E_q[f(z)], a μ-vector.
	AddPathGrad(dst Mean, w float64, z, aux, g []float64)
}

// LogRander draws log z directly, for families on positive values whose draws
// underflow (a Gamma of shape 1e-3 is below 1e-308 half of the time).
type LogRander interface {
	Distribution
	// LogRand draws the logarithm of every coordinate of z.
	LogRand(dst []float64, rnd *rand.Rand) []float64
}

// Retracter is a Distribution with a step that cannot leave the domain: the
// second-order retraction of Lin, Schmidt & Khan (2020, arXiv:2002.10060).
type Retracter interface {
	Distribution
	// Retract stores in dst the natural parameter reached from the receiver by
	// a retraction along the tangent vector step, which is in λ-space and
	// already multiplied by the step size. The result is in the domain for every
	// finite step, up to rounding. dst may alias step.
	Retract(dst, step Natural) Natural
}

// FisherSquarer is a Distribution that knows the squared length of a λ-vector in
// its Fisher metric for less than FisherMulVec.
type FisherSquarer interface {
	Distribution
	// FisherSquare returns ⟨v, F(λ)v⟩, which is not negative.
	FisherSquare(v Natural) float64
}

// Gaussian is what the Gaussian families add: location, scale, and the chain
// rule from moments to natural gradients (Opper & Archambeau 2009).
//
// A covariance-shaped value ("cov" below) is a full symmetric d×d row-major
// matrix for FullGaussian and the d diagonal entries for DiagGaussian; CovLen
// is its length.
type Gaussian interface {
	Distribution
	CovLen() int
	// Loc stores the mean vector E_q[z].
	Loc(dst []float64) []float64
	// Cov stores the covariance.
	Cov(dst []float64) []float64
	// Precision stores the inverse covariance, in covariance shape.
	Precision(dst []float64) []float64
	// Transform stores m + S^{-1/2}ε in z: a standard normal ε gives a draw.
	Transform(z, eps []float64)
	// Untransform stores in eps the ε for which Transform gives z.
	Untransform(eps, z []float64)
	// Whiten stores S^{-1/2}ᵀ g in dst: the gradient in ε of a function whose
	// gradient in z is g.
	Whiten(dst, g []float64)
	// NaturalGrad stores in dst the natural gradient in λ of a function of
	// (m, V) with gradients gm (length d) and gV (covariance shape, symmetric):
	// (gm − 2 gV m, gV).
	NaturalGrad(dst Natural, gm, gV []float64) Natural
	// SetMoments makes the receiver N(loc, cov) and reports whether cov is
	// positive definite; if not, the receiver is unchanged.
	SetMoments(loc, cov []float64) (ok bool)
	// SetPrecision makes the receiver N(loc, prec⁻¹), as SetMoments.
	SetPrecision(loc, prec []float64) (ok bool)
}
