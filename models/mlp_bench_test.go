package models_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"natgrad/models"
)

// BenchmarkMLP times what the steps of different methods need of a batch: the gradient
// (Adam, Vadam), squares of rows' gradients with it (VOGN), the Gauss–Newton diagonal.
// The ratio to the gradient is what they cost.
func BenchmarkMLP(b *testing.B) {
	for _, c := range []struct {
		d       int
		hidden  []int
		classes int
	}{{13, []int{50}, 0}, {64, []int{256, 256}, 0}, {64, []int{256, 256}, 10}} {
		for _, rows := range []int{32, 128} {
			rnd := rand.New(rand.NewPCG(1, 1))
			x, y := make([]float64, rows*c.d), make([]float64, rows)
			for i := range x {
				x[i] = rnd.NormFloat64()
			}
			s := models.MLPSettings{Hidden: c.hidden, Classes: c.classes, PriorPrecision: 1}
			for i := range y {
				if c.classes == 0 {
					y[i] = rnd.NormFloat64()
				} else {
					y[i] = float64(rnd.IntN(c.classes))
				}
			}
			if c.classes == 0 {
				s.Likelihood = models.GaussianIdentity{Precision: 2}
			}
			m := must(models.NewMLP(must(models.NewDense(rows, c.d, x)), y, s))
			z := m.RandWeights(nil, rnd)
			grad, sq := make([]float64, m.Dim()), make([]float64, m.Dim())
			for _, k := range []struct {
				name string
				f    func()
			}{
				{"gradient", func() { m.LogJointGrad(grad, z) }},
				{"squares", func() { m.LogJointGradSquares(sq, grad, z) }},
				{"GaussNewton", func() { m.LogJointGaussNewtonDiag(sq, grad, z) }},
			} {
				b.Run(fmt.Sprintf("%d-%v-%d/batch=%d/%s", c.d, c.hidden, max(c.classes, 1), rows, k.name), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						k.f()
					}
				})
			}
		}
	}
}
