package vi_test

import (
	"context"
	"math"
	"testing"

	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// Where one Gaussian is the posterior, a mixture of them that has more parameters than its
// draws can tell apart is no worse.
func TestGaussMixtureOfOneGaussian(t *testing.T) {
	const d = 12
	x := make([]float64, d*d)
	y := make([]float64, d)
	for i := range d {
		for j := range d {
			x[i*d+j] = math.Sin(float64(3*i*d + 7*j + i*j))
		}
		y[i] = float64(i % 3)
	}
	m, err := models.NewDense(d, d, x)
	if err != nil {
		t.Fatal(err)
	}
	ones := make([]float64, d)
	for i := range ones {
		ones[i] = 1
	}
	g, err := models.NewGLM(m, y, models.GaussianIdentity{Precision: 2}, ones)
	if err != nil {
		t.Fatal(err)
	}
	want, err := vi.Fit(context.Background(), vi.Problem{Model: g}, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := vi.Fit(context.Background(), vi.Problem{Model: g, Family: families.GaussMixture(2, d)}, &vi.Settings{Starts: 2})
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(res.ELBO-want.ELBO) <= 1e-3) {
		t.Errorf("ELBO %.9g, want the log evidence %.9g", res.ELBO, want.ELBO)
	}
}
