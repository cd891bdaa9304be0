package vi_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// everyFamily has one or more of each constructor.
var everyFamily = []families.Family{
	families.FullGaussian(1),
	families.FullGaussian(3),
	families.DiagGaussian(1),
	families.DiagGaussian(4),
	families.Gamma(),
	families.InverseGamma(),
	families.Beta(),
	families.Dirichlet(2),
	families.Dirichlet(4),
	families.Categorical(2),
	families.Categorical(4),
	families.Product(families.Gamma(), families.FullGaussian(2), families.Categorical(3)),
	families.Repeat(2, families.Beta()),
}

func inner(a, b []float64) float64 {
	var s float64
	for i, x := range a {
		s += x * b[i]
	}
	return s
}

// fisherLength returns √(vᵀFv) at q.
func fisherLength(q families.Distribution, v families.Natural) float64 {
	return math.Sqrt(math.Max(0, inner(v, q.FisherMulVec(nil, v))))
}

// randomDirection returns a random λ-vector of the given Fisher length at q.
func randomDirection(q families.Distribution, rnd *rand.Rand, length float64) families.Natural {
	n := q.Family().NumParams()
	g := make(families.Mean, n)
	for i := range g {
		g[i] = rnd.NormFloat64()
	}
	v := make(families.Natural, n)
	for i := range v {
		v[i] = rnd.NormFloat64()
	}
	// Matrix blocks become symmetric.
	v = q.FisherSolve(nil, q.FisherMulVec(nil, v))
	c := length / fisherLength(q, v)
	for i := range v {
		v[i] *= c
	}
	return v
}

// randomMember returns a member about a unit of Fisher length from the standard
// one.
func randomMember(f families.Family, rnd *rand.Rand) families.Distribution {
	q := f.New()
	for steps := 0; steps < 3; {
		λ := q.Natural(nil)
		for i, v := range randomDirection(q, rnd, 0.6) {
			λ[i] += v
		}
		if q.SetNatural(λ) {
			steps++
		}
	}
	return q
}

func member(t testing.TB, f families.Family, λ ...float64) families.Distribution {
	t.Helper()
	q := f.New()
	if !q.SetNatural(λ) {
		t.Fatalf("%v refuses %v", f, λ)
	}
	return q
}

func gaussianOf(t testing.TB, f families.Family, mean, cov []float64) families.Gaussian {
	t.Helper()
	q := f.New().(families.Gaussian)
	if !q.SetMoments(mean, cov) {
		t.Fatalf("%v refuses mean %v, covariance %v", f, mean, cov)
	}
	return q
}

// eye returns c times the unit matrix.
func eye(d int, c float64) []float64 {
	a := make([]float64, d*d)
	for i := range d {
		a[i*d+i] = c
	}
	return a
}

// linear is a model conjugate to a family: log p = ⟨η, T(z)⟩ + c.
type linear struct {
	f families.Family
	η families.Natural
	c float64
}

func (m linear) Dim() int { return m.f.Dim() }

func (m linear) LogJoint(z []float64) float64 { return inner(m.η, m.f.SufficientStats(nil, z)) + m.c }

func (m linear) ConjugateNatural(dst []float64, family string) (float64, bool) {
	if family != m.f.String() {
		return 0, false
	}
	copy(dst, m.η)
	return m.c, true
}

// bowl is an estimator without noise for every family, and not of a conjugate
// model: E_q[log p] = ⟨η, μ⟩ − ½ Σ w_i (μ_i − c_i)².
type bowl struct {
	η families.Natural
	w []float64
	c families.Mean
	μ families.Mean
}

func (e *bowl) Init(models.Model, families.Family) error { return nil }
func (e *bowl) Deterministic() bool                      { return true }

func (e *bowl) Estimate(_ context.Context, dst families.Natural, q families.Distribution, _ estimators.Stream) (estimators.Stats, error) {
	if len(e.μ) != len(e.η) {
		e.μ = make(families.Mean, len(e.η))
	}
	q.Mean(e.μ)
	f := inner(e.η, e.μ)
	for i, μ := range e.μ {
		r := μ - e.c[i]
		f -= e.w[i] * r * r / 2
		dst[i] = e.η[i] - e.w[i]*r
	}
	return estimators.Stats{ELogJoint: f}, nil
}

// bowlAt returns a bowl around the member q, whose optimum is elsewhere. Its
// curvature, in units of the Fisher information, is that of strength.
func bowlAt(q families.Distribution, rnd *rand.Rand, strength float64) *bowl {
	n := q.Family().NumParams()
	e := &bowl{η: q.Natural(nil), w: make([]float64, n), c: q.Mean(nil)}
	unit := make(families.Natural, n)
	for i := range n {
		clear(unit)
		unit[i] = 1
		f := q.FisherMulVec(nil, unit)[i]
		e.w[i] = strength / f
		e.c[i] += 0.5 * math.Sqrt(f) * rnd.NormFloat64()
	}
	return e
}

// values hides all that a model can do beyond its log-joint, gradients all but
// its gradient.
type (
	values    struct{ models.Model }
	gradients struct{ models.Gradienter }
)

func fit(t testing.TB, p vi.Problem, s *vi.Settings) *vi.Result {
	t.Helper()
	res, err := vi.Fit(context.Background(), p, s)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// converged is fit for runs that must succeed.
func converged(t testing.TB, p vi.Problem, s *vi.Settings) *vi.Result {
	t.Helper()
	res := fit(t, p, s)
	if res.Status != vi.Converged {
		t.Fatalf("%v under %v by %s and %s: %v after %d iterations, distance %g", p.Model, p.Family, res.Method, res.Estimator, res.Status, res.Iterations, res.Distance)
	}
	return res
}

// near reports |got − want| > tol·max(1, |want|) of any component.
func near(t testing.TB, tol float64, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
		return
	}
	for i, w := range want {
		if !(math.Abs(got[i]-w) <= tol*math.Max(1, math.Abs(w))) {
			t.Errorf("%s[%d]: %.16g, want %.16g, off by %.2g", what, i, got[i], w, got[i]-w)
		}
	}
}

func glm(t testing.TB, n, d int, x, y []float64, lik models.Likelihood, precision []float64) *models.GLM {
	t.Helper()
	m, err := models.NewDense(n, d, x)
	if err != nil {
		t.Fatal(err)
	}
	g, err := models.NewGLM(m, y, lik, precision)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
