package vi

import "natgrad/families"

// Method is a rule that moves q along the gradient of the ELBO. The engine asks
// it for points, and decides how far to go: see Run.
type Method interface {
	// Init prepares the method for members of f and forgets earlier steps. The
	// error says what the family lacks.
	Init(f families.Family) error
	// Aim tells the gradient of the ELBO at q in both coordinate systems: the
	// natural gradient nat = ∇_μ ELBO = ∇_μ E_q[log p] − λ, and the plain gradient
	// grad = ∇_λ ELBO = F(λ) nat. They and q stay unchanged until the next Aim.
	Aim(q families.Distribution, nat families.Natural, grad families.Mean)
	// Move stores in dst the natural parameter that a step of size ρ from q
	// leads to. It reports false if there is none. It may be called several
	// times, with falling ρ.
	Move(dst families.Natural, ρ float64) (ok bool)
	// String returns the name of the method.
	String() string
}

// learner is a Method that remembers earlier steps.
type learner interface {
	Method
	// forget makes the next step one without memory, and reports whether that
	// changes anything.
	forget() bool
	// newton reports whether the direction is scaled by the curvature that was
	// learnt, so that 1 is the step to try and the step itself the best guess of
	// what is left to go.
	newton() bool
	// promise returns what the gradient promises for the step of size 1, if
	// newton reports true.
	promise() float64
	// settle ends the learning: from here on gradients are noisy, and their
	// differences teach nothing. What was learnt stays in use.
	settle()
}

// aim is what all methods remember of Aim.
type aim struct {
	q    families.Distribution
	λ    families.Natural // of q
	nat  families.Natural
	grad families.Mean
}

func (a *aim) init(f families.Family) {
	if len(a.λ) != f.NumParams() {
		a.λ = make(families.Natural, f.NumParams())
	}
	a.q, a.nat, a.grad = nil, nil, nil
}

func (a *aim) set(q families.Distribution, nat families.Natural, grad families.Mean) {
	a.q, a.nat, a.grad = q, nat, grad
	q.Natural(a.λ)
}

// along stores λ + ρ d in dst.
func (a *aim) along(dst families.Natural, ρ float64, d families.Natural) {
	for i, λ := range a.λ {
		dst[i] = λ + ρ*d[i]
	}
}

// dot returns ⟨λ, μ⟩.
func dot(λ families.Natural, μ families.Mean) float64 {
	var s float64
	for i, x := range λ {
		s += x * μ[i]
	}
	return s
}
