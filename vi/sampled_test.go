package vi_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"natgrad/models"
	"natgrad/models/ad"
	"natgrad/vi"
)

// canceling is a model that cancels a context at its at-th evaluation.
type canceling struct {
	models.Gradienter
	n, at  int
	cancel context.CancelFunc
}

func (m *canceling) LogJoint(z []float64) float64 {
	m.tick()
	return m.Gradienter.LogJoint(z)
}

func (m *canceling) LogJointGrad(g, z []float64) float64 {
	m.tick()
	return m.Gradienter.LogJointGrad(g, z)
}

func (m *canceling) tick() {
	if m.n++; m.n == m.at {
		m.cancel()
	}
}

// Whenever a fit is canceled, in the search, the fits, the probes or the check: it
// says so, is no success, and has a state.
func TestCanceledAtAnyTime(t *testing.T) {
	for _, m := range []models.Gradienter{eightSchools{}, bimodal{2, 0.5, 0}, contaminated{5, 0.1, 0, 5}} {
		for at := 1; ; at += 1 + at/8 {
			ctx, cancel := context.WithCancel(context.Background())
			c := &canceling{Gradienter: m, at: at, cancel: cancel}
			res, err := vi.Fit(ctx, vi.Problem{Model: c}, nil)
			cancel()
			if c.n < at {
				if at < 1000 {
					t.Errorf("%T: ended after %d evaluations", m, c.n)
				}
				break
			}
			var step *vi.StepError
			if !errors.As(err, &step) || !errors.Is(err, context.Canceled) {
				if err == nil && c.n < at+10 { // with the last draws
					continue
				}
				t.Fatalf("%T at %d: error %v", m, at, err)
			}
			if res == nil || res.Q == nil || res.Status != vi.Canceled || res.Verdict == vi.OK || res.Verdict == vi.Warn {
				t.Fatalf("%T at %d: status %v, verdict %v", m, at, res.Status, res.Verdict)
			}
			if c.n > at+2000 {
				t.Errorf("%T at %d: went on for %d evaluations", m, at, c.n-at)
			}
		}
	}
}

// The starts are as many as wanted: there was a panic from 100 on.
func TestManyStarts(t *testing.T) {
	for _, n := range []int{1, 2, 9, 120} {
		res := converged(t, vi.Problem{Model: bimodal{5, 0.3, 0}}, &vi.Settings{Starts: n, Check: -1})
		if len(res.Starts) < n {
			t.Errorf("%d starts: %d reports", n, len(res.Starts))
		}
	}
}

// An average over draws of a log-joint with kinks has its maximum at a kink, where
// its gradient is not 0: a fit that had come as near as it can ran on to the limit.
func TestKinksConverge(t *testing.T) {
	m := declared(t, func(m *ad.Model) func(p *ad.Tape) {
		x := m.Real("x", 10)
		return func(p *ad.Tape) { p.Follows(x, ad.Laplace(0, 1)) }
	})
	for seed := range uint64(3) {
		res := converged(t, vi.Problem{Model: m}, &vi.Settings{Seed: seed})
		if res.Verdict == vi.Fail || res.GradEvals > 10000 {
			t.Errorf("seed %d: %v, %d gradients: %q", seed, res.Verdict, res.GradEvals, res.Reasons)
		}
		for _, p := range res.Summary() {
			if !(math.Abs(p.Mean) < 0.1*math.Sqrt2) || !(math.Abs(math.Log(p.SD/math.Sqrt2)) < 0.1) {
				t.Errorf("seed %d: %s = %.3f ± %.3f, want 0 ± %.3f", seed, p.Name, p.Mean, p.SD, math.Sqrt2)
			}
		}
	}
}

// What is constant, as the first element of the Cholesky factor of a correlation
// matrix, varies by rounding: its estimates do not count as different, which they
// did by 167 %.
func TestConstantsDoNotCount(t *testing.T) {
	m := declared(t, func(m *ad.Model) func(p *ad.Tape) {
		l := m.CholeskyCorr("L", 2)
		return func(p *ad.Tape) { p.AddTerm(p.Mul(6, p.Log(p.At(l, 3)))) }
	})
	// The density of the correlation r is proportional to (1 − r²)^{6/2}.
	want := math.Sqrt(1. / 9)
	for seed := range uint64(5) {
		res := converged(t, vi.Problem{Model: m}, &vi.Settings{Seed: seed})
		if res.Verdict != vi.OK {
			t.Errorf("seed %d: %v: %q", seed, res.Verdict, res.Reasons)
		}
		if r := res.Summary()[2]; r.Name != "L[2,1]" || !(math.Abs(r.Mean) < 0.02) || !(math.Abs(r.SD/want-1) < 0.05) {
			t.Errorf("seed %d: %s = %.3f ± %.3f, want 0 ± %.3f", seed, r.Name, r.Mean, r.SD, want)
		}
	}
}
