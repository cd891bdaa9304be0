package vi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/models/dataset"
	"natgrad/models/modeltest"
	"natgrad/vi"
)

// quadratic is a Gaussian posterior with strong correlations, in units that
// differ by factors of a thousand, and its covariance.
func quadratic(t testing.TB, d int, rnd *rand.Rand) (m *models.NormalKnownVariance, cov []float64) {
	t.Helper()
	a := mat.NewDense(d, d+1, nil)
	unit := make([]float64, d)
	for i := range d {
		unit[i] = math.Exp(math.Log(1000) * (rnd.Float64() - 0.5))
		for j := range d + 1 {
			a.Set(i, j, rnd.NormFloat64()/unit[i])
		}
	}
	var p, v mat.Dense
	p.Mul(a, a.T())
	prior := eye(d, 0)
	mean := make([]float64, d)
	for i := range d {
		prior[i*d+i] = 0.1 / (unit[i] * unit[i])
		mean[i] = 3 * unit[i]
	}
	y := make([]float64, 2*d)
	for i := range y {
		y[i] = unit[i%d] * rnd.NormFloat64()
	}
	m, err := models.NewNormalKnownVariance(y, p.RawMatrix().Data, mean, prior)
	if err != nil {
		t.Fatal(err)
	}
	p.Scale(2, &p)
	p.Add(&p, mat.NewDense(d, d, prior))
	if err := v.Inverse(&p); err != nil {
		t.Fatal(err)
	}
	return m, v.RawMatrix().Data
}

func respond(t testing.TB, res *vi.Result, m models.Model, n int, seed uint64) *vi.LinearResponse {
	t.Helper()
	lr, err := res.LinearResponse(context.Background(), m, n, seed)
	if err != nil {
		t.Fatal(err)
	}
	return lr
}

// nearCov reports entries that differ by more than tol standard deviations.
func nearCov(t testing.TB, tol float64, what string, got, want []float64, d int) {
	t.Helper()
	var worst float64
	for i := range d {
		for j := range d {
			worst = math.Max(worst, math.Abs(got[i*d+j]-want[i*d+j])/math.Sqrt(want[i*d+i]*want[j*d+j]))
		}
	}
	if !(worst <= tol) {
		t.Errorf("%s: covariance off by %.2g, in units of standard deviations", what, worst)
	}
}

// A Gaussian posterior: the covariance is exact, by Hessians, by differences of
// gradients, and with fewer draws than coordinates.
func TestLinearResponseOfGaussian(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 50))
	for _, d := range []int{1, 2, 5, 20} {
		m, cov := quadratic(t, d, rnd)
		res := converged(t, vi.Problem{Model: m, Family: families.DiagGaussian(d)}, nil)
		for _, c := range []struct {
			name string
			m    models.Model
			n    int
			tol  float64
		}{
			{"Hessian", m, 0, 1e-10},
			{"few draws", m, 6 * d, 1e-10},
			{"gradient", gradients{m}, 0, 1e-8},
		} {
			lr := respond(t, res, c.m, c.n, uint64(d))
			nearCov(t, c.tol, fmt.Sprintf("d = %d, %s", d, c.name), lr.Cov, cov, d)
			exact := c.name != "gradient"
			if (lr.HessEvals == 0) == exact || (lr.GradEvals == 0) != exact {
				t.Errorf("%s: %d Hessians, %d gradients", c.name, lr.HessEvals, lr.GradEvals)
			}
			sd := lr.SD(nil)
			for i, s := range sd {
				if !(lr.MeanErr[i] <= 1e-8*s) || !(math.Abs(s-math.Sqrt(cov[i*d+i])) <= 1e-8*s) {
					t.Errorf("d = %d, %s: sd %g, error of the mean %g", d, c.name, s, lr.MeanErr[i])
				}
			}
		}
	}
}

// The definition: the covariance is the derivative of the optimum of the same
// average in a tilt of the log-joint, which the means of tilted fits tell.
func TestLinearResponseIsADerivative(t *testing.T) {
	const n, h = 200, 1e-3
	m := eightSchools{}
	f := families.DiagGaussian(10)
	res := converged(t, vi.Problem{Model: m, Family: f}, nil)
	lr := respond(t, res, m, n, 7)
	for j := range 10 {
		hi := respond(t, res, tilted{m, j, h}, n, 7).Mean
		lo := respond(t, res, tilted{m, j, -h}, n, 7).Mean
		for i := range hi {
			got, want := lr.Cov[i*10+j], (hi[i]-lo[i])/(2*h)
			if scale := math.Sqrt(lr.Cov[i*10+i] * lr.Cov[j*10+j]); !(math.Abs(got-want) <= 1e-4*scale) {
				t.Errorf("∂m_%d/∂t_%d: %.8g, by differences %.8g", i, j, got, want)
			}
		}
	}
}

// tilted adds t z_j to a log-joint.
type tilted struct {
	models.Gradienter
	j int
	t float64
}

func (m tilted) LogJointGrad(grad, z []float64) float64 {
	f := m.Gradienter.LogJointGrad(grad, z)
	grad[m.j] += m.t
	return f + m.t*z[m.j]
}

// logisticCase is a logistic regression on real data with reference moments.
type logisticCase struct {
	Data     string
	Positive float64 `json:"positive_label"`
	Prior    struct {
		Intercept, Others float64
	} `json:"prior_precision"`
	Diag gaussianOptimum `json:"meanfield_gaussian"`
	Full gaussianOptimum `json:"full_gaussian"`
	HMC  gaussianOptimum `json:"mcmc"`
}

func logisticOf(t testing.TB, name string) (*models.GLM, *logisticCase) {
	t.Helper()
	path := modeltest.Shared(t, "data/derived_logistic/"+name+".json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := new(logisticCase)
	if err := json.Unmarshal(text, c); err != nil {
		t.Fatal(err)
	}
	data, err := dataset.Open(filepath.Join(filepath.Dir(path), "..", filepath.FromSlash(c.Data)), &dataset.Options{Storage: dataset.Dense})
	if err != nil {
		t.Fatal(err)
	}
	n, d := data.X.Dims()
	_ = n
	_ = d
	return nil, c
}
