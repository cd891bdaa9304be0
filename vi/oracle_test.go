package vi_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// Cases that other systems for variational inference test themselves with, and
// whose answers are closed forms.

// quadratic is log p = c + ⟨b, z⟩ − ½ zᵀAz, as a user would write it.
type quadratic struct {
	a, b []float64
	c    float64
}

func (m *quadratic) Dim() int { return len(m.b) }

func (m *quadratic) LogJoint(z []float64) float64 {
	f := m.c
	for i, x := range z {
		f += x * (m.b[i] - inner(m.a[i*len(z):(i+1)*len(z)], z)/2)
	}
	return f
}

func (m *quadratic) LogJointGrad(g, z []float64) float64 {
	for i := range z {
		g[i] = m.b[i] - inner(m.a[i*len(z):(i+1)*len(z)], z)
	}
	return m.LogJoint(z)
}

func (m *quadratic) LogJointHess(h, g, z []float64) float64 {
	for i, x := range m.a {
		h[i] = -x
	}
	return m.LogJointGrad(g, z)
}

// posterior returns mean, covariance and log ∫ p dz.
func (m *quadratic) posterior(t testing.TB) (mean, cov []float64, evidence float64) {
	t.Helper()
	d := len(m.b)
	var chol mat.Cholesky
	if !chol.Factorize(mat.NewSymDense(d, m.a)) {
		t.Fatal("A is not positive definite")
	}
	var v mat.VecDense
	var inv mat.SymDense
	if chol.SolveVecTo(&v, mat.NewVecDense(d, m.b)) != nil || chol.InverseTo(&inv) != nil {
		t.Fatal("A is singular")
	}
	for i := range d {
		for j := range d {
			cov = append(cov, inv.At(i, j))
		}
	}
	mean = v.RawVector().Data
	return mean, cov, m.c + inner(m.b, mean)/2 + float64(d)/2*math.Log(2*math.Pi) - chol.LogDet()/2
}

// meanField returns the best diagonal variances and the ELBO: the mean is the
// posterior's.
func (m *quadratic) meanField(t testing.TB) (mean, variance []float64, elbo float64) {
	t.Helper()
	d := len(m.b)
	mean, _, _ = m.posterior(t)
	elbo = m.LogJoint(mean)
	for i := range d {
		v := 1 / m.a[i*d+i]
		variance = append(variance, v)
		elbo += -0.5 + 0.5*math.Log(2*math.Pi*math.E*v)
	}
	return mean, variance, elbo
}

// fitsQuadratic holds fits by every estimator that is exact for quadratic
// log-joints to the closed form, full and diagonal.
func fitsQuadratic(t *testing.T, name string, tol float64, m *quadratic) {
	t.Helper()
	for _, e := range []estimators.Estimator{new(estimators.Price), new(estimators.Stein), new(estimators.Pathwise), new(estimators.Score)} {
		mean, cov, evidence := m.posterior(t)
		res := converged(t, vi.Problem{Model: m}, &vi.Settings{Estimator: e})
		q := res.Q.(families.Gaussian)
		near(t, tol, name+": full mean by "+res.Estimator, q.Loc(nil), mean)
		near(t, tol, name+": full covariance by "+res.Estimator, q.Cov(nil), cov)
		near(t, tol, name+": evidence by "+res.Estimator, []float64{res.ELBO}, []float64{evidence})

		mean, variance, elbo := m.meanField(t)
		res = converged(t, vi.Problem{Model: m, Family: families.DiagGaussian(len(mean))}, &vi.Settings{Estimator: e})
		q = res.Q.(families.Gaussian)
		near(t, tol, name+": diag mean by "+res.Estimator, q.Loc(nil), mean)
		near(t, tol, name+": diag variance by "+res.Estimator, q.Cov(nil), variance)
		near(t, tol, name+": diag ELBO by "+res.Estimator, []float64{res.ELBO}, []float64{elbo})
	}
}

