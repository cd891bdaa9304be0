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
	if math.Abs(t) > 0.25 {
		return t - math.Log1p(t)
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
