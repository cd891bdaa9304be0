package families

import "testing"

func gamma(t testing.TB, α, β float64) *GammaDist {
	t.Helper()
	q := Gamma().New().(*GammaDist)
	if !q.SetShapeRate(α, β) {
		t.Fatalf("Gamma refuses shape %g and rate %g", α, β)
	}
	return q
}

func inverseGamma(t testing.TB, α, β float64) *InverseGammaDist {
	t.Helper()
	q := InverseGamma().New().(*InverseGammaDist)
	if !q.SetShapeScale(α, β) {
		t.Fatalf("InverseGamma refuses shape %g and scale %g", α, β)
	}
	return q
}
