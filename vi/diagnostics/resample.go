package diagnostics

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// Resample fills dst with indices of draws, chosen with replacement in
// proportion to exp(logWeights), by systematic resampling (Kitagawa 1996,
// Journal of Computational and Graphical Statistics 5, appendix): with one
// u ~ U(0, 1), dst[i] is the draw in whose part of the unit interval (i + u)/m
// falls, m = len(dst). Draw s is chosen ⌊m w_s⌋ or ⌈m w_s⌉ times, m w_s in
// expectation, never if its weight is zero. Indices come in ascending order.
// It allocates nothing.
func Resample(dst []int, logWeights []float64, rng *rand.Rand) error {
	if err := checkLogs("log weight", logWeights); err != nil {
		return err
	}
	largest := floats.Max(logWeights)
	var total float64
	last := 0
	for i, v := range logWeights {
		if w := math.Exp(v - largest); w > 0 {
			total += w
			last = i
		}
	}
	u := rng.Float64()
	at, sum := -1, 0.0
	for i := range dst {
		target := (float64(i) + u) / float64(len(dst)) * total
		// Rounding may put the last target at the total itself.
		for sum <= target && at < last {
			at++
			sum += math.Exp(logWeights[at] - largest)
		}
		dst[i] = at
	}
	return nil
}

// ResampleDistinct fills dst with distinct indices of draws, as if chosen one
// after the other, each among those left in proportion to exp(logWeights). That
// is the order of the largest
//
//	log w_s − log E_s,   E_s ~ Exponential(1)
//
// (Efraimidis & Spirakis 2006, Information Processing Letters 97, algorithm A).
// Fewer draws with positive weight than len(dst) give a CountError.
func ResampleDistinct(dst []int, logWeights []float64, rng *rand.Rand) error {
	if err := checkLogs("log weight", logWeights); err != nil {
		return err
	}
	keys := make([]float64, len(logWeights))
	order := make([]int, 0, len(logWeights))
	for i, v := range logWeights {
		keys[i] = v - math.Log(rng.ExpFloat64())
		if !math.IsInf(v, -1) {
			order = append(order, i)
		}
	}
	if len(order) < len(dst) {
		return &CountError{Of: "draws with positive weight", Got: len(order), Want: len(dst)}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(keys[b], keys[a]), cmp.Compare(a, b))
	})
	copy(dst, order)
	return nil
}
