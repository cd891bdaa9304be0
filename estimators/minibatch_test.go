package estimators

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"natgrad/families"
	"natgrad/models"
)

// regression is a Bayesian regression of n rows.
func regression(t testing.TB, n, d int, lik models.Likelihood) *models.GLM {
	t.Helper()
	rng := NewRng()
	x, y := make([]float64, n*d), make([]float64, n)
	for i := range n {
		f := 0.5
		for j := range d {
			x[i*d+j] = rng.NormFloat64()
			f += x[i*d+j] * float64(j%3-1)
		}
		y[i] = f + rng.NormFloat64()
		switch lik.(type) {
		case models.GaussianIdentity:
		case models.PoissonLog:
			y[i] = math.Round(math.Abs(y[i]))
		default:
			y[i] = float64(rng.IntN(2))
			if f > 0 && rng.Float64() < 0.6 {
				y[i] = 1
			}
		}
	}
	prec := make([]float64, d)
	for j := range prec {
		prec[j] = 0.7
	}
	m, err := models.NewDense(n, d, x)
	if err != nil {
		t.Fatal(err)
	}
	g, err := models.NewGLM(m, y, lik, prec)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// The average over an epoch of exact natural gradients is that of all rows:
// each row counts N/B times in one batch of N/B, and the prior once in each.
func TestMinibatchEpochAveragesToAllRows(t *testing.T) {
	const n, d = 60, 3
	f := families.FullGaussian(d)
	g := regression(t, n, d, models.GaussianIdentity{Precision: 1})
	q := testMember(f)
	for _, pair := range []struct{ whole, batch Estimator }{
		{&Exact{}, &Exact{}},
		{&Stein{}, &Stein{}},
		{&Price{}, &Price{}},
		{&Pathwise{}, &Pathwise{Summer: &Goroutines{N: 3}}},
		{&Score{}, &Score{}},
	} {
		initOrFail(t, pair.whole, g, f)
		want, ws := estimateOrFail(t, pair.whole, q, Stream{})
		for _, size := range []int{1, 12, 20} {
			e := &Minibatch{Estimator: pair.batch, Size: size}
			initOrFail(t, e, g, f)
			for _, epoch := range []uint64{0, 3} {
				mean := make(families.Natural, len(want))
				elog := 0.0
				for i := range uint64(n / size) {
					got, s := estimateOrFail(t, e, q, Stream{Seed: 9, Iter: epoch*uint64(n/size) + i})
					for j, x := range got {
						mean[j] += x * float64(size) / n
					}
					elog += s.ELogJoint * float64(size) / n
				}
				if x := nats(q, mean, want); x > 1e-16*nats(q, want, make(families.Natural, len(want))) {
					t.Errorf("%T, batches of %d: the average of epoch %d is wrong by %v nats", pair.batch, size, epoch, x)
				}
				if math.Abs(elog-ws.ELogJoint) > 1e-9*math.Abs(ws.ELogJoint) {
					t.Errorf("%T, batches of %d: the average E[log p] is %v, want %v", pair.batch, size, elog, ws.ELogJoint)
				}
			}
		}
	}
}

func TestMinibatchRows(t *testing.T) {
	const n, size = 23, 5
	f := families.FullGaussian(2)
	e := &Minibatch{Size: size}
	initOrFail(t, e, regression(t, n, 2, models.GaussianIdentity{Precision: 1}), f)
	var epochs [][]int
	for epoch := range uint64(6) {
		var all []int
		for i := range uint64(n / size) {
			all = append(all, e.rows(Stream{Seed: 4, Iter: epoch*(n/size) + i})...)
		}
		sorted := slices.Clone(all)
		slices.Sort(sorted)
		if len(all) != n/size*size || len(slices.Compact(sorted)) != len(all) || sorted[0] < 0 || sorted[len(sorted)-1] >= n {
			t.Errorf("epoch %d: rows %v, want %d different ones of %d", epoch, all, n/size*size, n)
		}
		for _, other := range epochs {
			if slices.Equal(all, other) {
				t.Errorf("epoch %d repeats the order of another", epoch)
			}
		}
		epochs = append(epochs, all)
	}
	// Out of order, on another Minibatch, the same.
	o := &Minibatch{Size: size}
	initOrFail(t, o, regression(t, n, 2, models.GaussianIdentity{Precision: 1}), f)
	for _, iter := range []int{17, 2, 23, 3} {
		at := iter % (n / size) * size
		if got := o.rows(Stream{Seed: 4, Iter: uint64(iter)}); !slices.Equal(got, epochs[iter/(n/size)][at:at+size]) {
			t.Errorf("iteration %d asked for alone has rows %v", iter, got)
		}
	}
	// Every row comes first equally often.
	count := make([]float64, n)
	const reps = 4600
	for i := range uint64(reps) {
		count[e.rows(Stream{Seed: i})[0]]++
	}
	chi2 := 0.0
	for _, c := range count {
		chi2 += (c - reps/n) * (c - reps/n) / (reps / n)
	}
	if z := (chi2 - (n - 1)) / math.Sqrt(2*(n-1)); math.Abs(z) > 4 {
		t.Errorf("χ² of the first row is %v on %d degrees of freedom", chi2, n-1)
	}
}

func TestMinibatchOfAllRows(t *testing.T) {
	const n = 30
	f := families.DiagGaussian(2)
	g := regression(t, n, 2, models.BernoulliLogit{})
	q := f.New()
	for _, size := range []int{n, n + 1, 1 << 40} {
		whole, e := &Stein{}, &Minibatch{Estimator: &Stein{}, Size: size}
		initOrFail(t, whole, g, f)
		initOrFail(t, e, g, f)
		want, ws := estimateOrFail(t, whole, q, Stream{Seed: 8})
		got, s := estimateOrFail(t, e, q, Stream{Seed: 8})
		if !reflect.DeepEqual(got, want) || s != ws {
			t.Errorf("size %d: another estimate than without Minibatch", size)
		}
	}
	linear := regression(t, n, 2, models.GaussianIdentity{Precision: 1})
	full := families.FullGaussian(2)
	for _, c := range []struct {
		size int
		want bool
	}{{n, true}, {n - 1, false}} {
		e := &Minibatch{Estimator: &Exact{}, Size: c.size}
		initOrFail(t, e, linear, full)
		if e.Deterministic() != c.want {
			t.Errorf("batches of %d of %d rows: Deterministic is %v", c.size, n, !c.want)
		}
	}
}

// The standard error covers the choice of rows and the noise of the draws.
func TestMinibatchStdErrCovers(t *testing.T) {
	const n, d, reps = 400, 3, 600
	f := families.FullGaussian(d)
	for _, lik := range []models.Likelihood{models.GaussianIdentity{Precision: 1}, models.BernoulliLogit{}} {
		g := regression(t, n, d, lik)
		q := testMember(f)
		whole := new(Quadrature)
		initOrFail(t, whole, g, f)
		_, want := estimateOrFail(t, whole, q, Stream{})
		for _, inner := range []Estimator{&Stein{}, &Score{Draws: 8}} {
			e := &Minibatch{Estimator: inner, Size: 100}
			initOrFail(t, e, g, f)
			hits, sq, se2 := 0, 0.0, 0.0
			for i := range uint64(reps) {
				_, s := estimateOrFail(t, e, q, Stream{Seed: 1, Iter: i})
				x := s.ELogJoint - want.ELogJoint
				if math.Abs(x) <= 2*s.StdErr {
					hits++
				}
				sq += x * x / reps
				se2 += s.StdErr * s.StdErr / reps
			}
			t.Logf("%T %T: coverage %.3f, standard error %.3g, true %.3g", lik, inner, float64(hits)/reps, math.Sqrt(se2), math.Sqrt(sq))
			if c := float64(hits) / reps; c < 0.88 || c > 0.99 {
				t.Errorf("%T %T: two standard errors (%.3g, true %.3g) cover in %v", lik, inner, math.Sqrt(se2), math.Sqrt(sq), c)
			}
		}
	}
}

// Where q is narrow, the choice of rows at one point of q is all there is: the
// standard error is right for small batches and for nearly all rows, which leave
// little to chance.
func TestMinibatchStdErrOfTheChoice(t *testing.T) {
	const n, d, reps = 400, 2, 400
	g := regression(t, n, d, models.BernoulliLogit{})
	q := families.DiagGaussian(d).New().(families.Gaussian)
	if !q.SetMoments([]float64{0.4, -1.5}, []float64{1e-8, 1e-8}) {
		t.Fatal("moments refused")
	}
	whole := &Quadrature{Summer: single()}
	initOrFail(t, whole, g, q.Family())
	_, want := estimateOrFail(t, whole, q, Stream{})
	for _, size := range []int{40, 200, 360} {
		e := &Minibatch{Estimator: &Quadrature{Summer: single()}, Size: size}
		initOrFail(t, e, g, q.Family())
		s := take(t, namedEstimator{"Minibatch", e}, q, truth(make(families.Natural, 2*d), want.ELogJoint), 3, reps)
		if s.ratio < 0.85 || s.ratio > 1.2 || s.cover < 0.9 || s.cover > 0.98 {
			t.Errorf("batches of %d: standard errors are %.2f of the errors and cover in %.3f", size, s.ratio, s.cover)
		}
	}
}

func TestMinibatchWorkersAndAllocations(t *testing.T) {
	const n, d = 200, 4
	f := families.FullGaussian(d)
	g := regression(t, n, d, models.BernoulliLogit{})
	q := f.New()
	dst := make(families.Natural, f.NumParams())
	for i, e := range withSummer(&Goroutines{N: 1}) {
		t.Run(e.name, func(t *testing.T) {
			one := &Minibatch{Estimator: e.Estimator, Size: 32}
			three := &Minibatch{Estimator: withSummer(&Goroutines{N: 3})[i].Estimator, Size: 32}
			initOrFail(t, one, g, f)
			initOrFail(t, three, g, f)
			for iter := range uint64(8) {
				want, ws := estimateOrFail(t, one, q, Stream{Seed: 2, Iter: iter})
				got, s := estimateOrFail(t, three, q, Stream{Seed: 2, Iter: iter})
				if !reflect.DeepEqual(got, want) || s != ws {
					t.Fatalf("iteration %d: other bits with three workers", iter)
				}
			}
			for _, m := range []*Minibatch{one, three} {
				at := Stream{Seed: 2, Iter: 7}
				if a := testing.AllocsPerRun(20, func() {
					at.Iter++
					if _, err := m.Estimate(context.Background(), dst, q, at); err != nil {
						t.Fatal(err)
					}
				}); a != 0 {
					t.Errorf("%v allocations, want 0", a)
				}
			}
		})
	}
}

// EstimateWhole is the estimate without Minibatch, and leaves no trace in the
// batches that follow.
func TestMinibatchEstimateWhole(t *testing.T) {
	const n, d = 90, 3
	f := families.FullGaussian(d)
	for _, lik := range []models.Likelihood{models.GaussianIdentity{Precision: 1}, models.BernoulliLogit{}} {
		for _, workers := range []int{1, 3} {
			make := func() []namedEstimator {
				s := &Goroutines{N: workers}
				return append(withSummer(s), namedEstimator{"Quadrature", &Quadrature{Summer: s}}, namedEstimator{"Exact", &Exact{}})
			}
			inner, other := make(), make()
			for i, e := range make() {
				g, q := regression(t, n, d, lik), testMember(f)
				if e.name == "Exact" && e.Init(g, f) != nil {
					continue // a logistic regression is not conjugate
				}
				initOrFail(t, e, g, f)
				var asked Whole = &Minibatch{Estimator: inner[i].Estimator, Size: 20}
				plain := &Minibatch{Estimator: other[i].Estimator, Size: 20}
				initOrFail(t, asked, g, f)
				initOrFail(t, plain, g.Fork(), f)
				for iter := range uint64(9) {
					at := Stream{Seed: 6, Iter: iter}
					batch, bs := estimateOrFail(t, plain, q, at)
					if got, s := estimateOrFail(t, asked, q, at); !reflect.DeepEqual(got, batch) || s != bs {
						t.Fatalf("%s, %d workers, iteration %d: another batch after EstimateWhole", e.name, workers, iter)
					}
					if iter%3 == 1 {
						continue // batches in a row, too
					}
					want, ws := estimateOrFail(t, e, q, at)
					got := append(families.Natural(nil), want...)
					clear(got)
					s, err := asked.EstimateWhole(context.Background(), got, q, at)
					if err != nil {
						t.Fatal(err)
					}
					if !reflect.DeepEqual(got, want) || s != ws {
						t.Fatalf("%s, %d workers, iteration %d: EstimateWhole is %v %+v, of all rows %v %+v", e.name, workers, iter, got, s, want, ws)
					}
					if reflect.DeepEqual(got, batch) {
						t.Errorf("%s: the estimate of a batch is that of all rows", e.name)
					}
				}
			}
		}
	}
}

func TestMinibatchEstimateWholeOfAllRowsAndErrors(t *testing.T) {
	const d = 2
	f := families.DiagGaussian(d)
	g := regression(t, 30, d, models.BernoulliLogit{})
	q := f.New()
	e := &Minibatch{Size: 30}
	initOrFail(t, e, g, f)
	want, ws := estimateOrFail(t, e, q, Stream{Seed: 2})
	got := make(families.Natural, len(want))
	if s, err := e.EstimateWhole(context.Background(), got, q, Stream{Seed: 2}); err != nil || s != ws || !reflect.DeepEqual(got, want) {
		t.Errorf("EstimateWhole of a batch of all rows is %v %+v %v, want %v %+v", got, s, err, want, ws)
	}
	small := &Minibatch{Size: 10}
	initOrFail(t, small, g, f)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := small.EstimateWhole(ctx, got, q, Stream{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	for _, c := range []struct {
		want string
		f    func()
	}{
		{badInit, func() { new(Minibatch).EstimateWhole(ctx, got, q, Stream{}) }},
		{badLen, func() { small.EstimateWhole(ctx, got[:1], q, Stream{}) }},
		{badMember, func() { small.EstimateWhole(ctx, got, families.FullGaussian(d).New(), Stream{}) }},
	} {
		func() {
			defer func() {
				if p := recover(); p != c.want {
					t.Errorf("panic %v, want %q", p, c.want)
				}
			}()
			c.f()
		}()
	}
}

// With one worker EstimateWhole does not allocate; with more it forks the model.
// (Quadrature gets scratch memory from the other matrix, that of all rows.)
func TestMinibatchEstimateWholeDoesNotAllocate(t *testing.T) {
	const n, d = 200, 4
	f := families.FullGaussian(d)
	g := regression(t, n, d, models.BernoulliLogit{})
	q := f.New()
	dst := make(families.Natural, f.NumParams())
	s := &Goroutines{N: 1}
	for _, e := range withSummer(s) {
		m := &Minibatch{Estimator: e.Estimator, Size: 32}
		initOrFail(t, m, g, f)
		at, ctx := Stream{Seed: 2}, context.Background()
		run := func() {
			at.Iter++
			if _, err := m.EstimateWhole(ctx, dst, q, at); err != nil {
				t.Fatal(err)
			}
			if _, err := m.Estimate(ctx, dst, q, at); err != nil {
				t.Fatal(err)
			}
		}
		run()
		if a := testing.AllocsPerRun(20, run); a != 0 {
			t.Errorf("%s: %v allocations, want 0", e.name, a)
		}
	}
}

func TestMinibatchErrors(t *testing.T) {
	f := families.FullGaussian(2)
	g := regression(t, 40, 2, models.BernoulliLogit{})
	for _, c := range []struct {
		e    *Minibatch
		want string
	}{
		{&Minibatch{Estimator: &Exact{}, Size: 10}, "Exact"},
		{&Minibatch{Estimator: &Exact{}, Size: 40}, "Exact"},
	} {
		err := c.e.Init(g, f)
		var ce *CapabilityError
		if !errors.As(err, &ce) || ce.Estimator != c.want {
			t.Errorf("error %v, want what %s lacks", err, c.want)
		}
	}
	if err := (&Minibatch{}).Init(g, families.Repeat(2, families.Gamma())); err == nil || !strings.Contains(err.Error(), "Stein needs a Gaussian family") {
		t.Errorf("error %v, want that of Stein", err)
	}
	// One row says nothing of the others.
	e := &Minibatch{Size: 1}
	initOrFail(t, e, g, f)
	if _, s := estimateOrFail(t, e, f.New(), Stream{}); !math.IsInf(s.StdErr, 1) {
		t.Errorf("standard error %v from one row, want +Inf", s.StdErr)
	}
}
