package main

import (
	"math"

	"natgrad/estimators"
	"natgrad/models"
)

// regression is a logistic regression with its data drawn from the model.
type regression struct {
	x models.Matrix // intercept in front
	y []float64     // 0 or 1
}

// unitPriors is the prior of every regression here: each coefficient N(0, 1).
func (r regression) glm() (*models.GLM, error) {
	_, d := r.x.Dims()
	precision := make([]float64, d)
	for j := range precision {
		precision[j] = 1
	}
	return models.NewGLM(r.x, r.y, models.BernoulliLogit{}, precision)
}

const (
	neighbours  = 0.5 // correlation of neighbouring columns of generateDense
	predictorSD = 2.0 // standard deviation of the true linear predictors there
)

// generateDense draws n rows of d columns. Column 0 is the intercept. The others
// are standard normal and autoregressive along the row, with correlation 0.5
// between neighbours and 0.5^|j−k| in general, so that the Gram matrix is dense
// and far from diagonal, with a condition number of about 9. Coefficients are
// drawn as N(0, 1) and scaled so that the linear predictors have standard
// deviation 2 about an intercept of −0.5, and labels from the model:
// y ~ Bernoulli(σ(xᵀz)). The same seed gives the same bits.
func generateDense(n, d int, seed uint64) (regression, error) {
	rnd := estimators.NewRng()
	rnd.Seek(estimators.Stream{Seed: seed}, 0)
	z := make([]float64, d)
	for j := 1; j < d; j++ {
		z[j] = rnd.NormFloat64()
	}
	var variance float64
	for j := 1; j < d; j++ {
		for k := 1; k < d; k++ {
			variance += z[j] * z[k] * math.Pow(neighbours, math.Abs(float64(j-k)))
		}
	}
	for j := 1; j < d; j++ {
		z[j] *= predictorSD / math.Sqrt(variance)
	}
	z[0] = -0.5

	x, y := make([]float64, n*d), make([]float64, n)
	for i := range n {
		row := x[i*d : (i+1)*d]
		row[0] = 1
		last := rnd.NormFloat64()
		for j := 1; j < d; j++ {
			row[j] = last
			last = neighbours*last + math.Sqrt(1-neighbours*neighbours)*rnd.NormFloat64()
		}
		y[i] = drawLabel(rnd, row, z)
	}
	m, err := models.NewDense(n, d, x)
	return regression{m, y}, err
}

// onesPerRow is the number of indicators in a row of generateSparse.
const onesPerRow = 14

// generateSparse draws n rows of indicators like those of the Adult data: d
// columns in 14 groups of about the same size, of which each row has one 1 in
// each, the further back in the group the rarer (a geometric law with ratio
// 0.7). An intercept is put in front, with which the columns are collinear, as
// those of Adult are. Coefficients are N(0, 0.25), the intercept −1, labels from
// the model. The same seed gives the same bits.
func generateSparse(n, d int, seed uint64) (regression, error) {
	rnd := estimators.NewRng()
	rnd.Seek(estimators.Stream{Seed: seed}, 1)
	z := make([]float64, d+1)
	z[0] = -1
	for j := 1; j <= d; j++ {
		z[j] = 0.5 * rnd.NormFloat64()
	}
	indptr, indices := make([]int, 1, n+1), make([]int, 0, n*onesPerRow)
	y := make([]float64, n)
	for i := range n {
		f := z[0]
		for g := range onesPerRow {
			lo, hi := g*d/onesPerRow, (g+1)*d/onesPerRow
			j := lo
			for rnd.Float64() < 0.7 {
				j++
			}
			j = lo + (j-lo)%(hi-lo)
			indices = append(indices, j)
			f += z[1+j]
		}
		indptr = append(indptr, len(indices))
		y[i] = bernoulli(rnd, f)
	}
	values := make([]float64, len(indices))
	for k := range values {
		values[k] = 1
	}
	m, err := models.NewCSR(n, d, indptr, indices, values)
	if err != nil {
		return regression{}, err
	}
	return regression{models.WithIntercept(m), y}, nil
}

func drawLabel(rnd *estimators.Rng, row, z []float64) float64 {
	var f float64
	for j, v := range row {
		f += v * z[j]
	}
	return bernoulli(rnd, f)
}

// bernoulli draws 1 with probability σ(f), else 0.
func bernoulli(rnd *estimators.Rng, f float64) float64 {
	if rnd.Float64() < 1/(1+math.Exp(-f)) {
		return 1
	}
	return 0
}
