package families_test

import (
	"math"
	"strings"
	"testing"

	"natgrad/families"
	"natgrad/families/familytest"
)

// rbf is a kernel matrix of n points on a line.
func rbf(n int, length, sd float64) []float64 {
	k := make([]float64, n*n)
	for i := range n {
		for j := range n {
			r := float64(i-j) / length
			k[i*n+j] = sd * sd * math.Exp(-0.5*r*r)
		}
	}
	return k
}

func sites(t testing.TB, mean, cov []float64) families.Family {
	t.Helper()
	f, ok := families.GaussianSites(mean, cov)
	if !ok {
		t.Fatal("GaussianSites refuses")
	}
	return f
}

func TestGaussianSitesLaws(t *testing.T) {
	familytest.Test(t, sites(t, []float64{0.5}, []float64{2}))
	familytest.Test(t, sites(t, nil, rbf(3, 1.2, 1.5)), families.Natural{0.3, -1, 2, -0.5, -2, -0.1})
	// A site that takes away what the prior says more than makes up for.
	familytest.Test(t, sites(t, []float64{1, -2}, []float64{2, 0.5, 0.5, 1}), families.Natural{0.3, -1, 0.1, -0.3})
}

// The closed form by brute force: q is the Gaussian of precision K⁻¹ − 2 diag(b).
func TestGaussianSitesIsTheGaussianPosterior(t *testing.T) {
	const n = 4
	k, mean := rbf(n, 1.1, 1.7), []float64{0.3, -1, 2, 0.5}
	λ := families.Natural{0.7, -0.2, 1.5, 0, -0.4, -3, 0.02, 0}
	q := sites(t, mean, k).New().(*families.GaussianSitesDist)
	prior := families.FullGaussian(n).New().(*families.FullGaussianDist)
	if !q.SetNatural(λ) || !prior.SetMoments(mean, k) {
		t.Fatal("refused")
	}
	full := prior.Natural(nil)
	for i := range n {
		full[i] += λ[i]
		full[n+i*n+i] += λ[n+i]
	}
	p := families.FullGaussian(n).New().(*families.FullGaussianDist)
	if !p.SetNatural(full) {
		t.Fatal("refused")
	}
	near := func(what string, got, want, tol float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tol*math.Max(1, math.Abs(want))) {
			t.Errorf("%s is %.17g, want %.17g", what, got, want)
		}
	}
	for i, m := range p.Loc(nil) {
		near("mean", q.Loc(nil)[i], m, 1e-12)
	}
	for i, v := range p.Cov(nil) {
		near("covariance", q.Cov(nil)[i], v, 1e-12)
	}
	near("A", q.LogPartition(), p.LogPartition()-prior.LogPartition(), 1e-12)
	near("entropy", q.Entropy(), -families.KL(p, prior), 1e-12)
	z := []float64{0.1, 0.2, -0.4, 1}
	near("log q/h", q.LogProb(z), p.LogProb(z)-prior.LogProb(z), 1e-12)
	near("log h", q.Family().(families.BaseMeasurer).LogBase(z), prior.LogProb(z), 1e-12)
	p2, q2 := families.FullGaussian(n).New(), q.Family().New()
	λ[1], λ[5] = 2, -0.3
	q2.SetNatural(λ)
	full2 := prior.Natural(nil)
	for i := range n {
		full2[i] += λ[i]
		full2[n+i*n+i] += λ[n+i]
	}
	p2.SetNatural(full2)
	near("KL", families.KL(q, q2), families.KL(p, p2), 1e-11)
}

