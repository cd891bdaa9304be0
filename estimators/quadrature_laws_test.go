package estimators

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"natgrad/families"
	"natgrad/models"
)

func TestQuadratureSameBitsForAnyNumberOfWorkers(t *testing.T) {
	const n, d = 5000, 40
	m := denseLogistic(t, n, d)
	for _, f := range []families.Family{families.FullGaussian(d), families.DiagGaussian(d)} {
		q := testMember(f)
		var want families.Natural
		var ws Stats
		for _, s := range []Summer{&Goroutines{N: 1}, &Goroutines{N: 2}, &Goroutines{N: 4}, backwards{3}, nil} {
			e := &Quadrature{Summer: s}
			initOrFail(t, e, m, f)
			if e.shards < 2 {
				t.Fatalf("%d shard", e.shards)
			}
			for range 2 {
				got, stats := estimateOrFail(t, e, q, Stream{Seed: 1})
				if want == nil {
					want, ws = got, stats
				}
				if !reflect.DeepEqual(got, want) || stats != ws {
					t.Errorf("%s, %v: other bits", f, s)
				}
			}
		}
	}
}

func TestQuadratureAllocatesNothing(t *testing.T) {
	const d = 9
	dense := sparseGLM(t, 700, d, models.BernoulliLogit{}, false)
	sparse, err := models.NewGLM(dense.X.(*models.Dense).Sparse(), dense.Y, models.BernoulliProbit{}, dense.PriorPrecision)
	if err != nil {
		t.Fatal(err)
	}
	user, err := models.NewGLM(dense.X, dense.Y, analytic{models.BernoulliLogit{}, math.Pi}, dense.PriorPrecision)
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := models.NewGLM(dense.X, dense.Y, plain{models.BernoulliLogit{}}, dense.PriorPrecision)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*models.GLM{dense, sparse, user, unknown} {
		for _, f := range []families.Family{families.FullGaussian(d), families.DiagGaussian(d)} {
			q := f.New()
			dst := make(families.Natural, f.NumParams())
			for _, workers := range []int{1, 3} {
				for _, e := range []Estimator{
					&Quadrature{Summer: &Goroutines{N: workers}},
					&Minibatch{Estimator: &Quadrature{Summer: &Goroutines{N: workers}}, Size: 100},
				} {
					initOrFail(t, e, m, f)
					at := Stream{Iter: 3}
					run := func() {
						if _, err := e.Estimate(context.Background(), dst, q, at); err != nil {
							t.Fatal(err)
						}
					}
					for range 3 {
						run()
					}
					if a := testing.AllocsPerRun(5, run); a != 0 {
						t.Errorf("%T on %T, %T, %s with %d workers: %v allocations, want 0", e, m.X, m.Likelihood, f, workers, a)
					}
					if workers == 1 {
						if a := testing.AllocsPerRun(5, func() { initOrFail(t, e, m, f) }); a != 0 {
							t.Errorf("%T on %T, %T, %s: %v allocations in Init, want 0", e, m.X, m.Likelihood, f, a)
						}
					}
				}
			}
		}
	}
}

// nonFiniteAt returns a bad value for one target.
type nonFiniteAt struct {
	models.BernoulliLogit
	y, value float64
	which    int
}

func (l nonFiniteAt) ExpectedLogLik(y, m, v float64) (ell, d1, d2 float64) {
	out := [3]float64{-1, 0, 0}
	if y == l.y {
		out[l.which] = l.value
	}
	return out[0], out[1], out[2]
}

func (l nonFiniteAt) Check(float64) error { return nil }

