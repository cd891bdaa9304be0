package vi_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

func made[M models.Model](t testing.TB, m M, err error) models.Model {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func dense(t testing.TB, d int, x ...float64) *models.Dense {
	t.Helper()
	m, err := models.NewDense(len(x)/d, d, x)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A small regression with an intercept.
var (
	linearX = []float64{1, -3, -0.5, 1, 0.5, -0.25, 1, 4, 0.5, 1, -0.2, 0, 1, 3.3, 0, 1, -0.9, 0.5,
		1, 2.6, -0.25, 1, -1.6, -0.5, 1, 1.9, -0.25, 1, -2.3, 0.5, 1, 1.2, 0}
	linearY     = []float64{4, 0.3, -1.4, 2.56, -1.34, 2.02, -0.08, 2.63, -0.97, 3.74, 0.44}
	linearPrior = models.LinearPrior{Mean: []float64{0.2, -0.3, 0.6}, Precision: []float64{0.5, 0.1, 0, 0.1, 0.8, -0.2, 0, -0.2, 1.1}, Shape: 1.7, Rate: 0.9}
)

// A step of size 1 from anywhere is the exact posterior of a conjugate model, and its
// ELBO the evidence. Both are from closed forms with 40 digits: of the regression by way of
// the n×n covariance of y, whose evidence is a multivariate t; of rows with unknown
// mean and precision around their mean.
func TestOneStepIsThePosterior(t *testing.T) {
	sparse := dense(t, 3, linearX...).Sparse()
	regression := []float64{ // m, P, α, β
		1.4543442606752435, -0.82848593152261983, 0.46175112495451652,
		11.5, 5.6, -0.25, 5.6, 57.45, 1.25, -0.25, 1.25, 2.5375, 7.2, 2.681078496351321}
	ofRegression := func(q families.Distribution) []float64 {
		m, P, α, β := q.(*families.MultiNormalGammaDist).Params(nil, nil)
		return append(append(m, P...), α, β)
	}
	linear, err := models.NewLinearRegression(dense(t, 3, linearX...), linearY, &linearPrior)
	sparseLinear, errSparse := models.NewLinearRegression(sparse, linearY, &linearPrior)
	rows, errRows := models.NewNormalRows(dense(t, 2, 2.1, -0.3, 1.4, 0.8, 3.3, -1.9, 0.2, 1.1, 2.8, -0.7),
		&models.GaussPrior{MeanPrecision: 0.7, DoF: 3.5, Mean: []float64{0.5, -1}, Scale: []float64{1.2, 0.3, 0.3, 0.6}})
	counts, errCounts := models.NewGammaPoisson(2.5, 1.3, []int{0, 3, 1, 5, 2})
	multi, errMulti := models.NewDirichletMultinomial([]float64{0.5, 2, 1.25}, []int{3, 0, 4})
	for _, test := range []struct {
		m        models.Model
		params   func(q families.Distribution) []float64
		want     []float64
		evidence float64
	}{
		{made(t, linear, err), ofRegression, regression, -14.46257591383658},
		{made(t, sparseLinear, errSparse), ofRegression, regression, -14.46257591383658},
		{made(t, counts, errCounts), func(q families.Distribution) []float64 {
			λ := q.Natural(nil)
			return []float64{λ[0] + 1, -λ[1]}
		}, []float64{13.5, 6.3}, -10.488514496495611},
		{made(t, multi, errMulti), func(q families.Distribution) []float64 {
			λ := q.Natural(nil)
			return []float64{λ[0] + 1, λ[1] + 1, λ[2] + 1}
		}, []float64{3.5, 2, 5.25}, -5.1890521787468034},
		{made(t, rows, errRows), func(q families.Distribution) []float64 {
			w := q.(*families.NormalWishartDist)
			m, κ, _, ν := w.Params(nil, nil)
			c := rows.Center(nil)
			return append(w.Inverse(nil), m[0]+c[0], m[1]+c[1], κ, ν)
		}, []float64{8.4408771929824561, -4.5428070175438596, -4.5428070175438596, 6.8329824561403509,
			1.7807017543859649, -0.29824561403508772, 5.7, 8.5}, -20.196316638896359},
	} {
		name := fmt.Sprintf("%T", test.m)
		for seed := range uint64(3) {
			p := vi.Problem{Model: test.m}
			r, err := vi.NewRun(p, &vi.Settings{Start: startOf(t, p, seed)})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
			res := r.Result()
			if it := r.Iteration(); it.Step != 1 || res.Estimator != "Exact" {
				t.Errorf("%s: a step of size %g with %s, want 1 with Exact", name, it.Step, res.Estimator)
			}
			for i, got := range append(test.params(res.Q), res.ELBO) {
				want := append(slices.Clone(test.want), test.evidence)[i]
				if !(math.Abs(got-want) <= 1e-10*math.Abs(want)) {
					t.Errorf("%s, start %d: parameter %d is %.15g, want %.15g", name, seed, i, got, want)
				}
			}
		}
	}
}

// startOf returns the standard member for seed 0, else one a few standard deviations off.
func startOf(t testing.TB, p vi.Problem, seed uint64) families.Distribution {
	t.Helper()
	f, err := families.Parse(p.Model.(models.FamilyNamer).Family())
	if err != nil {
		t.Fatal(err)
	}
	q := f.New()
	if seed == 0 {
		return q
	}
	rnd := rand.New(rand.NewPCG(seed, 3))
	for {
		λ := q.Natural(nil)
		for i, v := range randomDirection(q, rnd, 2) {
			λ[i] += v
		}
		if q.SetNatural(λ) {
			return q
		}
	}
}

// Batches of a conjugate model lead to the posterior of all rows.
func TestLinearRegressionByMinibatches(t *testing.T) {
	m, err := models.NewLinearRegression(dense(t, 3, linearX...), linearY, &linearPrior)
	if err != nil {
		t.Fatal(err)
	}
	η := make([]float64, 14)
	m.ConjugateNatural(η, m.Family())
	sum, one := make([]float64, 14), make([]float64, 14)
	for i := range linearY { // the mean over all batches of one row
		m.Batch([]int{i}, float64(len(linearY))).(models.Conjugate).ConjugateNatural(one, m.Family())
		for j, x := range one {
			sum[j] += x / float64(len(linearY))
		}
	}
	near(t, 1e-12, "mean of the batches", sum, η)
}
