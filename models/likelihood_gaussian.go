package models

import (
	"fmt"
	"math"
)

// GaussianIdentity is the likelihood of linear regression with known noise:
//
//	log p(y|f) = −½ τ (y − f)² + ½ log τ − ½ log 2π
type GaussianIdentity struct {
	Precision float64 // τ > 0, the inverse noise variance
}

var _ ExpectedLikelihood = GaussianIdentity{}

// LogLik returns the log-likelihood and its derivatives.
func (g GaussianIdentity) LogLik(y, f float64) (ll, d1, d2 float64) {
	return g.ExpectedLogLik(y, f, 0)
}

// ExpectedLogLik uses E(y − f)² = (y − m)² + v.
func (g GaussianIdentity) ExpectedLogLik(y, m, v float64) (ell, d1, d2 float64) {
	τ, r := g.Precision, y-m
	return -0.5*τ*(r*r+v) + 0.5*math.Log(τ) - 0.5*math.Log(2*math.Pi), τ * r, -τ
}

// Check accepts finite numbers, if the precision is positive.
func (g GaussianIdentity) Check(y float64) error {
	if !(g.Precision > 0) || math.IsInf(g.Precision, 0) {
		return &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("noise precision %v", g.Precision), Want: "a positive finite number"}
	}
	if math.IsNaN(y) || math.IsInf(y, 0) {
		return badTarget(y, "a finite number")
	}
	return nil
}
