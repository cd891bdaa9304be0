package posteriordb

import (
	"strconv"

	"natgrad/models"
	"natgrad/models/ad"
)

// credit reads the features of the German credit data, standardised, with a
// constant 1 behind them, and whether the credit was bad.
func credit(d *Data) (x models.Matrix, bad []float64, err error) {
	bad = is(raw("y"), 2)(d)
	var columns []column
	for j := 1; d.Has("x" + strconv.Itoa(j)); j++ {
		columns = append(columns, scaled(raw("x"+strconv.Itoa(j)), 0))
	}
	x, err = designOf(d, len(bad), append(columns, one(raw("y"))))
	return x, bad, err
}

// creditLogistic is a logistic regression:
//
//	t ~ Bernoulli(sigmoid(X w)),  w ~ N(0, 1)
func creditLogistic(d *Data) (*ad.Model, error) {
	x, bad, err := credit(d)
	if err != nil {
		return nil, err
	}
	_, k := x.Dims()
	m := new(ad.Model)
	w := m.Real("w", k)
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(w, ad.Normal(0, 1))
		p.Follows(bad, ad.BernoulliLogit(p.MulVec(x, w)))
	})
}

// creditSparse is the same with a prior that shrinks most weights to 0:
//
//	w = z l g,  z ~ N(0, 1),  l, g ~ Gamma(½, ½)
func creditSparse(d *Data) (*ad.Model, error) {
	x, bad, err := credit(d)
	if err != nil {
		return nil, err
	}
	_, k := x.Dims()
	m := new(ad.Model)
	z := m.Real("unscaled_weights", k)
	local, global := m.Positive("local_scales", k), m.Positive("global_scale")
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(z, ad.Normal(0, 1))
		p.Follows(local, ad.Gamma(0.5, 0.5))
		p.Follows(global, ad.Gamma(0.5, 0.5))
		w := p.Mul(p.Mul(z, local), global)
		p.Follows(bad, ad.BernoulliLogit(p.MulVec(x, w)))
	})
}
