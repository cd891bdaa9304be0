package vi_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"sync"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/families/familytest"
	"natgrad/models"
	"natgrad/vi"
)

type matrix [][]float64

func (m matrix) flat() []float64 {
	var a []float64
	for _, row := range m {
		a = append(a, row...)
	}
	return a
}

// gaussianOptimum is the optimum of an ELBO over a Gaussian family.
type gaussianOptimum struct {
	Mean, Var, SD []float64
	Cov           matrix
	ELBO          float64
}

// golds are the reference values of gold_families.json for steps and fits.
type golds struct {
	Steps struct {
		VON struct {
			M, G      []float64
			S, H      matrix
			Rho       float64
			SNew      matrix    `json:"S_new"`
			MNew      []float64 `json:"m_new_newS"`
			MNewInOld []float64 `json:"m_new_oldS"`
		} `json:"von_full"`
		IBLR struct {
			SNew matrix    `json:"S_new"`
			MNew []float64 `json:"m_new_oldS"`
		} `json:"iblr_full"`
		IBLRGamma struct {
			Alpha, Beta, Step float64
			DAlpha            float64 `json:"dL_dalpha"`
			DBeta             float64 `json:"dL_dbeta"`
			AlphaNew          float64 `json:"alpha_new"`
			BetaNew           float64 `json:"beta_new"`
		} `json:"iblr_gamma"`
		NGVIGamma struct {
			Natgrad  []float64
			AlphaNew float64 `json:"alpha_new"`
			BetaNew  float64 `json:"beta_new"`
		} `json:"ngvi_gamma"`
		Shape struct {
			Y, A0, B0 float64
			Alpha     float64 `json:"alpha_star"`
			Beta      float64 `json:"beta_star"`
			ELBO      float64 `json:"elbo_star"`
		} `json:"gamma_shape_model"`
	} `json:"algorithm_steps"`
	MixEF struct {
		Pi, Mu, Prec, Z, H []float64
		Delta              matrix
		Beta               float64
		PrecNew            []float64 `json:"prec_new"`
		MuNew              []float64 `json:"mu_new"`
		MuNewOld           []float64 `json:"mu_new_using_old_prec"`
		LogOddsNew         float64   `json:"log_odds_new"`
	} `json:"mixef_step"`
	Toy struct {
		X         matrix
		Y         []float64
		Precision []float64       `json:"prior_prec"`
		MeanField gaussianOptimum `json:"mean_field"`
		Full      gaussianOptimum
	} `json:"logistic_toy"`
	Schools struct {
		Exact struct {
			SDMu     float64 `json:"sd_mu"`
			SDLogTau float64 `json:"sd_log_tau"`
		}
		MeanField    gaussianOptimum `json:"meanfield_noncentered"`
		Centered     gaussianOptimum `json:"meanfield_centered"`
		Full         gaussianOptimum `json:"fullrank_noncentered"`
		CenteredFull gaussianOptimum `json:"fullrank_centered"`
	} `json:"eight_schools"`
}

var readGolds = sync.OnceValues(func() (*golds, error) {
	text, err := os.ReadFile(goldFile)
	if err != nil {
		return nil, err
	}
	g := new(golds)
	return g, json.Unmarshal(text, g)
})

var goldFile string

