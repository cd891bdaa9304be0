package families

import (
	"math"
	"math/rand/v2"
	"testing"
)

// setParams sets the parameters of q in its own terms, and returns those it has,
// with a = ½(ν−p+1) in place of ν.
func setParams(q Distribution, x []float64) (ok bool, now func() []float64) {
	switch q := q.(type) {
	case *WishartDist:
		return q.SetParams(x[0], x[1:]), func() []float64 { return append(fs{q.w.a}, q.w.v...) }
	case *InverseWishartDist:
		return q.SetParams(x[0], x[1:]), func() []float64 {
			_, Ψ := q.Params(nil)
			return append(fs{q.w.a}, Ψ...)
		}
	case *NormalGammaDist:
		return q.SetParams(x[0], x[1], x[2], x[3]), func() []float64 {
			m, κ, α, β := q.Params()
			return fs{m, κ, α, β}
		}
	case *NormalWishartDist:
		d, n := q.f.d, len(x)
		return q.SetParams(x[:d], x[d], x[d+1:n-1], x[n-1]), func() []float64 {
			m, κ, W, _ := q.Params(nil, nil)
			return append(append(append(m, κ), W...), q.w.a)
		}
	}
	panic("no such family")
}

func wishartOf(t testing.TB, ν float64, V ...float64) *WishartDist {
	t.Helper()
	q := Wishart(int(math.Sqrt(float64(len(V))))).New().(*WishartDist)
	if !q.SetParams(ν, V) {
		t.Fatalf("%v refuses ν = %g, V = %v", q.Family(), ν, V)
	}
	return q
}

func inverseWishartOf(t testing.TB, ν float64, Ψ ...float64) *InverseWishartDist {
	t.Helper()
	q := InverseWishart(int(math.Sqrt(float64(len(Ψ))))).New().(*InverseWishartDist)
	if !q.SetParams(ν, Ψ) {
		t.Fatalf("%v refuses ν = %g, Ψ = %v", q.Family(), ν, Ψ)
	}
	return q
}

func normalGamma(t testing.TB, m, κ, α, β float64) *NormalGammaDist {
	t.Helper()
	q := NormalGamma().New().(*NormalGammaDist)
	if !q.SetParams(m, κ, α, β) {
		t.Fatalf("NormalGamma refuses m = %g, κ = %g, α = %g, β = %g", m, κ, α, β)
	}
	return q
}

func normalWishart(t testing.TB, m []float64, κ float64, W []float64, ν float64) *NormalWishartDist {
	t.Helper()
	q := NormalWishart(len(m)).New().(*NormalWishartDist)
	if !q.SetParams(m, κ, W, ν) {
		t.Fatalf("%v refuses m = %v, κ = %g, W = %v, ν = %g", q.Family(), m, κ, W, ν)
	}
	return q
}

func TestWishartReferences(t *testing.T) {
	for _, r := range wishartRefs {
		q, p := r.f.New(), r.f.New()
		ok, _ := setParams(q, r.params)
		if ok2, _ := setParams(p, r.other); !ok || !ok2 {
			t.Errorf("%v refuses %v or %v", r.f, r.params, r.other)
			continue
		}
		at := func(what string) string { return what + " of " + r.f.String() }
		nearZero(t, r.tol, 1, q.LogPartition(), r.a, at("A")+" %v", r.params)
		nearZero(t, r.tol, 1, q.Entropy(), r.entropy, at("entropy")+" %v", r.params)
		nearZero(t, r.tolLogProb, 1, q.LogProb(r.z), r.logProb, at("log q(%v)")+" %v", r.z, r.params)
		within(t, r.tolKL, KL(q, p), r.kl, at("KL")+" %v from %v", r.other, r.params)
		for i, μ := range q.Mean(nil) {
			nearZero(t, r.tol, 0, μ, r.mean[i], at("μ[%d]")+" %v", i, r.params)
		}
		for i, y := range q.FisherMulVec(nil, r.v) {
			within(t, r.tol, y, r.fv[i], at("(F v)[%d]")+" %v", i, r.params)
		}
		for i, y := range q.FisherSolve(nil, r.g) {
			within(t, r.tol, y, r.solved[i], at("(F⁻¹g)[%d]")+" %v", i, r.params)
		}
		p = r.f.New()
		_, now := setParams(p, r.other)
		if !p.SetMean(r.mean) {
			t.Errorf("%v refuses μ = %v", r.f, r.mean)
			continue
		}
		for i, x := range now() {
			within(t, r.tolOfMean, x, r.ofMean[i], at("parameter %d of the mean")+" %v", i, r.params)
		}
	}
}

