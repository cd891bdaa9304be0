package models_test

import (
	"math"
	"testing"

	"natgrad/models"
)

func TestExpectedBernoulliReference(t *testing.T) {
	for _, c := range []struct {
		lik models.ExpectedLikelihood
		ref []expectedRow
	}{
		{models.BernoulliLogit{}, expectedLogit},
		{models.BernoulliProbit{}, expectedProbit},
	} {
		for _, r := range c.ref {
			ell, d1, d2 := c.lik.ExpectedLogLik(1, r.m, r.v)
			for i, pair := range [][2]float64{{ell, r.ell}, {d1, r.d1}, {d2, r.d2}} {
				got, want := pair[0], pair[1]
				if !(math.Abs(got-want) <= 1e-12*math.Abs(want)+1e-289) {
					t.Errorf("%T, f ~ N(%g, %g), derivative %d: %.17g, want %.17g (relative error %.2g)",
						c.lik, r.m, r.v, i, got, want, got/want-1)
				}
			}
			// log p(0|f) is the mirror image.
			ell0, e1, e2 := c.lik.ExpectedLogLik(0, -r.m, r.v)
			if ell0 != ell || e1 != -d1 || e2 != d2 {
				t.Errorf("%T, f ~ N(%g, %g): (%g, %g, %g) for y = 0 is not the mirror image of (%g, %g, %g)",
					c.lik, -r.m, r.v, ell0, e1, e2, ell, d1, d2)
			}
		}
	}
}

func TestExpectedLogitGold(t *testing.T) {
	var g struct {
		Cases []struct {
			M, V float64
			SP   float64 `json:"E_softplus"`
			S    float64 `json:"E_sigmoid"`
			DS   float64 `json:"E_sigmoid_prime"`
		}
	}
	readGold(t, "gaussian_logistic_expectations", &g)
	if len(g.Cases) == 0 {
		t.Fatal("no reference values")
	}
	for _, c := range g.Cases {
		ell, d1, d2 := models.BernoulliLogit{}.ExpectedLogLik(0, c.M, c.V)
		within(t, 1e-12, -ell, c.SP, "E log(1+e^f), f ~ N(%g, %g)", c.M, c.V)
		within(t, 1e-12, -d1, c.S, "E σ(f), f ~ N(%g, %g)", c.M, c.V)
		within(t, 1e-12, -d2, c.DS, "E σ′(f), f ~ N(%g, %g)", c.M, c.V)
	}
}

// Without variance the expectations are the values.
func TestExpectedBernoulliAtAPoint(t *testing.T) {
	for _, l := range []models.ExpectedLikelihood{models.BernoulliLogit{}, models.BernoulliProbit{}} {
		for _, m := range []float64{-1e4, -700, -30, -3.2, -1e-9, 0, 0.7, 5, 40, 700, 1e4} {
			for _, y := range []float64{0, 1} {
				ll, d1, d2 := l.LogLik(y, m)
				for _, v := range []float64{0, 1e-30} {
					ell, e1, e2 := l.ExpectedLogLik(y, m, v)
					within(t, 1e-13, ell, ll, "%T y = %g, f ~ N(%g, %g)", l, y, m, v)
					within(t, 1e-13, e1, d1, "%T y = %g, f ~ N(%g, %g), ′", l, y, m, v)
					within(t, 1e-13, e2, d2, "%T y = %g, f ~ N(%g, %g), ″", l, y, m, v)
				}
			}
		}
	}
}

