package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"natgrad/estimators"
	"natgrad/models"
	"natgrad/vi"
)

var mixture = experiment{
	name:  "mixture",
	about: "Times iterations of Gaussian mixtures on one core and on two, beside scikit-learn's, and fits one on which plain iterations crawl.",
	run:   runMixture,
}

// The bars of the experiment.
const (
	minMixtureCores = 1.7   // times that two cores are faster than one
	minScikit       = 5     // times that an iteration is faster than scikit-learn's, one core each
	minAcceleration = 2     // times that plain steps need more estimates than the default
	maxMixtureGap   = 1e-10 // relative difference of their ELBOs
)

// mixtureSize is what -quick changes.
type mixtureSize struct {
	rows, cols, components int // timed
	slowRows               int // of the fits to the end
	warm, steps            int // iterations before, and in one measurement
	repeat                 int
	scikitShort            int // iterations: the time of one is from the difference
	scikitLong             int
}

var (
	fullMixture  = mixtureSize{100000, 10, 15, 100000, 20, 5, 40, 2, 7}
	quickMixture = mixtureSize{10000, 10, 15, 5000, 10, 3, 5, 2, 7}
)

// The mixtures of the fits to the end.
const (
	slowCols       = 2
	slowComponents = 10
	fewIterations  = 2000  // of plain steps that crawl, and of scikit-learn
	manyIterations = 20000 // of others
)

type mixtureOptions struct {
	quick bool
	seed  uint64
	wait  bool
	json  string
}

