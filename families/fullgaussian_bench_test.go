package families

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkFullGaussian times what one step of a fit asks of a member.
func BenchmarkFullGaussian(b *testing.B) {
	for _, d := range []int{31, 101, 300} {
		rnd := rand.New(rand.NewPCG(1, 2))
		q := FullGaussian(d).New().(*FullGaussianDist)
		λ := q.Natural(nil)
		for i := range d {
			λ[i] = rnd.NormFloat64()
			λ[d+i*d+i] = -float64(d)
			for j := range i {
				v := rnd.NormFloat64() / 4
				λ[d+i*d+j], λ[d+j*d+i] = v, v
			}
		}
		nat, grad, cov := make(Natural, len(λ)), make(Mean, len(λ)), make([]float64, d*d)
		for i := range nat {
			nat[i] = rnd.NormFloat64()
		}
		for _, c := range []struct {
			name string
			f    func()
		}{
			{"SetNatural", func() { q.SetNatural(λ) }},
			{"CovFactor", func() { q.haveC = false; q.CovFactor(cov) }},
			{"Cov", func() { q.haveV = false; q.Cov(cov) }},
			{"FisherMulVec", func() { q.FisherMulVec(grad, nat) }},
			{"FisherSolve", func() { q.FisherSolve(nat, grad) }},
			{"NaturalGrad", func() { q.NaturalGrad(nat, λ[:d], cov) }},
			{"Retract", func() { q.Retract(nat, λ) }},
		} {
			b.Run(fmt.Sprintf("%s/%d", c.name, d), func(b *testing.B) {
				q.SetNatural(λ)
				q.Cov(cov)
				b.ReportAllocs()
				for b.Loop() {
					c.f()
				}
			})
		}
	}
}
