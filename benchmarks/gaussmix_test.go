package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"natgrad/benchmarks/posteriordb"
	"natgrad/models"
	"natgrad/models/modeltest"
	"natgrad/vi"
)

// The posterior of a mixture of two Gaussians, by draws of MCMC of a model whose
// allocations are summed out and whose means are ordered.
func TestLowDimGaussMix(t *testing.T) {
	dir := modeltest.Shared(t, "data/posteriordb/low_dim_gauss_mix-low_dim_gauss_mix/reference.json")
	e, err := posteriordb.Open(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string][2]float64)
	for i, name := range e.Reference.Names {
		want[name] = [2]float64{e.Reference.Mean[i], e.Reference.SD[i]}
	}
	// near compares a marginal with the reference: its mean to within so many standard
	// deviations, and its own to within so much of it.
	near := func(t *testing.T, name string, mean, sd, sds, ratio float64) {
		t.Helper()
		r, ok := want[name]
		if !ok {
			t.Fatalf("the reference has no %s", name)
		}
		if !(math.Abs(mean-r[0]) <= sds*r[1]) {
			t.Errorf("%s: mean %.5f, want %.5f ± %.5f", name, mean, r[0], sds*r[1])
		}
		if !(math.Abs(sd/r[1]-1) <= ratio) {
			t.Errorf("%s: standard deviation %.5f, want %.5f to within %g of it", name, sd, r[1], ratio)
		}
	}

	t.Run("summed out", func(t *testing.T) {
		res, err := vi.Fit(t.Context(), vi.Problem{Model: e.Model}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.Status != vi.Converged || res.Verdict != vi.OK {
			t.Errorf("%v, %v %q", res.Status, res.Verdict, res.Reasons)
		}
		for i, name := range e.Reference.Names {
			p := res.Params[e.Index[i]]
			near(t, name, p.Mean, p.SD, 0.1, 0.05)
		}
	})

	// The same by variational Bayes, with the prior of the weight, and those of a mean
	// N(0, 2²) and of a precision of one row as near as a conjugate prior comes. Its names
	// of components mean nothing: the means say which is which.
	t.Run("conjugate", func(t *testing.T) {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(dir), "data.json"))
		if err != nil {
			t.Fatal(err)
		}
		var data struct{ Y []float64 }
		if err := json.Unmarshal(b, &data); err != nil {
			t.Fatal(err)
		}
		x, err := models.NewDense(len(data.Y), 1, data.Y)
		if err != nil {
			t.Fatal(err)
		}
		m, err := models.NewGaussMixture(x, 2, models.FullCovariance,
			&models.GaussPrior{MeanPrecision: 0.25, Mean: []float64{0}, DoF: 1, Scale: []float64{1}}, models.DirichletWeights, 5)
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(3) {
			res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			λ := res.Q.Natural(nil)
			parts := m.GaussPosterior(λ)
			weight, weightSD := m.WeightMoments(λ)
			first, second := 0, 1
			if parts[0].Mean[0] > parts[1].Mean[0] {
				first, second = second, first
			}
			near(t, "mu[1]", parts[first].Mean[0], parts[first].MeanSD[0], 0.1, 0.05)
			near(t, "mu[2]", parts[second].Mean[0], parts[second].MeanSD[0], 0.1, 0.05)
			near(t, "sigma[1]", parts[first].SD[0], parts[first].SDSD[0], 0.1, 0.1)
			near(t, "sigma[2]", parts[second].SD[0], parts[second].SDSD[0], 0.1, 0.1)
			near(t, "theta", weight[first], weightSD[first], 0.1, 0.05)
		}
	})
}
