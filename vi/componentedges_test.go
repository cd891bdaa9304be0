package vi_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// defaultKinds are componentKinds with the default priors.
var defaultKinds = map[string]func(x *models.Dense, k int, w models.Weights) (*models.Mixture, error){
	"Poisson": func(x *models.Dense, k int, w models.Weights) (*models.Mixture, error) {
		return models.NewPoissonMixture(x, k, nil, w, 0)
	},
	"categorical": func(x *models.Dense, k int, w models.Weights) (*models.Mixture, error) {
		return models.NewCategoricalMixture(x, k, nil, 0, w, 0)
	},
	"Gamma": func(x *models.Dense, k int, w models.Weights) (*models.Mixture, error) {
		return models.NewGammaMixture(x, k, nil, w, 0)
	},
}

// Data that say little are fitted as the default priors say, whatever the weights.
func TestComponentsOfDegenerateData(t *testing.T) {
	for name, y := range map[string][]float64{
		"one row":           {3, 5},
		"fewer rows than K": {3, 5, 1, 2, 9, 4},
		"a constant column": {3, 1, 3, 2, 3, 8, 3, 8},
		"equal rows":        {3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1},
		"duplicated rows":   {1, 2, 1, 2, 7, 2, 7, 2, 1, 2, 1, 2},
		"a column of zeros": {0, 1, 0, 4, 0, 2},
		"nothing but zeros": {0, 0, 0, 0},
		"large":             {1e5, 1, 2e5, 3, 9e5, 1e5},
	} {
		for kind, mixture := range defaultKinds {
			for _, k := range []int{1, 5} {
				for _, w := range mixtureWeights {
					x, err := models.NewDense(len(y)/2, 2, y)
					if err != nil {
						t.Fatal(err)
					}
					m, err := mixture(x, k, w)
					if kind == "Gamma" && slices.Contains(y, 0) {
						var bad *models.DataError
						if !errors.As(err, &bad) || bad.Row != 0 || bad.Col != 0 {
							t.Errorf("%s, %s: error %v, want a DataError in row 0, column 0", kind, name, err)
						}
						continue
					}
					if err != nil {
						t.Errorf("%s, %s: %v", kind, name, err)
						continue
					}
					if kind == "categorical" && name == "large" {
						continue // a million levels: nothing to be learnt from the fit
					}
					res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Starts: 1, Check: -1})
					if err != nil || res.Status != vi.Converged || math.IsNaN(res.ELBO) {
						t.Errorf("%s, %s, %d components, %v: %v, ELBO %v, error %v", kind, name, k, w, res.Status, res.ELBO, err)
					}
				}
			}
		}
	}
}

// Entries that are not finite, which a Dense does not keep out of a slice changed later,
// and levels beyond those counted are refused with their place.
func TestComponentsRefuseEntries(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -2, -1e300} {
		y := []float64{1, 2, 3, 4, 5, 6}
		x, err := models.NewDense(3, 2, y)
		if err != nil {
			t.Fatal(err)
		}
		x.RawData()[3] = v
		for kind, mixture := range defaultKinds {
			_, err := mixture(x, 2, models.DirichletWeights)
			var bad *models.DataError
			if !errors.As(err, &bad) || bad.Row != 1 || bad.Col != 1 {
				t.Errorf("%s with %v: error %v, want a DataError in row 1, column 1", kind, v, err)
			}
		}
	}
}

// Estimates by several goroutines have the bits of those by one, which allocates nothing;
// halves of the rows, scaled by 2, make the whole on average.
func TestComponentEstimates(t *testing.T) {
	const n = 1100
	eachKind(t, n, 3, func(t *testing.T, m *models.Mixture, f families.Family) {
		q := someMember(t, m, f, 7)
		estimate := func(m models.Model, workers int) (families.Natural, float64) {
			e := &estimators.Local{Summer: &estimators.Goroutines{N: workers}}
			if err := e.Init(m, f); err != nil {
				t.Fatal(err)
			}
			g := make(families.Natural, f.NumParams())
			s, err := e.Estimate(t.Context(), g, q, estimators.Stream{})
			if err != nil {
				t.Fatal(err)
			}
			if workers == 1 {
				if a := testing.AllocsPerRun(3, func() { e.Estimate(t.Context(), g, q, estimators.Stream{}) }); a != 0 {
					t.Errorf("an estimate makes %v allocations", a)
				}
			}
			return g, s.ELogJoint
		}
		g1, v1 := estimate(m, 1)
		g3, v3 := estimate(m, 3)
		if !slices.Equal(g1, g3) || v1 != v3 {
			t.Error("three goroutines estimate other bits than one")
		}
		idx := make([]int, n)
		for i := range idx {
			idx[i] = (7*i + 3) % n
		}
		a, va := estimate(m.Batch(idx[:n/2], 2), 1)
		b, vb := estimate(m.Batch(idx[n/2:], 2), 1)
		sameTo(t, 1e-11, 0.5*(va+vb), v1, "the value of two halves")
		for i := range a {
			sameTo(t, 1e-10, 0.5*(a[i]+b[i]), g1[i], "the gradient of two halves")
		}
	})
}
