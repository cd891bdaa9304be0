package vi_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// smallLogistic is a regression that takes a fit several steps.
func smallLogistic(t testing.TB) *models.GLM {
	return glm(t, 8, 2, []float64{1, 0.5, 1, -1.2, 1, 2, 1, -0.3, 1, 0.8, 1, -2.1, 1, 1.1, 1, 0.1},
		[]float64{1, 0, 1, 0, 0, 0, 1, 1}, models.BernoulliLogit{}, []float64{1, 1})
}

// wrongSign is a logistic likelihood whose derivative has the wrong sign.
type wrongSign struct{ models.BernoulliLogit }

func (l wrongSign) LogLik(y, f float64) (ll, d1, d2 float64) {
	ll, d1, d2 = l.BernoulliLogit.LogLik(y, f)
	return ll, -d1, -d2
}

func (l wrongSign) ExpectedLogLik(y, m, v float64) (ell, d1, d2 float64) {
	ell, d1, d2 = l.BernoulliLogit.ExpectedLogLik(y, m, v)
	return ell, -d1, d2
}

func TestConverged(t *testing.T) {
	res, err := vi.Fit(context.Background(), vi.Problem{Model: smallLogistic(t)}, nil)
	if err != nil || res.Status != vi.Converged || res.Distance > 1e-6 || res.Iterations < 2 || res.Runtime <= 0 {
		t.Errorf("%+v, error %v", res, err)
	}
	if res.Method != "natural" || res.Q.Family().String() != "FullGaussian(2)" {
		t.Errorf("the default is %s with %s, want natural with FullGaussian(2)", res.Method, res.Q.Family())
	}
}

func TestIterationLimit(t *testing.T) {
	res, err := vi.Fit(context.Background(), vi.Problem{Model: smallLogistic(t)}, &vi.Settings{MaxIterations: 2})
	if err != nil || res.Status != vi.IterationLimit || res.Iterations != 2 || res.Distance <= 1e-6 {
		t.Errorf("%+v, error %v", res, err)
	}
	// With noise as well. The answer is a member, and has an ELBO.
	for _, limit := range []int{1, 3, 50} {
		res, err := vi.Fit(context.Background(), vi.Problem{Model: smallLogistic(t)},
			&vi.Settings{MaxIterations: limit, Estimator: &estimators.Score{Draws: 10}, Tolerance: 1e-6})
		if err != nil || res.Status != vi.IterationLimit || res.Iterations != limit || math.IsInf(res.ELBO, 0) || math.IsNaN(res.ELBO) {
			t.Errorf("limit %d: %+v, error %v", limit, res, err)
		}
	}
}

func TestStalled(t *testing.T) {
	g := smallLogistic(t)
	bad := glm(t, 8, 2, g.X.(*models.Dense).RawData(), g.Y, wrongSign{}, []float64{1, 1})
	for _, f := range []families.Family{families.FullGaussian(2), families.DiagGaussian(2)} {
		for _, m := range []vi.Method{new(vi.Natural), new(vi.Fisher), new(vi.Mirror), new(vi.Euclidean), new(vi.Adam), new(vi.Retraction)} {
			start := f.New()
			res, err := vi.Fit(context.Background(), vi.Problem{Model: bad, Family: f}, &vi.Settings{Start: start, Method: m})
			if err != nil || res.Status != vi.Stalled || res.Distance < 0.1 {
				t.Errorf("%v by %v: %v, distance %g, error %v, want stalled", f, m, res.Status, res.Distance, err)
			}
		}
	}
}

// lyingBowl claims to be without noise, and gives the gradient the wrong sign.
type lyingBowl struct{ bowl }

func (e *lyingBowl) Estimate(ctx context.Context, dst families.Natural, q families.Distribution, at estimators.Stream) (estimators.Stats, error) {
	s, err := e.bowl.Estimate(ctx, dst, q, at)
	for i, λ := range q.Natural(nil) {
		dst[i] = 2*λ - dst[i]
	}
	return s, err
}

