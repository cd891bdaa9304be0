package vi_test

import (
	"context"
	"fmt"

	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// A linear regression whose noise is not known is conjugate: the first step is the exact
// posterior, and the ELBO the evidence.
func ExampleFit_linearRegression() {
	x, err := models.NewDense(6, 1, []float64{-2, -1, 0, 1, 2, 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	y := []float64{-2.9, -1.2, 0.8, 3.1, 5.3, 6.8}
	m, err := models.NewLinearRegression(models.WithIntercept(x), y, &models.LinearPrior{Precision: []float64{0.01, 0.01}})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := vi.Fit(context.Background(), vi.Problem{Model: m}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	q := res.Q.(*families.MultiNormalGammaDist)
	mean, _, shape, rate := q.Params(nil, nil)
	fmt.Printf("%v in %d step, verdict %v, log evidence %.3f\n", res.Status, res.Iterations, res.Verdict, res.ELBO)
	fmt.Printf("intercept %.3f, slope %.3f, precision of the noise %.2f\n", mean[0], mean[1], shape/rate)
	dof, loc, scale := q.Predictive([]float64{1, 4})
	fmt.Printf("y at x = 4: %.2f ± %.2f, a Student-t of %.0f degrees of freedom\n", loc, scale, dof)
	// Output:
	// converged in 1 step, verdict OK, log evidence -11.174
	// intercept 0.978, slope 2.008, precision of the noise 3.51
	// y at x = 4: 9.01 ± 0.73, a Student-t of 8 degrees of freedom
}

// The mean and precision matrix of rows.
func ExampleFit_normalRows() {
	x, err := models.NewDense(5, 2, []float64{2.1, -0.3, 1.4, 0.8, 3.3, -1.9, 0.2, 1.1, 2.8, -0.7})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := models.NewNormalRows(x, &models.GaussPrior{Scale: []float64{1, 0, 0, 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := vi.Fit(context.Background(), vi.Problem{Model: m}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	mean, _, _, dof := res.Q.(*families.NormalWishartDist).Params(nil, nil)
	center := m.Center(nil)
	fmt.Printf("%v in %d step, log evidence %.3f\n", res.Status, res.Iterations, res.ELBO)
	fmt.Printf("mean (%.2f, %.2f), %.0f degrees of freedom\n", mean[0]+center[0], mean[1]+center[1], dof)
	// Output:
	// converged in 1 step, log evidence -16.006
	// mean (1.96, -0.20), 7 degrees of freedom
}

// Words of two subjects in six documents.
func ExampleFit_poissonFactors() {
	counts, err := models.NewDense(6, 5, []float64{
		9, 7, 0, 0, 2,
		6, 8, 1, 0, 0,
		8, 5, 0, 1, 1,
		0, 0, 7, 9, 1,
		1, 0, 5, 8, 0,
		0, 1, 9, 6, 2,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := models.NewPoissonFactors(counts, 2, &models.FactorPrior{RowShape: 0.3, ColShape: 0.3})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := vi.Fit(context.Background(), vi.Problem{Model: m}, &vi.Settings{Check: -1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v with %s, ELBO %.3f\n", res.Status, res.Estimator, res.ELBO)
	mean := res.Q.Mean(nil) // E log and E of each θ, then of each φ
	for _, row := range []int{0, 5} {
		fmt.Printf("row %d:", row)
		for col := range 5 {
			var rate float64
			for k := range 2 {
				rate += mean[2*(2*row+k)+1] * mean[2*(2*6+5*k+col)+1]
			}
			fmt.Printf(" %.1f", rate)
		}
		fmt.Println()
	}
	// Output:
	// converged with Local, ELBO -87.348
	// row 0: 7.8 6.8 0.2 0.2 1.1
	// row 5: 0.7 0.6 6.6 7.2 1.0
}

// How common two states are, by a test that has errors.
func ExampleFit_misclassified() {
	m, err := models.NewMisclassifiedMultinomial([]float64{1, 1}, []float64{
		0.9, 0.2, // positive, of the first and the second state
		0.1, 0.8, // negative
	}, []int{30, 70})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := vi.Fit(context.Background(), vi.Problem{Model: m}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v with %s: the first state has %.2f ± %.2f\n", res.Status, res.Estimator, res.Params[0].Mean, res.Params[0].SD)
	// Output:
	// converged with Pathwise: the first state has 0.15 ± 0.06
}
