package models_test

import (
	"math"
	"testing"

	"natgrad/models"
)

// TestBernoulliReference compares with values by mpmath at 60 digits.
func TestBernoulliReference(t *testing.T) {
	type reference struct{ f, ll, d1, d2 float64 } // of y = 1
	for _, c := range []struct {
		lik models.Likelihood
		ref []reference
	}{
		{models.BernoulliLogit{}, []reference{
			{-10000, -10000.0, 1.0, 0},
			{-700, -700.0, 1.0, -9.8596765437597709e-305},
			{-40, -40.0, 1.0, -4.248354255291589e-18},
			{-3.5, -3.5297504182726206, 0.97068776924864368, -0.02845302387973556},
			{-1e-3, -0.6936473055599401, 0.50024999997916667, -0.24999993750001042},
			{0, -0.69314718055994531, 0.5, -0.25},
			{0.5, -0.47407698418010668, 0.37754066879814544, -0.23500371220159449},
			{3.5, -0.029750418272620565, 0.029312230751356319, -0.02845302387973556},
			{37, -8.5330476257440654e-17, 8.5330476257440651e-17, -8.5330476257440643e-17},
			{40, -4.248354255291589e-18, 4.248354255291589e-18, -4.248354255291589e-18},
			{700, -9.8596765437597709e-305, 9.8596765437597709e-305, -9.8596765437597709e-305},
			{10000, 0, 0, 0},
		}},
		{models.BernoulliProbit{}, []reference{
			{-10000, -50000010.129278915, 10000.000099999998, -0.9999999900000006},
			{-100, -5005.5242086942051, 100.00999800099926, -0.99990005995005174},
			{-20.5, -214.0667289632638, 20.548551052435849, -0.99765377962752926},
			{-19.5, -194.0169657774975, 19.551015802580621, -0.99741076243504977},
			{-8, -35.01343715991455, 8.1213681122361127, -0.98567511655665909},
			{-5.5, -17.779376352625261, 5.6714103138973056, -0.97213822214555377},
			{-5, -15.064998393988726, 5.1865039671258421, -0.96730356538288777},
			{-4.75, -13.798571593147467, 4.9450301392146927, -0.96442991647189294},
			{-2, -3.7831843336820319, 2.3732155328228409, -0.88572089958591874},
			{-0.5, -1.1759117615936186, 1.1410777703680645, -0.73151959284412105},
			{0, -0.69314718055994531, 0.79788456080286536, -0.63661977236758134},
			{0.5, -0.36894641528865639, 0.50916043383703349, -0.5138245643036329},
			{1.25, -0.11165782847292517, 0.20422545889867676, -0.29698986168572105},
			{3, -0.0013508099647481938, 0.0044378390421256638, -0.013333211541740806},
			{8, -6.2209605742717861e-16, 5.0522710835368954e-15, -4.0418168668295189e-14},
			{30, -4.906713927148187e-198, 1.4736461348785475e-196, -4.4209384046356426e-195},
			{10000, 0, 0, 0},
		}},
	} {
		for _, r := range c.ref {
			ll, d1, d2 := c.lik.LogLik(1, r.f)
			within(t, 2e-13, ll, r.ll, "%T log p(1|%g)", c.lik, r.f)
			within(t, 1e-13, d1, r.d1, "%T log p(1|%g)′", c.lik, r.f)
			within(t, 1e-13, d2, r.d2, "%T log p(1|%g)″", c.lik, r.f)
			// log p(0|−f) is its mirror image.
			ll0, e1, e2 := c.lik.LogLik(0, -r.f)
			if ll0 != ll || e1 != -d1 || e2 != d2 {
				t.Errorf("%T: log p(0|%g) is (%g, %g, %g), log p(1|%g) is (%g, %g, %g)", c.lik, -r.f, ll0, e1, e2, r.f, ll, d1, d2)
			}
		}
	}
}

func TestLogNormCDFGold(t *testing.T) {
	var g struct {
		L []struct {
			X float64
			L float64 `json:"log_norm_cdf"`
			D float64 `json:"d_log_norm_cdf"`
		} `json:"log_norm_cdf"`
	}
	readGold(t, "special_functions", &g)
	if len(g.L) == 0 {
		t.Fatal("no reference values")
	}
	for _, c := range g.L {
		l, d, _ := models.BernoulliProbit{}.LogLik(1, c.X)
		within(t, 1e-13, l, c.L, "log Φ(%g)", c.X)
		within(t, 1e-13, d, c.D, "log Φ(%g)′", c.X)
	}
}

// TestLikelihoodsAreProbabilities: they add up or integrate to 1 over y.
func TestLikelihoodsAreProbabilities(t *testing.T) {
	p := func(l models.Likelihood, y, f float64) float64 {
		ll, _, _ := l.LogLik(y, f)
		return math.Exp(ll)
	}
	for _, f := range []float64{-6, -1.3, 0, 0.4, 2.5} {
		for _, l := range []models.Likelihood{models.BernoulliLogit{}, models.BernoulliProbit{}} {
			within(t, 1e-14, p(l, 0, f)+p(l, 1, f), 1, "%T at %g: Σp", l, f)
		}
		var counts, mean float64
		for y := range 500 {
			counts += p(models.PoissonLog{}, float64(y), f)
			mean += float64(y) * p(models.PoissonLog{}, float64(y), f)
		}
		within(t, 1e-12, counts, 1, "Poisson at %g: Σp", f)
		within(t, 1e-12, mean, math.Exp(f), "Poisson at %g: Σyp", f)
		g := models.GaussianIdentity{Precision: 2.5}
		var mass, second float64
		for k := -2000; k <= 2000; k++ {
			y := f + 0.01*float64(k)
			mass += 0.01 * p(g, y, f)
			second += 0.01 * (y - f) * (y - f) * p(g, y, f)
		}
		within(t, 1e-12, mass, 1, "Gaussian at %g: ∫p", f)
		within(t, 1e-12, second, 1/2.5, "Gaussian at %g: ∫(y−f)²p", f)
	}
}

