package ad

import (
	"math"
	"testing"
)

var schoolsY = []float64{28, 8, -3, 7, -1, 1, 18, 12}
var schoolsSigma = []float64{15, 10, 16, 11, 9, 11, 10, 18}

func centredSchools(t testing.TB) *Model {
	m := new(Model)
	mu, tau, theta := m.Real("mu"), m.Positive("tau"), m.Real("theta", 8)
	err := m.Density(func(p *Tape) {
		p.Follows(mu, Normal(0, 5))
		p.Follows(tau, Normal(0, 5))
		p.Follows(theta, Normal(mu, tau))
		p.Follows(schoolsY, Normal(theta, schoolsSigma))
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSchoolsGradient(t *testing.T) {
	m := centredSchools(t)
	z := []float64{1, .3, 1, -2, 3, .5, -.4, 2, 1, 0}
	d := len(z)
	grad, hess := make([]float64, d), make([]float64, d*d)
	m.LogJointHess(hess, grad, z)
	const h = 1e-5
	for j := range z {
		z0 := z[j]
		gu, gd := make([]float64, d), make([]float64, d)
		z[j] = z0 + h
		up := m.LogJointGrad(gu, z)
		z[j] = z0 - h
		down := m.LogJointGrad(gd, z)
		z[j] = z0
		if got, want := grad[j], (up-down)/(2*h); math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
			t.Errorf("gradient %d = %v, want %v", j, got, want)
		}
		for k := range z {
			if got, want := hess[j*d+k], (gu[k]-gd[k])/(2*h); math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
				t.Errorf("hessian %d,%d = %v, want %v", j, k, got, want)
			}
		}
	}
	if n := testing.AllocsPerRun(100, func() { m.LogJointGrad(grad, z) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSchools(b *testing.B) {
	m := centredSchools(b)
	z := make([]float64, 10)
	g := make([]float64, 10)
	for b.Loop() {
		m.LogJointGrad(g, z)
	}
}
