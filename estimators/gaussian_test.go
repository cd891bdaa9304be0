package estimators

import (
	"fmt"
	"math"
	"testing"

	"natgrad/families"
	"natgrad/models"
)

type namedEstimator struct {
	name string
	Estimator
}

func gaussianEstimators() []namedEstimator {
	return []namedEstimator{
		{"Price", &Price{}},
		{"Price, 4 draws", &Price{Draws: 4}},
		{"Stein", &Stein{}},
		{"Stein, few draws", &Stein{Draws: 6}},
		{"Pathwise", &Pathwise{}},
		{"Score", &Score{}},
		{"Score, squares", &Score{Draws: 24}},
		{"Score, few draws", &Score{Draws: 10}},
	}
}

// Whatever q is, quadratic log-joints leave no error to Price, to Stein and
// Pathwise with whole frames, and to Score with draws for all coefficients.
func TestExactOnQuadratics(t *testing.T) {
	for _, d := range []int{1, 2, 5, 20} {
		m := testQuadratic(d)
		for _, f := range []families.Family{families.FullGaussian(d), families.DiagGaussian(d)} {
			q := testMember(f)
			want, elbo := m.expected(q)
			scale := nats(q, want, make(families.Natural, len(want)))
			for _, e := range []namedEstimator{
				{"Price", &Price{}},
				{"Price, 4 draws", &Price{Draws: 4}},
				{"Price, 2 frames", &Price{Draws: 4 * d}},
				{"Stein", &Stein{}},
				{"Stein, 1 frame", &Stein{Draws: 2 * d}},
				{"Stein, 3 frames", &Stein{Draws: 6 * d}},
				{"Pathwise", &Pathwise{}},
				{"Score", &Score{}},
			} {
				t.Run(fmt.Sprint(f, e.name), func(t *testing.T) {
					initOrFail(t, e, m, f)
					for seed := range uint64(3) {
						got, s := estimateOrFail(t, e, q, Stream{Seed: seed})
						if x := nats(q, got, want); !(x < 1e-20*scale) {
							t.Errorf("error of %v nats, want none beside %v", x, scale)
						}
						// Price with a diagonal does not know the products.
						if p, ok := e.Estimator.(*Price); ok && len(want) == 2*d && !p.draws.exact {
							if math.Abs(s.ELogJoint-elbo) > 6*s.StdErr {
								t.Errorf("E[log p] is %v ± %v, want %v", s.ELogJoint, s.StdErr, elbo)
							}
							continue
						}
						if math.Abs(s.ELogJoint-elbo) > 1e-10*math.Abs(elbo) {
							t.Errorf("E[log p] is %v, want %v", s.ELogJoint, elbo)
						}
						if math.Abs(s.ELogJoint-elbo) > 5*s.StdErr || s.StdErr > 1e-10*math.Abs(elbo) || s.StdErr == 0 {
							t.Errorf("standard error is %v, want that of rounding: the error is %v", s.StdErr, s.ELogJoint-elbo)
						}
					}
				})
			}
		}
	}
}

// At the posterior even few draws leave Stein no error: log q is its control.
func TestSteinWithFewDrawsIsExactAtThePosterior(t *testing.T) {
	const d = 12
	m := testQuadratic(d)
	f := families.FullGaussian(d)
	q := f.New().(families.Gaussian)
	want, _ := m.expected(q)
	if !q.SetNatural(want) {
		t.Fatal("posterior refused")
	}
	for _, e := range []Estimator{&Stein{Draws: 8}, &Pathwise{Draws: 8}, &Score{Draws: 8}} {
		initOrFail(t, e, m, f)
		got, s := estimateOrFail(t, e, q, Stream{Seed: 1})
		if x := nats(q, got, want); x > 1e-18 {
			t.Errorf("%T: error of %v nats", e, x)
		}
		if _, elbo := m.expected(q); math.Abs(s.ELogJoint-elbo) > 1e-10*math.Abs(elbo) {
			t.Errorf("%T: E[log p] is %v, want %v", e, s.ELogJoint, elbo)
		}
	}
}

// Estimates have the right mean for a log-joint that is far from quadratic, at
// every number of draws, and their standard errors cover.
func TestUnbiasedOnExponentials(t *testing.T) {
	reps := 1500
	if testing.Short() {
		reps = 400
	}
	for _, d := range []int{1, 3, 9} {
		m := testExponential(d)
		for _, f := range []families.Family{families.FullGaussian(d), families.DiagGaussian(d)} {
			q := testMember(f)
			want, elbo := m.expected(q)
			for _, e := range gaussianEstimators() {
				t.Run(fmt.Sprint(f, e.name), func(t *testing.T) {
					initOrFail(t, e, m, f)
					checkMean(t, e, q, want, elbo, reps)
				})
			}
		}
	}
}

// checkMean compares the average over seeds with the truth: each entry, the
// whole in nats, and E[log p] with its standard error.
func checkMean(t *testing.T, e Estimator, q families.Distribution, want families.Natural, elbo float64, reps int) {
	t.Helper()
	p := len(want)
	sum, sq := make([]float64, p), make([]float64, p)
	var noise, fsum, fsq, se2 float64
	cover := 0
	for seed := range uint64(reps) {
		got, s := estimateOrFail(t, e, q, Stream{Seed: 77, Iter: seed})
		for i, x := range got {
			sum[i] += x - want[i]
			sq[i] += (x - want[i]) * (x - want[i])
		}
		noise += nats(q, got, want)
		fsum += s.ELogJoint - elbo
		fsq += (s.ELogJoint - elbo) * (s.ELogJoint - elbo)
		se2 += s.StdErr * s.StdErr
		if math.Abs(s.ELogJoint-elbo) <= 2*s.StdErr {
			cover++
		}
	}
	n := float64(reps)
	mean := make(families.Natural, p)
	for i := range mean {
		mean[i] = want[i] + sum[i]/n
		if z := sum[i] / math.Sqrt(sq[i]); math.Abs(z) > 4.7 && math.Abs(sum[i]/n) > 1e-12*math.Abs(want[i]) {
			t.Errorf("entry %d: mean error %v, z = %.1f", i, sum[i]/n, z)
		}
	}
	if z := fsum / math.Sqrt(fsq); math.Abs(z) > 4.7 {
		t.Errorf("E[log p]: mean error %v, z = %.1f", fsum/n, z)
	}
	bias := nats(q, mean, want)
	t.Logf("noise %.3g nats, bias %.2g nats (from noise alone %.2g), s.e. %.3g, true %.3g, coverage %.3f",
		noise/n, bias, noise/n/n, math.Sqrt(se2/n), math.Sqrt(fsq/n), float64(cover)/n)
	if bias > 6*noise/n/n+1e-20 {
		t.Errorf("bias %v nats, more than the %v of the noise left in the average", bias, noise/n/n)
	}
}

var _ models.Hessianer = (*exponential)(nil)

// The matrix block of an estimate is symmetric to the last bit: a single sample
// of Stein's identity is not, and if it is not symmetrised, its antisymmetric
// part is lost in λ but not in S.
func TestEstimatesAreSymmetric(t *testing.T) {
	const d = 6
	m := testExponential(d)
	f := families.FullGaussian(d)
	q := testMember(f)
	for _, e := range gaussianEstimators() {
		initOrFail(t, e, m, f)
		g, _ := estimateOrFail(t, e, q, Stream{Seed: 12})
		for i := range d {
			for j := range i {
				if a, b := g[d+i*d+j], g[d+j*d+i]; a != b {
					t.Errorf("%s: entries (%d,%d) are %v and %v", e.name, i, j, a, b)
				}
			}
		}
	}
}
