package estimators

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"natgrad/families"
	"natgrad/models"
	"natgrad/models/modeltest"
)

// toyOptimum is one optimum of logistic_toy in the gold file.
type toyOptimum struct {
	Mean []float64
	Var  []float64
	Cov  [][]float64
	Elbo float64
}

func (o toyOptimum) member() families.Gaussian {
	f := families.DiagGaussian(len(o.Mean))
	cov := o.Var
	if o.Cov != nil {
		f = families.FullGaussian(len(o.Mean))
		for _, row := range o.Cov {
			cov = append(cov, row...)
		}
	}
	q := f.New().(families.Gaussian)
	if !q.SetMoments(o.Mean, cov) {
		panic("optimum is not a distribution")
	}
	return q
}

func logisticToy(t *testing.T) (m *models.GLM, full, diag toyOptimum) {
	b, err := os.ReadFile(modeltest.Shared(t, "reference/gold_families.json"))
	if err != nil {
		t.Fatal(err)
	}
	var gold struct {
		Toy struct {
			X         [][]float64
			Y         []float64
			PriorPrec []float64  `json:"prior_prec"`
			Full      toyOptimum `json:"full"`
			Diag      toyOptimum `json:"mean_field"`
		} `json:"logistic_toy"`
	}
	if err := json.Unmarshal(b, &gold); err != nil {
		t.Fatal(err)
	}
	var data []float64
	for _, row := range gold.Toy.X {
		data = append(data, row...)
	}
	x, err := models.NewDense(len(gold.Toy.Y), 2, data)
	if err != nil {
		t.Fatal(err)
	}
	m, err = models.NewGLM(x, gold.Toy.Y, models.BernoulliLogit{}, gold.Toy.PriorPrec)
	if err != nil {
		t.Fatal(err)
	}
	return m, gold.Toy.Full, gold.Toy.Diag
}

// At the optimum of the ELBO the natural gradient of E[log p] is λ itself, and
// E[log p] is the ELBO less the entropy. A product of one Gaussian is not seen as
// Gaussian: its draws are independent, and its path derivatives its own. Two
// standard errors cover as often as they should, with few whole frames more often.
func TestLogisticToyAtTheOptimum(t *testing.T) {
	m, full, diag := logisticToy(t)
	reps, slack := 1000, 0.0
	if testing.Short() {
		reps, slack = 300, 0.03
	}
	for _, o := range []toyOptimum{full, diag} {
		for _, f := range []families.Family{o.member().Family(), families.Product(o.member().Family())} {
			estimators := append(gaussianEstimators(), namedEstimator{"Stein, many frames", &Stein{Draws: 40, Summer: single()}})
			if _, is := f.New().(families.Gaussian); !is {
				estimators = []namedEstimator{
					{"Pathwise", &Pathwise{Summer: single()}},
					{"Pathwise, 5 draws", &Pathwise{Draws: 5, Summer: single()}},
					{"Score", &Score{Summer: single()}},
					{"Score, few draws", &Score{Draws: 20, Summer: single()}},
				}
			}
			for _, e := range estimators {
				t.Run(fmt.Sprint(f, e.name), func(t *testing.T) {
					t.Parallel()
					model, q := m.Fork(), f.New()
					if !q.SetNatural(o.member().Natural(nil)) {
						t.Fatal("optimum refused")
					}
					initOrFail(t, e, model, f)
					s := checkMean(t, e, q, q.Natural(nil), o.Elbo-q.Entropy(), reps)
					switch e.name {
					case "Price", "Stein", "Pathwise", "Score", "Stein, many frames":
						if s.cover < 0.87-slack || s.ratio < 0.85-slack || s.ratio > 3 {
							t.Errorf("two standard errors cover in %v, and are %v of the errors", s.cover, s.ratio)
						}
					}
				})
			}
		}
	}
}

// The log-joint of Stan's test of its ADVI. With q at mean (2.5, 2.5) and unit
// covariance its ELBO is −7.675754.
func stanADVI() (*quadratic, families.Gaussian, float64) {
	m := &quadratic{a: []float64{3, 0, 0, 3}, b: []float64{10.5, 7.5}, c: -0.5 * (6*math.Log(2*math.Pi) + 56.5)}
	q := families.FullGaussian(2).New().(families.Gaussian)
	q.SetMoments([]float64{2.5, 2.5}, []float64{1, 0, 0, 1})
	return m, q, -7.675754 - q.Entropy()
}

func TestStanADVI(t *testing.T) {
	m, q, want := stanADVI()
	for _, e := range []namedEstimator{
		{"Price", &Price{}}, {"Stein", &Stein{}}, {"Pathwise", &Pathwise{}}, {"Score", &Score{}},
	} {
		initOrFail(t, e, m, q.Family())
		for seed := range uint64(20) {
			_, s := estimateOrFail(t, e, q, Stream{Seed: seed})
			if math.Abs(s.ELogJoint-want) > 1e-6 {
				t.Errorf("%s: E[log p] is %v, want %v", e.name, s.ELogJoint, want)
			}
			if !(s.StdErr > 0) || s.StdErr > 1e-11 {
				t.Errorf("%s: standard error %v of an estimate that is exact but for rounding", e.name, s.StdErr)
			}
		}
	}
}

// Two standard errors cover as often as they should where there is an error;
// with few whole frames they cover more often.
func TestStdErrCovers(t *testing.T) {
	reps, slack := 1000, 0.0
	if testing.Short() {
		reps, slack = 300, 0.03
	}
	stan, q, stanWant := stanADVI()
	product := families.Product(q.Family()).New()
	product.SetNatural(q.Natural(nil))
	m, mq := testExponential(8), testMember(families.FullGaussian(8))
	_, want := m.expected(mq)
	wide, wideq := testExponential(14), testMember(families.FullGaussian(14))
	_, wideWant := wide.expected(wideq)
	for _, c := range []struct {
		name string
		e    Estimator
		m    models.Model
		q    families.Distribution
		want float64
		safe bool
	}{
		{"Stan, Score with few draws", &Score{Draws: 26, Summer: single()}, stan, q, stanWant, false},
		{"Stan, Pathwise of a product", &Pathwise{Draws: 16, Summer: single()}, stan, product, stanWant, false},
		{"exponential, Stein", &Stein{Summer: single()}, m, mq, want, true},
		{"exponential, Stein with few draws", &Stein{Draws: 14, Summer: single()}, m, mq, want, false},
		{"exponential, Price with few draws", &Price{Draws: 26, Summer: single()}, wide, wideq, wideWant, false},
		{"exponential, Score", &Score{Summer: single()}, m, mq, want, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			initOrFail(t, c.e, c.m, c.q.Family())
			s := take(t, namedEstimator{c.name, c.e}, c.q, truth(make(families.Natural, c.q.Family().NumParams()), c.want), 5, reps)
			most := 0.99
			if c.safe {
				most = 1
			}
			t.Logf("coverage %.3f, standard error/error %.2f", s.cover, s.ratio)
			if s.cover < 0.9-slack || s.cover > most || s.ratio < 0.85-slack {
				t.Errorf("two standard errors cover in %v of %d seeds, want 0.9 to %v, and are %v of the errors", s.cover, reps, most, s.ratio)
			}
		})
	}
}
