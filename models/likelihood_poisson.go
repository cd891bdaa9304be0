package models

import "math"

// PoissonLog is the likelihood of counts with a log link: y ∈ {0, 1, 2, …} with
//
//	log p(y|f) = y f − eᶠ − log y!
//
// It is −Inf where eᶠ overflows, from f = 709.8 on.
type PoissonLog struct{}

var _ ExpectedLikelihood = PoissonLog{}

// LogLik returns the log-likelihood and its derivatives.
func (PoissonLog) LogLik(y, f float64) (ll, d1, d2 float64) {
	e := math.Exp(f)
	lg, _ := math.Lgamma(y + 1)
	return y*f - e - lg, y - e, -e
}

// ExpectedLogLik uses E eᶠ = exp(m + v/2).
func (PoissonLog) ExpectedLogLik(y, m, v float64) (ell, d1, d2 float64) {
	e := math.Exp(m + v/2)
	lg, _ := math.Lgamma(y + 1)
	return y*m - e - lg, y - e, -e
}

// Check accepts whole numbers from 0.
func (PoissonLog) Check(y float64) error {
	if want := isCount(y); want != "" {
		return badTarget(y, want)
	}
	return nil
}
