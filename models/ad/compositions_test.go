package ad_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"natgrad/models/ad"
)

// compositions are models as users write them, of operations that feed each other.
var compositions = []struct {
	name  string
	model func() (*ad.Model, error)
}{
	{"Gaussian process", func() (*ad.Model, error) {
		const n = 6
		y := []float64{0.3, 0.9, 1.1, 0.4, -0.6, -0.8}
		dist2 := make([]float64, n*n)
		for i := range n {
			for j := range n {
				dist2[i*n+j] = 0.25 * float64((i-j)*(i-j))
			}
		}
		m := new(ad.Model)
		rho, alpha, sigma := m.Positive("rho"), m.Positive("alpha"), m.Positive("sigma")
		f := m.Real("f", n)
		return m, m.Density(func(p *ad.Tape) {
			p.Follows(rho, ad.InverseGamma(5, 5))
			p.Follows(alpha, ad.HalfNormal(1))
			p.Follows(sigma, ad.HalfNormal(0.5))
			k := p.Mul(p.Square(alpha), p.Exp(p.Div(p.Mul(dist2, -0.5), p.Square(rho))))
			l := p.Cholesky(p.AddDiag(k, n, p.Square(sigma)), n)
			p.Follows(y, ad.MultiNormalCholesky(0, l))
			// The same covariance once more by its parts, and as a factor of latent values.
			w := p.SolveLower(l, n, f)
			p.AddTerm(p.Sub(p.Mul(p.Dot(w, w), -0.5), p.LogDetLower(l, n)))
			p.AddTerm(p.Mul(p.QuadForm(k, p.SolveLowerTrans(l, n, w)), -0.1))
			p.Follows(y, ad.Normal(p.MatVec(l, n, n, f), sigma))
		})
	}},
	{"hidden Markov model", func() (*ad.Model, error) {
		y := []float64{0.1, -0.4, 2.9, 3.3, 0.2, 2.7, 3.1}
		const k = 2
		prior := []float64{2, 3}
		from := []int{0, 2, 1, 3} // A transposed: rows are where a step ends
		m := new(ad.Model)
		rows, start := m.Simplex("A", k, k), m.Simplex("pi", k)
		mu, sigma := m.Ordered("mu", k), m.Positive("sigma")
		return m, m.Density(func(p *ad.Tape) {
			p.Follows(rows, ad.Dirichlet(prior))
			p.Follows(start, ad.Dirichlet(1))
			p.Follows(mu, ad.Normal(0, 5))
			p.Follows(sigma, ad.HalfNormal(2))
			a := p.Gather(p.Log(rows), from)
			alpha := p.Add(p.Log(start), p.LogProb(y[0], ad.Normal(mu, sigma)))
			for _, v := range y[1:] {
				alpha = p.Add(p.RowLogSumExp(p.Add(a, p.Concat(alpha, alpha)), k), p.LogProb(v, ad.Normal(mu, sigma)))
			}
			p.AddTerm(p.LogSumExp(alpha))
		})
	}},
	{"simplex and classes", func() (*ad.Model, error) {
		x := []float64{0, 2, 1, 1, 2, 0, 0, 1}
		group := []int{0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3}
		class := slices.Repeat([]int{0, 1, 2}, 8)
		shares := []float64{1, 2, 3}
		m := new(ad.Model)
		theta, beta, conc := m.Simplex("theta", 3), m.Real("beta", 4, 3), m.Positive("conc")
		return m, m.Density(func(p *ad.Tape) {
			p.Follows(theta, ad.Dirichlet(p.Mul(conc, shares)))
			p.Follows(conc, ad.Gamma(2, 1))
			p.Follows(beta, ad.Normal(0, conc))
			p.Follows(x, ad.CategoricalLogit(p.Log(theta), 3))
			// Each row of beta is of two observations.
			p.Follows(x, ad.CategoricalLogit(p.Add(p.Concat(beta, beta), p.Gather(p.Log(theta), class)), 3))
			p.AddTerm(p.Mul(p.Square(p.SumByIndex(beta, group, 4)), -0.05))
		})
	}},
	{"correlated effects", func() (*ad.Model, error) {
		const k, n = 3, 4
		m := new(ad.Model)
		corr, tau := m.CholeskyCorr("L", k), m.Positive("tau", k)
		mu, beta := m.Real("mu", k), m.Real("beta", n, k)
		eta := m.Positive("eta")
		diag, lkj, zeros := []int{4, 8}, []float64{1, 0}, make([]float64, k*k)
		y := make([]float64, n*k)
		for i := range y {
			y[i] = math.Sin(float64(3 * i))
		}
		return m, m.Density(func(p *ad.Tape) {
			// The density of Lewandowski, Kurowicka and Joe, up to its normaliser.
			p.AddTerm(p.Mul(p.Add(lkj, p.Mul(2, p.Sub(eta, 1))), p.Log(p.Gather(corr, diag))))
			p.Follows(eta, ad.LogNormal(0, 0.5))
			p.Follows(tau, ad.HalfCauchy(1))
			p.Follows(mu, ad.StudentT(4, 0, 2))
			scale := p.MatMul(p.AddDiag(zeros, k, tau), corr, k, k, k)
			p.Follows(beta, ad.MultiNormalCholesky(mu, scale))
			p.Follows(y, ad.Logistic(beta, 0.7))
			p.Report("corr", p.MatMul(corr, corr, k, k, k))
		})
	}},
	{"predator and prey", func() (*ad.Model, error) {
		times, typical := []float64{0.5, 1, 2}, []float64{1, 0.5, 1, 0.5}
		y := []float64{1.2, 0.7, 1.1, 0.8, 0.7, 1.3}
		m := new(ad.Model)
		rate, start, sigma := m.Positive("rate", 4), m.Lower("start", 0.1, 2), m.Positive("sigma")
		return m, m.Density(func(p *ad.Tape) {
			p.Follows(rate, ad.Normal(typical, 0.5))
			p.Follows(start, ad.LogNormal(0, 0.5))
			p.Follows(sigma, ad.Exponential(2))
			z := p.RungeKutta(func(_ float64, z ad.Var) ad.Var {
				u, v := p.At(z, 0), p.At(z, 1)
				du := p.Mul(u, p.Sub(p.At(rate, 0), p.Mul(p.At(rate, 1), v)))
				dv := p.Mul(v, p.Sub(p.Mul(p.At(rate, 3), u), p.At(rate, 2)))
				return p.Concat(du, dv)
			}, start, 0, times, 4)
			p.Follows(y, ad.LogNormal(p.Log(z), sigma))
		})
	}},
	{"mixture", func() (*ad.Model, error) {
		y := []float64{-2.1, -1.7, 0.2, 2.2, 2.5}
		m := new(ad.Model)
		w, mu, sigma := m.Unit("w"), m.PositiveOrdered("mu", 2), m.Interval("sigma", 0.1, 4, 2)
		return m, m.Density(func(p *ad.Tape) {
			p.Follows(w, ad.Beta(2, 2))
			p.Follows(mu, ad.Gamma(2, 1))
			p.Follows(sigma, ad.Uniform(0, 5))
			p.AddTerm(p.LogAddExp(
				p.Add(p.Log(w), p.LogProb(y, ad.Normal(p.Neg(p.At(mu, 0)), p.At(sigma, 0)))),
				p.Add(p.Log1p(p.Neg(w)), p.LogProb(y, ad.Cauchy(p.At(mu, 1), p.At(sigma, 1))))))
		})
	}},
	{"autoregressive variance", func() (*ad.Model, error) {
		y := []float64{0.3, -0.5, 1.2, 0.1, -0.9}
		m := new(ad.Model)
		a0, a1, b1 := m.Positive("a0"), m.Unit("a1"), m.Unit("b1")
		mu := m.Upper("mu", 3)
		return m, m.Density(func(p *ad.Tape) {
			p.Follows(mu, ad.Laplace(0.05, 1))
			p.Follows(a0, ad.Gamma(1.5, 2))
			b := p.Mul(b1, p.Sub(1, a1))
			v := p.Square(a0)
			for _, x := range y {
				p.Follows(x, ad.Normal(mu, p.Sqrt(v)))
				v = p.Add(a0, p.Add(p.Mul(a1, p.Square(p.Sub(x, mu))), p.Mul(b, v)))
			}
		})
	}},
}

