package families

import "testing"

func categoricalOf(t testing.TB, p ...float64) *CategoricalDist {
	t.Helper()
	q := Categorical(len(p)).New().(*CategoricalDist)
	if !q.SetProb(p) {
		t.Fatalf("Categorical refuses probabilities %v", p)
	}
	return q
}
