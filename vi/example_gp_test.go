package vi_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// Gaussian-process classification: the family is found by itself.
func ExampleFit_gaussianProcess() {
	x := [][]float64{{-2}, {-1.5}, {-1}, {-0.5}, {0.5}, {1}, {1.5}, {2}}
	y := []float64{0, 0, 0, 0, 1, 1, 1, 1}
	gp, err := models.NewGP(x, models.RBF{LogLength: 0, LogSD: 1}, y, models.BernoulliLogit{})
	if err != nil {
		log.Fatal(err)
	}
	res, err := vi.Fit(context.Background(), vi.Problem{Model: gp}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%v, ELBO %.4f\n", res.Status, res.ELBO)
	q := res.Q.(*families.GaussianSitesDist)
	for _, at := range []float64{-1, 1, 3} {
		mean, variance := gp.Predict(q, []float64{at})
		lp, _ := gp.LogPredictive(q, []float64{at}, 1)
		fmt.Printf("f(%g): mean %.3f, variance %.3f; class 1 with probability %.3f\n", at, mean, variance, math.Exp(lp))
	}
	// Output:
	// converged, ELBO -3.5550
	// f(-1): mean -2.903, variance 2.617; class 1 with probability 0.111
	// f(1): mean 2.903, variance 2.617; class 1 with probability 0.889
	// f(3): mean 1.074, variance 6.267; class 1 with probability 0.638
}
