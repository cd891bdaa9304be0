package vi

import (
	"context"
	"errors"
	"fmt"
	"math"

	"natgrad/estimators"
	"natgrad/families"
)

// Run is a fit in progress, for callers who own the loop:
//
//	run, err := vi.NewRun(p, nil)
//	for run.Status() == vi.Running {
//		if err := run.Step(ctx); err != nil { ... }
//	}
//	res := run.Result()
//
// It is not safe for concurrent use.
type Run struct {
	p     Problem
	s     Settings
	est   estimators.Estimator
	noisy bool

	q, trial families.Distribution
	λ, next  families.Natural // of q and of the point tried
	g, gNext families.Natural // estimates of ∇_μ E_q[log p] there
	nat      families.Natural // ∇_μ ELBO = g − λ
	square   float64          // ⟨nat, F nat⟩, or its rounding
	grad     families.Mean    // ∇_λ ELBO = F nat, if hasGrad
	hasGrad  bool
	natTrial families.Natural
	gradWork families.Mean

	it      Iteration
	size    float64 // |E_q[log p]| + |H(q)| at q, whose rounding the ELBO carries
	tried   float64 // the same of the last estimate
	rate    float64 // step size to begin with, see ascend
	plain   float64 // the same for steps without memory
	flat    int     // steps in a row that the ELBO was too flat to judge
	best    float64 // least distance in them
	gain    float64 // nats of ELBO that are left to gain, by the gradient
	draws   uint64  // streams used
	frozen  bool    // the randomness of a noisy estimator is held fixed
	thawed  thawed
	started bool
	avg     average

	status Status
	err    error
}

// NewRun prepares a fit of p. s may be nil. The error says what is wrong with
// the settings, or which capability the model or the family lacks.
func NewRun(p Problem, s *Settings) (*Run, error) {
	p, err := p.withDefaults()
	if err != nil {
		return nil, err
	}
	set, err := s.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &Run{p: p, s: set, est: set.Estimator}
	if r.est == nil {
		r.est, err = chooseEstimator(p, set.Seed)
	} else {
		err = r.est.Init(p.Model, p.Family)
	}
	if err != nil {
		return nil, err
	}
	r.noisy = !r.est.Deterministic()
	r.s.forNoise(r.noisy, p.Model.Dim())
	if r.noisy && r.s.Schedule == nil && isStochasticVI(r.est) {
		r.s.Schedule = RobbinsMonro{}
	}
	if err := r.s.Method.Init(p.Family); err != nil {
		return nil, err
	}
	if a, ok := r.s.Schedule.(GradientSchedule); ok {
		a.Begin()
	}
	n := p.Family.NumParams()
	r.trial = p.Family.New()
	for _, v := range []*families.Natural{&r.λ, &r.next, &r.g, &r.gNext, &r.nat, &r.natTrial} {
		*v = make(families.Natural, n)
	}
	r.grad, r.gradWork = make(families.Mean, n), make(families.Mean, n)
	r.rate, r.plain = 1, 1
	if err := r.setStart(); err != nil {
		return nil, err
	}
	if r.noisy {
		r.avg.init(n)
		r.thawed.λ = make(families.Natural, n)
		r.frozen = r.s.Schedule == nil
		if !r.frozen {
			r.thaw()
		}
	}
	r.it = Iteration{ELBO: math.Inf(-1), Distance: math.Inf(1), Q: r.q}
	return r, nil
}

func (r *Run) setStart() error {
	start := r.s.Start
	if start == nil {
		r.q = r.p.start(0, r.s.Seed)
		r.q.Natural(r.λ)
		return nil
	}
	if got, want := start.Family().String(), r.p.Family.String(); got != want {
		return &SettingError{"Start", "a member of " + got, "a member of " + want}
	}
	r.q = r.p.Family.New()
	start.Natural(r.λ)
	if !r.q.SetNatural(r.λ) {
		return &SettingError{"Start", "outside the domain", "a proper member of " + r.p.Family.String()}
	}
	return nil
}

// Status says whether the run goes on.
func (r *Run) Status() Status { return r.status }

// Iteration describes the last step. Its Q belongs to the run.
func (r *Run) Iteration() Iteration { return r.it }

// Step makes one iteration. The error, a *StepError, says what ended the run: a
// model that is not finite, a canceled context, or a Recorder. The state before
// it is kept. A run that has ended does nothing and returns its error.
func (r *Run) Step(ctx context.Context) error {
	if r.status != Running {
		return r.err
	}
	if err := ctx.Err(); err != nil {
		return r.fail(err)
	}
	if !r.started {
		if err := r.start(ctx); err != nil {
			return r.fail(err)
		}
		r.started = true
		if err := r.record(); err != nil || r.status != Running {
			return err
		}
	}
	var err error
	before := r.it.Number
	if r.noisy {
		err = r.stepNoisy(ctx)
	} else {
		err = r.ascend(ctx)
	}
	if err != nil {
		return r.fail(err)
	}
	if r.it.Number > before { // there was a step to take
		if err := r.record(); err != nil {
			return err
		}
	}
	if r.noisy && r.status != Running && !r.avg.taken {
		if err := r.endAtAverage(ctx); err != nil {
			return r.fail(err)
		}
	}
	return nil
}

