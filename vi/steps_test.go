package vi

import (
	"context"
	"math"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
)

// flat is a model for estimators that need none.
type flat int

func (m flat) Dim() int                 { return int(m) }
func (flat) LogJoint([]float64) float64 { return 0 }

// script is an estimator of E_q[log p] = ⟨η, μ⟩ − ½ bend μ₁² whose gradients are
// off by what is written for each call.
type script struct {
	η     families.Natural
	bend  float64
	off   []families.Natural
	noisy bool
	calls int
}

func (e *script) Init(models.Model, families.Family) error { return nil }
func (e *script) Deterministic() bool                      { return !e.noisy }

func (e *script) Estimate(_ context.Context, dst families.Natural, q families.Distribution, _ estimators.Stream) (estimators.Stats, error) {
	copy(dst, e.η)
	if e.calls < len(e.off) {
		for i, o := range e.off[e.calls] {
			dst[i] += o
		}
	}
	e.calls++
	μ := q.Mean(nil)
	dst[0] -= e.bend * μ[0]
	s := estimators.Stats{ELogJoint: dot(e.η, μ) - e.bend*μ[0]*μ[0]/2}
	if e.noisy {
		s.StdErr = 0.25
	}
	return s, nil
}

// begun returns a run under Gamma that has evaluated its start.
func begun(t *testing.T, e *script, s Settings) *Run {
	t.Helper()
	s.Estimator = e
	r, err := NewRun(Problem{Model: flat(1), Family: families.Gamma()}, &s)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.start(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.started = true
	return r
}

// What is promised for a step, and the slope at its end, are the derivatives of
// the ELBO along it.
func TestPromiseAndSlope(t *testing.T) {
	η := families.Natural{2, -5}
	r := begun(t, &script{η: η, bend: 3}, Settings{})
	elbo := func(s float64) float64 {
		q := r.p.Family.New()
		λ := make(families.Natural, 2)
		for i := range λ {
			λ[i] = r.λ[i] + s*(r.next[i]-r.λ[i])
		}
		q.SetNatural(λ)
		μ := q.Mean(nil)
		return dot(η, μ) - 1.5*μ[0]*μ[0] + q.Entropy()
	}
	for _, next := range []families.Natural{{0.5, -2}, {3, -1.5}, {-0.3, -2}} {
		copy(r.next, next)
		if !r.trial.SetNatural(next) {
			t.Fatalf("%v refused", next)
		}
		if _, _, err := r.evaluate(context.Background(), r.trial, r.gNext); err != nil {
			t.Fatal(err)
		}
		slope := func(s float64) float64 {
			const h = 1e-3
			return (8*(elbo(s+h)-elbo(s-h)) - (elbo(s+2*h) - elbo(s-2*h))) / (12 * h)
		}
		within(t, 1e-6, r.promise(1), slope(0), "promise of %v", next)
		within(t, 1e-6, r.slope(), slope(1), "slope at %v", next)
	}
}

// Without the plain gradient the promise of a plain step, and the distance left, are
// those that the gradient gives; a step that rounding makes none promises nothing.
func TestPromiseWithoutGradient(t *testing.T) {
	f := families.FullGaussian(2)
	r, err := NewRun(Problem{Model: flat(2), Family: f}, &Settings{Estimator: &script{η: families.Natural{1, 2, -3, -0.5, -0.5, -2}, bend: 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if r.hasGrad {
		t.Fatal("the gradient was computed for a plain step")
	}
	grad := r.q.FisherMulVec(nil, r.nat)
	within(t, 1e-14, r.square, dot(r.nat, grad), "squared length")
	within(t, 1e-14, r.distance(), math.Sqrt(dot(r.nat, grad)), "distance")
	for _, ρ := range []float64{1, 0.3} {
		r.s.Method.Move(r.next, ρ)
		within(t, 1e-14, r.promise(ρ), r.alongStep(grad), "promise of a step of %v", ρ)
	}
	copy(r.next, r.λ)
	if p := r.promise(1e-300); p != 0 {
		t.Errorf("no step promises %v", p)
	}
}

// A step is shortened to the top of the parabola p t − c t², within bounds.
func TestShorten(t *testing.T) {
	for _, c := range []struct{ p, c, want float64 }{
		{1, 2, 0.25}, {3, 4, 0.375}, {1, 100, 0.1}, {1, 1, 0.5}, {1, 0.999999, 0.5}, {1e-9, 1e9, 0.1},
	} {
		within(t, 1e-14, shorten(c.p-c.c, c.p), c.want, "shorten, p %g, c %g", c.p, c.c)
	}
}

// The noise is half the squared length of the difference of two estimates, and
// without frozen randomness the mean of them is the gradient, and the mean of all
// measurements the noise.
func TestMeasureNoise(t *testing.T) {
	η := families.Natural{2, -5}
	e := &script{η: η, noisy: true, off: []families.Natural{{0.5, 1}, {-0.25, 3}, {0, 0}, {1, 0}}}
	r := begun(t, e, Settings{})
	f := r.q.FisherMulVec(nil, families.Natural{0.75, -2})
	first := dot(families.Natural{0.75, -2}, f) / 2
	ctx := context.Background()
	for range 2 { // frozen: the gradient stays that of the frozen estimate
		e.calls = 1
		if err := r.measureNoise(ctx); err != nil {
			t.Fatal(err)
		}
		within(t, 1e-14, r.avg.noise, first, "noise")
		within(t, 1e-14, r.g[0], 2.5, "gradient[0]")
		if !r.frozen {
			t.Error("the randomness is no longer frozen")
		}
	}

	r.thaw()
	e.calls = 1
	before := r.it.ELBO
	if err := r.measureNoise(ctx); err != nil {
		t.Fatal(err)
	}
	within(t, 1e-14, r.avg.noise, first, "noise")
	within(t, 1e-14, r.g[0], 2+(0.5-0.25)/2, "mean gradient[0]")
	within(t, 1e-14, r.g[1], -5+(1+3)/2, "mean gradient[1]")
	within(t, 1e-14, r.nat[1], r.g[1]-r.λ[1], "natural gradient")
	within(t, 1e-14, r.it.ELBO, before, "ELBO")
	within(t, 1e-14, r.it.StdErr, 0.25/math.Sqrt2, "standard error")

	// The next difference is (0, 0) less the mean; the noise is the mean of both.
	d := families.Natural{-0.125, -2}
	second := dot(d, r.q.FisherMulVec(nil, d)) / 2
	if err := r.measureNoise(ctx); err != nil {
		t.Fatal(err)
	}
	within(t, 1e-14, r.avg.noise, (first+second)/2, "mean noise")
}

// Steps of stochastic approximation are as large as the noise allows, and fall
// with the 0.6th power of time once the way is forgotten.
func TestNoisyStep(t *testing.T) {
	r := begun(t, &script{η: families.Natural{2, -5}, noisy: true}, Settings{})
	r.thaw()
	for _, c := range []struct{ rate, noise, path, want float64 }{
		{1, 0, 0, 1}, {1, 0.5, 0, 1}, {1, 8, 0, 0.25}, {0.125, 8, 0, 0.125}, {1, 8, 40, 0.25},
		{1, 0, 400, math.Pow(10, -1.5)}, {1, 8, 80, 0.25 * math.Pow(2, -1.5)},
	} {
		r.thawed.rate, r.avg.noise, r.avg.path = c.rate, c.noise, c.path
		ρ, err := r.noisyStep()
		if err != nil {
			t.Fatal(err)
		}
		within(t, 1e-14, ρ, c.want, "step of %+v", c)
	}
	// Steps ρ_t along a path Σρ = p fall as t^−0.6.
	r.thawed.rate, r.avg.noise, r.avg.path = 1, 0, 0
	at := map[int]float64{}
	for n := 1; n <= 64000; n++ {
		ρ, err := r.noisyStep()
		if err != nil {
			t.Fatal(err)
		}
		r.avg.path += ρ
		at[n] = ρ
	}
	if slope := math.Log(at[64000]/at[8000]) / math.Log(8); math.Abs(slope+0.6) > 0.01 {
		t.Errorf("steps fall as t^%.3f, want t^−0.6", slope)
	}
}

// The answer of a run with noise is the mean of the iterates after the first
// quarter, and its ELBO that of 16 estimates there.
func TestAnswerIsTheAverage(t *testing.T) {
	η := families.Natural{2, -5}
	e := &script{η: η, noisy: true}
	for k := range 40 {
		e.off = append(e.off, families.Natural{0.3 * math.Sin(float64(7*k)), 0.4 * math.Cos(float64(5*k))})
	}
	var λ []families.Natural
	s := &Settings{Estimator: e, Schedule: Constant(0.5), MaxIterations: 16, Tolerance: 1e-9,
		Recorder: RecorderFunc(func(it *Iteration) error {
			λ = append(λ, it.Q.Natural(nil))
			return nil
		})}
	res, err := Fit(context.Background(), Problem{Model: flat(1), Family: families.Gamma()}, s)
	if err != nil || res.Status != IterationLimit {
		t.Fatal(res, err)
	}
	want := make(families.Natural, 2)
	for _, x := range λ[5:17] { // of 0 to 16
		want[0] += x[0] / 12
		want[1] += x[1] / 12
	}
	got := res.Q.Natural(nil)
	for i, w := range want {
		within(t, 1e-14, got[i], w, "λ[%d]", i)
	}
	if len(λ) != 17 || dot(want, families.Mean{1, 1}) == dot(λ[16], families.Mean{1, 1}) {
		t.Errorf("%d iterates", len(λ))
	}
	within(t, 1e-14, res.ELBO, dot(η, res.Q.Mean(nil))+res.Q.Entropy(), "ELBO")
	within(t, 1e-14, res.StdErr, 0.25/4, "standard error")
}

// Where rounding keeps a run from its tolerance it has converged, and says how
// near it is.
func TestConvergedToRounding(t *testing.T) {
	e := &script{η: families.Natural{2, -5}}
	r := begun(t, e, Settings{Tolerance: 1e-300})
	r.it.Distance = 1e-9
	r.stop()
	if r.status != Converged {
		t.Errorf("distance 1e-9: %v", r.status)
	}
	r.it.Distance, r.gain = 1e-3, 0.5e-6
	r.stop()
	if r.status != Stalled {
		t.Errorf("distance 1e-3: %v", r.status)
	}
	// A valley of the ELBO in which nothing is left to gain.
	r.gain = 1e-18
	if r.stop(); r.status != Converged {
		t.Errorf("distance 1e-3, nothing to gain: %v", r.status)
	}
	r.it.Distance = 0.1
	if r.stop(); r.status != Stalled {
		t.Errorf("distance 0.1: %v", r.status)
	}
	r.gain = 0.5e-4
	// ½ · 0.01² is the rounding of an ELBO whose terms are 1.4e10.
	r.size = 0.5e-4 * 0x1p48 * 1.01
	r.it.Distance = 0.01
	if r.stop(); r.status != Converged {
		t.Errorf("distance 0.01, at the rounding: %v", r.status)
	}
	r.size *= 0.98
	if r.stop(); r.status != Stalled {
		t.Errorf("distance 0.01, beyond the rounding: %v", r.status)
	}
}

// skew adds to the target what no matrix block of a natural parameter has, an
// antisymmetric part.
type skew struct {
	Natural
	nat families.Natural
}

func (m *skew) Aim(q families.Distribution, nat families.Natural, grad families.Mean) {
	m.nat = append(m.nat[:0], nat...)
	m.Natural.Aim(q, nat, grad)
}

func (m *skew) Move(dst families.Natural, ρ float64) bool {
	ok := m.Natural.Move(dst, ρ)
	dst[3] += 1
	dst[4] -= 1
	return ok
}

// The run goes on from the member that was reached, not from the words for it.
func TestRunKeepsTheMember(t *testing.T) {
	f := families.FullGaussian(2)
	η := families.Natural{1, 2, -3, -0.5, -0.5, -2}
	m := new(skew)
	r, err := NewRun(Problem{Model: flat(2), Family: f}, &Settings{Estimator: &script{η: η}, Method: m, Schedule: Constant(0.5)})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := r.Step(context.Background()); err != nil {
			t.Fatal(err)
		}
		λ := r.q.Natural(nil)
		for i := range m.nat {
			within(t, 1e-14, m.nat[i], η[i]-λ[i], "natural gradient[%d]", i)
		}
	}
}

// A run whose natural gradient grows to a hundred times what is usual goes back
// to where stochastic approximation began, and takes half the steps from there.
func TestRanAway(t *testing.T) {
	η := families.Natural{2, -5}
	far := families.Natural{0.2, -0.9}
	ctx := context.Background()
	for _, c := range []struct {
		name          string
		square, noise float64 // as shares of the squared length at far
		size          float64
		schedule      Schedule
		away          bool
	}{
		{"", 0.009, 0.009, 0, nil, true},
		{"long at the start", 0.011, 0.001, 0, nil, false},
		{"noisy", 0.001, 0.011, 0, nil, false},
		{"without noise", 0, 0, 0, nil, true},
		{"all is rounding", 0, 0, 1e30, nil, false},
		{"the user's steps", 0.001, 0.001, 0, Constant(1), false},
	} {
		e := &script{η: η, noisy: true}
		r := begun(t, e, Settings{Schedule: c.schedule})
		r.thaw()
		began := r.q.Natural(nil)
		copy(r.next, far)
		if !r.trial.SetNatural(far) {
			t.Fatal("refused")
		}
		if _, _, err := r.evaluate(ctx, r.trial, r.gNext); err != nil {
			t.Fatal(err)
		}
		r.adopt()
		r.aim()
		square := dot(r.nat, r.grad)
		r.thawed.square, r.avg.noise, r.thawed.steps = c.square*square, c.noise*square, 7
		if c.size > 0 {
			r.size = c.size
		}
		r.avg.add(r.λ, 1)
		away, err := r.ranAway(ctx)
		if err != nil || away != c.away {
			t.Errorf("%s: ran away is %t, %v", c.name, away, err)
			continue
		}
		want := struct {
			λ              families.Natural
			rate           float64
			steps, batches int
		}{far, 1, 7, 1}
		if away {
			want.λ, want.rate, want.steps, want.batches = began, 0.5, 0, 0
		}
		q := r.it.Q.Natural(nil)
		for i, λ := range want.λ {
			within(t, 0, q[i], λ, "%s: λ[%d]", c.name, i)
			within(t, 1e-15, r.nat[i], η[i]-λ, "%s: natural gradient[%d]", c.name, i)
		}
		if r.thawed.rate != want.rate || r.thawed.steps != want.steps || r.avg.n != want.batches {
			t.Errorf("%s: rate %g, %d steps, %d batches, want %+v", c.name, r.thawed.rate, r.thawed.steps, r.avg.n, want)
		}
	}
}
