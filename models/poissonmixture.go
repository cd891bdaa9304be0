package models

import (
	"fmt"
	"math"
)

// PoissonComponents are the components of a mixture of counts, independent given the
// component:
//
//	z_kj ~ Gamma(a, b_j),  y_ij | component k ~ Poisson(z_kj)
//
// The family is Repeat(Kd, Gamma), column by column within a component.
type PoissonComponents struct {
	columnRows
	shape  float64
	rate   []float64
	e, log []float64 // E z and E log z
}

// GammaPrior is the prior of positive parameters, Gamma(Shape, Rate).
type GammaPrior struct {
	Shape float64   // 0: 1
	Rate  []float64 // one for each column; nil: so that the expectation is the mean of the column
}

// NewPoissonMixture returns a mixture of K components for the counts of x. prior may be
// nil; w and concentration are as in NewMixture. The error, a *DataError, says which
// entry is not a count.
func NewPoissonMixture(x *Dense, k int, prior *GammaPrior, w Weights, concentration float64) (*Mixture, error) {
	c, err := NewPoissonComponents(x, k, prior)
	if err != nil {
		return nil, err
	}
	return NewMixture(c, w, concentration)
}

// NewPoissonComponents returns the components alone.
func NewPoissonComponents(x *Dense, k int, prior *GammaPrior) (*PoissonComponents, error) {
	rows, err := newColumnRows(x, k,
		func(_ int, y float64) string { return isCount(y) },
		func(_ int, y float64) float64 { return -lgamma(y + 1) })
	if err != nil {
		return nil, err
	}
	p := &PoissonComponents{columnRows: rows}
	if p.shape, p.rate, err = prior.resolve(&rows); err != nil {
		return nil, err
	}
	p.e, p.log = make([]float64, k*p.d), make([]float64, k*p.d)
	return p, nil
}

// resolve returns the prior with its defaults.
func (p *GammaPrior) resolve(r *columnRows) (shape float64, rate []float64, err error) {
	if p == nil {
		p = new(GammaPrior)
	}
	if shape = p.Shape; shape == 0 {
		shape = 1
	}
	if !isPositive(shape) {
		return 0, nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("shape %v", shape), Want: "a positive finite number"}
	}
	if p.Rate == nil {
		for _, mean := range r.columnMeans() {
			// A column of zeros says that the mean is below one in all rows together.
			rate = append(rate, shape/math.Max(mean, 1/float64(r.n)))
		}
		return shape, rate, nil
	}
	if len(p.Rate) != r.d {
		return 0, nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d rates", len(p.Rate)), Want: fmt.Sprint(r.d)}
	}
	for j, v := range p.Rate {
		if !isPositive(v) {
			return 0, nil, &DataError{Row: -1, Col: j, Got: fmt.Sprintf("rate %v", v), Want: "a positive finite number"}
		}
	}
	return shape, append([]float64(nil), p.Rate...), nil
}

// Family, Dim and NumParams implement Components.
func (p *PoissonComponents) Family() string { return fmt.Sprintf("Repeat(%d, Gamma)", p.k*p.d) }
func (p *PoissonComponents) Dim() int       { return p.k * p.d }
func (p *PoissonComponents) NumParams() int { return 2 * p.k * p.d }

// GlobalNatural implements Components.
func (p *PoissonComponents) GlobalNatural(dst []float64) (c float64) {
	for i := range p.k * p.d {
		rate := p.rate[i%p.d]
		dst[2*i], dst[2*i+1] = p.shape-1, -rate
		c += p.shape*math.Log(rate) - lgamma(p.shape)
	}
	return c
}

// Expect implements Components.
func (p *PoissonComponents) Expect(_, μ []float64) bool {
	for i := range p.e {
		p.log[i], p.e[i] = μ[2*i], μ[2*i+1]
	}
	return true
}

// At implements Components.
func (p *PoissonComponents) At(z []float64) (lp float64) {
	for i, v := range z {
		if !(v > 0) || math.IsInf(v, 1) {
			return math.Inf(-1)
		}
		rate := p.rate[i%p.d]
		p.e[i], p.log[i] = v, math.Log(v)
		lp += p.shape*math.Log(rate) - lgamma(p.shape) + (p.shape-1)*p.log[i] - rate*v
	}
	return lp
}

// Load implements Components.
func (p *PoissonComponents) Load(rows []int) { p.load(rows) }

// AddLogLik implements Components.
func (p *PoissonComponents) AddLogLik(dst []float64) {
	for k := range p.k {
		row := p.of(dst, k)
		for i, b := range p.rowBase[:p.loaded] {
			row[i] += b
		}
		for j := range p.d {
			e, log := p.e[k*p.d+j], p.log[k*p.d+j]
			for i, y := range p.col(j) {
				row[i] += y*log - e
			}
		}
	}
}

// AddStats implements Components: a row adds r (y, −1).
func (p *PoissonComponents) AddStats(dst, resp []float64) {
	for k := range p.k {
		r := p.of(resp, k)
		var rows float64
		for _, v := range r {
			rows += v
		}
		for j := range p.d {
			var sum float64
			for i, y := range p.col(j) {
				sum += r[i] * y
			}
			dst[2*(k*p.d+j)] += sum
			dst[2*(k*p.d+j)+1] -= rows
		}
	}
}

// Distance2 implements Separator, by square roots, whose variance is about ¼ whatever the
// count.
func (p *PoissonComponents) Distance2(i, j int) (sum float64) {
	for c := range p.d {
		v := math.Sqrt(p.y[i*p.d+c]) - math.Sqrt(p.y[j*p.d+c])
		sum += v * v
	}
	return sum
}

// Fork implements Components.
func (p *PoissonComponents) Fork() Components {
	f := *p
	f.makeScratch()
	f.e, f.log = make([]float64, len(p.e)), make([]float64, len(p.log))
	return &f
}

// CoordNames returns names of the coordinates, such as "rate[1,2]".
func (p *PoissonComponents) CoordNames() []string { return p.names("rate") }
