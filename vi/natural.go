package vi

import "natgrad/families"

// Natural is the fast natural-gradient update, the Bayesian learning rule
// (Khan & Rue 2023, arXiv:2107.04562, equation 3):
//
//	λ ← λ + ρ ∇_μ ELBO = (1 − ρ) λ + ρ ∇_μ E_q[log p(y, z)]
//
// With an estimator without noise it turns to a memory of earlier steps where
// that update is slow, which is where the Fisher matrix is a poor model of the
// curvature of the ELBO, as for independent coordinates of a correlated
// posterior: the direction is then corrected by a limited-memory BFGS recursion
// whose initial inverse Hessian is F⁻¹.
type Natural struct {
	// Memory is the number of earlier steps remembered. 0: 10; negative: none,
	// the plain update throughout.
	Memory int

	aim
	memory quasiNewton
	slow   bool
	last   float64 // squared Fisher length of the last natural gradient
	dir    families.Natural
}

const (
	defaultMemory = 10
	// slowRatio is how much of the squared length of the natural gradient a step
	// leaves where the plain update is slow.
	slowRatio = 0.5
)

// Init implements Method. Every family will do.
func (m *Natural) Init(f families.Family, noisy bool) error {
	m.aim.init(f)
	pairs := m.Memory
	switch {
	case noisy || pairs < 0:
		pairs = 0
	case pairs == 0:
		pairs = defaultMemory
	}
	m.memory.init(f.NumParams(), pairs)
	if len(m.dir) != f.NumParams() {
		m.dir = make(families.Natural, f.NumParams())
	}
	m.slow, m.last = false, 0
	return nil
}

// Aim implements Method.
func (m *Natural) Aim(q families.Distribution, nat families.Natural, grad families.Mean) {
	m.aim.set(q, nat, grad)
	m.memory.learn(m.λ, grad)
	square := dot(nat, grad)
	m.slow = m.slow || m.last > 0 && square > slowRatio*m.last
	m.last = square
	if m.newton() {
		m.memory.direction(m.dir, q, grad)
	} else {
		copy(m.dir, nat)
	}
}

// newton implements learner.
func (m *Natural) newton() bool { return m.slow && !m.memory.empty() }

// forget implements learner.
func (m *Natural) forget() bool {
	if !m.newton() {
		return false
	}
	m.memory.clear()
	m.memory.learn(m.λ, m.grad)
	copy(m.dir, m.nat)
	return true
}

// Move implements Method.
func (m *Natural) Move(dst families.Natural, ρ float64) bool {
	m.along(dst, ρ, m.dir)
	return true
}

func (m *Natural) String() string { return "natural" }
