package models_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"natgrad/models"
	"natgrad/models/modeltest"
)

// must is for constructors that cannot fail on what a test gives them.
func must[M any](m M, err error) M {
	if err != nil {
		panic(err)
	}
	return m
}

func within(t testing.TB, tol, got, want float64, format string, args ...any) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*math.Abs(want)) {
		t.Errorf("%s: %.17g, want %.17g", fmt.Sprintf(format, args...), got, want)
	}
}

func readGold(t testing.TB, block string, v any) {
	t.Helper()
	data, err := os.ReadFile(modeltest.Shared(t, "reference/gold_families.json"))
	if err != nil {
		t.Fatal(err)
	}
	var blocks map[string]json.RawMessage
	if err := json.Unmarshal(data, &blocks); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(blocks[block], v); err != nil {
		t.Fatal(err)
	}
}

func lgamma(x float64) float64 {
	l, _ := math.Lgamma(x)
	return l
}

// integrate returns ∫ exp(LogJoint) over (0, 1) or (0, ∞), by the trapezoidal
// rule in t with z = σ(t) or z = eᵗ, to machine precision as the integrand falls
// off at both ends.
func integrate(m models.Model, unit bool) float64 {
	const h = 1.0 / 64
	var s float64
	for k := -64 * 40; k <= 64*40; k++ {
		x := h * float64(k)
		z, jacobian := math.Exp(x), math.Exp(x)
		if unit {
			z = 1 / (1 + math.Exp(-x))
			jacobian = z * math.Exp(-x) / (1 + math.Exp(-x))
		}
		if l := m.LogJoint([]float64{z}); l > math.Inf(-1) {
			s += h * jacobian * math.Exp(l)
		}
	}
	return s
}

func TestConjugateModelsKeepTheLaws(t *testing.T) {
	positive := [][]float64{{0.02}, {0.9}, {7}}
	modeltest.Test(t, must(models.NewGammaPoisson(2.5, 1.3, []int{0, 3, 1, 5, 2})), positive)
	modeltest.Test(t, must(models.NewGammaExponential(0.4, 3, []float64{0.2, 1.7, 0.9})), positive)
	modeltest.Test(t, must(models.NewGammaShape(2, 1, []float64{3, 0.4, 1.1})), positive)
	modeltest.Test(t, must(models.NewBetaBinomial(0.5, 2.5, 7, 10)), [][]float64{{0.01}, {0.4}, {0.93}})
	modeltest.Test(t, must(models.NewDirichletMultinomial([]float64{0.5, 2, 1}, []int{3, 0, 4})),
		[][]float64{{0.2, 0.5, 0.3}, {0.01, 0.09, 0.9}})
	modeltest.Test(t, normalModel(), [][]float64{{0, 0}, {1.5, -2}, {-40, 3}})
	modeltest.Test(t, must(models.NewNormalKnownVariance([]float64{1, 2, -0.3, 0.7}, []float64{2, 0, 0, 0.5}, []float64{0.1, 0.2}, []float64{1, 0, 0, 3})),
		[][]float64{{0.4, -1}, {2, 2}})
}

func normalModel() *models.NormalKnownVariance {
	y := []float64{1, 2, -0.3, 0.7, 2.2, -1}
	return must(models.NewNormalKnownVariance(y, []float64{2, 0.6, 0.6, 0.5}, []float64{0.3, -0.1}, []float64{1, -0.2, -0.2, 0.4}))
}

