package vi

import (
	"context"
	"math"

	"natgrad/estimators"
	"natgrad/families"
)

const (
	// wander is the squared Fisher length, twice the nats of ELBO, by which noise
	// may make the iterates stray at first.
	wander = 1
	// settle is the sum of step sizes after which steps begin to fall.
	settle = 40
	// runAway is the growth of the squared length of the natural gradient, beyond
	// its noise, at which steps count as unstable.
	runAway = 100
	// noisyShare is the share of noise in the squared length of the natural gradient
	// above which a step is not trusted to go far.
	noisyShare = 1e-3
	// decay is the exponent of the decreasing steps, in (½, 1).
	decay = 0.6
)

// isStochasticVI reports whether the estimator is exact for a batch of rows, given the
// best local variables. The noise of the choice of rows is then many posterior standard
// deviations, as few rows stand for all, and what is to be gained at first many more: steps
// that keep the iterates near the optimum from the beginning would never get there, and
// to optimise for the same batch would only fit that. Decreasing steps from 1 on are what
// serves (Hoffman et al. 2013, JMLR 14, 1303).
func isStochasticVI(e estimators.Estimator) bool {
	m, ok := e.(*estimators.Minibatch)
	if !ok {
		return false
	}
	_, ok = m.Estimator.(*estimators.Local)
	return ok
}

// stepNoisy makes one step with a noisy estimator. The way to the neighbourhood
// of the optimum is made with frozen randomness, as without noise: steps of full
// size, which may use the memory of the method, are safe there. When what is left
// to go is less than the noise, the randomness is thawed.
func (r *Run) stepNoisy(ctx context.Context) error {
	if !r.frozen {
		return r.stepThawed(ctx)
	}
	if n := r.it.Number + 1; n&(n-1) == 0 {
		if err := r.measureNoise(ctx); err != nil {
			return err
		}
	}
	if err := r.ascend(ctx); err != nil {
		return err
	}
	if r.status != Running || r.it.Distance*r.it.Distance <= r.avg.noise/2 {
		r.status = Running
		r.thaw()
	}
	r.it.Distance = math.Inf(1)
	return nil
}

// thaw lets every estimate from here on have a stream of its own.
func (r *Run) thaw() {
	r.frozen = false
	r.thawed.rate = 1
	copy(r.thawed.λ, r.λ)
	r.thawed.square = r.square
	if m, ok := r.s.Method.(learner); ok {
		m.settle()
	}
}

// keepsDistance makes next the point tried, if it is in the domain. Where noise is
// a good part of the step it must be so after twice the step: it may go no more
// than half of the way to the border, or one step after the other would follow the
// noise to ever wider members.
func (r *Run) keepsDistance() bool {
	if r.avg.noise > noisyShare*r.square {
		for i, λ := range r.λ {
			r.natTrial[i] = 2*r.next[i] - λ
		}
		if !r.trial.SetNatural(r.natTrial) {
			return false
		}
	}
	return r.trial.SetNatural(r.next)
}

// thawed is where stochastic approximation began.
type thawed struct {
	λ      families.Natural
	square float64 // squared length of the natural gradient there
	rate   float64 // largest step size that is not known to be unstable
	steps  int     // made since
	// measured counts the measurements of the noise, of which the mean is used.
	measured int
	// nextCheck is the step from which the answer may be looked at again.
	nextCheck int
	// refused is the squared length of the natural gradient for which the answer was
	// refused, 0 if it was not.
	refused float64
}

// ranAway reports whether steps have become unstable. What was learnt of the
// curvature holds for the directions that were seen, and others may be steeper;
// the run then goes back and takes shorter steps.
func (r *Run) ranAway(ctx context.Context) (bool, error) {
	usual := math.Max(math.Max(r.thawed.square, r.avg.noise), rounding(r.size))
	if r.s.Schedule != nil || !(r.square > runAway*usual) || !r.trial.SetNatural(r.thawed.λ) {
		return false, nil
	}
	elbo, se, err := r.evaluate(ctx, r.trial, r.gNext)
	if err != nil {
		return false, err
	}
	copy(r.next, r.thawed.λ)
	r.adopt()
	r.it.ELBO, r.it.StdErr = elbo, se
	r.aim()
	r.avg.restart()
	r.thawed.rate /= 2
	r.thawed.steps = 0
	return true, nil
}