// Prediction by kriging weights agrees with the joint Gaussian, sites of either sign.
func TestGaussianSitesPrediction(t *testing.T) {
	const n = 4
	k := rbf(n+1, 1.3, 1.2) // the last is not observed
	own := make([]float64, n*n)
	cross := make([]float64, n)
	for i := range n {
		copy(own[i*n:(i+1)*n], k[i*(n+1):])
		cross[i] = k[i*(n+1)+n]
	}
	for _, b := range []float64{-2, 0.01} {
		q := sites(t, nil, own).New().(*families.GaussianSitesDist)
		all := sites(t, nil, k).New().(*families.GaussianSitesDist)
		if !q.SetNatural(families.Natural{1, 2, -1, 0.5, b, -1, -0.5, -3}) || !all.SetNatural(families.Natural{1, 2, -1, 0.5, 0, b, -1, -0.5, -3, 0}) {
			t.Fatal("refused")
		}
		var m float64
		for i, α := range q.Weights(nil) {
			m += α * cross[i]
		}
		v := k[len(k)-1]
		for i, g := range q.Reduce(nil, cross) {
			v -= g * cross[i]
		}
		if root, ok := q.ReduceRoot(nil); ok != (b < 0) {
			t.Errorf("b = %g: a root: %v", b, ok)
		} else if ok {
			less := k[len(k)-1]
			for i := range n {
				var r float64
				for j, c := range cross {
					r += root[i*n+j] * c
				}
				less -= r * r
			}
			if math.Abs(less-v) > 1e-13 {
				t.Errorf("by the root the variance is %.15g, want %.15g", less, v)
			}
		}
		if wm, wv := all.Loc(nil)[n], all.Variances(nil)[n]; math.Abs(m-wm) > 1e-12 || math.Abs(v-wv) > 1e-12 {
			t.Errorf("b = %g: predicts N(%.15g, %.15g), want N(%.15g, %.15g)", b, m, v, wm, wv)
		}
	}
}

// A prior of lower rank, as of rows that are equal or of none at all, is no trouble.
func TestGaussianSitesSingularPrior(t *testing.T) {
	f := sites(t, nil, []float64{2, 2, 1, 2, 2, 1, 1, 1, 3})
	q := f.New().(*families.GaussianSitesDist)
	if !q.SetNatural(families.Natural{1, 2, 0.5, -1, -0.5, -0.2}) {
		t.Fatal("refused")
	}
	// The two equal values are one, with both sites.
	one := sites(t, nil, []float64{2, 1, 1, 3}).New().(*families.GaussianSitesDist)
	one.SetNatural(families.Natural{3, 0.5, -1.5, -0.2})
	for _, c := range [][2]float64{{q.LogPartition(), one.LogPartition()}, {q.Entropy(), one.Entropy()},
		{q.Loc(nil)[1], one.Loc(nil)[0]}, {q.Variances(nil)[1], one.Variances(nil)[0]}, {q.Loc(nil)[2], one.Loc(nil)[1]}} {
		if math.Abs(c[0]-c[1]) > 1e-13 {
			t.Errorf("got %.17g, want %.17g", c[0], c[1])
		}
	}
	if l := f.(families.BaseMeasurer).LogBase([]float64{1, 1, 1}); !math.IsNaN(l) {
		t.Errorf("log h is %g of a singular prior, want NaN", l)
	}
	// F⁻¹ finds one of the vectors with the product wanted.
	g := q.FisherMulVec(nil, families.Natural{1, -1, 2, 0.3, 0.1, -0.7})
	for i, v := range q.FisherMulVec(nil, q.FisherSolve(nil, g)) {
		if math.Abs(v-g[i]) > 1e-10 {
			t.Errorf("F F⁻¹g is %.15g, want %.15g", v, g[i])
		}
	}
	none := sites(t, []float64{1, 2}, make([]float64, 4)).New()
	if !none.SetNatural(families.Natural{1, 1, -1, -1}) || none.Entropy() != 0 || none.LogPartition() != 1+2-1-4 {
		t.Errorf("without variance entropy %g and A %g, want 0 and −2", none.Entropy(), none.LogPartition())
	}
}

func TestGaussianSitesRefuses(t *testing.T) {
	for _, cov := range [][]float64{{-1}, {math.NaN()}, {1, 2, 2, 1}, {1, 0.5, 0.2, 1}, {0, 1, 1, 0}} {
		if f, ok := families.GaussianSites(nil, cov); ok {
			t.Errorf("accepts %v as %v", cov, f)
		}
	}
	a, b := sites(t, nil, []float64{1}), sites(t, nil, []float64{math.Nextafter(1, 2)})
	if a.String() == b.String() || a.String() != sites(t, []float64{0}, []float64{1}).String() || !strings.HasPrefix(a.String(), "GaussianSites(1, ") {
		t.Errorf("names %v and %v", a, b)
	}
	if q := a.New(); q.SetNatural(families.Natural{0, 0.5}) {
		t.Error("accepts a precision of 0")
	}
}
