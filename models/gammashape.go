package models

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// GammaShape is the shape z of a Gamma distribution of rate 1, with a Gamma
// prior:
//
//	z ~ Gamma(a, rate b)
//	y_i ~ Gamma(z, rate 1)       i = 1 … n
//	log p(y, z) = (a−1) log z − b z + (z−1) Σ log y − Σ y − n log Γ(z) + const
//
// It is not conjugate: the smallest model that tells a Gamma approximation from
// the posterior. It implements Hessianer, HessDiager, FamilyNamer, Data and
// Forker.
type GammaShape struct {
	prior         gammaLinear
	y             []float64
	scale         float64
	n, logs, sums float64 // scaled: number, Σ log y, Σ y
	batch         *GammaShape
}

// NewGammaShape keeps y. Errors are *DataError.
func NewGammaShape(shape, rate float64, y []float64) (*GammaShape, error) {
	if err := checkGammaPrior(shape, rate); err != nil {
		return nil, err
	}
	if err := checkObservations(y); err != nil {
		return nil, err
	}
	m := &GammaShape{prior: gammaPrior(shape, rate), y: y, scale: 1}
	for _, v := range y {
		m.add(v, 1)
	}
	return m, nil
}

func (m *GammaShape) add(y, scale float64) {
	m.n += scale
	m.logs += scale * math.Log(y)
	m.sums += scale * y
}

// Dim returns 1.
func (m *GammaShape) Dim() int { return 1 }

// Family implements FamilyNamer: it returns "Gamma", which is fitted by implicit gradients.
func (m *GammaShape) Family() string { return "Gamma" }

// LogJoint returns log p(y, z).
func (m *GammaShape) LogJoint(z []float64) float64 {
	l := m.prior.LogJoint(z)
	if math.IsInf(l, -1) {
		return l
	}
	return l + (z[0]-1)*m.logs - m.sums - m.n*lgamma(z[0])
}

// LogJointGrad returns log p(y, z) and its derivative.
func (m *GammaShape) LogJointGrad(grad, z []float64) float64 {
	l := m.LogJoint(z)
	m.prior.LogJointGrad(grad, z)
	if !math.IsInf(l, -1) {
		grad[0] += m.logs - m.n*mathext.Digamma(z[0])
	}
	return l
}

// LogJointHess returns log p(y, z) with its first and second derivatives.
func (m *GammaShape) LogJointHess(hess, grad, z []float64) float64 {
	l := m.LogJointGrad(grad, z)
	g := grad[0]
	m.prior.LogJointHess(hess, grad, z)
	grad[0] = g
	if !math.IsInf(l, -1) {
		hess[0] -= m.n * mathext.Zeta(2, z[0]) // the trigamma function
	}
	return l
}

// LogJointHessDiag is LogJointHess.
func (m *GammaShape) LogJointHessDiag(diag, grad, z []float64) float64 {
	return m.LogJointHess(diag, grad, z)
}

// NumData returns the number of observations.
func (m *GammaShape) NumData() int { return len(m.y) }

// Batch returns the model of the observations idx with the log-likelihood
// multiplied by scale.
func (m *GammaShape) Batch(idx []int, scale float64) Model {
	if m.batch == nil {
		m.batch = &GammaShape{prior: m.prior}
	}
	b := m.batch
	b.n, b.logs, b.sums, b.y, b.scale = 0, 0, 0, b.y[:0], scale*m.scale
	for _, i := range idx {
		b.y = append(b.y, m.y[i])
		b.add(m.y[i], b.scale)
	}
	return b
}

// Fork returns the same model with a batch of its own.
func (m *GammaShape) Fork() Model {
	f := *m
	f.batch = nil
	return &f
}
