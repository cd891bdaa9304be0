package estimators

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"natgrad/families"
)

// sample is the mean of many estimates, each the natural gradient and E[log p]; or
// the truth, which has no noise.
type sample struct {
	name  string
	n     float64    // estimates
	mean  []float64  // P + 1
	dev   *mat.Dense // n×(P + 1): the estimates less their mean; nil: no noise
	cover float64    // share of estimates whose E[log p] is within 2 StdErr of the truth
	ratio float64    // root mean square of StdErr, in that of the errors; 1 if they are rounding
	noise float64    // of one estimate, in nats
	stats Stats      // evaluations of one estimate
}

// truth is a sample without noise.
func truth(g families.Natural, elog float64) *sample {
	return &sample{name: "the truth", mean: append(append([]float64(nil), g...), elog)}
}

// take averages estimates at reps seeds, so that batches are independent; one if e is
// deterministic.
func take(t *testing.T, e namedEstimator, q families.Distribution, want *sample, seed uint64, reps int) *sample {
	t.Helper()
	if e.Deterministic() {
		reps = 1
	}
	p := len(want.mean)
	n := float64(reps)
	s := &sample{name: e.name, n: n, mean: make([]float64, p)}
	var mse, se2 float64
	draws := mat.NewDense(reps, p, nil)
	for i := range reps {
		g, stats := estimateOrFail(t, e, q, Stream{Seed: seed + uint64(i), Iter: uint64(i)})
		row := draws.RawRowView(i)
		copy(row, g)
		row[p-1] = stats.ELogJoint
		for j, x := range row {
			s.mean[j] += x / n
		}
		s.noise += nats(q, g, want.mean[:p-1]) / n
		miss := stats.ELogJoint - want.mean[p-1]
		mse += miss * miss / n
		se2 += stats.StdErr * stats.StdErr / n
		if math.Abs(miss) <= 2*stats.StdErr+1e-9*math.Abs(want.mean[p-1]) {
			s.cover += 1 / n
		}
		stats.ELogJoint, stats.StdErr = 0, 0
		if i > 0 && stats != s.stats {
			t.Errorf("%s: %+v evaluations after %+v", e.name, stats, s.stats)
		}
		s.stats = stats
	}
	if s.ratio = 1; mse > 1e-18*want.mean[p-1]*want.mean[p-1] {
		s.ratio = math.Sqrt(se2 / mse)
	}
	if reps == 1 {
		return s
	}
	for i := range reps {
		for j, m := range s.mean {
			draws.RawRowView(i)[j] -= m
		}
	}
	s.dev = draws
	return s
}

// agree compares two samples at q: every entry by its z-score, and the whole by
// Hotelling's T² in the directions in which there is noise. Without noise they
// must agree to 1e-8 in the Fisher norm.
func agree(t *testing.T, q families.Distribution, a, b *sample) {
	t.Helper()
	p := len(a.mean) - 1
	size := math.Max(math.Abs(a.mean[p]), math.Abs(b.mean[p]))
	elog := math.Abs(a.mean[p] - b.mean[p])
	none := make(families.Natural, p)
	if elog <= 1e-9*size && nats(q, a.mean[:p], b.mean[:p]) <= 1e-16*nats(q, b.mean[:p], none) {
		return
	}
	cov := mat.NewSymDense(p+1, nil)
	n := math.Inf(1)
	for _, s := range []*sample{a, b} {
		if s.dev != nil { // the covariance of the mean
			cov.SymRankK(cov, 1/(s.n*(s.n-1)), s.dev.T())
			n = math.Min(n, s.n)
		}
	}
	if math.IsInf(n, 1) {
		t.Errorf("%s %v, but %s %v, and there is no noise", a.name, a.mean, b.name, b.mean)
		return
	}
	// z-scores, with what rounding can do as the least noise.
	least, z, sd := make([]float64, p+1), make([]float64, p+1), make([]float64, p+1)
	for j := range a.mean[:p] {
		least[0] = math.Max(least[0], 1e-11*math.Max(math.Abs(a.mean[j]), math.Abs(b.mean[j])))
	}
	for j := range z {
		if least[j] = least[0]; j == p {
			least[j] = 1e-11 * size
		}
		sd[j] = math.Hypot(math.Sqrt(cov.At(j, j)), least[j])
		z[j] = (a.mean[j] - b.mean[j]) / sd[j]
		if math.Abs(z[j]) > 4.8 {
			t.Errorf("entry %d: %s %.10g, but %s %.10g, z = %.1f", j, a.name, a.mean[j], b.name, b.mean[j], z[j])
		}
	}
	t2, rank := hotelling(cov, sd, z, least)
	if r := float64(rank); rank > 0 && n > 2*r {
		tail := distuv.F{D1: r, D2: n - r}.Survival(t2 * (n - r) / (r * (n - 1)))
		if tail < 1e-6 {
			t.Errorf("%s and %s: T² = %.1f on %d and %v degrees of freedom, tail probability %.1g", a.name, b.name, t2, rank, n-r, tail)
		}
	}
}

// hotelling returns zᵀR⁻¹z in the directions that have noise, more than least in
// every entry, and their number. R is the correlation matrix.
func hotelling(cov *mat.SymDense, sd, z, least []float64) (t2 float64, rank int) {
	corr := mat.NewSymDense(len(z), nil)
	noisy := func(j int) bool { return sd[j] > 2*least[j] }
	for i := range z {
		for j := range i + 1 {
			if noisy(i) && noisy(j) {
				corr.SetSym(i, j, cov.At(i, j)/(sd[i]*sd[j]))
			}
		}
	}
	var eig mat.EigenSym
	if !eig.Factorize(corr, true) {
		panic("no eigenvalues")
	}
	var vectors mat.Dense
	eig.VectorsTo(&vectors)
	for k, v := range eig.Values(nil) {
		if v < 1e-9 {
			continue
		}
		rank++
		x := 0.0
		for j, u := range z {
			x += u * vectors.At(j, k)
		}
		t2 += x * x / v
	}
	return t2, rank
}
