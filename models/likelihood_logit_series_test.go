package models_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/models"
)

// narrowTol is a little above the error of the fits of the series, or of the
// Gauss–Hermite rule that follows them.
func narrowTol(v float64) float64 {
	if v < 0.125 {
		return 6e-14
	}
	return 2e-13
}

func relativeError(got, want float64) float64 {
	if got == want {
		return 0
	}
	return math.Abs(got-want) / math.Abs(want)
}

func checkNarrow(t *testing.T, m, v float64, want [3]float64) {
	t.Helper()
	ell, d1, d2 := models.BernoulliLogit{}.ExpectedLogLik(1, m, v)
	for i, got := range [3]float64{ell, d1, d2} {
		if e := relativeError(got, want[i]); !(e <= narrowTol(v)) {
			t.Errorf("f ~ N(%g, %g), derivative %d: %.17g, want %.17g (relative error %.2g)", m, v, i, got, want[i], e)
		}
	}
}

func TestExpectedLogitNarrowReference(t *testing.T) {
	for _, r := range expectedLogitNarrow {
		checkNarrow(t, r.m, r.v, [3]float64{r.ell, r.d1, r.d2})
		want := bySummation(r.m, r.v)
		for i, exact := range [3]float64{r.ell, r.d1, r.d2} {
			if e := relativeError(want[i], exact); !(e <= 3e-15) {
				t.Errorf("f ~ N(%g, %g), derivative %d by summation: %.17g, want %.17g", r.m, r.v, i, want[i], exact)
			}
		}
	}
}

// bySummation is the trapezoidal rule, without error at this spacing, for
// log p(1|f) and its derivatives, which do not change their signs.
func bySummation(m, v float64) (sum [3]float64) {
	const h, nodes = 0.25, 38
	sd := math.Sqrt(v)
	for k := -nodes; k <= nodes; k++ {
		x := h * float64(k)
		w := h / math.Sqrt(2*math.Pi) * math.Exp(-0.5*x*x)
		ll, d1, d2 := models.BernoulliLogit{}.LogLik(1, m+sd*x)
		sum[0] += w * ll
		sum[1] += w * d1
		sum[2] += w * d2
	}
	return sum
}

// Each coefficient of the series counts somewhere on a fine grid.
func TestExpectedLogitNarrowGrid(t *testing.T) {
	vs := []float64{0, 1e-12, 1e-9, 1e-6, 1e-4, 0.0007}
	for v := 0.002; v < 0.3; v += 0.0061 {
		vs = append(vs, v)
	}
	for _, seam := range narrowSeams {
		vs = append(vs, seam*(1-1e-12), seam*(1+1e-12))
	}
	ms := []float64{-40, -33.3, -25, -17, -12, 12, 15.5, 20, 29, 40}
	for m := -10.; m <= 10; m += 0.37 {
		ms = append(ms, m)
	}
	for _, v := range vs {
		for _, m := range ms {
			checkNarrow(t, m, v, bySummation(m, v))
		}
	}
}

// narrowSeams are the variances at which the series change.
var narrowSeams = []float64{0.05, 0.124}

func TestExpectedLogitNarrowSeams(t *testing.T) {
	for _, v := range narrowSeams {
		for m := -40.; m <= 40; m += 0.21 {
			a0, a1, a2 := models.BernoulliLogit{}.ExpectedLogLik(1, m, v)
			b0, b1, b2 := models.BernoulliLogit{}.ExpectedLogLik(1, m, math.Nextafter(v, 1))
			for i, pair := range [][2]float64{{a0, b0}, {a1, b1}, {a2, b2}} {
				if e := relativeError(pair[1], pair[0]); !(e <= 1e-13) {
					t.Errorf("f ~ N(%g, %g), derivative %d: from %.17g to %.17g", m, v, i, pair[0], pair[1])
				}
			}
		}
	}
}

// BenchmarkExpectedLogitNarrow goes through rows with one variance, and with those
// of a logistic regression of the Adult data: log-normal about 0.023.
func BenchmarkExpectedLogitNarrow(b *testing.B) {
	const rows = 8192
	rnd := rand.New(rand.NewPCG(1, 2))
	y, m, z := make([]float64, rows), make([]float64, rows), make([]float64, rows)
	for i := range m {
		m[i], z[i] = -2+2.5*rnd.NormFloat64(), rnd.NormFloat64()
		if rnd.Float64() < 1/(1+math.Exp(-m[i])) {
			y[i] = 1
		}
	}
	for _, c := range []struct {
		name      string
		v, spread float64
	}{{"v=0.003", 0.003, 0}, {"v=0.03", 0.03, 0}, {"v=0.1", 0.1, 0}, {"v=0.2", 0.2, 0}, {"v=1", 1, 0}, {"mixed", 0.023, 0.87}} {
		b.Run(c.name, func(b *testing.B) {
			v := make([]float64, rows)
			for i := range v {
				v[i] = c.v * math.Exp(c.spread*z[i])
			}
			var lik models.ExpectedLikelihood = models.BernoulliLogit{}
			for b.Loop() {
				for i := range v {
					lik.ExpectedLogLik(y[i], m[i], v[i])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}
