package vi

import (
	"context"
	"math"

	"natgrad/families"
	"natgrad/models"
)

// multistart fits a models.NaturalStarter, whose ELBO has several optima. Runs from all
// starts go nearly to the end, those that come to the same optimum under other labels
// are told apart from those that do not, and the best is rearranged, if the model is a
// models.Rearranger, until that brings no more. The run that makes the answer goes on
// from there.
type multistart struct {
	run  *Run // the one prepared, at the standard start
	p    Problem
	s    Settings
	name models.Rearranger // nil if the model is none

	ends   []*ending             // one of each optimum, the best first
	q      families.Distribution // of the family, to be at one of them
	starts StartReports
	evals  evalCounts

	climbers []*climber // of the goroutines
}

// ending is where a run of a search ended.
type ending struct {
	λ     families.Natural
	μ     families.Mean
	elbo  float64
	se    float64 // of elbo
	evals evalCounts
	err   error
}

const (
	// coarseTolerance ends the runs of a search, in Fisher length: so near that
	// different optima cannot be taken for one.
	coarseTolerance = 1e-3
	// sameDistance and sameNats are the Fisher length and the difference of the ELBO up
	// to which two ends are one optimum, besides their noise.
	sameDistance = 0.1
	sameNats     = 0.01
	// freeStarts is the number of starts if nobody asks for another, as far as rows ×
	// parameters × starts stay below freeWork.
	freeStarts = 10
	freeWork   = 2_000_000
)

// newMultistart returns how to search from several starts, nil if there is but one.
func newMultistart(r *Run, user *Settings) *multistart {
	m, ok := r.p.Model.(models.NaturalStarter)
	if !ok || r.s.Start != nil || m.Family() != r.p.Family.String() {
		return nil
	}
	f := &multistart{run: r, p: r.p, s: r.s}
	if user == nil || user.Starts == 0 {
		f.s.Starts = defaultNaturalStarts(r)
	}
	if f.s.Starts < 2 {
		return nil
	}
	f.name, _ = m.(models.Rearranger)
	return f
}

func defaultNaturalStarts(r *Run) int {
	if r.noisy {
		return 1
	}
	work := float64(r.p.Family.NumParams())
	if data, ok := r.p.Model.(models.Data); ok {
		work *= float64(data.NumData())
	}
	return int(math.Max(1, math.Min(freeStarts, freeWork/work)))
}

// fit finds the best end and goes on from there.
func (f *multistart) fit(ctx context.Context) (*Result, error) {
	err := f.search(ctx)
	if err == nil {
		err = f.rearrange(ctx)
	}
	if err != nil {
		return f.ended(err)
	}
	s := f.s
	s.Start = f.at(f.ends[0])
	r, err := NewRun(f.p, &s)
	if err != nil {
		return nil, err
	}
	res, err := r.finish(ctx)
	return f.complete(res), res.look(ctx, f.p.Model, &f.s, err)
}

// complete adds to the result of a run what the search found and cost.
func (f *multistart) complete(res *Result) *Result {
	res.Starts = f.starts
	for i := range f.starts {
		if f.starts[i].Mode == 0 {
			f.starts[i].ELBO = res.ELBO
		}
	}
	res.Estimates += f.evals.estimates
	res.ModelEvals += f.evals.model
	res.GradEvals += f.evals.grad
	res.HessEvals += f.evals.hess
	return res
}

// ended returns what there is after an error.
func (f *multistart) ended(err error) (*Result, error) {
	if len(f.ends) > 0 {
		f.run.q = f.at(f.ends[0])
		f.run.q.Natural(f.run.λ)
		f.run.it.ELBO = f.ends[0].elbo
	}
	err = f.run.fail(err)
	return f.complete(f.run.Result()), err
}

// search makes the runs from all starts.
func (f *multistart) search(ctx context.Context) error {
	f.starts = make(StartReports, f.s.Starts)
	ends := f.runAll(ctx, f.s.Starts, math.Inf(-1), func(p Problem, i int) families.Natural { return p.start(i, f.s.Seed).Natural(nil) })
	if err := ctx.Err(); err != nil {
		f.gather(ends)
		return err
	}
	if f.gather(ends); len(f.ends) == 0 {
		return ends[0].err
	}
	return nil
}

// gather takes in the ends of the runs from all starts, and puts the best first.
func (f *multistart) gather(ends []*ending) {
	for i, e := range ends {
		f.evals.sum(e.evals)
		f.starts[i] = StartReport{Mode: -1, ELBO: math.Inf(-1), Err: e.err}
		if e.err == nil {
			f.starts[i].Mode, f.starts[i].ELBO = f.modeOf(e), e.elbo
		}
	}
	f.rank()
}

// modeOf returns the number of the optimum that e is at, which may be a new one.
func (f *multistart) modeOf(e *ending) int {
	for k, other := range f.ends {
		if f.same(e, other) {
			if e.elbo > other.elbo {
				f.ends[k] = e
			}
			return k
		}
	}
	f.ends = append(f.ends, e)
	return len(f.ends) - 1
}

// same reports whether two ends are one optimum, whatever their parts are called. Of
// models that cannot say what their parts are, the ELBO must tell.
func (f *multistart) same(a, b *ending) bool {
	if !(math.Abs(a.elbo-b.elbo) <= sameNats+2*math.Hypot(a.se, b.se)) {
		return false
	}
	if f.name == nil {
		return true
	}
	λ := make(families.Natural, len(a.λ))
	if !f.name.Relabel(λ, a.λ, a.μ, b.λ, b.μ) {
		return false
	}
	for i := range λ {
		λ[i] -= b.λ[i]
	}
	near := math.Max(sameDistance, 2*f.s.Tolerance)
	return squaredLength(λ, f.at(b).FisherMulVec(nil, λ)) <= near*near
}

// at returns the member at an end, until the next call.
func (f *multistart) at(e *ending) families.Distribution {
	if f.q == nil {
		f.q = f.p.Family.New()
	}
	f.q.SetNatural(e.λ)
	return f.q
}

// rank puts the best end first, the first of several.
func (f *multistart) rank() {
	best := 0
	for k, e := range f.ends {
		if e.elbo > f.ends[best].elbo {
			best = k
		}
	}
	if best == 0 {
		return
	}
	f.ends[0], f.ends[best] = f.ends[best], f.ends[0]
	for i := range f.starts {
		switch s := &f.starts[i]; s.Mode {
		case 0:
			s.Mode = best
		case best:
			s.Mode = 0
		}
	}
}
