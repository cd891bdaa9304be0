package vi_test

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"natgrad/models"
	"natgrad/models/ad"
	"natgrad/vi"
)

// simulation is one data set of a model, and the parameters behind it, in the
// order of the result's.
type simulation struct {
	m     models.Model
	truth []float64
}

// simulations are models whose parameters are drawn from the prior and whose data
// from the model: exact 90 % intervals then cover the truth in 90 % of data sets.
var simulations = []struct {
	name string
	sets int // unless NATGRAD_LONG says 200
	make func(t testing.TB, rnd *rand.Rand) simulation
}{
	{"linear regression", 60, simulateLinear},
	{"logistic regression", 60, simulateLogistic},
	{"logistic regression, models.GLM", 60, simulateGLM},
	{"non-centred hierarchy", 25, simulateHierarchy},
}

// simulateLinear is y ~ N(a + b₁x₁ + b₂x₂, σ²) of 20 rows.
func simulateLinear(t testing.TB, rnd *rand.Rand) simulation {
	const rows = 20
	truth := []float64{3 * rnd.NormFloat64(), 2 * rnd.NormFloat64(), 2 * rnd.NormFloat64(), math.Abs(2 * rnd.NormFloat64())}
	x1, x2, y := make([]float64, rows), make([]float64, rows), make([]float64, rows)
	for i := range y {
		x1[i] = rnd.NormFloat64()
		x2[i] = 0.6*x1[i] + 0.8*rnd.NormFloat64()
		y[i] = truth[0] + truth[1]*x1[i] + truth[2]*x2[i] + truth[3]*rnd.NormFloat64()
	}
	m := new(ad.Model)
	a, b1, b2, s := m.Real("a"), m.Real("b1"), m.Real("b2"), m.Positive("sigma")
	return simulation{density(t, m, func(p *ad.Tape) {
		p.Follows(a, ad.Normal(0, 3))
		p.Follows(b1, ad.Normal(0, 2))
		p.Follows(b2, ad.Normal(0, 2))
		p.Follows(s, ad.HalfNormal(2))
		p.Follows(y, ad.Normal(p.Add(a, p.Add(p.Mul(b1, x1), p.Mul(b2, x2))), s))
	}), truth}
}

// logisticData is that of 80 rows and three coefficients ~ N(0, 1.5²), the first
// for the constant.
func logisticData(t testing.TB, rnd *rand.Rand) (β, y []float64, x *models.Dense) {
	const rows = 80
	for range 3 {
		β = append(β, 1.5*rnd.NormFloat64())
	}
	var values []float64
	for range rows {
		u := rnd.NormFloat64()
		row := []float64{1, u, 0.5*u + rnd.NormFloat64()}
		values = append(values, row...)
		hit := 0.
		if rnd.Float64() < 1/(1+math.Exp(-inner(β, row))) {
			hit = 1
		}
		y = append(y, hit)
	}
	x, err := models.NewDense(rows, 3, values)
	if err != nil {
		t.Fatal(err)
	}
	return β, y, x
}

func simulateLogistic(t testing.TB, rnd *rand.Rand) simulation {
	truth, y, x := logisticData(t, rnd)
	m := new(ad.Model)
	β := m.Real("beta", 3)
	return simulation{density(t, m, func(p *ad.Tape) {
		p.Follows(β, ad.Normal(0, 1.5))
		p.Follows(y, ad.BernoulliLogit(p.MulVec(x, β)))
	}), truth}
}

func simulateGLM(t testing.TB, rnd *rand.Rand) simulation {
	truth, y, x := logisticData(t, rnd)
	m, err := models.NewGLM(x, y, models.BernoulliLogit{}, []float64{1 / 2.25, 1 / 2.25, 1 / 2.25})
	if err != nil {
		t.Fatal(err)
	}
	return simulation{m, truth}
}

