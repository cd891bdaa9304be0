package vi

import "natgrad/families"

// GradientSchedule is a Schedule that learns from the noisy natural gradients of a run
// with a noisy estimator. It is told nothing in others.
type GradientSchedule interface {
	Schedule
	// Begin forgets what was learnt: another run begins.
	Begin()
	// Observe is told the estimate of the natural gradient of the ELBO, ∇_μ E_q[log p] − λ,
	// for the Rate that follows. It must not keep nat.
	Observe(nat families.Natural)
}

// Adaptive is the step size of Ranganath, Wang, Blei & Xing 2013 (ICML), which makes the
// expected distance from the optimum of all data rows after a step the least:
//
//	ρ_t = ḡᵀḡ / h̄
//	ḡ ← (1 − 1/τ) ḡ + g/τ,  h̄ ← (1 − 1/τ) h̄ + gᵀg/τ,  τ ← (1 − ρ_t) τ + 1
//
// for natural gradients g. Steps are large where gradients agree, and short where they
// are noise. In place of gradients at the start, which the paper averages first, the
// averages begin at 0, so that the first step is 1/Window.
type Adaptive struct {
	Window float64 // first τ, above 1; 0: 10

	τ, h float64
	g    families.Natural
	rate float64
}

var _ GradientSchedule = (*Adaptive)(nil)

const defaultWindow = 10

// Begin implements GradientSchedule.
func (a *Adaptive) Begin() {
	a.τ, a.h, a.rate = a.Window, 0, 0
	if a.τ == 0 {
		a.τ = defaultWindow
	}
	clear(a.g)
}

// Observe implements GradientSchedule.
func (a *Adaptive) Observe(nat families.Natural) {
	if a.τ == 0 {
		a.Begin()
	}
	if len(a.g) != len(nat) {
		a.g = make(families.Natural, len(nat))
	}
	var mean, square float64
	for i, x := range nat {
		a.g[i] += (x - a.g[i]) / a.τ
		mean += a.g[i] * a.g[i]
		square += x * x
	}
	a.h += (square - a.h) / a.τ
	a.rate = 1 / a.τ // of gradients that are all 0
	if a.h > 0 {
		a.rate = mean / a.h
	}
	a.τ += 1 - a.rate*a.τ
}

// Rate returns ρ_t, of the gradients observed. Before the first it is 1/Window.
func (a *Adaptive) Rate(int) float64 {
	if a.rate == 0 {
		if a.Window > 0 {
			return 1 / a.Window
		}
		return 1.0 / defaultWindow
	}
	return a.rate
}
