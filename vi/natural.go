package vi

import "natgrad/families"

// Natural is the fast natural-gradient update, the Bayesian learning rule
// (Khan & Rue 2023, arXiv:2107.04562, equation 3):
//
//	λ ← λ + ρ ∇_μ ELBO = (1 − ρ) λ + ρ ∇_μ E_q[log p(y, z)]
//
// It turns to a memory of earlier steps where that update is slow, which is where
// the Fisher matrix is a poor model of the curvature of the ELBO, as for independent
// coordinates of a correlated posterior: the direction is then corrected by a
// limited-memory BFGS recursion whose initial inverse Hessian is F⁻¹.
type Natural struct {
	// Memory is the number of earlier steps remembered. 0: 40 for DiagGaussian,
	// else 10; negative: none, the plain update throughout.
	Memory int

	aim
	memory  quasiNewton
	last    float64 // squared Fisher length of the last natural gradient
	slow    int     // slow steps in a row, up to slowSteps
	settled bool    // nothing more is learnt
}

// The plain update is slow if slowSteps steps in a row each leave more than
// slowRatio of the squared length of the natural gradient.
const (
	slowSteps = 3
	slowRatio = 0.5
)

// Init implements Method. Every family will do.
func (m *Natural) Init(f families.Family) error {
	m.aim.init(f)
	pairs := m.Memory
	switch {
	case pairs < 0:
		pairs = 0
	case pairs == 0:
		pairs = defaultPairs
	}
	m.memory.init(f, pairs)
	m.restart()
	return nil
}

// restart forgets earlier steps, as Init does for another family.
func (m *Natural) restart() {
	m.memory.clear()
	m.slow, m.last, m.settled = 0, 0, false
}

// Aim implements Method.
func (m *Natural) Aim(q families.Distribution, nat families.Natural, grad families.Mean) {
	m.aimAt(q, nat, grad, dot(nat, grad))
}

// aimAt does what Aim does, given the squared length of the natural gradient. grad
// may be nil if needsGradient reports false.
func (m *Natural) aimAt(q families.Distribution, nat families.Natural, grad families.Mean, square float64) {
	m.aim.set(q, nat, grad)
	switch {
	case !m.settled:
		m.learn(q, nat, grad, square)
	case m.newton():
		m.memory.at(q, nat, grad)
	}
	if m.newton() {
		m.memory.aim(q)
	}
}

// needsGradient reports whether more is needed for the next direction than the
// natural gradient, of which square is the squared length.
func (m *Natural) needsGradient(square float64) bool {
	switch {
	case m.memory.pairs == 0:
		return false
	case m.settled:
		return m.newton()
	}
	return m.slow == slowSteps || m.isSlow(square)
}

// isSlow reports whether the last step was slow, given the squared length of the
// natural gradient that it left.
func (m *Natural) isSlow(square float64) bool {
	return m.last > 0 && square > slowRatio*m.last
}

// learn takes in the gradient at a new point. While plain steps are fast there is
// nothing to be learnt from them.
func (m *Natural) learn(q families.Distribution, nat families.Natural, grad families.Mean, square float64) {
	slow := m.isSlow(square)
	m.last = square
	switch {
	case m.slow == slowSteps || slow:
		concave := m.memory.learn(q, nat, grad)
		if !concave && m.newton() {
			// A memory that knows only concave stretches says nothing of this one,
			// and may hold the steps down for good.
			m.memory.clear()
			m.slow = 0
			return
		}
		m.slow = min(m.slow+1, slowSteps)
	case m.slow > 0:
		m.memory.clear()
		m.slow = 0
	}
}

// settle implements learner.
func (m *Natural) settle() { m.settled = true }

// newton implements learner.
func (m *Natural) newton() bool { return m.slow == slowSteps && !m.memory.empty() }

// promise implements learner.
func (m *Natural) promise() float64 { return m.memory.gain() }

// forget implements learner.
func (m *Natural) forget() bool {
	if !m.newton() {
		return false
	}
	m.memory.clear()
	m.memory.learn(m.q, m.nat, m.grad)
	return true
}

// Move implements Method.
func (m *Natural) Move(dst families.Natural, ρ float64) bool {
	if m.newton() {
		return m.memory.move(dst, ρ)
	}
	m.along(dst, ρ, m.nat)
	return true
}

func (m *Natural) String() string { return "natural" }
