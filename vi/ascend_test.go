package vi_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// methods are all that a run can be asked to use. Those that learn end at the
// optimum of everything; the others, of what is not much steeper than the Fisher
// matrix says, if they follow the natural gradient.
var methods = []struct {
	name         string
	m            vi.Method
	learns, slow bool
}{
	{"natural", new(vi.Natural), true, false},
	{"natural, memory of 3", &vi.Natural{Memory: 3}, true, false},
	{"natural, no memory", &vi.Natural{Memory: -1}, false, false},
	{"fisher", new(vi.Fisher), false, false},
	{"mirror", new(vi.Mirror), false, false},
	{"retraction", new(vi.Retraction), false, false},
	{"euclidean", new(vi.Euclidean), false, true},
	{"euclidean, large", &vi.Euclidean{Rate: 10}, false, true},
	{"adam", new(vi.Adam), false, true},
	{"adam, large", &vi.Adam{Rate: 1}, false, true},
}

// rising fits, and reports an ELBO that falls by more than its rounding, or a result that is
// not what the last iteration was.
func rising(t *testing.T, name string, p vi.Problem, s vi.Settings) *vi.Result {
	t.Helper()
	s.Check = -1 // not what this is about
	last, number := math.Inf(-1), -1
	s.Recorder = vi.RecorderFunc(func(it *vi.Iteration) error {
		// The two parts of the ELBO may be much larger than their sum.
		size := math.Abs(it.ELBO) + 2*math.Abs(it.Q.Entropy())
		if !(it.ELBO >= last-1e-13*size) {
			t.Errorf("%s: the ELBO falls from %.16g to %.16g at iteration %d", name, last, it.ELBO, it.Number)
		}
		if !(it.Distance >= 0) || it.Number > 0 && !(it.Step > 0) {
			t.Errorf("%s: iteration %+v", name, *it)
		}
		last, number = it.ELBO, it.Number
		return nil
	})
	res, err := vi.Fit(context.Background(), p, &s)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return nil
	}
	if res.ELBO != last || res.Iterations != number || res.StdErr != 0 {
		t.Errorf("%s: ends with %+v, want the ELBO %g of iteration %d", name, res, last, number)
	}
	return res
}

// The ELBO never falls: every family, every method, starts all over the domain,
// ELBOs of conjugate models and of others. Those who follow the natural gradient
// converge, to the point where it is zero.
func TestELBONeverFalls(t *testing.T) {
	for _, f := range everyFamily {
		rnd := rand.New(rand.NewPCG(5, uint64(f.NumParams())))
		for trial := range 4 {
			start, goal := randomMember(f, rnd), randomMember(f, rnd)
			var e estimators.Estimator
			if trial > 0 {
				e = bowlAt(goal, rnd, []float64{0, 0.3, 3, 30}[trial])
			}
			for _, m := range methods {
				if _, ok := f.New().(families.Retracter); !ok && m.name == "retraction" {
					continue
				}
				name := fmt.Sprintf("%v, trial %d, %s", f, trial, m.name)
				s := vi.Settings{Method: m.m, Start: start, Estimator: e, MaxIterations: 500, Check: -1}
				if m.slow {
					s.MaxIterations = 60
				}
				res := rising(t, name, vi.Problem{Model: linear{f: f, η: goal.Natural(nil)}, Family: f}, s)
				if res == nil || m.slow {
					continue
				}
				if trial == 3 && !m.learns {
					// It may take long, but there is always a step.
					if res.Status == vi.Stalled {
						t.Errorf("%s: stalled, distance %g", name, res.Distance)
					}
					continue
				}
				if res.Status != vi.Converged {
					t.Errorf("%s: %v after %d iterations, distance %g", name, res.Status, res.Iterations, res.Distance)
					continue
				}
				g := goal.Natural(nil)
				if e != nil {
					if _, err := e.Estimate(context.Background(), g, res.Q, estimators.Stream{}); err != nil {
						t.Fatal(err)
					}
				}
				for i, λ := range res.Q.Natural(nil) {
					g[i] -= λ
				}
				if l := fisherLength(res.Q, g); !(l <= 1e-6) {
					t.Errorf("%s: the natural gradient at the end has the length %g", name, l)
				}
			}
		}
	}
}

// studentT is a likelihood that is not log-concave.
type studentT struct{ ν float64 }

func (s studentT) Check(float64) error { return nil }

func (s studentT) LogLik(y, f float64) (ll, d1, d2 float64) {
	r := y - f
	w := s.ν + r*r
	c := -0.5*math.Log(s.ν) - mathext.Lbeta(0.5, s.ν/2)
	return c - (s.ν+1)/2*math.Log1p(r*r/s.ν), (s.ν + 1) * r / w, (s.ν + 1) * (r*r - s.ν) / (w * w)
}