// TestEvidence compares the evidence that the natural parameter and constant
// give, exp(A(η) + c), with its textbook formula, and both with an integral of
// the log-joint.
func TestEvidence(t *testing.T) {
	eta := make([]float64, 2)
	gammaA := func(η []float64) float64 { return lgamma(η[0]+1) - (η[0]+1)*math.Log(-η[1]) }

	// Counts under a Gamma are negative binomial: with a = b = 1, geometric.
	for _, y := range []int{0, 1, 6} {
		m := must(models.NewGammaPoisson(1, 1, []int{y}))
		c, _ := m.ConjugateNatural(eta, "Gamma")
		want := math.Pow(0.5, float64(y+1))
		within(t, 1e-13, math.Exp(gammaA(eta)+c), want, "Poisson evidence of %d", y)
		within(t, 1e-12, integrate(m, false), want, "Poisson evidence of %d, integral", y)
	}
	m := must(models.NewGammaPoisson(2.5, 1.3, []int{0, 3, 1, 5, 2}))
	c, _ := m.ConjugateNatural(eta, "Gamma")
	within(t, 1e-12, integrate(m, false), math.Exp(gammaA(eta)+c), "Poisson evidence of five")

	// Exponential times under a Gamma are Lomax.
	e := must(models.NewGammaExponential(2.5, 1.3, []float64{0.8}))
	c, _ = e.ConjugateNatural(eta, "Gamma")
	want := 2.5 * math.Pow(1.3, 2.5) / math.Pow(1.3+0.8, 3.5)
	within(t, 1e-13, math.Exp(gammaA(eta)+c), want, "exponential evidence")
	within(t, 1e-12, integrate(e, false), want, "exponential evidence, integral")

	// Under a uniform prior every number of successes is as likely.
	for s := range 8 {
		b := must(models.NewBetaBinomial(1, 1, s, 7))
		c, _ := b.ConjugateNatural(eta, "Beta")
		A := lgamma(eta[0]+1) + lgamma(eta[1]+1) - lgamma(eta[0]+eta[1]+2)
		within(t, 1e-12, math.Exp(A+c), 1.0/8, "binomial evidence of %d", s)
		within(t, 1e-12, integrate(b, true), 1.0/8, "binomial evidence of %d, integral", s)
	}
	b := must(models.NewBetaBinomial(2.5, 0.7, 0, 0)) // no trials: the prior
	within(t, 1e-10, integrate(b, true), 1, "Beta prior, integral")

	// And every one of the (n+2 choose 2) ways to share n counts among 3.
	d := must(models.NewDirichletMultinomial([]float64{1, 1, 1}, []int{2, 0, 5}))
	η3 := make([]float64, 3)
	c, _ = d.ConjugateNatural(η3, "Dirichlet(3)")
	A := lgamma(η3[0]+1) + lgamma(η3[1]+1) + lgamma(η3[2]+1) - lgamma(η3[0]+η3[1]+η3[2]+3)
	within(t, 1e-12, math.Exp(A+c), 1.0/36, "multinomial evidence")
}

