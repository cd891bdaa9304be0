package vi_test

import (
	"context"
	"math"
	"testing"

	"natgrad/models"
	"natgrad/models/ad"
	"natgrad/vi"
)

// declared returns a model of one declared quantity.
func declared(t testing.TB, declare func(m *ad.Model) func(p *ad.Tape)) *ad.Model {
	t.Helper()
	m := new(ad.Model)
	if err := m.Density(declare(m)); err != nil {
		t.Fatal(err)
	}
	return m
}

// jointT is the multivariate t distribution of d coordinates, normalised.
type jointT struct {
	d int
	ν float64
}

func (m jointT) Dim() int                     { return m.d }
func (m jointT) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, m.d), z) }
func (m jointT) LogJointGrad(g, z []float64) float64 {
	d := float64(m.d)
	r2 := inner(z, z)
	for j, v := range z {
		g[j] = -(m.ν + d) / (m.ν + r2) * v
	}
	a, _ := math.Lgamma((m.ν + d) / 2)
	b, _ := math.Lgamma(m.ν / 2)
	return a - b - d/2*math.Log(m.ν*math.Pi) - (m.ν+d)/2*math.Log1p(r2/m.ν)
}

// contaminated is a mixture of N(0, I) and N(at·1, sd²I) with weights 1 − w and w.
type contaminated struct {
	d         int
	w, at, sd float64
}

func (m contaminated) Dim() int { return m.d }
func (m contaminated) LogJoint(z []float64) float64 {
	return m.LogJointGrad(make([]float64, m.d), z)
}
func (m contaminated) LogJointGrad(g, z []float64) float64 {
	d := float64(m.d)
	u, v := math.Log1p(-m.w), math.Log(m.w)-d*math.Log(m.sd)
	for _, x := range z {
		e := (x - m.at) / m.sd
		u, v = u-x*x/2, v-e*e/2
	}
	top := math.Max(u, v)
	eu, ev := math.Exp(u-top), math.Exp(v-top)
	for j, x := range z {
		g[j] = -(eu*x + ev*(x-m.at)/(m.sd*m.sd)) / (eu + ev)
	}
	return top + math.Log(eu+ev) - d/2*math.Log(2*math.Pi)
}

// Draws of a Gaussian have even weights for these, whose tails and lesser modes they
// do not reach: the verdict was OK with standard deviations off by a third and more.
func TestTailsBeyondTheDraws(t *testing.T) {
	for _, c := range []struct {
		name     string
		m        models.Model
		mean, sd float64
	}{
		{"t of 4 degrees of freedom", jointT{1, 4}, 0, math.Sqrt2},
		{"t of 5 in three dimensions", jointT{3, 5}, 0, math.Sqrt(5. / 3)},
		{"a tenth five times as wide", contaminated{1, 0.1, 0, 5}, 0, math.Sqrt(3.4)},
		{"the same in two dimensions", contaminated{2, 0.1, 0, 5}, 0, math.Sqrt(3.4)},
		{"the same in ten", contaminated{10, 0.1, 0, 5}, 0, math.Sqrt(3.4)},
		{"half four times as wide", contaminated{5, 0.5, 0, 4}, 0, math.Sqrt(8.5)},
		{"a tenth 5 away", contaminated{2, 0.1, 5 / math.Sqrt2, 1}, 0.5 / math.Sqrt2, math.Sqrt(1 + 0.09*12.5)},
	} {
		for seed := range uint64(5) {
			res := fit(t, vi.Problem{Model: c.m}, &vi.Settings{Seed: seed})
			plain := res.Params[0]
			if e := math.Abs(math.Log(plain.SD / c.sd)); res.Verdict == vi.OK && e > 0.2 {
				t.Errorf("%s, seed %d: OK with sd %.3f, want %.3f", c.name, seed, plain.SD, c.sd)
			}
			if res.Verdict == vi.Fail {
				t.Errorf("%s, seed %d: fail: %q", c.name, seed, res.Reasons)
			}
			for _, p := range res.Summary() {
				if !(math.Abs(p.Mean-c.mean) < 0.12*c.sd) || !(math.Abs(math.Log(p.SD/c.sd)) < 0.12) {
					t.Errorf("%s, seed %d: %s = %.3f ± %.3f, want %.3f ± %.3f", c.name, seed, p.Name, p.Mean, p.SD, c.mean, c.sd)
				}
			}
		}
	}
}

// Of one skewed parameter the weights are bounded and even, whatever shape their
// largest have: the verdict was to fail.
func TestSkewedParameterIsUsable(t *testing.T) {
	for _, c := range []struct {
		name     string
		declare  func(m *ad.Model) func(p *ad.Tape)
		mean, sd float64
	}{
		{"gamma, shape 0.5", func(m *ad.Model) func(p *ad.Tape) {
			x := m.Positive("x")
			return func(p *ad.Tape) { p.Follows(x, ad.Gamma(0.5, 2)) }
		}, 0.25, math.Sqrt(0.5) / 2},
		{"exponential", func(m *ad.Model) func(p *ad.Tape) {
			x := m.Positive("x")
			return func(p *ad.Tape) { p.Follows(x, ad.Exponential(2)) }
		}, 0.5, 0.5},
		{"half-normal", func(m *ad.Model) func(p *ad.Tape) {
			x := m.Positive("x")
			return func(p *ad.Tape) { p.Follows(x, ad.HalfNormal(1)) }
		}, math.Sqrt(2 / math.Pi), math.Sqrt(1 - 2/math.Pi)},
		{"beta near 0", func(m *ad.Model) func(p *ad.Tape) {
			x := m.Unit("x")
			return func(p *ad.Tape) { p.Follows(x, ad.Beta(0.5, 20)) }
		}, 0.5 / 20.5, math.Sqrt(10/21.5) / 20.5},
	} {
		for seed := range uint64(3) {
			res := fit(t, vi.Problem{Model: declared(t, c.declare)}, &vi.Settings{Seed: seed})
			p := res.Summary()[0]
			if res.Verdict == vi.Fail || !(math.Abs(p.Mean-c.mean) < 0.02*c.sd) || !(math.Abs(p.SD/c.sd-1) < 0.02) {
				t.Errorf("%s, seed %d: %v %.4f ± %.4f, want %.4f ± %.4f: %q", c.name, seed, res.Verdict, p.Mean, p.SD, c.mean, c.sd, res.Reasons)
			}
		}
	}
}

