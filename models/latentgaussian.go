package models

import (
	"fmt"
	"math"
	"strconv"
)

// LatentGaussian is a model with a Gaussian prior of one latent value for every
// observation, such as a Gaussian process:
//
//	f ~ N(m₀, K),   y_i ~ p(y_i | f_i)
//
// Its log-joint is relative to the prior, which may be singular: LogJoint is
// Σ log p(y_i|f_i), and families.GaussianSites of m₀ and K the family to fit. It
// implements Data, Forker and Latent.
type LatentGaussian struct {
	Mean       []float64 // m₀, n; nil is zero
	Cov        []float64 // K, n×n row-major, symmetric positive semidefinite
	Y          []float64 // n
	Likelihood Likelihood

	rows  []int // of a batch, nil: all
	scale float64
}

// Latent is a Model that rests on a LatentGaussian, whose log-joint it has.
type Latent interface {
	Model
	// Latents returns what it rests on.
	Latents() *LatentGaussian
}

var (
	_ Latent = (*LatentGaussian)(nil)
	_ Latent = (*GP)(nil)
	_ Latent = (*LatentGLM)(nil)
	_ Data   = (*LatentGaussian)(nil)
	_ Forker = (*LatentGaussian)(nil)
)

// NewLatentGaussian checks the data, apart from whether cov is positive semidefinite,
// and returns the model. A nil mean is zero. Errors are *DataError.
func NewLatentGaussian(mean, cov, y []float64, lik Likelihood) (*LatentGaussian, error) {
	n := len(y)
	shape := func(got, want string) error { return &DataError{Row: -1, Col: -1, Got: got, Want: want} }
	switch {
	case lik == nil:
		return nil, shape("no likelihood", "one")
	case n < 1:
		return nil, shape("no observations", "at least one")
	case mean != nil && len(mean) != n:
		return nil, shape(fmt.Sprintf("%d prior means", len(mean)), fmt.Sprintf("%d, one for each observation", n))
	case len(cov) != n*n:
		return nil, shape(fmt.Sprintf("a prior covariance of %d numbers", len(cov)), fmt.Sprintf("%d×%d", n, n))
	}
	if err := checkTargets(lik, y); err != nil {
		return nil, err
	}
	for i, m := range mean {
		if math.IsNaN(m) || math.IsInf(m, 0) {
			return nil, &DataError{Row: i, Col: -1, Got: fmt.Sprintf("prior mean %v", m), Want: "a finite number"}
		}
	}
	for i, k := range cov {
		if math.IsNaN(k) || math.IsInf(k, 0) {
			return nil, &DataError{Row: i / n, Col: i % n, Got: fmt.Sprintf("prior covariance %v", k), Want: "a finite number"}
		}
	}
	return &LatentGaussian{Mean: mean, Cov: cov, Y: y, Likelihood: lik, scale: 1}, nil
}

// Latents implements Latent.
func (m *LatentGaussian) Latents() *LatentGaussian { return m }

// Dim returns the number of latent values, which is that of observations.
func (m *LatentGaussian) Dim() int { return len(m.Y) }

// CoordNames returns "f[1]" and so on.
func (m *LatentGaussian) CoordNames() []string {
	names := make([]string, len(m.Y))
	for i := range names {
		names[i] = "f[" + strconv.Itoa(i+1) + "]"
	}
	return names
}

// NumData returns the number of observations.
func (m *LatentGaussian) NumData() int {
	if m.rows != nil {
		return len(m.rows)
	}
	return len(m.Y)
}

// Observation returns the latent value and the observation of a row of the model or the
// batch.
func (m *LatentGaussian) Observation(row int) (latent int, y float64) {
	if m.rows != nil {
		row = m.rows[row]
	}
	return row, m.Y[row]
}

// Scale returns what the log-likelihood is multiplied by.
func (m *LatentGaussian) Scale() float64 { return m.scale }

// LogJoint returns log p(y|f).
func (m *LatentGaussian) LogJoint(f []float64) float64 {
	if len(f) != len(m.Y) {
		panic(badLength)
	}
	var sum float64
	for row := range m.NumData() {
		i, y := m.Observation(row)
		ll, _, _ := m.Likelihood.LogLik(y, f[i])
		sum += ll
	}
	return m.scale * sum
}

// Batch implements Data.
func (m *LatentGaussian) Batch(idx []int, scale float64) Model {
	b := *m
	b.rows, b.scale = idx, m.scale*scale
	return &b
}

// Fork implements Forker. There is no scratch memory.
func (m *LatentGaussian) Fork() Model { return m }

// StartNatural stores the sites with which a fit begins, (a, b) as in
// families.GaussianSites: those that have the curvature of the likelihood at the prior
// mean, so that the first step is one of Newton's method.
func (m *LatentGaussian) StartNatural(dst []float64) {
	n := len(m.Y)
	clear(dst)
	for row := range m.NumData() {
		i, y := m.Observation(row)
		var f float64
		if m.Mean != nil {
			f = m.Mean[i]
		}
		_, _, d2 := m.Likelihood.LogLik(y, f)
		if b := m.scale * d2 / 2; b < 0 && !math.IsInf(b, 0) {
			dst[n+i] += b
			dst[i] -= 2 * b * f
		}
	}
}

// LatentPosterior is what predictions need to know of a posterior N(m, V) of f, as a
// member of families.GaussianSites.
type LatentPosterior interface {
	// Weights stores α = K⁻¹(m − m₀).
	Weights(dst []float64) []float64
	// Reduce stores (K⁻¹ − K⁻¹ V K⁻¹) k.
	Reduce(dst, k []float64) []float64
	// ReduceRoot stores an n×n row-major R with RᵀR = K⁻¹ − K⁻¹ V K⁻¹. ok is false
	// where there is none, as some observation makes the prior wider.
	ReduceRoot(dst []float64) (r []float64, ok bool)
}

// predict returns the mean, less that of the prior, and the variance of a Gaussian that
// has the given prior variance and prior covariances k with f.
func predict(q LatentPosterior, k []float64, variance float64) (m, v float64) {
	α, gk := q.Weights(nil), q.Reduce(nil, k)
	for i, c := range k {
		m += α[i] * c
		variance -= gk[i] * c
	}
	return m, math.Max(0, variance) // which rounding may leave below 0
}
