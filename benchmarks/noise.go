package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"text/tabwriter"
	"time"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/models/dataset"
	"natgrad/vi"
)

var noise = experiment{
	name:  "noise",
	about: "Fits logistic regressions with noisy estimators from ten seeds, and measures how far below the optimal ELBO they stop.",
	run:   runNoise,
}

// noiseCase is a logistic regression whose optimal ELBOs are known.
type noiseCase struct {
	name, file        string
	features          int // 0: as in the file
	standardise       bool
	positive          string
	intercept, others float64 // prior precisions
	full, diag        float64 // optimal ELBO in nats, by 99-node Gauss–Hermite sums in another program
	estimators        []noisyEstimator
}

// noisyEstimator is an estimator with default settings and its bar.
type noisyEstimator struct {
	name string
	full bool
	make func() estimators.Estimator
	bar  float64 // nats
}

var (
	price    = noisyEstimator{"price", true, func() estimators.Estimator { return new(estimators.Price) }, 0.05}
	stein    = noisyEstimator{"stein", true, func() estimators.Estimator { return new(estimators.Stein) }, 0.5}
	pathwise = noisyEstimator{"pathwise", false, func() estimators.Estimator { return new(estimators.Pathwise) }, 0.5}
	score    = noisyEstimator{"score", false, func() estimators.Estimator { return new(estimators.Score) }, 2}
)

var noiseCases = []noiseCase{
	{name: "pima", file: "pima.libsvm", standardise: true, positive: "1", intercept: 1, others: 1,
		full: -383.8867186, diag: -384.4893763, estimators: []noisyEstimator{price, stein, pathwise, score}},
	{name: "a1a", file: "a1a.libsvm", features: adultCols, positive: "1", intercept: 1e-5, others: 2.8072,
		full: -595.8773337, diag: -619.954314, estimators: []noisyEstimator{price, stein, pathwise}},
}

func runNoise(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := newFlags("noise", stderr)
	quick := flags.Bool("quick", false, "two seeds, pima only")
	data := flags.String("data", "", "`folder` that holds data/classification (default: $NATGRAD_SHARED, else ../shared)")
	seeds := flags.Int("seeds", 10, "`number` of seeds")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *seeds < 1 {
		return fmt.Errorf("-seeds %d: want a positive number", *seeds)
	}
	cases := noiseCases
	if *quick {
		cases, *seeds = cases[:1], 2
	}
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(stdout, "vi.Fit with default settings from %d seeds; gaps are nats below the optimal ELBO, evaluated without noise\n\n", *seeds)
	fmt.Fprintln(t, "data\tfamily\testimator\tworst gap\tbar\tverdict\tconverged\tworst |z| of ELBO\testimates\tgradients\tseconds a fit")
	missed := 0
	for _, c := range cases {
		m, err := c.open(sharedDir(*data))
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w; give the folder that holds data/classification by -data", err)
		}
		if err != nil {
			return err
		}
		for _, e := range c.estimators {
			row, err := c.measure(ctx, m, e, *seeds)
			if err != nil {
				return err
			}
			verdict := "met"
			if !(row.worst <= e.bar) || row.converged < *seeds {
				verdict = "NOT MET"
				missed++
			}
			family := "diag"
			if e.full {
				family = "full"
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%.2g\t≤ %g\t%s\t%d of %d\t%.2g\t%.0f\t%.0f\t%.2g\n", c.name, family, e.name, row.worst, e.bar, verdict,
				row.converged, *seeds, row.z, row.estimates/float64(*seeds), row.gradients/float64(*seeds), row.seconds/float64(*seeds))
		}
	}
	t.Flush()
	if missed > 0 {
		return fmt.Errorf("%d of the bars missed", missed)
	}
	return nil
}

// open reads the data and returns the model.
func (c *noiseCase) open(dir string) (*models.GLM, error) {
	d, err := dataset.OpenLIBSVM(filepath.Join(dir, "data", "classification", c.file), &dataset.Options{Features: c.features})
	if err != nil {
		return nil, err
	}
	if c.standardise {
		if d, err = dataset.NewStandardizer(d).Apply(d); err != nil {
			return nil, err
		}
	}
	y, err := d.OneAgainstRest(c.positive)
	if err != nil {
		return nil, err
	}
	x := models.WithIntercept(d.X)
	_, cols := x.Dims()
	precision := make([]float64, cols)
	for j := range precision {
		precision[j] = c.others
	}
	precision[0] = c.intercept
	return models.NewGLM(x, y, models.BernoulliLogit{}, precision)
}

// noiseRow sums up the fits of several seeds.
type noiseRow struct {
	worst, z                      float64
	converged                     int
	estimates, gradients, seconds float64
}

func (c *noiseCase) measure(ctx context.Context, m *models.GLM, e noisyEstimator, seeds int) (row noiseRow, err error) {
	family, best := families.DiagGaussian(m.Dim()), c.diag
	if e.full {
		family, best = families.FullGaussian(m.Dim()), c.full
	}
	exact := new(estimators.Quadrature)
	if err := exact.Init(m, family); err != nil {
		return row, err
	}
	grad := make(families.Natural, family.NumParams())
	row.worst = math.Inf(-1)
	for seed := range seeds {
		begin := time.Now()
		res, err := vi.Fit(ctx, vi.Problem{Model: m, Family: family}, &vi.Settings{Estimator: e.make(), Seed: uint64(seed)})
		if err != nil {
			return row, err
		}
		row.seconds += time.Since(begin).Seconds()
		row.estimates += float64(res.Estimates)
		row.gradients += float64(res.GradEvals + res.ModelEvals)
		if res.Status == vi.Converged {
			row.converged++
		}
		s, err := exact.Estimate(ctx, grad, res.Q, estimators.Stream{})
		if err != nil {
			return row, err
		}
		elbo := s.ELogJoint + res.Q.Entropy()
		row.worst = math.Max(row.worst, best-elbo)
		row.z = math.Max(row.z, math.Abs(res.ELBO-elbo)/res.StdErr)
	}
	return row, nil
}