// TestNormalEvidence: one observation under a normal prior is normal, with the
// two covariances added.
func TestNormalEvidence(t *testing.T) {
	Λ, P := []float64{2, 0.6, 0.6, 0.5}, []float64{1, -0.2, -0.2, 0.4}
	y, m0 := []float64{1.7, -0.4}, []float64{0.3, -0.1}
	m := must(models.NewNormalKnownVariance(y, Λ, m0, P))
	η := make([]float64, 6)
	c, ok := m.ConjugateNatural(η, "FullGaussian(2)")
	if !ok {
		t.Fatal("not conjugate")
	}
	inverse := func(a []float64) ([]float64, float64) {
		det := a[0]*a[3] - a[1]*a[2]
		return []float64{a[3] / det, -a[1] / det, -a[2] / det, a[0] / det}, det
	}
	quad := func(a, x []float64) float64 {
		return a[0]*x[0]*x[0] + (a[1]+a[2])*x[0]*x[1] + a[3]*x[1]*x[1]
	}
	// A(η) = ½ bᵀP⁻¹b − ½ log|P| + log 2π, with P = −2η₂.
	post := []float64{-2 * η[2], -2 * η[3], -2 * η[4], -2 * η[5]}
	inv, det := inverse(post)
	A := 0.5*quad(inv, η[:2]) - 0.5*math.Log(det) + math.Log(2*math.Pi)

	S1, _ := inverse(Λ)
	S2, _ := inverse(P)
	for i := range S1 {
		S1[i] += S2[i]
	}
	invS, detS := inverse(S1)
	want := -0.5*quad(invS, []float64{y[0] - m0[0], y[1] - m0[1]}) - 0.5*math.Log(detS) - math.Log(2*math.Pi)
	within(t, 1e-13, A+c, want, "evidence")

	// And many observations are as good as their sum of log-densities.
	n := normalModel()
	z := []float64{0.9, -1.1}
	lp := 0.5*math.Log(1*0.4-0.04) - math.Log(2*math.Pi) - 0.5*quad(P, []float64{z[0] - 0.3, z[1] + 0.1})
	for _, y := range [][]float64{{1, 2}, {-0.3, 0.7}, {2.2, -1}} {
		lp += 0.5*math.Log(2*0.5-0.36) - math.Log(2*math.Pi) - 0.5*quad(Λ, []float64{z[0] - y[0], z[1] - y[1]})
	}
	within(t, 1e-13, n.LogJoint(z), lp, "log-joint of three observations")

	// DiagGaussian serves only where both precisions are diagonal.
	if _, ok := n.ConjugateNatural(make([]float64, 4), "DiagGaussian(2)"); ok {
		t.Error("correlated parameters are conjugate to DiagGaussian")
	}
	diag := must(models.NewNormalKnownVariance(y, []float64{2, 0, 0, 0.5}, m0, []float64{1, 0, 0, 3}))
	if _, ok := diag.ConjugateNatural(make([]float64, 4), "DiagGaussian(2)"); !ok {
		t.Error("independent parameters are not conjugate to DiagGaussian")
	}
}

func TestGammaShapeGold(t *testing.T) {
	var g struct {
		M struct {
			Y        float64 `json:"y"`
			A        float64 `json:"a0"`
			B        float64 `json:"b0"`
			Evidence float64 `json:"log_evidence"`
			Mean     float64 `json:"posterior_mean_exact"`
		} `json:"gamma_shape_model"`
	}
	readGold(t, "algorithm_steps", &g)
	m := must(models.NewGammaShape(g.M.A, g.M.B, []float64{g.M.Y}))
	within(t, 1e-12, math.Log(integrate(m, false)), g.M.Evidence, "log-evidence")
	tilted := tilt{m}
	within(t, 1e-12, integrate(tilted, false)/integrate(m, false), g.M.Mean, "posterior mean")
}

// tilt multiplies a joint density by its parameter.
type tilt struct{ models.Model }

func (m tilt) LogJoint(z []float64) float64 { return m.Model.LogJoint(z) + math.Log(z[0]) }

func TestOutsideTheSupport(t *testing.T) {
	for _, c := range []struct {
		m models.Hessianer
		z []float64
	}{
		{must(models.NewGammaPoisson(1, 1, []int{1})), []float64{0}},
		{must(models.NewGammaExponential(1, 1, []float64{1})), []float64{-1}},
		{must(models.NewGammaShape(1, 1, []float64{1})), []float64{math.NaN()}},
		{must(models.NewBetaBinomial(1, 1, 1, 1)), []float64{1}},
		{must(models.NewBetaBinomial(1, 1, 1, 1)), []float64{0}},
		{must(models.NewDirichletMultinomial([]float64{1, 1}, []int{1, 1})), []float64{0, 1}},
	} {
		d := c.m.Dim()
		hess, grad := make([]float64, d*d), make([]float64, d)
		if l := c.m.LogJointHess(hess, grad, c.z); !math.IsInf(l, -1) || !math.IsNaN(grad[0]) || !math.IsNaN(hess[0]) {
			t.Errorf("%T at %v: log p = %g, gradient %g, Hessian %g, want −Inf and NaN", c.m, c.z, l, grad, hess)
		}
	}
}

