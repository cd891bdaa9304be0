package vi_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// As many rows and columns as data of gene expression have: no d×d matrix is made.
func TestWideLogisticRegression(t *testing.T) {
	const n, d = 62, 2000
	rnd := rand.New(rand.NewPCG(62, 2000))
	x, y := make([]float64, n*d), make([]float64, n)
	for i := range n {
		var f float64
		for j := range d {
			x[i*d+j] = rnd.NormFloat64()
			if j < 10 {
				f += x[i*d+j]
			}
		}
		if f > 0 {
			y[i] = 1
		}
	}
	m, err := models.NewDense(n, d, x)
	if err != nil {
		t.Fatal(err)
	}
	g, err := models.NewGLM(m, y, models.BernoulliLogit{}, slices.Repeat([]float64{100}, d))
	if err != nil {
		t.Fatal(err)
	}
	l, err := g.Latent()
	if err != nil {
		t.Fatal(err)
	}
	res, err := vi.Fit(context.Background(), vi.Problem{Model: l}, nil)
	if err != nil {
		t.Fatal(err)
	}
	q := res.Q.(*families.GaussianSitesDist)
	mean, variance := l.CoefficientMeans(nil, q), l.CoefficientVariances(nil, q)
	t.Logf("%v: ELBO %.6f after %d iterations in %v", res.Status, res.ELBO, res.Iterations, res.Runtime)
	if res.Status != vi.Converged {
		t.Fatalf("%v", res.Status)
	}
	// At the optimum P m = Xᵀ E[ℓ′], with the means and variances of the predictors.
	want := make([]float64, d)
	for i := range n {
		fm, fv := l.Combination(q, x[i*d:(i+1)*d])
		_, d1, _ := models.BernoulliLogit{}.ExpectedLogLik(y[i], fm, fv)
		for j := range d {
			want[j] += d1 * x[i*d+j] / 100
		}
	}
	for j, w := range want {
		if math.Abs(mean[j]-w) > 1e-7 || !(variance[j] > 0 && variance[j] < 0.01) {
			t.Fatalf("coefficient %d: mean %.12g, want %.12g; variance %g, want one below that of the prior", j, mean[j], w, variance[j])
		}
	}
}
