package vi

import (
	"context"
	"errors"
	"math"
	"slices"

	"natgrad/estimators"
	"natgrad/families"
)

const (
	// maxTries bounds the shortenings of one step.
	maxTries = 60
	// sufficient is the share of the gain promised by the gradient that a step
	// must bring (Armijo 1966).
	sufficient = 1e-4
	// maxBends bounds the shortenings of one step that does not lead uphill.
	maxBends = 8
	// trust is the share of what a step without memory promises that one with
	// memory must promise. If what was learnt is right, it promises more.
	trust = 0.1
	// negligible is the distance from the optimum, one hundredth of a standard
	// deviation, at which a run may end as converged along a valley of the ELBO whose
	// slope is below rounding.
	negligible = 0.01
	// flatSteps is the number of steps in a row that the ELBO is too flat to
	// judge and that do not come nearer to the optimum, after which rounding is
	// what keeps the run from it.
	flatSteps = 5
)

// ascend makes one step with an estimator without noise. It goes as far along the
// path of the method as the domain allows and the ELBO rises, and never lowers
// the ELBO by more than its rounding.
func (r *Run) ascend(ctx context.Context) error {
	memory, _ := r.s.Method.(learner)
	ρ, err := r.firstStep(memory)
	if err != nil {
		return err
	}
	bends := 0
	var nonFinite error
	for try := range maxTries {
		if !r.s.Method.Move(r.next, ρ) || !r.trial.SetNatural(r.next) {
			ρ /= 2
			continue
		}
		promised := r.promise(ρ)
		if !(promised > 0) {
			// Not uphill: rounding is to blame, or a path that bends away.
			if memory != nil && memory.forget() {
				ρ = r.plain
				continue
			}
			if bends++; bends > maxBends {
				break
			}
			ρ /= 4
			continue
		}
		elbo, _, err := r.evaluate(ctx, r.trial, r.gNext)
		if err != nil {
			var nf *estimators.NonFiniteError
			if !errors.As(err, &nf) {
				return err
			}
			nonFinite = err
			ρ /= 4
			continue
		}
		nonFinite = nil
		gain := elbo - r.it.ELBO
		// From a q much broader than the next one the gradient promises far more
		// than there is to gain, even for the step to the posterior itself. What
		// tells then that the step is not too long is the gradient at its end.
		ε := rounding(math.Max(r.size, r.tried))
		rises := gain >= sufficient*promised || gain > ε && r.slope() >= -sufficient*promised
		// Where the ELBO is too flat for its differences to mean anything, the
		// gradient is the test that is left (Hager & Zhang 2005, SIAM J. Optim. 16,
		// 170, approximate Wolfe conditions).
		level := math.Abs(gain) <= ε && r.slope() >= -0.8*promised
		if !rises && !level {
			ρ *= shorten(gain, promised)
			if try == 3 && memory != nil && memory.forget() {
				ρ = 1
			}
			continue
		}
		r.accept(ρ, elbo, try > 0, rises)
		return nil
	}
	if nonFinite != nil {
		return nonFinite
	}
	r.stop()
	return nil
}

// firstStep returns the step size to try first.
func (r *Run) firstStep(memory learner) (float64, error) {
	switch {
	case r.s.Schedule != nil:
		return r.scheduled(r.it.Number + 1)
	case memory != nil && memory.newton():
		if memory.promise() >= trust*r.plain*r.square {
			return 1, nil
		}
		memory.forget()
		return r.plain, nil
	}
	return r.rate, nil
}

// promise returns what the gradient promises for the step of size ρ to next,
// ⟨∇_λ ELBO, λ′ − λ⟩.
func (r *Run) promise(ρ float64) float64 {
	switch {
	case r.hasGrad:
		return r.alongStep(r.grad)
	case slices.Equal(r.next, r.λ): // to rounding
		return 0
	}
	return ρ * r.square // λ′ − λ = ρ nat
}

// alongStep returns the derivative of a function with the given gradient along the
// step to next.
func (r *Run) alongStep(grad families.Mean) float64 {
	var s float64
	for i, g := range grad {
		s += g * (r.next[i] - r.λ[i])
	}
	return s
}

// rounding returns the error of the difference of two ELBOs of terms of a size.
func rounding(size float64) float64 { return 0x1p-48 * size }

// slope returns the gradient at the point tried along the step to it: positive
// short of the maximum along the step, negative beyond it.
func (r *Run) slope() float64 {
	for i, λ := range r.next {
		r.natTrial[i] = r.gNext[i] - λ
	}
	r.trial.FisherMulVec(r.gradWork, r.natTrial)
	return r.alongStep(r.gradWork)
}

// shorten returns the factor for a step that brought gain where promised was
// expected: to the maximum of the parabola through both, within bounds.
func shorten(gain, promised float64) float64 {
	t := promised / (2 * (promised - gain))
	return math.Max(0.1, math.Min(0.5, t))
}

// accept takes the point tried, and finds out what is left to go.
func (r *Run) accept(ρ, elbo float64, shortened, rises bool) {
	r.adopt()
	r.it.Number++
	r.it.ELBO, r.it.Step = elbo, ρ
	r.rate = ρ
	if !shortened {
		r.rate = math.Min(1, 2*ρ)
	}
	if memory, ok := r.s.Method.(learner); !ok || !memory.newton() {
		r.plain = r.rate
	}
	r.aim()
	r.it.Distance = r.distance()
	r.watchRounding(rises)
}

// distance returns the Fisher length of what is left to go: that of the natural
// gradient or, if the method knows better, of its step. Where the ELBO is flatter
// than the Fisher matrix says, the step is much the longer; where it is steeper,
// twice the gain of the step is.
func (r *Run) distance() float64 {
	square := r.square
	r.gain = square / 2
	if memory, ok := r.s.Method.(learner); ok && memory.newton() && r.s.Method.Move(r.next, 1) {
		square = math.Max(square, r.promise(1))
		r.gain = square / 2
		for i, λ := range r.λ {
			r.natTrial[i] = r.next[i] - λ
		}
		r.q.FisherMulVec(r.gradWork, r.natTrial)
		square = math.Max(square, squaredLength(r.natTrial, r.gradWork))
	}
	return math.Sqrt(square)
}

// squaredLength returns ⟨v, Fv⟩, or the rounding of that sum if it is larger:
// where a covariance is singular to rounding, large terms of both signs may add up
// to anything about 0, which would be taken for the optimum.
func squaredLength(v families.Natural, fv families.Mean) float64 {
	var sum, size float64
	for i, x := range v {
		t := x * fv[i]
		sum += t
		size += math.Abs(t)
	}
	return math.Max(math.Abs(sum), 0x1p-52*size)
}

// watchRounding ends a run that makes no more progress because the ELBO is flat
// to rounding.
func (r *Run) watchRounding(rises bool) {
	if rises || r.flat == 0 {
		r.flat, r.best = 0, r.it.Distance
		if !rises {
			r.flat = 1
		}
		return
	}
	r.flat++
	if r.it.Distance < r.best/2 {
		r.flat, r.best = 1, r.it.Distance
	}
	if r.flat > flatSteps {
		r.stop()
	}
}

// stop ends a run that cannot go on: at the optimum, as far as the ELBO can
// tell, or not.
func (r *Run) stop() {
	r.status = Stalled
	ε := rounding(r.size)
	if r.it.Distance*r.it.Distance/2 <= ε || r.gain <= ε && r.it.Distance <= negligible {
		r.status = Converged
	}
}
