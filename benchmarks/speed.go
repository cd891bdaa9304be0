package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"natgrad/models"
)

var speed = experiment{
	name:  "speed",
	about: "Times whole logistic regressions in units of one pass over their matrix, on one core and on two, dense and sparse.",
	run:   runSpeed,
}

// The bars of the experiment.
const (
	maxFullPasses   = 60    // whole full-covariance fit, in XᵀWX passes
	maxDiagProducts = 10    // iteration of a diagonal fit, in X·w products
	minSparse       = 8     // times that a sparse fit is faster than a dense one
	maxSparseELBO   = 1e-10 // relative difference of their ELBOs
	minTwoCores     = 1.6   // times that two cores are faster than one
)

// speedSize is what -quick changes.
type speedSize struct {
	denseRows, denseCols   int // intercept included
	sparseRows, sparseCols int // of generated data, without the intercept
	repeat                 int
	kernelSeconds          float64 // for which a pass is repeated
	fitSeconds             float64 // the same of a fit
}

var (
	fullSize  = speedSize{20000, 101, adultRows, adultCols, 5, 0.1, 0.5}
	quickSize = speedSize{2000, 31, 2000, adultCols, 2, 0.01, 0}
)

// quickNote says what the verdicts of -quick are worth.
const quickNote = "the bars are those of the full case: this smaller one, of which fixed costs are a larger part, may miss them"

type speedOptions struct {
	quick  bool
	data   string
	seed   uint64
	repeat int
	json   string
}

func runSpeed(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o speedOptions
	fs := newFlags("speed", stderr)
	fs.BoolVar(&o.quick, "quick", false, "a smaller case on generated data, in a few seconds; misses do not fail")
	fs.StringVar(&o.data, "data", "", "`folder` that holds "+adultFile+" (default: $NATGRAD_SHARED, else ../shared)")
	fs.Uint64Var(&o.seed, "seed", 1, "of the generated data")
	fs.IntVar(&o.repeat, "repeat", 0, "times that everything is measured; 0: 5, or 2 with -quick")
	fs.StringVar(&o.json, "json", "", "`file` to write the results to")
	if err := parse(fs, args); err != nil {
		return err
	}
	size := fullSize
	if o.quick {
		size = quickSize
	}
	if o.repeat < 0 {
		return fmt.Errorf("-repeat %d: want 0 (the default) or a positive number", o.repeat)
	}
	if o.repeat > 0 {
		size.repeat = o.repeat
	}
	s, err := newSpeedRun(o, size, stdout)
	if err != nil {
		return err
	}
	if err := s.measure(ctx); err != nil {
		return err
	}
	if err := s.judge(ctx); err != nil {
		return err
	}
	s.report.print(stdout)
	fmt.Fprint(stdout, elsewhere)
	if o.json != "" {
		if err := s.report.writeJSON(o.json); err != nil {
			return err
		}
	}
	if missed := s.report.missed(); missed > 0 && !o.quick {
		return fmt.Errorf("%d of the bars missed", missed)
	}
	return nil
}

// elsewhere is context, not a measurement.
const elsewhere = `
For comparison, figures that were measured elsewhere, on other hardware, for
logistic regressions of the size of the dense case (CPU seconds, and nats below
the optimal ELBO of the family). They are quoted, not measured here:
  full covariance  CmdStan optimise + Laplace 2.3 s, 0.14 nats; CmdStan full-rank
                   ADVI 8–24 s, over 1000 nats though it reports convergence;
                   Pathfinder 7.3 s, 17 nats; Pyro 40 s, 2 nats; NUTS 54 s a chain
  diagonal         IVON 9 s, 0.05 nats
`

// speedRun is the experiment in progress.
type speedRun struct {
	size          speedSize
	cores         []int // to measure on
	dense         *models.GLM
	sparse        *models.GLM
	sparseAsDense *models.GLM

	fits   map[fitKey]*fit
	order  []fitKey
	report report
}

// fitKey names a fit: the data, the family and the number of cores.
type fitKey struct {
	data   string
	family string
	cores  int
}

const (
	denseData         = "dense"
	sparseData        = "sparse"
	sparseAsDenseData = "sparse as dense"
	fullFamily        = "full"
	diagFamily        = "diag"
)

