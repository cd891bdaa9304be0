package vi

import (
	"math"

	"natgrad/families"
)

// Mirror is mirror ascent in the mean parameter, whose proximity term is the KL
// divergence (Khan & Lin 2017, equation 11; Raskutti & Mukherjee 2015):
//
//	μ ← argmax_μ ⟨∇_μ ELBO, μ⟩ − KL(q_μ‖q) / ρ
//
// The argmax is found as such, by Newton's method in μ with the Hessian −F⁻¹/ρ
// of the objective, and nothing is used of the fact that it is Natural's step.
// It is here to be compared with that.
type Mirror struct {
	aim
	at         families.Distribution // the current guess of the argmax
	μ, next    families.Mean
	step       families.Mean
	λat, resid families.Natural
}

// Init implements Method. Every family will do but a families.Conditional, whose Fisher
// matrix is not ∂μ/∂λ.
func (m *Mirror) Init(f families.Family) error {
	if families.IsConditional(f.New()) {
		return &MethodError{Method: "Mirror", Family: f.String(), Needs: "a Fisher matrix that is ∂μ/∂λ", Advice: "use Natural"}
	}
	m.aim.init(f)
	if m.at == nil || m.at.Family().String() != f.String() {
		n := f.NumParams()
		m.at = f.New()
		m.μ, m.next, m.step = make(families.Mean, n), make(families.Mean, n), make(families.Mean, n)
		m.λat, m.resid = make(families.Natural, n), make(families.Natural, n)
	}
	return nil
}

// Aim implements Method.
func (m *Mirror) Aim(q families.Distribution, nat families.Natural, grad families.Mean) {
	m.aim.set(q, nat, grad)
}

const mirrorSteps = 200

// Move implements Method. There is no point to move to if the objective has no
// maximum.
func (m *Mirror) Move(dst families.Natural, ρ float64) bool {
	if !m.at.SetNatural(m.λ) {
		return false
	}
	best := math.Inf(1)
	for range mirrorSteps {
		// The gradient of the objective, times ρ, and the Newton step F·resid.
		m.at.Natural(m.λat)
		for i, λ := range m.λ {
			m.resid[i] = ρ*m.nat[i] + (λ - m.λat[i])
		}
		m.at.FisherMulVec(m.step, m.resid)
		decrement := dot(m.resid, m.step)
		if math.IsNaN(decrement) {
			return false
		}
		// Quadratic convergence has ended where rounding rules. A decrement that is
		// negative is all rounding, which can be large.
		if decrement <= 0 || decrement < 1e-16 && decrement >= best/4 {
			copy(dst, m.λat)
			return math.Abs(decrement) < 1e-10
		}
		best = math.Min(best, decrement)
		if !m.advance(ρ, decrement) {
			copy(dst, m.λat)
			return decrement < 1e-10
		}
	}
	return false
}

// advance takes a Newton step, shortened until it stays in the domain and raises
// the objective.
func (m *Mirror) advance(ρ, decrement float64) bool {
	m.at.Mean(m.μ)
	before := m.objective(ρ, m.μ)
	for t := 1.0; t > 1e-10; t /= 2 {
		for i, μ := range m.μ {
			m.next[i] = μ + t*m.step[i]
		}
		if !m.at.SetMean(m.next) {
			continue
		}
		// Newton's method needs no safeguard where the quadratic model is good
		// and the objective too flat to tell.
		if decrement < 1e-6 || m.objective(ρ, m.next) >= before+0.1*t*decrement {
			return true
		}
		m.at.SetNatural(m.λat)
	}
	return false
}

// objective returns ρ⟨∇_μ ELBO, μ⟩ − KL(q_μ‖q), up to a constant, at the member
// at, whose mean parameter is μ.
func (m *Mirror) objective(ρ float64, μ families.Mean) float64 {
	f := m.at.Entropy()
	for i, λ := range m.λ {
		f += (λ + ρ*m.nat[i]) * μ[i]
	}
	return f
}

func (m *Mirror) String() string { return "mirror" }
