package models_test

import (
	"fmt"

	"natgrad/models"
)

// A logistic regression of 4 rows with an intercept: the log-joint and its
// gradient at one point.
func Example() {
	x, err := models.NewDense(4, 1, []float64{-1.5, -0.5, 0.5, 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	y := []float64{0, 0, 1, 1}
	precision := []float64{0.01, 1} // of the priors of intercept and slope
	m, err := models.NewGLM(models.WithIntercept(x), y, models.BernoulliLogit{}, precision)
	if err != nil {
		fmt.Println(err)
		return
	}
	grad := make([]float64, m.Dim())
	lp := m.LogJointGrad(grad, []float64{0, 1})
	fmt.Printf("log p(y, z) = %.4f, gradient %.4f\n", lp, grad)

	// A batch of rows 0 and 3 stands for all four.
	lp = m.Batch([]int{0, 3}, 2).LogJoint([]float64{0, 1})
	fmt.Printf("estimated from two rows: %.4f\n", lp)
	// Output:
	// log p(y, z) = -5.9170, gradient [-0.0632 -0.1104]
	// estimated from two rows: -5.2971
}

// Data that a model cannot take is named.
func ExampleDataError() {
	x, _ := models.NewDense(3, 1, []float64{1, 2, 3})
	_, err := models.NewGLM(x, []float64{0, 1, 2}, models.BernoulliLogit{}, []float64{1})
	fmt.Println(err)
	// Output:
	// models: row 2: got target 2, want 0 or 1
}

// The posterior of a conjugate model is read off its log-joint.
func ExampleBetaBinomial() {
	m, err := models.NewBetaBinomial(1, 1, 7, 10)
	if err != nil {
		fmt.Println(err)
		return
	}
	η := make([]float64, 2)
	m.ConjugateNatural(η, "Beta")
	fmt.Printf("posterior Beta(%g, %g)\n", η[0]+1, η[1]+1)
	// Output:
	// posterior Beta(8, 4)
}
