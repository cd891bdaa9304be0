package main

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"natgrad/families"
	"natgrad/vi"
)

var segue = paperExperiment("segue",
	"The identity made visible: by the Fisher matrix, by mirror descent and by the fast update it is one path, beside plain gradient ascent.",
	0, runSegue)

// The bars of the experiment, and its sizes.
const (
	sameStep   = 1e-8 // largest difference of paths that are one
	fewerSteps = 10   // plain gradient ascent needs as many times the iterations, on the regression
	nearNats   = 0.01 // from the optimum: arrived
	pathStep   = 0.25 // step size of the paths that are compared
	pathLength = 40
)

// segueMethods are the four: the first three make the same step.
var segueMethods = []struct {
	name string
	make func() vi.Method
}{
	{"fast update", func() vi.Method { return &vi.Natural{Memory: -1} }},
	{"Fisher matrix", func() vi.Method { return new(vi.Fisher) }},
	{"mirror descent", func() vi.Method { return new(vi.Mirror) }},
	{"gradient ascent", func() vi.Method { return new(vi.Euclidean) }},
}

const identicalMethods = 3

func runSegue(ctx context.Context, p *paper) error {
	problems, err := segueSmall(p.seed)
	if err != nil {
		return err
	}
	logistic, err := segueLogistic(p)
	if err != nil {
		return err
	}
	problems = append(problems, logistic)
	var runs []paperRun
	for i := range problems {
		runs = append(runs, segueRuns(&problems[i], p.quick)...)
	}
	all, err := p.finish(ctx, runs)
	if err != nil {
		return err
	}
	for i := range problems {
		segueRows(&p.table, &problems[i], all)
	}
	p.table.note("Largest difference: over the first %d iterations at step size %g, of the step sizes, of λ relative to its largest entry, and of λ in "+
		"the Fisher metric, whose unit is a standard deviation of the posterior.", pathLength, pathStep)
	p.table.note("Iterations and seconds are those from the standard member of the family to %g nats below the optimum, each method with the step sizes that "+
		"the engine finds by itself. That of gradient ascent is 1/L, with L the largest eigenvalue of the Fisher matrix at every point. "+
		"Seconds are the best of several runs where these are short.", nearNats)
	p.table.note("Mirror descent finds each step by Newton's method in the mean parameter. Where that does not get there from far away, the engine " +
		"halves the step, and iterations may differ from those of the other two.")
	p.plots = seguePanels(problems, all)
	return nil
}

// segueCap bounds the iterations of a method that does not arrive.
func segueCap(quick bool) int {
	if quick {
		return 500
	}
	return 20000
}

// segueRuns returns the run in which the paths of a problem are compared, and one for
// each method that is timed.
func segueRuns(pr *segueProblem, quick bool) []paperRun {
	optimum := sync.OnceValues(func() (float64, error) { return pr.optimum() })
	runs := []paperRun{{setting: pr.name + ": paths", do: func(ctx context.Context) (outcome, error) { return comparePaths(ctx, pr) }}}
	for i, m := range segueMethods {
		cost := 1.0
		if i >= identicalMethods {
			cost = 10
		}
		runs = append(runs, paperRun{setting: pr.name + ": " + m.name, cost: cost, do: func(ctx context.Context) (outcome, error) {
			best, err := optimum()
			if err != nil {
				return outcome{}, err
			}
			return timeTo(ctx, pr, m.make, best, segueCap(quick))
		}})
	}
	return runs
}

// optimum returns the ELBO there.
func (pr *segueProblem) optimum() (float64, error) {
	res, err := vi.Fit(context.Background(), vi.Problem{Model: pr.model, Family: pr.family}, &vi.Settings{Tolerance: 1e-7, Check: -1})
	if err != nil {
		return 0, err
	}
	if res.Status != vi.Converged {
		return 0, fmt.Errorf("no optimum of %s: %v", pr.name, res.Status)
	}
	return res.ELBO, nil
}

// fit runs a method from the standard member on.
func (pr *segueProblem) fit(ctx context.Context, s vi.Settings) (*vi.Result, error) {
	s.Start, s.Check = pr.family.New(), -1
	return vi.Fit(ctx, vi.Problem{Model: pr.model, Family: pr.family}, &s)
}

// step is where an iteration led, and by which step size.
type step struct {
	λ families.Natural
	ρ float64
}

// comparePaths takes the same step sizes with the three methods, and returns the
// largest difference of the second and third from the first.
func comparePaths(ctx context.Context, pr *segueProblem) (outcome, error) {
	o := outcome{Values: map[string]number{}, Curves: map[string][]point{}}
	var path []step
	for i, m := range segueMethods[:identicalMethods] {
		worst, n := 0.0, 0
		record := func(it *vi.Iteration) error {
			if pr.draw != nil {
				o.Curves[m.name] = append(o.Curves[m.name], pr.draw(it.Q))
			}
			if i == 0 {
				path = append(path, step{it.Q.Natural(nil), it.Step})
				return nil
			}
			if it.Number < len(path) {
				worst = math.Max(worst, difference(it, path[it.Number]))
				n = it.Number
			}
			return nil
		}
		s := vi.Settings{Method: m.make(), Schedule: vi.Constant(pathStep), MaxIterations: pathLength, Tolerance: 1e-300, Recorder: vi.RecorderFunc(record)}
		if _, err := pr.fit(ctx, s); err != nil {
			return outcome{}, fmt.Errorf("%s: %w", m.name, err)
		}
		if i > 0 {
			o.Values["difference, "+m.name], o.Values["steps, "+m.name] = number(worst), number(n)
		}
	}
	return o, nil
}