// start evaluates the point where the run begins.
func (r *Run) start(ctx context.Context) error {
	elbo, se, err := r.evaluate(ctx, r.q, r.g)
	if err != nil {
		return err
	}
	r.it.ELBO, r.it.StdErr, r.size = elbo, se, r.tried
	r.aim()
	if !r.noisy { // the start may be the answer of an earlier fit
		r.it.Distance = r.distance()
	}
	return nil
}

// evaluate estimates the ELBO of q and stores the estimate of ∇_μ E_q[log p] in g.
// Every call has a stream of its own, but while randomness is frozen.
func (r *Run) evaluate(ctx context.Context, q families.Distribution, g families.Natural) (elbo, se float64, err error) {
	stats, err := r.est.Estimate(ctx, g, q, r.stream())
	return r.count(q, stats, err)
}

// stream returns the randomness of the next estimate.
func (r *Run) stream() estimators.Stream {
	at := estimators.Stream{Seed: r.s.Seed}
	if !r.frozen {
		r.draws++
		at.Iter = r.draws
	}
	return at
}

// count takes in what an estimate at q cost, and adds the entropy.
func (r *Run) count(q families.Distribution, stats estimators.Stats, err error) (elbo, se float64, _ error) {
	if err != nil {
		return 0, 0, err
	}
	r.it.Estimates++
	r.it.ModelEvals += stats.ModelEvals
	r.it.GradEvals += stats.GradEvals
	r.it.HessEvals += stats.HessEvals
	h := q.Entropy()
	r.tried = math.Abs(stats.ELogJoint) + math.Abs(h)
	return stats.ELogJoint + h, stats.StdErr, nil
}

// aim tells the method the gradient at q, of which g is the estimate.
func (r *Run) aim() {
	for i, λ := range r.λ {
		r.nat[i] = r.g[i] - λ
	}
	// A plain step along nat needs no more of the gradient than the length, which may be
	// had for less. Only Natural itself says so: an Aim of a type that embeds it may
	// use the gradient.
	m, isNatural := r.s.Method.(*Natural)
	if q, ok := r.q.(families.FisherSquarer); ok && isNatural {
		r.square = q.FisherSquare(r.nat)
		if r.hasGrad = m.needsGradient(r.square); !r.hasGrad {
			m.aimAt(r.q, r.nat, nil, r.square)
			return
		}
	}
	r.hasGrad = true
	r.q.FisherMulVec(r.grad, r.nat)
	r.square = squaredLength(r.nat, r.grad)
	r.s.Method.Aim(r.q, r.nat, r.grad)
}

// adopt makes the point tried the current one. The gradient there is gNext.
func (r *Run) adopt() {
	r.q, r.trial = r.trial, r.q
	r.λ, r.next = r.next, r.λ
	r.g, r.gNext = r.gNext, r.g
	r.size = r.tried
	r.it.Q = r.q
	// The domain may have normalised it, such as to a symmetric matrix.
	r.q.Natural(r.λ)
}

// record tells the Recorder and the Converger of the iteration, and ends the run
// at its limits.
func (r *Run) record() error {
	if r.s.Recorder != nil {
		if err := r.s.Recorder.Record(&r.it); err != nil {
			return r.failAt(r.it.Number, err)
		}
	}
	switch {
	case r.status != Running:
	case r.it.Distance <= r.s.Tolerance && !r.noisy:
		r.status = Converged
	case r.s.Converger != nil && r.s.Converger.Converged(&r.it):
		r.status = Converged
	case r.it.Number >= r.s.MaxIterations:
		r.status = IterationLimit
	}
	return nil
}

// scheduled returns the step size that the Schedule gives for an iteration.
func (r *Run) scheduled(iteration int) (float64, error) {
	ρ := r.s.Schedule.Rate(iteration)
	if !(ρ > 0) || math.IsInf(ρ, 0) {
		return 0, &SettingError{"Schedule.Rate", ρ, fmt.Sprintf("a positive number for iteration %d", iteration)}
	}
	return ρ, nil
}

// fail ends the run with an error in the iteration under way.
func (r *Run) fail(err error) error {
	if r.started {
		return r.failAt(r.it.Number+1, err)
	}
	return r.failAt(0, err)
}

// failAt ends the run with an error in an iteration.
func (r *Run) failAt(number int, err error) error {
	var ended *StepError
	if errors.As(err, &ended) { // of a part of the run
		number, err = ended.Iteration, ended.Err
	}
	r.status = statusOf(err)
	r.err = &StepError{Iteration: number, Err: err}
	return r.err
}
