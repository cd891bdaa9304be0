package families

import "math"

// ratioExcess returns u − 1 − log u ≥ 0 for u = x/y > 0: by how much the
// logarithm falls short of its tangent at 1. It keeps full relative precision
// where u is near 1 or 0.
func ratioExcess(x, y float64) float64 {
	t := (x - y) / y
	if t < -0.5 {
		return t - (math.Log(x) - math.Log(y))
	}
	return log1pExcess(t)
}

// log1pExcess returns t − log(1+t) ≥ 0 for t > −1, to full relative precision
// near 0.
func log1pExcess(t float64) float64 {
	if math.Abs(t) > 0.25 {
		return t - min(math.Log1p(t), math.MaxFloat64) // not NaN at +Inf
	}
	// log(1+t) = 2 artanh s with s = t/(2+t), and t − 2s = s t: the leading
	// terms cancel on paper, not in the sum.
	s := t / (2 + t)
	s2 := s * s
	var sum float64
	for k, power := 3.0, 2*s*s2; ; k, power = k+2, power*s2 {
		next := sum + power/k
		if next == sum {
			return s*t - sum
		}
		sum = next
	}
}

// expm1Excess returns e^d − 1 − d ≥ 0, to full relative precision near 0.
func expm1Excess(d float64) float64 {
	if math.Abs(d) > 0.5 {
		return math.Expm1(d) - d
	}
	term := 0.5 * d * d
	sum := 0.0
	for k := 3.0; ; k++ {
		next := sum + term
		if next == sum {
			return sum
		}
		sum = next
		term *= d / k
	}
}

// logRatio returns log(x/y) for x, y > 0, to full relative precision near 0.
func logRatio(x, y float64) float64 {
	if t := (x - y) / y; math.Abs(t) < 0.5 {
		return math.Log1p(t)
	}
	return math.Log(x) - math.Log(y)
}
