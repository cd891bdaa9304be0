package models

import (
	"fmt"
	"math"
)

// BetaBinomial is a probability z with a Beta prior, observed through successes
// in independent trials:
//
//	z ~ Beta(a, b)
//	s ~ Binomial(n, z)
//
// Its posterior is Beta(a + s, b + n − s). It implements Hessianer, HessDiager,
// Conjugate to Beta, FamilyNamer and Forker. Gradients outside 0 < z < 1 are NaN.
type BetaBinomial struct{ η1, η2, c float64 } // log p = η₁ log z + η₂ log(1−z) + c

// NewBetaBinomial returns the model of s successes in n trials. Errors are
// *DataError.
func NewBetaBinomial(a, b float64, successes, trials int) (*BetaBinomial, error) {
	if err := checkPositive("prior parameter a", a); err != nil {
		return nil, err
	}
	if err := checkPositive("prior parameter b", b); err != nil {
		return nil, err
	}
	if successes < 0 || successes > trials {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d successes in %d trials", successes, trials),
			Want: "0 ≤ successes ≤ trials"}
	}
	failures := trials - successes
	return &BetaBinomial{
		η1: a - 1 + float64(successes),
		η2: b - 1 + float64(failures),
		c: lgamma(a+b) - lgamma(a) - lgamma(b) +
			logFactorial(trials) - logFactorial(successes) - logFactorial(failures),
	}, nil
}

// Dim returns 1.
func (m *BetaBinomial) Dim() int { return 1 }

// Family implements FamilyNamer: it returns "Beta".
func (m *BetaBinomial) Family() string { return "Beta" }

// LogJoint returns log p(y, z).
func (m *BetaBinomial) LogJoint(z []float64) float64 {
	if len(z) != 1 {
		panic(badLength)
	}
	if !(z[0] > 0 && z[0] < 1) {
		return math.Inf(-1)
	}
	return m.η1*math.Log(z[0]) + m.η2*math.Log1p(-z[0]) + m.c
}

// LogJointGrad returns log p(y, z) and its derivative.
func (m *BetaBinomial) LogJointGrad(grad, z []float64) float64 {
	l := m.LogJoint(z)
	grad[0] = inSupport(l, m.η1/z[0]-m.η2/(1-z[0]))
	return l
}

// LogJointHess returns log p(y, z) with its first and second derivatives.
func (m *BetaBinomial) LogJointHess(hess, grad, z []float64) float64 {
	l := m.LogJointGrad(grad, z)
	x, y := z[0], 1-z[0]
	hess[0] = inSupport(l, -m.η1/(x*x)-m.η2/(y*y))
	return l
}

// LogJointHessDiag is LogJointHess.
func (m *BetaBinomial) LogJointHessDiag(diag, grad, z []float64) float64 {
	return m.LogJointHess(diag, grad, z)
}

// ConjugateNatural gives (a − 1 + s, b − 1 + n − s) to Beta.
func (m *BetaBinomial) ConjugateNatural(dst []float64, family string) (c float64, ok bool) {
	if family != "Beta" {
		return 0, false
	}
	if len(dst) != 2 {
		panic(badLength)
	}
	dst[0], dst[1] = m.η1, m.η2
	return m.c, true
}

// Fork returns the receiver, which is immutable.
func (m *BetaBinomial) Fork() Model { return m }
