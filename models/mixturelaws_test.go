package models_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"

	"natgrad/families"
	"natgrad/models"
)

func eachMixture(t *testing.T, f func(t *testing.T, c mixtureKind, w models.Weights, m *models.Mixture)) {
	for _, c := range mixtureKinds {
		for _, w := range []models.Weights{models.DirichletWeights, models.StickWeights, models.NestedStickWeights} {
			t.Run(fmt.Sprintf("%s, %v", c.name, w), func(t *testing.T) {
				y := kindRows()
				for i, v := range y {
					y[i] = c.value(v)
				}
				m, err := c.make(must(models.NewDense(len(y)/kindD, kindD, y)), w)
				if err != nil {
					t.Fatal(err)
				}
				f(t, c, w, m)
			})
		}
	}
}

// The log-joint is that of densities by gonum/stat, with the component of each row summed
// out, and −Inf outside the support.
func TestMixtureLogJoint(t *testing.T) {
	eachMixture(t, func(t *testing.T, c mixtureKind, w models.Weights, m *models.Mixture) {
		rnd := rand.New(rand.NewPCG(7, 1))
		for range 3 {
			z, π, want := weightsPoint(rnd, w)
			comps := c.point(rnd)
			want += c.prior(comps)
			y := kindRows()
			for i := 0; i < len(y); i += kindD {
				row := []float64{c.value(y[i]), c.value(y[i+1])}
				lp := make([]float64, kindK)
				for k := range lp {
					lp[k] = math.Log(π[k]) + c.row(comps, row, k)
				}
				want += floats.LogSumExp(lp)
			}
			z = append(append([]float64(nil), z...), comps...)
			within(t, 1e-11, m.LogJoint(z), want, "log-joint")
			within(t, 1e-12, m.Fork().LogJoint(z), m.LogJoint(z), "log-joint of a fork")

			names := m.CoordNames()
			if len(names) != m.Dim() || len(z) != m.Dim() {
				t.Fatalf("%d names and a point of %d, want %d", len(names), len(z), m.Dim())
			}
			seen := make(map[string]bool)
			for i, name := range names {
				if seen[name] {
					t.Errorf("two coordinates called %s", name)
				}
				seen[name] = true
				if strings.HasPrefix(name, "mean") || strings.Contains(name, "1,2]") && strings.HasPrefix(name, "precision") {
					continue
				}
				was := z[i]
				if z[i] = -0.1; !math.IsInf(m.LogJoint(z), -1) {
					t.Errorf("log-joint %v with %s = %v, want −Inf", m.LogJoint(z), name, z[i])
				}
				z[i] = was
			}
		}
	})
}

// What AddLocal adds is the gradient of its value in μ: along a line in λ the value
// changes by ⟨gradient, dμ⟩.
func TestMixtureLocalGradient(t *testing.T) {
	eachMixture(t, func(t *testing.T, _ mixtureKind, _ models.Weights, m *models.Mixture) {
		f, err := families.Parse(m.Family())
		if err != nil {
			t.Fatal(err)
		}
		rnd := rand.New(rand.NewPCG(5, 1))
		a, b := families.Natural(m.StartNatural(nil, 0, rnd)), families.Natural(m.StartNatural(nil, 1, rnd))
		q := f.New()
		n := m.NumData()
		at := func(x float64) (value float64, μ families.Mean, stats []float64) {
			λ := make(families.Natural, len(a))
			for i := range λ {
				λ[i] = a[i] + x*(b[i]-a[i])
			}
			if !q.SetNatural(λ) {
				t.Fatal("outside the domain")
			}
			μ, stats = q.Mean(nil), make([]float64, len(λ))
			if !m.Expect(λ, μ) {
				t.Fatal("no expectations")
			}
			return m.AddLocal(stats, 0, n), μ, stats
		}
		const h = 1e-4
		for _, x := range []float64{0.3, 0.6} {
			_, _, stats := at(x)
			up, μUp, _ := at(x + h)
			down, μDown, _ := at(x - h)
			got := floats.Dot(stats, μUp) - floats.Dot(stats, μDown)
			if !(math.Abs(got-(up-down)) <= 1e-6*math.Abs(up-down)+1e-9) {
				t.Errorf("at %g: %v by the gradient, want %v", x, got, up-down)
			}
		}
	})
}

// Responsibilities are those of Bayes's rule, at a member so narrow that it is a point,
// and the value of AddLocal is the log-likelihood there.
func TestMixtureResponsibilities(t *testing.T) {
	c := mixtureKinds[4] // Poisson
	y := kindRows()
	m := must(c.make(must(models.NewDense(len(y)/kindD, kindD, y)), models.DirichletWeights))
	rnd := rand.New(rand.NewPCG(3, 1))
	rates, π := c.point(rnd), simplex(rnd, kindK)
	f, err := families.Parse(m.Family())
	if err != nil {
		t.Fatal(err)
	}
	const s = 1e12
	var λ families.Natural
	for _, p := range π {
		λ = append(λ, s*p-1)
	}
	for _, r := range rates {
		λ = append(λ, s*r-1, -s)
	}
	q := f.New()
	if !q.SetNatural(λ) || !m.Expect(λ, q.Mean(nil)) {
		t.Fatal("outside the domain")
	}
	lo, hi := 3, 17
	got := make([]float64, kindK*(hi-lo))
	m.Responsibilities(got, lo, hi)
	var loglik float64
	for i := lo; i < hi; i++ {
		lp := make([]float64, kindK)
		for k := range lp {
			lp[k] = math.Log(π[k]) + c.row(rates, y[i*kindD:(i+1)*kindD], k)
		}
		norm := floats.LogSumExp(lp)
		loglik += norm
		for k := range lp {
			within(t, 1e-8, got[(i-lo)*kindK+k], math.Exp(lp[k]-norm), "row %d, component %d", i, k)
		}
	}
	within(t, 1e-8, m.AddLocal(make([]float64, len(λ)), lo, hi), loglik, "log-likelihood")
}
