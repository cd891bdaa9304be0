package models_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natgrad/estimators"
	"natgrad/models"
	"natgrad/vi"
)

// A linear network is fitted to its mean-field optimum, known in closed form: the mean of
// the posterior, and the diagonal of its precision.
func TestFitLinearMLP(t *testing.T) {
	const τ, δ = 1.7, 0.4
	m := testMLP(40, 1, models.MLPSettings{Likelihood: models.GaussianIdentity{Precision: τ}, PriorPrecision: δ})
	res, err := vi.Fit(context.Background(), vi.Problem{Model: m.Curved(models.GaussNewton)}, &vi.Settings{Estimator: &estimators.Price{}})
	if err != nil {
		t.Fatal(err)
	}
	var xx, sx, xy, sy float64
	for _, r := range dataOf(m) {
		xx, sx, xy, sy = xx+r.x[0]*r.x[0], sx+r.x[0], xy+r.x[0]*r.y, sy+r.y
	}
	a, b, d := τ*xx+δ, τ*sx, τ*40+δ
	det := a*d - b*b
	λ := res.Q.Natural(nil) // (Pm, −½P)
	precision := []float64{-2 * λ[2], -2 * λ[3]}
	mean := []float64{λ[0] / precision[0], λ[1] / precision[1]}
	nearly(t, 1e-6, mean[0], τ*(d*xy-b*sy)/det, "mean of the weight")
	nearly(t, 1e-6, mean[1], τ*(a*sy-b*xy)/det, "mean of the bias")
	within(t, 1e-6, precision[0], a, "precision of the weight")
	within(t, 1e-6, precision[1], d, "precision of the bias")
}

// A network with 20 hidden units learns a wave from noisy points, by the squared
// gradients of rows (VOGN): from draws of the fitted weights come predictions of new
// points.
func ExampleMLP() {
	wave := func(n int, seed uint64) (*models.Dense, []float64) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i] = 4*rnd.Float64() - 2
			y[i] = math.Sin(2*x[i]) + 0.1*rnd.NormFloat64()
		}
		m, _ := models.NewDense(n, 1, x)
		return m, y
	}
	x, y := wave(200, 1)
	net, err := models.NewMLP(x, y, models.MLPSettings{
		Hidden:         []int{20},
		Activation:     models.Tanh,
		Likelihood:     models.GaussianIdentity{Precision: 100},
		PriorPrecision: 0.3,
		StartPrecision: 1000,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := vi.Fit(context.Background(), vi.Problem{Model: net.Curved(models.EmpiricalFisher)},
		&vi.Settings{Estimator: &estimators.Price{Draws: 4}, MaxIterations: 400})
	if err != nil {
		fmt.Println(err)
		return
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	draws := make([][]float64, 100)
	for s := range draws {
		draws[s] = res.Q.Rand(nil, rnd)
	}
	newX, newY := wave(100, 2)
	p, err := net.Predict(newX, newY, slices.Values(draws))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("error below 0.2:", p.RMSE() < 0.2)
	// Output:
	// error below 0.2: true
}
