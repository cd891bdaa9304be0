package posteriordb

import "math"

// Score returns the root mean squares, over the reference's quantities, of
// |mean − reference|/sd of the reference, and of |log(sd/sd of the reference)|.
// What is not finite gives +Inf.
func (r *Reference) Score(mean, sd []float64) (meanError, logSDRatio float64) {
	for i := range r.Mean {
		z := (mean[i] - r.Mean[i]) / r.SD[i]
		l := math.Log(sd[i] / r.SD[i])
		meanError += z * z
		logSDRatio += l * l
	}
	n := float64(len(r.Mean))
	return rootOrInf(meanError / n), rootOrInf(logSDRatio / n)
}

func rootOrInf(x float64) float64 {
	if math.IsNaN(x) {
		return math.Inf(1)
	}
	return math.Sqrt(x)
}
