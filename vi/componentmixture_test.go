package vi_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// componentKinds make mixtures of K components of other densities than Gaussians.
var componentKinds = map[string]func(x *models.Dense, k int, w models.Weights) (*models.Mixture, error){
	"Poisson": func(x *models.Dense, k int, w models.Weights) (*models.Mixture, error) {
		return models.NewPoissonMixture(x, k, &models.GammaPrior{Shape: 1.5, Rate: []float64{0.3, 0.2}}, w, 0)
	},
	"categorical": func(x *models.Dense, k int, w models.Weights) (*models.Mixture, error) {
		return models.NewCategoricalMixture(x, k, []int{20, 30}, 0.7, w, 0)
	},
	"Gamma": func(x *models.Dense, k int, w models.Weights) (*models.Mixture, error) {
		y := append([]float64(nil), x.RawData()...)
		for i := range y {
			y[i] = 0.5 + y[i]/3
		}
		n, d := x.Dims()
		shifted, err := models.NewDense(n, d, y)
		if err != nil {
			return nil, err
		}
		return models.NewGammaMixture(shifted, k, &models.GammaMixturePrior{Shape: 3, Confidence: 2}, w, 0)
	},
}

// counts returns rows of two columns of counts, of two clusters.
func counts(t testing.TB, n int) *models.Dense {
	rnd := rand.New(rand.NewPCG(8, 1))
	y := make([]float64, 2*n)
	for i := range y {
		for range [2]int{3, 20}[(i/2)%2] + 4*(i%2) {
			y[i] += float64(rnd.IntN(3) / 2)
		}
	}
	x, err := models.NewDense(n, 2, y)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func eachKind(t *testing.T, n, k int, f func(t *testing.T, m *models.Mixture, fam families.Family)) {
	for name, kind := range componentKinds {
		for _, w := range mixtureWeights {
			t.Run(name+", "+w.String(), func(t *testing.T) {
				m, err := kind(counts(t, n), k, w)
				if err != nil {
					t.Fatal(err)
				}
				fam, err := families.Parse(m.Family())
				if err != nil {
					t.Fatal(err)
				}
				if fam.Dim() != m.Dim() || fam.NumParams() != m.NumParams() || len(m.CoordNames()) != m.Dim() {
					t.Fatalf("%d coordinates, %d parameters and %d names for %v", m.Dim(), m.NumParams(), len(m.CoordNames()), fam)
				}
				f(t, m, fam)
			})
		}
	}
}

// What Local adds up is the gradient of its value in μ; batches of parts are scaled.
func TestComponentGradients(t *testing.T) {
	eachKind(t, 40, 3, func(t *testing.T, m *models.Mixture, f families.Family) {
		e := new(estimators.Local)
		if err := e.Init(m, f); err != nil {
			t.Fatal(err)
		}
		at := func(λ families.Natural) (v float64, g families.Natural, q families.Distribution) {
			q = f.New()
			if !q.SetNatural(λ) {
				t.Fatal("outside the domain")
			}
			g = make(families.Natural, len(λ))
			s, err := e.Estimate(t.Context(), g, q, estimators.Stream{})
			if err != nil {
				t.Fatal(err)
			}
			return s.ELogJoint, g, q
		}
		λ := families.Natural(m.StartNatural(nil, 1, rand.New(rand.NewPCG(3, 3))))
		_, g, q := at(λ)
		rnd := rand.New(rand.NewPCG(4, 4))
		step := make(families.Natural, len(λ))
		for i := range step {
			step[i] = 1e-4 * λ[i] * rnd.NormFloat64()
		}
		up, down := make(families.Natural, len(λ)), make(families.Natural, len(λ))
		for i := range λ {
			up[i], down[i] = λ[i]+step[i], λ[i]-step[i]
		}
		vUp, _, _ := at(up)
		vDown, _, _ := at(down)
		var want float64
		for i, d := range q.FisherMulVec(nil, step) {
			want += g[i] * d
		}
		if got := (vUp - vDown) / 2; !(math.Abs(got-want) <= 1e-5*math.Abs(want)+1e-8) {
			t.Errorf("along a step the value changes by %v, the gradient says %v", got, want)
		}
	})
}

// The ELBO never falls, fits converge, and the evidence of one component that is
// conjugate is what the family's log-partition says.
func TestComponentFits(t *testing.T) {
	eachKind(t, 120, 4, func(t *testing.T, m *models.Mixture, f families.Family) {
		last := math.Inf(-1)
		res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Starts: 1, Check: -1, MaxIterations: 600,
			Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
				if it.ELBO < last-1e-9*math.Abs(last) {
					t.Errorf("the ELBO falls from %.12g to %.12g in step %d", last, it.ELBO, it.Number)
				}
				last = it.ELBO
				return nil
			})})
		if err != nil || res.Status != vi.Converged {
			t.Errorf("%v after %d iterations, error %v", res.Status, res.Iterations, err)
		}
	})
	for _, name := range []string{"Poisson", "categorical"} {
		m, err := componentKinds[name](counts(t, 30), 1, models.DirichletWeights)
		if err != nil {
			t.Fatal(err)
		}
		res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Starts: 1, Check: -1})
		if err != nil || res.Status != vi.Converged {
			t.Fatalf("%s: %v, error %v", name, res.Status, err)
		}
		// The evidence is log p(y, z) − log p(z | y) at any z.
		z := res.Q.Rand(nil, rand.New(rand.NewPCG(1, 9)))
		sameTo(t, 1e-10, res.ELBO, m.LogJoint(z)-res.Q.LogProb(z), name+": the evidence of one component")
	}
}

