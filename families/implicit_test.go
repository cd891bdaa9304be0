package families

import (
	"math"
	"math/big"
	"testing"
)

func TestImplicitGold(t *testing.T) {
	var g struct {
		Gamma []struct {
			Alpha, Z, Cdf float64
			DzDalpha      float64 `json:"dz_dalpha"`
		}
		Beta []struct {
			A, B, X, Cdf float64
			DxDa         float64 `json:"dx_da"`
			DxDb         float64 `json:"dx_db"`
		}
		Dirichlet struct {
			Alpha, Z, X []float64
			DzDalpha    []float64 `json:"dz_dalpha"`
			Jac         [][]float64
		} `json:"dirichlet_via_gamma"`
	}
	readGold(t, "implicit", &g)
	if len(g.Gamma) == 0 || len(g.Beta) == 0 || len(g.Dirichlet.Jac) == 0 {
		t.Fatal("the gold block implicit is empty")
	}
	for _, p := range g.Gamma {
		within(t, 1e-12, p.Z*gammaLogPath(p.Alpha, math.Log(p.Z)), p.DzDalpha, "dz/dα at α = %g, z = %g", p.Alpha, p.Z)
	}
	for _, p := range g.Beta {
		da, db := betaPath(p.A, p.B, p.X)
		within(t, 1e-12, da, p.DxDa, "∂x/∂a at a = %g, b = %g, x = %g", p.A, p.B, p.X)
		within(t, 1e-12, db, p.DxDb, "∂x/∂b at a = %g, b = %g, x = %g", p.A, p.B, p.X)
	}
	// x = z/Σz: ∂x_i/∂α_j = (δ_ij − x_i) x_j d log z_j/dα_j.
	d := g.Dirichlet
	for j, α := range d.Alpha {
		p := gammaLogPath(α, math.Log(d.Z[j]))
		within(t, 1e-12, d.Z[j]*p, d.DzDalpha[j], "dz/dα at α = %g, z = %g", α, d.Z[j])
		for i, x := range d.X {
			δ := 0.0
			if i == j {
				δ = 1
			}
			within(t, 1e-12, (δ-x)*d.X[j]*p, d.Jac[i][j], "Dirichlet Jacobian (%d, %d)", i, j)
		}
	}
}

func TestGammaLogPathReference(t *testing.T) {
	for _, r := range gammaLogPathRef {
		within(t, 2e-14, gammaLogPath(r[0], r[1]), r[2], "gammaLogPath(%g, %g)", r[0], r[1])
	}
}

// At α = 1 the CDF is 1 − e^{−z}, and at tiny z it is z^α/Γ(α+1).
func TestGammaLogPathLimits(t *testing.T) {
	for _, α := range []float64{1e-8, 1e-6, 1e-3, 0.3, 1, 20, 39, 41, 1e4} {
		for _, logz := range []float64{-100, -1e3, -1e6, -1e9} {
			if l := logz - math.Log(α+1); l > -80 {
				continue
			}
			within(t, 1e-14, gammaLogPath(α, logz), (Digamma(α+1)-logz)/α, "gammaLogPath(%g, %g)", α, logz)
		}
		// Γ(α, z) = z^{α−1} e^{−z} (1 + (α−1)/z + …)
		for _, logz := range []float64{60, 300, 600} {
			within(t, 1e-14, gammaLogPath(α, logz), (logz-Digamma(α))*math.Exp(-logz), "gammaLogPath(%g, %g)", α, logz)
		}
		if g := gammaLogPath(α, math.Inf(-1)); !math.IsInf(g, 1) {
			t.Errorf("gammaLogPath(%g, −Inf) = %g, want +Inf", α, g)
		}
		if g := gammaLogPath(α, math.Inf(1)); g != 0 {
			t.Errorf("gammaLogPath(%g, +Inf) = %g, want 0", α, g)
		}
		if g := gammaLogPath(α, math.NaN()); !math.IsNaN(g) {
			t.Errorf("gammaLogPath(%g, NaN) = %g", α, g)
		}
	}
	if g := gammaLogPath(math.NaN(), 0); !math.IsNaN(g) {
		t.Errorf("gammaLogPath(NaN, 0) = %g", g)
	}
}

// Where two expansions meet they agree.
func TestGammaLogPathSeams(t *testing.T) {
	for _, α := range []float64{40, 41.7, 60, 150, 1e3} {
		for _, l := range []float64{-0.6, -0.55, -0.4} {
			logz := math.Log(α) + l
			within(t, 3e-14, gammaPathAscending(α, logz), gammaPathUniform(α, l), "ascending at α = %g, log(z/α) = %g", α, l)
		}
		for _, l := range []float64{0.4, 0.55, 0.6} {
			logz := math.Log(α) + l
			within(t, 3e-14, gammaPathDescending(α, logz), gammaPathUniform(α, l), "descending at α = %g, log(z/α) = %g", α, l)
			within(t, 3e-14, gammaPathFraction(α, logz), gammaPathUniform(α, l), "fraction at α = %g, log(z/α) = %g", α, l)
		}
	}
	for _, α := range []float64{1e-6, 0.01, 0.4, 1, 1.2, 2, 5, 11, 23, 39.9} {
		logz := math.Max(0.2, math.Log(α))
		within(t, 3e-14, gammaPathAscending(α, logz), gammaPathFraction(α, logz), "ascending at α = %g, log z = %g", α, logz)
	}
}

