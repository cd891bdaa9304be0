package main

import (
	"fmt"
	"math"

	"natgrad/families"
	"natgrad/models"
)

// beliefs are the Gaussian posterior of the coefficients, the intercept first, in
// the scale that was fitted.
type beliefs interface {
	means() []float64
	variances() []float64
	// cov returns the covariance, d×d row-major, nil if it is diagonal or too large.
	cov() []float64
	// predictors returns the means and variances of xᵀw for the rows of x.
	predictors(x models.Matrix) (m, v []float64)
}

// direct are those of a fit of the coefficients.
type direct struct {
	q         families.Gaussian
	loc, full []float64 // full is nil if the covariance is diagonal
	diag      []float64
}

func newDirect(q families.Gaussian) *direct {
	b := &direct{q: q, loc: q.Loc(nil), diag: q.Cov(nil)}
	if d := len(b.loc); len(b.diag) > d { // there is an intercept and a feature, so that d > 1
		b.full, b.diag = b.diag, diagonal(b.diag, d)
	}
	return b
}

func (b *direct) means() []float64     { return b.loc }
func (b *direct) variances() []float64 { return b.diag }
func (b *direct) cov() []float64       { return b.full }

func (b *direct) predictors(x models.Matrix) (m, v []float64) {
	const chunk = 256
	n, _ := x.Dims()
	m, v = make([]float64, n), make([]float64, n)
	var factor []float64
	if full, ok := b.q.(interface{ CovFactor(dst []float64) []float64 }); ok {
		factor = full.CovFactor(nil)
	}
	work := x.NewWork(chunk)
	for lo := 0; lo < n; lo += chunk {
		hi := min(lo+chunk, n)
		x.MulVec(m[lo:hi], b.loc, lo, hi)
		if factor != nil {
			x.QuadForm(v[lo:hi], factor, b.full, lo, hi, work)
		} else {
			x.MulVecSq(v[lo:hi], b.diag, lo, hi, work)
		}
	}
	return m, v
}

// byRows are those of a fit of the linear predictors of the rows, of which there
// are fewer than coefficients.
type byRows struct {
	m *models.LatentGLM
	q *families.GaussianSitesDist
	d int // number of coefficients
}

// maxCov is the number of coefficients up to which a covariance that the fit did
// without is computed, and written in 200 MB of JSON.
const maxCov = 2500

func (b byRows) means() []float64     { return b.m.CoefficientMeans(nil, b.q) }
func (b byRows) variances() []float64 { return b.m.CoefficientVariances(nil, b.q) }

func (b byRows) cov() []float64 {
	if b.d > maxCov {
		return nil
	}
	return b.m.CoefficientCov(nil, b.q)
}

func (b byRows) predictors(x models.Matrix) (m, v []float64) {
	n, d := x.Dims()
	m, v = make([]float64, n), make([]float64, n)
	row := make([]float64, d)
	for i := range n {
		clear(row)
		x.AddMulVecTrans(row, []float64{1}, i, i+1)
		m[i], v[i] = b.m.Combination(b.q, row)
	}
	return m, v
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
	cov      []float64     // d×d row-major, nil if diagonal or too large
	coef     []coefficient // in the units of the file
}

// quantile95 is Φ⁻¹(0.95).
const quantile95 = 1.6448536269514722

// newPosterior returns the moments in both scales. The error is a column of so
// little variation that its coefficient overflows in the units of the file.
func newPosterior(b beliefs, in *input) (*posterior, error) {
	p := &posterior{mean: b.means(), cov: b.cov()}
	mean, variance := p.mean, b.variances()
	p.sd = roots(variance)
	if in.std != nil {
		mean = in.std.Coefficients(nil, p.mean)
		variance = in.std.Variances(nil, variance)
		variance[0] = interceptVariance(b, in)
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

// interceptVariance returns that of the intercept in the units of the file: of the
// predictor of a row of zeros.
func interceptVariance(b beliefs, in *input) float64 {
	zero := make([]float64, len(in.names))
	zero[0] = 1
	for j, sd := range in.std.SD {
		if sd > 0 {
			zero[j+1] = -in.std.Mean[j] / sd
		}
	}
	x, err := models.NewDense(1, len(zero), zero)
	if err != nil {
		return math.Inf(1)
	}
	_, v := b.predictors(x)
	return v[0]
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