// TestCompositions compares gradients and columns of the Hessian with differences,
// and looks for columns that are not symmetric before Hessian makes them so.
func TestCompositions(t *testing.T) {
	for _, c := range compositions {
		t.Run(c.name, func(t *testing.T) {
			m, err := c.model()
			if err != nil {
				t.Fatal(err)
			}
			d := m.Dim()
			rnd := rand.New(rand.NewPCG(7, 9))
			z, g, lo, hi, v := make([]float64, d), make([]float64, d), make([]float64, d), make([]float64, d), make([]float64, d)
			for i := range z {
				z[i] = 0.5 * rnd.NormFloat64()
			}
			lp := m.LogJointGrad(g, z)
			if math.IsNaN(lp) || math.IsInf(lp, 0) {
				t.Fatalf("log-joint %v: %v", lp, m.Explain(z))
			}
			hess := make([]float64, d*d)
			const h = 1e-5
			for j := range z {
				at := z[j]
				z[j] = at - h
				l0 := m.LogJointGrad(lo, z)
				z[j] = at + h
				l1 := m.LogJointGrad(hi, z)
				z[j] = at
				if want := (l1 - l0) / (2 * h); math.Abs(g[j]-want) > 1e-7*(1+math.Abs(want)+math.Abs(lp)) {
					t.Errorf("derivative in %s %v, want %v", m.CoordNames()[j], g[j], want)
				}
				v[j] = 1
				m.HessVec(hess[j*d:(j+1)*d], v, z)
				v[j] = 0
				for i := range z {
					if got, want := hess[j*d+i], (hi[i]-lo[i])/(2*h); math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
						t.Errorf("second derivative in %s and %s %v, want %v", m.CoordNames()[j], m.CoordNames()[i], got, want)
					}
				}
			}
			for j := range z {
				for i := range j {
					if a, b := hess[j*d+i], hess[i*d+j]; math.Abs(a-b) > 1e-11*(1+math.Abs(a)) {
						t.Errorf("second derivatives in %s and %s: %v one way, %v the other", m.CoordNames()[i], m.CoordNames()[j], a, b)
					}
				}
			}
			x := make([]float64, len(m.ParamNames()))
			for what, f := range map[string]func(){
				"LogJointGrad": func() { m.LogJointGrad(g, z) },
				"HessVec":      func() { m.HessVec(lo, g, z) },
				"LogJointHess": func() { m.LogJointHess(hess, g, z) },
				"Constrain":    func() { m.Constrain(x, z) },
			} {
				if n := testing.AllocsPerRun(5, f); n != 0 {
					t.Errorf("%s: %v allocations", what, n)
				}
			}
		})
	}
}

