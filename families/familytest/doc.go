// Package familytest holds exponential families to the laws of package families.
//
//	func TestMyFamily(t *testing.T) {
//		familytest.Test(t, MyFamily(3))
//	}
//
// The laws are checked at the standard member, at members reached from it by
// random steps of a few units of Fisher length, and at those named in the call.
// Differences, errors and noise are all measured in units of Fisher length or
// of the standard deviation of a sufficient statistic, so that they mean the
// same for a Gaussian of variance 1e-8 and for one of variance 1.
//
//   - every Family and Distribution: ∇A = μ and ∇²A = F by differences, λ → μ → λ,
//     F F⁻¹ = 1 and F symmetric and positive, F ∇_μ = ∇_λ, both Bregman forms of
//     KL, log q = ⟨λ, T⟩ − A, the entropy, draws with the moments μ and F, a
//     density that integrates to 1, convex domains, what is illegal refused with
//     the receiver unchanged to the last bit, wrong lengths that panic, a nil dst
//     that allocates and nothing else that does, members that share no state
//   - Pathwise: path gradients with the expectations they should have
//   - LogRander: the logarithms of the draws of Rand, in law, and always finite
//   - Retracter: a legal result for any step, λ + step to first order
//   - Gaussian: Transform, Untransform and Whiten, moments, precision, NaturalGrad
//   - Composite: parts that add up to the whole
//   - KLer: the KL divergence
package familytest
