package families

import (
	"math"
	"math/rand/v2"
	"testing"
)

// zScore is of a sample mean against its expectation.
type zScore struct{ n, sum, squares float64 }

func (s *zScore) add(x float64) { s.n++; s.sum += x; s.squares += x * x }

func (s *zScore) check(t *testing.T, want float64, format string, args ...any) {
	t.Helper()
	mean := s.sum / s.n
	se := math.Sqrt(max(s.squares/s.n-mean*mean, 0) / s.n)
	if d := math.Abs(mean - want); !(d <= 4.5*se+1e-12*math.Abs(want)) {
		t.Errorf(format+": the mean of %g draws is %g, want %g: %.2g standard errors off", append(args, s.n, mean, want, d/se)...)
	}
}

func drawMembers(t testing.TB) []Distribution {
	return []Distribution{
		gamma(t, 1e-3, 2), gamma(t, 0.3, 1e-3), gamma(t, 2.5, 1.5), gamma(t, 1e5, 3),
		inverseGamma(t, 4.5, 2), inverseGamma(t, 60, 1e3), inverseGamma(t, 0.02, 5),
		beta(t, 0.8, 0.5), beta(t, 1e-3, 3), beta(t, 2, 3.5), beta(t, 3e4, 2e5),
		dirichletOf(t, 0.4, 2, 3.5), dirichletOf(t, 1e-3, 1, 30, 0.02), dirichletOf(t, 1e4, 3e4),
		categoricalOf(t, 0.1, 0.2, 0.3, 0.4), categoricalOf(t, 1, 2000),
		wishartOf(t, 2.4, 2, 0.5, -0.25, 0.5, 1, 0.125, -0.25, 0.125, 0.5), wishartOf(t, 1e5, 1, 0.999, 0.999, 1.001),
		inverseWishartOf(t, 2.4, 2, 0.5, -0.25, 0.5, 1, 0.125, -0.25, 0.125, 0.5), inverseWishartOf(t, 1e5, 1e4, 3e-5, 3e-5, 1e-4),
		normalGamma(t, -3, 0.01, 0.2, 4), normalGamma(t, 10, 3, 60, 0.5),
		multiNormalGamma(t, fs{3, -2}, fs{1, 0.3, 0.3, 0.5}, 0.7, 2),
		normalWishart(t, fs{3, -2}, 0.1, fs{1, 0.3, 0.3, 0.5}, 1.5),
	}
}

// drawStats draws T(z), where z may underflow from log z.
func drawStats(q Distribution, T Mean, rnd *rand.Rand) {
	switch q := q.(type) {
	case *GammaDist:
		q.LogRand(T[:1], rnd)
		T[1] = math.Exp(T[0])
	case *InverseGammaDist:
		q.LogRand(T[:1], rnd)
		T[1] = math.Exp(-T[0])
	case *BetaDist:
		T[0], T[1] = q.logPair(rnd)
	case *DirichletDist:
		q.LogRand(T, rnd)
	default:
		q.Family().SufficientStats(T, q.Rand(nil, rnd))
	}
}

// E[T(z)] = μ and Var T_i(z) = F_ii.
func TestDrawMoments(t *testing.T) {
	for c, q := range drawMembers(t) {
		rnd := rand.New(rand.NewPCG(11, uint64(c)))
		n := q.Family().NumParams()
		μ, T := q.Mean(nil), make(Mean, n)
		mean, square := make([]zScore, n), make([]zScore, n)
		for range 10000 {
			drawStats(q, T, rnd)
			for i, x := range T {
				mean[i].add(x)
				square[i].add((x - μ[i]) * (x - μ[i]))
			}
		}
		e := make(Natural, n)
		for i := range n {
			mean[i].check(t, μ[i], "%v %v: T_%d", q.Family(), q.Natural(nil), i)
			clear(e)
			e[i] = 1
			square[i].check(t, q.FisherMulVec(nil, e)[i], "%v %v: variance of T_%d", q.Family(), q.Natural(nil), i)
		}
	}
}

// LogRand is the logarithm of Rand, where there is one.
func TestLogRandIsOfRand(t *testing.T) {
	for c, q := range drawMembers(t) {
		l, ok := q.(LogRander)
		if !ok {
			continue
		}
		a, b := rand.New(rand.NewPCG(5, uint64(c))), rand.New(rand.NewPCG(5, uint64(c)))
		for range 300 {
			z, logz := q.Rand(nil, a), l.LogRand(nil, b)
			if lp := q.LogProb(z); math.IsNaN(lp) || math.IsInf(lp, 0) {
				t.Fatalf("%v %v: log q = %g at the draw %v", q.Family(), q.Natural(nil), lp, z)
			}
			for i, x := range logz {
				if math.IsInf(x, 0) || math.IsNaN(x) {
					t.Fatalf("%v: log z = %v", q.Family(), logz)
				}
				if x > -700 && x < 700 && z[i] != 1-0x1p-53 {
					nearZero(t, 1e-15, 1, math.Log(z[i]), x, "%v: log z", q.Family())
				}
			}
		}
	}
}

