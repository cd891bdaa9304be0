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
	if err := (&Minibatch{}).Init(g, families.Repeat(2, families.FullGaussian(1))); err == nil || !strings.Contains(err.Error(), "Stein needs a Gaussian family") {
		t.Errorf("error %v, want that of Stein", err)
	}
	// One row says nothing of the others.
	e := &Minibatch{Size: 1}
	initOrFail(t, e, g, f)
	if _, s := estimateOrFail(t, e, f.New(), Stream{}); !math.IsInf(s.StdErr, 1) {
		t.Errorf("standard error %v from one row, want +Inf", s.StdErr)
	}
}
