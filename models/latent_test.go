package models_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/models"
	"natgrad/models/modeltest"
)

func TestLatentGaussianLaws(t *testing.T) {
	m, err := models.NewLatentGaussian([]float64{0, 1, 0}, []float64{2, 1, 0, 1, 2, 1, 0, 1, 2}, []float64{1, 0, 1}, models.BernoulliLogit{})
	if err != nil {
		t.Fatal(err)
	}
	modeltest.Test(t, m, [][]float64{{0.3, -1, 2}, {0, 0, 0}})
}

// The sites of the start are centred at the prior mean, and have the curvature there.
func TestLatentGaussianStart(t *testing.T) {
	m, err := models.NewLatentGaussian([]float64{2, -1}, []float64{2, 1, 1, 2}, []float64{3, 0}, models.GaussianIdentity{Precision: 5})
	if err != nil {
		t.Fatal(err)
	}
	λ := make([]float64, 4)
	m.StartNatural(λ)
	if d := cmp.Diff([]float64{10, -5, -2.5, -2.5}, λ); d != "" {
		t.Error(d)
	}
}
