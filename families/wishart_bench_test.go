package families

import (
	"fmt"
	"testing"
)

// One update of a mixture component: λ, μ, and an entropy.
func BenchmarkNormalWishart(b *testing.B) {
	for _, d := range []int{2, 10, 50} {
		b.Run(fmt.Sprint(d), func(b *testing.B) {
			f := NormalWishart(d)
			q := f.New()
			λ, μ := q.Natural(nil), make(Mean, f.NumParams())
			b.ReportAllocs()
			for b.Loop() {
				λ[0] += 0.5
				if !q.SetNatural(λ) {
					b.Fatal("λ is refused")
				}
				q.Mean(μ)
				benchmarkSink += q.Entropy()
			}
		})
	}
}
