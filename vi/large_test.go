package vi_test

import (
	"math"
	"testing"

	"natgrad/families"
	"natgrad/vi"
)

// chainModel is a Gaussian chain of many parameters, z₁ ~ N(1, 1) and
// z_j ~ N(φ z_{j−1}, 1), each with a quartic term: not Gaussian, and strongly
// concave.
type chainModel struct{ d int }

func (m chainModel) Dim() int                     { return m.d }
func (m chainModel) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, m.d), z) }
func (m chainModel) LogJointGrad(g, z []float64) float64 {
	const φ = 0.3
	clear(g)
	var l float64
	last := 1 / φ
	for j, x := range z {
		r := x - φ*last
		l -= 0.5*r*r + 0.5*math.Log(2*math.Pi) + 0.01*x*x*x*x
		g[j] -= r + 0.04*x*x*x
		if j > 0 {
			g[j-1] += φ * r
		}
		last = x
	}
	return l
}

// Beyond a few hundred parameters the default has independent coordinates. Their
// optimum is found by another estimator too.
func TestManyParameters(t *testing.T) {
	m := chainModel{1000}
	res := converged(t, vi.Problem{Model: m}, nil)
	q := res.Q.(families.Gaussian)
	if q.CovLen() != m.d || res.Estimator != "SampleAverage" {
		t.Fatalf("%v by %s", q.Family(), res.Estimator)
	}
	// The stationary conditions of a coordinate in the middle of the chain: E ∂ = 0
	// and 1/v = −E ∂² = 1 + φ² + 0.12 (m² + v).
	mean, v := q.Loc(nil), q.Cov(nil)
	for j := 100; j < 900; j += 100 {
		if want := 1 / (1 + 0.09 + 0.12*(mean[j]*mean[j]+v[j])); !(math.Abs(v[j]/want-1) < 0.15) {
			t.Errorf("variance %d is %g, want %g", j, v[j], want)
		}
		if !(math.Abs(mean[j]) < 0.15*math.Sqrt(v[j])) {
			t.Errorf("mean %d is %g, want 0", j, mean[j])
		}
	}
	t.Logf("%d gradients, %v, sampling %.3f, %v %q", res.GradEvals, res.Runtime, res.Sampling, res.Verdict, res.Reasons)
}
