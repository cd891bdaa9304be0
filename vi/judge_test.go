package vi

import (
	"context"
	"math"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
)

// judged returns a result of which everything is well, for a test to spoil.
func judged() *Result {
	const n = 4000
	one := []Marginal{{Name: "z", SD: 1, MeanErr: 0.01, SDErr: 0.01}}
	return &Result{
		Q: families.FullGaussian(2).New(), Status: Converged, Even: true,
		Draws: &Draws{LogP: make([]float64, n), FromQ: 1000}, KHat: 0.2, WeightsKHat: 0.2, ESS: 3900,
		Params: one, Resampled: append([]Marginal(nil), one...),
		Starts: StartReports{{Mode: 0, ELBO: -10}, {Mode: 0, ELBO: -10}},
	}
}

// The limits of the verdict, one at a time.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name     string
		spoil    func(r *Result)
		want     Verdict
		resample bool
	}{
		{"all well", func(r *Result) {}, OK, false},
		{"not converged", func(r *Result) { r.Status = IterationLimit }, Fail, false},
		{"stalled", func(r *Result) { r.Status = Stalled }, Fail, false},
		{"few draws", func(r *Result) { r.Sampling = 0.1 }, Warn, false},
		{"far too few draws", func(r *Result) { r.Sampling = 0.3 }, Fail, false},
		{"no number for the draws", func(r *Result) { r.Sampling = math.NaN() }, Fail, false},
		{"a rival mode", func(r *Result) { r.Starts[1] = StartReport{Mode: 1, ELBO: -15} }, Fail, false},
		{"a lesser mode", func(r *Result) { r.Starts[1] = StartReport{Mode: 1, ELBO: -18} }, Warn, false},
		{"several peaks", func(r *Result) { r.Peaks = 2 }, Warn, false},
		{"one peak", func(r *Result) { r.Peaks = 1 }, OK, false},
		{"a heavy tail of even weights", func(r *Result) { r.KHat, r.WeightsKHat = 2, 2 }, OK, false},
		{"a heavy tail", func(r *Result) { r.Even, r.ESS, r.WeightsKHat = false, 1000, 0.72 }, Fail, false},
		{"nearly a heavy tail", func(r *Result) { r.Even, r.ESS, r.WeightsKHat = false, 1000, 0.68 }, OK, false},
		{"a heavy tail where most draws count", func(r *Result) { r.Even, r.ESS, r.WeightsKHat = false, 2100, 0.9 }, OK, false},
		{"no mean where most draws count", func(r *Result) { r.Even, r.ESS, r.WeightsKHat = false, 2100, 1.1 }, Fail, false},
		{"few draws that count", func(r *Result) { r.Even, r.ESS = false, 90 }, Fail, false},
		{"tails heavier than those of q", func(r *Result) { r.Even, r.ESS, r.TailsKHat = false, 600, 0.8 }, Warn, false},
		{"q too light", func(r *Result) { r.Even, r.ESS, r.KHat = false, 1000, 0.75 }, Warn, true},
		{"means a little apart", func(r *Result) { r.Resampled[0].Mean = 0.08 }, OK, true},
		{"means apart within their noise", func(r *Result) { r.Resampled[0].Mean, r.Resampled[0].MeanErr = 0.08, 0.03 }, OK, false},
		{"means apart", func(r *Result) { r.Resampled[0].Mean = -0.25 }, Warn, true},
		{"standard deviations apart", func(r *Result) { r.Resampled[0].SD = 1.3 }, Warn, true},
		{"estimates that are noise", func(r *Result) { r.Resampled[0].Mean, r.Resampled[0].MeanErr = 0.06, 0.12 }, Warn, false},
		{"a constant", func(r *Result) { r.Resampled[0] = Marginal{Mean: 1, SD: 1e-16} }, OK, false},
		{"NaN of q", func(r *Result) { r.Draws.Bad, r.Draws.BadFromQ = 1, 1 }, Fail, false},
		{"NaN beyond", func(r *Result) { r.Draws.Bad = 5 }, Warn, false},
		{"one NaN beyond", func(r *Result) { r.Draws.Bad = 1 }, OK, false},
	} {
		r := judged()
		c.spoil(r)
		r.judge()
		if r.Verdict != c.want || r.Resample != c.resample {
			t.Errorf("%s: %v, resample %v, want %v, %v: %q", c.name, r.Verdict, r.Resample, c.want, c.resample, r.Reasons)
		}
		if len(r.Reasons) == 0 {
			t.Errorf("%s: no reason", c.name)
		}
	}
}

// logGamma is the logarithm of a gamma variable, which is skewed.
type logGamma struct{}

func (logGamma) Dim() int                       { return 1 }
func (m logGamma) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 1), z) }
func (logGamma) LogJointGrad(g, z []float64) float64 {
	e := math.Exp(z[0])
	g[0] = 2 - e
	return 2*z[0] - e
}

// Sampling is what other draws would change: of the size that fits with other seeds
// differ by, and draws grow where it is too large, unless it is said how many.
func TestSamplingIsHonest(t *testing.T) {
	var far, said float64
	best, err := Fit(context.Background(), Problem{Model: logGamma{}}, &Settings{Tolerance: 1e-6, Check: -1, Estimator: &estimators.SampleAverage{Draws: 1 << 14}})
	if err != nil {
		t.Fatal(err)
	}
	const n = 20
	for seed := range uint64(n) {
		res, err := Fit(context.Background(), Problem{Model: logGamma{}}, &Settings{Tolerance: 1e-6, Check: -1, Estimator: &estimators.SampleAverage{Draws: 8, Seed: 100 * seed}})
		if err != nil {
			t.Fatal(err)
		}
		if res.Averaged != 8 {
			t.Fatalf("%d draws, want 8", res.Averaged)
		}
		e := moved(best.Q.(families.Gaussian), res.Q.(families.Gaussian))
		far, said = far+e*e/n, said+res.Sampling*res.Sampling/n
	}
	if r := math.Sqrt(said / far); !(r > 1./3 && r < 3) {
		t.Errorf("sampling error %.4f, said %.4f", math.Sqrt(far), math.Sqrt(said))
	}
	grown, err := Fit(context.Background(), Problem{Model: halfNormalLog{}}, nil)
	if err != nil || grown.Averaged <= fewDraws || grown.Sampling > samplingError {
		t.Errorf("%d draws, sampling error %.3f: %v", grown.Averaged, grown.Sampling, err)
	}
}

// halfNormalLog is the logarithm of a half-normal variable.
type halfNormalLog struct{}

func (halfNormalLog) Dim() int                       { return 1 }
func (m halfNormalLog) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 1), z) }
func (halfNormalLog) LogJointGrad(g, z []float64) float64 {
	e := math.Exp(2 * z[0])
	g[0] = 1 - e
	return z[0] - e/2
}
