package models

// GammaExponential is the rate z of an exponential distribution with a Gamma
// prior:
//
//	z ~ Gamma(a, rate b)
//	y_i ~ Exponential(rate z)    i = 1 … n
//
// Its posterior is Gamma(a + n, b + Σy). It implements Hessianer, HessDiager,
// Conjugate to Gamma, FamilyNamer, Data and Forker.
type GammaExponential struct {
	gammaLinear
	prior gammaLinear
	y     []float64
	scale float64
	batch *GammaExponential
}

// NewGammaExponential keeps y. Errors are *DataError.
func NewGammaExponential(shape, rate float64, y []float64) (*GammaExponential, error) {
	if err := checkGammaPrior(shape, rate); err != nil {
		return nil, err
	}
	if err := checkObservations(y); err != nil {
		return nil, err
	}
	m := &GammaExponential{prior: gammaPrior(shape, rate), y: y, scale: 1}
	m.gammaLinear = m.prior
	for _, v := range y {
		m.add(v, 1)
	}
	return m, nil
}

// add puts scale × log p(y|z) into the log-joint.
func (m *GammaExponential) add(y, scale float64) {
	m.η1 += scale
	m.η2 -= scale * y
}

// NumData returns the number of observations.
func (m *GammaExponential) NumData() int { return len(m.y) }

// Batch returns the model of the observations idx with the log-likelihood
// multiplied by scale.
func (m *GammaExponential) Batch(idx []int, scale float64) Model {
	if m.batch == nil {
		m.batch = &GammaExponential{prior: m.prior}
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
func (m *GammaExponential) Fork() Model {
	f := *m
	f.batch = nil
	return &f
}
