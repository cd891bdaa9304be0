package families_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/families"
)

// lowRank is a member made of draws, with its mean, factor and diagonal.
func lowRank(t testing.TB, d, rank int, seed uint64) (q *families.LowRankGaussian, m, u, diag []float64) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 1))
	m, u, diag = make([]float64, d), make([]float64, d*rank), make([]float64, d)
	for i := range m {
		m[i], diag[i] = rnd.NormFloat64(), math.Exp(rnd.NormFloat64())
	}
	for i := range u {
		u[i] = 2 * rnd.NormFloat64()
	}
	q = families.NewLowRankGaussian(d, rank)
	if !q.Set(m, u, diag) {
		t.Fatal("refuses a proper Gaussian")
	}
	return q, m, u, diag
}

// denseOf is the same distribution made of U Uᵀ + diag(d) by this file.
func denseOf(t testing.TB, m, u, diag []float64) *families.FullGaussianDist {
	t.Helper()
	d := len(m)
	rank := len(u) / d
	s := make([]float64, d*d)
	for i := range d {
		s[i*d+i] = diag[i]
		for j := range d {
			for l := range rank {
				s[i*d+j] += u[i*rank+l] * u[j*rank+l]
			}
		}
	}
	f := families.FullGaussian(d).New().(*families.FullGaussianDist)
	if !f.SetPrecision(m, s) {
		t.Fatal("the dense Gaussian refuses the precision")
	}
	return f
}

// nearVec compares to tol times the largest entry, or to tol where all are small.
func nearVec(t *testing.T, name string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has length %d, want %d", name, len(got), len(want))
	}
	scale := 1.0
	for _, w := range want {
		scale = max(scale, math.Abs(w))
	}
	for i, w := range want {
		if !(math.Abs(got[i]-w) <= tol*scale) {
			t.Errorf("%s[%d] = %.17g, want %.17g", name, i, got[i], w)
		}
	}
}

var lowRankShapes = []struct{ d, rank int }{{1, 1}, {5, 0}, {5, 1}, {6, 3}, {4, 4}, {3, 5}}

func TestLowRankGaussianIsTheDenseOne(t *testing.T) {
	for _, s := range lowRankShapes {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			q, m, u, diag := lowRank(t, s.d, s.rank, 7)
			f := denseOf(t, m, u, diag)
			if q.Dim() != s.d || q.Rank() != s.rank {
				t.Errorf("shape %d, %d", q.Dim(), q.Rank())
			}
			nearVec(t, "Loc", q.Loc(nil), m, 0)
			nearVec(t, "Factor", q.Factor(nil), u, 0)
			nearVec(t, "Diagonal", q.Diagonal(nil), diag, 0)
			nearVec(t, "Cov", q.Cov(nil), f.Cov(nil), 1e-13)
			nearVec(t, "Precision", q.Precision(nil), f.Precision(nil), 1e-13)
			near(t, "Entropy", q.Entropy(), f.Entropy(), 1e-13)
			near(t, "LogDet", q.LogDet(), float64(s.d)*(1+math.Log(2*math.Pi))-2*f.Entropy(), 1e-13)

			rnd := rand.New(rand.NewPCG(2, 3))
			x := make([]float64, s.d)
			for i := range x {
				x[i] = rnd.NormFloat64()
			}
			near(t, "LogProb", q.LogProb(x), f.LogProb(x), 1e-13)
			cov, prec := f.Cov(nil), f.Precision(nil)
			v, sx, vx := make([]float64, s.d), make([]float64, s.d), make([]float64, s.d)
			for i := range s.d {
				v[i] = cov[i*s.d+i]
				for j := range s.d {
					sx[i] += prec[i*s.d+j] * x[j]
					vx[i] += cov[i*s.d+j] * x[j]
				}
			}
			nearVec(t, "Variances", q.Variances(nil), v, 1e-13)
			nearVec(t, "MulPrecision", q.MulPrecision(nil, x), sx, 1e-13)
			nearVec(t, "SolvePrecision", q.SolvePrecision(nil, x), vx, 1e-12)
			// In place.
			nearVec(t, "S⁻¹S x", q.SolvePrecision(x, q.MulPrecision(x, x)), q.SolvePrecision(nil, q.MulPrecision(nil, x)), 1e-12)

			full, ok := q.Full(nil)
			if !ok {
				t.Fatal("Full has no factor")
			}
			nearVec(t, "KL to Full", []float64{full.KL(f)}, []float64{0}, 1e-13)
		})
	}
}