// Sums over the a_i, against golds of the textbook forms.
func TestGoldMultiGamma(t *testing.T) {
	var g struct {
		Multivariate []struct {
			P             int
			A             float64
			LogΓ          float64 `json:"lmvgamma"`
			Digamma       float64 `json:"mvdigamma"`
			MultiTrigamma float64 `json:"mvtrigamma"`
		}
	}
	readGold(t, "special_functions", &g)
	if len(g.Multivariate) == 0 {
		t.Fatal("the gold block multivariate is empty")
	}
	for _, r := range g.Multivariate {
		x, p := r.A, float64(r.P)
		a := x - halfSteps(r.P)
		within(t, 1e-14, p*x*(math.Log(x)-1)-multiNorm(r.P, a), r.LogΓ, "log Γ_%d(%g)", r.P, x)
		within(t, 1e-14, p*math.Log(x)-logMinusMultiDigamma(r.P, a), r.Digamma, "ψ_%d(%g)", r.P, x)
		within(t, 1e-14, multiTrigamma(r.P, a), r.MultiTrigamma, "ψ₁,%d(%g)", r.P, x)
		within(t, 1e-14, multiTrigammaExcess(r.P, a)+p/x, r.MultiTrigamma, "ψ₁,%d(%g) − p/x + p/x", r.P, x)
	}
}

// wishartShape finds the shape from end to end, for matrices of any size.
func TestWishartShape(t *testing.T) {
	for _, p := range []int{1, 2, 3, 5, 10, 50, 300} {
		for e := -12.0; e <= 12; e += 0.3 {
			a := math.Pow(10, e)
			s := logMinusMultiDigamma(p, a)
			// A relative error in s is one of s/(a |ds/da|) in a.
			lost := s / (a * multiTrigammaExcess(p, a))
			within(t, 4e-15*max(1, lost), wishartShape(p, s), a, "shape at p = %d", p)
		}
		if a := wishartShape(p, 0); !math.IsInf(a, 1) {
			t.Errorf("p = %d: shape %g at 0", p, a)
		}
		if a := wishartShape(p, inf); a != 0 {
			t.Errorf("p = %d: shape %g at +Inf", p, a)
		}
		if a := wishartShape(p, -1); !math.IsNaN(a) {
			t.Errorf("p = %d: shape %g at −1", p, a)
		}
	}
}

// In one dimension the matrix families are the scalar ones, with the same λ.
func TestWishartOfOneDimension(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 1))
	for _, test := range []struct {
		matrix, scalar Family
		members        []Natural
	}{
		{Wishart(1), Gamma(), []Natural{{0, -1}, {-0.7, -30}, {5, -1e-3}, {1e6, -2e6}, {1e-6 - 1, -2}}},
		{InverseWishart(1), InverseGamma(), []Natural{{-2, -1}, {-1.3, -30}, {-7, -1e-3}, {-1e6, -2e6}, {-1e-6 - 1, -2}}},
		{NormalWishart(1), NormalGamma(), []Natural{{0.5, -1, 0, -0.5}, {-0.2, -30, 4, -1}, {5, -1e-3, 1e-2, -1}, {1e6, -2e6, 10, -3}}},
	} {
		for i, λ := range test.members {
			q, o := test.matrix.New(), test.scalar.New()
			if !q.SetNatural(λ) || !o.SetNatural(λ) {
				t.Fatalf("%v or %v refuses %v", test.matrix, test.scalar, λ)
			}
			at := func(what string) string { return test.matrix.String() + " " + what }
			nearZero(t, 4e-15, 1, q.LogPartition(), o.LogPartition(), at("A"))
			nearZero(t, 4e-15, 1, q.Entropy(), o.Entropy(), at("entropy"))
			vectors(t, 4e-15, q.Mean(nil), o.Mean(nil), at("μ"))
			v, g := make(Natural, len(λ)), make(Mean, len(λ))
			for i := range v {
				v[i], g[i] = rnd.NormFloat64(), rnd.NormFloat64()
			}
			vectors(t, 1e-13, q.FisherMulVec(nil, v), o.FisherMulVec(nil, v), at("F v"))
			vectors(t, 1e-12, q.FisherSolve(nil, g), o.FisherSolve(nil, g), at("F⁻¹g"))
			a, b := test.matrix.New(), test.scalar.New()
			next := test.members[(i+1)%len(test.members)]
			a.SetNatural(next)
			b.SetNatural(next)
			within(t, 1e-12, KL(q, a), KL(o, b), at("KL"))
			for range 20 {
				z := o.Rand(nil, rnd)
				nearZero(t, 1e-11, 1, q.LogProb(z), o.LogProb(z), at("log q(%v)"), z)
				vectors(t, 4e-15, test.matrix.SufficientStats(nil, z), test.scalar.SufficientStats(nil, z), at("T(%v)"), z)
			}
			if !a.SetMean(o.Mean(nil)) || !b.SetMean(o.Mean(nil)) {
				t.Errorf("%v refuses μ of %v", test.matrix, λ)
			}
			vectors(t, 1e-8, a.Natural(nil), b.Natural(nil), at("λ of μ"))
		}
	}
}