func newSpeedRun(o speedOptions, size speedSize, stdout io.Writer) (*speedRun, error) {
	s := &speedRun{size: size, cores: []int{1, 2}, fits: map[fitKey]*fit{}}
	if runtime.NumCPU() < 2 {
		s.cores = s.cores[:1]
		fmt.Fprintln(stdout, "This machine has one core: nothing is measured on two.")
	}
	d, err := generateDense(size.denseRows, size.denseCols, o.seed)
	if err != nil {
		return nil, err
	}
	if s.dense, err = d.glm(); err != nil {
		return nil, err
	}
	fmt.Fprintf(stdout, "dense    %d × %d, generated with seed %d: normal columns, correlation 0.5^|j−k|, and an intercept; labels from the model\n",
		size.denseRows, size.denseCols, o.seed)

	sp, origin, err := sparseCase(o, size)
	if err != nil {
		return nil, err
	}
	if s.sparse, err = sp.glm(); err != nil {
		return nil, err
	}
	csr := sp.x.(*models.CSR)
	n, cols := csr.Dims()
	fmt.Fprintf(stdout, "sparse   %d × %d with intercept, %.1f entries a row, %s\n", n, cols, float64(csr.NumNonzero())/float64(n), origin)
	if s.sparseAsDense, err = (regression{csr.Dense(), sp.y}).glm(); err != nil {
		return nil, err
	}
	fmt.Fprintf(stdout, "model    logistic regression, prior N(0, 1) for every coefficient; vi.Fit with default settings, estimators.Quadrature\n")
	fmt.Fprintf(stdout, "measured %d times in turn, value is the median over rounds; about a minute on an idle machine, seconds with -quick\n", size.repeat)
	if o.quick {
		fmt.Fprintln(stdout, quickNote)
	}
	fmt.Fprintln(stdout)
	s.report.Experiment, s.report.Quick, s.report.Seed = "speed", o.quick, o.seed
	s.report.Sparse = origin
	s.prepare()
	return s, nil
}

// sparseCase returns a9a, or data like it, and where it is from.
func sparseCase(o speedOptions, size speedSize) (r regression, origin string, err error) {
	if !o.quick {
		r, ok, err := openAdult(o.data)
		if err != nil || ok {
			return r, "a9a", err
		}
		origin = fmt.Sprintf("; a9a is absent (no %s in %s, see -data)", adultFile, sharedDir(o.data))
	}
	r, err = generateSparse(size.sparseRows, size.sparseCols, o.seed)
	return r, fmt.Sprintf("generated with seed %d: one indicator of each of %d groups%s", o.seed, onesPerRow, origin), err
}

// judge compares what was measured with the bars.
func (s *speedRun) judge(ctx context.Context) error {
	r := &s.report
	of := func(data, family string, cores int) *fit { return s.fits[fitKey{data, family, cores}] }
	for _, c := range s.cores {
		f := of(denseData, fullFamily, c)
		r.atMost("whole full fit, dense / one XᵀWX pass on one core", c, f.over(f.gram), maxFullPasses)
	}
	for _, c := range s.cores {
		f := of(denseData, diagFamily, c)
		products := f.over(f.product)
		r.atMost("diag fit, dense, per iteration / one X·w product on one core", c, products.times(1/float64(f.res.Iterations)), maxDiagProducts)
		r.info("diag fit, dense, per gradient estimate / one X·w product on one core", c, products.times(1/float64(f.res.Estimates)))
	}
	for _, c := range s.cores {
		sparse, dense := of(sparseData, fullFamily, c), of(sparseAsDenseData, fullFamily, c)
		r.atLeast("full fit of the sparse matrix stored as dense / as sparse", c, dense.over(sparse.samples), minSparse)
		r.atMost("relative difference of their ELBOs", c, samples{relative(sparse.res.ELBO, dense.res.ELBO)}, maxSparseELBO)
	}
	if len(s.cores) > 1 {
		r.atLeast("full fit, dense, on one core / on two", 2, of(denseData, fullFamily, 1).over(of(denseData, fullFamily, 2).samples), minTwoCores)
		r.info("diag fit, dense, on one core / on two", 2, of(denseData, diagFamily, 1).over(of(denseData, diagFamily, 2).samples))
	}
	if err := s.judgeAllocs(ctx); err != nil {
		return err
	}
	var gram, product samples
	for _, k := range s.order {
		gram, product = append(gram, s.fits[k].gram...), append(product, s.fits[k].product...)
	}
	r.addTime("XᵀWX, AddGram in chunks of 256 rows, dense", 1, gram)
	r.addTime("X·w, MulVec, dense", 1, product)
	for _, k := range s.order {
		f := s.fits[k]
		r.addFit(fmt.Sprintf("%s fit, %s", k.family, k.data), k.cores, f.samples, f.res)
	}
	return nil
}

var errNotConverged = errors.New("a fit did not converge")
