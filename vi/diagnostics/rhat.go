package diagnostics

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// minChain is the least length of a chain.
const minChain = 4

// RHat returns the rank-normalised split R̂ of chains of one quantity, all of
// the same length, the larger of the one of the values and the one of their
// distances from the median (Vehtari et al. 2021, section 4). With N values in
// each half chain, W the mean variance within and B/N the variance between the
// means of halves,
//
//	R̂ = √((W (N − 1)/N + B/N)/W).
//
// It is near 1 where chains, and the two halves of each, agree; the authors ask
// for less than 1.01. It is +Inf for halves that each stand still at different
// values. One chain is enough. Chains shorter than 4, numbers that are not
// finite and chains that hold one value only give errors.
func RHat(chains [][]float64) (float64, error) {
	h, err := split(chains)
	if err != nil {
		return 0, err
	}
	z := h.rankNormal()
	r := z.rHat()
	folded := h.folded()
	if !folded.constant() {
		r = max(r, folded.rankNormal().rHat())
	}
	return r, nil
}

// rHat returns R̂ of the halves as they are.
func (h halves) rHat() float64 {
	n := float64(len(h[0]))
	means := make([]float64, len(h))
	var within float64
	for i, c := range h {
		var v float64
		means[i], v = stat.MeanVariance(c, nil)
		within += v / float64(len(h))
	}
	return math.Sqrt((n-1)/n + stat.Variance(means, nil)/within)
}
