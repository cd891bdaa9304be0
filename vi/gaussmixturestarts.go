package vi

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"natgrad/estimators"
	"natgrad/families"
)

// spread makes q the i-th start: about all modes or, for odd i, about the best one only,
// in case that the others are but ripples. The means of the first are even, those of the
// others random.
func (f *gaussMixtureFit) spread(q *families.GaussMixtureDist, i int, width float64) bool {
	var weights, locs, covs []float64
	counts := []int{f.k}
	if i%2 == 0 {
		counts = f.allot()
	}
	for k, n := range counts {
		loc, cov := f.modes[k].q.Loc(nil), f.modes[k].q.Cov(nil)
		floats.Scale(width*width, cov)
		part := families.GaussMixture(n, f.d).New().(*families.GaussMixtureDist)
		if !part.SetSpread(loc, cov) {
			return false
		}
		z := estimators.BaseDraws(f.d, n, f.seed+uint64(i), false)
		for c := range n {
			m := part.Component(c).Loc(nil)
			if i > 0 {
				part.Component(0).Transform(m, z[c*f.d:(c+1)*f.d])
			}
			weights = append(weights, f.share(k)/float64(n))
			locs, covs = append(locs, m...), append(covs, cov...)
		}
	}
	return q.SetComponents(weights, locs, covs)
}

// share returns the probability of the k-th mode, in units of that of the best, by the
// ELBOs of the Gaussians there. A component of less than a thousandth would not tell
// where it ought to go.
func (f *gaussMixtureFit) share(k int) float64 {
	return math.Max(1e-3, math.Exp(f.modes[k].res.ELBO-f.modes[0].res.ELBO))
}

// allot divides the components among the modes: the best have one each, and those that
// are left go where there is most probability for each.
func (f *gaussMixtureFit) allot() []int {
	n := min(f.k, len(f.modes))
	counts := make([]int, n)
	for i := range counts {
		counts[i] = 1
	}
	for range f.k - n {
		most := 0
		for k := range counts {
			if f.share(k)/float64(counts[k]) > f.share(most)/float64(counts[most]) {
				most = k
			}
		}
		counts[most]++
	}
	return counts
}

// number tells the ends of the starts apart, by their ELBOs, and adds to them the modes
// that the best end leaves out.
func (f *gaussMixtureFit) number() {
	var elbos []float64
	for i := range f.starts {
		s := &f.starts[i]
		if s.Mode < 0 || s.ELBO >= f.best.ELBO-sameNats {
			continue
		}
		k := 0
		for k < len(elbos) && math.Abs(elbos[k]-s.ELBO) > sameNats {
			k++
		}
		if k == len(elbos) {
			elbos = append(elbos, s.ELBO)
		}
		s.Mode = 1 + k
	}
	q := f.best.Q.(*families.GaussMixtureDist)
	for _, mode := range f.modes {
		if mode.peak != nil && !covers(q, mode.q) {
			f.starts = append(f.starts, StartReport{Mode: 1 + len(elbos), ELBO: mode.res.ELBO, Peak: true})
			elbos = append(elbos, mode.res.ELBO)
		}
	}
}

// covers reports whether a component of q is where g is.
func covers(q *families.GaussMixtureDist, g families.Gaussian) bool {
	for c := range q.NumComponents() {
		if inBulk(q.Component(c), g.Loc(nil)) || inBulk(g, q.Component(c).Loc(nil)) {
			return true
		}
	}
	return false
}
