package models

import (
	"math"
	"math/rand/v2"
)

// leastStartShape is the least shape of the Gammas at which a fit of GammaFactors begins.
const leastStartShape = 10

// StartNatural implements NaturalStarter. Means of the loadings are exponential, of such a
// scale in each column of the data that the variances are those of the rows. Their
// relative variance is 1/(3n), less than n rows leave of a scale: from broader ones the
// noise of the gradient leads astray. A nil dst allocates.
func (m *GammaFactors) StartNatural(dst []float64, _ int, rnd *rand.Rand) []float64 {
	if dst == nil {
		dst = make([]float64, 2*m.Dim())
	}
	if len(dst) != 2*m.Dim() {
		panic(badLength)
	}
	shape := math.Max(leastStartShape, 3*m.weight)
	for j := range m.d {
		variance := 0.0
		if m.weight > 0 {
			variance = m.s[j*m.d+j] / m.weight
		}
		// What is not noise, half of the variance at least, is Σ_k w_jk².
		scale := math.Sqrt(math.Max(variance-m.σ2, 0.5*variance) / float64(2*m.k))
		if !isPositive(scale) {
			scale = 1e-3 * math.Sqrt(m.σ2)
		}
		for f := range m.k {
			mean := scale * math.Max(rnd.ExpFloat64(), 1e-3)
			i := 2 * (j*m.k + f)
			dst[i], dst[i+1] = shape-1, -shape/mean
		}
	}
	return dst
}
