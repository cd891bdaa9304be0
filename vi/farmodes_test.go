package vi_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/vi"
)

// twoPeaks is 0.3 N(a, I) + 0.7 N(b, I), up to a constant.
type twoPeaks struct{ a, b []float64 }

func (m twoPeaks) Dim() int                     { return len(m.a) }
func (m twoPeaks) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, len(z)), z) }
func (m twoPeaks) LogJointGrad(g, z []float64) float64 {
	u, v := math.Log(0.3), math.Log(0.7)
	for i, x := range z {
		u -= 0.5 * (x - m.a[i]) * (x - m.a[i])
		v -= 0.5 * (x - m.b[i]) * (x - m.b[i])
	}
	top := math.Max(u, v)
	eu, ev := math.Exp(u-top), math.Exp(v-top)
	for i, x := range z {
		g[i] = -(eu*(x-m.a[i]) + ev*(x-m.b[i])) / (eu + ev)
	}
	return top + math.Log(eu+ev)
}

// Modes far apart along no axis, away from 0, are noticed though the searches may
// all end in one of them.
func TestFarModesAreNoticed(t *testing.T) {
	for _, d := range []int{2, 3, 5, 10} {
		for _, apart := range []float64{6, 8, 12, 20} {
			for seed := range uint64(6) {
				rnd := rand.New(rand.NewPCG(seed, uint64(d)))
				u := make([]float64, d)
				var square float64
				for i := range u {
					u[i] = rnd.NormFloat64()
					square += u[i] * u[i]
				}
				var m twoPeaks
				for _, x := range u {
					c, h := 2*rnd.NormFloat64(), apart/2*x/math.Sqrt(square)
					m.a, m.b = append(m.a, c+h), append(m.b, c-h)
				}
				if res := fit(t, vi.Problem{Model: m}, &vi.Settings{Seed: seed}); res.Verdict == vi.OK {
					t.Errorf("%d dimensions, modes %g apart, seed %d: OK, starts %+v", d, apart, seed, res.Starts)
				}
			}
		}
	}
}
