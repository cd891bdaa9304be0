package estimators

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

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

func TestSameBitsForAnyNumberOfWorkers(t *testing.T) {
	const d = 7
	m := testExponential(d)
	for _, f := range []families.Family{families.FullGaussian(d), families.DiagGaussian(d), families.Repeat(d, families.FullGaussian(1))} {
		q := f.New()
		for i, e := range withSummer(nil) {
			if err := e.Init(m, f); err != nil {
				var c *CapabilityError
				if errors.As(err, &c) {
					continue // the product is not Gaussian
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

	for _, f := range []families.Family{families.FullGaussian(d), families.DiagGaussian(d), families.Repeat(d, families.FullGaussian(1))} {
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

func TestCapabilityErrors(t *testing.T) {
	const d = 2
	m := testExponential(d)
	full, product := families.FullGaussian(d), families.Repeat(d, families.FullGaussian(1))
	for _, c := range []struct {
		e     Estimator
		m     models.Model
		f     families.Family
		needs string
	}{
		{&Price{}, gradients{m}, full, "models.Hessianer"},
		{&Price{}, gradients{m}, families.DiagGaussian(d), "models.HessDiager"},
		{&Price{}, m, product, "families.Gaussian"},
		{&Stein{}, values{m}, full, "models.Gradienter"},
		{&Stein{}, m, product, "families.Gaussian"},
		{&Pathwise{}, values{m}, full, "models.Gradienter"},
		{&Pathwise{}, values{m}, product, "models.Gradienter"},
		{&Exact{}, m, full, "models.Conjugate"},
		{&Minibatch{}, m, full, "models.Data"},
		{&Stein{Summer: &Goroutines{N: 2}}, gradients{m}, full, "models.Forker"},
		{&Score{Summer: &Goroutines{N: 2}}, values{m}, full, "models.Forker"},
	} {
		err := c.e.Init(c.m, c.f)
		var ce *CapabilityError
		if !errors.As(err, &ce) || !strings.Contains(ce.Needs, c.needs) || !strings.Contains(fmt.Sprintf("%T", c.e), ce.Estimator) || ce.Advice == "" {
			t.Errorf("%T of %T and %s: error %v, want one that needs %s", c.e, c.m, c.f, err, c.needs)
		}
		if ce != nil {
			if want := "estimators: " + ce.Estimator + " needs "; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("message %q, want it to begin with %q", err, want)
			}
		}
	}
	for _, c := range []struct {
		e Estimator
		m models.Model
	}{
		{&Price{}, hessians{m}}, {&Stein{}, gradients{m}}, {&Pathwise{}, gradients{m}}, {&Score{}, values{m}},
	} {
		if err := c.e.Init(c.m, full); err != nil {
			t.Errorf("%T of %T: %v", c.e, c.m, err)
		}
	}
}

// broken is a quadratic that returns something that is not finite in a half
// space.
type broken struct {
	*quadratic
	what string
}

func (b *broken) Fork() models.Model { return b }

func (b *broken) LogJoint(z []float64) float64 {
	if b.what == "log-joint" && z[1] > 0.3 {
		return math.Inf(-1)
	}
	return b.quadratic.LogJoint(z)
}

func (b *broken) LogJointGrad(g, z []float64) float64 {
	b.quadratic.LogJointGrad(g, z)
	if b.what == "gradient" && z[1] > 0.3 {
		g[2] = math.NaN()
	}
	return b.LogJoint(z)
}

func (b *broken) LogJointHess(h, g, z []float64) float64 {
	b.quadratic.LogJointHess(h, g, z)
	if b.what == "Hessian" && z[1] > 0.3 {
		h[7] = math.Inf(1)
	}
	return b.LogJointGrad(g, z)
}

func TestNonFiniteErrors(t *testing.T) {
	const d = 3
	f := families.FullGaussian(d)
	q := f.New()
	for _, c := range []struct {
		what  string
		index int
		es    []namedEstimator
	}{
		{"log-joint", -1, withSummer(nil)},
		{"gradient", 2, withSummer(nil)[:5]},
		{"Hessian", 2, withSummer(nil)[:2]},
	} {
		m := &broken{testQuadratic(d), c.what}
		for _, e := range c.es {
			var first *NonFiniteError
			for _, s := range []Summer{&Goroutines{N: 1}, &Goroutines{N: 4}, backwards{2}} {
				for _, e2 := range withSummer(s) {
					if e2.name != e.name {
						continue
					}
					initOrFail(t, e2, m, f)
					dst := make(families.Natural, f.NumParams())
					_, err := e2.Estimate(context.Background(), dst, q, Stream{Seed: 2})
					var nf *NonFiniteError
					if !errors.As(err, &nf) {
						t.Fatalf("%s: error %v, want a NonFiniteError", e.name, err)
					}
					if nf.What != c.what || nf.Index != c.index || nf.Draw < 0 || len(nf.Z) != d || nf.Z[1] <= 0.3 || finite(nf.Value) {
						t.Errorf("%s: error %+v, want %s at parameter %d, a draw and its point", e.name, *nf, c.what, c.index)
					}
					if first == nil {
						first = nf
					}
					first.Value, nf.Value = 0, 0 // NaN is not itself
					if diff := cmp.Diff(first, nf); diff != "" {
						t.Errorf("%s: another error with %T: %s", e.name, s, diff)
					}
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
	f := families.FullGaussian(d)
	for _, c := range []struct {
		e    Estimator
		want Stats
	}{
		{&Price{Draws: 4}, Stats{GradEvals: 4, HessEvals: 4}},
		{&Price{Draws: 10}, Stats{GradEvals: 11, HessEvals: 11}},
		{&Stein{Draws: 7}, Stats{GradEvals: 8}},
		{&Stein{Draws: 11}, Stats{GradEvals: 21}},
		{&Pathwise{Draws: 10}, Stats{GradEvals: 11}},
		{&Score{Draws: 33}, Stats{ModelEvals: 34}},
	} {
		m := &counting{quadratic: testQuadratic(d)}
		if err := c.e.Init(m, f); err != nil {
			t.Fatal(err)
		}
		_, s := estimateOrFail(t, c.e, f.New(), Stream{})
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
