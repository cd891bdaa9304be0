package vi_test

import (
	"context"
	"encoding/json"
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

// A setting that cannot be used is named, with what was got and what is wanted.
func TestSettingErrors(t *testing.T) {
	g := smallLogistic(t)
	p := vi.Problem{Model: g}
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		s     vi.Settings
		field string
		text  string
	}{
		{vi.Settings{MaxIterations: -1}, "MaxIterations", "vi: MaxIterations is -1, want 0 (the default) or a positive number"},
		{vi.Settings{Tolerance: -1e-3}, "Tolerance", "vi: Tolerance is -0.001, want 0 (the default) or a positive number"},
		{vi.Settings{Tolerance: nan}, "Tolerance", ""},
		{vi.Settings{Tolerance: inf}, "Tolerance", ""},
		{vi.Settings{Start: families.DiagGaussian(2).New()}, "Start", "vi: Start is a member of DiagGaussian(2), want a member of FullGaussian(2)"},
		{vi.Settings{Start: families.FullGaussian(3).New()}, "Start", "vi: Start is a member of FullGaussian(3), want a member of FullGaussian(2)"},
		{vi.Settings{Method: &vi.Euclidean{Rate: -1}}, "Euclidean.Rate", "vi: Euclidean.Rate is -1, want 0 (the default) or a positive number"},
		{vi.Settings{Method: &vi.Euclidean{Rate: nan}}, "Euclidean.Rate", ""},
		{vi.Settings{Method: &vi.Euclidean{Rate: inf}}, "Euclidean.Rate", ""},
		{vi.Settings{Method: &vi.Adam{Rate: -1}}, "Adam.Rate", ""},
		{vi.Settings{Method: &vi.Adam{Beta1: 1}}, "Adam.Beta1", ""},
		{vi.Settings{Method: &vi.Adam{Beta2: 1.5}}, "Adam.Beta2", ""},
		{vi.Settings{Method: &vi.Adam{Epsilon: nan}}, "Adam.Epsilon", ""},
	} {
		res, err := vi.Fit(context.Background(), p, &c.s)
		var got *vi.SettingError
		if !errors.As(err, &got) || got.Field != c.field || res != nil {
			t.Errorf("%+v: %v, %v, want a *SettingError for %s", c.s, res, err, c.field)
			continue
		}
		if c.text != "" && err.Error() != c.text || !strings.Contains(err.Error(), c.field) || !strings.Contains(err.Error(), ", want ") {
			t.Errorf("text %q, want %q", err, c.text)
		}
	}
}

// notADistribution is of the right family but has no legal parameter.
type notADistribution struct{ families.Distribution }

func (notADistribution) Natural(dst families.Natural) families.Natural {
	for i := range dst {
		dst[i] = math.NaN()
	}
	return dst
}

func TestStart(t *testing.T) {
	p := vi.Problem{Model: smallLogistic(t)}
	start := gaussianOf(t, families.FullGaussian(2), []float64{3, -4}, []float64{2, 0.5, 0.5, 1})
	want := start.Natural(nil)
	var first families.Natural
	res := converged(t, p, &vi.Settings{Start: start, Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
		if it.Number == 0 {
			first = it.Q.Natural(nil)
		}
		return nil
	})})
	if !cmp.Equal(first, want) || !cmp.Equal(start.Natural(nil), want) || res.Q == families.Distribution(start) {
		t.Errorf("the run began at %v, and the start is now %v, want %v", first, start.Natural(nil), want)
	}
	_, err := vi.NewRun(p, &vi.Settings{Start: notADistribution{start}})
	var bad *vi.SettingError
	if !errors.As(err, &bad) || bad.Field != "Start" || bad.Got != "outside the domain" {
		t.Errorf("a start outside the domain: %v", err)
	}
}

// proposes is a quadratic that knows where to begin.
type proposes struct {
	quadratic
	mean, precision []float64
}

func (m *proposes) Start(mean, precision []float64) {
	copy(mean, m.mean)
	copy(precision, m.precision)
}

