package posteriordb

import (
	"fmt"

	"natgrad/models/ad"
)

// radon is a regression of log radon with an effect of each county, which shrink
// to a common mean:
//
//	log radon ~ N(b₁ log uranium + b₂ floor + b₃ f_county + c_county, σ²)
//	c ~ N(m, t²),  m, b ~ N(0, 1),  t and σ ~ scale
//
// where f is the mean of floor in the county. declare declares t and σ.
func radon(declare func(m *ad.Model, name string) ad.Param, scale func() ad.Dist) builder {
	return func(d *Data) (*ad.Model, error) {
		y, floor, uranium := d.Vector("log_radon"), d.Vector("floor"), d.Vector("log_uranium")
		county, counties := d.Index("county")
		n := len(y)
		if len(floor) != n || len(uranium) != n || len(county) != n {
			return nil, fmt.Errorf("columns of length %d, %d, %d and %d", n, len(floor), len(uranium), len(county))
		}
		sum, houses := make([]float64, counties), make([]float64, counties)
		for i, c := range county {
			sum[c] += floor[i]
			houses[c]++
		}
		x := make([]float64, 0, 3*n)
		for i, c := range county {
			x = append(x, uranium[i], floor[i], sum[c]/houses[c])
		}
		design := d.dense(x, n, 3)
		m := new(ad.Model)
		mean, z := m.Real("county_effect_mean"), m.Real("z", counties)
		weight := m.Real("weight", 3)
		spread, sigma := declare(m, "county_effect_scale"), declare(m, "sigma")
		return m, m.Density(func(p *ad.Tape) {
			p.Follows(mean, ad.Normal(0, 1))
			p.Follows(weight, ad.Normal(0, 1))
			p.Follows(spread, scale())
			p.Follows(sigma, scale())
			p.Follows(z, ad.Normal(0, 1))
			effect := p.Add(mean, p.Mul(spread, z))
			p.Report("county_effect", effect)
			p.Follows(y, ad.Normal(p.Add(p.MulVec(design, weight), p.Gather(effect, county)), sigma))
		})
	}
}

// radonUniform has scales that are uniform on (0, 100), radonHalfNormal positive
// ones that are half-normal.
var (
	radonUniform = radon(
		func(m *ad.Model, name string) ad.Param { return m.Interval(name, 0, 100) },
		func() ad.Dist { return ad.Uniform(0, 100) })
	radonHalfNormal = radon(
		func(m *ad.Model, name string) ad.Param { return m.Positive(name) },
		func() ad.Dist { return ad.HalfNormal(1) })
)
