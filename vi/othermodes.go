package vi

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"natgrad/estimators"
)

// probes are the distances, in standard deviations of q, at which the log-joint is
// looked at along each axis of q, to see whether it rises again.
var probes = [...]float64{3, 4.5, 6, 8, 11, 15}

const (
	// maxProbeDim is the dimension up to which there are probes.
	maxProbeDim = 100
	// secondRise is the rise in nats, after a fall, that is taken for the slope of
	// another mode.
	secondRise = 1
	// maxProbeSearches bounds the searches that probes lead to.
	maxProbeSearches = 4
	// farProbes is the number of random directions in which the tails are looked at,
	// and maxTailSearches the number of searches from there.
	farProbes       = 40
	maxTailSearches = 2
	// dip is how far the log-joint falls, in nats, between two peaks.
	dip = 0.5
)

// probe looks for modes that no start led to along the axes of the best fit, and
// makes fits of them.
func (f *sampled) probe(ctx context.Context) error {
	q := f.fits[0].q
	d := f.p.Model.Dim()
	if d > maxProbeDim {
		return nil
	}
	type place struct {
		height float64 // by which the best are chosen
		z      []float64
	}
	highest := func(a, b place) int { return cmp.Compare(b.height, a.height) }
	var rises, tails []place
	ε, z := make([]float64, d), make([]float64, d)
	value := func() (lp float64, ok bool) {
		q.Transform(z, ε)
		lp = f.p.Model.LogJoint(z)
		f.evals.model++
		return lp, !math.IsNaN(lp) && !math.IsInf(lp, 0)
	}
	clear(ε)
	center, ok := value()
	for axis := range 2 * d {
		low, best := math.Inf(1), place{height: math.Inf(-1)}
		for _, r := range probes {
			clear(ε)
			ε[axis/2] = float64(1-2*(axis%2)) * r
			lp, ok := value()
			if !ok && !math.IsInf(lp, -1) {
				break
			}
			if lp > low+secondRise && lp > best.height {
				best = place{lp, slices.Clone(z)}
			}
			low = math.Min(low, lp)
		}
		if best.z != nil {
			rises = append(rises, best)
		}
	}
	// Where the log-joint falls by less than that of q, there are heavy tails or
	// the slope of another mode.
	base := estimators.BaseDraws(d, farProbes, f.s.Seed^drawStream, false)
	for k := range farProbes {
		for _, r := range [...]float64{6, 12, 24} {
			u := base[k*d : (k+1)*d]
			floats.ScaleTo(ε, r/floats.Norm(u, 2), u)
			if lp, fine := value(); ok && fine && lp-center+r*r/2 > r*r/20 {
				tails = append(tails, place{lp - center + r*r/2, slices.Clone(z)})
			}
		}
	}
	slices.SortStableFunc(rises, highest)
	slices.SortStableFunc(tails, highest)
	found := append(rises[:min(len(rises), maxProbeSearches)], tails[:min(len(tails), maxTailSearches)]...)
	for _, p := range found {
		s := &search{modeSearch: *newModeSearch(f.grad), started: true}
		s.peak = s.climb(p.z, func(z []float64) bool {
			s.known = f.isKnown(z)
			return s.known || ctx.Err() != nil
		})
		f.starts = append(f.starts, StartReport{})
		if !s.peak { // so far out that it says nothing of the model where it matters
			s.started, s.err = false, nil
		}
		if err := f.take(ctx, len(f.starts)-1, s); err != nil {
			return f.fail(err)
		}
	}
	f.rank()
	return nil
}

// peaks climbs from all starts to the top, where searches were left off as they
// came into the bulk of a fit, and counts the maxima there: two if the log-joint
// dips between them.
func (f *sampled) peaks(ctx context.Context) int {
	points := newStartPoints(f.p.Model, f.s.Starts, f.s.Seed)
	var tops []waypoint
	for i := range f.s.Starts {
		s := newModeSearch(f.grad)
		for try := range startTries - 4 {
			if s.climb(points.point(i, try), func([]float64) bool { return ctx.Err() != nil }) {
				top := s.path[len(s.path)-1]
				if !slices.ContainsFunc(tops, func(w waypoint) bool { return f.samePeak(w, top) }) {
					tops = append(tops, top)
				}
			}
			if len(s.path) > 0 {
				break
			}
		}
		f.evals.grad += s.evals
		f.evals.hess += s.hessEvals
	}
	return len(tops)
}

// samePeak reports whether the log-joint does not dip on the way from a to b.
func (f *sampled) samePeak(a, b waypoint) bool {
	z := make([]float64, len(a.z))
	for k := 1; k < 8; k++ {
		t := float64(k) / 8
		for i := range z {
			z[i] = a.z[i] + t*(b.z[i]-a.z[i])
		}
		f.evals.model++
		if lp := f.p.Model.LogJoint(z); !(lp >= math.Min(a.value, b.value)-dip) {
			return false
		}
	}
	return true
}
