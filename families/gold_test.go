package families

import (
	"math"
	"testing"
)

// nearZero is within, with the absolute bound tol·floor where |want| < floor.
func nearZero(t testing.TB, tol, floor, got, want float64, format string, args ...any) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*max(floor, math.Abs(want))) {
		t.Errorf(format+": got %.17g, want %.17g (error %.2g)", append(args, got, want, got-want)...)
	}
}

// goldMember is a member of a family with the gold values of it.
type goldMember struct {
	q            Distribution
	λ            Natural
	a            float64
	μ            Mean
	entropy      float64
	fisher       [][]float64
	logProbAt0p8 float64
}

func (m *goldMember) check(t *testing.T) {
	t.Helper()
	const tol = 1e-12
	name := m.q.Family().String()
	vectors(t, tol, m.q.Natural(nil), m.λ, "%s: λ", name)
	vectors(t, tol, m.q.Mean(nil), m.μ, "%s: μ", name)
	nearZero(t, tol, 1e-3, m.q.LogPartition(), m.a, "%s: A", name)
	nearZero(t, tol, 1e-3, m.q.Entropy(), m.entropy, "%s: entropy", name)
	if m.logProbAt0p8 != 0 {
		nearZero(t, tol, 1e-3, m.q.LogProb([]float64{0.8}), m.logProbAt0p8, "%s: log q(0.8)", name)
	}
	n := len(m.λ)
	for j := range n {
		e, column := make(Natural, n), make(Mean, n)
		e[j] = 1
		for i := range n {
			column[i] = m.fisher[i][j]
		}
		vectors(t, tol, m.q.FisherMulVec(nil, e), column, "%s: column %d of F", name, j)
		vectors(t, tol, m.q.FisherSolve(nil, column), e, "%s: F⁻¹ column %d of F", name, j)
	}
	p := m.q.Family().New()
	if !p.SetNatural(m.λ) {
		t.Fatalf("%s refuses λ = %v", name, m.λ)
	}
	vectors(t, tol, p.Mean(nil), m.μ, "%s: μ of λ", name)
	if !p.SetMean(m.μ) {
		t.Fatalf("%s refuses μ = %v", name, m.μ)
	}
	vectors(t, tol, p.Natural(nil), m.λ, "%s: λ of μ", name)
}

// vectors compares entry by entry, relative to the larger of the entry and a
// tenth of the largest, or to 1 if all entries are zero.
func vectors[V ~[]float64](t *testing.T, tol float64, got, want V, format string, args ...any) {
	t.Helper()
	var size float64
	for _, x := range want {
		size = max(size, math.Abs(x))
	}
	if size == 0 {
		size = 10
	}
	for i, x := range want {
		if !(math.Abs(got[i]-x) <= tol*max(math.Abs(x), 0.1*size)) {
			t.Errorf(format+": got %.17g, want %.17g", append(args, got, want)...)
			return
		}
	}
}

func goldKL(t *testing.T, members []goldMember, kl [][]float64) {
	t.Helper()
	for i, p := range members {
		for j, q := range members {
			if want := kl[i][j]; i != j {
				within(t, 1e-12, KL(p.q, q.q), want, "%v: KL %d, %d", p.q.Family(), i, j)
				nearZero(t, 1e-12, 10, BregmanNatural(q.q, p.q), want, "%v: Bregman form of KL %d, %d", p.q.Family(), i, j)
			} else if got := KL(p.q, q.q); got != 0 {
				t.Errorf("%v: KL of a member to itself is %g", p.q.Family(), got)
			}
		}
	}
}

func TestGoldGamma(t *testing.T) {
	type dist struct {
		Alpha, Beta  float64
		Theta        Natural
		LogPartition float64 `json:"log_partition"`
		Mean         Mean    `json:"mean_params"`
		Entropy      float64
		Fisher       [][]float64 `json:"fisher_theta"`
		LogPDF       float64     `json:"logpdf_at_0.8"`
	}
	type block struct {
		Dists []dist
		KL    [][]float64 `json:"kl"`
	}
	run := func(name string, set func(α, β float64) Distribution) {
		var g block
		readGold(t, name, &g)
		if len(g.Dists) < 3 {
			t.Fatalf("the gold block %s has %d distributions", name, len(g.Dists))
		}
		var members []goldMember
		for _, d := range g.Dists {
			m := goldMember{set(d.Alpha, d.Beta), d.Theta, d.LogPartition, d.Mean, d.Entropy, d.Fisher, d.LogPDF}
			m.check(t)
			members = append(members, m)
		}
		goldKL(t, members, g.KL)
	}
	run("gamma", func(α, β float64) Distribution { return gamma(t, α, β) })
	run("inverse_gamma", func(α, β float64) Distribution { return inverseGamma(t, α, β) })

	var check struct {
		Check struct {
			Grad    Mean    `json:"grad_theta"`
			Natgrad Natural `json:"natgrad"`
		} `json:"natgrad_check"`
	}
	readGold(t, "gamma", &check)
	vectors(t, 1e-12, gamma(t, 2.5, 1.5).FisherSolve(nil, check.Check.Grad), check.Check.Natgrad, "natural gradient of E[z³]")
}