// Draws of the smallest shapes stay inside the support, and those in log space
// show how small they are.
func TestDrawsOfTinyShapes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 9))
	for _, q := range []Distribution{
		gamma(t, 1e-6, 1), gamma(t, 1e-3, 1), inverseGamma(t, 1e-6, 1), beta(t, 1e-6, 1e-6), beta(t, 1e-6, 1e8),
		beta(t, 1e8, 1e-6), dirichletOf(t, 1e-6, 1e-6, 1e-6), dirichletOf(t, 1e8, 1e-6),
	} {
		var lowest, highest float64
		for range 200 {
			z := q.Rand(nil, rnd)
			if lp := q.LogProb(z); math.IsNaN(lp) || math.IsInf(lp, 0) {
				t.Fatalf("%v %v: log q = %g at the draw %v", q.Family(), q.Natural(nil), lp, z)
			}
			for _, x := range q.(LogRander).LogRand(nil, rnd) {
				if math.IsInf(x, 0) || math.IsNaN(x) {
					t.Fatalf("%v: log z = %g", q.Family(), x)
				}
				lowest, highest = min(lowest, x), max(highest, x)
			}
		}
		if b, ok := q.(*BetaDist); lowest > -1e3 && highest < 1e3 && !(ok && b.A() > 1) {
			t.Errorf("%v: log z from %g to %g", q.Family(), lowest, highest)
		}
	}
}

// Shares of the categories, and no other values.
func TestCategoricalRand(t *testing.T) {
	p := []float64{0.05, 0.6, 0.15, 0.2}
	q := categoricalOf(t, p...)
	rnd := rand.New(rand.NewPCG(2, 2))
	shares := make([]zScore, len(p))
	for range 20000 {
		z := q.Rand(nil, rnd)[0]
		for k := range shares {
			if z == float64(k) {
				shares[k].add(1)
			} else {
				shares[k].add(0)
			}
		}
	}
	for k, s := range shares {
		s.check(t, p[k], "share of category %d", k)
	}
}

// gradT stores in g the gradient in z of T_i.
func gradT(q Distribution, g, z []float64, i int) {
	clear(g)
	switch q.(type) {
	case *GammaDist:
		g[0] = [2]float64{1 / z[0], 1}[i]
	case *InverseGammaDist:
		g[0] = [2]float64{1 / z[0], -1 / z[0] / z[0]}[i]
	case *BetaDist:
		g[0] = [2]float64{1 / z[0], -1 / (1 - z[0])}[i]
	case *DirichletDist:
		g[i] = 1 / z[i]
	}
}

// With f = T_i a path gradient has the expectation ∇_λ E[T_i], column i of F:
// the derivatives of ψ(α), α/β and so on.
func TestPathGradientOfStatistics(t *testing.T) {
	for c, q := range drawMembers(t) {
		p, ok := q.(Pathwise)
		if ig, is := q.(*InverseGammaDist); !ok || is && ig.Shape() < 1 {
			continue // 1/z² overflows there
		}
		rnd := rand.New(rand.NewPCG(21, uint64(c)))
		n, d := q.Family().NumParams(), q.Family().Dim()
		z, g, aux := make([]float64, d), make([]float64, d), make([]float64, p.NumAux())
		grad := make(Mean, n)
		sums := make([][]zScore, n)
		for i := range sums {
			sums[i] = make([]zScore, n)
		}
		for range 1500 {
			p.RandPath(z, aux, rnd)
			for i := range n {
				gradT(q, g, z, i)
				clear(grad)
				p.AddPathGrad(grad, 1, z, aux, g)
				for j, x := range grad {
					sums[i][j].add(x)
				}
			}
		}
		e := make(Natural, n)
		for i := range n {
			clear(e)
			e[i] = 1
			for j, want := range q.FisherMulVec(nil, e) {
				sums[i][j].check(t, want, "%v %v: gradient in λ_%d of E[T_%d]", q.Family(), q.Natural(nil), j, i)
			}
		}
	}
}

// Expectations with gradients known in closed form: E[z] and E[z²].
func TestPathGradientOfMoments(t *testing.T) {
	power := func(q Pathwise, k int, seed uint64) []zScore {
		rnd := rand.New(rand.NewPCG(31, seed))
		d := q.Family().Dim()
		z, g, aux := make([]float64, d), make([]float64, d), make([]float64, q.NumAux())
		sums := make([]zScore, q.Family().NumParams())
		for range 5000 {
			q.RandPath(z, aux, rnd)
			g[0] = float64(k) * math.Pow(z[0], float64(k-1))
			grad := make(Mean, len(sums))
			q.AddPathGrad(grad, 1, z, aux, g)
			for j, x := range grad {
				sums[j].add(x)
			}
		}
		return sums
	}
	check := func(name string, got []zScore, want ...float64) {
		t.Helper()
		for j, w := range want {
			got[j].check(t, w, "%s in λ_%d", name, j)
		}
	}
	α, β := 2.5, 1.5
	check("Gamma E[z]", power(gamma(t, α, β), 1, 1), 1/β, α/(β*β))
	check("Gamma E[z²]", power(gamma(t, α, β), 2, 2), (2*α+1)/(β*β), 2*α*(α+1)/(β*β*β))
	α, β = 6.5, 3
	check("InverseGamma E[z]", power(inverseGamma(t, α, β), 1, 3), β/((α-1)*(α-1)), -1/(α-1))
	a, b := 0.7, 2.
	s := a + b
	check("Beta E[z]", power(beta(t, a, b), 1, 4), b/(s*s), -a/(s*s))
	m2 := a * (a + 1) / (s * (s + 1)) // E[z²]
	both := -m2 * (1/s + 1/(s+1))
	check("Beta E[z²]", power(beta(t, a, b), 2, 5), both+m2*(1/a+1/(a+1)), both)
	check("Dirichlet E[z₁]", power(dirichletOf(t, a, b, 1.5), 1, 6), (b+1.5)/((s+1.5)*(s+1.5)), -a/((s+1.5)*(s+1.5)), -a/((s+1.5)*(s+1.5)))
}