func TestStalledWhereItBegan(t *testing.T) {
	f := families.Beta()
	q := member(t, f, 2, 3)
	e := &lyingBowl{bowl{η: families.Natural{5, 1}, w: make([]float64, 2), c: make(families.Mean, 2)}}
	run, err := vi.NewRun(vi.Problem{Model: linear{f: f}, Family: f}, &vi.Settings{Estimator: e, Start: q})
	if err != nil {
		t.Fatal(err)
	}
	for run.Status() == vi.Running {
		if err := run.Step(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	res := run.Result()
	near(t, 1e-12, "end", res.Q.Natural(nil), []float64{2, 3})
	if res.Status != vi.Stalled || res.Distance < 0.1 || math.IsInf(res.ELBO, 0) {
		t.Errorf("%+v", res)
	}
	// A run that has ended does nothing.
	if err := run.Step(context.Background()); err != nil || run.Status() != vi.Stalled || run.Result().Estimates != res.Estimates {
		t.Errorf("a step after the end: %v, %v", run.Status(), err)
	}
}

// A fit that begins at the answer of an earlier one has nothing to do.
func TestStartAtTheOptimum(t *testing.T) {
	problems := []vi.Problem{{Model: smallLogistic(t)}, {Model: smallLogistic(t), Family: families.DiagGaussian(2)}}
	for _, c := range conjugates(t) {
		problems = append(problems, c.p)
	}
	for _, p := range problems {
		best := converged(t, p, &vi.Settings{Tolerance: 1e-9})
		for _, m := range []vi.Method{new(vi.Natural), new(vi.Fisher), new(vi.Mirror), new(vi.Euclidean), new(vi.Adam)} {
			res := converged(t, p, &vi.Settings{Start: best.Q, Method: m})
			if res.Iterations > 0 || res.Distance > 1e-6 {
				t.Errorf("%T by %v: %d iterations, distance %g", p.Model, m, res.Iterations, res.Distance)
			}
		}
	}
}

// The state that was reached before is kept.
func TestCanceled(t *testing.T) {
	for name, e := range map[string]estimators.Estimator{"quadrature": nil, "noisy": &estimators.Score{Draws: 40}} {
		ctx, cancel := context.WithCancel(context.Background())
		var last families.Natural
		var elbo float64
		s := &vi.Settings{Estimator: e, Tolerance: 1e-9, Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
			if it.Number == 2 {
				last, elbo = it.Q.Natural(nil), it.ELBO
				cancel()
			}
			return nil
		})}
		res, err := vi.Fit(ctx, vi.Problem{Model: smallLogistic(t)}, s)
		var step *vi.StepError
		if !errors.Is(err, context.Canceled) || !errors.As(err, &step) || step.Iteration != 3 {
			t.Errorf("%s: error %v, want a *StepError of iteration 3 for context.Canceled", name, err)
		}
		if res == nil || res.Status != vi.Canceled || res.Iterations != 2 || res.ELBO != elbo || !cmp.Equal(res.Q.Natural(nil), last) {
			t.Errorf("%s: %+v, want the state of iteration 2", name, res)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 0)
	defer cancel()
	res, err := vi.Fit(ctx, vi.Problem{Model: smallLogistic(t)}, nil)
	if !errors.Is(err, context.DeadlineExceeded) || res.Status != vi.Canceled || res.Iterations != 0 || err.Error() != "vi: at the start: context deadline exceeded" {
		t.Errorf("deadline: %+v, %v", res, err)
	}
}

// cancels cancels the context in the middle of an estimate.
type cancels struct {
	models.Gradienter
	after  int
	cancel context.CancelFunc
}

func (m *cancels) LogJointGrad(g, z []float64) float64 {
	if m.after--; m.after == 0 {
		m.cancel()
	}
	return m.Gradienter.LogJointGrad(g, z)
}

func TestCanceledWithinAnEstimate(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	m := &cancels{&quadratic{a: eye(2, 1), b: []float64{3, 4}}, 600, cancel}
	var last families.Natural
	res, err := vi.Fit(ctx, vi.Problem{Model: m}, &vi.Settings{Tolerance: 1e-12, Schedule: vi.Constant(0.1), Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
		last = it.Q.Natural(nil)
		return nil
	})})
	if !errors.Is(err, context.Canceled) || res.Status != vi.Canceled || res.Iterations < 5 || !cmp.Equal(res.Q.Natural(nil), last) {
		t.Errorf("%+v, %v, want the last good state, %v", res, err, last)
	}
}

// nanAfter is NaN from a number of gradients on.
type nanAfter struct {
	models.Gradienter
	left int
}

func (m *nanAfter) LogJointGrad(g, z []float64) float64 {
	l := m.Gradienter.LogJointGrad(g, z)
	if m.left--; m.left < 0 {
		return math.NaN()
	}
	return l
}

