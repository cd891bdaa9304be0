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
	"natgrad/models/ad"
	"natgrad/vi"
)

// spread is a model of data with an unknown mean and sd.
func spread(t *testing.T, y []float64) *ad.Model {
	t.Helper()
	m := new(ad.Model)
	mu, tau := m.Real("mu"), m.Positive("tau")
	err := m.Density(func(p *ad.Tape) {
		p.Follows(mu, ad.Normal(0, 5))
		p.Follows(tau, ad.HalfNormal(5))
		p.Follows(y, ad.Normal(mu, tau))
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// badGradient has a NaN in the derivative in log(tau) when it is bad, or from one of
// its calls on.
type badGradient struct {
	models.Gradienter
	models.CoordNamer
	bad         bool
	calls, from int
}

func (m *badGradient) Dim() int                     { return m.Gradienter.Dim() }
func (m *badGradient) LogJoint(z []float64) float64 { return m.Gradienter.LogJoint(z) }
func (m *badGradient) LogJointGrad(g, z []float64) float64 {
	l := m.Gradienter.LogJointGrad(g, z)
	if m.calls++; m.bad || m.from > 0 && m.calls >= m.from {
		g[1] = math.NaN()
	}
	return l
}

// badHessian has an infinity in row log(tau) of the Hessian when it is bad, or from
// one of its calls on.
type badHessian struct {
	models.Hessianer
	bad         bool
	calls, from int
}

func (m *badHessian) LogJointHess(h, g, z []float64) float64 {
	l := m.Hessianer.LogJointHess(h, g, z)
	if m.calls++; m.bad || m.from > 0 && m.calls >= m.from {
		h[3] = math.Inf(1)
	}
	return l
}

// A run that meets NaN names the iteration and the row or the parameter, and ends
// with the state before.
func TestFailedByName(t *testing.T) {
	const after = 3
	y := []float64{2, 4, 3, 5, 1}
	m := spread(t, y)
	grad := &badGradient{Gradienter: m, CoordNamer: m}
	hess := &badHessian{Hessianer: m}
	for _, c := range []struct {
		name   string
		model  models.Model
		inject func()
		est    estimators.Estimator
		what   string
		param  string
		want   []string
	}{
		{"gradient", grad, func() { grad.bad = true }, &estimators.Stein{}, "gradient", "log(tau)", []string{"gradient is NaN at parameter log(tau)"}},
		{"gradient", grad, func() { grad.bad = true }, &estimators.Pathwise{}, "gradient", "log(tau)", []string{"gradient is NaN at parameter log(tau)"}},
		{"datum", m, func() { y[3] = math.NaN() }, &estimators.Stein{}, "log-joint", "", []string{"log-joint is NaN", "Normal, row 3: got x = NaN"}},
		{"datum", m, func() { y[3] = math.NaN() }, &estimators.Pathwise{}, "log-joint", "", []string{"log-joint is NaN", "Normal, row 3: got x = NaN"}},
		{"datum", m, func() { y[3] = math.NaN() }, &estimators.Score{}, "log-joint", "", []string{"log-joint is NaN", "Normal, row 3: got x = NaN"}},
		{"Hessian", hess, func() { hess.bad = true }, &estimators.Price{}, "Hessian", "", []string{"Hessian is +Inf at parameter 1"}},
		{"datum", m, func() { y[3] = math.NaN() }, &estimators.Price{}, "log-joint", "", []string{"log-joint is NaN", "explain_test.go:", "Normal, row 3: got x = NaN"}},
	} {
		for _, schedule := range []vi.Schedule{nil, vi.Constant(0.2)} {
			y[3], grad.bad, hess.bad = 5, false, false
			var last families.Natural
			res, err := vi.Fit(context.Background(), vi.Problem{Model: c.model}, &vi.Settings{
				Estimator: c.est, Schedule: schedule, Tolerance: 1e-14,
				Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
					if last = it.Q.Natural(nil); it.Number == after {
						c.inject()
					}
					return nil
				}),
			})
			var step *vi.StepError
			var nf *estimators.NonFiniteError
			if !errors.As(err, &step) || !errors.As(err, &nf) {
				t.Errorf("%s: error %v, want a *StepError for a *NonFiniteError", c.name, err)
				continue
			}
			if step.Iteration != after+1 || nf.What != c.what || nf.Name != c.param {
				t.Errorf("%s: iteration %d, %s of %q, want %d, %s, %q", c.name, step.Iteration, nf.What, nf.Name, after+1, c.what, c.param)
			}
			for _, w := range append(c.want, "vi: iteration 4: ") {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%s: %q does not say %q", c.name, err, w)
				}
			}
			if res.Status != vi.Failed || res.Iterations != after || !cmp.Equal(res.Q.Natural(nil), last) {
				t.Errorf("%s: status %v after %d iterations, q %v, want that of iteration %d, %v", c.name, res.Status, res.Iterations, res.Q.Natural(nil), after, last)
			}
			var why *ad.Error
			if got := errors.As(err, &why); got != (c.name == "datum") || got && why.Row != 3 {
				t.Errorf("%s: explanation %v", c.name, why)
			}
		}
	}
}

