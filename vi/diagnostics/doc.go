// Package diagnostics says how far an answer can be trusted. Its functions work
// on numbers — log ratios, draws, chains of iterates, means and standard
// deviations — and know nothing of models or families.
//
// Log ratios are log r_s = log p(y, z_s) − log q(z_s) at draws z_s of q, on the
// space where q lives, log-Jacobians included on both sides.
//
//   - Smooth is Pareto-smoothed importance sampling: weights for estimates that
//     correct q, and k̂, the number of moments the ratios have, which says
//     whether such a correction, and so q, is usable (Vehtari, Simpson, Gelman,
//     Yao & Gabry 2024, JMLR 25(72), algorithm 1 and appendix H, with the generalised
//     Pareto fit of Zhang & Stephens 2009, Technometrics 51; for variational
//     inference Yao, Vehtari, Simpson & Gelman 2018, algorithm 1). Threshold
//     and Classify hold the limits of k̂ (2024 paper, equation 13).
//   - Sample gives means, standard deviations, covariances and quantiles of
//     weighted draws, the first two with their Monte Carlo standard errors
//     (self-normalised importance sampling, Owen 2013, Monte Carlo theory,
//     methods and examples, section 9.2).
//   - ELBO and Evidence estimate E_q[log r] and log E_q[r] ≤ log p(y) with
//     standard errors.
//   - RHat, BulkESS, TailESS, ESS and MCSE tell whether chains, of iterates or
//     of draws, agree and what they are worth (Vehtari, Gelman, Simpson,
//     Carpenter & Bürkner 2021, Bayesian Analysis 16, sections 3 and 4).
//   - Resample and ResampleDistinct turn weights into indices of draws.
//   - Compare and CompareGaussians measure how far apart two fits ended.
//
// Log weights need not be normalised where they are arguments: only their
// differences matter. A log weight of −Inf is a draw without weight.
//
// Lengths that do not fit together panic. Numbers that a run can meet, such as a
// NaN among the ratios or a chain that never moved, come back as a typed error
// that names the place: ValueError, CountError, WeightError, ConstantError,
// DefiniteError.
package diagnostics