// The Gaussian is exact for the logarithm, and a thousand draws are still too few for
// the standard deviation of the quantity itself, whose kurtosis is nine million.
func TestFewDrawsOfAHeavyQuantity(t *testing.T) {
	m := declared(t, func(m *ad.Model) func(p *ad.Tape) {
		x := m.Positive("x")
		return func(p *ad.Tape) { p.Follows(x, ad.LogNormal(0, 2)) }
	})
	mean, sd := math.Exp(2), math.Exp(2)*math.Sqrt(math.Expm1(4))
	for seed := range uint64(3) {
		res := fit(t, vi.Problem{Model: m}, &vi.Settings{Seed: seed})
		p := res.Summary()[0]
		if res.Verdict == vi.OK || !(math.Abs(p.Mean-mean) < 0.05*sd) || !(math.Abs(math.Log(p.SD/sd)) < 0.1) {
			t.Errorf("seed %d: %v, %.2f ± %.2f, want %.2f ± %.2f", seed, res.Verdict, p.Mean, p.SD, mean, sd)
		}
	}
}

// The evidence of a normalised density is 1, from whichever proposals draws come.
func TestEvidenceOfNormalised(t *testing.T) {
	for _, c := range []struct {
		name string
		m    models.Model
	}{
		{"t in one dimension", jointT{1, 4}},
		{"t in three", jointT{3, 3}},
		{"t in ten", jointT{10, 5}},
		{"t in thirty", jointT{30, 8}},
		{"a tenth five times as wide", contaminated{5, 0.1, 0, 5}},
		{"a tenth 3 away", contaminated{2, 0.1, 3 / math.Sqrt2, 1}},
		{"normal", contaminated{4, 0.5, 0, 1}},
	} {
		res := fit(t, vi.Problem{Model: c.m}, nil)
		if e := math.Abs(res.Evidence); !(e < 0.02+3*res.EvidenceStdErr) || e > 0.1 {
			t.Errorf("%s: log-evidence %.4f ± %.4f, want 0", c.name, res.Evidence, res.EvidenceStdErr)
		}
	}
}

// A Gaussian stays one, and little more is spent on values of the log-joint, to look
// for other modes, than the
// draws that look at it.
func TestTailsOfAGaussian(t *testing.T) {
	for _, d := range []int{1, 7, 40} {
		res := fit(t, vi.Problem{Model: contaminated{d, 0.5, 0, 1}}, nil)
		if res.Verdict != vi.OK || !res.Even || res.Resample || res.ModelEvals > 1500+200+20*d {
			t.Errorf("%d dimensions: %v, even %v, resample %v, %d values: %q", d, res.Verdict, res.Even, res.Resample, res.ModelEvals, res.Reasons)
		}
		if n := res.Draws.Len(); n <= res.Draws.FromQ {
			t.Errorf("%d dimensions: %d draws, %d of them from q", d, n, res.Draws.FromQ)
		}
	}
}

// A log-joint of straight pieces has no curvature to begin with.
func TestLaplace(t *testing.T) {
	m := declared(t, func(m *ad.Model) func(p *ad.Tape) {
		x := m.Real("x")
		return func(p *ad.Tape) { p.Follows(x, ad.Laplace(3, 2)) }
	})
	res := fit(t, vi.Problem{Model: m}, nil)
	if p := res.Summary()[0]; !(math.Abs(p.Mean-3) < 0.1) || !(math.Abs(p.SD/(2*math.Sqrt2)-1) < 0.05) {
		t.Errorf("%v: %.3f ± %.3f, want 3 ± %.3f: %q", res.Verdict, p.Mean, p.SD, 2*math.Sqrt2, res.Reasons)
	}
}

// nanBeyond is a standard Gaussian, but for a NaN beyond a radius.
type nanBeyond struct {
	d int
	r float64
}

func (m nanBeyond) Dim() int                     { return m.d }
func (m nanBeyond) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, m.d), z) }
func (m nanBeyond) LogJointGrad(g, z []float64) float64 {
	r2 := inner(z, z)
	for j, v := range z {
		g[j] = -v
	}
	if r2 > m.r*m.r {
		return math.NaN()
	}
	return -r2 / 2
}

// What is not a number counts against an answer where the answer is: there the
// verdict is to fail. Draws of wider proposals go where no posterior mass is.
func TestNaNBeyond(t *testing.T) {
	for _, c := range []struct {
		r    float64
		want vi.Verdict
	}{{30, vi.OK}, {6, vi.Warn}, {3.5, vi.Fail}} {
		res, err := vi.Fit(context.Background(), vi.Problem{Model: nanBeyond{2, c.r}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.Verdict != c.want || c.want == vi.Fail && res.Draws.BadFromQ == 0 || res.Draws.Bad < res.Draws.BadFromQ {
			t.Errorf("NaN beyond %g: %v, want %v; bad %d, of q %d: %q", c.r, res.Verdict, c.want, res.Draws.Bad, res.Draws.BadFromQ, res.Reasons)
		}
	}
}