func TestFailed(t *testing.T) {
	for _, left := range []int{0, 100, 1500} {
		m := &nanAfter{&quadratic{a: eye(2, 2), b: []float64{3, 4}}, left}
		var last families.Natural
		number := -1
		res, err := vi.Fit(context.Background(), vi.Problem{Model: m}, &vi.Settings{Schedule: vi.Constant(0.1), Tolerance: 1e-12, Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
			last, number = it.Q.Natural(nil), it.Number
			return nil
		})})
		var step *vi.StepError
		var nan *estimators.NonFiniteError
		if !errors.As(err, &step) || !errors.As(err, &nan) || !math.IsNaN(nan.Value) || step.Iteration != number+1 {
			t.Fatalf("error %v after iteration %d", err, number)
		}
		if res.Status != vi.Failed || res.Iterations != max(number, 0) || number >= 0 && !cmp.Equal(res.Q.Natural(nil), last) {
			t.Errorf("%+v, want the state of iteration %d", res, number)
		}
		want := "vi: iteration "
		if left == 0 {
			want = "vi: at the start: "
		}
		if !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "NaN") {
			t.Errorf("error text %q", err)
		}
		if left > 1000 && number < 15 {
			t.Errorf("failed after iteration %d already", number)
		}
	}
}

// nanFrom is a bowl whose value is NaN from an estimate on.
type nanFrom struct {
	bowl
	left int
}

func (e *nanFrom) Estimate(ctx context.Context, dst families.Natural, q families.Distribution, at estimators.Stream) (estimators.Stats, error) {
	s, err := e.bowl.Estimate(ctx, dst, q, at)
	if e.left--; e.left < 0 {
		return estimators.Stats{}, &estimators.NonFiniteError{What: "log-joint", Value: math.NaN(), Index: -1, Draw: -1}
	}
	return s, err
}

// Without noise, steps are shortened before a run fails; it does not take what
// is not finite for a stall.
func TestFailedWithoutNoise(t *testing.T) {
	f := families.Gamma()
	q := member(t, f, 1, -2)
	e := &nanFrom{bowl: bowl{η: families.Natural{3, -4}, w: []float64{1, 1}, c: make(families.Mean, 2)}, left: 3}
	res, err := vi.Fit(context.Background(), vi.Problem{Model: linear{f: f}, Family: f}, &vi.Settings{Estimator: e, Start: q})
	var nan *estimators.NonFiniteError
	var step *vi.StepError
	if !errors.As(err, &nan) || !errors.As(err, &step) || step.Iteration != res.Iterations+1 || res.Status != vi.Failed || res.Iterations < 1 {
		t.Errorf("%+v, %v", res, err)
	}
}

// wall is a log-joint that is not finite beyond a border.
type wall struct{ quadratic }

func (m *wall) LogJointGrad(g, z []float64) float64 {
	if z[0] > 200 {
		return math.Inf(-1)
	}
	return m.quadratic.LogJointGrad(g, z)
}

// A run whose steps would meet it goes on with shorter ones.
func TestStepsShrinkBeforeWhatIsNotFinite(t *testing.T) {
	m := &wall{quadratic{a: []float64{1e-4, 0, 0, 1}, b: []float64{0, 0}}}
	start := gaussianOf(t, families.FullGaussian(2), []float64{190, 0}, eye(2, 1))
	run, err := vi.NewRun(vi.Problem{Model: m}, &vi.Settings{Estimator: new(estimators.Stein), Start: start})
	if err != nil {
		t.Fatal(err)
	}
	// The first full step would spread q to a standard deviation of 100.
	if err := run.Step(context.Background()); err != nil {
		t.Fatal(err)
	}
	if it := run.Iteration(); it.Number != 1 || it.Step >= 1 {
		t.Errorf("step %d of size %g", it.Number, it.Step)
	}
}

