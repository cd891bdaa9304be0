package diagnostics

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// fitPareto returns the shape k and scale σ of the generalised Pareto
// distribution
//
//	F(x) = 1 − (1 + k x/σ)^(−1/k)
//
// for excesses x > 0 in ascending order, by the empirical Bayes estimate of
// Zhang & Stephens 2009: in θ = −k/σ the profile log-likelihood
//
//	ℓ(θ) = n (log(−θ/k(θ)) − k(θ) − 1),   k(θ) = (1/n) Σ log(1 − θ x_i)
//
// is averaged over a grid of m = 30 + ⌊√n⌋ quantiles of a prior of θ,
//
//	θ_j = 1/x_n + (1 − √(m/(j − ½)))/(3 x_q),   x_q the first quartile of x.
//
// The sign of k is that of the 2024 paper, opposite to Zhang & Stephens'.
func fitPareto(x []float64) (k, sigma float64) {
	n := len(x)
	const prior = 3
	quartile := x[int(float64(n)/4+0.5)-1]
	m := 30 + int(math.Sqrt(float64(n)))
	theta := make([]float64, m)
	profile := make([]float64, m)
	for j := range theta {
		t := 1/x[n-1] + (1-math.Sqrt(float64(m)/(float64(j)+0.5)))/(prior*quartile)
		k, sigma := shapeAt(t, x)
		theta[j] = t
		profile[j] = -float64(n) * (math.Log(sigma) + k + 1)
	}
	norm := floats.LogSumExp(profile)
	var mean float64
	for j, t := range theta {
		mean += t * math.Exp(profile[j]-norm)
	}
	return shapeAt(mean, x)
}

// shapeAt returns k(θ) and σ = −k/θ, whose limit at θ = 0 is the mean of x.
func shapeAt(theta float64, x []float64) (k, sigma float64) {
	n := float64(len(x))
	if theta == 0 {
		return 0, floats.Sum(x) / n
	}
	for _, v := range x {
		k += math.Log1p(-theta * v)
	}
	k /= n
	return k, -k / theta
}

// shrinkShape returns the posterior mean of k under a prior worth ten
// observations at ½, which steadies it in short tails (Vehtari et al. 2024).
func shrinkShape(k float64, n int) float64 {
	return (float64(n)*k + 10*0.5) / (float64(n) + 10)
}

// paretoQuantile returns F⁻¹(p) = σ ((1 − p)^(−k) − 1)/k.
func paretoQuantile(p, k, sigma float64) float64 {
	if k == 0 {
		return -sigma * math.Log1p(-p)
	}
	return sigma * math.Expm1(-k*math.Log1p(-p)) / k
}
