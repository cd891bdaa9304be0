package families

import "math"

// inverseDigamma returns the x > 0 with ψ(x) = y, to a few units in the last
// place for y from −1e300 to 700. Beyond, x leaves the range of float64: it is
// 0 at −Inf and +Inf at +Inf.
//
// The start is that of Minka (2000), Estimating a Dirichlet distribution,
// appendix C. The Newton steps are relative to x, in the form of the equation
// whose residual keeps its digits: e^y e^{log x − ψ(x)} = x for large y, where
// an error of one unit in the last place of ψ would be |y| of them in x, and
// x (ψ(1+x) − y) = 1 for small x.
func inverseDigamma(y float64) float64 {
	const eulerGamma = 0.57721566490153286060651209008240243
	var x float64
	if y >= -2.22 {
		x = math.Exp(y) + 0.5
	} else {
		x = -1 / (y + eulerGamma)
	}
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	for range 20 {
		var r float64
		switch {
		case y > 2:
			r = (math.Exp(y)/x*math.Exp(logMinusDigamma(x)) - 1) / (1 + xTrigammaMinusOne(x))
		case y > -2.22:
			r = (y - Digamma(x)) / (1 + xTrigammaMinusOne(x))
		default:
			r = (1 - x*(Digamma(1+x)-y)) / (1 + x*x*Trigamma(1+x))
		}
		x += x * r
		if math.Abs(r) < 1e-9 { // the steps converge quadratically
			break
		}
	}
	return x
}

// gammaShape returns the α > 0 with
//
//	log α − ψ(α) = s,
//
// the shape of the Gamma distribution with log E[z] − E[log z] = s. It is
// accurate to a few units in the last place for s from 1e-300 to 1e300; α is
// 1/(2s) for small and 1/s for large s. It returns +Inf at 0, 0 at +Inf and NaN
// for s < 0, where there is none.
//
// The start is that of Minka (2002), Estimating a Gamma distribution. The
// Newton steps are for log(log α − ψ(α)) = log s in log α, which is close to a
// straight line of slope −1 from end to end.
func gammaShape(s float64) float64 {
	if !(s > 0) {
		if s == 0 {
			return math.Inf(1)
		}
		return math.NaN()
	}
	α := 1 / s
	if s < 1e3 {
		α = (3 - s + math.Sqrt((s-3)*(s-3)+24*s)) / (12 * s)
	}
	if α == 0 || math.IsInf(α, 1) {
		return α
	}
	for range 20 {
		δ := logMinusDigamma(α)
		r := (δ - s) / s
		if math.Abs(r) > 0.1 {
			r = math.Log(δ / s)
		}
		r *= δ / xTrigammaMinusOne(α)
		α *= math.Exp(r)
		if math.Abs(r) < 1e-9 {
			break
		}
	}
	return α
}
