package models

import (
	"fmt"
	"math"
)

// gammaLinear is a log-joint of one positive parameter that is linear in the
// sufficient statistics of the Gamma family:
//
//	log p(y, z) = η₁ log z + η₂ z + c    for z > 0
//
// Gradients outside the support are NaN.
type gammaLinear struct{ η1, η2, c float64 }

// gammaPrior is the log-density of Gamma(shape, rate).
func gammaPrior(shape, rate float64) gammaLinear {
	return gammaLinear{shape - 1, -rate, shape*math.Log(rate) - lgamma(shape)}
}

// Dim returns 1.
func (g *gammaLinear) Dim() int { return 1 }

// LogJoint returns log p(y, z).
func (g *gammaLinear) LogJoint(z []float64) float64 {
	if len(z) != 1 {
		panic(badLength)
	}
	return g.at(z[0])
}

func (g *gammaLinear) at(z float64) float64 {
	if !(z > 0) {
		return math.Inf(-1)
	}
	return g.η1*math.Log(z) + g.η2*z + g.c
}

// LogJointGrad returns log p(y, z) and its derivative, η₁/z + η₂.
func (g *gammaLinear) LogJointGrad(grad, z []float64) float64 {
	l := g.LogJoint(z)
	grad[0] = inSupport(l, g.η1/z[0]+g.η2)
	return l
}

// LogJointHess returns log p(y, z) and its derivatives; the second is −η₁/z².
func (g *gammaLinear) LogJointHess(hess, grad, z []float64) float64 {
	l := g.LogJointGrad(grad, z)
	hess[0] = inSupport(l, -g.η1/z[0]/z[0])
	return l
}

// LogJointHessDiag is LogJointHess.
func (g *gammaLinear) LogJointHessDiag(diag, grad, z []float64) float64 {
	return g.LogJointHess(diag, grad, z)
}

// Family implements FamilyNamer: it returns "Gamma".
func (g *gammaLinear) Family() string { return "Gamma" }

// ConjugateNatural gives (η₁, η₂) to Gamma.
func (g *gammaLinear) ConjugateNatural(dst []float64, family string) (c float64, ok bool) {
	if family != "Gamma" {
		return 0, false
	}
	if len(dst) != 2 {
		panic(badLength)
	}
	dst[0], dst[1] = g.η1, g.η2
	return g.c, true
}

// inSupport returns x, or NaN where the log-joint l is −Inf.
func inSupport(l, x float64) float64 {
	if math.IsInf(l, -1) {
		return math.NaN()
	}
	return x
}

func lgamma(x float64) float64 {
	l, _ := math.Lgamma(x)
	return l
}

// logFactorial returns log n!.
func logFactorial(n int) float64 { return lgamma(float64(n) + 1) }

// checkPositive returns a *DataError if a parameter of a prior is not a positive
// finite number.
func checkPositive(name string, v float64) error {
	if !(v > 0) || math.IsInf(v, 0) {
		return &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%s %v", name, v), Want: "a positive finite number"}
	}
	return nil
}

func checkGammaPrior(shape, rate float64) error {
	if err := checkPositive("prior shape", shape); err != nil {
		return err
	}
	return checkPositive("prior rate", rate)
}

// checkObservations returns a *DataError if there are no observations or one is
// not a positive finite number.
func checkObservations(y []float64) error {
	if len(y) == 0 {
		return errNoData
	}
	for i, v := range y {
		if !(v > 0) || math.IsInf(v, 0) {
			return &DataError{Row: i, Col: -1, Got: fmt.Sprint(v), Want: "a positive finite number"}
		}
	}
	return nil
}

var errNoData = &DataError{Row: -1, Col: -1, Got: "no observations", Want: "at least one"}
