package vi

import (
	"math"

	"natgrad/families"
)

// Adam is gradient ascent in the natural parameter with the step of every
// coordinate scaled by the history of its gradient (Kingma & Ba 2015,
// arXiv:1412.6980, algorithm 1): the usual optimiser of black-box variational
// inference, as a baseline.
type Adam struct {
	Rate         float64 // 0: 0.01
	Beta1, Beta2 float64 // 0: 0.9 and 0.999
	Epsilon      float64 // 0: 1e-8

	aim
	t    int
	m, v []float64
	dir  families.Natural
}

// Init implements Method. Every family will do.
func (m *Adam) Init(f families.Family) error {
	for _, c := range []struct {
		name  string
		value float64
		below float64
	}{{"Adam.Rate", m.Rate, math.Inf(1)}, {"Adam.Beta1", m.Beta1, 1}, {"Adam.Beta2", m.Beta2, 1}, {"Adam.Epsilon", m.Epsilon, math.Inf(1)}} {
		if !(c.value >= 0 && c.value < c.below) {
			return &SettingError{c.name, c.value, "0 (the default) or a positive number, below 1 for the two decay rates"}
		}
	}
	m.aim.init(f)
	if n := f.NumParams(); len(m.dir) != n {
		m.m, m.v, m.dir = make([]float64, n), make([]float64, n), make(families.Natural, n)
	}
	m.forget()
	return nil
}

// forget implements learner: the next direction is that of a first step.
func (m *Adam) forget() bool {
	some := m.t > 1
	m.t = 0
	clear(m.m)
	clear(m.v)
	if m.grad != nil {
		m.point()
	}
	return some
}

func orDefault(x, def float64) float64 {
	if x == 0 {
		return def
	}
	return x
}

// Aim implements Method.
func (m *Adam) Aim(q families.Distribution, nat families.Natural, grad families.Mean) {
	m.aim.set(q, nat, grad)
	m.point()
}

// point takes the gradient into the moments and sets the direction.
func (m *Adam) point() {
	rate, b1, b2, ε := orDefault(m.Rate, 0.01), orDefault(m.Beta1, 0.9), orDefault(m.Beta2, 0.999), orDefault(m.Epsilon, 1e-8)
	m.t++
	c1, c2 := 1-math.Pow(b1, float64(m.t)), 1-math.Pow(b2, float64(m.t))
	for i, g := range m.grad {
		m.m[i] = b1*m.m[i] + (1-b1)*g
		m.v[i] = b2*m.v[i] + (1-b2)*g*g
		m.dir[i] = rate * (m.m[i] / c1) / (math.Sqrt(m.v[i]/c2) + ε)
	}
}

// newton implements learner.
func (m *Adam) newton() bool { return false }

// promise implements learner.
func (m *Adam) promise() float64 { return 0 }

// settle implements learner. The moments are made for noise.
func (m *Adam) settle() {}

// Move implements Method.
func (m *Adam) Move(dst families.Natural, ρ float64) bool {
	m.along(dst, ρ, m.dir)
	return true
}

func (m *Adam) String() string { return "adam" }