// TestExpectedLogLik compares closed forms with sums over a fine grid.
func TestExpectedLogLik(t *testing.T) {
	for _, l := range []models.ExpectedLikelihood{models.PoissonLog{}, models.GaussianIdentity{Precision: 0.7}} {
		for _, y := range []float64{0, 1, 7} {
			for _, c := range [][2]float64{{0, 1}, {1.5, 0.25}, {-2, 3}, {0.3, 0}} {
				m, v := c[0], c[1]
				var want [3]float64
				if v == 0 {
					want[0], want[1], want[2] = l.LogLik(y, m)
				}
				for k := -240; k <= 240 && v > 0; k++ {
					const h = 0.05
					x := h * float64(k)
					w := h * math.Exp(-0.5*x*x) / math.Sqrt(2*math.Pi)
					ll, d1, d2 := l.LogLik(y, m+math.Sqrt(v)*x)
					want[0], want[1], want[2] = want[0]+w*ll, want[1]+w*d1, want[2]+w*d2
				}
				ll, d1, d2 := l.ExpectedLogLik(y, m, v)
				for i, got := range []float64{ll, d1, d2} {
					if !(math.Abs(got-want[i]) <= 1e-11*(1+math.Abs(want[i]))) {
						t.Errorf("%T y = %g, f ~ N(%g, %g), derivative %d: %.15g, want %.15g", l, y, m, v, i, got, want[i])
					}
				}
			}
		}
	}
}

func TestLikelihoodsFarOut(t *testing.T) {
	for _, l := range []models.Likelihood{models.BernoulliLogit{}, models.BernoulliProbit{}, models.GaussianIdentity{Precision: 1}, models.PoissonLog{}} {
		for _, f := range []float64{-1e4, -800, 800, 1e4} {
			for _, y := range []float64{0, 1} {
				ll, d1, d2 := l.LogLik(y, f)
				if _, ok := l.(models.PoissonLog); ok && f > 0 {
					// eᶠ is beyond the range of float64.
					if !math.IsInf(ll, -1) || !math.IsInf(d1, -1) || !math.IsInf(d2, -1) {
						t.Errorf("%T: log p(%g|%g) is (%g, %g, %g), want −Inf", l, y, f, ll, d1, d2)
					}
					continue
				}
				for _, v := range []float64{ll, d1, d2} {
					if math.IsNaN(v) || math.IsInf(v, 0) || d2 > 0 {
						t.Errorf("%T: log p(%g|%g) is (%g, %g, %g)", l, y, f, ll, d1, d2)
					}
				}
			}
		}
	}
}

// TestHalfWidth checks that the likelihoods' singularities are where they say:
// 1 + eᶠ is 0 at iπ, and Φ at the point whose imaginary part is given, by its
// Taylor series Φ(z) = ½ + Σ (−1)ᵏ z²ᵏ⁺¹/(√2π 2ᵏ k! (2k+1)).
func TestHalfWidth(t *testing.T) {
	if w := (models.BernoulliLogit{}).HalfWidth(); w != math.Pi {
		t.Errorf("logit: %g, want π", w)
	}
	z := complex(1.915990857616429643, models.BernoulliProbit{}.HalfWidth())
	sum, term := complex(0.5, 0), z*complex(1/math.Sqrt(2*math.Pi), 0)
	for k := range 80 {
		sum += term / complex(float64(2*k+1), 0)
		term *= -z * z / complex(2*float64(k+1), 0)
	}
	if math.Hypot(real(sum), imag(sum)) > 1e-13 {
		t.Errorf("Φ(%v) = %g, want 0", z, sum)
	}
}

func TestLikelihoodsCheck(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		lik       models.Likelihood
		good, bad []float64
	}{
		{models.BernoulliLogit{}, []float64{0, 1}, []float64{-1, 2, 0.5, nan, inf}},
		{models.BernoulliProbit{}, []float64{0, 1}, []float64{-1, 2, 0.5, nan, inf}},
		{models.PoissonLog{}, []float64{0, 1, 1e6}, []float64{-1, 0.5, nan, inf}},
		{models.GaussianIdentity{Precision: 1}, []float64{-1e9, 0, 0.5}, []float64{nan, inf, -inf}},
		{models.GaussianIdentity{}, nil, []float64{0}},
		{models.GaussianIdentity{Precision: nan}, nil, []float64{0}},
		{models.GaussianIdentity{Precision: inf}, nil, []float64{0}},
	} {
		for _, y := range c.good {
			if err := c.lik.Check(y); err != nil {
				t.Errorf("%T refuses %g: %v", c.lik, y, err)
			}
		}
		for _, y := range c.bad {
			if c.lik.Check(y) == nil {
				t.Errorf("%T accepts %g", c.lik, y)
			}
		}
	}
}
