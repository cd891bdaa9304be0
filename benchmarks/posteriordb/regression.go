package posteriordb

import (
	"fmt"
	"math"

	"natgrad/models/ad"
)

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
	design, err := designOf(d, len(y), r.x)
	if err != nil {
		return nil, err
	}
	m := new(ad.Model)
	beta, sigma := m.Real("beta", len(r.x)), m.Positive("sigma")
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

	"logearn_interaction":    flat(logOf(raw("earn")), raw("height"), raw("male"), times(raw("height"), raw("male"))),
	"logearn_logheight_male": flat(logOf(raw("earn")), logOf(raw("height")), raw("male")),

	"kidscore_momhs":       cauchy(2.5, kidScore, momHS),
	"kidscore_momiq":       cauchy(2.5, kidScore, momIQ),
	"kidscore_momhsiq":     cauchy(2.5, kidScore, momHS, momIQ),
	"kidscore_interaction": cauchy(2.5, kidScore, momHS, momIQ, times(momHS, momIQ)),
	"kidscore_interaction_c": flat(kidScore, centred(momHS), centred(momIQ),
		times(centred(momHS), centred(momIQ))),
	"kidscore_interaction_c2": flat(kidScore, minus(momHS, 0.5), minus(momIQ, 100),
		times(minus(momHS, 0.5), minus(momIQ, 100))),
	"kidscore_interaction_z": flat(kidScore, half(standardised(momHS)), half(standardised(momIQ)),
		times(half(standardised(momHS)), half(standardised(momIQ)))),
	"kidscore_mom_work": flat(kidScore, is(raw("mom_work"), 2), is(raw("mom_work"), 3), is(raw("mom_work"), 4)),

	"mesquite": flat(raw("weight"), raw("diam1"), raw("diam2"), raw("canopy_height"),
		raw("total_height"), raw("density"), group),
	"logmesquite": flat(logWeight, logOf(raw("diam1")), logOf(raw("diam2")), logOf(raw("canopy_height")),
		logTotal, logDens, group),
	"logmesquite_logva":     flat(logWeight, volume, area, group),
	"logmesquite_logvas":    flat(logWeight, volume, area, shape, logTotal, logDens, group),
	"logmesquite_logvash":   flat(logWeight, volume, area, shape, logTotal, group),
	"logmesquite_logvolume": flat(logWeight, volume),

	"nes": flat(raw("partyid7"), raw("real_ideo"), raw("race_adj"),
		is(raw("age_discrete"), 2), is(raw("age_discrete"), 3), is(raw("age_discrete"), 4),
		raw("educ1"), raw("gender"), raw("income")),
}

// flat is a regression with an intercept and a flat prior of σ.
func flat(y column, x ...column) regression { return cauchy(0, y, x...) }

// cauchy is a regression with an intercept and a half-Cauchy prior of σ.
func cauchy(scale float64, y column, x ...column) regression {
	return regression{y: y, x: append([]column{one(y)}, x...), sigmaCauchy: scale}
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

// kilpisjarvi is a regression on one predictor with priors from the data.
func kilpisjarvi(d *Data) (*ad.Model, error) {
	x, y := d.Vector("x"), d.Vector("y")
	muAlpha, sdAlpha := d.Number("pmualpha"), d.Number("psalpha")
	muBeta, sdBeta := d.Number("pmubeta"), d.Number("psbeta")
	m := new(ad.Model)
	alpha, beta, sigma := m.Real("alpha"), m.Real("beta"), m.Positive("sigma")
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(alpha, ad.Normal(muAlpha, sdAlpha))
		p.Follows(beta, ad.Normal(muBeta, sdBeta))
		p.Follows(y, ad.Normal(p.Add(alpha, p.Mul(beta, x)), sigma))
	})
}

// diamonds is a regression on centred columns, all but the first of X, which is
// the intercept:
//
//	y ~ N(a + Xc b, σ²),  b ~ N(0, 1),  a ~ t₃(8, 10),  σ ~ half t₃(0, 10)
func diamonds(d *Data) (*ad.Model, error) {
	y := d.Vector("Y")
	x, n, k := d.Rows("X")
	if n != len(y) || k < 2 {
		return nil, fmt.Errorf("a %d×%d matrix X and %d values of Y, want equal numbers and 2 columns or more", n, k, len(y))
	}
	means := make([]float64, k-1)
	for j := range means {
		for i := range n {
			means[j] += x[i*k+j+1] / float64(n)
		}
	}
	centred := make([]float64, 0, n*(k-1))
	for i := range n {
		for j := range means {
			centred = append(centred, x[i*k+j+1]-means[j])
		}
	}
	design := d.dense(centred, n, k-1)
	m := new(ad.Model)
	b, intercept, sigma := m.Real("b", k-1), m.Real("Intercept"), m.Positive("sigma")
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(b, ad.Normal(0, 1))
		p.Follows(intercept, ad.StudentT(3, 8, 10))
		p.Follows(sigma, ad.StudentT(3, 0, 10))
		p.AddTerm(math.Ln2) // σ > 0
		p.Follows(y, ad.Normal(p.Add(intercept, p.MulVec(design, b)), sigma))
		p.Report("b_Intercept", p.Sub(intercept, p.Sum(p.Mul(means, b))))
	})
}
