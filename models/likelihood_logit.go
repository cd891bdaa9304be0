package models

import "math"

// BernoulliLogit is the likelihood of logistic regression: y ∈ {0, 1} with
//
//	log p(y|f) = y f − log(1 + eᶠ)
type BernoulliLogit struct{}

// LogLik is accurate for all finite f: neither tail overflows or cancels.
func (BernoulliLogit) LogLik(y, f float64) (ll, d1, d2 float64) {
	e := math.Exp(-math.Abs(f)) // ≤ 1
	s := 1 / (1 + e)
	p, q := s, e*s // σ(f), σ(−f) for f ≥ 0
	if f < 0 {
		p, q = q, p
	}
	// With y = 1 the residual is 1 − σ(f) = σ(−f), without cancellation.
	switch y {
	case 1:
		return math.Min(f, 0) - math.Log1p(e), q, -p * q
	case 0:
		return -math.Max(f, 0) - math.Log1p(e), -p, -p * q
	}
	return y*f - math.Max(f, 0) - math.Log1p(e), y - p, -p * q
}

// HalfWidth returns π: log(1 + eᶠ) is singular at ±iπ.
func (BernoulliLogit) HalfWidth() float64 { return math.Pi }

// Check accepts 0 and 1.
func (BernoulliLogit) Check(y float64) error { return checkBinary(y) }

func checkBinary(y float64) error {
	if y != 0 && y != 1 {
		return badTarget(y, "0 or 1")
	}
	return nil
}