func gold(t testing.TB) *golds {
	t.Helper()
	goldFile = familytest.Shared(t, "reference/gold_families.json")
	g, err := readGolds()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// VON's step on a full Gaussian, by all who make it, and the one of the improved
// rule, whose mean moves with the old precision.
func TestGoldGaussianSteps(t *testing.T) {
	g := gold(t).Steps
	f := families.FullGaussian(2)
	q := f.New().(families.Gaussian)
	if !q.SetPrecision(g.VON.M, g.VON.S.flat()) {
		t.Fatal("precision refused")
	}
	// The gold is for f = −log p.
	gm, gV := make([]float64, 2), make([]float64, 4)
	for i, x := range g.VON.G {
		gm[i] = -x
	}
	for i, x := range g.VON.H.flat() {
		gV[i] = -x / 2
	}
	nat := q.NaturalGrad(nil, gm, gV)
	for i, λ := range q.Natural(nil) {
		nat[i] -= λ
	}
	check := func(m vi.Method, mean []float64, precision matrix) {
		t.Helper()
		λ, ok := target(aimed(t, m, q, nat), f, g.VON.Rho)
		if !ok {
			t.Fatalf("%v: no step", m)
		}
		p := member(t, f, λ...).(families.Gaussian)
		near(t, 1e-12, m.String()+": mean", p.Loc(nil), mean)
		near(t, 1e-12, m.String()+": precision", p.Precision(nil), precision.flat())
	}
	for _, m := range identical() {
		check(m, g.VON.MNew, g.VON.SNew)
	}
	check(new(vi.Retraction), g.IBLR.MNew, g.IBLR.SNew)
	if math.Abs(g.VON.MNew[0]-g.VON.MNewInOld[0]) < 0.01 {
		t.Error("the golds do not tell the old precision from the new")
	}
}

func TestGoldGammaSteps(t *testing.T) {
	g := gold(t).Steps
	f := families.Gamma()
	in := g.IBLRGamma
	q := member(t, f, in.Alpha-1, -in.Beta)
	nat := q.FisherSolve(nil, families.Mean{in.DAlpha, -in.DBeta})
	near(t, 1e-12, "natural gradient", []float64{nat[0], -nat[1]}, g.NGVIGamma.Natgrad)
	for _, c := range []struct {
		methods     []vi.Method
		alpha, beta float64
	}{
		{identical(), g.NGVIGamma.AlphaNew, g.NGVIGamma.BetaNew},
		{[]vi.Method{new(vi.Retraction)}, in.AlphaNew, in.BetaNew},
	} {
		for _, m := range c.methods {
			λ, ok := target(aimed(t, m, q, nat), f, in.Step)
			if !ok {
				t.Fatalf("%v: no step", m)
			}
			near(t, 1e-12, m.String(), []float64{λ[0] + 1, -λ[1]}, []float64{c.alpha, c.beta})
		}
	}
}

// quartic is the log-joint of the gold.
type quartic struct{}

func (quartic) derivatives(z float64) (f, d1, d2 float64) {
	return -z*z*z*z/4 + z*z/2 - 0.3*z, -z*z*z + z - 0.3, -3*z*z + 1
}

// MixEF's step on a mixture of two Gaussians (Lin, Khan & Schmidt 2019) from given draws
// of z, by all methods that make it. The family has the density ratios δ_c = N_c/q and
// the natural gradients of the components, of which the weights of these cancel.
func TestGoldMixEFStep(t *testing.T) {
	g := gold(t).MixEF
	f := families.GaussMixture(2, 1)
	q := f.New().(*families.GaussMixtureDist)
	if !q.SetComponents(g.Pi, g.Mu, []float64{1 / g.Prec[0], 1 / g.Prec[1]}) {
		t.Fatal("components refused")
	}
	// h = log q − log p, whose natural gradient at the draws is subtracted.
	nat := make(families.Natural, f.NumParams())
	logs, work := make([]float64, 2), make(families.Natural, 2)
	for i, z := range g.Z {
		logq := q.LogComponents(logs, []float64{z})
		p, p1, p2 := quartic{}.derivatives(z)
		var s, ss float64 // (log q)′, and q″/q
		δ := make([]float64, 2)
		for c, π := range q.Weights(nil) {
			δ[c] = math.Exp(logs[c] - logq)
			u := -g.Prec[c] * (z - g.Mu[c])
			s += π * δ[c] * u
			ss += π * δ[c] * (u*u - g.Prec[c])
		}
		h, h1, h2 := logq-p, s-p1, ss-s*s-p2
		near(t, 1e-12, "δ", δ, g.Delta[i])
		near(t, 1e-12, "h", []float64{h}, g.H[i:i+1])
		n := float64(len(g.Z))
		nat[0] -= (δ[0] - δ[1]) * h / n
		for c := range 2 {
			q.Component(c).NaturalGrad(work, []float64{-δ[c] * h1 / n}, []float64{-0.5 * δ[c] * h2 / n})
			nat[1+2*c] += work[0]
			nat[2+2*c] += work[1]
		}
	}
	for _, m := range identical()[:3] { // Mirror refuses the family
		λ, ok := target(aimed(t, m, q, nat), f, g.Beta)
		if !ok {
			t.Fatalf("%v: no step", m)
		}
		p := member(t, f, λ...).(*families.GaussMixtureDist)
		near(t, 1e-12, m.String()+": log odds", λ[:1], []float64{g.LogOddsNew})
		for c := range 2 {
			near(t, 1e-12, m.String()+": mean", p.Component(c).Loc(nil), g.MuNew[c:c+1])
			near(t, 1e-12, m.String()+": precision", p.Component(c).Precision(nil), g.PrecNew[c:c+1])
		}
	}
	if math.Abs(g.MuNew[0]-g.MuNewOld[0]) < 0.001 {
		t.Error("the golds do not tell the old precision from the new")
	}
}

// shapeModel is y|z ~ Gamma(z, 1), z ~ Gamma(a, b), as a user would write it.
type shapeModel struct{ y, a, b float64 }

func (m shapeModel) Dim() int { return 1 }

func (m shapeModel) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 1), z) }