func TestQuadratureNamesTheRow(t *testing.T) {
	const n, d, row = 1500, 3, 777
	base := sparseGLM(t, n, d, models.GaussianIdentity{Precision: 1}, false)
	y := make([]float64, n)
	y[row] = 5
	y[n-1] = 5 // a later one is not named
	for _, value := range []float64{math.NaN(), math.Inf(-1), math.Inf(1)} {
		for which := range 3 {
			m, err := models.NewGLM(base.X, y, nonFiniteAt{y: 5, value: value, which: which}, base.PriorPrecision)
			if err != nil {
				t.Fatal(err)
			}
			for _, workers := range []int{1, 3} {
				e := &Quadrature{Summer: &Goroutines{N: workers}}
				f := families.FullGaussian(d)
				initOrFail(t, e, m, f)
				dst := make(families.Natural, f.NumParams())
				_, err = e.Estimate(context.Background(), dst, f.New(), Stream{})
				var nf *NonFiniteError
				if !errors.As(err, &nf) || nf.Index != row || nf.Draw != -1 || nf.What != "expected log-likelihood" ||
					!(nf.Value == value || math.IsNaN(value) && math.IsNaN(nf.Value)) {
					t.Errorf("value %v in place %d: error %v, want one of row %d", value, which, err, row)
				} else if !strings.Contains(err.Error(), "data row 777") {
					t.Errorf("message %q", err)
				}
			}
		}
	}
}

func TestQuadratureCapabilities(t *testing.T) {
	m := sparseGLM(t, 20, 2, models.BernoulliLogit{}, false)
	for _, c := range []struct {
		m    models.Model
		f    families.Family
		want string
	}{
		{gradients{m}, families.FullGaussian(2), "use Price"},
		{testQuadratic(2), families.FullGaussian(2), "*models.GLM"},
		{m, families.Repeat(2, families.FullGaussian(1)), "use Pathwise or Score"},
		{m, families.Product(families.FullGaussian(2)), "Gaussian family"},
	} {
		e := new(Quadrature)
		err := e.Init(c.m, c.f)
		var ce *CapabilityError
		if !errors.As(err, &ce) || ce.Estimator != "Quadrature" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T and %s: error %v, want it to say %q", c.m, c.f, err, c.want)
		}
	}
	// After a refusal it is not bound to anything, and can be used again.
	e := new(Quadrature)
	for range 2 {
		if e.Init(m, families.Repeat(2, families.FullGaussian(1))) == nil {
			t.Fatal("product accepted")
		}
		initOrFail(t, e, m, families.DiagGaussian(2))
		estimateOrFail(t, e, families.DiagGaussian(2).New(), Stream{})
	}
}

func TestQuadratureCancelled(t *testing.T) {
	m := sparseGLM(t, 2000, 3, models.BernoulliLogit{}, false)
	f := families.FullGaussian(3)
	e := new(Quadrature)
	initOrFail(t, e, m, f)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Estimate(ctx, make(families.Natural, f.NumParams()), f.New(), Stream{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

// One estimator can go from model to model and from family to family.
func TestQuadratureRebinds(t *testing.T) {
	e := new(Quadrature)
	for _, c := range []struct {
		n, d int
	}{{30, 2}, {900, 6}, {300, 2}, {10, 6}} {
		m := sparseGLM(t, c.n, c.d, models.BernoulliLogit{}, false)
		for _, f := range []families.Family{families.FullGaussian(c.d), families.DiagGaussian(c.d)} {
			q := testMember(f)
			fresh := new(Quadrature)
			initOrFail(t, e, m, f)
			initOrFail(t, fresh, m, f)
			got, s := estimateOrFail(t, e, q, Stream{})
			want, ws := estimateOrFail(t, fresh, q, Stream{})
			if !reflect.DeepEqual(got, want) || s != ws {
				t.Errorf("%d rows, %s: other bits than a new estimator", c.n, f)
			}
		}
	}
}

func TestRowShards(t *testing.T) {
	for _, c := range []struct{ n, d, size, want int }{
		{1, 1, 3, 1},
		{569, 31, 1 + 31 + 31*31, 1},
		{20000, 101, 1 + 101 + 101*101, 16},
		{20000, 101, 1 + 101 + 101, 16},
		{1000, 2000, 1 + 2000 + 2000*2000, 4}, // 16 would take 512 MB
		{1000, 5000, 1 + 5000 + 5000*5000, 1},
		{0, 5, 31, 1},
	} {
		if got := rowShards((c.n+rowChunk-1)/rowChunk, c.d, c.size); got != c.want {
			t.Errorf("%d×%d: %d shards, want %d", c.n, c.d, got, c.want)
		}
	}
}