// SetMean at E[z] = 1 and E[log z] = −s.
func TestGoldGammaShapes(t *testing.T) {
	var g struct {
		GammaShape []struct {
			S, Alpha float64
		} `json:"gamma_shape_from_s"`
	}
	readGold(t, "special_functions", &g)
	if len(g.GammaShape) == 0 {
		t.Fatal("the gold block gamma_shape_from_s is empty")
	}
	for _, p := range g.GammaShape {
		q := Gamma().New().(*GammaDist)
		if !q.SetMean(Mean{-p.S, 1}) {
			t.Errorf("Gamma refuses E[log z] = %g, E[z] = 1", -p.S)
		}
		within(t, 1e-12, q.Shape(), p.Alpha, "shape at s = %g", p.S)
		within(t, 1e-12, q.Rate(), p.Alpha, "rate at s = %g", p.S)
		r := InverseGamma().New().(*InverseGammaDist)
		if !r.SetMean(Mean{p.S, 1}) {
			t.Errorf("InverseGamma refuses E[log z] = %g, E[1/z] = 1", p.S)
		}
		within(t, 1e-12, r.Shape(), p.Alpha, "inverse shape at s = %g", p.S)
		within(t, 1e-12, r.Scale(), p.Alpha, "scale at s = %g", p.S)
	}
}

func TestGoldGammaSteps(t *testing.T) {
	var g struct {
		IBLR struct {
			Alpha, Beta, Step float64
			Dα                float64 `json:"dL_dalpha"`
			Dβ                float64 `json:"dL_dbeta"`
			AlphaNew          float64 `json:"alpha_new"`
			BetaNew           float64 `json:"beta_new"`
		} `json:"iblr_gamma"`
		NGVI struct {
			Natgrad  []float64
			AlphaNew float64 `json:"alpha_new"`
			BetaNew  float64 `json:"beta_new"`
		} `json:"ngvi_gamma"`
	}
	readGold(t, "algorithm_steps", &g)
	ρ := g.IBLR.Step
	q := gamma(t, g.IBLR.Alpha, g.IBLR.Beta)
	natural := q.FisherSolve(nil, Mean{g.IBLR.Dα, -g.IBLR.Dβ})
	vectors(t, 1e-12, natural, Natural{g.NGVI.Natgrad[0], -g.NGVI.Natgrad[1]}, "natural gradient")
	step := Natural{ρ * natural[0], ρ * natural[1]}
	λ := q.Natural(nil)
	within(t, 1e-12, 1+λ[0]+step[0], g.NGVI.AlphaNew, "α of a natural-gradient step")
	within(t, 1e-12, -(λ[1] + step[1]), g.NGVI.BetaNew, "β of a natural-gradient step")
	q.Retract(λ, step)
	within(t, 1e-12, 1+λ[0], g.IBLR.AlphaNew, "α of the retraction")
	within(t, 1e-12, -λ[1], g.IBLR.BetaNew, "β of the retraction")

	// The same step on an InverseGamma.
	r := inverseGamma(t, g.IBLR.Alpha, g.IBLR.Beta)
	r.Retract(λ, Natural{-step[0], step[1]})
	within(t, 1e-12, -1-λ[0], g.IBLR.AlphaNew, "α of the retraction of an InverseGamma")
	within(t, 1e-12, -λ[1], g.IBLR.BetaNew, "β of the retraction of an InverseGamma")
}

