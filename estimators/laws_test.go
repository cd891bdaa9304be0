package estimators

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	"natgrad/families"
	"natgrad/models"
)

// backwards is a Summer that runs shards in reverse order, to see that no
// estimator depends on order or worker.
type backwards struct{ n int }

func (b backwards) Workers() int { return b.n }

func (b backwards) Sum(ctx context.Context, dst []float64, shards int, f func(dst []float64, shard, worker int) error) error {
	parts := make([][]float64, shards)
	errs := make([]error, shards)
	var wg sync.WaitGroup
	for w := range b.n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for s := shards - 1 - w; s >= 0; s -= b.n {
				parts[s] = make([]float64, len(dst))
				errs[s] = f(parts[s], s, w)
			}
		}()
	}
	wg.Wait()
	for s, p := range parts {
		if errs[s] != nil {
			return errs[s]
		}
		for i, x := range p {
			dst[i] += x
		}
	}
	return nil
}

func withSummer(s Summer) []namedEstimator {
	return []namedEstimator{
		{"Price", &Price{Summer: s}},
		{"Price, 4 draws", &Price{Draws: 4, Summer: s}},
		{"Stein", &Stein{Summer: s}},
		{"Stein, 4 draws", &Stein{Draws: 4, Summer: s}},
		{"Pathwise", &Pathwise{Summer: s}},
		{"Score", &Score{Summer: s}},
	}
}

// lawFamilies returns families of dimension d, Gaussian and others.
func lawFamilies(d int) []families.Family {
	return []families.Family{
		families.FullGaussian(d), families.DiagGaussian(d), families.Dirichlet(d), families.Repeat(d, families.Gamma()),
		families.Product(families.Beta(), families.Gamma(), families.FullGaussian(d-2)), families.Product(families.FullGaussian(d-1), families.Categorical(3)),
	}
}

func TestSameBitsForAnyNumberOfWorkers(t *testing.T) {
	const d = 7
	m := testExponential(d)
	for _, f := range lawFamilies(d) {
		q := f.New()
		for i, e := range withSummer(nil) {
			if err := e.Init(m, f); err != nil {
				var c *CapabilityError
				if errors.As(err, &c) {
					continue // not Gaussian, or without paths
				}
				t.Fatal(err)
			}
			at := Stream{Seed: 3, Iter: 9}
			want, ws := estimateOrFail(t, e, q, at)
			estimateOrFail(t, e, q, Stream{Seed: 4})
			again, as := estimateOrFail(t, e, q, at)
			if !reflect.DeepEqual(want, again) || ws != as {
				t.Errorf("%s of %s: another estimate with the same Stream differs", e.name, f)
			}
			other, _ := estimateOrFail(t, e, q, Stream{Seed: 3, Iter: 10})
			if reflect.DeepEqual(want, other) {
				t.Errorf("%s of %s: the estimate of the next iteration is the same", e.name, f)
			}
			for _, s := range []Summer{&Goroutines{N: 1}, &Goroutines{N: 2}, &Goroutines{N: 5}, backwards{3}} {
				e2 := withSummer(s)[i]
				initOrFail(t, e2, m, f)
				got, gs := estimateOrFail(t, e2, q, at)
				if !reflect.DeepEqual(want, got) || ws != gs {
					t.Errorf("%s of %s: other bits with %d workers of %T", e.name, f, s.Workers(), s)
				}
			}
		}
	}
}

func TestEstimateDoesNotAllocate(t *testing.T) {
	const d = 6
	m := testExponential(d)
	for _, f := range lawFamilies(d) {
		q := f.New()
		dst := make(families.Natural, f.NumParams())
		for _, workers := range []int{1, 2} {
			for _, e := range withSummer(&Goroutines{N: workers}) {
				var model models.Model = m
				if strings.HasPrefix(e.name, "Score") {
					model = values{m}
					if workers > 1 {
						continue // values hides Fork
					}
				}
				if e.Init(model, f) != nil {
					continue
				}
				at := Stream{Seed: 1}
				ctx := context.Background()
				run := func() {
					at.Iter++
					if _, err := e.Estimate(ctx, dst, q, at); err != nil {
						t.Fatal(err)
					}
				}
				run()
				if a := testing.AllocsPerRun(20, run); a != 0 {
					t.Errorf("%s of %s with %d workers: %v allocations, want 0", e.name, f, workers, a)
				}
				if workers > 1 {
					continue // forks allocate
				}
				if a := testing.AllocsPerRun(20, func() { initOrFail(t, e.Estimator, model, f) }); a != 0 {
					t.Errorf("%s of %s: %v allocations in Init with the same sizes, want 0", e.name, f, a)
				}
			}
		}
	}
}

