package models_test

import (
	"testing"

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
