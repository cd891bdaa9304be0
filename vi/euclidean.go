package vi

import (
	"math"

	"natgrad/families"
)

// Euclidean is plain gradient ascent in the natural parameter,
//
//	λ ← λ + ρ Rate ∇_λ ELBO
//
// the baseline that takes λ-space for flat. Expect it to be slow.
type Euclidean struct {
	// Rate is the step size. 0: 1/L at every step, where L is the largest
	// eigenvalue of the Fisher matrix, the curvature of a conjugate ELBO.
	Rate float64

	aim
	rate float64
	v    families.Natural // eigenvector of L, found by the power method
	fv   families.Mean
}

// Init implements Method. Every family will do.
func (m *Euclidean) Init(f families.Family) error {
	if !(m.Rate >= 0) || math.IsInf(m.Rate, 0) {
		return &SettingError{"Euclidean.Rate", m.Rate, "0 (the default) or a positive number"}
	}
	m.aim.init(f)
	if n := f.NumParams(); len(m.v) != n {
		m.v, m.fv = make(families.Natural, n), make(families.Mean, n)
	}
	for i := range m.v {
		m.v[i] = anyStart(i)
	}
	return nil
}

// anyStart is a vector that no eigenvector is likely to be orthogonal to.
func anyStart(i int) float64 { return 1 + 0.1*float64(i%7) }

// powerSteps is the number of steps of the power method at every point. The
// vector of the last point is a good start.
const powerSteps = 10

// Aim implements Method.
func (m *Euclidean) Aim(q families.Distribution, nat families.Natural, grad families.Mean) {
	m.aim.set(q, nat, grad)
	m.rate = m.Rate
	if m.rate > 0 {
		return
	}
	// What has vanished from the vector would never come back, and may be the
	// eigenvector here.
	for i := range m.v {
		m.v[i] += 0.01 * anyStart(i)
	}
	var l float64
	for range powerSteps {
		q.FisherMulVec(m.fv, m.v)
		var norm float64
		for _, x := range m.fv {
			norm = math.Hypot(norm, x)
		}
		if norm == 0 {
			break
		}
		l = norm
		for i, x := range m.fv {
			m.v[i] = x / norm
		}
	}
	if l > 0 {
		m.rate = 1 / l
	}
}

// Move implements Method.
func (m *Euclidean) Move(dst families.Natural, ρ float64) bool {
	for i, λ := range m.λ {
		dst[i] = λ + ρ*m.rate*m.grad[i]
	}
	return true
}

func (m *Euclidean) String() string { return "euclidean" }
