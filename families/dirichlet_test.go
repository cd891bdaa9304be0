package families

import (
	"math"
	"math/rand/v2"
	"testing"
)

func beta(t testing.TB, a, b float64) *BetaDist {
	t.Helper()
	q := Beta().New().(*BetaDist)
	if !q.SetShapes(a, b) {
		t.Fatalf("Beta refuses shapes %g and %g", a, b)
	}
	return q
}

func dirichletOf(t testing.TB, α ...float64) *DirichletDist {
	t.Helper()
	q := Dirichlet(len(α)).New().(*DirichletDist)
	if !q.SetConcentration(α) {
		t.Fatalf("Dirichlet refuses concentrations %v", α)
	}
	return q
}

// The expected logarithms of the uniform distribution on a triangle.
func TestDirichletUniform(t *testing.T) {
	q := Dirichlet(3).New()
	for _, μ := range q.Mean(nil) {
		within(t, 1e-14, μ, -1.5, "E[log z]")
	}
	within(t, 1e-14, q.Entropy(), -math.Ln2, "entropy")
	within(t, 1e-14, q.LogProb([]float64{0.2, 0.3, 0.5}), math.Ln2, "log-density")
	if !q.SetMean(Mean{-1.5, -1.5, -1.5}) {
		t.Fatal("refuses μ = −1.5")
	}
	for _, α := range q.(*DirichletDist).Concentration(nil) {
		within(t, 1e-14, α, 1, "α")
	}
}

// SetMean finds members of any shapes from their μ, to what μ leaves open.
func TestDirichletMeanRoundTrip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for it := range 3000 {
		k := 2 + rnd.IntN(6)
		α := make([]float64, k)
		lo, hi := -13+27*rnd.Float64(), -13+27*rnd.Float64()
		for i := range α {
			α[i] = math.Pow(10, lo+(hi-lo)*rnd.Float64())
		}
		if it%3 == 0 { // one far above the others
			α[0] = math.Pow(10, 8+6*rnd.Float64())
		}
		q := dirichletOf(t, α...)
		μ := q.Mean(nil)
		size := make(Mean, k)
		for i, x := range μ {
			size[i] = -x
		}
		open := q.FisherSolve(nil, size) // F⁻¹ has no negative entry
		p := Dirichlet(k).New().(*DirichletDist)
		if !p.SetMean(μ) {
			t.Errorf("case %d: refuses the μ of α = %v", it, α)
			continue
		}
		for i, got := range p.Concentration(nil) {
			if !(math.Abs(got-α[i]) <= 2e-15*α[i]+1e-15*open[i]) {
				t.Errorf("case %d: α = %v became %v (error in units of the last place of μ %.2g)", it, α, p.Concentration(nil), (got-α[i])/(0x1p-53*open[i]))
				break
			}
		}
	}
}
