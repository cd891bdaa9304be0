// Package families provides exponential families in their two coordinate
// systems, and the law between them.
//
// A member is q(z|λ) = exp(⟨λ, T(z)⟩ − A(λ)): λ is the natural parameter, A the
// log-partition function, T the sufficient statistics and μ = E_q[T(z)] = ∇A(λ)
// the mean parameter. The Fisher information in λ is F(λ) = ∇²A(λ) = ∂μ/∂λ, so
// F⁻¹ ∇_λ L = ∇_μ L: a gradient taken in μ is the natural gradient in λ. The
// types Natural and Mean keep the two spaces apart.
//
// Blocks of λ and μ that are matrices are stored full and symmetric, row-major,
// so that ⟨λ, μ⟩ is a plain dot product.
//
// Every Distribution converts both ways, evaluates its density and entropy,
// draws, and multiplies by and solves with F in closed form. What only some
// can do is found by type assertion:
//
//   - Pathwise: draws that are differentiable in λ
//   - LogRander: draws of log z where z underflows
//   - Retracter: steps that cannot leave the domain
//   - FisherSquarer: Fisher lengths for less than a product with F
//   - Gaussian: location, scale and the Bonnet–Price chain rule
//   - Composite: the independent parts of a Product or a Repeat
//   - BaseMeasurer (of a Family): densities relative to a prior, as Gaussian sites
//   - KLer: an own formula for the KL divergence
//   - Conditional: the marginal of an exponential family with a hidden variable, such
//     as a mixture, for which some of the laws above do not hold
//
// KL, CrossEntropy and the two Bregman forms are derived once, for all families.
// Package familytest holds a family to these laws.
package families
