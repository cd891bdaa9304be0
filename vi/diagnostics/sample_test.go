package diagnostics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"natgrad/vi/diagnostics"
)

var approx = cmpopts.EquateApprox(1e-10, 1e-12)

func mustSample(t *testing.T, draws []float64, dim int, logWeights []float64) *diagnostics.Sample {
	t.Helper()
	s, err := diagnostics.NewSample(draws, dim, logWeights)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Equal weights give what gonum gives.
func TestSampleEqualWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n, d = 500, 3
	x := make([]float64, n*d)
	for i := range n {
		z := rng.NormFloat64()
		x[i*d], x[i*d+1], x[i*d+2] = 5+z, 2*z+rng.NormFloat64(), rng.ExpFloat64()
	}
	equal := make([]float64, n)
	for i := range equal {
		equal[i] = 3
	}
	m := mat.NewDense(n, d, x)
	var want diagnostics.Moments
	for j := range d {
		col := mat.Col(nil, j, m)
		mean, sd := stat.MeanStdDev(col, nil)
		v := stat.Moment(2, col, nil)
		want.Mean = append(want.Mean, mean)
		want.SD = append(want.SD, sd)
		want.MeanMCSE = append(want.MeanMCSE, sd/math.Sqrt(n))
		want.SDMCSE = append(want.SDMCSE, math.Sqrt((stat.Moment(4, col, nil)-v*v)/(4*v*(n-1))))
	}
	var cov mat.SymDense
	stat.CovarianceMatrix(&cov, m, nil)
	for name, lw := range map[string][]float64{"nil": nil, "equal": equal} {
		s := mustSample(t, x, d, lw)
		if diff := cmp.Diff(&want, s.Moments(), approx); diff != "" {
			t.Errorf("%s weights: moments (-want +got):\n%s", name, diff)
		}
		got, err := s.Covariance(nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(mat.DenseCopyOf(&cov).RawMatrix().Data, got, approx); diff != "" {
			t.Errorf("%s weights: covariance (-want +got):\n%s", name, diff)
		}
		near(t, "ESS", s.ESS(), n, 1e-12)
	}
}

// Three draws, by hand: w = (½, ¼, ¼), x = (0, 1, 3), so x̄ = 1, v = 1½ and
// 1 − Σw² = ⅝.
func TestSampleByHand(t *testing.T) {
	nan := math.NaN()
	s := mustSample(t, []float64{0, nan, 1, 3}, 1, []float64{math.Log(2), math.Inf(-1), 0, 0})
	want := &diagnostics.Moments{
		Mean: []float64{1},
		SD:   []float64{math.Sqrt(1.5 / 0.625)},
		// Σw²(x − x̄)² = ¼·1 + 0 + 1/16·4 = ½
		MeanMCSE: []float64{math.Sqrt(0.5 / 0.625)},
		// Σw²((x − x̄)² − v)² = ¼·¼ + 1/16·2¼ + 1/16·6¼ = 19/32
		SDMCSE: []float64{math.Sqrt(19. / 32 / (4 * 1.5 * 0.625))},
	}
	if diff := cmp.Diff(want, s.Moments(), approx); diff != "" {
		t.Errorf("moments (-want +got):\n%s", diff)
	}
	near(t, "ESS", s.ESS(), 1/0.375, 1e-12)
	cov, err := s.Covariance(nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "covariance", cov[0], 1.5/0.625, 1e-12)
	// The draws stand at ¼, ⅝ and ⅞.
	got := s.Quantiles(nil, 0, 0.25, 0.4375, 0.625, 0.75, 0.9, 1)
	if diff := cmp.Diff([]float64{0, 0, 0.5, 1, 2, 3, 3}, got, approx); diff != "" {
		t.Errorf("quantiles (-want +got):\n%s", diff)
	}
}

func TestSampleQuantiles(t *testing.T) {
	// Definition 5 of Hyndman & Fan, as R's quantile(c(1, 4, 2, 8, 5), p, type = 5):
	// draw i of 5 in ascending order stands at (i − ½)/5.
	s := mustSample(t, []float64{1, -1, 4, -4, 2, -2, 8, -8, 5, -5}, 2, nil)
	got := s.Quantiles(make([]float64, 6), 0.25, 0.5, 0.8)
	if diff := cmp.Diff([]float64{1.75, -5.75, 4, -4, 6.5, -1.5}, got, approx); diff != "" {
		t.Errorf("quantiles (-want +got):\n%s", diff)
	}
}

// The standard errors are the standard deviations of the estimates over many
// runs: draws of N(0, 1) weighted to N(0.3, 0.9²).
func TestSampleMCSE(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const runs, n, mean, sd = 1500, 400, 0.3, 0.9
	var means, sds, meanVar, sdVar []float64
	for range runs {
		x := make([]float64, n)
		lw := make([]float64, n)
		for i := range x {
			x[i] = rng.NormFloat64()
			u := (x[i] - mean) / sd
			lw[i] = x[i]*x[i]/2 - u*u/2
		}
		m := mustSample(t, x, 1, lw).Moments()
		means = append(means, m.Mean[0])
		sds = append(sds, m.SD[0])
		meanVar = append(meanVar, m.MeanMCSE[0]*m.MeanMCSE[0])
		sdVar = append(sdVar, m.SDMCSE[0]*m.SDMCSE[0])
	}
	near(t, "mean of means", stat.Mean(means, nil), mean, 0.02)
	near(t, "mean of sds", stat.Mean(sds, nil), sd, 0.01)
	near(t, "standard error of means", math.Sqrt(stat.Mean(meanVar, nil)), stat.StdDev(means, nil), 0.06)
	near(t, "standard error of sds", math.Sqrt(stat.Mean(sdVar, nil)), stat.StdDev(sds, nil), 0.06)
}

// The mean and the covariance of weighted draws are those of the target, also
// off the diagonal.
func TestSampleCovarianceOfTarget(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const n = 200000
	x := make([]float64, 2*n)
	lw := make([]float64, n)
	for i := range n {
		a, b := rng.NormFloat64(), rng.NormFloat64()
		x[2*i], x[2*i+1] = a, b
		lw[i] = -0.3 * a * b // precision ((1, 0.3), (0.3, 1))
	}
	got, err := mustSample(t, x, 2, lw).Covariance(nil)
	if err != nil {
		t.Fatal(err)
	}
	const det = 1 - 0.3*0.3
	if diff := cmp.Diff([]float64{1 / det, -0.3 / det, -0.3 / det, 1 / det}, got, cmpopts.EquateApprox(0, 0.02)); diff != "" {
		t.Errorf("covariance (-want +got):\n%s", diff)
	}
}

func TestSampleExtremes(t *testing.T) {
	// A constant column has no error; powers of large numbers do not overflow.
	s := mustSample(t, []float64{2, 1e200, 2, -1e200, 2, 3e200}, 2, nil)
	m := s.Moments()
	want := &diagnostics.Moments{
		Mean:     []float64{2, 1e200},
		SD:       []float64{0, 2e200},
		MeanMCSE: []float64{0, 2e200 / math.Sqrt(3)},
		// v = 8/3, m₄ = 32/3: ((32/3 − 64/9)/(4·8/3·2))^½ = (1/6)^½
		SDMCSE: []float64{0, 1e200 / math.Sqrt(6)},
	}
	if diff := cmp.Diff(want, m, approx); diff != "" {
		t.Errorf("moments (-want +got):\n%s", diff)
	}
	_, err := s.Covariance(nil)
	wantError(t, "covariance", err, &diagnostics.ValueError{Of: "covariance", Index: 1, Column: 1, Got: math.Inf(1), Want: "a finite number: rescale the draws"})
}

func TestSampleRefuses(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	draws := []float64{1, 2, 3, nan, 5, 6}
	_, err := diagnostics.NewSample(draws, 2, nil)
	wantError(t, "a bad draw", err, &diagnostics.ValueError{Of: "draw", Index: 1, Column: 1, Got: nan, Want: "a number within ±4e307"})
	_, err = diagnostics.NewSample(draws, 2, []float64{0, 0, nan})
	wantError(t, "a bad weight", err, &diagnostics.ValueError{Of: "log weight", Index: 2, Column: -1, Got: nan, Want: "a number below +Inf"})
	_, err = diagnostics.NewSample(draws, 2, []float64{-inf, -inf, -inf})
	wantError(t, "no weight", err, &diagnostics.WeightError{Draws: 3, Alone: -1})
	_, err = diagnostics.NewSample(draws, 2, []float64{-inf, -inf, 0})
	wantError(t, "one draw", err, &diagnostics.WeightError{Draws: 3, Alone: 2})
	_, err = diagnostics.NewSample(draws, 2, []float64{-50, -inf, 0})
	wantError(t, "one draw but for rounding", err, &diagnostics.WeightError{Draws: 3, Alone: 2})
	if _, err = diagnostics.NewSample(draws, 2, []float64{0, -inf, 0}); err != nil {
		t.Errorf("a bad draw without weight: %v", err)
	}
	_, err = diagnostics.NewSample([]float64{1}, 1, nil)
	wantError(t, "one row", err, &diagnostics.CountError{Of: "draws", Got: 1, Want: 2})
	s := mustSample(t, []float64{1, 2, 3, 4}, 2, nil)
	for name, f := range map[string]func(){
		"dimension":   func() { diagnostics.NewSample(nil, 0, nil) },
		"draws":       func() { diagnostics.NewSample([]float64{1, 2, 3}, 2, nil) },
		"weights":     func() { diagnostics.NewSample([]float64{1, 2, 3, 4}, 2, []float64{0}) },
		"mean":        func() { s.Mean(make([]float64, 3)) },
		"covariance":  func() { s.Covariance(make([]float64, 2)) },
		"quantiles":   func() { s.Quantiles(make([]float64, 2), 0.1, 0.9) },
		"probability": func() { s.Quantiles(nil, nan) },
	} {
		if !panics(f) {
			t.Errorf("%s: no panic", name)
		}
	}
}

func TestSampleAllocs(t *testing.T) {
	s := mustSample(t, autoregressive(1, 600, 0, 0, 1), 3, nil)
	dst := make([]float64, 3)
	if n := testing.AllocsPerRun(20, func() { s.Mean(dst) }); n != 0 {
		t.Errorf("Mean allocates %v times", n)
	}
	cov := make([]float64, 9)
	if n := testing.AllocsPerRun(20, func() { s.Covariance(cov) }); n > 2 {
		t.Errorf("Covariance allocates %v times", n)
	}
}

// Draws of the standard normal, weighted to a normal with mean ½.
func ExampleSample_Moments() {
	rng := rand.New(rand.NewPCG(1, 2))
	draws := make([]float64, 4000)
	logRatios := make([]float64, len(draws))
	for i := range draws {
		z := rng.NormFloat64()
		draws[i] = z
		logRatios[i] = 0.5*z - 0.125
	}
	p, err := diagnostics.Smooth(logRatios)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := diagnostics.NewSample(draws, 1, p.LogWeights)
	if err != nil {
		fmt.Println(err)
		return
	}
	m := s.Moments()
	fmt.Printf("mean %.2f ± %.2f, sd %.2f ± %.2f\n", m.Mean[0], m.MeanMCSE[0], m.SD[0], m.SDMCSE[0])
	// Output:
	// mean 0.52 ± 0.02, sd 1.00 ± 0.02
}