func (m shapeModel) LogJointGrad(grad, z []float64) float64 {
	x := z[0]
	if !(x > 0) {
		return math.Inf(-1)
	}
	lgx, _ := math.Lgamma(x)
	lga, _ := math.Lgamma(m.a)
	grad[0] = math.Log(m.y) - families.Digamma(x) + (m.a-1)/x - m.b
	return (x-1)*math.Log(m.y) - m.y - lgx + m.a*math.Log(m.b) - lga + (m.a-1)*math.Log(x) - m.b*x
}

// trapezoid integrates over log z of one positive parameter, for families whose
// density times z falls at both ends. It is an estimator without noise for any
// model, by ∇_μ E f = F⁻¹ E[(T − μ) f].
type trapezoid struct {
	m      models.Model
	lo, hi float64
	stat   families.Mean
	μ, sum families.Mean
}

func (e *trapezoid) Init(m models.Model, f families.Family) error {
	n := f.NumParams()
	e.m, e.stat, e.μ, e.sum = m, make(families.Mean, n), make(families.Mean, n), make(families.Mean, n)
	return nil
}

func (e *trapezoid) Deterministic() bool { return true }

func (e *trapezoid) Estimate(_ context.Context, dst families.Natural, q families.Distribution, _ estimators.Stream) (estimators.Stats, error) {
	const n = 3000
	h := (e.hi - e.lo) / n
	q.Mean(e.μ)
	clear(e.sum)
	var f float64
	z := make([]float64, 1)
	for i := range n + 1 {
		z[0] = math.Exp(e.lo + float64(i)*h)
		w := h * z[0] * math.Exp(q.LogProb(z))
		if w == 0 {
			continue
		}
		v := w * e.m.LogJoint(z)
		f += v
		for j, s := range q.Family().SufficientStats(e.stat, z) {
			e.sum[j] += v * (s - e.μ[j])
		}
	}
	q.FisherSolve(dst, e.sum)
	return estimators.Stats{ELogJoint: f, ModelEvals: n + 1}, nil
}

// The Gamma nearest to the posterior of a Gamma's shape. Without noise it is
// found to 1e-8, from anywhere. With noise, the length of what is left is that
// of the tolerance: at most twice it in the mean over seeds, five times for each.
// The ELBO is right to four standard errors, which are below 0.01 nats.
func TestGoldGammaShape(t *testing.T) {
	g := gold(t).Steps.Shape
	f := families.Gamma()
	m := shapeModel{g.Y, g.A0, g.B0}
	best := member(t, f, g.Alpha-1, -g.Beta)
	for _, method := range []vi.Method{new(vi.Natural), new(vi.Fisher), new(vi.Mirror), new(vi.Retraction)} {
		for _, start := range []families.Distribution{nil, member(t, f, 2, -30), member(t, f, 300, -2)} {
			res := converged(t, vi.Problem{Model: m, Family: f}, &vi.Settings{Method: method, Start: start, Tolerance: 1e-9, Estimator: &trapezoid{lo: -30, hi: 7}})
			λ := res.Q.Natural(nil)
			near(t, 1e-8, method.String()+": α, β, ELBO", []float64{λ[0] + 1, -λ[1], res.ELBO}, []float64{g.Alpha, g.Beta, g.ELBO})
		}
	}
	for _, c := range []struct {
		name string
		p    vi.Problem
	}{
		{"Pathwise", vi.Problem{Model: m, Family: f}},
		{"Score", vi.Problem{Model: values{m}, Family: f}},
	} {
		const tolerance, seeds = 0.02, 10
		var square float64
		for seed := range uint64(seeds) {
			res := converged(t, c.p, &vi.Settings{Seed: seed, Tolerance: tolerance})
			if res.Estimator != c.name {
				t.Errorf("%s was chosen, want %s", res.Estimator, c.name)
			}
			λ := res.Q.Natural(nil)
			δ := families.Natural{λ[0] - (g.Alpha - 1), λ[1] + g.Beta}
			l := fisherLength(best, δ)
			square += l * l / seeds
			if l > 5*tolerance {
				t.Errorf("%s, seed %d: α %g, β %g, want %g, %g to %g, off by %g", c.name, seed, λ[0]+1, -λ[1], g.Alpha, g.Beta, tolerance, l)
			}
			if e := math.Abs(res.ELBO - g.ELBO); res.StdErr > 0.01 || e > 4*res.StdErr+l*l {
				t.Errorf("%s, seed %d: ELBO %g ± %g, want %g", c.name, seed, res.ELBO, res.StdErr, g.ELBO)
			}
		}
		if l := math.Sqrt(square); l > 2*tolerance || l < tolerance/20 {
			t.Errorf("%s: off by %g, root of the mean square, want about %g", c.name, l, tolerance)
		}
	}
}