// GPflow: one natural step of size 1 on a conjugate model is the posterior.
func TestOracleOneStepIsThePosterior(t *testing.T) {
	for _, c := range conjugates(t) {
		rnd := rand.New(rand.NewPCG(8, 1))
		starts := []families.Distribution{nil}
		for range 3 {
			starts = append(starts, randomMember(c.p.Family, rnd))
		}
		if q, ok := c.p.Family.New().(families.Gaussian); ok {
			d := c.p.Family.Dim()
			for _, v := range []float64{1e-3, 1e3} {
				cov := eye(d, v)
				if q.CovLen() == d {
					for i := range d {
						cov[i] = v
					}
					cov = cov[:d]
				}
				far := make([]float64, d)
				for i := range far {
					far[i] = 10 * rnd.NormFloat64()
				}
				starts = append(starts, gaussianOf(t, c.p.Family, far, cov), gaussianOf(t, c.p.Family, make([]float64, d), cov))
			}
		}
		for _, start := range starts {
			for _, e := range c.exact {
				run, err := vi.NewRun(c.p, &vi.Settings{Start: start, Estimator: e, Schedule: vi.Constant(1)})
				if err != nil {
					t.Fatal(err)
				}
				if err := run.Step(context.Background()); err != nil {
					t.Fatal(err)
				}
				res := run.Result()
				near(t, 1e-10, c.name+" by "+res.Estimator, res.Q.Natural(nil), c.posterior)
				if it := run.Iteration(); it.Number != 1 || it.Step != 1 {
					t.Errorf("%s: step %d of size %g, want step 1 of size 1", c.name, it.Number, it.Step)
				}
			}
		}
	}
}

type conjugateCase struct {
	name      string
	p         vi.Problem
	exact     []estimators.Estimator
	posterior families.Natural
}

