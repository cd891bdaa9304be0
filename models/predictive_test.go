package models_test

import (
	"math"
	"testing"

	"natgrad/models"
)

// Integrals by mpmath, 30 digits.
func TestLogitPredictive(t *testing.T) {
	var logit models.BernoulliLogit
	for _, c := range []struct{ m, v, want float64 }{
		{0, 0, -0.693147180559945309},
		{0, 1e4, -0.693147180559945309},
		{1.5, 0.3, -0.217919202899152867},
		{-1.5, 0.3, -1.6306125985810999},
		{-3, 1, -2.66896616068794658},
		{-3, 1.0000001, -2.66896612820214832},
		{2, 5, -0.274501915163963114},
		{-40, 1, -39.5},
		{-40, 2, -39.0000000000000001},
		{-40, 30, -25.0424123339920652},
		{-300, 100, -249.999999999999963},
		{30, 4, -6.91440010668156555e-13},
		{-10, 1000, -0.977869478394718233},
		{-2000, 100, -1949.99999999999996},
		{5, 1e6, -0.689165717494303997},
		{-5, 1e6, -0.697144559061558564},
		{-3000, 1e6, -6.60771002008719496},
		{1e-3, 1e-8, -0.692647305561189476},
		{-800, 0.5, -799.749999999999963},
	} {
		lp, lq := logit.LogPredictive(1, c.m, c.v), logit.LogPredictive(0, c.m, c.v)
		if !(math.Abs(lp-c.want) <= 3e-15+1e-14*math.Abs(c.want)) {
			t.Errorf("m %v, v %v: %.17g, want %.17g", c.m, c.v, lp, c.want)
		}
		if s := math.Exp(lp) + math.Exp(lq); !(math.Abs(s-1) <= 1e-14) {
			t.Errorf("m %v, v %v: the two classes sum to %.17g", c.m, c.v, s)
		}
	}
	if p := logit.LogPredictive(1, math.NaN(), 1); !math.IsNaN(p) {
		t.Errorf("NaN gives %v", p)
	}
}

// By sums over a fine grid.
func TestPredictive(t *testing.T) {
	for _, lik := range []models.PredictiveLikelihood{models.BernoulliProbit{}, models.BernoulliLogit{}, models.GaussianIdentity{Precision: 3}} {
		for _, c := range [][2]float64{{0, 1}, {-1, 1e-9}, {0.7, 2.5}, {-2, 0.1}} {
			for _, y := range []float64{0, 1} {
				const h = 1. / 64
				var want float64
				for k := -12 * 64; k <= 12*64; k++ {
					x := float64(k) * h
					ll, _, _ := lik.LogLik(y, c[0]+math.Sqrt(c[1])*x)
					want += h * math.Exp(ll-x*x/2) / math.Sqrt(2*math.Pi)
				}
				if got := lik.LogPredictive(y, c[0], c[1]); !(math.Abs(math.Exp(got)-want) <= 1e-12) {
					t.Errorf("%T, y = %v, f ~ N(%v, %v): %.15g, want %.15g", lik, y, c[0], c[1], math.Exp(got), want)
				}
			}
		}
	}
}