// The coefficients follow, in exact arithmetic, from
// (e^l − 1) g_k = d_k + g_{k−1}′ and Bernoulli's numbers.
func TestGammaPathCoef(t *testing.T) {
	const n = 30
	bernoulli := make([]*big.Rat, n+1)
	for m := range bernoulli {
		s := new(big.Rat)
		for j := range m {
			c := new(big.Rat).SetInt(new(big.Int).Binomial(int64(m+1), int64(j)))
			s.Add(s, c.Mul(c, bernoulli[j]))
		}
		if m == 0 {
			s.SetInt64(-1)
		}
		bernoulli[m] = s.Mul(s, big.NewRat(-1, int64(m+1)))
	}
	// (e^l − 1)/l
	expm1 := make([]*big.Rat, n+1)
	fact := big.NewInt(1)
	for j := range expm1 {
		fact.Mul(fact, big.NewInt(int64(j+1)))
		expm1[j] = new(big.Rat).SetFrac(big.NewInt(1), fact)
	}
	num := make([]*big.Rat, n+1) // of g_0, over l
	for i := range num {
		num[i] = new(big.Rat)
	}
	num[0].SetInt64(1)
	var g []*big.Rat
	for k := 0; ; k++ {
		g = g[:0:0]
		for i, a := range num {
			c := new(big.Rat).Set(a)
			for j := range i {
				c.Sub(c, new(big.Rat).Mul(g[j], expm1[i-j]))
			}
			g = append(g, c)
		}
		if k > 0 {
			for i, got := range gammaPathCoef[k-1] {
				want, _ := g[i].Float64()
				within(t, 1e-15, got, want, "g_%d, coefficient of l^%d", k, i)
			}
		}
		if k == len(gammaPathCoef) {
			break
		}
		// d_{k+1} + g_k′ has no constant term; the rest is divided by l.
		d := new(big.Rat)
		switch {
		case k == 0:
			d.SetFrac64(1, 2)
		case k%2 == 1:
			d.Mul(bernoulli[k+1], big.NewRat(1, int64(k+1)))
		}
		if d.Add(d, g[1]); d.Sign() != 0 {
			t.Fatalf("d_%d + g_%d′(0) = %v, want 0", k+1, k, d)
		}
		num = num[:0:0]
		for i := 2; i < len(g); i++ {
			num = append(num, new(big.Rat).Mul(g[i], big.NewRat(int64(i), 1)))
		}
	}
}

func TestBetaPathReference(t *testing.T) {
	for _, r := range betaPathRef {
		da, db := betaPath(r[0], r[1], r[2])
		within(t, 1e-12, da, r[3], "∂x/∂a at a = %g, b = %g, x = %g", r[0], r[1], r[2])
		within(t, 1e-12, db, r[4], "∂x/∂b at a = %g, b = %g, x = %g", r[0], r[1], r[2])
	}
	for _, x := range []float64{0, 1} {
		if da, db := betaPath(2, 3, x); da != 0 || db != 0 {
			t.Errorf("betaPath(2, 3, %g) = %g, %g, want zeros", x, da, db)
		}
	}
}

// For b = 1 the CDF is x^a, so that d log x/da = −log x/a. For a = 1 it is
// 1 − (1−x)^b.
func TestBetaPathPowers(t *testing.T) {
	for _, a := range []float64{1e-3, 0.1, 1, 30, 1e4, 1e6} {
		for _, p := range []float64{1e-300, 1e-30, 1e-10, 0.01, 0.5, 0.9, 0.999} {
			logx := math.Log(p) / a // −7e5 for a = 1e-3
			y := -math.Expm1(logx)
			du, _ := betaLogitPath(a, 1, logx, math.Log(y))
			within(t, 1e-12, du, -logx/a/y, "∂u/∂a at a = %g, b = 1, log x = %g", a, logx)
			_, dv := betaLogitPath(1, a, math.Log(y), logx)
			within(t, 1e-12, dv, logx/a/y, "∂u/∂b at a = 1, b = %g, log(1−x) = %g", a, logx)
		}
	}
}

// A Beta(a, b) variable times b is a Gamma(a, 1) variable as b → ∞, with a
// relative error of order (z² + a²)/b.
func TestBetaPathGammaLimit(t *testing.T) {
	const b = 1e13
	for _, a := range []float64{1e-3, 0.1, 1, 4, 25} {
		for _, z := range []float64{1e-3, 0.1, 1, 5, 20} {
			da, _ := betaPath(a, b, z/b)
			within(t, 1e-9, da*b/z, gammaLogPath(a, math.Log(z)), "b ∂x/∂a / z at a = %g, z = %g", a, z)
		}
	}
}

func TestImplicitAllocs(t *testing.T) {
	n := testing.AllocsPerRun(10, func() {
		benchmarkSink += gammaLogPath(3, 0.5) + gammaLogPath(0.3, 1.5) + gammaLogPath(1e3, 6.9) + gammaLogPath(50, 5)
		da, db := betaPath(2, 3, 0.4)
		benchmarkSink += da + db
	})
	if n != 0 {
		t.Errorf("%g allocations, want none", n)
	}
}

func FuzzGammaLogPath(f *testing.F) {
	f.Add(1e-6, -1e6)
	f.Add(39.9, 3.7)
	f.Add(40.1, 4.3)
	f.Add(1e8, 18.42)
	f.Fuzz(func(t *testing.T, alpha, logz float64) {
		if !(alpha >= 1e-6 && alpha <= 1e8 && math.Abs(logz) < 600) {
			t.Skip("outside the documented range")
		}
		g := gammaLogPath(alpha, logz)
		if !(g > 0) || math.IsInf(g, 1) {
			t.Errorf("gammaLogPath(%g, %g) = %g, want positive and finite", alpha, logz, g)
		}
		// It falls in z, and z = exp(logz) is known to |logz| units only.
		if h := gammaLogPath(alpha, logz+1e-3); !(h < g*(1+1e-12)) {
			t.Errorf("gammaLogPath(%g, %g) = %.17g rises to %.17g", alpha, logz, g, h)
		}
	})
}