// The inverse of a Wishart matrix is inverse Wishart: the densities differ by the
// Jacobian |X|^−(p+1), and the divergences not at all.
func TestInverseWishartIsOfInverses(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 2))
	w, iw := Wishart(3).New().(*WishartDist), InverseWishart(3).New().(*InverseWishartDist)
	w2, iw2 := Wishart(3).New().(*WishartDist), InverseWishart(3).New().(*InverseWishartDist)
	Ψ := fs{2, 0.5, -0.25, 0.5, 1, 0.125, -0.25, 0.125, 0.5}
	V := inverted(Ψ, 3)
	if !iw.SetParams(4.5, Ψ) || !w.SetParams(4.5, V) || !iw2.SetParams(7, V) || !w2.SetParams(7, Ψ) {
		t.Fatal("parameters are refused")
	}
	within(t, 1e-13, KL(w, w2), KL(iw, iw2), "KL")
	nearZero(t, 1e-13, 1, w.Entropy()-4*w.Mean(nil)[0], iw.Entropy(), "entropy")
	for range 50 {
		x := iw.Rand(nil, rnd)
		T := iw.Family().SufficientStats(nil, x)
		nearZero(t, 1e-11, 1, w.LogProb(T[1:])-4*T[0], iw.LogProb(x), "log q(%v)", x)
		vectors(t, 1e-10, T[1:], inverted(x, 3), "inverse of %v", x)
	}
}

// inverted returns the inverse of a positive definite matrix, by elimination.
func inverted(a []float64, n int) []float64 {
	a = append(fs(nil), a...)
	for k := range n { // sweep
		d := a[k*n+k]
		for i := range n {
			for j := range n {
				if i != k && j != k {
					a[i*n+j] -= a[i*n+k] * a[k*n+j] / d
				}
			}
		}
		for i := range n {
			if i != k {
				a[i*n+k] /= d
				a[k*n+i] = a[i*n+k]
			}
		}
		a[k*n+k] = -1 / d
	}
	for i := range a {
		a[i] = -a[i]
	}
	return a
}

// Draws close to the end of the domain are singular to all digits. They are still
// positive definite matrices, with a finite density.
func TestWishartDrawsAreInTheSupport(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 3))
	V := fs{2, 0.5, -0.25, 0.5, 1, 0.125, -0.25, 0.125, 0.5}
	for _, excess := range []float64{1e-9, 1e-3, 0.1, 1} {
		w, iw, nw := Wishart(3).New().(*WishartDist), InverseWishart(3).New().(*InverseWishartDist), NormalWishart(3).New().(*NormalWishartDist)
		ng := NormalGamma().New().(*NormalGammaDist)
		if !w.SetParams(2+excess, V) || !iw.SetParams(2+excess, V) || !nw.SetParams(fs{1, 2, 3}, 0.5, V, 2+excess) || !ng.SetParams(1, 2, excess, 1) {
			t.Fatalf("ν = 2 + %g is refused", excess)
		}
		for _, q := range []Distribution{w, iw, nw, ng} {
			for range 300 {
				z := q.Rand(nil, rnd)
				if l := q.LogProb(z); !isFinite(l) {
					t.Fatalf("%v, ν = 2 + %g: log q(%v) = %g", q.Family(), excess, z, l)
				}
				if T := q.Family().SufficientStats(nil, z); !finite(T) {
					t.Fatalf("%v, ν = 2 + %g: T(%v) = %v", q.Family(), excess, z, T)
				}
			}
		}
	}
}