// logisticToy is the regression of the golds.
func logisticToy(t testing.TB) *models.GLM {
	g := gold(t).Toy
	return glm(t, len(g.Y), len(g.Precision), g.X.flat(), g.Y, models.BernoulliLogit{}, g.Precision)
}

func TestGoldLogisticToy(t *testing.T) {
	g := gold(t).Toy
	m := logisticToy(t)
	for _, method := range []vi.Method{new(vi.Natural), &vi.Natural{Memory: -1}, new(vi.Fisher), new(vi.Mirror), new(vi.Retraction)} {
		s := &vi.Settings{Method: method, Tolerance: 1e-10}
		res := converged(t, vi.Problem{Model: m}, s)
		q := res.Q.(families.Gaussian)
		near(t, 1e-9, "full ELBO", []float64{res.ELBO}, []float64{g.Full.ELBO})
		near(t, 1e-9, "full mean", q.Loc(nil), g.Full.Mean)
		near(t, 1e-9, "full covariance", q.Cov(nil), g.Full.Cov.flat())
		if res.Estimator != "Quadrature" || res.StdErr != 0 {
			t.Errorf("%s with standard error %g, want Quadrature without", res.Estimator, res.StdErr)
		}

		res = converged(t, vi.Problem{Model: m, Family: families.DiagGaussian(2)}, s)
		q = res.Q.(families.Gaussian)
		near(t, 1e-9, "diag ELBO", []float64{res.ELBO}, []float64{g.MeanField.ELBO})
		near(t, 1e-9, "diag mean", q.Loc(nil), g.MeanField.Mean)
		near(t, 1e-9, "diag variance", q.Cov(nil), g.MeanField.Var)
	}
	// The default tolerance is good for nine digits of the ELBO.
	res := converged(t, vi.Problem{Model: m}, nil)
	near(t, 1e-9, "full ELBO by default", []float64{res.ELBO}, []float64{g.Full.ELBO})
}

// Without quadrature the optimum is within four times the tolerance in the
// Fisher length, in which the covariance counts.
func TestGoldLogisticToyByDraws(t *testing.T) {
	g := gold(t).Toy
	m := logisticToy(t)
	const tolerance = 0.03
	for _, f := range []families.Family{families.FullGaussian(2), families.DiagGaussian(2)} {
		opt, cov := g.Full, g.Full.Cov.flat()
		if f.NumParams() == 4 {
			opt, cov = g.MeanField, g.MeanField.Var
		}
		best := gaussianOf(t, f, opt.Mean, cov)
		for _, e := range []estimators.Estimator{new(estimators.Price), new(estimators.Stein), new(estimators.Pathwise), new(estimators.Score), &estimators.Minibatch{Size: 4}} {
			for seed := range uint64(2) {
				res := converged(t, vi.Problem{Model: m, Family: f}, &vi.Settings{Estimator: e, Seed: seed, Tolerance: tolerance})
				δ := res.Q.Natural(nil)
				for i, λ := range best.Natural(nil) {
					δ[i] -= λ
				}
				if l := fisherLength(best, δ); !(l <= 4*tolerance) {
					t.Errorf("%v, %T, seed %d: off by a length of %g", f, e, seed, l)
				}
				if err := math.Abs(res.ELBO - opt.ELBO); !(err <= 5*tolerance*tolerance+4*res.StdErr) {
					t.Errorf("%v, %T, seed %d: ELBO %g ± %g, want %g", f, e, seed, res.ELBO, res.StdErr, opt.ELBO)
				}
			}
		}
	}
}