// simulateHierarchy is eight groups of known standard errors, as eight schools.
func simulateHierarchy(t testing.TB, rnd *rand.Rand) simulation {
	truth := []float64{5 * rnd.NormFloat64(), math.Abs(5 * rnd.NormFloat64())}
	y := make([]float64, len(schoolsσ))
	var θ []float64
	for j, σ := range schoolsσ {
		η := rnd.NormFloat64()
		truth, θ = append(truth, η), append(θ, truth[0]+truth[1]*η)
		y[j] = θ[j] + σ*rnd.NormFloat64()
	}
	m := new(ad.Model)
	mu, tau, eta := m.Real("mu"), m.Positive("tau"), m.Real("eta", len(y))
	return simulation{density(t, m, func(p *ad.Tape) {
		p.Follows(mu, ad.Normal(0, 5))
		p.Follows(tau, ad.HalfNormal(5))
		p.Follows(eta, ad.Normal(0, 1))
		theta := p.Add(mu, p.Mul(tau, eta))
		p.Follows(y, ad.Normal(theta, schoolsσ))
		p.Report("theta", theta)
	}), append(truth, θ...)}
}

// density gives a model its density.
func density(t testing.TB, m *ad.Model, f func(p *ad.Tape)) *ad.Model {
	t.Helper()
	if err := m.Density(f); err != nil {
		t.Fatal(err)
	}
	return m
}

// coverage counts the intervals of fits of one verdict that cover the truth.
type coverage struct {
	fits int
	hits []int // for each quantity
}

// add takes in a fit.
func (c *coverage) add(q [][]float64, truth []float64) {
	if c.hits == nil {
		c.hits = make([]int, len(truth))
	}
	c.fits++
	for j, x := range truth {
		if q[j][0] <= x && x <= q[j][1] {
			c.hits[j]++
		}
	}
}

// of returns the share of intervals of one quantity that cover, all that of all.
func (c *coverage) of(j int) float64 { return float64(c.hits[j]) / float64(c.fits) }
func (c *coverage) all() float64 {
	var s float64
	for j := range c.hits {
		s += c.of(j)
	}
	return s / float64(len(c.hits))
}

// What the verdict calls OK is right as often as it says (simulation-based
// calibration: Talts et al. 2018, arXiv:1804.06788): the 90 % intervals of such
// fits, with no settings, cover the truth in 85 to 95 of 100 cases. The verdict is
// a function of the data and not of the truth, so that choosing fits by it does not
// change that. NATGRAD_LONG=1 makes it 200 data sets of each model.
func TestOKIsCalibrated(t *testing.T) {
	for _, s := range simulations {
		sets := s.sets
		if os.Getenv("NATGRAD_LONG") != "" { // a minute
			sets = 200
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var by [vi.Fail + 1]coverage
			var names []string
			for i := range sets {
				sim := s.make(t, rand.New(rand.NewPCG(uint64(i), 7)))
				res := fit(t, vi.Problem{Model: sim.m}, &vi.Settings{Seed: uint64(i)})
				q, err := res.Quantiles(0.05, 0.95)
				if err != nil {
					t.Fatalf("data set %d: %v", i, err)
				}
				by[res.Verdict].add(q, sim.truth)
				names = res.Draws.Names
			}
			ok := &by[vi.OK]
			t.Logf("%d data sets: %d OK, %d warn, %d fail", sets, ok.fits, by[vi.Warn].fits, by[vi.Fail].fits)
			if ok.fits < 2*sets/5 {
				t.Fatalf("%d of %d fits are OK", ok.fits, sets)
			}
			for j, name := range names {
				t.Logf("%10s %5.1f %%", name, 100*ok.of(j))
				// Three standard errors of a share of 90 %.
				if noise := 3 * math.Sqrt(0.09/float64(ok.fits)); !(ok.of(j) >= 0.85-noise) || !(ok.of(j) <= 0.95+noise) {
					t.Errorf("90 %% intervals of %s cover %.1f %% in %d fits", name, 100*ok.of(j), ok.fits)
				}
			}
			t.Logf("%10s %5.1f %%", "all", 100*ok.all())
			if !(ok.all() >= 0.85) || !(ok.all() <= 0.95) {
				t.Errorf("90 %% intervals cover %.1f %%, want 85 to 95", 100*ok.all())
			}
			for _, v := range []vi.Verdict{vi.Warn, vi.Fail} {
				if by[v].fits > 0 {
					t.Logf("%10s %5.1f %% of %d fits", v, 100*by[v].all(), by[v].fits)
				}
			}
		})
	}
}
