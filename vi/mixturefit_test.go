package vi_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/models/modeltest"
	"natgrad/vi"
)

// bestOfStarts returns the best fit of several starts.
func bestOfStarts(t *testing.T, m *models.Mixture, f families.Family, starts int) *vi.Result {
	t.Helper()
	var best *vi.Result
	for i := range starts {
		res, err := vi.Fit(t.Context(), vi.Problem{Model: m, Family: f}, &vi.Settings{Start: someMember(t, m, f, uint64(i)), Check: -1})
		if err != nil || res.Status != vi.Converged {
			t.Fatalf("start %d: %v, error %v", i, res.Status, err)
		}
		if best == nil || res.ELBO > best.ELBO {
			best = res
		}
	}
	return best
}

// The optima of Old Faithful were found by scikit-learn, and their ELBO, with all
// constants, computed independently.
func TestMixtureOfOldFaithful(t *testing.T) {
	b, err := os.ReadFile(modeltest.Shared(t, "data/mixture/faithful_vb_optimum.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases map[string]struct {
			ELBO float64 `json:"full_elbo"`
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	y, d := mixtureData(t, "faithful")
	for name, k := range map[string]int{"K2": 2, "K6": 6} {
		m, f := gaussMixture(t, y, d, k, models.FullCovariance, nil, models.DirichletWeights)
		res := bestOfStarts(t, m, f, 10)
		sameTo(t, 1e-9, res.ELBO, file.Cases[name].ELBO, name+": the ELBO")
	}
}

// One component is conjugate: one step leads to the posterior, whose ELBO is the
// evidence A(λ) − A(η₀) − ½nd log 2π.
func TestMixtureOfOneComponent(t *testing.T) {
	eachMixture(t, 1, func(t *testing.T, m *models.Mixture, f families.Family, d int) {
		prior := f.New()
		η := make(families.Natural, f.NumParams())
		m.GlobalNatural(η)
		prior.SetNatural(η)
		res, err := vi.Fit(t.Context(), vi.Problem{Model: m, Family: f}, &vi.Settings{Start: prior, Check: -1})
		if err != nil || res.Status != vi.Converged {
			t.Fatalf("%v, error %v", res.Status, err)
		}
		want := res.Q.LogPartition() - prior.LogPartition() - 0.5*float64(m.NumData()*d)*math.Log(2*math.Pi)
		if res.Iterations != 1 {
			t.Errorf("%d iterations, want 1", res.Iterations)
		}
		sameTo(t, 1e-11, res.ELBO, want, "the ELBO")
		post := naturalOf(m, ones(m.NumData()), weightsOf(f))
		for i, λ := range res.Q.Natural(nil) {
			sameTo(t, 1e-11, λ, post[i], "a natural parameter of the posterior")
		}
	})
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

// weightsOf tells sticks, which have a Beta, of one component from none.
func weightsOf(f families.Family) models.Weights {
	if f.String()[:7] == "Product" {
		return models.NestedStickWeights
	}
	return models.DirichletWeights
}

// Steps of variational Bayes EM never lower the ELBO, whether accelerated or not.
func TestMixtureELBONeverFalls(t *testing.T) {
	y, d := mixtureData(t, "faithful")
	steps := 600
	if testing.Short() {
		steps = 60
	}
	for _, c := range mixtureShapes {
		for _, w := range mixtureWeights {
			for _, method := range []vi.Method{&vi.Natural{Memory: -1}, new(vi.Natural)} {
				m, f := gaussMixture(t, y, d, 6, c, nil, w)
				last := math.Inf(-1)
				res, err := vi.Fit(t.Context(), vi.Problem{Model: m, Family: f}, &vi.Settings{
					Start: someMember(t, m, f, 11), Method: method, MaxIterations: steps, Tolerance: 1e-12, Check: -1,
					Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
						if it.ELBO < last-1e-9*math.Abs(last) {
							t.Errorf("%v, %v: the ELBO falls from %.12g to %.12g in step %d of size %g", c, w, last, it.ELBO, it.Number, it.Step)
						}
						last = it.ELBO
						if method.(*vi.Natural).Memory < 0 && it.Number > 0 && it.Step != 1 && it.Distance > 1e-6 {
							t.Errorf("%v, %v: step %d has size %g, want 1", c, w, it.Number, it.Step)
						}
						return nil
					})})
				if err != nil {
					t.Fatalf("%v, %v after %d steps: %v", c, w, res.Iterations, err)
				}
			}
		}
	}
}

// Minibatches lead to the neighbourhood of the optimum that all rows lead to.
func TestMixtureByMinibatches(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 1))
	const n, d, k = 2000, 2, 3
	y := make([]float64, n*d)
	for i := range n {
		c := float64(rnd.IntN(k))
		y[i*d], y[i*d+1] = 4*c+rnd.NormFloat64(), 3*math.Abs(c-1)+(0.5+0.5*c)*rnd.NormFloat64()
	}
	m, f := gaussMixture(t, y, d, k, models.FullCovariance, nil, models.DirichletWeights)
	start := someMember(t, m, f, 1)
	want, err := vi.Fit(t.Context(), vi.Problem{Model: m, Family: f}, &vi.Settings{Start: start, Check: -1})
	if err != nil || want.Status != vi.Converged {
		t.Fatalf("all rows: %v, error %v", want.Status, err)
	}
	res, err := vi.Fit(t.Context(), vi.Problem{Model: m, Family: f}, &vi.Settings{Start: start, Check: -1, MaxIterations: 1000,
		Estimator: &estimators.Minibatch{Estimator: new(estimators.Local), Size: 100},
		Schedule:  vi.RobbinsMonro{Scale: 0.5, Delay: 10, Exponent: 0.8}})
	if err != nil {
		t.Fatal(err)
	}
	all := new(estimators.Local)
	if err := all.Init(m, f); err != nil {
		t.Fatal(err)
	}
	s, err := all.Estimate(t.Context(), make(families.Natural, f.NumParams()), res.Q, estimators.Stream{})
	if err != nil {
		t.Fatal(err)
	}
	if elbo := s.ELogJoint + res.Q.Entropy(); !(elbo >= want.ELBO-0.2) || elbo > want.ELBO+1e-6 {
		t.Errorf("minibatches reach an ELBO of %.8g, all rows %.8g", elbo, want.ELBO)
	}
}