// The rules change with the variance, and the results with them only by
// rounding.
func TestExpectedBernoulliSeams(t *testing.T) {
	for _, l := range []models.ExpectedLikelihood{models.BernoulliLogit{}, models.BernoulliProbit{}} {
		for _, v := range []float64{0.032, 0.124, 0.302, 2, 0.8 * 0.032, 0.8 * 0.124, 0.8 * 0.302, 4} {
			for _, m := range []float64{-20, -4, -2, -1, -0.01, 0, 0.3, 1, 1.01, 2.5, 6, 25} {
				a0, a1, a2 := l.ExpectedLogLik(1, m, v*(1-1e-15))
				b0, b1, b2 := l.ExpectedLogLik(1, m, v*(1+1e-15))
				within(t, 1e-12, a0, b0, "%T, f ~ N(%g, %g)", l, m, v)
				within(t, 1e-12, a1, b1, "%T, f ~ N(%g, %g), ′", l, m, v)
				within(t, 1e-12, a2, b2, "%T, f ~ N(%g, %g), ″", l, m, v)
			}
		}
	}
}

func TestExpectedBernoulliNotFinite(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, l := range []models.ExpectedLikelihood{models.BernoulliLogit{}, models.BernoulliProbit{}} {
		for _, c := range [][2]float64{{nan, 1}, {0, nan}, {nan, nan}, {inf, 1}, {-inf, 1}, {inf, 1e9}, {-inf, 1e9}, {0, inf}, {3, inf}} {
			ell, d1, d2 := l.ExpectedLogLik(1, c[0], c[1])
			if s := ell + d1 + d2; s-s == 0 && c[0] != inf {
				t.Errorf("%T, f ~ N(%g, %g): (%g, %g, %g)", l, c[0], c[1], ell, d1, d2)
			}
		}
	}
}

func checkExpectedBernoulli(t *testing.T, m, v float64) {
	t.Helper()
	for _, y := range []float64{0, 1} {
		ell, d1, d2 := models.BernoulliLogit{}.ExpectedLogLik(y, m, v)
		sign := 2*y - 1
		if !(ell <= 0 && ell > -1e10 && sign*d1 >= 0 && sign*d1 <= 1 && d2 <= 0 && d2 >= -0.25) {
			t.Errorf("logit y = %g, f ~ N(%g, %g): (%g, %g, %g)", y, m, v, ell, d1, d2)
		}
		ell, d1, d2 = models.BernoulliProbit{}.ExpectedLogLik(y, m, v)
		if !(ell <= 0 && ell > -1e17 && sign*d1 >= 0 && d2 <= 0 && d2 >= -1-1e-12) {
			t.Errorf("probit y = %g, f ~ N(%g, %g): (%g, %g, %g)", y, m, v, ell, d1, d2)
		}
	}
}

func FuzzExpectedBernoulli(f *testing.F) {
	for _, c := range [][2]float64{{0, 0}, {1, 0.1}, {-1e6, 1e16}, {1e6, 2}, {1e6, 1e6}, {-300, 150}, {1e4, 2e4}, {5, 1e-300}} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, m, v float64) {
		if !(math.Abs(m) <= 1e6 && v >= 0 && v <= 1e16) {
			t.Skip("outside the promise")
		}
		checkExpectedBernoulli(t, m, v)
	})
}

// A grid of what the fuzzer tries.
func TestExpectedBernoulliRange(t *testing.T) {
	ms := []float64{0}
	for m := 1e-8; m <= 1e6; m *= 3.1 {
		ms = append(ms, m, -m)
	}
	for v := 1e-18; v <= 1e16; v *= 7.3 {
		for _, m := range ms {
			checkExpectedBernoulli(t, m, v)
		}
	}
}

func BenchmarkExpectedLogLik(b *testing.B) {
	for _, l := range []models.ExpectedLikelihood{models.BernoulliLogit{}, models.BernoulliProbit{}} {
		for _, c := range []struct {
			name string
			v    float64
		}{{"v=0.01", 0.01}, {"v=0.1", 0.1}, {"v=1", 1}, {"v=100", 100}, {"v=1e16", 1e16}} {
			b.Run(map[bool]string{true: "logit/", false: "probit/"}[l == models.BernoulliLogit{}]+c.name, func(b *testing.B) {
				y, m := 0.0, -3.0
				for b.Loop() {
					l.ExpectedLogLik(y, m, c.v)
					if m += 0.013; m > 3 {
						m -= 6
					}
					y = 1 - y
				}
			})
		}
	}
}
