package vi

import (
	"math"

	"natgrad/estimators"
	"natgrad/models"
)

// startRadius is how far from 0 searches begin, in unconstrained coordinates, that
// of Stan; those after the first three begin farther, to find modes farther apart.
const (
	startRadius = 2
	farRadius   = 8
)

// startTries bounds the points that are tried in place of one where the log-joint
// is not finite.
const startTries = 50

// startPoints are where searches for modes begin: where the model proposes, if it
// is a models.Starter, or at 0, then quasi-random points of cubes about 0, each
// with its mirror image, so that two modes on either side of 0 are both found.
type startPoints struct {
	d      int
	first  []float64
	random []float64
}

// newStartPoints returns n starts.
func newStartPoints(m models.Model, n int, seed uint64) *startPoints {
	p := &startPoints{d: m.Dim(), first: make([]float64, m.Dim())}
	if s, ok := m.(models.Starter); ok {
		s.Start(p.first, make([]float64, p.d))
	}
	p.random = estimators.BaseCube(p.d, max(startTries, n/2+1), seed)
	return p
}

// point returns the i-th start, or the try-th in place of it.
func (p *startPoints) point(i, try int) []float64 {
	if i == 0 && try == 0 {
		return p.first
	}
	// The first points of the sequence are the starts, the later ones replacements,
	// ever nearer to 0, where constrained densities seldom vanish.
	k, sign := (i+1)/2, 1.0
	if i%2 == 0 && i > 0 {
		sign = -1
	}
	if try > 0 {
		k = 4 + (i*7+try)%(startTries-4)
	}
	r := float64(startRadius)
	if i >= 3 {
		r = farRadius
	}
	r *= sign / float64(1+try/4)
	z := make([]float64, p.d)
	for j, u := range p.random[k*p.d : (k+1)*p.d] {
		z[j] = r * (2*u - 1)
	}
	return z
}

// StartReport says where one of several starts led.
type StartReport struct {
	// Mode is the number of the fit it led to, 0 for the best one; −1: nowhere.
	Mode int
	// ELBO of that fit.
	ELBO float64
	// Peak reports that the log-joint has a maximum there; it has none where it is
	// unbounded, as in a funnel. Of a families.GaussMixture it marks modes that no
	// component of the answer is at, with the ELBO of a Gaussian there.
	Peak bool
	// Rearranged reports that it is no start but a better arrangement of the parts of
	// the best fit before: see models.Rearranger.
	Rearranged bool
	// Err is what ended the fit there, if it failed.
	Err error
}

// StartReports are those of all starts.
type StartReports []StartReport

// best returns the ELBO of the best fit.
func (s StartReports) best() float64 {
	for _, r := range s {
		if r.Mode == 0 {
			return r.ELBO
		}
	}
	return math.Inf(-1)
}