// Data that say little are fitted as the prior says, or refused with their fault.
func TestMixtureOfDegenerateData(t *testing.T) {
	const d = 2
	scales := map[models.Covariance][]float64{
		models.FullCovariance: {1, 0.2, 0.2, 2}, models.TiedCovariance: {1, 0.2, 0.2, 2},
		models.DiagCovariance: {1, 2}, models.SphericalCovariance: {1.5},
	}
	for name, data := range map[string]struct {
		y       []float64
		refused bool // without a Scale
		but     models.Covariance
	}{
		"one row":               {[]float64{3, 4}, true, -1},
		"fewer rows than K":     {[]float64{3, 4, 1, 2, 7, 7}, false, -1},
		"a constant column":     {[]float64{3, 4, 1, 4, 7, 4, 0, 4}, true, models.SphericalCovariance},
		"equal rows":            {[]float64{3, 4, 3, 4, 3, 4}, true, -1},
		"duplicated rows":       {[]float64{3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 9, 5}, false, -1},
		"far from 0, and small": {[]float64{1e9, 4e-9, 1e9 + 1, 1e-9, 1e9 - 2, 3e-9, 1e9 + 3, -2e-9}, false, -1},
	} {
		for _, c := range mixtureShapes {
			for _, w := range mixtureWeights {
				x, err := models.NewDense(len(data.y)/d, d, data.y)
				if err != nil {
					t.Fatal(err)
				}
				for _, prior := range []*models.GaussPrior{nil, {Scale: scales[c]}} {
					m, err := models.NewGaussMixture(x, 5, c, prior, w, 0)
					if prior == nil && data.refused && c != data.but {
						var fault *models.DataError
						if !errors.As(err, &fault) {
							t.Errorf("%s, %v: error %v, want a DataError", name, c, err)
						}
						continue
					}
					if err != nil {
						t.Errorf("%s, %v: %v", name, c, err)
						continue
					}
					f := mixtureFamily(t, m, 5, d, c, w)
					res, err := vi.Fit(t.Context(), vi.Problem{Model: m, Family: f}, &vi.Settings{Start: someMember(t, m, f, 2), Check: -1})
					if err != nil || res.Status != vi.Converged || math.IsNaN(res.ELBO) {
						t.Errorf("%s, %v, %v: %v, ELBO %v, error %v", name, c, w, res.Status, res.ELBO, err)
					}
				}
			}
		}
	}
}

// What makes no model is refused.
func TestMixtureRefuses(t *testing.T) {
	x, err := models.NewDense(4, 2, []float64{1, 2, 3, 5, 5, 6, 7, 9})
	if err != nil {
		t.Fatal(err)
	}
	collinear, err := models.NewDense(3, 2, []float64{1, 2, 2, 4, 3, 6})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		x             *models.Dense
		k             int
		c             models.Covariance
		p             models.GaussPrior
		w             models.Weights
		concentration float64
	}{
		"no component":         {x: x},
		"covariance":           {x: x, k: 1, c: 4},
		"weights":              {x: x, k: 1, w: 3},
		"concentration":        {x: x, k: 2, concentration: -1},
		"tiny concentration":   {x: x, k: 2, concentration: 1e-17},
		"mean precision":       {x: x, k: 2, p: models.GaussPrior{MeanPrecision: -1}},
		"degrees of freedom":   {x: x, k: 2, p: models.GaussPrior{DoF: 1}},
		"mean of another size": {x: x, k: 2, p: models.GaussPrior{Mean: []float64{1}}},
		"infinite mean":        {x: x, k: 2, p: models.GaussPrior{Mean: []float64{1, math.Inf(1)}}},
		"short scale":          {x: x, k: 2, p: models.GaussPrior{Scale: []float64{1}}},
		"asymmetric scale":     {x: x, k: 2, p: models.GaussPrior{Scale: []float64{1, 0, 0.5, 1}}},
		"indefinite scale":     {x: x, k: 2, p: models.GaussPrior{Scale: []float64{1, 2, 2, 1}}},
		"negative scale":       {x: x, k: 2, c: models.DiagCovariance, p: models.GaussPrior{Scale: []float64{1, -2}}},
		"NaN scale":            {x: x, k: 2, c: models.SphericalCovariance, p: models.GaussPrior{Scale: []float64{math.NaN()}}},
		"collinear columns":    {x: collinear, k: 2},
	} {
		_, err := models.NewGaussMixture(test.x, test.k, test.c, &test.p, test.w, test.concentration)
		var fault *models.DataError
		if !errors.As(err, &fault) {
			t.Errorf("%s: error %v, want a DataError", name, err)
		}
	}
}
