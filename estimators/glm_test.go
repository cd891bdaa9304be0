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
// E[log p] is the ELBO less the entropy.
func TestLogisticToyAtTheOptimum(t *testing.T) {
	m, full, diag := logisticToy(t)
	reps := 1500
	if testing.Short() {
		reps = 300
	}
	for _, o := range []toyOptimum{full, diag} {
		q := o.member()
		for _, e := range gaussianEstimators() {
			t.Run(fmt.Sprint(q.Family(), e.name), func(t *testing.T) {
				initOrFail(t, e, m, q.Family())
				checkMean(t, e, q, q.Natural(nil), o.Elbo-q.Entropy(), reps)
			})
		}
	}
}

// The path derivative of the family, on independent draws, agrees with the
// Gaussian form of Pathwise: a product of one Gaussian is not seen as Gaussian.
func TestPathwiseOfAnyFamily(t *testing.T) {
	m, full, diag := logisticToy(t)
	for _, o := range []toyOptimum{full, diag} {
		part := o.member()
		f := families.Product(part.Family())
		q := f.New()
		if !q.SetNatural(part.Natural(nil)) {
			t.Fatal("optimum refused")
		}
		for _, e := range []Estimator{&Pathwise{}, &Pathwise{Draws: 5}, &Score{}, &Score{Draws: 20}} {
			t.Run(fmt.Sprintf("%s%T", f, e), func(t *testing.T) {
				initOrFail(t, e, m, f)
				checkMean(t, e, q, q.Natural(nil), o.Elbo-q.Entropy(), 1500)
			})
		}
	}
}

// Away from the optimum no closed form is known, but any two estimators agree.
func TestEstimatorsAgreeOnGLM(t *testing.T) {
	m, _, _ := logisticToy(t)
	const reps = 300
	for _, f := range []families.Family{families.FullGaussian(2), families.DiagGaussian(2)} {
		q := testMember(f)
		type result struct {
			name     string
			mean, se []float64
		}
		var all []result
		p := f.NumParams()
		for _, e := range gaussianEstimators() {
			initOrFail(t, e, m, f)
			r := result{e.name, make([]float64, p+1), make([]float64, p+1)}
			draws := make([][]float64, p+1)
			for i := range uint64(reps) {
				g, s := estimateOrFail(t, e, q, Stream{Seed: 21 + uint64(len(all)), Iter: i})
				for j, x := range append(g, s.ELogJoint) {
					draws[j] = append(draws[j], x)
				}
			}
			for j, x := range draws {
				r.mean[j], r.se[j] = meanStdErr(x)
			}
			for _, o := range all {
				for j := range r.mean {
					z := (r.mean[j] - o.mean[j]) / math.Hypot(r.se[j], o.se[j])
					if math.Abs(z) > 4.5 && o.name+r.name != "SteinPathwise" {
						t.Errorf("%s, entry %d: %s gives %v ± %v, %s %v ± %v", f, j, r.name, r.mean[j], r.se[j], o.name, o.mean[j], o.se[j])
					}
				}
			}
			all = append(all, r)
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
	const reps = 1000
	stan, q, stanWant := stanADVI()
	product := families.Product(q.Family())
	pq := product.New()
	pq.SetNatural(q.Natural(nil))
	toy, full, diag := logisticToy(t)
	tq, dq := full.member(), diag.member()
	big := testExponential(40)
	bq := testMember(families.FullGaussian(40))
	_, bigWant := big.expected(bq)
	wide := testExponential(12)
	wq := testMember(families.FullGaussian(12))
	_, wideWant := wide.expected(wq)
	for _, c := range []struct {
		name string
		e    Estimator
		m    models.Model
		q    families.Distribution
		want float64
		safe bool
	}{
		{"Stan, Score with few draws", &Score{Draws: 26}, stan, q, stanWant, false},
		{"Stan, Pathwise of a product", &Pathwise{Draws: 16}, stan, pq, stanWant, false},
		{"toy, Price", &Price{}, toy, tq, full.Elbo - tq.Entropy(), true},
		{"toy, Stein", &Stein{}, toy, tq, full.Elbo - tq.Entropy(), true},
		{"toy, Stein with many frames", &Stein{Draws: 40}, toy, tq, full.Elbo - tq.Entropy(), false},
		{"toy, diagonal Stein", &Stein{}, toy, dq, diag.Elbo - dq.Entropy(), true},
		{"toy, Score", &Score{}, toy, tq, full.Elbo - tq.Entropy(), false},
		{"exponential, Stein", &Stein{}, wide, wq, wideWant, true},
		{"exponential, Stein with few draws", &Stein{Draws: 22}, wide, wq, wideWant, false},
		{"exponential, Price of 40", &Price{}, big, bq, bigWant, false},
		{"exponential, Score", &Score{}, wide, wq, wideWant, false},
	} {
		initOrFail(t, c.e, c.m, c.q.Family())
		hits, sq, se2 := 0, 0.0, 0.0
		for i := range uint64(reps) {
			_, s := estimateOrFail(t, c.e, c.q, Stream{Seed: 5, Iter: i})
			if math.Abs(s.ELogJoint-c.want) <= 2*s.StdErr {
				hits++
			}
			sq += (s.ELogJoint - c.want) * (s.ELogJoint - c.want) / reps
			se2 += s.StdErr * s.StdErr / reps
		}
		cover := float64(hits) / reps
		t.Logf("%s: coverage %.3f, standard error %.3g, true %.3g", c.name, cover, math.Sqrt(se2), math.Sqrt(sq))
		most := 0.99
		if c.safe {
			most = 1
		}
		if cover < 0.9 || cover > most {
			t.Errorf("%s: two standard errors (%.3g, true %.3g) cover in %v of %d seeds, want 0.9 to %v",
				c.name, math.Sqrt(se2), math.Sqrt(sq), cover, reps, most)
		}
	}
}
