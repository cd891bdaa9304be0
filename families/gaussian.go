package families

import "math/rand/v2"

const (
	badCovLength = "families: length of a covariance is not CovLen"
	badSize      = "families: size below 1"
)

const log2Pi = 1.8378770664093454835606594728112352797227949472755668256343

// finite reports whether no value is NaN or infinite.
func finite(x []float64) bool {
	for _, v := range x {
		if !isFinite(v) {
			return false
		}
	}
	return true
}

// normals fills dst with standard normal draws.
func normals(dst []float64, rnd *rand.Rand) {
	for i := range dst {
		dst[i] = rnd.NormFloat64()
	}
}
