package vi_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// sklearnCase is one of testdata/mixture.json, which says how it was made.
type sklearnCase struct {
	Data                  string
	Components            int
	Covariance, Weights   string
	Step1, Step2, Optimum *mixturePosterior
	Resp                  []float64
}

// model returns the mixture of a case and its start. scikit-learn's tied covariances
// are ours with priors multiplied by the number of components.
func (c *sklearnCase) model(t *testing.T) (*models.Mixture, families.Family, families.Natural, func(families.Natural) mixturePosterior) {
	y, d := mixtureData(t, c.Data)
	n, k := len(y)/d, c.Components
	cov := models.FullCovariance
	for cov.String() != c.Covariance {
		cov++
	}
	w := models.DirichletWeights
	if c.Weights == "dirichlet_process" {
		w = models.NestedStickWeights
	}
	var prior models.GaussPrior
	if cov == models.TiedCovariance {
		prior.DoF = float64(k * d)
		prior.Scale = covarianceOf(y, d)
		for i := range prior.Scale {
			prior.Scale[i] *= float64(k)
		}
	}
	m, f := gaussMixture(t, y, d, k, cov, &prior, w)
	resp := make([]float64, n*k)
	for i := range n {
		var sum float64
		for j := range k {
			r := &resp[i*k+j]
			switch c.Data {
			case "sines":
				*r = 1.1 + math.Sin(float64(i*(j+2)))
			case "faithful":
				if (y[i*d] > 3) == (j == 1) {
					*r = 1
				}
			default:
				if i*k/n == j {
					*r = 1
				}
			}
			sum += *r
		}
		for j := range k {
			resp[i*k+j] /= sum
		}
	}
	decode := func(λ families.Natural) mixturePosterior {
		p := posteriorOf(m, λ, d, cov, w)
		if cov == models.TiedCovariance {
			p.Dof[0] /= float64(k)
		}
		return p
	}
	return m, f, naturalOf(m, resp, w), decode
}

// covarianceOf returns that of the rows, with divisor n−1.
func covarianceOf(y []float64, d int) []float64 {
	n := len(y) / d
	mean, cov := make([]float64, d), make([]float64, d*d)
	for i, v := range y {
		mean[i%d] += v / float64(n)
	}
	for i := range n {
		for a := range d {
			for b := range d {
				cov[a*d+b] += (y[i*d+a] - mean[a]) * (y[i*d+b] - mean[b]) / float64(n-1)
			}
		}
	}
	return cov
}

// within compares numbers relative to the largest of their kind.
func within(tol float64) cmp.Option {
	return cmp.Comparer(func(a, b []float64) bool {
		if len(a) != len(b) {
			return false
		}
		var size float64
		for _, v := range a {
			size = max(size, math.Abs(v))
		}
		for i, v := range a {
			if !(math.Abs(v-b[i]) <= tol*size) {
				return false
			}
		}
		return true
	})
}

func sklearnCases(t *testing.T) []sklearnCase {
	b, err := os.ReadFile("testdata/mixture.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []sklearnCase }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

// From the same responsibilities, each step is that of scikit-learn.
func TestMixtureStepsAreThoseOfSklearn(t *testing.T) {
	var done int
	for _, c := range sklearnCases(t) {
		if c.Step1 == nil {
			continue
		}
		t.Run(c.Covariance+" "+c.Weights, func(t *testing.T) {
			m, f, λ, decode := c.model(t)
			if diff := cmp.Diff(*c.Step1, decode(λ), within(1e-12)); diff != "" {
				t.Errorf("first step, of given responsibilities: %s", diff)
			}
			e := new(estimators.Local)
			if err := e.Init(m, f); err != nil {
				t.Fatal(err)
			}
			q := f.New()
			if !q.SetNatural(λ) {
				t.Fatal("outside the domain")
			}
			if _, err := e.Estimate(context.Background(), λ, q, estimators.Stream{}); err != nil {
				t.Fatal(err)
			}
			m.Expect(q.Natural(nil), q.Mean(nil))
			resp := make([]float64, len(c.Resp))
			m.Responsibilities(resp, 0, m.NumData())
			if diff := cmp.Diff(c.Resp, resp, within(1e-11)); diff != "" {
				t.Errorf("responsibilities: %s", diff)
			}
			if diff := cmp.Diff(*c.Step2, decode(λ), within(1e-11)); diff != "" {
				t.Errorf("second step: %s", diff)
			}
		})
		done++
	}
	if done != 8 {
		t.Errorf("%d cases, want 8", done)
	}
}

// From the same start, the optimum is that of scikit-learn.
func TestMixtureOptimaAreThoseOfSklearn(t *testing.T) {
	for _, c := range sklearnCases(t) {
		if c.Optimum == nil {
			continue
		}
		t.Run(c.Data+" "+c.Covariance+" "+c.Weights, func(t *testing.T) {
			m, f, λ, decode := c.model(t)
			start := f.New()
			if !start.SetNatural(λ) {
				t.Fatal("start outside the domain")
			}
			res, err := vi.Fit(context.Background(), vi.Problem{Model: m, Family: f},
				&vi.Settings{Start: start, Tolerance: 1e-8, Check: -1})
			if err != nil || res.Status != vi.Converged || res.Estimator != "Local" {
				t.Fatalf("%v by %s after %d steps, error %v", res.Status, res.Estimator, res.Iterations, err)
			}
			if diff := cmp.Diff(*c.Optimum, decode(res.Q.Natural(nil)), within(1e-6)); diff != "" {
				t.Errorf("optimum: %s", diff)
			}
		})
	}
}
