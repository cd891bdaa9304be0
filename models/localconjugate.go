package models

// LocalConjugate is a Model with latent variables for each data row, called
// local, such as the component that a row of a mixture belongs to. Given them its
// log-joint is linear in the sufficient statistics T(z) of an exponential family
// for the parameters z, called global:
//
//	log p(y, local, z) = ⟨η₀, T(z)⟩ + c + Σ_i ( ⟨t(y_i, local_i), T(z)⟩ + b(y_i, local_i) )
//
// With the best q(local) for given expectations μ = E_q[T(z)], the collapsed bound
//
//	g(μ) = ⟨η₀, μ⟩ + c + Σ_i max_q ( ⟨E t_i, μ⟩ + E b_i + H(q_i) )
//
// takes the place of E_q[log p], and its gradient is η₀ + Σ_i E t_i (Hoffman, Blei,
// Wang & Paisley 2013, JMLR 14, 1303). A natural-gradient step of size 1 is one
// iteration of variational Bayes EM.
//
// As a Model, without the local variables, its log-joint is that of y and z alone.
type LocalConjugate interface {
	Data
	FamilyNamer
	// GlobalNatural stores η₀ in dst and returns c.
	GlobalNatural(dst []float64) (c float64)
	// Expect takes in a member of the family, its natural and mean parameter, for the
	// calls of AddLocal that follow. It reports false if there is no such member, as
	// far as it can tell.
	Expect(λ, μ []float64) (ok bool)
	// AddLocal finds the best q of the local variables of rows [lo, hi), adds the
	// sum of their E t, times the scale of a batch, to dst and returns the sum of
	// ⟨E t, μ⟩ + E b + H times that scale.
	AddLocal(dst []float64, lo, hi int) float64
}