// The loop may belong to the caller, who sees the state after each step.
func TestUserOwnedLoop(t *testing.T) {
	p := vi.Problem{Model: smallLogistic(t)}
	run, err := vi.NewRun(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if it := run.Iteration(); it.Number != 0 || !math.IsInf(it.ELBO, -1) || !math.IsInf(it.Distance, 1) || it.Q == nil {
		t.Errorf("before the first step: %+v", it)
	}
	steps := 0
	for run.Status() == vi.Running {
		if err := run.Step(context.Background()); err != nil {
			t.Fatal(err)
		}
		if run.Status() == vi.Running || run.Iteration().Number > steps {
			steps++
		}
		it := run.Iteration()
		if it.Number != steps || !cmp.Equal(it.Q.Natural(nil), run.Result().Q.Natural(nil)) {
			t.Fatalf("step %d: iteration %d", steps, it.Number)
		}
	}
	mine, theirs := run.Result(), fit(t, p, &vi.Settings{Check: -1})
	theirs.Runtime = 0
	opt := cmp.Transformer("q", func(q families.Distribution) families.Natural { return q.Natural(nil) })
	if diff := cmp.Diff(theirs, mine, opt); diff != "" {
		t.Errorf("the user's loop ends elsewhere than Fit: %s", diff)
	}
	// The result is a copy.
	mine.Q.SetNatural(families.FullGaussian(2).New().Natural(nil))
	if cmp.Equal(run.Result().Q.Natural(nil), mine.Q.Natural(nil)) {
		t.Error("a change of the Result changes the run")
	}
}

func TestRecorder(t *testing.T) {
	for name, e := range map[string]estimators.Estimator{"quadrature": nil, "noisy": &estimators.Score{Draws: 10}} {
		var seen []int
		var distances, steps []float64
		s := &vi.Settings{Estimator: e, MaxIterations: 40, Tolerance: 1e-4, Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
			seen = append(seen, it.Number)
			distances, steps = append(distances, it.Distance), append(steps, it.Step)
			if it.Estimates <= len(seen)-1 || math.IsInf(it.ELBO, 0) || e != nil && it.ModelEvals < 10*it.Estimates {
				t.Errorf("%s: iteration %+v", name, it)
			}
			return nil
		})}
		res := fit(t, vi.Problem{Model: smallLogistic(t)}, s)
		for i, n := range seen {
			if n != i {
				t.Fatalf("%s: iterations %v, want every one from 0", name, seen)
			}
			if (i == 0) != (steps[i] == 0) {
				t.Errorf("%s: iteration %d has the step size %g", name, i, steps[i])
			}
		}
		if len(seen) != res.Iterations+1 {
			t.Errorf("%s: %d iterations recorded, want %d and the start", name, len(seen), res.Iterations)
		}
	}

	full := errors.New("disk full")
	for _, at := range []int{0, 3} {
		res, err := vi.Fit(context.Background(), vi.Problem{Model: smallLogistic(t)}, &vi.Settings{Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
			if it.Number == at {
				return full
			}
			return nil
		})})
		if !errors.Is(err, full) || res.Status != vi.Failed || res.Iterations != at {
			t.Errorf("an error from iteration %d: %+v, %v", at, res, err)
		}
	}
}

type below float64

func (b below) Converged(it *vi.Iteration) bool { return it.Distance < float64(b) }

func TestConverger(t *testing.T) {
	p := vi.Problem{Model: smallLogistic(t)}
	all := fit(t, p, nil)
	res := converged(t, p, &vi.Settings{Converger: below(0.01)})
	if res.Iterations >= all.Iterations || res.Distance >= 0.01 || res.Distance <= 1e-6 {
		t.Errorf("%d iterations to a distance of %g, want fewer than %d", res.Iterations, res.Distance, all.Iterations)
	}
}

func TestSchedules(t *testing.T) {
	if got := []float64{vi.Constant(0.3).Rate(1), vi.Constant(0.3).Rate(1000)}; !cmp.Equal(got, []float64{0.3, 0.3}) {
		t.Errorf("Constant: %v", got)
	}
	near(t, 1e-15, "RobbinsMonro", []float64{
		vi.RobbinsMonro{}.Rate(10), vi.RobbinsMonro{}.Rate(990),
		vi.RobbinsMonro{Scale: 3, Delay: 1, Exponent: 1}.Rate(5),
	}, []float64{math.Pow(2, -0.6), math.Pow(100, -0.6), 0.5})

	// The engine makes the steps that the schedule asks for.
	for name, e := range map[string]estimators.Estimator{"quadrature": nil, "noisy": new(estimators.Price)} {
		s := vi.RobbinsMonro{Scale: 0.5, Delay: 3}
		fit(t, vi.Problem{Model: smallLogistic(t)}, &vi.Settings{Schedule: s, Estimator: e, MaxIterations: 20, Tolerance: 1e-12, Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
			if n := it.Number; n > 0 && it.Step != s.Rate(n) {
				t.Errorf("%s: step %d is %g, want %g", name, n, it.Step, s.Rate(n))
			}
			return nil
		})})
	}
	// It converges by a schedule with noise, too.
	res := converged(t, vi.Problem{Model: smallLogistic(t)}, &vi.Settings{Schedule: vi.RobbinsMonro{}, Estimator: new(estimators.Stein)})
	best := converged(t, vi.Problem{Model: smallLogistic(t)}, nil)
	if e := best.ELBO - res.ELBO; !(e < 0.02+4*res.StdErr) {
		t.Errorf("by a schedule the ELBO ends %g below the optimum", e)
	}
}
