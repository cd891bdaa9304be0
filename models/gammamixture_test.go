package models

import (
	"math"
	"testing"
)

// The expectation of log Γ(s) under Gamma(α, β) and its derivatives in E log s and E s
// were computed by adaptive quadrature with 30 digits (mpmath).
func TestExpectLgamma(t *testing.T) {
	for _, c := range [][5]float64{ // α, β, value, derivatives
		{0.3, 1.0, 3.513716811609021, -1.0334315659952291, 0.5560710220879746},
		{2.0, 1.0, 0.62587204952059714, -2.1048661635083895, 1.6928832048815348},
		{5.0, 0.5, 13.822357737850373, -9.2832849108479073, 3.2765556102637053},
		{80.0, 3.0, 60.340895946170176, -26.951754106658509, 4.2814734512589949},
		{3000.0, 1000.0, 0.69373956135401381, -3.5537680687298647, 2.1075374446343046},
		{0.05, 0.1, 18.808753739543658, -1.0181772516548429, 2.00559517555325},
	} {
		v, gl, g := expectLgamma(c[0], c[1])
		for i, got := range []float64{v, gl, g} {
			if want := c[2+i]; !(math.Abs(got-want) <= 1e-10*math.Abs(want)) {
				t.Errorf("α = %v, β = %v: number %d is %.15g, want %.15g", c[0], c[1], i, got, want)
			}
		}
	}
	// s is known for sure as α grows, log Γ(s) = log Γ(3) and a change of E s alone, at
	// the same E log s, is one of the second moment only.
	v, _, _ := expectLgamma(3e9, 1e9)
	if math.Abs(v-math.Ln2) > 1e-8 {
		t.Errorf("α = 3e9: %v, want log 2", v)
	}
}