// So does a fit by default of data that are bad from the start.
func TestFailedByNameAtTheStart(t *testing.T) {
	y := []float64{2, 4, 3, 5, 1}
	m := spread(t, y)
	y[2] = math.NaN()
	res, err := vi.Fit(context.Background(), vi.Problem{Model: m}, nil)
	var step *vi.StepError
	var why *ad.Error
	if !errors.As(err, &step) || step.Iteration != 0 || !errors.As(err, &why) || why.Row != 2 || why.What != "Normal" || res.Status != vi.Failed {
		t.Errorf("error %v, result %+v", err, res)
	}
}

// A fit without settings fails by name wherever NaN turns up: at once, in a search
// from another start, in a fit, and in the comparison with other draws.
func TestFailedByNameByDefault(t *testing.T) {
	// So many data that there is no search for maxima once the answer is there.
	y := make([]float64, 200)
	for i := range y {
		y[i] = 3 + 2*math.Sin(float64(i*i))
	}
	m := spread(t, y)
	ctx := context.Background()
	grad := func(from int) (*badGradient, *vi.Result, error) {
		b := &badGradient{Gradienter: m, CoordNamer: m, from: from}
		res, err := vi.Fit(ctx, vi.Problem{Model: b}, nil)
		return b, res, err
	}
	hess := func(from int) (*badHessian, *vi.Result, error) {
		b := &badHessian{Hessianer: m, from: from}
		res, err := vi.Fit(ctx, vi.Problem{Model: b}, nil)
		return b, res, err
	}
	g, resG, errG := grad(0)
	h, resH, errH := hess(0)
	if errG != nil || errH != nil || resG.Peaks != 0 || resH.Peaks != 0 {
		t.Fatal(errG, errH, resG, resH)
	}
	latest := 0
	check := func(what string, from int, name string, res *vi.Result, err error) {
		t.Helper()
		var step *vi.StepError
		var nf *estimators.NonFiniteError
		if !errors.As(err, &step) || !errors.As(err, &nf) {
			t.Errorf("%s, call %d: error %v, want a *StepError for a *NonFiniteError", what, from, err)
			return
		}
		latest = max(latest, step.Iteration)
		if nf.What != what || nf.Index != 1 || nf.Name != name {
			t.Errorf("%s, call %d: %s of parameter %d, %q", what, from, nf.What, nf.Index, nf.Name)
		}
		if res.Status != vi.Failed || res.Verdict == vi.OK || res.Iterations > step.Iteration {
			t.Errorf("%s, call %d: %v, %v after %d iterations", what, from, res.Status, res.Verdict, res.Iterations)
		}
		for _, λ := range res.Q.Natural(nil) {
			if math.IsNaN(λ) {
				t.Errorf("%s, call %d: q is %v", what, from, res.Q.Natural(nil))
			}
		}
	}
	for from := 1; from <= g.calls; from++ {
		_, res, err := grad(from)
		check("gradient", from, "log(tau)", res, err)
	}
	if latest == 0 {
		t.Error("no error names an iteration")
	}
	for from := 1; from <= h.calls; from++ {
		_, res, err := hess(from)
		check("Hessian", from, "", res, err)
	}
}
