package models_test

import (
	"errors"
	"math"
	"testing"

	"natgrad/models"
	"natgrad/models/modeltest"
)

func linearModel(t testing.TB) *models.LinearRegression {
	t.Helper()
	x := must(models.NewDense(6, 2, []float64{1, -0.4, 1, 2.2, 1, 0, 0, 1.3, 1, -2, 0, 0.7}))
	return must(models.NewLinearRegression(x, []float64{0.3, 2.1, -1, 0.4, 0, 1.5},
		&models.LinearPrior{Mean: []float64{0.5, -0.2}, Precision: []float64{2, 0.3, 0.3, 0.5}, Shape: 1.5, Rate: 0.7}))
}

func TestLinearModelsKeepTheLaws(t *testing.T) {
	points := [][]float64{{0, 0, 1}, {1.5, -0.3, 0.2}, {-4, 3, 6}}
	modeltest.Test(t, linearModel(t), points)
	x := must(models.NewDense(4, 2, []float64{1, 0, 0, 2, 1, 0, 0, 0})).Sparse()
	modeltest.Test(t, must(models.NewLinearRegression(x, []float64{1, 2, 3, 4}, nil)), points)

	rows := must(models.NewDense(5, 2, []float64{2.1, -0.3, 1.4, 0.8, 3.3, -1.9, 0.2, 1.1, 2.8, -0.7}))
	modeltest.Test(t, must(models.NewNormalRows(rows, nil)), [][]float64{{0, 0, 1, 0, 0, 1}, {1, -2, 2, 0.5, 0.5, 0.8}})
}

// The log-joint is the sum of densities written out.
func TestLinearRegressionLogJoint(t *testing.T) {
	m := linearModel(t)
	w, τ := []float64{0.7, -0.4}, 1.8
	lp := 1.5*math.Log(0.7) - lgamma(1.5) + 0.5*math.Log(τ) - 0.7*τ
	dx, dy := w[0]-0.5, w[1]+0.2
	lp += 0.5*math.Log(2*0.5-0.09) + math.Log(τ) - math.Log(2*math.Pi) - 0.5*τ*(2*dx*dx+0.6*dx*dy+0.5*dy*dy)
	x := []float64{1, -0.4, 1, 2.2, 1, 0, 0, 1.3, 1, -2, 0, 0.7}
	for i, y := range []float64{0.3, 2.1, -1, 0.4, 0, 1.5} {
		r := y - x[2*i]*w[0] - x[2*i+1]*w[1]
		lp += 0.5*math.Log(τ/(2*math.Pi)) - 0.5*τ*r*r
	}
	within(t, 1e-13, m.LogJoint([]float64{0.7, -0.4, τ}), lp, "log-joint")
	if l := m.LogJoint([]float64{0, 0, 0}); !math.IsInf(l, -1) {
		t.Errorf("log-joint %g at τ = 0", l)
	}
}

// Rows far from 0 are as good as others.
func TestNormalRowsAreCentred(t *testing.T) {
	near := []float64{2, -1, 1, 0, 3, -2, 0, 1.5}
	far := make([]float64, len(near))
	for i, v := range near {
		far[i] = v + 1<<30
	}
	η, ηFar := make([]float64, 8), make([]float64, 8)
	must(models.NewNormalRows(must(models.NewDense(4, 2, near)), nil)).ConjugateNatural(η, "NormalWishart(2)")
	must(models.NewNormalRows(must(models.NewDense(4, 2, far)), nil)).ConjugateNatural(ηFar, "NormalWishart(2)")
	for i, x := range ηFar {
		if math.Abs(x-η[i]) > 1e-13 {
			t.Errorf("η[%d] is %g far from 0, %g near it", i, x, η[i])
		}
	}
}

func TestLinearModelsRefuse(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	x := must(models.NewDense(3, 2, []float64{1, 2, 3, 5, 5, 6}))
	y := []float64{1, 2, 3}
	var errs []error
	add := func(_ any, err error) { errs = append(errs, err) }
	add(models.NewLinearRegression(x, nil, nil))
	add(models.NewLinearRegression(x, []float64{1, 2}, nil))
	for _, p := range []models.LinearPrior{
		{Mean: []float64{1}}, {Mean: []float64{1, nan}}, {Precision: []float64{1}}, {Precision: []float64{}}, {Precision: []float64{1, 0}},
		{Precision: []float64{1, 2, 2, 1}}, {Precision: []float64{1, 0.5, 0.4, 1}}, {Precision: []float64{inf, 1}},
		{Shape: -1}, {Shape: nan}, {Rate: -1}, {Rate: inf},
	} {
		add(models.NewLinearRegression(x, y, &p))
	}
	for _, v := range []float64{nan, inf} {
		add(models.NewLinearRegression(x, []float64{1, v, 3}, nil))
	}
	add(models.NewLinearRegression(must(models.NewDense(3, 2, []float64{1, 1e160, 1, 0, 1, 1})), y, nil))
	far := must(models.NewDense(3, 2, []float64{1, 0.3, 1, -0.1, 1, 0.6}))
	add(models.NewLinearRegression(far, []float64{1e9, 1e9 + 1, 1e9 - 1}, &models.LinearPrior{Precision: []float64{1e-20, 1e-6}}))
	if _, err := models.NewLinearRegression(far, []float64{1e4, 1e4 + 1, 1e4 - 1}, &models.LinearPrior{Precision: []float64{1e-20, 1e-6}}); err != nil {
		t.Errorf("observations of 10000 ± 1 are refused: %v", err)
	}
	add(models.NewNormalRows(must(models.NewDense(1, 2, []float64{1, 2})), nil))
	add(models.NewNormalRows(must(models.NewDense(3, 2, []float64{1, 2, 2, 4, 3, 6})), nil))
	add(models.NewNormalRows(x, &models.GaussPrior{DoF: 1}))
	for i, err := range errs {
		var de *models.DataError
		if !errors.As(err, &de) || de.Got == "" || de.Want == "" {
			t.Errorf("case %d: error %v, want a *DataError that says what was got and wanted", i, err)
		}
	}
}

func TestLinearModelsDoNotAllocate(t *testing.T) {
	idx := []int{1, 0, 1, 3}
	m := linearModel(t)
	rows := must(models.NewNormalRows(must(models.NewDense(5, 2, []float64{2.1, -0.3, 1.4, 0.8, 3.3, -1.9, 0.2, 1.1, 2.8, -0.7})), nil))
	grad, η := make([]float64, 3), make([]float64, 8)
	z, zRows := []float64{1, 2, 3}, []float64{0, 0, 1, 0, 0, 1}
	all := func() {
		m.LogJointGrad(grad, z)
		m.Batch(idx, 2).(models.Conjugate).ConjugateNatural(η, "MultiNormalGamma(2)")
		rows.LogJoint(zRows)
		rows.Batch(idx, 2).(models.Conjugate).ConjugateNatural(η, "NormalWishart(2)")
	}
	all()
	if n := testing.AllocsPerRun(10, all); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
