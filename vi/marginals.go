package vi

import (
	"math"

	"natgrad/vi/diagnostics"
)

// Marginal summarises the posterior of one quantity.
type Marginal struct {
	Name     string
	Mean, SD float64
	// MeanErr and SDErr are Monte Carlo standard errors of Mean and SD.
	MeanErr, SDErr float64
}

// varies reports whether a quantity has a standard deviation that is more than
// rounding; an element of a Cholesky factor that is always 1 has none.
func (m *Marginal) varies() bool { return m.SD > 1e-13*math.Abs(m.Mean) }

// marginals summarises the draws of q or, if logWeights is not nil, all of them
// with weights.
func marginals(d *Draws, logWeights []float64) ([]Marginal, error) {
	x := d.X
	if logWeights == nil {
		x = x[:d.FromQ*len(d.Names)]
	}
	s, err := diagnostics.NewSample(x, len(d.Names), logWeights)
	if err != nil {
		return nil, err
	}
	m := s.Moments()
	out := make([]Marginal, len(d.Names))
	for j, name := range d.Names {
		out[j] = Marginal{name, m.Mean[j], m.SD[j], m.MeanMCSE[j], m.SDMCSE[j]}
	}
	return out, nil
}

// Summary returns the estimates to be used: Resampled if that is set in the
// Result and they exist, else Params.
func (r *Result) Summary() []Marginal {
	if r.resampled() {
		return r.Resampled
	}
	return r.Params
}

// resampled reports whether the resampled estimates are those to be used.
func (r *Result) resampled() bool { return r.Resample && r.Resampled != nil }