// difference returns the largest of: the relative difference of the step sizes, that of
// λ relative to its largest entry, and that of λ in the Fisher metric.
func difference(it *vi.Iteration, at step) float64 {
	λ := it.Q.Natural(nil)
	var largest, off float64
	for i, x := range at.λ {
		largest = math.Max(largest, math.Abs(x))
		λ[i] -= x
		off = math.Max(off, math.Abs(λ[i]))
	}
	var square float64
	for i, x := range it.Q.FisherMulVec(nil, λ) {
		square += x * λ[i]
	}
	if largest == 0 {
		largest = 1
	}
	worst := math.Max(off/largest, math.Sqrt(math.Abs(square)))
	if it.Step != at.ρ {
		worst = math.Max(worst, math.Abs(it.Step-at.ρ)/at.ρ)
	}
	return worst
}

// arrival ends a run where the ELBO is near enough to the optimum. It is the Recorder
// too.
type arrival struct {
	target float64
	begin  time.Time
	at     vi.Iteration // of arrival
	took   float64      // seconds until then
	here   bool
	gaps   []point // iteration, nats below the optimum
	path   []point
	pr     *segueProblem
	next   float64 // iteration to record
}

func (a *arrival) Converged(it *vi.Iteration) bool { return it.ELBO >= a.target }

func (a *arrival) Record(it *vi.Iteration) error {
	if it.ELBO >= a.target && !a.here {
		a.took, a.here, a.at = time.Since(a.begin).Seconds(), true, *it
		a.next = 0
	}
	// On a logarithmic scale there is nothing to be seen between these.
	if n := float64(it.Number); n >= a.next {
		a.next = math.Max(n+1, 1.02*n)
		a.gaps = append(a.gaps, point{number(n), number(a.target + nearNats - it.ELBO)})
		if a.pr.draw != nil {
			a.path = append(a.path, a.pr.draw(it.Q))
		}
	}
	return nil
}

// Runs that are short are made several times, for their time.
const (
	timeRepeats = 5
	timeShort   = 0.2 // seconds of them all
)

// timeTo returns how long a method takes to come near to the optimum: infinitely long
// if it has not come there at the cap.
func timeTo(ctx context.Context, pr *segueProblem, method func() vi.Method, optimum float64, cap int) (outcome, error) {
	o := outcome{Values: map[string]number{"optimum": number(optimum)}}
	best, total := math.Inf(1), 0.0
	for range timeRepeats {
		a := &arrival{target: optimum - nearNats, pr: pr, begin: time.Now()}
		res, err := pr.fit(ctx, vi.Settings{Method: method(), MaxIterations: cap, Converger: a, Recorder: a})
		if err != nil {
			return outcome{}, err
		}
		iterations, took := number(math.Inf(1)), math.Inf(1)
		if a.here {
			iterations, took = number(a.at.Number), a.took
		} else if res.Status != vi.IterationLimit {
			return outcome{}, fmt.Errorf("%v %g nats below the optimum", res.Status, optimum-res.ELBO)
		}
		best = math.Min(best, took)
		o.Values["iterations"], o.Values["made"], o.Values["estimates"] = iterations, number(res.Iterations), number(res.Estimates)
		o.Values["left"] = number(optimum - res.ELBO)
		o.Curves = map[string][]point{"gap": a.gaps}
		if pr.draw != nil {
			o.Curves["path"] = a.path
		}
		if total += res.Runtime.Seconds(); total > timeShort {
			break
		}
	}
	o.Values["seconds"] = number(best)
	return o, nil
}

// segueRows adds the rows of a problem to the table.
func segueRows(t *table, pr *segueProblem, all results) {
	group := pr.name + ": " + pr.about
	paths := pr.name + ": paths"
	for _, m := range segueMethods[1:identicalMethods] {
		d, n := all.value(paths, "difference, "+m.name), all.value(paths, "steps, "+m.name)
		if n < pathLength/2 { // too short to say anything
			d = math.NaN()
		}
		t.add(group, fmt.Sprintf("largest difference from the fast update, %s, %.0f steps", m.name, n), nil, once(d), noMoreThan(sameStep))
	}
	for _, what := range []string{"iterations", "seconds"} {
		for _, m := range segueMethods {
			v := all.value(pr.name+": "+m.name, what)
			text := fmt.Sprintf("%s, %s", what, m.name)
			if math.IsInf(v, 1) {
				text = fmt.Sprintf("%s (%.3g nats left after %.0f iterations)", text,
					all.value(pr.name+": "+m.name, "left"), all.value(pr.name+": "+m.name, "made"))
			}
			t.add(group, text, nil, once(v), bar{})
		}
	}
	fast := all.value(pr.name+": "+segueMethods[0].name, "iterations")
	plain := pr.name + ": " + segueMethods[identicalMethods].name
	text, b := "iterations, gradient ascent as a multiple of the fast update", bar{}
	if pr.large {
		b = noLessThan(fewerSteps)
	}
	if math.IsInf(all.value(plain, "iterations"), 1) {
		text += ", at least"
	}
	t.add(group, text, nil, once(all.value(plain, "made")/fast), b)
}
