package families

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestGaussianCoordinates checks λ, μ and F against each other by central
// differences.
func TestGaussianCoordinates(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, f := range []Family{FullGaussian(4), DiagGaussian(4)} {
		q := f.New()
		n := f.NumParams()
		for it := 0; it < 20; it++ {
			λ := q.Natural(nil)
			for i := range λ {
				λ[i] += 0.1 * rnd.NormFloat64()
			}
			if n == 20 {
				symmetricPart(λ[4:], 4)
			}
			if !q.SetNatural(λ) {
				continue
			}
			v := make(Natural, n)
			for i := range v {
				v[i] = rnd.NormFloat64()
			}
			if n == 20 {
				symmetricPart(v[4:], 4)
			}
			h := 1e-6
			p := f.New()
			l2 := q.Natural(nil)
			for i := range l2 {
				l2[i] += h * v[i]
			}
			p.SetNatural(l2)
			a1 := p.LogPartition()
			m1 := p.Mean(nil)
			for i := range l2 {
				l2[i] -= 2 * h * v[i]
			}
			p.SetNatural(l2)
			a2 := p.LogPartition()
			m2 := p.Mean(nil)
			mu := q.Mean(nil)
			s := 0.0
			for i := range v {
				s += v[i] * mu[i]
			}
			if math.Abs((a1-a2)/(2*h)-s) > 1e-6*(1+math.Abs(s)) {
				t.Error("grad", f, s, (a1-a2)/(2*h))
			}
			F := q.FisherMulVec(nil, v)
			for i := range F {
				d := (m1[i] - m2[i]) / (2 * h)
				if math.Abs(d-F[i]) > 1e-5*(1+math.Abs(d)) {
					t.Error("F", f, i, F[i], d)
				}
			}
			b := q.FisherSolve(nil, F)
			for i := range b {
				if math.Abs(b[i]-v[i]) > 1e-8 {
					t.Error("solve", f, b[i], v[i])
				}
			}
			if !p.SetMean(mu) {
				t.Error("setmean")
			}
			for i, x := range p.Natural(nil) {
				if math.Abs(x-q.Natural(nil)[i]) > 1e-8 {
					t.Error("mean->nat", f, i)
				}
			}
			e := q.LogPartition()
			for i, x := range q.Natural(nil) {
				e -= x * mu[i]
			}
			if math.Abs(e-q.Entropy()) > 1e-9 {
				t.Error("entropy", e, q.Entropy())
			}
			z := q.Rand(nil, rnd)
			lp := -q.LogPartition()
			for i, x := range f.SufficientStats(nil, z) {
				lp += x * q.Natural(nil)[i]
			}
			if math.Abs(lp-q.LogProb(z)) > 1e-9 {
				t.Error("logprob")
			}
		}
	}
}
