package vi_test

import (
	"context"
	"math"
	"testing"

	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// latentPair is a GLM of 3 rows and 5 coefficients, and its linear predictors.
func latentPair(t *testing.T) (*models.GLM, *models.LatentGLM) {
	t.Helper()
	x, err := models.NewDense(3, 5, []float64{
		1, 0.3, -1.2, 0.5, 0,
		1, -0.7, 0.4, 1.5, 1,
		1, 1.1, 0.2, -0.4, 0,
	})
	if err != nil {
		t.Fatal(err)
	}
	g, err := models.NewGLM(x, []float64{1, 0, 1}, models.BernoulliLogit{}, []float64{0.5, 1, 2, 1, 0.7})
	if err == nil {
		g, err = g.WithPriorMean([]float64{0.2, 0, -0.1, 0.3, 0})
	}
	if err != nil {
		t.Fatal(err)
	}
	l, err := g.Latent()
	if err != nil {
		t.Fatal(err)
	}
	return g, l
}

// Sites of any sign say the same of the coefficients as terms of their own density.
func TestLatentCoefficientsUnderSites(t *testing.T) {
	const n, d = 3, 5
	g, l := latentPair(t)
	f, ok := families.GaussianSites(l.Mean, l.Cov)
	if !ok {
		t.Fatal("refused")
	}
	rows := g.X.(*models.Dense).RawData()
	for _, λ := range []families.Natural{{0.3, -1, 2, -0.5, -0.2, -1}, {0.3, -1, 2, -0.5, 0.02, -1}} {
		q := f.New().(*families.GaussianSitesDist)
		p := families.FullGaussian(d).New().(*families.FullGaussianDist)
		natural := make(families.Natural, d+d*d)
		for j, δ := range g.PriorPrecision {
			natural[j] = δ * g.PriorMean[j]
			natural[d+j*d+j] = -δ / 2
		}
		for i := range n {
			for j, a := range rows[i*d : (i+1)*d] {
				natural[j] += λ[i] * a
				for k, b := range rows[i*d : (i+1)*d] {
					natural[d+j*d+k] += λ[n+i] * a * b
				}
			}
		}
		if !q.SetNatural(λ) || !p.SetNatural(natural) {
			t.Fatal("refused")
		}
		mean, variance, cov := l.CoefficientMeans(nil, q), l.CoefficientVariances(nil, q), l.CoefficientCov(nil, q)
		for j, m := range p.Loc(nil) {
			sameNumber(t, 1e-12, mean[j], m, "λ = %v: mean %d", λ, j)
			sameNumber(t, 1e-12, variance[j], p.Cov(nil)[j*d+j], "λ = %v: variance %d", λ, j)
		}
		for i, c := range p.Cov(nil) {
			sameNumber(t, 1e-12, cov[i], c, "λ = %v: covariance %d", λ, i)
		}
	}
}

// A batch of rows keeps its weight.
func TestLatentOfBatch(t *testing.T) {
	g, _ := latentPair(t)
	part := g.Batch([]int{0, 2}, 3).(*models.GLM)
	l, err := part.Latent()
	if err != nil {
		t.Fatal(err)
	}
	s := &vi.Settings{Tolerance: 1e-9, Check: -1}
	want, err := vi.Fit(context.Background(), vi.Problem{Model: part}, s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := vi.Fit(context.Background(), vi.Problem{Model: l}, s)
	if err != nil {
		t.Fatal(err)
	}
	sameNumber(t, 1e-10, got.ELBO, want.ELBO, "ELBO")
	sameNumber(t, 1e-7, l.CoefficientMeans(nil, got.Q.(*families.GaussianSitesDist))[3], want.Q.(*families.FullGaussianDist).Loc(nil)[3], "mean")
}

// No step lowers the ELBO, accelerated or not, and all lead to the one maximum.
func TestSitesELBONeverFalls(t *testing.T) {
	x, y := noisySine(40)
	for i := range y {
		y[i] = float64(i * i % 7 % 2)
	}
	for _, lik := range []models.Likelihood{models.BernoulliLogit{}, models.BernoulliProbit{}, models.PoissonLog{}} {
		var first float64
		best := func(elbo float64) float64 {
			if first == 0 {
				first = elbo
			}
			return first
		}
		gp, err := models.NewGP(x, models.RBF{LogLength: -0.5, LogSD: 2.5}, y, lik)
		if err != nil {
			t.Fatal(err)
		}
		for name, method := range map[string]vi.Method{"plain": &vi.Natural{Memory: -1}, "accelerated": new(vi.Natural), "fisher": new(vi.Fisher)} {
			last := math.Inf(-1)
			res, err := vi.Fit(context.Background(), vi.Problem{Model: gp}, &vi.Settings{Method: method, MaxIterations: 600, Tolerance: 1e-12, Check: -1,
				Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
					if it.ELBO < last-1e-9*math.Abs(last) {
						t.Errorf("%T, %s: the ELBO falls from %.12g to %.12g in step %d", lik, name, last, it.ELBO, it.Number)
					}
					last = it.ELBO
					return nil
				})})
			if err != nil {
				t.Fatal(err)
			}
			sameNumber(t, 1e-8, res.ELBO, best(res.ELBO), "%T, %s: ELBO", lik, name)
		}
	}
}
