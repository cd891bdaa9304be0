package vi_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"natgrad/families"
	"natgrad/models"
	"natgrad/models/modeltest"
	"natgrad/vi"
)

// lawOfComponent returns the log-density of a row of componentKinds under component k,
// whose parameters z of the components begin, as the textbooks write it.
var lawOfComponent = map[string]func(z, y []float64, k int) float64{
	"Poisson": func(z, y []float64, k int) (l float64) {
		for j, v := range y {
			rate := z[2*k+j]
			l -= rate
			for i := range int(v) {
				l += math.Log(rate / float64(i+1))
			}
		}
		return l
	},
	"categorical": func(z, y []float64, k int) float64 {
		return math.Log(z[50*k+int(y[0])] * z[50*k+20+int(y[1])])
	},
	"Gamma": func(z, y []float64, k int) (l float64) {
		for j, v := range y {
			v = 0.5 + v/3 // as in componentKinds
			s, r := z[4*k+2*j], z[4*k+2*j+1]
			g, _ := math.Lgamma(s)
			l += s*math.Log(r) - g + (s-1)*math.Log(v) - r*v
		}
		return l
	},
}

func kindOf(t *testing.T) string {
	name := strings.Split(t.Name(), "/")[1]
	return name[:strings.Index(name, ",")]
}

// The prior is that of the family with its constant, the log-joint that of densities
// written out here, and batches, forks and points outside are as of any model.
func TestComponentLaws(t *testing.T) {
	const n, k = 12, 3
	y := counts(t, n).RawData()
	eachKind(t, n, k, func(t *testing.T, m *models.Mixture, f families.Family) {
		law := lawOfComponent[kindOf(t)]
		η := make(families.Natural, f.NumParams())
		norm := m.GlobalNatural(η)
		prior := f.New()
		if !prior.SetNatural(η) {
			t.Fatal("prior outside the domain")
		}
		sameTo(t, 1e-12, norm, -prior.LogPartition(), "the constant of the prior")

		q := someMember(t, m, f, 1)
		rnd := rand.New(rand.NewPCG(2, 1))
		points := [][]float64{q.Rand(nil, rnd), q.Rand(nil, rnd)}
		c := m.Components()
		skip := f.Dim() - c.Dim()
		for _, z := range points {
			want := norm + inner(η, f.SufficientStats(nil, z))
			π := z[:skip]
			if strings.Contains(f.String(), "Beta") { // sticks
				π = []float64{z[0], (1 - z[0]) * z[1], (1 - z[0]) * (1 - z[1])}
				if skip == k {
					π[2] *= z[2]
				}
			}
			for i := range n {
				var sum float64
				for k := range k {
					sum += π[k] * math.Exp(law(z[skip:], y[2*i:2*i+2], k))
				}
				want += math.Log(sum)
			}
			sameTo(t, 1e-11, m.LogJoint(z), want, "the log-joint")
		}
		modeltest.Test(t, m, points)
		for i := range points[0] {
			for _, v := range []float64{math.NaN(), -1} {
				z := append([]float64(nil), points[0]...)
				z[i] = v
				if l := m.LogJoint(z); l-l == 0 {
					t.Errorf("LogJoint with %v in coordinate %d is %v", v, i, l)
				}
			}
		}
	})
}

// Components that are conjugate are linear: the expectation of a row's log-density is
// that of its statistics, but for what does not depend on the component.
func TestComponentsAreLinear(t *testing.T) {
	eachKind(t, 12, 3, func(t *testing.T, m *models.Mixture, f families.Family) {
		if kindOf(t) == "Gamma" {
			return // not conjugate: TestComponentGradients
		}
		q, c := someMember(t, m, f, 1), m.Components()
		skip, skipT := f.Dim()-c.Dim(), f.NumParams()-c.NumParams()
		z := q.Rand(nil, rand.New(rand.NewPCG(2, 1)))
		rows := []int{3, 0, 11, 7}
		terms := func(μ []float64) []float64 {
			c.Load(rows)
			ll := make([]float64, len(rows)*c.Num())
			c.AddLogLik(ll)
			for e := range ll {
				resp, stats := make([]float64, len(ll)), make([]float64, c.NumParams())
				resp[e] = 1
				c.AddStats(stats, resp)
				ll[e] -= inner(stats, μ[skipT:])
			}
			return ll
		}
		c.At(z[skip:])
		atPoint := terms(f.SufficientStats(nil, z))
		μ := q.Mean(nil)
		m.Expect(q.Natural(nil), μ)
		for e, b := range terms(μ) {
			sameTo(t, 1e-11, b, atPoint[e], "the constant of a row")
			sameTo(t, 1e-11, b, atPoint[e%len(rows)], "the constant of a row under another component")
		}
	})
}

