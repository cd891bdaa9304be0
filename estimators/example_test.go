package estimators_test

import (
	"context"
	"fmt"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
)

// A natural-gradient step of size 1 with the exact natural gradient of a
// conjugate model is the posterior, from any start.
func ExampleExact() {
	// Five observations of a line, with unit noise.
	x, err := models.NewDense(5, 2, []float64{1, 0, 1, 1, 1, 2, 1, 3, 1, 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	model, err := models.NewGLM(x, []float64{1, 3, 5, 7, 9}, models.GaussianIdentity{Precision: 1}, []float64{1e-6, 1e-6})
	if err != nil {
		fmt.Println(err)
		return
	}
	family := families.FullGaussian(2)
	exact := new(estimators.Exact)
	if err := exact.Init(model, family); err != nil {
		fmt.Println(err)
		return
	}
	q := family.New()
	g := make(families.Natural, family.NumParams())
	if _, err := exact.Estimate(context.Background(), g, q, estimators.Stream{}); err != nil {
		fmt.Println(err)
		return
	}
	q.SetNatural(g) // λ ← (1 − ρ)λ + ρg with ρ = 1
	fmt.Printf("intercept and slope: %.4f\n", q.(families.Gaussian).Loc(nil))
	// Output:
	// intercept and slope: [1.0000 2.0000]
}

// Any log-joint with a gradient can be used with Stein. For a quadratic one its
// draws leave no error.
func ExampleStein() {
	family := families.FullGaussian(2)
	stein := new(estimators.Stein)
	if err := stein.Init(bowl{}, family); err != nil {
		fmt.Println(err)
		return
	}
	q := family.New()
	g := make(families.Natural, family.NumParams())
	s, err := stein.Estimate(context.Background(), g, q, estimators.Stream{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("natural gradient %.3f\n", []float64(g))
	fmt.Printf("E[log p] %.3f after %d gradients\n", s.ELogJoint, s.GradEvals)
	// Output:
	// natural gradient [3.000 1.000 -1.500 -0.500 -0.500 -0.500]
	// E[log p] -2.000 after 17 gradients
}

// bowl is log p = 3x + y − (3x² + 2xy + y²)/2.
type bowl struct{}

func (bowl) Dim() int { return 2 }

func (b bowl) LogJoint(z []float64) float64 { return b.LogJointGrad(make([]float64, 2), z) }

func (bowl) LogJointGrad(g, z []float64) float64 {
	x, y := z[0], z[1]
	g[0], g[1] = 3-3*x-y, 1-x-y
	return 3*x + y - (3*x*x+2*x*y+y*y)/2
}

// Without gradients there is Score; with many rows, Minibatch.
func ExampleMinibatch() {
	const n = 1000
	rows, y := make([]float64, n), make([]float64, n)
	for i := range rows {
		rows[i] = float64(i%7) - 3
		y[i] = 2*rows[i] + float64(i%3) - 1
	}
	x, err := models.NewDense(n, 1, rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	model, err := models.NewGLM(x, y, models.GaussianIdentity{Precision: 1}, []float64{1})
	if err != nil {
		fmt.Println(err)
		return
	}
	family := families.FullGaussian(1)
	batches := &estimators.Minibatch{Estimator: new(estimators.Score), Size: 100}
	if err := batches.Init(model, family); err != nil {
		fmt.Println(err)
		return
	}
	// Ten batches of 100 are all rows: the average is the posterior.
	mean, g := make(families.Natural, 2), make(families.Natural, 2)
	q := family.New()
	q.SetNatural(families.Natural{8000, -2000})
	for i := range uint64(n / 100) {
		if _, err := batches.Estimate(context.Background(), g, q, estimators.Stream{Seed: 1, Iter: i}); err != nil {
			fmt.Println(err)
			return
		}
		for j, v := range g {
			mean[j] += v / 10
		}
	}
	q.SetNatural(mean)
	fmt.Printf("slope %.3f\n", q.(families.Gaussian).Loc(nil))
	// Output:
	// slope [1.999]
}