// TestForksTogether compares forks that work at once with one that works alone.
func TestForksTogether(t *testing.T) {
	for _, c := range compositions {
		m, err := c.model()
		if err != nil {
			t.Fatal(err)
		}
		d := m.Dim()
		eval := func(m *ad.Model, k int, z, grad, hess []float64) float64 {
			for i := range z {
				z[i] = 0.3 * math.Sin(float64(k*d+i))
			}
			return m.LogJointHess(hess, grad, z)
		}
		var wg sync.WaitGroup
		const workers, points = 4, 5
		got := make([][points]float64, workers)
		for w := range workers {
			f := m.Fork().(*ad.Model).Fork().(*ad.Model)
			wg.Go(func() {
				z, grad, hess := make([]float64, d), make([]float64, d), make([]float64, d*d)
				for k := range points {
					got[w][k] = eval(f, k, z, grad, hess) + hess[d*d-1] + grad[0]
				}
			})
		}
		wg.Wait()
		z, grad, hess := make([]float64, d), make([]float64, d), make([]float64, d*d)
		for k := range points {
			want := eval(m, k, z, grad, hess) + hess[d*d-1] + grad[0]
			for w := range workers {
				if got[w][k] != want {
					t.Errorf("%s: worker %d, point %d: %v, want %v", c.name, w, k, got[w][k], want)
				}
			}
		}
	}
}