// The posterior of one component that is conjugate is that of the sums of its rows.
func TestOneComponentIsConjugate(t *testing.T) {
	const n = 30
	x := counts(t, n)
	wants := map[string]families.Natural{"Poisson": {0.5, -0.3, 0.5, -0.2}, "categorical": make(families.Natural, 50)}
	for i := range wants["categorical"] {
		wants["categorical"][i] = 0.7 - 1
	}
	for i, v := range x.RawData() {
		j := i % 2
		wants["Poisson"][2*j] += v
		wants["Poisson"][2*j+1]--
		wants["categorical"][20*j+int(v)]++
	}
	for name, want := range wants {
		m, err := componentKinds[name](x, 1, models.DirichletWeights)
		if err != nil {
			t.Fatal(err)
		}
		res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Starts: 1, Check: -1})
		if err != nil || res.Status != vi.Converged {
			t.Fatalf("%s: %v, error %v", name, res.Status, err)
		}
		for i, λ := range res.Q.Natural(nil) {
			sameTo(t, 1e-11, λ, want[i], name+": a natural parameter")
		}
		prior, post := res.Q.Family().New(), res.Q.Family().New()
		η := make(families.Natural, len(want))
		m.GlobalNatural(η)
		if !prior.SetNatural(η) || !post.SetNatural(want) {
			t.Fatal("outside the domain")
		}
		evidence := post.LogPartition() - prior.LogPartition()
		if name == "Poisson" {
			for _, v := range x.RawData() {
				l, _ := math.Lgamma(v + 1)
				evidence -= l
			}
		}
		sameTo(t, 1e-10, res.ELBO, evidence, name+": the evidence")
	}
}

// Poisson rates and the levels of latent classes are found again.
func TestDiscreteComponentsRecover(t *testing.T) {
	rnd := rand.New(rand.NewPCG(21, 1))
	const n = 2000
	rates := [2][2]float64{{2, 9}, {7, 3}}
	levels := [2][3]float64{{0.8, 0.15, 0.05}, {0.1, 0.2, 0.7}} // of all three columns
	y, u := make([]float64, 0, 2*n), make([]float64, 0, 3*n)
	for i := range n {
		c := i % 2
		for _, rate := range rates[c] {
			v := -1.0
			for s := 0.0; s < rate; s += rnd.ExpFloat64() {
				v++
			}
			y = append(y, v)
		}
		for range 3 {
			r, v := rnd.Float64(), 0
			for ; v < 2 && r > levels[c][v]; v++ {
				r -= levels[c][v]
			}
			u = append(u, float64(v))
		}
	}
	fit := func(d int, y []float64, make func(*models.Dense) (*models.Mixture, error)) *vi.Result {
		x, err := models.NewDense(n, d, y)
		if err != nil {
			t.Fatal(err)
		}
		m, err := make(x)
		if err != nil {
			t.Fatal(err)
		}
		res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Starts: 3, Check: -1})
		if err != nil || res.Status != vi.Converged {
			t.Fatalf("%v, error %v", res.Status, err)
		}
		return res
	}
	res := fit(2, y, func(x *models.Dense) (*models.Mixture, error) {
		return models.NewPoissonMixture(x, 2, nil, models.DirichletWeights, 1)
	})
	μ := res.Q.Mean(nil)[2:]
	swap := 0
	if μ[1] > μ[5] {
		swap = 1
	}
	for k, want := range rates {
		for j, rate := range want {
			if got := μ[4*(k^swap)+2*j+1]; math.Abs(got-rate) > 0.4 {
				t.Errorf("rate %v, want about %v", got, rate)
			}
		}
	}
	res = fit(3, u, func(x *models.Dense) (*models.Mixture, error) {
		return models.NewCategoricalMixture(x, 2, nil, 0, models.DirichletWeights, 1)
	})
	λ := res.Q.Natural(nil)[2:]
	swap = 0
	if λ[0] < λ[9] {
		swap = 1
	}
	for k, want := range levels {
		for j := range 3 {
			α := λ[9*(k^swap)+3*j:][:3]
			total := α[0] + α[1] + α[2] + 3
			for v, p := range want {
				if got := (α[v] + 1) / total; math.Abs(got-p) > 0.07 {
					t.Errorf("column %d: probability %v of level %d, want about %v", j, got, v, p)
				}
			}
		}
	}
}

// Names say the component, the column and the level, from 1 but for levels.
func TestMixtureNames(t *testing.T) {
	x, err := models.NewDense(4, 2, []float64{1, 2, 3, 1, 1, 4, 2, 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range mixtureShapes {
		m, err := models.NewGaussMixture(x, 3, c, nil, models.StickWeights, 0)
		if err != nil {
			t.Fatal(err)
		}
		names := m.CoordNames()
		seen := map[string]bool{}
		for _, name := range names {
			seen[name] = true
		}
		if len(names) != m.Dim() || len(seen) != m.Dim() || names[0] != "stick[1]" || names[2] != "mean[1,1]" {
			t.Errorf("%v: names %q of %d coordinates", c, names, m.Dim())
		}
	}
	level, err := models.NewDense(2, 2, []float64{1, 2, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.NewCategoricalMixture(level, 1, nil, 0, models.NestedStickWeights, 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"stick[1]", "p[1,1=0]", "p[1,1=1]", "p[1,2=0]", "p[1,2=1]", "p[1,2=2]"}, m.CoordNames()); diff != "" {
		t.Error(diff)
	}
	if m, err = models.NewGammaMixture(x, 2, nil, models.DirichletWeights, 0); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"weight[1]", "weight[2]", "shape[1,1]", "rate[1,1]", "shape[1,2]", "rate[1,2]"}, m.CoordNames()[:6]); diff != "" {
		t.Error(diff)
	}
}
