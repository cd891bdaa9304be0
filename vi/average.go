package vi

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"natgrad/families"
)

// average is the mean of the natural parameters of the later iterations, with an
// estimate of the noise left in it. The domain of λ is convex, so that a mean
// of members is one.
//
// Iterations are summed in consecutive batches of equal size. When maxBatches
// are full, neighbours are joined. The mean is over the last three quarters of
// them, so that the way to the optimum is forgotten.
type average struct {
	sums   []families.Natural
	steps  []float64 // sum of the step sizes in each batch
	n      int       // complete batches
	size   int       // iterations in a batch
	filled int       // iterations in the batch under way
	mean   families.Natural
	taken  bool // the mean is the current member
	diff   families.Natural
	noise  float64 // squared Fisher length of the noise of one estimate
	path   float64 // sum of all step sizes
	f      families.Mean
}

const (
	maxBatches = 16
	minBatches = 8
	// batchPath is the sum of the step sizes in a batch from which batches count
	// as independent: a shorter one has not forgotten where it began.
	batchPath = 2
)

func (a *average) init(params int) {
	a.sums = make([]families.Natural, maxBatches)
	for i := range a.sums {
		a.sums[i] = make(families.Natural, params)
	}
	a.steps = make([]float64, maxBatches)
	a.mean, a.diff, a.f = make(families.Natural, params), make(families.Natural, params), make(families.Mean, params)
	a.restart()
}

// restart forgets all iterations.
func (a *average) restart() { a.n, a.size, a.filled, a.path = 0, 1, 0, 0 }

// add takes in the member reached by a step of size ρ, and reports whether that
// completed a batch.
func (a *average) add(λ families.Natural, ρ float64) bool {
	if a.n == maxBatches {
		a.join()
	}
	sum := a.sums[a.n]
	if a.filled == 0 {
		clear(sum)
		a.steps[a.n] = 0
	}
	for i, x := range λ {
		sum[i] += x
	}
	a.steps[a.n] += ρ
	a.filled++
	if a.filled < a.size {
		return false
	}
	a.filled = 0
	a.n++
	return true
}

// join makes one batch of every two.
func (a *average) join() {
	for k := range maxBatches / 2 {
		dst := a.sums[k]
		first, second := a.sums[2*k], a.sums[2*k+1]
		for i := range dst {
			dst[i] = first[i] + second[i]
		}
		a.steps[k] = a.steps[2*k] + a.steps[2*k+1]
	}
	a.n = maxBatches / 2
	a.size *= 2
}

// used returns the first batch of the mean.
func (a *average) used() int { return a.n / 4 }

// update computes the mean, if there is a batch.
func (a *average) update() bool {
	first := a.used()
	if a.n == first {
		return false
	}
	clear(a.mean)
	for _, sum := range a.sums[first:a.n] {
		for i, x := range sum {
			a.mean[i] += x
		}
	}
	c := 1 / float64((a.n-first)*a.size)
	for i := range a.mean {
		a.mean[i] *= c
	}
	return true
}

// distance returns an upper bound of the length, in the Fisher metric of q, of the
// noise left in the mean: by the spread of the batches about it, or by the noise of
// single estimates, whose squared length is noise, whichever is larger. It is
// +Inf as long as batches are too few or too short to tell. update must have been
// called, and q be the mean.
//
// Few batches of few parameters may be close to one another by chance. Their squared
// spread has about the law of χ² with (batches − 1)(parameters) degrees of
// freedom k, so that the bound is k/χ²_0.01(k) times it. As the first bound below a
// tolerance ends a run, it is exceeded in one of ten to twenty runs, not in 1 %.
func (a *average) distance(q families.Distribution, noise float64) float64 {
	first := a.used()
	b := a.n - first
	if a.n < minBatches {
		return math.Inf(1)
	}
	var square float64
	for k := first; k < a.n; k++ {
		if a.steps[k] < batchPath {
			return math.Inf(1)
		}
		for i, x := range a.sums[k] {
			a.diff[i] = x/float64(a.size) - a.mean[i]
		}
		q.FisherMulVec(a.f, a.diff)
		square += squaredLength(a.diff, a.f)
	}
	square /= float64(b) * float64(b-1)
	k := float64((b - 1) * len(a.mean))
	upper := k / distuv.ChiSquared{K: k}.Quantile(0.01)
	return math.Sqrt(upper * math.Max(square, noise/float64(b*a.size)))
}
