package diagnostics

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

const (
	// minTail is the least number of ratios that a tail is fitted to.
	minTail = 5

	// flatTail is the spread of log ratios below which a tail is rounding
	// error of log densities of large magnitude: its weights are equal, as they
	// are where q is exact.
	flatTail = 1e-8

	// minExcess is the least excess over the cutoff, relative to the largest
	// ratio, that counts as one: ties with the cutoff have none, and the
	// reciprocal of a smaller one would overflow in the fit.
	minExcess = 1e-300
)

// PSIS is the outcome of Pareto-smoothed importance sampling.
type PSIS struct {
	// LogWeights are the logarithms of the smoothed weights, Σ_s w_s = 1, in
	// the order of the ratios.
	LogWeights []float64

	// KHat is the estimated shape k of the upper tail: the ratios have about
	// 1/k moments. It is +Inf where there are too few ratios to tell (fewer than
	// five in the tail, that is fewer than 21 in all), and −Inf where those in
	// the tail are all equal, so that there is no tail.
	KHat float64

	// Sigma is the scale of the generalised Pareto distribution, in units of
	// the largest ratio; 0 where none was fitted.
	Sigma float64

	// TailLen is the number of ratios that were fitted and smoothed.
	TailLen int

	// ESS is the effective sample size of the weights, 1/Σ_s w_s².
	ESS float64

	// LogSum is log Σ_s r̃_s for the smoothed ratios r̃ before normalisation.
	LogSum float64
}

// Smooth returns Pareto-smoothed importance weights for log ratios
// log p(y, z_s) − log q(z_s) (Vehtari et al. 2024, algorithm 1 and appendix H). The
//
//	M = ⌈min(S/5, 3√S)⌉
//
// largest of the S ratios are replaced with the expected order statistics of a
// generalised Pareto distribution fitted to their excess over the next smaller
// one,
//
//	r̃_i = u + F⁻¹((i − ½)/M),   i = 1..M,
//
// and cut at the largest ratio. Ratios equal to the cutoff u are not in the
// tail. A ratio of −Inf is a draw of weight zero; NaN and +Inf give a
// ValueError, no ratio above −Inf a WeightError.
func Smooth(logRatios []float64) (*PSIS, error) {
	if err := checkLogs("log ratio", logRatios); err != nil {
		return nil, err
	}
	largest := floats.Max(logRatios)
	lw := make([]float64, len(logRatios))
	for i, v := range logRatios {
		lw[i] = v - largest
	}
	p := &PSIS{LogWeights: lw, KHat: math.Inf(1)}
	p.smoothTail()

	sum := floats.LogSumExp(lw)
	var squares float64
	for i := range lw {
		lw[i] -= sum
		w := math.Exp(lw[i])
		squares += w * w
	}
	p.ESS = 1 / squares
	p.LogSum = largest + sum
	return p, nil
}

// Reliability returns the class of p's k̂ for its number of draws.
func (p *PSIS) Reliability() Reliability {
	return Classify(p.KHat, len(p.LogWeights))
}

// tailLength returns the number of ratios, of n, in the tail.
func tailLength(n int) int {
	s := float64(n)
	return int(math.Ceil(min(s/5, 3*math.Sqrt(s))))
}

// smoothTail fits and smooths the tail of p.LogWeights, the largest of which
// is zero.
func (p *PSIS) smoothTail() {
	lw := p.LogWeights
	m := tailLength(len(lw))
	if m < minTail {
		return
	}
	order := make([]int, len(lw))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(lw[a], lw[b]), cmp.Compare(a, b))
	})
	cutoff := lw[order[len(lw)-m-1]]
	if -cutoff <= flatTail {
		p.KHat, p.TailLen = math.Inf(-1), m
		return
	}

	tail := order[len(lw)-m:]
	base := math.Exp(cutoff)
	excess := make([]float64, 0, m)
	for _, i := range tail {
		if e := excessOver(lw[i], cutoff, base); e > minExcess {
			excess = append(excess, e)
		}
	}
	tail = tail[m-len(excess):]
	p.TailLen = len(tail)
	if len(tail) < minTail {
		return
	}
	k, sigma := fitPareto(excess)
	if !isFinite(k) || !isFinite(sigma) {
		return
	}
	p.KHat, p.Sigma = shrinkShape(k, len(excess)), sigma
	for j, i := range tail {
		q := paretoQuantile((float64(j)+0.5)/float64(len(tail)), p.KHat, sigma)
		lw[i] = min(math.Log(base+q), 0)
	}
}

// excessOver returns exp(x) − exp(cutoff) without cancellation where the two
// are close; base is exp(cutoff).
func excessOver(x, cutoff, base float64) float64 {
	if d := x - cutoff; d < 1 {
		return base * math.Expm1(d)
	}
	return math.Exp(x) - base
}
