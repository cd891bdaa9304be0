package families

import "math"

// The multivariate Gamma function of a Wishart distribution of p×p matrices,
//
//	log Γ_p(x) = ¼ p(p−1) log π + Σ_i log Γ(a_i),   a_i = a + i/2, i = 0 … p−1,
//
// is taken as a function of the smallest a_i, a = x − (p−1)/2 > 0, which has its
// digits where x = ν/2 is close to the end of the domain. The distance h_i = x − a_i
// is (p−1−i)/2. All sums here are of terms of one sign, or nearly so: nothing of
// the size x log x is subtracted.

// halfSteps is the least x of Γ_p, (p−1)/2.
func halfSteps(p int) float64 { return 0.5 * float64(p-1) }

// multiTrigamma returns ψ₁,p(x) = Σ ψ₁(a_i), the second derivative of log Γ_p.
func multiTrigamma(p int, a float64) float64 {
	var sum float64
	for i := range p {
		sum += Trigamma(a + 0.5*float64(i))
	}
	return sum
}

// logMinusMultiDigamma returns p log x − ψ_p(x) with ψ_p(x) = Σ ψ(a_i), which is
// 1/a for small and p(p+1)/(4x) for large x.
func logMinusMultiDigamma(p int, a float64) float64 {
	var sum float64
	for i := range p {
		ai, h := a+0.5*float64(i), halfSteps(p)-0.5*float64(i)
		sum += math.Log1p(h/ai) + logMinusDigamma(ai)
	}
	return sum
}

// multiTrigammaExcess returns ψ₁,p(x) − p/x, which is minus the derivative of
// logMinusMultiDigamma, 1/a² for small and p(p+1)/(4x²) for large x.
func multiTrigammaExcess(p int, a float64) float64 {
	x := a + halfSteps(p)
	var sum float64
	for i := range p {
		ai, h := a+0.5*float64(i), halfSteps(p)-0.5*float64(i)
		sum += (xTrigammaMinusOne(ai) + h/x) / ai
	}
	return sum
}

// multiNorm returns p x log x − p x − log Γ_p(x).
func multiNorm(p int, a float64) float64 {
	x := a + halfSteps(p)
	logx := math.Log(x)
	const halfLogPi = 0.57236494292470008707171367567652935582364740645766
	var sum float64
	for i := range p {
		ai, h := a+0.5*float64(i), halfSteps(p)-0.5*float64(i)
		// x log x − x − (a_i − ½) log a_i + a_i is the first three terms.
		sum += h*logx + 0.5*math.Log(ai) - ai*log1pExcess(h/ai) - stirlingError(ai)
	}
	return sum - float64(p)*(halfLog2Pi+halfSteps(p)*halfLogPi)
}

// multiShapeKL returns, for c = a + d with d known better than c, the Bregman
// divergence G(c) − G(a) − G′(a) d of the convex G = −multiNorm: the KL divergence
// of two Wishart distributions of the same mean. With p = 1 it is shapeKL.
func multiShapeKL(p int, a, c, d float64) float64 {
	if d == 0 {
		return 0
	}
	if r := c / a; r < 0.5 || r > 2 {
		return multiNorm(p, a) - multiNorm(p, c) + d*logMinusMultiDigamma(p, a)
	}
	// Taylor's formula: ∫₀¹ (1−s) d² G″(a + s d) ds.
	rule := &unitRules()[2]
	var sum float64
	for i, s := range rule.x {
		sum += rule.weight[i] * (1 - s) * d * multiTrigammaExcess(p, a+s*d)
	}
	return d * sum
}

// wishartShape returns the a > 0 with logMinusMultiDigamma(p, a) = s: that of the
// Wishart distribution with log|E[X]| − E[log|X|] = s. It returns +Inf at 0, 0 at
// +Inf and NaN for s < 0, where there is none.
//
// Newton's method is applied to 1/δ, δ = logMinusMultiDigamma, which is nearly
// linear in a at both ends and concave between: from below, the steps do not
// overshoot. The start is the a with log a − ψ(a) = s, which is one term of δ.
func wishartShape(p int, s float64) float64 {
	a := gammaShape(s)
	if p == 1 || !(a > 0) || math.IsInf(a, 1) {
		return a
	}
	for range 100 {
		δ := logMinusMultiDigamma(p, a)
		step := (δ - s) / s * (δ / multiTrigammaExcess(p, a))
		step = max(step, -0.5*a)
		a += step
		if math.Abs(step) <= 1e-9*a { // the steps converge quadratically
			break
		}
	}
	return a
}
