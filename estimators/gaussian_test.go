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

// single is a Summer for tests that run beside each other.
func single() Summer { return &Goroutines{N: 1} }

func gaussianEstimators() []namedEstimator {
	return []namedEstimator{
		{"Price", &Price{Summer: single()}},
		{"Price, 4 draws", &Price{Draws: 4, Summer: single()}},
		{"Stein", &Stein{Summer: single()}},
		{"Stein, few draws", &Stein{Draws: 6, Summer: single()}},
		{"Pathwise", &Pathwise{Summer: single()}},
		{"Score", &Score{Summer: single()}},
		{"Score, squares", &Score{Draws: 24, Summer: single()}},
		{"Score, few draws", &Score{Draws: 10, Summer: single()}},
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
	reps := 500
	if testing.Short() {
		reps = 200
	}
	for _, d := range []int{1, 3, 9} {
		m := testExponential(d)
		for _, f := range []families.Family{families.FullGaussian(d), families.DiagGaussian(d)} {
			want, elbo := m.expected(testMember(f))
			for _, e := range gaussianEstimators() {
				t.Run(fmt.Sprint(f, e.name), func(t *testing.T) {
					t.Parallel()
					q := testMember(f)
					initOrFail(t, e, m, f)
					checkMean(t, e, q, want, elbo, reps)
				})
			}
		}
	}
}

// checkMean compares the average over seeds with the truth, and returns it.
func checkMean(t *testing.T, e Estimator, q families.Distribution, want families.Natural, elog float64, reps int) *sample {
	t.Helper()
	exact := truth(want, elog)
	s := take(t, namedEstimator{fmt.Sprintf("%T", e), e}, q, exact, 77, reps)
	agree(t, q, s, exact)
	t.Logf("noise %.3g nats, coverage %.3f, standard error/error %.2f", s.noise, s.cover, s.ratio)
	return s
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
