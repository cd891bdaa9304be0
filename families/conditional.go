package families

import "slices"

// Conditional is a member of a minimal conditional exponential family: the marginal
// q(z) of a joint distribution q(w) q(z|w) with a hidden w. LogProb and Rand are of
// z. All else that Distribution and KLer name is of (w, z): λ and μ are the
// parameters of q(w) and of q(z|w), Entropy is H(w, z) = H(z) + H(w|z), KL bounds
// that of z from above, F is the Fisher information in λ of (w, z), which is block
// diagonal, and LogPartition is A_w + E_q[A_{z|w}], for which
//
//	H(w, z) = A − ⟨λ, μ⟩
//
// holds as it does elsewhere. But as q(z|w) is normalised by itself, ∇A is not μ, F
// is not ∂μ/∂λ, and ⟨λ, T⟩ − A is the density of nothing: for the natural gradient
// F⁻¹ ∇_λ L, the reason of such families, none of these is needed. SufficientStats
// are not a function of z, and NaN.
type Conditional interface {
	Distribution
	// ConditionalStats stores E_q[T(w, z) | z], of which μ is the mean.
	ConditionalStats(dst Mean, z []float64) Mean
}

// IsConditional reports whether q is Conditional, or a part of it is.
func IsConditional(q Distribution) bool {
	switch q := q.(type) {
	case Conditional:
		return true
	case Composite:
		return slices.ContainsFunc(q.Parts(), IsConditional)
	}
	return false
}
