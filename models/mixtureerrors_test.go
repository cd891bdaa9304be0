package models_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"natgrad/models"
)

// What a mixture cannot take is refused, with the row or the column to blame and words for
// what is wanted.
func TestMixtureErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	rows := func(y ...float64) *models.Dense { return must(models.NewDense(len(y)/2, 2, y)) }
	good := rows(0, 1, 2, 0, 1, 3)
	gauss := func(x models.Rows, k int, c models.Covariance, p *models.GaussPrior) error {
		_, err := models.NewGaussMixture(x, k, c, p, models.DirichletWeights, 0)
		return err
	}
	prior := func(c models.Covariance, p models.GaussPrior) error { return gauss(good, 2, c, &p) }
	weights := func(w models.Weights, α0 float64) error {
		_, err := models.NewPoissonMixture(good, 2, nil, w, α0)
		return err
	}
	poisson := func(x *models.Dense, k int, p *models.GammaPrior) error {
		_, err := models.NewPoissonMixture(x, k, p, models.DirichletWeights, 0)
		return err
	}
	gamma := func(x *models.Dense, k int, p *models.GammaMixturePrior) error {
		_, err := models.NewGammaMixture(x, k, p, models.DirichletWeights, 0)
		return err
	}
	levels := func(x *models.Dense, k int, l []int, α float64) error {
		_, err := models.NewCategoricalMixture(x, k, l, α, models.DirichletWeights, 0)
		return err
	}
	full, tied, diag, spherical := models.FullCovariance, models.TiedCovariance, models.DiagCovariance, models.SphericalCovariance
	for _, c := range []struct {
		err      error
		row, col int
		want     string
	}{
		{gauss(good, 0, full, nil), -1, -1, "0 components"},
		{gauss(good, 2, models.Covariance(7), nil), -1, -1, "Covariance(7)"},
		{gauss(rows(1, 2), 2, full, nil), -1, -1, "one row"},
		{gauss(rows(1, 2, 3, 2, 5, 2), 2, full, nil), -1, 1, "2 in every row"},
		{gauss(rows(1, 2, 3, 2, 5, 2), 2, diag, nil), -1, 1, "2 in every row"},
		{gauss(rows(1, 2, 2, 4, 3, 6), 2, full, nil), -1, 1, "linear function"},
		{gauss(rows(1, 2, 2, 4, 3, 6), 2, tied, nil), -1, 1, "linear function"},
		{gauss(rows(1, 2, 1, 2), 2, spherical, nil), -1, -1, "all equal"},
		{prior(full, models.GaussPrior{MeanPrecision: -1}), -1, -1, "mean precision -1"},
		{prior(full, models.GaussPrior{MeanPrecision: inf}), -1, -1, "mean precision"},
		{prior(full, models.GaussPrior{DoF: 1}), -1, -1, "above 1"},
		{prior(diag, models.GaussPrior{DoF: -0.1}), -1, -1, "above 0"},
		{prior(tied, models.GaussPrior{DoF: inf}), -1, -1, "degrees of freedom"},
		{prior(full, models.GaussPrior{Mean: []float64{1}}), -1, -1, "prior mean of 1 numbers"},
		{prior(full, models.GaussPrior{Mean: []float64{1, nan}}), -1, 1, "prior mean NaN"},
		{prior(full, models.GaussPrior{Scale: []float64{1, 2}}), -1, -1, "4 for full"},
		{prior(diag, models.GaussPrior{Scale: []float64{1}}), -1, -1, "2 for diag"},
		{prior(spherical, models.GaussPrior{Scale: []float64{1, 2}}), -1, -1, "1 for spherical"},
		{prior(full, models.GaussPrior{Scale: []float64{1, 2, 2, 4}}), -1, 1, "not positive definite"},
		{prior(tied, models.GaussPrior{Scale: []float64{1, nan, nan, 4}}), -1, 1, "not positive definite"},
		{prior(tied, models.GaussPrior{Scale: []float64{1, 0.5, 0.4, 4}}), -1, 0, "symmetric"},
		{prior(diag, models.GaussPrior{Scale: []float64{1, 0}}), -1, 1, "Scale 0"},
		{prior(spherical, models.GaussPrior{Scale: []float64{nan}}), -1, 0, "Scale NaN"},
		{weights(models.Weights(3), 0), -1, -1, "Weights(3)"},
		{weights(models.DirichletWeights, -1), -1, -1, "concentration -1"},
		{weights(models.StickWeights, 1e-17), -1, -1, "above 1e-16"},
		{weights(models.NestedStickWeights, inf), -1, -1, "concentration +Inf"},
		{poisson(good, 0, nil), -1, -1, "0 components"},
		{poisson(rows(0, 1, 2, -1), 2, nil), 1, 1, "a count"},
		{poisson(rows(0, 0.5, 2, 1), 2, nil), 0, 1, "a count"},
		{poisson(rows(0, 1e300, 2, 1), 2, nil), 0, 1, "a count"},
		{poisson(good, 2, &models.GammaPrior{Shape: -1}), -1, -1, "shape -1"},
		{poisson(good, 2, &models.GammaPrior{Rate: []float64{1}}), -1, -1, "1 rates"},
		{poisson(good, 2, &models.GammaPrior{Rate: []float64{1, nan}}), -1, 1, "rate NaN"},
		{gamma(good, 2, nil), 0, 0, "a positive finite number"},
		{gamma(rows(1, 2, 3, -1), 2, nil), 1, 1, "a positive finite number"},
		{gamma(rows(1, 2), 0, nil), -1, -1, "0 components"},
		{gamma(rows(1, 2), 2, &models.GammaMixturePrior{Shape: -1}), -1, -1, "shape -1"},
		{gamma(rows(1, 2), 2, &models.GammaMixturePrior{Confidence: 1e-3}), -1, -1, "at least 0.002"},
		{levels(good, 0, nil, 0), -1, -1, "0 components"},
		{levels(good, 2, []int{3}, 0), -1, -1, "levels of 1 columns"},
		{levels(good, 2, []int{3, 1}, 0), -1, 1, "1 levels"},
		{levels(good, 2, []int{3, 3}, 0), 2, 1, "a level from 0 to 2"},
		{levels(rows(0, 1.5), 2, nil, 0), 0, 1, "a level"},
		{levels(rows(0, 1e9), 2, nil, 0), 0, 1, "a level"},
		{levels(good, 2, nil, -1), -1, -1, "concentration -1"},
	} {
		var e *models.DataError
		if !errors.As(c.err, &e) {
			t.Errorf("%q: error %v, want a *DataError", c.want, c.err)
			continue
		}
		if e.Row != c.row || e.Col != c.col || !strings.Contains(e.Error(), c.want) {
			t.Errorf("row %d, column %d, %q; want row %d, column %d and %q", e.Row, e.Col, e, c.row, c.col, c.want)
		}
	}
	// A Scale takes the place of what such rows do not say.
	for _, x := range []*models.Dense{rows(1, 2), rows(1, 2, 3, 2, 5, 2), rows(1, 2, 2, 4, 3, 6), rows(1, 2, 1, 2)} {
		if err := gauss(x, 2, full, &models.GaussPrior{Scale: []float64{1, 0, 0, 1}}); err != nil {
			t.Errorf("with a Scale: %v", err)
		}
	}
}

// Lengths are the programmer's.
func TestMixturePanics(t *testing.T) {
	m := must(models.NewGaussMixture(must(models.NewDense(3, 1, []float64{1, 2, 4})), 2, models.FullCovariance, nil, models.DirichletWeights, 0))
	for name, f := range map[string]func(){
		"LogJoint":         func() { m.LogJoint(make([]float64, m.Dim()-1)) },
		"GlobalNatural":    func() { m.GlobalNatural(make([]float64, m.NumParams()+1)) },
		"Responsibilities": func() { m.Responsibilities(make([]float64, 5), 0, 3) },
		"Center":           func() { m.Components().(*models.GaussComponents).Center(make([]float64, 2)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