// Two clusters of known parameters are found again.
func TestComponentsRecover(t *testing.T) {
	rnd := rand.New(rand.NewPCG(12, 1))
	gamma := families.Gamma().New().(*families.GammaDist)
	const n = 2000
	y := make([]float64, n)
	truth := [2][2]float64{{2, 4}, {30, 6}} // shape and rate
	for i := range y {
		c := truth[i%2]
		gamma.SetNatural(families.Natural{c[0] - 1, -c[1]})
		y[i] = gamma.Rand(nil, rnd)[0]
	}
	x, err := models.NewDense(n, 1, y)
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.NewGammaMixture(x, 2, nil, models.DirichletWeights, 1)
	if err != nil {
		t.Fatal(err)
	}
	res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Starts: 4, Check: -1})
	if err != nil || res.Status != vi.Converged {
		t.Fatalf("%v, error %v", res.Status, err)
	}
	μ := res.Q.Mean(nil)[2:]
	first := 0
	if μ[1] > μ[5] {
		first = 1
	}
	for c := range 2 {
		i := 4 * ((c + first) % 2)
		if s := μ[i+1]; math.Abs(s/truth[c][0]-1) > 0.2 {
			t.Errorf("shape %v, want about %v", s, truth[c][0])
		}
		if mean := μ[i+1] / μ[i+3]; math.Abs(mean/(truth[c][0]/truth[c][1])-1) > 0.05 {
			t.Errorf("mean %v, want about %v", mean, truth[c][0]/truth[c][1])
		}
	}
}

// What no component can be fitted to is refused with the entry; what is unusual is fitted.
func TestComponentRefusals(t *testing.T) {
	dense := func(n, d int, y ...float64) *models.Dense {
		x, err := models.NewDense(n, d, y)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for name, f := range map[string]func() error{
		"negative count":   func() error { _, err := models.NewPoissonMixture(dense(2, 1, 3, -1), 2, nil, 0, 0); return err },
		"fractional count": func() error { _, err := models.NewPoissonMixture(dense(2, 1, 3, 1.5), 2, nil, 0, 0); return err },
		"no level": func() error {
			_, err := models.NewCategoricalMixture(dense(2, 1, 1, 4), 2, []int{3}, 0, 0, 0)
			return err
		},
		"zero": func() error { _, err := models.NewGammaMixture(dense(2, 1, 1, 0), 2, nil, 0, 0); return err },
	} {
		var bad *models.DataError
		if err := f(); !errors.As(err, &bad) || bad.Row != 1 || bad.Col != 0 {
			t.Errorf("%s: error %v, want a DataError in row 1, column 0", name, err)
		}
	}
	if _, err := models.NewPoissonMixture(dense(1, 1, 3), 0, nil, 0, 0); err == nil {
		t.Error("no components: no error")
	}
	for name, y := range map[string][]float64{"one row": {3, 5}, "a constant column": {3, 1, 3, 2, 3, 8}, "duplicates": {1, 2, 1, 2, 1, 2, 1, 2}} {
		for kind, make := range componentKinds {
			m, err := make(dense(len(y)/2, 2, y...), 5, models.DirichletWeights)
			if err != nil {
				t.Errorf("%s, %s: %v", kind, name, err)
				continue
			}
			res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Starts: 2, Check: -1})
			if err != nil || res.Status != vi.Converged {
				t.Errorf("%s, %s: %v, error %v", kind, name, res.Status, err)
			}
		}
	}
}