// TestLowRankGaussianTransform checks B Bᵀ = S⁻¹, which the moments of draws follow from, and
// that Untransform undoes it.
func TestLowRankGaussianTransform(t *testing.T) {
	for _, s := range lowRankShapes {
		q, m, u, diag := lowRank(t, s.d, s.rank, 11)
		d := s.d
		b, e, back := make([]float64, d*d), make([]float64, d), make([]float64, d)
		for j := range d {
			clear(e)
			e[j] = 1
			z := make([]float64, d)
			q.Transform(z, e)
			q.Untransform(back, z)
			nearVec(t, "Untransform", back, e, 1e-12)
			for i := range d {
				b[i*d+j] = z[i] - m[i]
			}
		}
		got := make([]float64, d*d)
		for i := range d {
			for j := range d {
				for k := range d {
					got[i*d+j] += b[i*d+k] * b[j*d+k]
				}
			}
		}
		nearVec(t, "B Bᵀ", got, denseOf(t, m, u, diag).Cov(nil), 1e-12)
	}
}

// TestLowRankGaussianDraws holds means and covariances of draws to within 4.5 of their
// standard errors, Var(x_i x_j) being V_ii V_jj + V_ij².
func TestLowRankGaussianDraws(t *testing.T) {
	const n, d = 40000, 4
	q, m, _, _ := lowRank(t, d, 2, 3)
	v := q.Cov(nil)
	rnd := rand.New(rand.NewPCG(5, 6))
	z, mean, cov := make([]float64, d), make([]float64, d), make([]float64, d*d)
	for range n {
		q.Rand(z, rnd)
		for i := range d {
			mean[i] += (z[i] - m[i]) / n
			for j := range d {
				cov[i*d+j] += (z[i] - m[i]) * (z[j] - m[j]) / n
			}
		}
	}
	for i := range d {
		if z := mean[i] / math.Sqrt(v[i*d+i]/n); math.Abs(z) > 4.5 {
			t.Errorf("mean %d is %g standard errors away", i, z)
		}
		for j := range i + 1 {
			se := math.Sqrt((v[i*d+i]*v[j*d+j] + v[i*d+j]*v[i*d+j]) / n)
			if z := (cov[i*d+j] - v[i*d+j]) / se; math.Abs(z) > 4.5 {
				t.Errorf("covariance %d, %d is %g standard errors away", i, j, z)
			}
		}
	}
}

func TestLowRankGaussianKL(t *testing.T) {
	for _, a := range lowRankShapes {
		for _, rank := range []int{0, 1, 3} {
			p, mp, up, dp := lowRank(t, a.d, a.rank, 1)
			q, mq, uq, dq := lowRank(t, a.d, rank, 2)
			fp, fq := denseOf(t, mp, up, dp), denseOf(t, mq, uq, dq)
			near(t, "KL(p‖q)", p.KL(q), fp.KL(fq), 1e-11)
			near(t, "KL(q‖p)", q.KL(p), fq.KL(fp), 1e-11)
			nearVec(t, "KL(p‖p)", []float64{p.KL(p)}, []float64{0}, 1e-13)
		}
	}
	// Close members: what is left of the digits.
	p, m, u, diag := lowRank(t, 50, 2, 1)
	q := families.NewLowRankGaussian(50, 2)
	for i := range diag {
		diag[i] *= 1 + 1e-5*float64(i%3)
		m[i] += 1e-5
	}
	q.Set(m, u, diag)
	want := denseOf(t, p.Loc(nil), p.Factor(nil), p.Diagonal(nil)).KL(denseOf(t, m, u, diag))
	if got := p.KL(q); !(math.Abs(got-want) < 1e-13) || want > 1e-6 {
		t.Errorf("close members: KL %g, want %g", got, want)
	}
}

