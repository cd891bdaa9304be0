package asktell_test

import (
	"math/rand/v2"

	"natgrad/vi/asktell"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 77)) }

// standard returns the noise of the first weight in a draw of q per unit of its normal variate:
// the same generator gives the variate itself.
func standard(q asktell.Method) float64 {
	θ := q.Rand(nil, newRand(5))
	return (θ[0] - q.Mean(nil)[0]) / newRand(5).NormFloat64()
}
