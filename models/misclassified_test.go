package models_test

import (
	"errors"
	"math"
	"testing"

	"natgrad/models"
	"natgrad/models/modeltest"
)

// A test for two states with three outcomes.
var labelErrors = []float64{0.8, 0.1, 0.15, 0.3, 0.05, 0.6}

func TestMisclassifiedKeepsTheLaws(t *testing.T) {
	modeltest.Test(t, must(models.NewMisclassifiedMultinomial([]float64{1.5, 0.8}, labelErrors, []int{9, 4, 12})),
		[][]float64{{0.3, 0.7}, {0.98, 0.02}})
	z := []float64{0, 1}
	grad, diag, hess := make([]float64, 2), make([]float64, 2), make([]float64, 4)
	m := must(models.NewMisclassifiedMultinomial([]float64{1, 1}, labelErrors, []int{1, 1, 1}))
	m.LogJointHessDiag(diag, grad, z)
	if l := m.LogJointHess(hess, grad, z); !math.IsInf(l, -1) || !math.IsNaN(grad[0]) || !math.IsNaN(hess[0]) || !math.IsNaN(diag[0]) {
		t.Errorf("log p = %g, gradient %g, Hessian %g at %v, want −Inf and NaN", l, grad, hess, z)
	}
}

// The value is from mpmath, and with perfect labels it is the Dirichlet-multinomial.
func TestMisclassifiedLogJoint(t *testing.T) {
	m := must(models.NewMisclassifiedMultinomial([]float64{1.5, 0.8}, labelErrors, []int{9, 4, 12}))
	within(t, 1e-14, m.LogJoint([]float64{0.3, 0.7}), -4.36675472583375, "log-joint")

	α, s := []float64{0.5, 2, 1}, []int{3, 0, 4}
	perfect := must(models.NewMisclassifiedMultinomial(α, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}, s))
	d := must(models.NewDirichletMultinomial(α, s))
	for _, z := range [][]float64{{0.2, 0.5, 0.3}, {0.01, 0.09, 0.9}} {
		g, want := make([]float64, 3), make([]float64, 3)
		within(t, 1e-14, perfect.LogJointGrad(g, z), d.LogJointGrad(want, z), "log-joint")
		for k := range g {
			within(t, 1e-14, g[k], want[k], "gradient")
		}
	}
}

func TestMisclassifiedRefuses(t *testing.T) {
	one := []float64{1, 1}
	var errs []error
	add := func(_ any, err error) { errs = append(errs, err) }
	add(models.NewMisclassifiedMultinomial([]float64{1}, []float64{1}, []int{1}))
	add(models.NewMisclassifiedMultinomial(one, nil, nil))
	add(models.NewMisclassifiedMultinomial(one, labelErrors, []int{1, 1}))
	add(models.NewMisclassifiedMultinomial(one, labelErrors, []int{1, -1, 1}))
	add(models.NewMisclassifiedMultinomial(one, []float64{1, 1, 0, 0}, []int{3, 1}))
	for _, v := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		add(models.NewMisclassifiedMultinomial([]float64{1, v}, labelErrors, []int{1, 1, 1}))
		add(models.NewMisclassifiedMultinomial(one, []float64{0.5, 1, v, 0}, []int{1, 1}))
	}
	for i, err := range errs {
		var de *models.DataError
		if !errors.As(err, &de) || de.Got == "" || de.Want == "" {
			t.Errorf("case %d: error %v, want a *DataError that says what was got and wanted", i, err)
		}
	}
}

func TestMisclassifiedDoesNotAllocate(t *testing.T) {
	m := must(models.NewMisclassifiedMultinomial([]float64{1.5, 0.8}, labelErrors, []int{9, 4, 12}))
	z, grad, hess := []float64{0.3, 0.7}, make([]float64, 2), make([]float64, 4)
	if n := testing.AllocsPerRun(10, func() { m.LogJointHess(hess, grad, z) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