func TestLowRankGaussianRefusals(t *testing.T) {
	q, m, u, diag := lowRank(t, 3, 2, 1)
	before := q.Cov(nil)
	inf, nan := math.Inf(1), math.NaN()
	for name, change := range map[string]func(m, u, d []float64){
		"zero diagonal":     func(_, _, d []float64) { d[1] = 0 },
		"negative diagonal": func(_, _, d []float64) { d[1] = -1 },
		"denormal diagonal": func(_, _, d []float64) { d[1] = 0x1p-1074 },
		"infinite diagonal": func(_, _, d []float64) { d[1] = inf },
		"NaN diagonal":      func(_, _, d []float64) { d[1] = nan },
		"NaN factor":        func(_, u, _ []float64) { u[1] = nan },
		"infinite mean":     func(m, _, _ []float64) { m[1] = inf },
		"overflow":          func(_, u, d []float64) { u[0], d[0] = 1e160, 1e-10 },
	} {
		a, b, c := append([]float64{}, m...), append([]float64{}, u...), append([]float64{}, diag...)
		change(a, b, c)
		if q.Set(a, b, c) {
			t.Errorf("%s: accepted", name)
		}
	}
	if q.SetLoc([]float64{0, nan, 0}) {
		t.Error("SetLoc accepts NaN")
	}
	nearVec(t, "Cov after refusals", q.Cov(nil), before, 0)
	nearVec(t, "Loc after refusals", q.Loc(nil), m, 0)
	// Products of the diagonal that no float64 holds.
	wide := families.NewLowRankGaussian(400, 0)
	var logDet float64
	for i := range 400 {
		d := math.Pow(10, float64(i%5-1)*70)
		logDet += math.Log(d)
		diagonal := wide.Diagonal(nil)
		diagonal[i] = d
		wide.Set(wide.Loc(nil), nil, diagonal)
	}
	near(t, "LogDet", wide.LogDet(), logDet, 1e-13)
	// All digits of 1/d − … are lost here; the variance is 1/(d + u²) all the same.
	one := families.NewLowRankGaussian(1, 1)
	if !one.Set([]float64{0}, []float64{1}, []float64{1e-20}) {
		t.Fatal("refuses an uneven precision")
	}
	near(t, "variance", one.Variances(nil)[0], 1, 1e-15)

	for name, f := range map[string]func(){
		"families: size below 1":                         func() { families.NewLowRankGaussian(0, 1) },
		"families: rank below 0":                         func() { families.NewLowRankGaussian(1, -1) },
		"families: length of a factor is not Dim·Rank":   func() { q.Set(m, u[1:], diag) },
		"families: length of a point is not Dim":         func() { q.LogProb(m[1:]) },
		"families: length of a covariance is not CovLen": func() { q.Cov(m) },
	} {
		func() {
			defer func() {
				if got := recover(); got != name {
					t.Errorf("recovered %v, want %q", got, name)
				}
			}()
			f()
		}()
	}
}

func TestLowRankGaussianAllocations(t *testing.T) {
	p, m, u, diag := lowRank(t, 20, 3, 1)
	q, _, _, _ := lowRank(t, 20, 2, 2)
	full, _ := p.Full(nil)
	rnd := rand.New(rand.NewPCG(1, 2))
	x, cov := make([]float64, 20), make([]float64, 400)
	if n := testing.AllocsPerRun(5, func() {
		p.Set(m, u, diag)
		p.SetLoc(m)
		p.Rand(x, rnd)
		p.LogProb(x)
		p.Entropy()
		p.MulPrecision(x, x)
		p.SolvePrecision(x, x)
		p.Variances(x)
		p.Cov(cov)
		p.KL(q)
		p.Full(full)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkLowRankGaussian has a million dimensions.
func BenchmarkLowRankGaussian(b *testing.B) {
	const d = 1_000_000
	for _, rank := range []int{1, 10} {
		q, m, u, diag := lowRank(b, d, rank, 1)
		p, _, _, _ := lowRank(b, d, rank, 2)
		rnd := rand.New(rand.NewPCG(1, 2))
		x := make([]float64, d)
		for _, c := range []struct {
			name string
			f    func()
		}{
			{"Set", func() { q.Set(m, u, diag) }},
			{"Rand", func() { q.Rand(x, rnd) }},
			{"LogProb", func() { q.LogProb(m) }},
			{"SolvePrecision", func() { q.SolvePrecision(x, m) }},
			{"Variances", func() { q.Variances(x) }},
			{"KL", func() { p.KL(q) }},
		} {
			b.Run(fmt.Sprintf("%s/L=%d", c.name, rank), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					c.f()
				}
			})
		}
	}
}
