// Package vi fits exponential families to posteriors by natural-gradient
// variational inference. It maximises the evidence lower bound
//
//	ELBO(λ) = E_q[log p(y, z)] + H(q),   q = q(z|λ)
//
// with the update of the Bayesian learning rule (Khan & Rue 2023,
// arXiv:2107.04562, equation 3)
//
//	λ ← (1 − ρ) λ + ρ ∇_μ E_q[log p(y, z)]
//
// or one of the other Methods. Fit is the one call for most users:
//
//	res, err := vi.Fit(ctx, vi.Problem{Model: m}, nil)
//
// A Run is the same fit with the loop in the caller's hands.
//
// A model that has nothing but a gradient is fitted by averages over fixed draws
// (estimators.SampleAverage), which makes the ELBO a deterministic function: a
// search finds a mode and the curvature there, few natural-gradient steps lead to
// the optimum, and the number of draws grows until other draws would give the
// same answer. Several starts are compared.
//
// Then the answer is looked at from outside, by importance weights: Result.Verdict
// says OK, Warn or Fail, and Result.Reasons why. Result.Summary are the estimates
// to use.
//
// With an estimator without noise (estimators.Exact, estimators.Quadrature) a
// fit has no step size to tune: steps start at ρ = 1 and are shortened where
// they would leave the domain or lower the ELBO, which therefore never falls.
// With a noisy estimator step sizes decrease, the natural parameters of the
// later iterations are averaged, and the run stops when the noise left in the
// average is below the tolerance and new estimates at the average find its natural
// gradient as small as their noise lets them tell. Result.Status says why a run
// ended; only Converged is success.
package vi
