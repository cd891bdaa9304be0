package families

import "math"

// inverseDigamma returns the x > 0 with ψ(x) = y.
func inverseDigamma(y float64) float64 {
	const eulerGamma = 0.57721566490153286060651209008240243
	var x float64
	if y >= -2.22 {
		x = math.Exp(y) + 0.5
	} else {
		x = -1 / (y + eulerGamma)
	}
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	for range 20 {
		var r float64 // Newton step relative to x
		switch {
		case y > 2:
			r = (math.Exp(y)/x*math.Exp(logMinusDigamma(x)) - 1) / (1 + xTrigammaMinusOne(x))
		case y > -2.22:
			r = (y - Digamma(x)) / (1 + xTrigammaMinusOne(x))
		default:
			r = (1 - x*(Digamma(1+x)-y)) / (1 + x*x*Trigamma(1+x))
		}
		x += x * r
		if math.Abs(r) < 1e-9 {
			break
		}
	}
	return x
}

// gammaShape returns the α > 0 with log α − ψ(α) = s, s > 0.
func gammaShape(s float64) float64 {
	if !(s > 0) {
		if s == 0 {
			return math.Inf(1)
		}
		return math.NaN()
	}
	α := (3 - s + math.Hypot(s-3, math.Sqrt(24*s))) / (12 * s)
	if s > 1e3 {
		α = 1 / s
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