// regressions are Bayesian regressions with all likelihoods, log-concave or not,
// on columns of ordinary and of bad scales.
func regressions(t testing.TB) map[string]*models.GLM {
	rnd := rand.New(rand.NewPCG(6, 6))
	const n, d = 25, 3
	x := make([]float64, n*d)
	y := map[string][]float64{"logit": nil, "poisson": nil, "student": nil}
	for i := range n {
		a, b := rnd.NormFloat64(), rnd.NormFloat64()
		x[i*d], x[i*d+1], x[i*d+2] = 1, a, 0.95*a+0.05*b
		f := 0.5 + 2*a - b
		c, k := 0.0, 0.0
		if rnd.Float64() < 1/(1+math.Exp(-f)) {
			c = 1
		}
		for p := rnd.ExpFloat64(); p < math.Exp(f/2); p += rnd.ExpFloat64() {
			k++
		}
		o := f + 0.3*rnd.NormFloat64()
		if i%6 == 0 {
			o += 8
		}
		y["logit"], y["poisson"], y["student"] = append(y["logit"], c), append(y["poisson"], k), append(y["student"], o)
	}
	wide := make([]float64, n*d)
	for i, v := range x {
		wide[i] = v * []float64{1, 1e3, 1e-3}[i%d]
	}
	return map[string]*models.GLM{
		"logit":         glm(t, n, d, x, y["logit"], models.BernoulliLogit{}, []float64{1, 1, 1}),
		"logit, weak":   glm(t, n, d, x, y["logit"], models.BernoulliLogit{}, []float64{1e-4, 1e-4, 1e-4}),
		"probit":        glm(t, n, d, x, y["logit"], models.BernoulliProbit{}, []float64{1, 1, 1}),
		"poisson":       glm(t, n, d, x, y["poisson"], models.PoissonLog{}, []float64{1, 1, 1}),
		"poisson, wide": glm(t, n, d, wide, y["poisson"], models.PoissonLog{}, []float64{1, 1e6, 1e-6}),
		"normal":        glm(t, n, d, x, y["student"], models.GaussianIdentity{Precision: 2}, []float64{1, 1, 1}),
		"student":       glm(t, n, d, x, y["student"], studentT{2}, []float64{0.1, 0.1, 0.1}),
	}
}

// Regressions from nasty starts. All who follow the natural gradient end at the
// same optimum, if there is but one.
func TestRegressionsFromNastyStarts(t *testing.T) {
	for name, g := range regressions(t) {
		d := g.Dim()
		for _, f := range []families.Family{families.FullGaussian(d), families.DiagGaussian(d)} {
			p := vi.Problem{Model: g, Family: f}
			best := rising(t, name, p, vi.Settings{})
			if best == nil || best.Status != vi.Converged {
				t.Errorf("%s, %v by default: %+v", name, f, best)
				continue
			}
			q := best.Q.(families.Gaussian)
			mean, sd := q.Loc(nil), make([]float64, d)
			for i, v := range q.Cov(nil) {
				switch {
				case q.CovLen() == d:
					sd[i] = math.Sqrt(v)
				case i%(d+1) == 0:
					sd[i/(d+1)] = math.Sqrt(v)
				}
			}
			for _, nasty := range []struct{ away, precision float64 }{{0, 1e-6}, {0, 1e6}, {100, 1}, {-100, 1e4}, {3, 1e-3}} {
				if strings.HasPrefix(name, "poisson") && nasty.precision < 1 {
					continue // E exp(f) overflows
				}
				if name == "student" && nasty.away != 3 && testing.Short() {
					continue // its expectations are integrated numerically
				}
				// Where it is 1e13 and more no digits are left, of which a run must not
				// make an optimum.
				hopeless := strings.HasPrefix(name, "poisson") && f.NumParams() > 2*d && nasty.away != 0
				start := f.New().(families.Gaussian)
				m, s := make([]float64, d), make([]float64, q.CovLen())
				for i := range m {
					m[i] = mean[i] + nasty.away*sd[i]
					v := nasty.precision / (sd[i] * sd[i])
					if len(s) == d {
						s[i] = v
					} else {
						s[i*d+i] = v
					}
				}
				if !start.SetPrecision(m, s) {
					t.Fatalf("%s: start refused", name)
				}
				for _, m := range methods {
					at := fmt.Sprintf("%s, %v, %s, %+v", name, f, m.name, nasty)
					set := vi.Settings{Start: start, Method: m.m, MaxIterations: 500, Check: -1}
					if !m.learns {
						set.MaxIterations = 30
					}
					if !m.learns && name == "student" {
						continue
					}
					res := rising(t, at, p, set)
					if res == nil || !m.learns {
						continue
					}
					if res.Status != vi.Converged {
						if !hopeless {
							t.Errorf("%s: %v after %d iterations, distance %g", at, res.Status, res.Iterations, res.Distance)
						}
					} else if lag := best.ELBO - res.ELBO; name != "student" && !(math.Abs(lag) <= 1e-9*math.Abs(best.ELBO)) {
						t.Errorf("%s: ends %g nats below the fit by default", at, lag)
					}
				}
			}
		}
	}
}

