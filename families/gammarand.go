package families

import (
	"math"
	"math/rand/v2"
)

// randLogGamma draws log z for z ~ Gamma(alpha, 1), alpha > 0. It is exact in
// log space: below shape 1 it uses z(α) = z(α+1) U^{1/α}, which underflows in
// z but not in log z.
func randLogGamma(alpha float64, rnd *rand.Rand) float64 {
	var boost float64
	if alpha < 1 {
		// 1−U rather than U: Float64 may return 0. Its 53 bits leave log z with
		// a grid of 1e-16/alpha near 0.
		boost = math.Log1p(-rnd.Float64()) / alpha
		alpha++
	}
	// Marsaglia & Tsang (2000), A simple method for generating gamma variables.
	d := alpha - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rnd.NormFloat64()
		if c*x <= -1 {
			continue
		}
		logv := 3 * math.Log1p(c*x)
		u := 1 - rnd.Float64()
		x2 := x * x
		if u < 1-0.0331*x2*x2 || math.Log(u) < 0.5*x2+d*(logv-math.Expm1(logv)) {
			return math.Log(d) + logv + boost
		}
	}
}
