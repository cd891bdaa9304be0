package vi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"natgrad/families"
	"natgrad/models"
	"natgrad/models/dataset"
	"natgrad/models/modeltest"
	"natgrad/vi"
)

// gaussianPosterior is one with strong correlations, in units that
// differ by factors of a thousand, and its covariance.
func gaussianPosterior(t testing.TB, d int, rnd *rand.Rand) (m *models.NormalKnownVariance, cov []float64) {
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
		m, cov := gaussianPosterior(t, d, rnd)
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
	Data, Preprocessing string
	Positive            float64 `json:"positive_label"`
	Prior               struct {
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
	if err == nil && strings.HasPrefix(c.Preprocessing, "each feature minus its mean") {
		data, err = dataset.NewStandardizer(data).Apply(data)
	}
	if err != nil {
		t.Fatal(err)
	}
	y, err := data.OneAgainstRest(fmt.Sprint(c.Positive))
	if err != nil {
		t.Fatal(err)
	}
	x := models.WithIntercept(data.X)
	_, d := x.Dims()
	precision := make([]float64, d)
	for j := range precision {
		precision[j] = c.Prior.Others
	}
	precision[0] = c.Prior.Intercept
	m, err := models.NewGLM(x, y, models.BernoulliLogit{}, precision)
	if err != nil {
		t.Fatal(err)
	}
	return m, c
}

// worstLog returns the largest |log(a/b)|.
func worstLog(a, b []float64) float64 {
	var worst float64
	for i, x := range a {
		worst = math.Max(worst, math.Abs(math.Log(x/b[i])))
	}
	return worst
}

// Logistic regression on real data: where the standard deviations of the fit are
// too small by up to a factor of three, those of the linear response are those of
// long Markov chains, and so are the correlations.
func TestLinearResponseOfLogisticRegression(t *testing.T) {
	for _, c := range []struct {
		name             string
		own, sd, full, r float64 // least error of the fit, largest of the response
	}{
		{"pima", 0.2, 0.03, 0.02, 0.03},
		{"heart_scale", 0.9, 0.06, 0.06, 0.06},
		{"ionosphere", 1, 0.1, 0.1, 0.1},
	} {
		m, ref := logisticOf(t, c.name)
		d := m.Dim()
		res := converged(t, vi.Problem{Model: m, Family: families.DiagGaussian(d)}, &vi.Settings{Check: -1})
		own := res.Q.(families.Gaussian).Cov(nil)
		for i, v := range own {
			own[i] = math.Sqrt(v)
		}
		lr := respond(t, res, m, 0, 1)
		sd := lr.SD(nil)
		var corr float64
		hmc := ref.HMC.Cov.flat()
		for i := range d {
			for j := range i {
				r := lr.Cov[i*d+j] / (sd[i] * sd[j])
				corr = math.Max(corr, math.Abs(r-hmc[i*d+j]/math.Sqrt(hmc[i*d+i]*hmc[j*d+j])))
			}
		}
		t.Logf("%s: |log sd/HMC| of the fit %.3f, of the response %.4f; /full Gaussian %.4f; correlations off by %.4f; distance %.3f; %d Hessians; mean err %.4f",
			c.name, worstLog(own, ref.HMC.SD), worstLog(sd, ref.HMC.SD), worstLog(sd, ref.Full.SD), corr, lr.Distance, lr.HessEvals, lr.MeanErr[0]/sd[0])
		if w := worstLog(own, ref.HMC.SD); !(w >= c.own) {
			t.Errorf("%s: sds of the fit are right to %.3f", c.name, w)
		}
		if w := worstLog(sd, ref.HMC.SD); !(w <= c.sd) {
			t.Errorf("%s: logarithms of sds off by %.3f from HMC", c.name, w)
		}
		if w := worstLog(sd, ref.Full.SD); !(w <= c.full) {
			t.Errorf("%s: logarithms of sds off by %.3f from the full Gaussian", c.name, w)
		}
		if !(corr <= c.r) {
			t.Errorf("%s: correlations off by %.3f", c.name, corr)
		}
	}
}

// Eight schools: μ, and log τ, whose standard deviation even the best full Gaussian
// has 38 % too small.
func TestLinearResponseOfEightSchools(t *testing.T) {
	g := gold(t).Schools
	m := eightSchools{}
	res := converged(t, vi.Problem{Model: m, Family: families.DiagGaussian(10)}, nil)
	own := res.Q.(families.Gaussian).Cov(nil)
	lr := respond(t, res, m, 0, 3)
	sd := lr.SD(nil)
	for _, c := range []struct {
		name              string
		j                 int
		exact, least, tol float64
	}{
		{"mu", 8, g.Exact.SDMu, 0.04, 0.04},
		{"log tau", 9, g.Exact.SDLogTau, 0.35, 0.12},
	} {
		before, after := math.Log(math.Sqrt(own[c.j])/c.exact), math.Log(sd[c.j]/c.exact)
		t.Logf("%s: log sd off by %.3f, linear response %.3f, by %d draws; distance %.3f", c.name, before, after, lr.Draws, lr.Distance)
		if !(before <= -c.least) || !(math.Abs(after) <= c.tol) {
			t.Errorf("%s: logarithm of the sd off by %.3f, by linear response %.3f", c.name, before, after)
		}
	}
	for j, want := range g.MeanField.Mean {
		if !(math.Abs(lr.Mean[j]-want) <= 3*lr.MeanErr[j]) {
			t.Errorf("mean %d: %.4f ± %.4f, want %.4f", j, lr.Mean[j], lr.MeanErr[j], want)
		}
	}
}

// The Monte Carlo error of the means is the spread over seeds of draws that are
// independent, and above it for those that are quasi-random and whitened.
func TestLinearResponseMeanErr(t *testing.T) {
	const d, rows, seeds = 24, 60, 40
	rnd := rand.New(rand.NewPCG(3, 3))
	x, y := make([]float64, rows*d), make([]float64, rows)
	for i := range x {
		x[i] = rnd.NormFloat64()
	}
	for i := range y {
		y[i] = float64(rnd.IntN(2))
	}
	precision := make([]float64, d)
	for i := range precision {
		precision[i] = 1
	}
	m := glm(t, rows, d, x, y, models.BernoulliLogit{}, precision)
	res := converged(t, vi.Problem{Model: m, Family: families.DiagGaussian(d)}, &vi.Settings{Check: -1})
	for _, c := range []struct {
		n      int
		lo, hi float64
	}{
		{4*d - 2, 0.85, 1.15}, // not whitened
		{4 * d, 0.05, 0.9},
	} {
		var mean, square, claimed [d]float64
		for seed := range uint64(seeds) {
			lr := respond(t, res, m, c.n, seed)
			for j, v := range lr.Mean {
				mean[j] += v / seeds
				square[j] += v * v / seeds
				claimed[j] += lr.MeanErr[j] * lr.MeanErr[j] / seeds
			}
		}
		var ratio float64
		for j := range d {
			ratio += (square[j] - mean[j]*mean[j]) * seeds / (seeds - 1) / claimed[j] / d
		}
		ratio = math.Sqrt(ratio)
		t.Logf("%d draws: spread over seeds / claimed error %.3f", c.n, ratio)
		if !(ratio >= c.lo && ratio <= c.hi) {
			t.Errorf("%d draws: spread over seeds / claimed error %.3f, want %v to %v", c.n, ratio, c.lo, c.hi)
		}
	}
}

// The same seed gives the same bits for any number of goroutines, and leaves the
// Result alone; another seed gives others.
func TestLinearResponseBits(t *testing.T) {
	m := hours()
	res := converged(t, vi.Problem{Model: m, Family: families.DiagGaussian(2)}, nil)
	before := *res
	λ := res.Q.Natural(nil)
	first := respond(t, res, m, 101, 5)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, procs := range []int{1, 3, 7} {
		runtime.GOMAXPROCS(procs)
		if got := respond(t, res, m, 101, 5); !cmp.Equal(got, first) {
			t.Errorf("%d goroutines: %s", procs, cmp.Diff(first, got))
		}
	}
	if got := respond(t, res, m, 101, 6); cmp.Equal(got.Cov, first.Cov) {
		t.Error("another seed gives the same bits")
	}
	if first.Draws != 102 {
		t.Errorf("%d draws", first.Draws)
	}
	if !cmp.Equal(res.Q.Natural(nil), λ) || res.GradEvals != before.GradEvals || res.HessEvals != before.HessEvals {
		t.Error("the Result has changed")
	}
}

// The intercept and the slope of a regression are strongly correlated, of which
// independent coordinates know nothing.
func ExampleResult_LinearResponse() {
	m := hours()
	res, err := vi.Fit(context.Background(), vi.Problem{Model: m, Family: families.DiagGaussian(2)}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	lr, err := res.LinearResponse(context.Background(), m, 0, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	own, sd := res.Q.(families.Gaussian).Cov(nil), lr.SD(nil)
	fmt.Printf("intercept %.2f ± %.2f, not %.2f\n", lr.Mean[0], sd[0], math.Sqrt(own[0]))
	fmt.Printf("hours     %.2f ± %.2f, not %.2f\n", lr.Mean[1], sd[1], math.Sqrt(own[1]))
	fmt.Printf("correlation %.2f\n", lr.Cov[1]/(sd[0]*sd[1]))
	// Output:
	// intercept -2.79 ± 1.62, not 0.79
	// hours     0.93 ± 0.55, not 0.27
	// correlation -0.87
}
