// Package asktell has natural-gradient variational inference by weight perturbation, as
// optimisers for somebody's own training loop: ask for weights, tell the gradient there,
// repeat.
//
//	opt, err := asktell.NewVadam(weights, asktell.Settings{NumData: n, Rate: 1e-3})
//	for range steps {
//		θ = opt.Ask(θ, rnd)                              // a draw of q
//		g = gradient(g, θ, batch)                        // yours
//		_, err := opt.Tell(asktell.Batch{Grad: g})
//	}
//
// Every method holds a Gaussian q over the D weights. Its loss is that of the whole: with
// ℓ_i(θ) = −log p(y_i|θ), i = 1…N, and the prior θ ~ N(0, diag(δ)⁻¹), methods minimise
//
//	E_q Σ_i ℓ_i(θ) + τ KL(q‖prior)
//
// where τ is the temperature, 1 for a posterior. All gradients and curvatures told are
// means over the examples of a minibatch, of ℓ_i alone: the prior is put in by the method.
//
// In the formulas ĝ is the gradient told and ĥ the curvature told, both averaged over
// Settings.Samples draws, n = N/τ, λ = δ/n, m the mean of q, and the rates are
// α = Rate, β = CurvatureRate (1 − β₂ in papers), γ = GradientRate (1 − β₁).
//
//	            precision of q   a batch tells
//	VON         n (s + λ)        gradient, diagonal of the Hessian
//	VOGN        n (s + λ)        gradient, mean squares of example gradients
//	Vprop       n (s + λ)        gradient
//	Vadam       n (s + λ)        gradient
//	VAdaGrad    s                gradient
//	IVON        n (h + λ)        gradient
//	SLANG       U Uᵀ + diag(d)   gradients of examples
//	Adam        a point          gradient
//
// Methods differ also in how much is known of them: VON, VOGN, SLANG and IVON come to the
// stationary points of the loss for their curvature; Vprop and Vadam divide by the root of
// the curvature, and the square of a minibatch's mean gradient underestimates curvature
// about as many times as the batch has examples, so that q is too wide for large batches.
package asktell
