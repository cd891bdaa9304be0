package vi

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
)

// runAll makes n runs that end near their optima. start is given a problem with a model
// of its own, and may return nil for no run, of which the end is nil. The runs go in
// parallel where all that they use can be had anew for each goroutine, and do not see
// each other. Those that will not come to an ELBO of least, as it seems, may end before.
func (f *multistart) runAll(ctx context.Context, n int, least float64, start func(p Problem, i int) families.Natural) []*ending {
	ends := make([]*ending, n)
	one := func(c *climber, i int) {
		if λ := start(c.p, i); λ != nil {
			ends[i] = c.climb(ctx, λ, least)
		}
	}
	local, isLocal := f.run.est.(*estimators.Local)
	natural, isNatural := f.s.Method.(*Natural)
	forker, isForker := f.p.Model.(models.Forker)
	if !isLocal || local.Summer != nil || !isNatural || !isForker || f.s.Schedule != nil {
		c := newClimber(f.p, f.s, false)
		c.s.Estimator = f.run.est
		for i := range n {
			one(c, i)
		}
		return ends
	}
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	workers := min(n, runtime.GOMAXPROCS(0))
	for len(f.climbers) < workers {
		p, s := f.p, f.s
		p.Model = forker.Fork()
		s.Method = &Natural{Memory: natural.Memory}
		s.Estimator = &estimators.Local{Summer: &estimators.Goroutines{N: 1}}
		f.climbers = append(f.climbers, newClimber(p, s, true))
	}
	var wg sync.WaitGroup
	for _, c := range f.climbers[:workers] {
		wg.Go(func() {
			for i := range next {
				one(c, i)
			}
		})
	}
	wg.Wait()
	return ends
}

// climber makes runs, one after the other.
type climber struct {
	p     Problem
	s     Settings
	again bool // its run can restart: members of a family of matrices are costly to make
	run   *Run
}

func newClimber(p Problem, s Settings, again bool) *climber {
	s.Tolerance = math.Max(s.Tolerance, coarseTolerance)
	s.Recorder, s.Converger = nil, nil
	return &climber{p: p, s: s, again: again}
}

// maxOrders bounds the runs of a climb.
const maxOrders = 4

// errNoMember says that λ is outside the domain.
var errNoMember = errors.New("no member of the family")

// climb makes one run from λ and, where another order of the parts is better, a second
// one. It returns nil if there is no such start.
func (c *climber) climb(ctx context.Context, λ families.Natural, least float64) *ending {
	var e ending
	for range maxOrders {
		r, err := c.begin(λ)
		switch {
		case errors.Is(err, errNoMember) && e.λ == nil:
			return nil
		case errors.Is(err, errNoMember):
			return &e
		case err != nil:
			e.err = err
			return &e
		}
		for r.Status() == Running && !hopeless(r, least) {
			err = r.Step(ctx)
		}
		e.evals.sum(evalCounts{r.it.Estimates, r.it.ModelEvals, r.it.GradEvals, r.it.HessEvals})
		if err == nil && math.IsNaN(r.it.ELBO) {
			err = errors.New("the ELBO is not a number")
		}
		if e.λ != nil && (err != nil || r.it.ELBO <= e.elbo) {
			break // the order before was as good
		}
		if e.err = err; err != nil {
			return &e
		}
		e.λ, e.μ = append(e.λ[:0], r.λ...), r.q.Mean(e.μ)
		e.elbo, e.se = r.it.ELBO, r.it.StdErr
		if λ = rearranged(c.p, &e, 0, 0); λ == nil {
			break
		}
	}
	return &e
}

const (
	// fairSteps is the number of steps after which a run is judged by what its gradient
	// promises: hopeTimes that, and hopeNats, more are allowed for.
	fairSteps = 3
	hopeTimes = 10
	hopeNats  = 1
)

// hopeless reports whether r seems to be on the way to an optimum below least.
func hopeless(r *Run, least float64) bool {
	return r.it.Number >= fairSteps && r.it.ELBO+hopeTimes*r.gain+hopeNats < least
}

// begin returns a run from λ.
func (c *climber) begin(λ families.Natural) (*Run, error) {
	if c.run != nil && c.again {
		if !c.run.restart(λ) {
			return nil, errNoMember
		}
		return c.run, nil
	}
	s := c.s
	s.Start = c.p.Family.New()
	if !s.Start.SetNatural(λ) {
		return nil, errNoMember
	}
	var err error
	c.run, err = NewRun(c.p, &s)
	return c.run, err
}

// restart makes r what NewRun returns for a start at λ, if r is by Natural without noise and
// without a schedule. It reports false if there is no such start.
func (r *Run) restart(λ families.Natural) (ok bool) {
	if !r.q.SetNatural(λ) {
		return false
	}
	r.q.Natural(r.λ)
	r.s.Method.(*Natural).restart()
	r.rate, r.plain = 1, 1
	r.size, r.tried, r.flat, r.best, r.gain, r.draws = 0, 0, 0, 0, 0, 0
	r.started, r.status, r.err = false, Running, nil
	r.it = Iteration{ELBO: math.Inf(-1), Distance: math.Inf(1), Q: r.q}
	return true
}

func (c *evalCounts) sum(o evalCounts) {
	c.estimates += o.estimates
	c.model += o.model
	c.grad += o.grad
	c.hess += o.hess
}
