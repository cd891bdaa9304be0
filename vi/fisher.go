package vi

import "natgrad/families"

// Fisher is the natural-gradient step taken the long way, by a solve with the
// Fisher matrix (Amari 1998, Neural Comput. 10, 251):
//
//	λ ← λ + ρ F(λ)⁻¹ ∇_λ ELBO
//
// It is the same step as Natural's without memory, and is here to be compared
// with it.
type Fisher struct {
	aim
	dir families.Natural
}

// Init implements Method. Every family will do.
func (m *Fisher) Init(f families.Family) error {
	m.aim.init(f)
	if len(m.dir) != f.NumParams() {
		m.dir = make(families.Natural, f.NumParams())
	}
	return nil
}

// Aim implements Method.
func (m *Fisher) Aim(q families.Distribution, nat families.Natural, grad families.Mean) {
	m.aim.set(q, nat, grad)
	q.FisherSolve(m.dir, grad)
}

// Move implements Method.
func (m *Fisher) Move(dst families.Natural, ρ float64) bool {
	m.along(dst, ρ, m.dir)
	return true
}

func (m *Fisher) String() string { return "fisher" }
