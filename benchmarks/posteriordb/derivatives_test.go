package posteriordb

import (
	"testing"

	"natgrad/models/modeltest"
)

// TestDerivatives checks gradients and Hessians of every model against
// differences, forks, and what else is promised of a model.
func TestDerivatives(t *testing.T) {
	for _, e := range openAll(t) {
		t.Run(e.Name, func(t *testing.T) {
			c := check(t, e)
			points := [][]float64{coordinates(t, e, c.Params[1])}
			modeltest.Test(t, e.Model, points)
			z, grad := points[0], make([]float64, e.Model.Dim())
			if n := testing.AllocsPerRun(10, func() { e.Model.LogJointGrad(grad, z) }); n != 0 {
				t.Errorf("%v allocations for a gradient", n)
			}
		})
	}
}

// BenchmarkEntries times values and gradients.
func BenchmarkEntries(b *testing.B) {
	for _, e := range openAll(b) {
		z, grad := make([]float64, e.Model.Dim()), make([]float64, e.Model.Dim())
		b.Run(e.Name+"/value", func(b *testing.B) {
			for b.Loop() {
				e.Model.LogJoint(z)
			}
		})
		b.Run(e.Name+"/gradient", func(b *testing.B) {
			for b.Loop() {
				e.Model.LogJointGrad(grad, z)
			}
		})
	}
}