func TestStarter(t *testing.T) {
	m := &proposes{quadratic{a: eye(2, 1), b: []float64{1, 2}}, []float64{3, -4}, []float64{2, 5}}
	begin := func(p vi.Problem) families.Distribution {
		t.Helper()
		run, err := vi.NewRun(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		return run.Iteration().Q
	}
	for f, precision := range map[families.Family][]float64{
		families.FullGaussian(2): {2, 0, 0, 5},
		families.DiagGaussian(2): {2, 5},
	} {
		q := begin(vi.Problem{Model: m, Family: f}).(families.Gaussian)
		near(t, 1e-15, f.String()+": mean", q.Loc(nil), m.mean)
		near(t, 1e-15, f.String()+": precision", q.Precision(nil), precision)
	}
	// Without a proposal, or where it is not one or does not fit, it is the
	// standard member.
	broken := &proposes{m.quadratic, m.mean, []float64{2, -5}}
	for _, p := range []vi.Problem{
		{Model: &m.quadratic},
		{Model: broken},
		{Model: broken, Family: families.DiagGaussian(2)},
		{Model: m, Family: families.Repeat(2, families.FullGaussian(1))},
	} {
		q := begin(p)
		if want := q.Family().New().Natural(nil); !cmp.Equal(q.Natural(nil), want) {
			t.Errorf("%v begins at %v, want %v", q.Family(), q.Natural(nil), want)
		}
	}
}

// hessians hides what a model can do beyond its Hessian.
type hessians struct{ models.Hessianer }

// The estimator is chosen by what model and family can do, the one with the
// least noise first, and named in the Result.
func TestEstimatorIsChosen(t *testing.T) {
	line := glm(t, 2, 2, []float64{1, 0, 1, 1}, []float64{1, 2}, models.GaussianIdentity{Precision: 1}, []float64{1, 1})
	logit := smallLogistic(t)
	coin, err := models.NewBetaBinomial(1, 1, 8, 10)
	if err != nil {
		t.Fatal(err)
	}
	shape := shapeModel{3, 2, 1}
	m := &quadratic{a: eye(2, 1), b: []float64{1, 2}}
	choice := families.Categorical(3)
	for _, c := range []struct {
		p    vi.Problem
		want string
	}{
		{vi.Problem{Model: line}, "Exact"},
		{vi.Problem{Model: line, Family: families.DiagGaussian(2)}, "Quadrature"},
		{vi.Problem{Model: logit}, "Quadrature"},
		{vi.Problem{Model: logit, Family: families.Repeat(2, families.FullGaussian(1))}, "Pathwise"},
		{vi.Problem{Model: m}, "SampleAverage"},
		{vi.Problem{Model: hessians{m}, Family: families.DiagGaussian(2)}, "SampleAverage"},
		{vi.Problem{Model: gradients{m}}, "SampleAverage"},
		{vi.Problem{Model: gradients{m}, Family: families.DiagGaussian(2)}, "SampleAverage"},
		{vi.Problem{Model: gradients{m}, Family: families.Product(families.FullGaussian(1), families.FullGaussian(1))}, "Pathwise"},
		{vi.Problem{Model: values{m}}, "Score"},
		{vi.Problem{Model: coin, Family: families.Beta()}, "Exact"},
		{vi.Problem{Model: gradients{coin}, Family: families.Beta()}, "Pathwise"},
		{vi.Problem{Model: values{coin}, Family: families.Beta()}, "Score"},
		{vi.Problem{Model: shape, Family: families.Gamma()}, "Pathwise"},
		{vi.Problem{Model: linear{f: choice, η: families.Natural{1, 2}}, Family: choice}, "Exact"},
		{vi.Problem{Model: values{linear{f: choice, η: families.Natural{1, 2}}}, Family: choice}, "Score"},
	} {
		run, err := vi.NewRun(c.p, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := run.Result().Estimator; got != c.want {
			t.Errorf("%T under %v: %s, want %s", c.p.Model, c.p.Family, got, c.want)
		}
		if err := run.Step(context.Background()); err != nil {
			t.Errorf("%T under %v: %v", c.p.Model, c.p.Family, err)
		}
	}
}

func TestProblemErrors(t *testing.T) {
	m := &quadratic{a: eye(2, 1), b: []float64{1, 2}}
	if _, err := vi.Fit(context.Background(), vi.Problem{}, nil); err == nil || err.Error() != "vi: Problem.Model is nil, want the model to fit" {
		t.Errorf("no model: %v", err)
	}
	_, err := vi.Fit(context.Background(), vi.Problem{Model: m, Family: families.FullGaussian(3)}, nil)
	if want := (&vi.DimError{Model: 2, Family: 3, Name: "FullGaussian(3)"}); !cmp.Equal(err, error(want)) ||
		err.Error() != "vi: FullGaussian(3) has points of length 3, want 2 as the model" {
		t.Errorf("dimensions: %v", err)
	}
	if _, err := vi.Fit(context.Background(), vi.Problem{Model: &quadratic{}}, nil); err == nil || err.Error() != "vi: Problem.Model has Dim 0, want at least 1 parameter" {
		t.Errorf("no parameters: %v", err)
	}
	// What an estimator of the user's choice lacks is its own error.
	var lacks *estimators.CapabilityError
	for _, e := range []estimators.Estimator{new(estimators.Exact), new(estimators.Quadrature), new(estimators.Price), new(estimators.Stein), new(estimators.Pathwise), new(estimators.Minibatch)} {
		res, err := vi.Fit(context.Background(), vi.Problem{Model: values{m}}, &vi.Settings{Estimator: e})
		if !errors.As(err, &lacks) || res != nil {
			t.Errorf("%T with a model of values alone: %v", e, err)
		}
	}
	// A conjugate model that is broken is not passed over for a noisy estimator.
	f := families.Gamma()
	_, err = vi.Fit(context.Background(), vi.Problem{Model: linear{f: f, η: families.Natural{math.NaN(), -1}}, Family: f}, nil)
	var nan *estimators.NonFiniteError
	if !errors.As(err, &nan) {
		t.Errorf("a conjugate model of NaN: %v", err)
	}
}

func TestMethodErrors(t *testing.T) {
	for _, f := range everyFamily {
		_, can := f.New().(families.Retracter)
		_, err := vi.NewRun(vi.Problem{Model: linear{f: f, η: f.New().Natural(nil)}, Family: f}, &vi.Settings{Method: new(vi.Retraction)})
		var m *vi.MethodError
		if can != (err == nil) || err != nil && (!errors.As(err, &m) || m.Method != "Retraction" || m.Family != f.String()) {
			t.Errorf("Retraction on %v: %v", f, err)
		}
	}
	err := new(vi.Retraction).Init(families.Beta())
	if want := "vi: Retraction needs a retraction (families.Retracter), Beta has none; use Natural, whose steps are shortened where they would leave the domain"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestNames(t *testing.T) {
	for m, want := range map[vi.Method]string{
		new(vi.Natural): "natural", new(vi.Fisher): "fisher", new(vi.Mirror): "mirror",
		new(vi.Euclidean): "euclidean", new(vi.Adam): "adam", new(vi.Retraction): "retraction",
	} {
		if m.String() != want {
			t.Errorf("%T is %q, want %q", m, m, want)
		}
	}
	text, err := json.Marshal([]vi.Status{vi.Running, vi.Converged, vi.IterationLimit, vi.Stalled, vi.Canceled, vi.Failed})
	if want := `["running","converged","iteration limit","stalled","canceled","failed"]`; err != nil || string(text) != want {
		t.Errorf("%s, %v, want %s", text, err, want)
	}
	if got := vi.Status(17).String() + vi.Status(-1).String(); got != "Status(17)Status(-1)" {
		t.Error(got)
	}
}