// conjugates are models whose posterior is in the family, worked out by hand.
func conjugates(t testing.TB) []conjugateCase {
	must := func(m models.Model, err error) models.Model {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	exact := []estimators.Estimator{nil, new(estimators.Exact)}
	// y = Xz + noise of precision 4: S = 4 XᵀX + P, S m = 4 Xᵀy + P m₀.
	x := []float64{1, 0, 1, 1, 1, -1, 1, 2}
	g, err := glm(t, 4, 2, x, []float64{0.5, 2, -1, 3}, models.GaussianIdentity{Precision: 4}, []float64{0.5, 2}).WithPriorMean([]float64{1, -1})
	if err != nil {
		t.Fatal(err)
	}
	// XᵀX = [4 2; 2 6], Xᵀy = [4.5, 9].
	line := families.Natural{18.5, 34, -8.25, -4, -4, -13}
	return []conjugateCase{
		{"normal mean", vi.Problem{Model: must(models.NewNormalKnownVariance([]float64{1, 2, 3, 5}, []float64{2, 1, 1, 3}, []float64{0, 1}, []float64{1, 0, 0, 2})), Family: families.FullGaussian(2)}, exact,
			// S = P₀ + 2Λ, S m = P₀ m₀ + Λ (4, 7).
			families.Natural{15, 27, -2.5, -1, -1, -4}},
		{"normal mean, independent", vi.Problem{Model: must(models.NewNormalKnownVariance([]float64{1, 2, 3, 5}, []float64{2, 0, 0, 3}, []float64{0, 1}, []float64{1, 0, 0, 2})), Family: families.DiagGaussian(2)}, exact,
			families.Natural{8, 23, -2.5, -4}},
		{"straight line", vi.Problem{Model: g, Family: families.FullGaussian(2)},
			append(exact, new(estimators.Quadrature), new(estimators.Price), new(estimators.Stein), new(estimators.Pathwise)), line},
		{"coin", vi.Problem{Model: must(models.NewBetaBinomial(1, 1, 8, 10)), Family: families.Beta()}, exact, families.Natural{8, 2}},
		{"counts", vi.Problem{Model: must(models.NewGammaPoisson(2, 0.5, []int{3, 0, 4})), Family: families.Gamma()}, exact, families.Natural{8, -3.5}},
		{"waiting times", vi.Problem{Model: must(models.NewGammaExponential(2, 0.5, []float64{1, 0.25, 3})), Family: families.Gamma()}, exact, families.Natural{4, -4.75}},
		{"dice", vi.Problem{Model: must(models.NewDirichletMultinomial([]float64{1, 1, 0.5}, []int{4, 0, 7})), Family: families.Dirichlet(3)}, exact, families.Natural{4, 0, 6.5}},
	}
}

// Whole fits of the same, by default settings, end where one step does.
func TestOracleFitOfConjugates(t *testing.T) {
	for _, c := range conjugates(t) {
		res := converged(t, c.p, nil)
		near(t, 1e-10, c.name, res.Q.Natural(nil), c.posterior)
		if res.Estimator != "Exact" || res.Iterations > 2 {
			t.Errorf("%s: %d iterations by %s", c.name, res.Iterations, res.Estimator)
		}
		// The bound is tight: log p(y, z) − log q(z) is the evidence at any z.
		z := res.Q.Rand(nil, rand.New(rand.NewPCG(1, 1)))
		near(t, 1e-10, c.name+": evidence", []float64{res.ELBO}, []float64{c.p.Model.LogJoint(z) - res.Q.LogProb(z)})
	}
}

// Stan's model without constraints, from its test of ADVI.
func TestOracleStan(t *testing.T) {
	m := &quadratic{a: eye(2, 3), b: []float64{10.5, 7.5}, c: -0.5 * (6*math.Log(2*math.Pi) + 56.5)}
	for _, f := range []families.Family{families.FullGaussian(2), families.DiagGaussian(2)} {
		start := f.New().(families.Gaussian)
		start.SetPrecision([]float64{2.5, 2.5}, start.Precision(nil))
		_, _, elbo := aim(t, vi.Problem{Model: m, Family: f}, vi.Settings{Start: start})
		near(t, 1e-6, "ELBO at mean (2.5, 2.5), unit covariance", []float64{elbo}, []float64{-7.675754})
		res := converged(t, vi.Problem{Model: m, Family: f}, &vi.Settings{Start: start})
		near(t, 1e-6, "log evidence", []float64{res.ELBO}, []float64{-5.274366})
	}
	fitsQuadratic(t, "Stan", 1e-8, m)
	// Estimates of this ELBO carry no error at all, for any seed.
	q := gaussianOf(t, families.FullGaussian(2), []float64{2.5, 2.5}, eye(2, 1))
	for seed := range uint64(100) {
		_, _, elbo := aim(t, vi.Problem{Model: m}, vi.Settings{Start: q, Seed: seed})
		near(t, 1e-6, "ELBO of a seed", []float64{elbo}, []float64{-7.675754})
	}
}

// TFP: x = 5 with unit noise and a standard normal prior.
func TestOracleTFP(t *testing.T) {
	g := glm(t, 1, 1, []float64{1}, []float64{5}, models.GaussianIdentity{Precision: 1}, []float64{1})
	for _, f := range []families.Family{families.FullGaussian(1), families.DiagGaussian(1)} {
		for _, e := range []estimators.Estimator{nil, new(estimators.Quadrature), new(estimators.Stein)} {
			q := converged(t, vi.Problem{Model: g, Family: f}, &vi.Settings{Estimator: e}).Q.(families.Gaussian)
			near(t, 1e-8, "mean, variance", []float64{q.Loc(nil)[0], q.Cov(nil)[0]}, []float64{2.5, 0.5})
		}
	}
	fitsQuadratic(t, "TFP", 1e-8, &quadratic{a: []float64{2}, b: []float64{5}, c: -12.5 - math.Log(2*math.Pi)})
}

// NumPyro and Pyro: 8 successes in 10 under a uniform prior are Beta(9, 3).
func TestOracleCoin(t *testing.T) {
	m, err := models.NewBetaBinomial(1, 1, 8, 10)
	if err != nil {
		t.Fatal(err)
	}
	p := vi.Problem{Model: m, Family: families.Beta()}
	res := converged(t, p, nil)
	near(t, 1e-14, "exact", res.Q.Natural(nil), []float64{8, 2})
	near(t, 1e-12, "evidence", []float64{res.ELBO}, []float64{-math.Log(11)})
	for _, e := range []estimators.Estimator{new(estimators.Pathwise), new(estimators.Score)} {
		res := converged(t, p, &vi.Settings{Estimator: e, Seed: 1, Tolerance: 8e-3})
		q := res.Q.(*families.BetaDist)
		near(t, 1e-3, "mean by "+res.Estimator, []float64{q.A() / (q.A() + q.B())}, []float64{0.75})
		near(t, 1e-3, "evidence by "+res.Estimator, []float64{res.ELBO}, []float64{-math.Log(11)})
		near(t, 0.02, "concentrations by "+res.Estimator, []float64{q.A(), q.B()}, []float64{9, 3})
	}
}

// Pyro: a Gamma prior with exponential data, 1e-8 and by draws.
func TestOracleWaitingTimes(t *testing.T) {
	m, err := models.NewGammaExponential(1, 1, []float64{0.4, 1.1, 0.7, 2.3, 0.1})
	if err != nil {
		t.Fatal(err)
	}
	p := vi.Problem{Model: m, Family: families.Gamma()}
	near(t, 1e-14, "exact", converged(t, p, nil).Q.Natural(nil), []float64{5, -5.6})
	// The model is conjugate, so that regression on the statistics has no noise.
	near(t, 1e-8, "by score", converged(t, p, &vi.Settings{Estimator: new(estimators.Score)}).Q.Natural(nil), []float64{5, -5.6})
	q := converged(t, p, &vi.Settings{Estimator: new(estimators.Pathwise), Tolerance: 5e-3}).Q.(*families.GammaDist)
	near(t, 0.01, "by paths", []float64{q.Shape(), q.Rate()}, []float64{6, 5.6})
}

// chain is z₁ ~ N(0, 1), z_{i+1} ~ N(z_i, 1), with n observations of the last one
// of unit noise that add up to sum, the squares to squares.
func chain(length, n int, sum, squares float64) *quadratic {
	m := &quadratic{a: make([]float64, length*length), b: make([]float64, length)}
	for i := range length {
		m.a[i*length+i]++
		if i > 0 {
			m.a[(i-1)*length+i-1]++
			m.a[i*length+i-1]--
			m.a[(i-1)*length+i]--
		}
	}
	m.a[length*length-1] += float64(n)
	m.b[length-1] = sum
	m.c = -squares/2 - float64(length+n)/2*math.Log(2*math.Pi)
	return m
}

// Pyro: Gaussian chains. The last node has prior variance L, so that n
// observations with the mean ȳ leave it with the mean nLȳ/(nL+1) and the
// variance L/(nL+1), and node i with i/L times that mean.
func TestOracleChains(t *testing.T) {
	for length := 3; length <= 5; length++ {
		m := chain(length, 3, 6.9, 17.3)
		l := float64(length)
		mean, cov, evidence := m.posterior(t)
		last := 3 * l * 2.3 / (3*l + 1)
		for i, got := range mean {
			near(t, 1e-12, "mean of a node", []float64{got}, []float64{float64(i+1) / l * last})
		}
		near(t, 1e-12, "variance of the last node", cov[length*length-1:], []float64{l / (3*l + 1)})
		// log N(y; 0, I + L 11ᵀ)
		near(t, 1e-12, "evidence", []float64{evidence},
			[]float64{-1.5*math.Log(2*math.Pi) - 0.5*math.Log(1+3*l) - 0.5*(17.3-l*6.9*6.9/(1+3*l))})
		fitsQuadratic(t, "chain", 1e-8, m)
	}
}

// PyMC: 1000 normal observations of known sd 3, prior N(4, 2²).
func TestOracleNormalMean(t *testing.T) {
	rnd := rand.New(rand.NewPCG(12, 34))
	const n = 1000
	x, y := make([]float64, n), make([]float64, n)
	sum := 0.0
	for i := range y {
		x[i], y[i] = 1, 6+3*rnd.NormFloat64()
		sum += y[i]
	}
	g, err := glm(t, n, 1, x, y, models.GaussianIdentity{Precision: 1.0 / 9}, []float64{0.25}).WithPriorMean([]float64{4})
	if err != nil {
		t.Fatal(err)
	}
	precision := n/9.0 + 0.25
	mean, sd := (sum/9+1)/precision, 1/math.Sqrt(precision)
	for _, e := range []estimators.Estimator{nil, new(estimators.Quadrature), new(estimators.Price), new(estimators.Stein)} {
		q := converged(t, vi.Problem{Model: g}, &vi.Settings{Estimator: e}).Q.(families.Gaussian)
		near(t, 1e-8, "mean, sd", []float64{q.Loc(nil)[0], math.Sqrt(q.Cov(nil)[0])}, []float64{mean, sd})
	}
	seeds := uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		of := []estimators.Estimator{new(estimators.Quadrature), nil}
		if seed > 0 || testing.Short() {
			of = of[:1] // the default takes its time, for the same noise
		}
		for _, e := range of {
			const tolerance = 0.045
			res := converged(t, vi.Problem{Model: g}, &vi.Settings{Estimator: &estimators.Minibatch{Estimator: e, Size: 128}, Seed: seed, Tolerance: tolerance})
			q := res.Q.(families.Gaussian)
			if e := (q.Loc(nil)[0] - mean) / sd; !(math.Abs(e) <= 0.05) {
				t.Errorf("batches of 128, seed %d: mean off by %g sd", seed, e)
			}
			if e := math.Sqrt(q.Cov(nil)[0])/sd - 1; !(math.Abs(e) <= 0.05) {
				t.Errorf("batches of 128, seed %d: sd off by a share of %g", seed, e)
			}
		}
	}
}

