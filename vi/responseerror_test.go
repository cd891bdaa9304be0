package vi_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// saddle is a log-joint with a minimum in its last coordinate.
type saddle struct{ flat bool }

func (saddle) Dim() int                       { return 2 }
func (m saddle) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 2), z) }

func (m saddle) LogJointGrad(grad, z []float64) float64 {
	c := 1.0
	if m.flat {
		c = -1e-12
	}
	grad[0], grad[1] = -z[0], c*z[1]
	return 0.5 * (-z[0]*z[0] + c*z[1]*z[1])
}

// broken is NaN in a gradient or a Hessian.
type broken struct {
	models.Hessianer
	inHess bool
}

func (m broken) LogJointHess(hess, grad, z []float64) float64 {
	f := m.Hessianer.LogJointHess(hess, grad, z)
	if m.inHess {
		hess[2] = math.NaN()
	} else {
		grad[1] = math.Inf(1)
	}
	return f
}

func (broken) CoordNames() []string { return []string{"a", "b"} }

// steep has a Hessian twenty times too large.
type steep struct{ models.Hessianer }

func (m steep) LogJointHess(hess, grad, z []float64) float64 {
	f := m.Hessianer.LogJointHess(hess, grad, z)
	for i := range hess {
		hess[i] *= 20
	}
	return f
}

// What there is no response of has an error that says so.
func TestLinearResponseErrors(t *testing.T) {
	m := hours()
	diag := converged(t, vi.Problem{Model: m, Family: families.DiagGaussian(2)}, nil)
	at := func(f families.Family, mean, cov []float64) *vi.Result {
		return &vi.Result{Q: gaussianOf(t, f, mean, cov)}
	}
	standard := at(families.DiagGaussian(2), []float64{0, 0}, []float64{1, 1})
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		res  *vi.Result
		m    models.Model
		is   func(error) bool
		want string
	}{
		{"full", nil, converged(t, vi.Problem{Model: m}, nil), m, as[*vi.MethodError], "vi: LinearResponse needs independent Gaussian coordinates (families.DiagGaussian), FullGaussian(2) has none; the covariance of another family is that of Q itself"},
		{"values", nil, diag, values{m}, as[*vi.MethodError], "vi: LinearResponse needs gradients (models.Gradienter), vi_test.values has none"},
		{"dimension", nil, diag, eightSchools{}, as[*vi.DimError], "DiagGaussian(2) has points of length 2, want 10"},
		{"limit", nil, &vi.Result{Q: families.DiagGaussian(1001).New()}, wide{1001}, as[*vi.LimitError], "vi: 1001 parameters of a linear response, want at most 1000"},
		{"saddle", nil, standard, saddle{}, as[*vi.ResponseError], "not concave at the answer"},
		{"flat", nil, standard, saddle{flat: true}, as[*vi.ResponseError], "flat in some direction"},
		{"far", nil, at(families.DiagGaussian(2), []float64{-2, 5}, diag.Q.(families.Gaussian).Cov(nil)), m, as[*vi.ResponseError], "standard deviations from the answer"},
		{"far, on a quadratic", nil, at(families.DiagGaussian(2), []float64{2, 0}, []float64{1, 1}), wide{2}, as[*vi.ResponseError], "is 1 standard deviations from the answer, want at most 0.5"},
		{"wrong Hessian", nil, diag, steep{m}, as[*vi.ResponseError], "12 steps of Newton's method do not reach the maximum"},
		{"gradient", nil, diag, broken{m, false}, as[*estimators.NonFiniteError], "gradient is +Inf at parameter b in draw 0"},
		{"Hessian", nil, diag, broken{m, true}, as[*estimators.NonFiniteError], "Hessian is NaN at parameter b in draw 0"},
		{"canceled", canceled, diag, m, func(err error) bool { return errors.Is(err, context.Canceled) }, "canceled"},
	} {
		if c.ctx == nil {
			c.ctx = context.Background()
		}
		lr, err := c.res.LinearResponse(c.ctx, c.m, 0, 1)
		if lr != nil || err == nil || !c.is(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, error %T %v, want %q", c.name, lr, err, err, c.want)
		}
	}
}

func as[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// wide is a standard normal in many dimensions.
type wide struct{ d int }

func (m wide) Dim() int                     { return m.d }
func (m wide) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, m.d), z) }

func (m wide) LogJointGrad(grad, z []float64) float64 {
	var s float64
	for i, x := range z {
		grad[i] = -x
		s -= x * x / 2
	}
	return s
}
