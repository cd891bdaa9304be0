package estimators

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"

	"natgrad/families"
	"natgrad/models"
)

func ok[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// targets returns the table.
func targets(t *testing.T) (all []target) {
	add := func(name string, m models.Model, q families.Distribution, applies string, g families.Natural, elog float64) {
		own := q.Family().New() // targets are used beside each other
		if !own.SetNatural(q.Natural(nil)) {
			t.Fatal("a member was refused")
		}
		if m, is := m.(models.Forker); is {
			all = append(all, target{name, m.Fork(), own, applies, truth(g, elog)})
			return
		}
		all = append(all, target{name, m, own, applies, truth(g, elog)})
	}
	// conjugate takes the truth from the model: ⟨η, T⟩ + c.
	conjugate := func(name string, m models.Conjugate, q families.Distribution, applies string) {
		η := make(families.Natural, q.Family().NumParams())
		c, is := m.ConjugateNatural(η, q.Family().String())
		if !is {
			t.Fatalf("%s is not conjugate to %s", name, q.Family())
		}
		add(name, m, q, "Exact "+applies, η, c+dot(η, q.Mean(nil)))
	}

	const gauss, any = "Price Stein Pathwise Score", "Pathwise Score"
	linear := regression(t, 12, 3, models.GaussianIdentity{Precision: 2})
	logit := regression(t, 12, 3, models.BernoulliLogit{})
	probit := regression(t, 12, 3, models.BernoulliProbit{})
	poisson := regression(t, 12, 3, models.PoissonLog{})
	for _, q := range gaussianMembers() {
		glm := func(name string, g *models.GLM) {
			η, elog := glmTruth(g, q.q)
			applies := "Quadrature " + gauss
			if g == linear && q.q.CovLen() > 3 {
				applies = "Exact " + applies
			}
			add(name+", "+q.name, g, q.q, applies, η, elog)
		}
		glm("linear", linear)
		glm("logit", logit)
		if q.name != "standard" {
			glm("probit", probit)
		}
		if q.name == "narrow" { // else a single draw dominates
			glm("Poisson", poisson)
		}
		noise := []float64{2, 0, 0, 0, 1, 0, 0, 0, 3}
		if q.q.CovLen() > 3 {
			noise = []float64{2, 0.5, 0, 0.5, 1, -0.3, 0, -0.3, 3}
		}
		conjugate("normal mean, "+q.name, ok(models.NewNormalKnownVariance(
			[]float64{1, 2, 3, -1, 0.5, 2}, noise, []float64{1, 0, -1}, []float64{1, 0, 0, 0, 0.1, 0, 0, 0, 2})), q.q, gauss)
	}
	// A product of one is not seen as Gaussian: path derivatives of the family and
	// independent draws.
	product := families.Product(families.FullGaussian(3)).New()
	product.SetNatural(gaussianMembers()[1].q.Natural(nil))
	g, elog := glmTruth(logit, gaussianMembers()[1].q)
	add("logit", logit, product, any, g, elog)

	counts := ok(models.NewGammaPoisson(2.5, 1.3, []int{0, 3, 1, 5, 2, 1, 0, 2}))
	times := ok(models.NewGammaExponential(0.4, 3, []float64{0.2, 1.7, 0.9, 0.1, 3, 0.4}))
	shape := ok(models.NewGammaShape(2, 1, []float64{3, 0.4, 1.1, 2, 0.3, 5}))
	squares := variance{a: 2, b: 1.5, n: 6, ss: 7}
	heads := ok(models.NewBetaBinomial(0.5, 2.5, 7, 10))
	for _, ab := range [][2]float64{{0.05, 0.1}, {3, 2}, {1e4, 7e3}} {
		a, b := ab[0], ab[1]
		name := fmt.Sprintf("shape %g, ", a)
		γ := families.Gamma().New().(*families.GammaDist)
		ι := families.InverseGamma().New().(*families.InverseGammaDist)
		β := families.Beta().New().(*families.BetaDist)
		if !γ.SetShapeRate(a, b) || !ι.SetShapeScale(a, b) || !β.SetShapes(a, max(b, 2)) {
			t.Fatal("a member was refused")
		}
		line := func(name string, m models.Model, q families.Distribution) {
			g, elog := lineTruth(m, q)
			add(name, m, q, any, g, elog)
		}
		conjugate(name+"counts", counts, γ, any)
		conjugate(name+"times", times, γ, any)
		line(name+"shape", shape, γ)
		conjugate(name+"squares", squares, ι, any)
		line(name+"log-normal", bent{squares, func(z float64) (f, d float64) {
			r := math.Log(z) - 1
			return -r * r / 8, -r / 4 / z
		}}, ι)
		conjugate(name+"heads", heads, β, any)
		line(name+"wave", bent{heads, func(z float64) (f, d float64) {
			return 2 * math.Sin(5*z), 10 * math.Cos(5*z)
		}}, β)
	}

	shares := ok(models.NewDirichletMultinomial([]float64{0.5, 2, 1}, []int{3, 0, 4}))
	bowl := proportions{shares, []float64{-6, 1, 2, 1, 3, -2, 2, -2, 5}}
	for _, α := range [][]float64{{0.05, 0.3, 0.6}, {1, 1, 1}, {900, 40, 3}} {
		q := families.Dirichlet(3).New().(*families.DirichletDist)
		if !q.SetConcentration(α) {
			t.Fatal("concentrations refused")
		}
		conjugate(fmt.Sprint("shares, α ", α), shares, q, any)
		g, elog := bowl.expected(α)
		add(fmt.Sprint("bowl, α ", α), bowl, q, any, g, elog)
	}

	values := table{-1, 0.3, -4, 2}
	for _, p := range [][]float64{{0.25, 0.25, 0.25, 0.25}, {0.6, 0.3, 0.02, 0.08}} {
		q := families.Categorical(4).New().(*families.CategoricalDist)
		if !q.SetProb(p) {
			t.Fatal("probabilities refused")
		}
		conjugate(fmt.Sprint("table, p ", p), values, q, "Score")
	}

	// Products: of independent models, and of one that is not.
	together := func(name, applies string, product func(...families.Family) families.Family, parts ...*target) {
		m := &independent{}
		var λ, g families.Natural
		elog := 0.0
		for _, part := range parts {
			p := part.q.Family().NumParams()
			m.parts, m.names = append(m.parts, part.model), append(m.names, part.q.Family())
			λ = append(λ, part.q.Natural(nil)...)
			g = append(g, part.want.mean[:p]...)
			elog += part.want.mean[p]
		}
		m.fam = product(m.names...)
		q := m.fam.New()
		if !q.SetNatural(λ) {
			t.Fatal("product refused")
		}
		add(name, m, q, applies, g, elog)
	}
	find := func(name, family string) *target {
		for i := range all {
			if all[i].name == name && all[i].q.Family().String() == family {
				c := all[i]
				return &c
			}
		}
		t.Fatalf("no %s of %s", name, family)
		return nil
	}
	repeat := func(f ...families.Family) families.Family { return families.Repeat(len(f), f[0]) }
	together("conjugate parts", "Exact Pathwise Score", families.Product, find("shape 3, counts", "Gamma"), find("normal mean, correlated", "FullGaussian(3)"),
		find("shares, α [1 1 1]", "Dirichlet(3)"), find("shape 3, squares", "InverseGamma"))
	together("parts that are not", any, families.Product, find("shape 3, wave", "Beta"), find("shape 3, shape", "Gamma"), find("normal mean, standard", "DiagGaussian(3)"))
	together("parts of one family", any, repeat, find("shape 3, shape", "Gamma"), find("shape 0.05, times", "Gamma"), find("shape 10000, counts", "Gamma"))
	together("a part without paths", "Score", families.Product, find("shape 3, shape", "Gamma"), find("table, p [0.6 0.3 0.02 0.08]", "Categorical(4)"))

	sample := &normalSample{y: []float64{0.3, 1.2, -0.4, 2.2, 1}, p: 0.1, a: 2, b: 1}
	for _, c := range []struct{ loc, v, a, b float64 }{{0.8, 0.2, 4, 4}, {-3, 0.5, 0.5, 0.1}} {
		q := families.Product(families.DiagGaussian(1), families.Gamma()).New()
		if !q.SetNatural(families.Natural{c.loc / c.v, -0.5 / c.v, c.a - 1, -c.b}) {
			t.Fatal("product refused")
		}
		g, elog := sample.expected(c.loc, c.v, c.a/c.b, mathext.Digamma(c.a)-math.Log(c.b))
		add(fmt.Sprint("normal sample, ", c), sample, q, any, g, elog)
	}
	return all
}

type gaussianMember struct {
	name string
	q    families.Gaussian
}

// gaussianMembers returns members of three dimensions: the standard one, a
// correlated one, and a narrow one with correlations near 1, twenty of its
// standard deviations away from anything.
func gaussianMembers() (all []gaussianMember) {
	for _, f := range []families.Family{families.FullGaussian(3), families.DiagGaussian(3)} {
		add := func(name string, loc []float64, sd, corr float64) {
			q := f.New().(families.Gaussian)
			cov := make([]float64, q.CovLen())
			for i := range 3 {
				for j := range 3 {
					c := sd * sd * float64(1+i) * float64(1+j) / 4
					switch {
					case len(cov) == 3 && i == j:
						cov[i] = c
					case len(cov) == 9 && i == j:
						cov[4*i] = c
					case len(cov) == 9:
						cov[3*i+j] = c * corr
					}
				}
			}
			if !q.SetMoments(loc, cov) {
				panic("covariance refused")
			}
			all = append(all, gaussianMember{name, q})
		}
		add("standard", []float64{0, 0, 0}, 1, 0)
		add("correlated", []float64{-0.5, 0.2, 1}, 0.6, -0.4)
		add("narrow", []float64{0.4, 0.2, -0.1}, 0.2, 0.5)
		add("far", []float64{4, -5, 6}, 0.3, 0.98)
	}
	return all
}
