package families

import "math"

const halfLog2Pi = 0.91893853320467274178032973640561763986139747363778

// lgamma returns log |Γ(x)|.
func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// stirlingError returns, for x > 0,
//
//	log Γ(x) − [(x−½) log x − x + ½ log 2π],
//
// which is 1/(12x) for large x: entropies and divergences written with it do
// not cancel terms of the size x log x.
func stirlingError(x float64) float64 {
	if x < 0.5 {
		return stirlingError(1+x) + ((x+0.5)*(math.Log1p(x)-math.Log(x)) - 1)
	}
	u := 1 / x
	return u * ratio10(&stirlingNum, &stirlingDen, u*u)
}

// logMinusDigamma returns log x − ψ(x) for x > 0, which is 1/x for small and
// 1/(2x) for large x.
func logMinusDigamma(x float64) float64 {
	if x < 1 {
		return logMinusDigamma(1+x) + (1/x + math.Log(x) - math.Log1p(x))
	}
	u := 1 / x
	return u * (0.5 + u*ratio8(&digammaNum, &digammaDen, u*u))
}

// xTrigammaMinusOne returns x ψ₁(x) − 1 for x > 0, which is 1/x for small and
// 1/(2x) for large x. It is −x times the derivative of logMinusDigamma.
func xTrigammaMinusOne(x float64) float64 {
	if x < 1 {
		return x*Trigamma(1+x) + (1-x)/x
	}
	u := 1 / x
	return u * (0.5 + u*ratio9(&trigammaNum, &trigammaDen, u*u))
}

// lbeta returns log B(a, b) for a, b > 0, accurate relative to the larger of
// |log B| and 1 (it is 0 on a curve through a = b = 1).
func lbeta(a, b float64) float64 {
	if a > b {
		a, b = b, a
	}
	if b < 10 {
		return lgamma(a) + (lgamma(b) - lgamma(a+b))
	}
	// log Γ(b) − log Γ(a+b) by Stirling's formula, in terms that do not cancel.
	n := a + b
	rest := stirlingError(b) - stirlingError(n)
	if a < 10 {
		return lgamma(a) + (rest + (a + (b-0.5)*math.Log1p(-a/n)) - a*math.Log(n))
	}
	rest += stirlingError(a) + halfLog2Pi - 0.5*math.Log(b)
	return (a-0.5)*math.Log(a/n) + b*math.Log1p(-a/n) + rest
}

// digammaDiff returns ψ(x+d) − ψ(x) for x > 0 and d ≥ 0, to full relative
// precision however small d is: ψ₁(x) d for small d, log(1+d/x) for large x.
func digammaDiff(x, d float64) float64 {
	if math.IsInf(d, 1) {
		return d
	}
	var sum float64
	for x < 3 {
		sum += d / (x + d) / x
		x++
	}
	// log y − 1/(2y) − w f(w) at y = x+d and w = 1/y², minus the same at x.
	// The divided differences of numerator and denominator give that of f, a
	// factor w(x)−w(y) taken out.
	y := x + d
	u, v := 1/x, 1/y
	w, z := u*u, v*v
	const last = len(digammaNum) - 1
	p, q := digammaNum[last], digammaDen[last]   // at w
	pz, qz := digammaNum[last], digammaDen[last] // at z
	var dp, dq float64
	for i := last - 1; i >= 0; i-- {
		dp = dp*w + pz
		dq = dq*w + qz
		pz = pz*z + digammaNum[i]
		qz = qz*z + digammaDen[i]
		p = p*w + digammaNum[i]
		q = q*w + digammaDen[i]
	}
	slope := (dp - pz/qz*dq) / q
	tail := d * u * v * (0.5 + (u+v)*(p/q+z*slope))
	return sum + (math.Log1p(d*u) + tail)
}