func TestGoldBetaDirichletCategorical(t *testing.T) {
	var b struct {
		Dists []struct {
			A, B         float64
			Theta        Natural
			LogPartition float64 `json:"log_partition"`
			Mean         Mean    `json:"mean_params"`
			Entropy      float64
			Fisher       [][]float64 `json:"fisher_theta"`
		}
		KL [][]float64 `json:"kl"`
	}
	readGold(t, "beta", &b)
	var members []goldMember
	for _, d := range b.Dists {
		m := goldMember{q: beta(t, d.A, d.B), λ: d.Theta, a: d.LogPartition, μ: d.Mean, entropy: d.Entropy, fisher: d.Fisher}
		m.check(t)
		members = append(members, m)
	}
	goldKL(t, members, b.KL)
	n := len(members)

	var dir struct {
		Dists []struct {
			Alpha, Mean  []float64
			Theta        Natural
			LogPartition float64 `json:"log_partition"`
			Params       Mean    `json:"mean_params"`
			Entropy      float64
			Fisher       [][]float64 `json:"fisher_theta"`
		}
		KL [][]float64 `json:"kl"`
	}
	readGold(t, "dirichlet", &dir)
	members = nil
	for _, d := range dir.Dists {
		m := goldMember{q: dirichletOf(t, d.Alpha...), λ: d.Theta, a: d.LogPartition, μ: d.Params, entropy: d.Entropy, fisher: d.Fisher}
		m.check(t)
		members = append(members, m)
	}
	goldKL(t, members, dir.KL)
	n += len(members)

	var c struct {
		P, Q         []float64
		Theta        Natural
		LogPartition float64 `json:"log_partition"`
		Mean         Mean    `json:"mean_params"`
		Entropy      float64
		PQ           float64     `json:"kl_pq"`
		QP           float64     `json:"kl_qp"`
		Fisher       [][]float64 `json:"fisher_theta"`
	}
	readGold(t, "categorical", &c)
	p, q := categoricalOf(t, c.P...), categoricalOf(t, c.Q...)
	m := goldMember{q: p, λ: c.Theta, a: c.LogPartition, μ: c.Mean, entropy: c.Entropy, fisher: c.Fisher}
	m.check(t)
	goldKL(t, []goldMember{m, {q: q}}, [][]float64{{0, c.PQ}, {c.QP, 0}})
	for j, want := range c.P {
		within(t, 1e-12, math.Exp(p.LogProb([]float64{float64(j)})), want, "probability of category %d", j)
	}
	if n++; n != 8 {
		t.Errorf("%d gold members of these families, want 8", n)
	}
}

// Gradients at a given draw: aux is made from z.
func TestGoldPathGradients(t *testing.T) {
	var g struct {
		Gamma []struct {
			Alpha, Z float64
			DzDalpha float64 `json:"dz_dalpha"`
		}
		Beta []struct {
			A, B, X float64
			DxDa    float64 `json:"dx_da"`
			DxDb    float64 `json:"dx_db"`
		}
		Dirichlet struct {
			Alpha, Z, X []float64
			Jac         [][]float64
		} `json:"dirichlet_via_gamma"`
	}
	readGold(t, "implicit", &g)
	const rate, w, slope = 1.75, 0.5, 3.0
	for _, p := range g.Gamma {
		// x = z/β: ∂x/∂α = (∂z/∂α)/β and ∂x/∂β = −x/β.
		aux := []float64{math.Log(p.Z)}
		x := p.Z / rate
		grad := Mean{0, 0}
		gamma(t, p.Alpha, rate).AddPathGrad(grad, w, []float64{x}, aux, []float64{slope})
		vectors(t, 1e-9, grad, Mean{w * slope * p.DzDalpha / rate, w * slope * x / rate}, "Gamma: gradient of z = %g, α = %g", p.Z, p.Alpha)
		// x = β/z: ∂x/∂α = −(x/z) ∂z/∂α and ∂x/∂β = x/β, with α = −λ₁ − 1.
		x = rate / p.Z
		grad = make(Mean, 2)
		inverseGamma(t, p.Alpha, rate).AddPathGrad(grad, w, []float64{x}, aux, []float64{slope})
		vectors(t, 1e-9, grad, Mean{w * slope * x / p.Z * p.DzDalpha, -w * slope * x / rate}, "InverseGamma: gradient of z = %g, α = %g", p.Z, p.Alpha)
	}
	for _, p := range g.Beta {
		grad := make(Mean, 2)
		beta(t, p.A, p.B).AddPathGrad(grad, w, []float64{p.X}, []float64{math.Log(p.X), math.Log1p(-p.X)}, []float64{slope})
		vectors(t, 1e-9, grad, Mean{w * slope * p.DxDa, w * slope * p.DxDb}, "Beta: gradient of z = %g, a = %g, b = %g", p.X, p.A, p.B)
	}
	d := g.Dirichlet
	q := dirichletOf(t, d.Alpha...)
	aux := make([]float64, len(d.Z))
	for i, z := range d.Z {
		aux[i] = math.Log(z)
	}
	for i := range d.X {
		grad, e := make(Mean, len(d.X)), make([]float64, len(d.X))
		e[i] = slope
		q.AddPathGrad(grad, w, d.X, aux, e)
		for j, got := range grad {
			within(t, 1e-9, got, w*slope*d.Jac[i][j], "Dirichlet: ∂z_%d/∂α_%d", i, j)
		}
	}
	if len(g.Gamma) == 0 || len(g.Beta) == 0 || len(d.Jac) == 0 {
		t.Fatal("the gold block implicit is empty")
	}
}