func TestConjugateModelsRefuse(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	one := []float64{1}
	var errs []error
	add := func(_ any, err error) { errs = append(errs, err) }
	for _, v := range []float64{0, -1, nan, inf} {
		add(models.NewGammaPoisson(v, 1, []int{1}))
		add(models.NewGammaPoisson(1, v, []int{1}))
		add(models.NewGammaExponential(v, 1, one))
		add(models.NewGammaExponential(1, 1, []float64{1, v}))
		add(models.NewGammaShape(1, v, one))
		add(models.NewGammaShape(1, 1, []float64{v}))
		add(models.NewBetaBinomial(v, 1, 0, 1))
		add(models.NewBetaBinomial(1, v, 0, 1))
		add(models.NewDirichletMultinomial([]float64{1, v}, []int{1, 1}))
		add(models.NewNormalKnownVariance(one, []float64{v}, one, one))
		add(models.NewNormalKnownVariance(one, one, one, []float64{v}))
	}
	for _, v := range []float64{nan, inf} {
		add(models.NewNormalKnownVariance([]float64{v}, one, one, one))
		add(models.NewNormalKnownVariance(one, one, []float64{v}, one))
	}
	add(models.NewGammaPoisson(1, 1, nil))
	add(models.NewGammaPoisson(1, 1, []int{0, -1}))
	add(models.NewGammaExponential(1, 1, nil))
	add(models.NewGammaShape(1, 1, nil))
	add(models.NewBetaBinomial(1, 1, 3, 2))
	add(models.NewBetaBinomial(1, 1, -1, 2))
	add(models.NewDirichletMultinomial(one, []int{1}))
	add(models.NewDirichletMultinomial([]float64{1, 1}, []int{1}))
	add(models.NewDirichletMultinomial([]float64{1, 1}, []int{1, -1}))
	add(models.NewNormalKnownVariance(nil, one, one, one))
	add(models.NewNormalKnownVariance([]float64{1, 2, 3}, []float64{1, 0, 0, 1}, []float64{0, 0}, []float64{1, 0, 0, 1}))
	add(models.NewNormalKnownVariance([]float64{1, 2}, one, []float64{0, 0}, []float64{1, 0, 0, 1}))
	add(models.NewNormalKnownVariance([]float64{1, 2}, []float64{1, 2, 2, 1}, []float64{0, 0}, []float64{1, 0, 0, 1}))
	add(models.NewNormalKnownVariance([]float64{1, 2}, []float64{1, 0.5, 0.2, 1}, []float64{0, 0}, []float64{1, 0, 0, 1}))
	for i, err := range errs {
		var de *models.DataError
		if !errors.As(err, &de) || de.Got == "" || de.Want == "" {
			t.Errorf("case %d: error %v, want a *DataError that says what was got and wanted", i, err)
		}
	}
}

func TestConjugateModelsDoNotAllocate(t *testing.T) {
	idx := []int{1, 0, 1}
	for _, m := range []models.Hessianer{
		must(models.NewGammaPoisson(2, 1, []int{1, 4})),
		must(models.NewGammaExponential(2, 1, []float64{1, 4})),
		must(models.NewGammaShape(2, 1, []float64{1, 4})),
		must(models.NewBetaBinomial(2, 1, 1, 4)),
		must(models.NewDirichletMultinomial([]float64{1, 2}, []int{1, 4})),
		normalModel(),
	} {
		d := m.Dim()
		z, hess, grad := make([]float64, d), make([]float64, d*d), make([]float64, d)
		rnd := rand.New(rand.NewPCG(1, 2))
		for j := range z {
			z[j] = rnd.Float64()
		}
		if data, ok := m.(models.Data); ok {
			m = data.Batch(idx, 2).(models.Hessianer)
			if n := testing.AllocsPerRun(5, func() { data.Batch(idx, 1.5) }); n != 0 {
				t.Errorf("Batch of %T allocates %v times", m, n)
			}
		}
		if n := testing.AllocsPerRun(5, func() { m.LogJointHess(hess, grad, z) }); n != 0 {
			t.Errorf("%T allocates %v times", m, n)
		}
	}
}
