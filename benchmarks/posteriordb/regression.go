package posteriordb

import (
	"fmt"
	"math"

	"natgrad/models/ad"
)

// column makes one column of a design, or the response, from the data.
type column func(d *Data) []float64

// regression is a linear regression with Gaussian noise of unknown scale:
//
//	y ~ N(X β, σ²),  β flat
//
// with a half-Cauchy prior of σ, or a flat one.
type regression struct {
	y           column
	x           []column
	sigmaCauchy float64 // scale of the prior of σ; 0: flat
}

func (r regression) build(d *Data) (*ad.Model, error) {
	y := r.y(d)
	n, k := len(y), len(r.x)
	x := make([]float64, n*k)
	for j, c := range r.x {
		v := c(d)
		if len(v) != n {
			return nil, fmt.Errorf("column %d of the design has length %d, the response %d", j+1, len(v), n)
		}
		for i := range v {
			x[i*k+j] = v[i]
		}
	}
	design := d.dense(x, n, k)
	m := new(ad.Model)
	beta, sigma := m.Real("beta", k), m.Positive("sigma")
	return m, m.Density(func(p *ad.Tape) {
		if r.sigmaCauchy > 0 {
			p.Follows(sigma, ad.HalfCauchy(r.sigmaCauchy))
		}
		p.Follows(y, ad.Normal(p.MulVec(design, beta), sigma))
	})
}

var (
	kidScore  = raw("kid_score")
	momHS     = raw("mom_hs")
	momIQ     = raw("mom_iq")
	logWeight = logOf(raw("weight"))
	volume    = logOf(times(times(raw("diam1"), raw("diam2")), raw("canopy_height")))
	area      = logOf(times(raw("diam1"), raw("diam2")))
	shape     = logOf(over(raw("diam1"), raw("diam2")))
	logTotal  = logOf(raw("total_height"))
	logDens   = logOf(raw("density"))
	group     = raw("group")
)

// regressions by the names of the models: the response, and the columns after the
// intercept.
var regressions = map[string]regression{
	"earn_height":         flat(raw("earn"), raw("height")),
	"logearn_height":      flat(logOf(raw("earn")), raw("height")),
	"log10earn_height":    flat(log10Of(raw("earn")), raw("height")),
	"logearn_height_male": flat(logOf(raw("earn")), raw("height"), raw("male")),
	"logearn_interaction_z": flat(logOf(raw("earn")), standardised(raw("height")), raw("male"),
		times(standardised(raw("height")), raw("male"))),

	"kidscore_momhs":       cauchy(2.5, kidScore, momHS),
	"kidscore_momiq":       cauchy(2.5, kidScore, momIQ),
	"kidscore_interaction": cauchy(2.5, kidScore, momHS, momIQ, times(momHS, momIQ)),
	"kidscore_interaction_c": flat(kidScore, centred(momHS), centred(momIQ),
		times(centred(momHS), centred(momIQ))),
	"kidscore_interaction_c2": flat(kidScore, minus(momHS, 0.5), minus(momIQ, 100),
		times(minus(momHS, 0.5), minus(momIQ, 100))),

	"logmesquite": flat(logWeight, logOf(raw("diam1")), logOf(raw("diam2")), logOf(raw("canopy_height")),
		logTotal, logDens, group),
	"logmesquite_logva":     flat(logWeight, volume, area, group),
	"logmesquite_logvas":    flat(logWeight, volume, area, shape, logTotal, logDens, group),
	"logmesquite_logvolume": flat(logWeight, volume),

	"nes": flat(raw("partyid7"), raw("real_ideo"), raw("race_adj"),
		is(raw("age_discrete"), 2), is(raw("age_discrete"), 3), is(raw("age_discrete"), 4),
		raw("educ1"), raw("gender"), raw("income")),
}

// flat is a regression with an intercept and a flat prior of σ.
func flat(y column, x ...column) regression { return cauchy(0, y, x...) }

// cauchy is a regression with an intercept and a half-Cauchy prior of σ.
func cauchy(scale float64, y column, x ...column) regression {
	one := elementwise(y, func(float64) float64 { return 1 })
	return regression{y: y, x: append([]column{one}, x...), sigmaCauchy: scale}
}

func raw(name string) column { return func(d *Data) []float64 { return d.Vector(name) } }

func elementwise(c column, f func(float64) float64) column {
	return func(d *Data) []float64 {
		x := c(d)
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = f(v)
		}
		return y
	}
}

func logOf(c column) column   { return elementwise(c, math.Log) }
func log10Of(c column) column { return elementwise(c, math.Log10) }

func minus(c column, v float64) column {
	return elementwise(c, func(x float64) float64 { return x - v })
}

// is returns 1 where c has the value v, else 0.
func is(c column, v float64) column {
	return elementwise(c, func(x float64) float64 {
		if x == v {
			return 1
		}
		return 0
	})
}

func pairs(a, b column, f func(a, b float64) float64) column {
	return func(d *Data) []float64 {
		x, y := a(d), b(d)
		z := make([]float64, min(len(x), len(y)))
		for i := range z {
			z[i] = f(x[i], y[i])
		}
		return z
	}
}

func times(a, b column) column {
	return pairs(a, b, func(a, b float64) float64 { return a * b })
}

func over(a, b column) column {
	return pairs(a, b, func(a, b float64) float64 { return a / b })
}

// centred subtracts the mean.
func centred(c column) column {
	return func(d *Data) []float64 {
		mean, _ := meanSD(c(d), 1)
		return minus(c, mean)(d)
	}
}

// standardised subtracts the mean and divides by the standard deviation, with the
// divisor N − 1.
func standardised(c column) column { return scaled(c, 1) }

// scaled is standardised with the divisor N − ddof.
func scaled(c column, ddof int) column {
	return func(d *Data) []float64 {
		mean, sd := meanSD(c(d), ddof)
		return elementwise(c, func(x float64) float64 { return (x - mean) / sd })(d)
	}
}

func meanSD(x []float64, ddof int) (mean, sd float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / float64(len(x)-ddof))
}

// blr is a regression without an intercept and with proper priors.
func blr(d *Data) (*ad.Model, error) {
	x, y := d.Matrix("X"), d.Vector("y")
	_, k := x.Dims()
	m := new(ad.Model)
	beta, sigma := m.Real("beta", k), m.Positive("sigma")
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(beta, ad.Normal(0, 10))
		p.Follows(sigma, ad.HalfNormal(10))
		p.Follows(y, ad.Normal(p.MulVec(x, beta), sigma))
	})
}