// The plain iteration λ ← ∇_μ E_q[log p] goes on falling for ever on ordinary
// data, where the engine, which takes the same step as far as it is good,
// converges.
func TestPlainIterationDoesNotSettle(t *testing.T) {
	const n, d = 40, 20
	rnd := rand.New(rand.NewPCG(7, 1))
	x, y, precision := make([]float64, n*d), make([]float64, n), make([]float64, d)
	for i := range n {
		f := 0.3 * rnd.NormFloat64()
		for j := range d {
			precision[j] = 1
			x[i*d+j] = 3 * rnd.NormFloat64()
			f += x[i*d+j]
		}
		if f > 0 {
			y[i] = 1
		}
	}
	g := glm(t, n, d, x, y, models.BernoulliLogit{}, precision)
	f := families.FullGaussian(d)

	var e estimators.Quadrature
	if err := e.Init(g, f); err != nil {
		t.Fatal(err)
	}
	q, λ := f.New(), make(families.Natural, f.NumParams())
	last, fall := math.Inf(-1), 0.0
	for i := range 200 {
		s, err := e.Estimate(context.Background(), λ, q, estimators.Stream{})
		if err != nil {
			t.Fatal(err)
		}
		elbo := s.ELogJoint + q.Entropy()
		if i > 150 {
			fall = math.Max(fall, last-elbo)
		}
		last = elbo
		if !q.SetNatural(λ) {
			t.Fatal("step refused")
		}
	}
	if fall < 10 {
		t.Errorf("the plain iteration falls by %g nats after 150 steps, so that the data show nothing", fall)
	}
	res := rising(t, "engine", vi.Problem{Model: g}, vi.Settings{Start: f.New()})
	if res.Status != vi.Converged || res.ELBO < last || res.Iterations > 60 {
		t.Errorf("the engine: %v after %d iterations, ELBO %g", res.Status, res.Iterations, res.ELBO)
	}
}

// correlated is a linear regression whose posterior correlations are ρ.
func correlated(d int, ρ float64) *quadratic {
	m := &quadratic{a: make([]float64, d*d), b: make([]float64, d), c: 1}
	for i := range d {
		m.b[i] = float64(i%3) - 0.5
		for j := range d {
			m.a[i*d+j] = ρ * math.Sqrt(float64((1+i)*(1+j)))
		}
		m.a[i*d+i] = float64(1 + i)
	}
	return m
}

// gaussianModel is a quadratic as a linear regression, for Quadrature: its rows
// are those of a root of A less a small prior.
func gaussianModel(t testing.TB, m *quadratic) *models.GLM {
	t.Helper()
	d := len(m.b)
	const δ = 1e-5
	a := append([]float64(nil), m.a...)
	for i := range d {
		a[i*d+i] -= δ
	}
	var chol mat.Cholesky
	if !chol.Factorize(mat.NewSymDense(d, a)) {
		t.Fatal("A is not positive definite")
	}
	var u mat.TriDense
	chol.UTo(&u)
	// UᵀU = A − δ, Uᵀy = b.
	y := mat.NewVecDense(d, append([]float64(nil), m.b...))
	if err := y.SolveVec(u.T(), y); err != nil {
		t.Fatal(err)
	}
	x, precision := make([]float64, d*d), make([]float64, d)
	for i := range d {
		precision[i] = δ
		for j := i; j < d; j++ {
			x[i*d+j] = u.At(i, j)
		}
	}
	return glm(t, d, d, x, y.RawVector().Data, models.GaussianIdentity{Precision: 1}, precision)
}

// A diagonal fit of strongly correlated coordinates is the case for a memory:
// the optimum is known in closed form, the plain update crawls.
func TestDiagonalFitOfCorrelated(t *testing.T) {
	for _, c := range []struct {
		d          int
		ρ          float64
		iterations int
	}{{2, 0.9, 15}, {2, 0.9999, 15}, {10, 0.99, 60}, {30, 0.999, 200}} {
		m := correlated(c.d, c.ρ)
		mean, variance, _ := m.meanField(t)
		p := vi.Problem{Model: gaussianModel(t, m), Family: families.DiagGaussian(c.d)}
		for _, start := range []families.Distribution{nil, gaussianOf(t, p.Family, make([]float64, c.d), variance)} {
			res := rising(t, "correlated", p, vi.Settings{Start: start})
			q := res.Q.(families.Gaussian)
			if res.Status != vi.Converged || res.Iterations > c.iterations {
				t.Errorf("%d coordinates, correlation %g: %v after %d iterations, want at most %d", c.d, c.ρ, res.Status, res.Iterations, c.iterations)
			}
			for i, v := range q.Cov(nil) {
				// The tolerance is that of the distance, in standard deviations.
				sd := math.Sqrt(variance[i])
				near(t, 1e-5, "mean in sd", []float64{(q.Loc(nil)[i] - mean[i]) / sd}, []float64{0})
				near(t, 1e-5, "variance", []float64{v / variance[i]}, []float64{1})
			}
			plain := fit(t, p, &vi.Settings{Start: start, Method: &vi.Natural{Memory: -1}, MaxIterations: 10 * c.iterations})
			if c.ρ > 0.95 && plain.Status != vi.IterationLimit {
				t.Errorf("%d coordinates, correlation %g: without memory %v after %d iterations", c.d, c.ρ, plain.Status, plain.Iterations)
			}
		}
	}
}
