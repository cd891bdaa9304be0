package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"natgrad/estimators"
	"natgrad/models"
	"natgrad/vi"
)

// searched are the fits of mixtures of several sizes.
type searched struct {
	fits    []*fitted
	seconds float64
}

// fitted is one of them.
type fitted struct {
	k         int
	model     *models.Mixture
	res       *vi.Result
	effective int     // components that hold a row
	labels    float64 // logarithm of the number of copies of the posterior
	parts     []part
}

// part is a component, the heaviest first.
type part struct {
	index                  int // in the model
	weight, weightSD, rows float64
	models.GaussPosterior
}

// best returns the fit with the highest bound, names counted.
func (s *searched) best() *fitted {
	return slices.MaxFunc(s.fits, func(a, b *fitted) int {
		switch d := a.score() - b.score(); {
		case d > 0:
			return 1
		case d < 0:
			return -1
		}
		return 0
	})
}

func (f *fitted) score() float64 { return f.res.ELBO + f.labels }

// search fits mixtures of all sizes asked for. The error may come with those fitted
// before it.
func search(ctx context.Context, c *config, in *input) (*searched, error) {
	begin := time.Now()
	s := new(searched)
	first := 1
	if c.fixed {
		first = c.components
	}
	for k := first; k <= c.components; k++ {
		f, err := fit(ctx, c, in, k)
		if f != nil {
			s.fits = append(s.fits, f)
		}
		if err != nil {
			if f == nil && len(s.fits) == 0 {
				return nil, err
			}
			s.seconds = time.Since(begin).Seconds()
			return s, fmt.Errorf("%d components: %w", k, err)
		}
	}
	s.seconds = time.Since(begin).Seconds()
	return s, nil
}

var covariances = map[string]models.Covariance{
	"full": models.FullCovariance, "tied": models.TiedCovariance, "diag": models.DiagCovariance, "spherical": models.SphericalCovariance,
}

// fit fits a mixture of k components.
func fit(ctx context.Context, c *config, in *input, k int) (*fitted, error) {
	prior := &models.GaussPrior{MeanPrecision: c.meanPrec, DoF: c.ν, Scale: in.scale}
	weights := models.DirichletWeights
	if c.weights == "dp" {
		weights = models.StickWeights
	}
	m, err := models.NewGaussMixture(in.x, k, covariances[c.covariance], prior, weights, c.concentration)
	if err != nil {
		return nil, in.explain(err)
	}
	set := &vi.Settings{Starts: c.starts, Tolerance: c.tolerance, Seed: c.seed, Check: -1}
	rows, _ := in.x.Dims()
	if c.batch > 0 && c.batch < rows {
		set.Estimator = &estimators.Minibatch{Estimator: new(estimators.Local), Size: c.batch}
	}
	res, err := vi.Fit(ctx, vi.Problem{Model: m}, set)
	if res == nil || math.IsInf(res.ELBO, 0) || math.IsNaN(res.ELBO) {
		if errors.Is(err, context.Canceled) {
			err = errors.New("no fit: canceled")
		}
		return nil, err
	}
	f := &fitted{k: k, model: m, res: res}
	f.read(c)
	return f, err
}

// explain names the column of an error of the model.
func (in *input) explain(err error) error {
	if e, ok := errors.AsType[*models.DataError](err); ok && in.scale == nil && e.Row < 0 && e.Col >= 0 && e.Col < len(in.names) {
		return fmt.Errorf("%s: column %q: got %s, want %s; leave it out by -ignore, or give a -scale", in.file, in.names[e.Col], e.Got, e.Want)
	}
	return err
}

// read takes the components from the fit.
func (f *fitted) read(c *config) {
	λ := f.res.Q.Natural(nil)
	weight, sd := f.model.WeightMoments(λ)
	rows := f.model.PartRows(λ)
	for k, p := range f.model.GaussPosterior(λ) {
		f.parts = append(f.parts, part{k, weight[k], sd[k], rows[k], p})
		if rows[k] >= 1 {
			f.effective++
		}
	}
	slices.SortStableFunc(f.parts, func(a, b part) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return 0
	})
	if c.weights == "dirichlet" {
		all, _ := math.Lgamma(float64(f.k + 1))
		unused, _ := math.Lgamma(float64(f.k - f.effective + 1))
		f.labels = all - unused
	}
}
