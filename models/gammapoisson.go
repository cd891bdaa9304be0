package models

import "fmt"

// GammaPoisson is a Poisson rate z with a Gamma prior, observed through counts:
//
//	z ~ Gamma(a, rate b)
//	y_i ~ Poisson(z)             i = 1 … n
//
// Its posterior is Gamma(a + Σy, b + n). It implements Hessianer, HessDiager,
// Conjugate to Gamma, FamilyNamer, Data and Forker.
type GammaPoisson struct {
	gammaLinear
	prior gammaLinear
	y     []int
	scale float64
	batch *GammaPoisson
}

// NewGammaPoisson keeps counts. Errors are *DataError.
func NewGammaPoisson(shape, rate float64, counts []int) (*GammaPoisson, error) {
	if err := checkGammaPrior(shape, rate); err != nil {
		return nil, err
	}
	if len(counts) == 0 {
		return nil, errNoData
	}
	for i, y := range counts {
		if y < 0 {
			return nil, &DataError{Row: i, Col: -1, Got: fmt.Sprint(y), Want: "a count 0, 1, 2, …"}
		}
	}
	m := &GammaPoisson{prior: gammaPrior(shape, rate), y: counts, scale: 1}
	m.gammaLinear = m.prior
	for _, y := range counts {
		m.add(y, 1)
	}
	return m, nil
}

// add puts scale × log p(y|z) into the log-joint.
func (m *GammaPoisson) add(y int, scale float64) {
	m.η1 += scale * float64(y)
	m.η2 -= scale
	m.c -= scale * logFactorial(y)
}

// NumData returns the number of counts.
func (m *GammaPoisson) NumData() int { return len(m.y) }

// Batch returns the model of the counts idx with the log-likelihood multiplied
// by scale.
func (m *GammaPoisson) Batch(idx []int, scale float64) Model {
	if m.batch == nil {
		m.batch = &GammaPoisson{prior: m.prior}
	}
	b := m.batch
	b.gammaLinear, b.y, b.scale = m.prior, b.y[:0], scale*m.scale
	for _, i := range idx {
		b.y = append(b.y, m.y[i])
		b.add(m.y[i], b.scale)
	}
	return b
}

// Fork returns the same model with a batch of its own.
func (m *GammaPoisson) Fork() Model {
	f := *m
	f.batch = nil
	return &f
}