// stepThawed makes one step of stochastic approximation. The answer is the
// average of the iterates, which for steps that decrease more slowly than 1/t
// has the least asymptotic variance whatever the curvature (Polyak & Juditsky
// 1992, SIAM J. Control Optim. 30, 838).
//
// Iterates at a constant step size ρ stray from the optimum by the squared length
// ρ/(2−ρ) times that of the noise of an estimate.
func (r *Run) stepThawed(ctx context.Context) error {
	r.thawed.steps++
	if n := r.thawed.steps; n&(n-1) == 0 {
		if err := r.measureNoise(ctx); err != nil {
			return err
		}
	}
	ρ, err := r.noisyStep()
	if err != nil {
		return err
	}
	moved := false
	for range maxTries {
		if moved = r.s.Method.Move(r.next, ρ) && r.keepsDistance(); moved {
			break
		}
		ρ /= 2
	}
	if !moved {
		r.status = Stalled
		return nil
	}
	elbo, se, err := r.evaluate(ctx, r.trial, r.gNext)
	if err != nil {
		return err
	}
	r.adopt()
	r.it.Number++
	r.it.ELBO, r.it.StdErr, r.it.Step = elbo, se, ρ
	r.avg.path += ρ
	r.aim()
	if away, err := r.ranAway(ctx); away || err != nil {
		return err
	}
	if r.avg.add(r.λ, ρ) {
		return r.checkAverage(ctx)
	}
	return nil
}

// measureNoise makes a second, independent estimate at q, at iterations 1, 2, 4,
// 8, …. Where the first is not frozen, their mean becomes the gradient.
func (r *Run) measureNoise(ctx context.Context) error {
	frozen := r.frozen
	r.frozen = false
	elbo, se, err := r.evaluate(ctx, r.q, r.gNext)
	r.frozen = frozen
	if err != nil {
		return err
	}
	for i, g := range r.gNext {
		r.natTrial[i] = g - r.g[i]
	}
	r.q.FisherMulVec(r.gradWork, r.natTrial)
	noise := squaredLength(r.natTrial, r.gradWork) / 2
	if frozen {
		r.avg.noise = noise
		return nil
	}
	r.averageNoise(noise, 1)
	for i, g := range r.gNext {
		r.g[i] = (r.g[i] + g) / 2
	}
	r.it.ELBO, r.it.StdErr = (r.it.ELBO+elbo)/2, math.Hypot(r.it.StdErr, se)/2
	r.aim()
	return nil
}

// averageNoise takes in measurements of the noise with their mean. One can be small
// by chance, and all steps be taken for unstable.
func (r *Run) averageNoise(noise float64, measurements int) {
	r.thawed.measured += measurements
	r.avg.noise += (noise - r.avg.noise) * float64(measurements) / float64(r.thawed.measured)
}

// noisyStep returns the size of the next step of stochastic approximation.
func (r *Run) noisyStep() (float64, error) {
	if r.s.Schedule != nil {
		if a, ok := r.s.Schedule.(GradientSchedule); ok {
			a.Observe(r.nat)
		}
		return r.scheduled(r.thawed.steps)
	}
	ρ := math.Min(r.thawed.rate, 2*wander/r.avg.noise)
	if late := r.avg.path / settle; late > 1 {
		// The path grows as t^(1−decay), so that this falls as t^−decay.
		ρ *= math.Pow(late, -decay/(1-decay))
	}
	return ρ, nil
}

// checkAverage ends the run if the noise left in the average is small enough, and
// new estimates at the average do not speak against it.
func (r *Run) checkAverage(ctx context.Context) error {
	if r.avg.n < minBatches || !r.avg.update() || !r.trial.SetNatural(r.avg.mean) {
		return nil
	}
	r.it.Distance = r.avg.distance(r.trial, r.avg.noise)
	if !(r.it.Distance <= r.s.Tolerance) || r.thawed.steps < r.thawed.nextCheck {
		return nil
	}
	f, err := r.finalEstimate(ctx)
	if err != nil {
		return err
	}
	if f.samples > 1 && !f.whole {
		r.averageNoise(f.noise, f.samples-1)
		r.it.Distance = r.avg.distance(r.trial, r.avg.noise)
	}
	flat := f.flat(r.s.Tolerance)
	if !flat || !(r.it.Distance <= r.s.Tolerance) {
		r.thawed.nextCheck = r.thawed.steps + max(finalEstimates, r.thawed.steps/2)
		if !flat {
			r.refused(f.square)
		}
		return nil
	}
	r.takeAverage(f)
	r.status = Converged
	return nil
}

// refused takes in that the natural gradient at the average is not small, but of
// the squared length given. If it has not fallen since the last time, what holds
// the steps down is the memory of curvature that was learnt with frozen randomness.
func (r *Run) refused(square float64) {
	m, ok := r.s.Method.(learner)
	if ok && r.thawed.refused > 0 && square > r.thawed.refused/2 && m.forget() {
		r.avg.restart()
		square = 0
	}
	r.thawed.refused = square
}

// endAtAverage makes the average the current member of a run that has ended, if
// there is one.
func (r *Run) endAtAverage(ctx context.Context) error {
	if !r.avg.update() || !r.trial.SetNatural(r.avg.mean) {
		return nil
	}
	f, err := r.finalEstimate(ctx)
	if err == nil {
		r.takeAverage(f)
	}
	return err
}

// takeAverage makes the average, which is the point tried, the current member.
func (r *Run) takeAverage(f final) {
	copy(r.next, r.avg.mean)
	r.adopt()
	r.it.ELBO, r.it.StdErr = f.elbo, f.se
	r.avg.taken = true
}
