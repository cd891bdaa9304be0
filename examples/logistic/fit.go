package main

import (
	"context"
	"fmt"
	"math"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// maxFull is the number of coefficients up to which a full covariance is fitted:
// its matrices, of which a fit needs about ten, have 800 MB then.
const maxFull = 10000

// fit finds the posterior. Its beliefs are nil if there is none.
func fit(ctx context.Context, c *config, in *input, rec vi.Recorder) (*vi.Result, beliefs, error) {
	x := models.WithIntercept(in.train.X)
	_, d := x.Dims()
	precision := make([]float64, d)
	for j := range precision {
		precision[j] = c.precision
	}
	precision[0] = c.interceptδ0
	m, err := models.NewGLM(x, in.yTrain, c.newLikelihood(), precision)
	if err != nil {
		return nil, nil, err
	}
	m.Names = in.names
	settings := &vi.Settings{
		Method:        c.newMethod(),
		Estimator:     c.newEstimator(),
		MaxIterations: c.iterations,
		Tolerance:     c.tolerance,
		Seed:          c.seed,
		Recorder:      rec,
	}
	if c.latent(m) {
		return fitLatent(ctx, m, settings)
	}
	var family families.Family = families.DiagGaussian(d)
	if c.family == "full" {
		if d > maxFull {
			return nil, nil, fmt.Errorf("a full covariance of %d coefficients is too large; use -family diag", d)
		}
		family = families.FullGaussian(d)
	}
	res, err := vi.Fit(ctx, vi.Problem{Model: m, Family: family}, settings)
	if !usable(res) {
		return res, nil, err
	}
	return res, newDirect(res.Q.(families.Gaussian)), err
}

// latent reports whether the linear predictors of the rows are fitted for the
// coefficients: they are fewer then, and the posterior is the same.
func (c *config) latent(m *models.GLM) bool {
	return c.family == "full" && c.method == "natural" && c.estimator == "auto" && c.batch == 0 && m.Wide() && m.NumData() <= maxFull
}

func fitLatent(ctx context.Context, m *models.GLM, s *vi.Settings) (*vi.Result, beliefs, error) {
	l, err := m.Latent()
	if err != nil {
		return nil, nil, err
	}
	s.Estimator = new(estimators.Sites)
	res, err := vi.Fit(ctx, vi.Problem{Model: l}, s)
	if !usable(res) {
		return res, nil, err
	}
	return res, byRows{l, res.Q.(*families.GaussianSitesDist), m.Dim()}, err
}

func (c *config) newLikelihood() models.PredictiveLikelihood {
	if c.likelihood == "probit" {
		return models.BernoulliProbit{}
	}
	return models.BernoulliLogit{}
}

func (c *config) newMethod() vi.Method {
	switch c.method {
	case "fisher":
		return new(vi.Fisher)
	case "mirror":
		return new(vi.Mirror)
	case "euclidean":
		return new(vi.Euclidean)
	case "adam":
		return new(vi.Adam)
	case "retraction":
		return new(vi.Retraction)
	}
	return new(vi.Natural)
}

func (c *config) newEstimator() estimators.Estimator {
	var e estimators.Estimator = new(estimators.Quadrature)
	switch c.estimator {
	case "price":
		e = new(estimators.Price)
	case "stein":
		e = new(estimators.Stein)
	case "pathwise":
		e = new(estimators.Pathwise)
	case "score":
		e = new(estimators.Score)
	}
	if c.batch > 0 {
		e = &estimators.Minibatch{Estimator: e, Size: c.batch}
	}
	return e
}

// usable reports whether a fit got as far as a member whose ELBO is known.
func usable(res *vi.Result) bool {
	return res != nil && !math.IsInf(res.ELBO, 0) && !math.IsNaN(res.ELBO)
}
