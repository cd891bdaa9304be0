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

// fit finds the posterior.
func fit(ctx context.Context, c *config, in *input, rec vi.Recorder) (*vi.Result, error) {
	x := models.WithIntercept(in.train.X)
	_, d := x.Dims()
	precision := make([]float64, d)
	for j := range precision {
		precision[j] = c.precision
	}
	precision[0] = c.interceptδ0
	m, err := models.NewGLM(x, in.yTrain, c.newLikelihood(), precision)
	if err != nil {
		return nil, err
	}
	m.Names = in.names
	var family families.Family = families.DiagGaussian(d)
	if c.family == "full" {
		if d > maxFull {
			return nil, fmt.Errorf("a full covariance of %d coefficients is too large; use -family diag", d)
		}
		family = families.FullGaussian(d)
	}
	return vi.Fit(ctx, vi.Problem{Model: m, Family: family}, &vi.Settings{
		Method:        c.newMethod(),
		Estimator:     c.newEstimator(),
		MaxIterations: c.iterations,
		Tolerance:     c.tolerance,
		Seed:          c.seed,
		Recorder:      rec,
	})
}

func (c *config) newLikelihood() models.Likelihood {
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

// coefficient is the posterior of one coefficient.
type coefficient struct {
	Name string  `json:"name"`
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
	Q05  float64 `json:"q05"`
	Q95  float64 `json:"q95"`
}

// posterior is a Gaussian of the coefficients, the intercept first.
type posterior struct {
	mean, sd []float64     // in the scale that was fitted
	cov      []float64     // d×d row-major, nil if diagonal
	coef     []coefficient // in the units of the file
}

// quantile95 is Φ⁻¹(0.95).
const quantile95 = 1.6448536269514722

// newPosterior returns the moments of q in both scales. The error is a column
// of so little variation that its coefficient overflows in the units of the file.
func newPosterior(q families.Distribution, in *input) (*posterior, error) {
	g := q.(families.Gaussian)
	d := len(in.names)
	p := &posterior{mean: g.Loc(nil)}
	mean, variance := p.mean, g.Cov(nil)
	full := len(variance) > d // there is an intercept and a feature, so that d > 1
	if full {
		p.cov = variance
		variance = diagonal(p.cov, d)
	}
	p.sd = roots(variance)
	if in.std != nil {
		mean = in.std.Coefficients(nil, p.mean)
		if full {
			variance = diagonal(in.std.Covariance(nil, p.cov), d)
		} else {
			variance = in.std.Variances(nil, variance)
		}
	}
	sd := roots(variance)
	for j := len(sd) - 1; j >= 0; j-- { // the intercept last: it overflows with any other
		if x := math.Abs(mean[j]) + quantile95*sd[j]; math.IsInf(x, 0) || math.IsNaN(x) {
			return nil, fmt.Errorf("the coefficient of column %q is too large in the units of the data; multiply the column by a power of ten", in.names[j])
		}
	}
	for j, sd := range sd {
		p.coef = append(p.coef, coefficient{Name: in.names[j], Mean: mean[j], SD: sd,
			Q05: mean[j] - quantile95*sd, Q95: mean[j] + quantile95*sd})
	}
	return p, nil
}

func diagonal(a []float64, d int) []float64 {
	v := make([]float64, d)
	for j := range v {
		v[j] = a[j*d+j]
	}
	return v
}

// roots returns the square roots of variances. One that rounding has made
// negative counts as 0.
func roots(v []float64) []float64 {
	r := make([]float64, len(v))
	for j, x := range v {
		r[j] = math.Sqrt(math.Max(x, 0))
	}
	return r
}
