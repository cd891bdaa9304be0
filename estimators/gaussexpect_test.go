package estimators

import (
	"errors"
	"math"
	"strings"
	"testing"

	"natgrad/models"
)

// plain and analytic hide the closed forms of a likelihood.
type (
	plain    struct{ models.Likelihood }
	analytic struct {
		models.Likelihood
		width float64
	}
)

func (a analytic) HalfWidth() float64 { return a.width }

// lik makes a likelihood of a function.
type lik func(y, f float64) (ll, d1, d2 float64)

func (l lik) LogLik(y, f float64) (ll, d1, d2 float64) { return l(y, f) }
func (l lik) Check(float64) error                      { return nil }

func TestGenericRulesAgreeWithClosedForms(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		lik   models.ExpectedLikelihood
		width float64
		m, v  []float64
		abs   float64 // rounding of differences
	}{
		{models.BernoulliLogit{}, math.Pi, []float64{-40, -3, 0, 0.7, 12}, []float64{1e-9, 1e-3, 0.1, 1, 7, 100, 1e4, 1e6, 1e12}, 1e-18},
		{models.BernoulliProbit{}, 2.8163594181520014, []float64{-40, -3, 0, 0.7, 5}, []float64{1e-9, 1e-3, 0.1, 1, 7, 100, 1e4, 1e6, 1e12}, 1e-18},
		{models.PoissonLog{}, inf, []float64{-5, 0, 3}, []float64{1e-9, 0.1, 1, 9, 40}, 1e-15},
		{models.GaussianIdentity{Precision: 2}, inf, []float64{-5, 0, 1e3}, []float64{1e-9, 0.1, 1, 1e4, 1e10}, 1e-12},
	} {
		for _, v := range c.v {
			for _, m := range c.m {
				w0, w1, w2 := c.lik.ExpectedLogLik(1, m, v)
				for _, l := range []models.Likelihood{analytic{c.lik, c.width}, plain{c.lik}} {
					var e expectation
					e.bind(l)
					ell, d1, d2, err := e.at(1, m, v)
					var ae *AccuracyError
					if errors.As(err, &ae) && v > 1e6 {
						continue // a step of a millionth of the width may be missed, but not silently
					}
					if err != nil {
						t.Errorf("%T %T, f ~ N(%g, %g): %v", l, c.lik, m, v, err)
						continue
					}
					for i, p := range [][2]float64{{ell, w0}, {d1, w1}, {d2, w2}} {
						if math.Abs(p[0]-p[1]) > 1e-10*math.Abs(p[1])+c.abs {
							t.Errorf("%T %T, f ~ N(%g, %g), derivative %d: %.15g, want %.15g", l, c.lik, m, v, i, p[0], p[1])
						}
					}
				}
			}
		}
	}
}

// A likelihood with a kink has a second derivative that no node sees; one whose
// derivatives are wrong is found out too. Both are errors, not numbers.
func TestAdaptiveRuleFindsWhatItCannotDo(t *testing.T) {
	good := models.BernoulliLogit{}
	for _, c := range []struct {
		name string
		l    lik
		want string
	}{
		{"Laplace", func(y, f float64) (float64, float64, float64) {
			return -math.Abs(y - f), math.Copysign(1, y-f), 0
		}, "second derivative"},
		{"jump", func(y, f float64) (float64, float64, float64) {
			if f > 0.3 {
				return -1, 0, 0
			}
			return -2, 0, 0
		}, "first derivative"},
		{"wrong second derivative", func(y, f float64) (float64, float64, float64) {
			a, b, c := good.LogLik(y, f)
			return a, b, c / 2
		}, "second derivative"},
		{"wrong first derivative", func(y, f float64) (float64, float64, float64) {
			a, b, c := good.LogLik(y, f)
			return a, -b, -c
		}, "first derivative"},
		{"noise", func(y, f float64) (float64, float64, float64) {
			return -math.Abs(math.Mod(f*1e9, 1)), 0, 0
		}, "does not converge"},
	} {
		var e expectation
		e.bind(c.l)
		_, _, _, err := e.at(0.2, 0.1, 0.8)
		var ae *AccuracyError
		if !errors.As(err, &ae) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want it to say %q", c.name, err, c.want)
		}
	}
}

// What is not finite anywhere near is not integrated.
func TestGenericRulesMeetInfinities(t *testing.T) {
	truncated := lik(func(y, f float64) (float64, float64, float64) {
		if f < -1 {
			return math.Inf(-1), 0, 0
		}
		return -f, -1, 0
	})
	for _, l := range []models.Likelihood{truncated, analytic{truncated, 1}} {
		var e expectation
		e.bind(l)
		ell, d1, d2, err := e.at(0, 0, 1)
		if err != nil || finite(ell+d1+d2) {
			t.Errorf("%T: (%v, %v, %v), %v, want −Inf or NaN", l, ell, d1, d2, err)
		}
	}
}

func TestTrapezoidStep(t *testing.T) {
	for v := 1e-10; v < 1e10; v *= 10 {
		h := trapezoidStep(v, math.Pi)
		if !(h > 0) || h > trapezoidStep(v, math.Inf(1)) || h*math.Sqrt(v) > 0.53 && v > 1 {
			t.Errorf("v = %g: %g standard deviations", v, h)
		}
	}
}
