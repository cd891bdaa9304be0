package posteriordb

import (
	"math"

	"natgrad/models/ad"
)

// Standard deviations of the steps and of the observations.
const (
	brownianStep  = 0.1
	brownianNoise = 0.15
)

// brownianMotion is a random walk from 0 that is seen with noise, at some times
// not at all:
//
//	x_t ~ N(x_{t−1}, 0.1²),  y_t ~ N(x_t, 0.15²)
func brownianMotion(d *Data) (*ad.Model, error) {
	observed := d.Vector("observed")
	n := len(observed)
	var y []float64
	var seen []int
	for i, v := range observed {
		if !math.IsNaN(v) {
			y, seen = append(y, v), append(seen, i)
		}
	}
	m := new(ad.Model)
	x := m.Real("x", n)
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(p.At(x, 0), ad.Normal(0, brownianStep))
		p.Follows(p.Slice(x, 1, n), ad.Normal(p.Slice(x, 0, n-1), brownianStep))
		p.Follows(y, ad.Normal(p.Gather(x, seen), brownianNoise))
	})
}
