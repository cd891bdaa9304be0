package vi_test

import (
	"context"
	"fmt"
	"log"

	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// doses returns a logistic regression of deaths on the dose of a poison.
func doses() *models.GLM {
	x, err := models.NewDense(6, 2, []float64{
		1, -1.6,
		1, -0.9,
		1, -0.2,
		1, 0.3,
		1, 0.9,
		1, 2.1,
	})
	if err != nil {
		log.Fatal(err)
	}
	m, err := models.NewGLM(x, []float64{0, 0, 1, 0, 1, 1}, models.BernoulliLogit{}, []float64{0.1, 0.1})
	if err != nil {
		log.Fatal(err)
	}
	return m
}

func ExampleFit() {
	res, err := vi.Fit(context.Background(), vi.Problem{Model: doses()}, nil)
	if err != nil {
		log.Fatal(err)
	}
	q := res.Q.(families.Gaussian)
	fmt.Printf("%v by %s and %s\n", res.Status, res.Method, res.Estimator)
	fmt.Printf("ELBO %.4f, mean %.3f, covariance %.3f\n", res.ELBO, q.Loc(nil), q.Cov(nil))
	// Output:
	// converged by natural and Quadrature
	// ELBO -4.4593, mean [-0.102 2.561], covariance [1.318 -0.050 -0.050 1.744]
}

// The loop can be the caller's, who may look at every iteration and end early.
func ExampleRun() {
	run, err := vi.NewRun(vi.Problem{Model: doses(), Family: families.DiagGaussian(2)}, &vi.Settings{MaxIterations: 3})
	if err != nil {
		log.Fatal(err)
	}
	for run.Status() == vi.Running {
		if err := run.Step(context.Background()); err != nil {
			log.Fatal(err)
		}
		it := run.Iteration()
		fmt.Printf("%d: ELBO %.3f\n", it.Number, it.ELBO)
	}
	fmt.Println(run.Status())
	// Output:
	// 1: ELBO -4.863
	// 2: ELBO -4.558
	// 3: ELBO -4.482
	// iteration limit
}
