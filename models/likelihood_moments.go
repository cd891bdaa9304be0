package models

import "math"

// MomentLikelihood is a Likelihood that says what to expect of an observation.
type MomentLikelihood interface {
	Likelihood
	// Moments returns the mean and the variance of y given f.
	Moments(f float64) (mean, variance float64)
}

var (
	_ MomentLikelihood = GaussianIdentity{}
	_ MomentLikelihood = BernoulliLogit{}
	_ MomentLikelihood = BernoulliProbit{}
	_ MomentLikelihood = PoissonLog{}
)

// Moments returns f and 1/τ.
func (g GaussianIdentity) Moments(f float64) (mean, variance float64) { return f, 1 / g.Precision }

// Moments returns p = σ(f) and p(1 − p).
func (BernoulliLogit) Moments(f float64) (mean, variance float64) {
	return binaryMoments(BernoulliLogit{}, f)
}

// Moments returns p = Φ(f) and p(1 − p).
func (BernoulliProbit) Moments(f float64) (mean, variance float64) {
	return binaryMoments(BernoulliProbit{}, f)
}

// binaryMoments takes both probabilities from the likelihood, neither of which cancels.
func binaryMoments(lik Likelihood, f float64) (mean, variance float64) {
	one, _, _ := lik.LogLik(1, f)
	zero, _, _ := lik.LogLik(0, f)
	p := math.Exp(one)
	return p, p * math.Exp(zero)
}

// Moments returns eᶠ twice.
func (PoissonLog) Moments(f float64) (mean, variance float64) {
	r := math.Exp(f)
	return r, r
}
