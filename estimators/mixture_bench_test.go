package estimators_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
)

// One iteration of variational Bayes EM of 15 components with full covariances for
// 100 000 rows of 10 columns, on one core: clusters that overlap, and clusters apart.
func BenchmarkMixtureIteration(b *testing.B) {
	const n, d, k = 100000, 10, 15
	for name, spread := range map[string]float64{"overlapping": 1, "apart": 5} {
		b.Run(name, func(b *testing.B) {
			rnd := rand.New(rand.NewPCG(1, 2))
			centers := make([]float64, k*d)
			for i := range centers {
				centers[i] = spread * rnd.NormFloat64()
			}
			y := make([]float64, n*d)
			for i := range n {
				c := rnd.IntN(k)
				for j := range d {
					y[i*d+j] = centers[c*d+j] + rnd.NormFloat64()
				}
			}
			x, err := models.NewDense(n, d, y)
			if err != nil {
				b.Fatal(err)
			}
			m, err := models.NewGaussMixture(x, k, models.FullCovariance, nil, models.DirichletWeights, 0)
			if err != nil {
				b.Fatal(err)
			}
			f := families.Product(families.Dirichlet(k), families.Repeat(k, families.NormalWishart(d)))
			e := &estimators.Local{Summer: &estimators.Goroutines{N: 1}}
			if err := e.Init(m, f); err != nil {
				b.Fatal(err)
			}
			q := f.New()
			λ := families.Natural(m.StartNatural(nil, 0, rnd))
			step := func() {
				if !q.SetNatural(λ) {
					b.Fatal("outside the domain")
				}
				if _, err := e.Estimate(context.Background(), λ, q, estimators.Stream{}); err != nil {
					b.Fatal(err)
				}
			}
			for range 20 {
				step()
			}
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
		})
	}
}
