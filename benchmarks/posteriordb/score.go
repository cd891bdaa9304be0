package posteriordb

import (
	"math"
	"math/rand/v2"
)

// Sampler draws from an approximate posterior of the unconstrained coordinates.
type Sampler interface {
	// Rand stores a draw in dst.
	Rand(dst []float64, rnd *rand.Rand) []float64
}

// Moments returns means and standard deviations of the reference's quantities
// over draws from q, each with its mirror image about centre if that is not nil.
// Draws at which a quantity is not finite count: they make its moments so.
func (e *Entry) Moments(q Sampler, centre []float64, draws int, seed uint64) (mean, sd []float64) {
	n := len(e.Index)
	mean, sd = make([]float64, n), make([]float64, n)
	all := make([]float64, len(e.Model.ParamNames()))
	z := make([]float64, e.Model.Dim())
	rnd := rand.New(rand.NewPCG(seed, 0))
	count := 0.0
	add := func() {
		e.Model.Constrain(all, z)
		count++
		for i, k := range e.Index {
			// Welford's update: sd holds the sum of squares about the mean.
			delta := all[k] - mean[i]
			mean[i] += delta / count
			sd[i] += delta * (all[k] - mean[i])
		}
	}
	for range draws {
		q.Rand(z, rnd)
		add()
		if centre != nil {
			for j, c := range centre {
				z[j] = 2*c - z[j]
			}
			add()
		}
	}
	for i := range sd {
		sd[i] = math.Sqrt(sd[i] / (count - 1))
	}
	return mean, sd
}

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
