package families

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

// logGammaCDF returns the CDF of log z, z ~ Gamma(alpha, 1).
func logGammaCDF(alpha, logz float64) float64 {
	if logz < -40 { // z^α e^{−z}/Γ(α+1) (1 + z/(α+1) + …)
		return math.Exp(alpha*logz - lgamma(alpha+1))
	}
	return mathext.GammaIncReg(alpha, math.Exp(logz))
}

func TestRandLogGamma(t *testing.T) {
	const n = 20000
	for i, α := range []float64{1e-8, 1e-6, 1e-3, 0.05, 0.5, 0.999, 1, 1.5, 3, 40, 1e3, 1e5, 1e8} {
		rnd := rand.New(rand.NewPCG(7, uint64(i)))
		draws := make([]float64, n)
		want := Digamma(α)
		var m1, m2 float64
		for k := range draws {
			draws[k] = randLogGamma(α, rnd)
			d := draws[k] - want
			m1 += d
			m2 += d * d
		}
		// log z has the cumulants ψ, ψ₁, ψ₂, ψ₃.
		v := Trigamma(α)
		if z := m1 / math.Sqrt(n*v); !(math.Abs(z) < 4) {
			t.Errorf("α = %g: the mean of log z is %.2g standard errors from ψ(α)", α, z)
		}
		if z := (m2/n - v) / math.Sqrt((Polygamma(3, α)+2*v*v)/n); !(math.Abs(z) < 4) {
			t.Errorf("α = %g: the variance of log z is %.2g standard errors from ψ₁(α)", α, z)
		}
		slices.Sort(draws)
		var ks float64
		for k, x := range draws {
			p := logGammaCDF(α, x)
			ks = max(ks, (float64(k)+1)/n-p, p-float64(k)/n)
		}
		// Exceeded with probability 4e-4 by draws of the right distribution.
		if ks *= math.Sqrt(n); !(ks < 2.06) {
			t.Errorf("α = %g: Kolmogorov–Smirnov statistic %.3g", α, ks)
		}
	}
}

// Draws of a tiny shape spread over exp(−1/α) without ever being infinite.
func TestRandLogGammaTiny(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		if x := randLogGamma(1e-8, rnd); math.IsInf(x, 0) || math.IsNaN(x) || x > 10 {
			t.Fatalf("log z = %g", x)
		}
	}
	if n := testing.AllocsPerRun(100, func() { benchmarkSink += randLogGamma(0.1, rnd) }); n != 0 {
		t.Errorf("%g allocations, want none", n)
	}
}