func runMixture(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o mixtureOptions
	fs := newFlags("mixture", stderr)
	fs.BoolVar(&o.quick, "quick", false, "a smaller case, in seconds; misses do not fail")
	fs.Uint64Var(&o.seed, "seed", 1, "of the generated data and of the fits")
	fs.BoolVar(&o.wait, "wait", false, "fit the overlapping rows of two columns by scikit-learn too, up to 2000 iterations: minutes")
	fs.StringVar(&o.json, "json", "", "`file` to write the results to")
	if err := parse(fs, args); err != nil {
		return err
	}
	m := &mixtureRun{o: o, size: fullMixture, out: stdout, cores: []int{1, 2}}
	m.report.Experiment, m.report.Quick, m.report.Seed = "mixture", o.quick, o.seed
	if o.quick {
		m.size = quickMixture
	}
	if runtime.NumCPU() < 2 {
		m.cores = m.cores[:1]
		fmt.Fprintln(stdout, "This machine has one core: nothing is measured on two.")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	fmt.Fprintf(stdout, "data     normal rows about centers drawn from N(0, s²), generated with seed %d: s = 1 overlapping, 3 touching, 5 apart\n", o.seed)
	fmt.Fprintln(stdout, "model    full covariances, the default priors; variational Bayes EM by vi.Run; the best of all measurements counts")
	if o.quick {
		fmt.Fprintln(stdout, quickNote)
	}
	for _, c := range []struct {
		name   string
		spread float64
	}{{"overlapping", 1}, {"apart", 5}} {
		if err := m.iterations(ctx, c.name, c.spread); err != nil {
			return err
		}
	}
	if err := m.toTheEnds(ctx); err != nil {
		return err
	}
	fmt.Fprintln(stdout)
	m.report.print(stdout)
	if o.json != "" {
		if err := m.report.writeJSON(o.json); err != nil {
			return err
		}
	}
	if missed := m.report.missed(); missed > 0 && !o.quick {
		return fmt.Errorf("%d of the bars missed", missed)
	}
	return nil
}

type mixtureRun struct {
	o      mixtureOptions
	size   mixtureSize
	cores  []int
	out    io.Writer
	report report
}

// generateMixture draws rows, each of a center drawn from N(0, spread²) plus N(0, 1).
func generateMixture(rows, cols, components int, spread float64, seed uint64) []float64 {
	rng := estimators.NewRng()
	rng.Seek(estimators.Stream{Seed: seed}, 0)
	centers, y := make([]float64, components*cols), make([]float64, rows*cols)
	for i := range centers {
		centers[i] = spread * rng.NormFloat64()
	}
	for i := range rows {
		c := rng.IntN(components)
		for j := range cols {
			y[i*cols+j] = centers[c*cols+j] + rng.NormFloat64()
		}
	}
	return y
}

func newMixtureModel(y []float64, cols, components int) (*models.Mixture, error) {
	x, err := models.NewDense(len(y)/cols, cols, y)
	if err != nil {
		return nil, err
	}
	return models.NewGaussMixture(x, components, models.FullCovariance, nil, models.DirichletWeights, 0)
}

// mixtureSettings are those of a run from one start.
func mixtureSettings(cores int, seed uint64, plain bool) *vi.Settings {
	s := &vi.Settings{Estimator: &estimators.Local{Summer: &estimators.Goroutines{N: cores}}, Seed: seed, Starts: 1, Check: -1}
	if plain {
		s.Method = &vi.Natural{Memory: -1}
	}
	return s
}

// iterations times plain iterations, of one core and of two in turn with scikit-learn's.
func (m *mixtureRun) iterations(ctx context.Context, name string, spread float64) error {
	z := m.size
	what := fmt.Sprintf("%d × %d rows %s, %d components", z.rows, z.cols, name, z.components)
	y := generateMixture(z.rows, z.cols, z.components, spread, m.o.seed)
	model, err := newMixtureModel(y, z.cols, z.components)
	if err != nil {
		return err
	}
	set := mixtureSettings(m.cores[len(m.cores)-1], m.o.seed, true)
	set.MaxIterations = z.warm
	warm, err := vi.Fit(ctx, vi.Problem{Model: model}, set)
	if err != nil {
		return err
	}
	scikit, err := startMixtureScikit(ctx, y, z.cols, z.components)
	if errors.Is(err, errNoScikit) {
		fmt.Fprintf(m.out, "%s: not beside scikit-learn: %v\n", name, err)
	} else if err != nil {
		return err
	} else {
		defer scikit.close()
		fmt.Fprintf(m.out, "%s: beside scikit-learn %s, one thread\n", name, scikit.version)
	}
	own := make([]samples, len(m.cores))
	var short, long samples
	for round := range z.repeat {
		for i, cores := range m.cores {
			s, err := timeIterations(ctx, model, warm, cores, z.steps)
			if err != nil {
				return err
			}
			own[i] = append(own[i], s)
		}
		if scikit == nil || round%8 != 0 {
			continue
		}
		a, err := scikit.fit(z.scikitShort, 0)
		if err != nil {
			return err
		}
		b, err := scikit.fit(z.scikitLong, 0)
		if err != nil {
			return err
		}
		short, long = append(short, a.seconds), append(long, b.seconds)
	}
	for i, cores := range m.cores {
		m.report.addTime("an iteration, "+what, cores, own[i])
	}
	if len(m.cores) > 1 {
		m.report.atLeast("an iteration on one core / on two, rows "+name, 2, samples{own[0].best() / own[1].best()}, minMixtureCores)
	}
	if scikit != nil {
		one := (long.best() - short.best()) / float64(z.scikitLong-z.scikitShort)
		m.report.addTime("an iteration of scikit-learn, "+what, 1, samples{one})
		m.report.atLeast("an iteration of scikit-learn / of ours, rows "+name, 1, samples{one / own[0].best()}, minScikit)
	}
	return nil
}

// timeIterations returns the seconds of one plain iteration, after where a fit ended.
func timeIterations(ctx context.Context, model *models.Mixture, from *vi.Result, cores, steps int) (float64, error) {
	runtime.GOMAXPROCS(cores)
	set := mixtureSettings(cores, 0, true)
	set.Start, set.MaxIterations = from.Q, 1+steps
	r, err := vi.NewRun(vi.Problem{Model: model}, set)
	if err != nil {
		return 0, err
	}
	var begin time.Time
	first := 0
	for r.Status() == vi.Running {
		if err := r.Step(ctx); err != nil {
			return 0, err
		}
		if first == 0 { // it takes the gradient at the start too
			first, begin = r.Iteration().Estimates, time.Now()
		}
	}
	// Each plain iteration makes one estimate, unless it has to be shortened.
	n := r.Iteration().Estimates - first
	if n == 0 {
		return 0, fmt.Errorf("a run to be timed ended after its first step: %v", r.Status())
	}
	return time.Since(begin).Seconds() / float64(n), nil
}