// AdvancedVI: five independent normals of mean 5 and sd 0.3, from N(0, I). The
// covariance counts, not the mean alone.
func TestOracleFarNormal(t *testing.T) {
	const d = 5
	m := &quadratic{a: eye(d, 1/0.09), b: make([]float64, d), c: -2}
	for i := range m.b {
		m.b[i] = 5 / 0.09
	}
	fitsQuadratic(t, "far normal", 1e-8, m)
	mean, cov, _ := m.posterior(t)
	near(t, 1e-12, "mean", mean, []float64{5, 5, 5, 5, 5})
	near(t, 1e-12, "covariance", cov, eye(d, 0.09))
	for _, method := range []vi.Method{new(vi.Fisher), new(vi.Mirror), new(vi.Retraction)} {
		q := converged(t, vi.Problem{Model: m}, &vi.Settings{Method: method}).Q.(families.Gaussian)
		near(t, 1e-6, "mean by "+method.String(), q.Loc(nil), mean)
		near(t, 1e-6, "covariance by "+method.String(), q.Cov(nil), cov)
	}
}

// ExponentialFamily.jl: the expected log-probabilities of Dirichlet(1, 1, 1).
func TestOracleDirichlet(t *testing.T) {
	m, err := models.NewDirichletMultinomial([]float64{1, 1, 1}, []int{0, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	start := member(t, families.Dirichlet(3), 5, 0.2, 17)
	res := converged(t, vi.Problem{Model: m, Family: families.Dirichlet(3)}, &vi.Settings{Start: start})
	near(t, 1e-14, "E[log x]", res.Q.Mean(nil), []float64{-1.5, -1.5, -1.5})
}