func TestCancelledContext(t *testing.T) {
	const d = 2
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f := families.FullGaussian(d)
	for _, e := range withSummer(nil) {
		initOrFail(t, e, testQuadratic(d), f)
		if _, err := e.Estimate(ctx, make(families.Natural, f.NumParams()), f.New(), Stream{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want context.Canceled", e.name, err)
		}
	}
}

func TestEvaluationCounts(t *testing.T) {
	const d = 5
	gauss, gammas := families.FullGaussian(d), families.Repeat(d, families.Gamma())
	for _, c := range []struct {
		e    Estimator
		f    families.Family
		want Stats
	}{
		{&Price{Draws: 4}, gauss, Stats{GradEvals: 4, HessEvals: 4}},
		{&Price{Draws: 10}, gauss, Stats{GradEvals: 11, HessEvals: 11}},
		{&Stein{Draws: 7}, gauss, Stats{GradEvals: 8}},
		{&Stein{Draws: 11}, gauss, Stats{GradEvals: 21}},
		{&Pathwise{Draws: 10}, gauss, Stats{GradEvals: 11}},
		{&Score{Draws: 33}, gauss, Stats{ModelEvals: 34}},
		{&Pathwise{}, gammas, Stats{GradEvals: 64}},
		{&Pathwise{Draws: 9}, gammas, Stats{GradEvals: 9}},
		{&Score{}, gammas, Stats{ModelEvals: 144}},
		{&Score{Draws: 33}, gammas, Stats{ModelEvals: 33}},
	} {
		m := &counting{quadratic: testQuadratic(d)}
		if err := c.e.Init(m, c.f); err != nil {
			t.Fatal(err)
		}
		_, s := estimateOrFail(t, c.e, c.f.New(), Stream{})
		s.ELogJoint, s.StdErr = 0, 0
		if s != c.want || m.calls != (Stats{ModelEvals: c.want.ModelEvals, GradEvals: c.want.GradEvals, HessEvals: c.want.HessEvals}) {
			t.Errorf("%T: reports %+v, want %+v; the model counted %+v", c.e, s, c.want, m.calls)
		}
		if c.e.Deterministic() {
			t.Errorf("%T says it is deterministic", c.e)
		}
	}
}

// counting counts its calls, a Hessian also as a gradient. It has no forks.
type counting struct {
	*quadratic
	calls Stats
}

func (c *counting) Fork(int) {} // hides that of quadratic

func (c *counting) LogJoint(z []float64) float64 {
	c.calls.ModelEvals++
	return c.quadratic.LogJoint(z)
}

func (c *counting) LogJointGrad(g, z []float64) float64 {
	c.calls.GradEvals++
	return c.quadratic.LogJointGrad(g, z)
}

func (c *counting) LogJointHess(h, g, z []float64) float64 {
	c.calls.GradEvals++
	c.calls.HessEvals++
	return c.quadratic.LogJointHess(h, g, z)
}

// separable is ∑ −½ a_i (z_i − i)² with any number of coordinates.
type separable struct{ d int }

func (m separable) Dim() int { return m.d }

func (m separable) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, m.d), z) }

func (m separable) LogJointGrad(g, z []float64) float64 {
	f := 0.0
	for i, x := range z {
		a, r := 1+float64(i%5), x-float64(i%3)
		g[i] = -a * r
		f -= a * r * r / 2
	}
	return f
}

func (m separable) LogJointHessDiag(h, g, z []float64) float64 {
	for i := range h {
		h[i] = -1 - float64(i%5)
	}
	return m.LogJointGrad(g, z)
}

// Above the limits of whole frames the defaults are few directions, and at the
// posterior even these leave no error.
func TestManyDimensions(t *testing.T) {
	const d = 700
	m := separable{d}
	f := families.DiagGaussian(d)
	λ := make(families.Natural, 2*d)
	elog := 0.0
	for i := range d {
		a := 1 + float64(i%5)
		λ[i], λ[d+i] = a*float64(i%3), -a/2
		elog -= 0.5
	}
	q := f.New()
	if !q.SetNatural(λ) {
		t.Fatal("posterior refused")
	}
	for _, c := range []struct {
		e     Estimator
		evals int
	}{{&Price{}, 32}, {&Stein{}, 128}, {&Pathwise{}, 128}, {&Score{Draws: 100}, 100}} {
		initOrFail(t, c.e, m, f)
		got, s := estimateOrFail(t, c.e, q, Stream{Seed: 1})
		if x := nats(q, got, λ); x > 1e-18 {
			t.Errorf("%T: error of %v nats", c.e, x)
		}
		if s.GradEvals+s.ModelEvals != c.evals {
			t.Errorf("%T: %+v, want %d evaluations", c.e, s, c.evals)
		}
		if math.Abs(s.ELogJoint-elog) > 1e-9*math.Abs(elog) {
			t.Errorf("%T: E[log p] is %v ± %v, want %v", c.e, s.ELogJoint, s.StdErr, elog)
		}
	}
}
