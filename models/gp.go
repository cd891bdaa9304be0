package models

import (
	"fmt"
	"math"
)

// Kernel is a covariance function on ℝᵈ.
type Kernel interface {
	// Cov returns the prior covariance of the latent values at two inputs.
	Cov(a, b []float64) float64
	// Check returns an error if the kernel cannot be used for inputs of length d.
	Check(d int) error
}

// RBF is the squared-exponential kernel σ² exp(−½ |a − b|²/ℓ²).
type RBF struct {
	LogLength float64 // log ℓ
	LogSD     float64 // log σ
}

// Cov implements Kernel.
func (k RBF) Cov(a, b []float64) float64 {
	var r2 float64
	for j, x := range a {
		r := x - b[j]
		r2 += r * r
	}
	return math.Exp(2*k.LogSD - 0.5*r2*math.Exp(-2*k.LogLength))
}

// Check implements Kernel.
func (k RBF) Check(int) error {
	for _, p := range []struct {
		name string
		v    float64
	}{{"length", math.Exp(2 * k.LogLength)}, {"sd", math.Exp(2 * k.LogSD)}} {
		if !(p.v > 0) || math.IsInf(p.v, 0) {
			return &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("a kernel whose %s has the square %v", p.name, p.v), Want: "a positive finite number"}
		}
	}
	return nil
}

// GP is a Gaussian process of prior mean 0, seen through a likelihood: with
// GaussianIdentity regression, with BernoulliLogit or BernoulliProbit classification.
type GP struct {
	*LatentGaussian
	X      [][]float64 // n inputs of the same length
	Kernel Kernel
}

// NewGP checks the data and returns the model. Inputs may repeat. Errors are *DataError,
// or those of the kernel.
func NewGP(x [][]float64, kernel Kernel, y []float64, lik Likelihood) (*GP, error) {
	n := len(x)
	if kernel == nil {
		return nil, &DataError{Row: -1, Col: -1, Got: "no kernel", Want: "one"}
	}
	if n != len(y) {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d targets", len(y)), Want: fmt.Sprintf("%d, the number of inputs", n)}
	}
	for i, row := range x {
		if len(row) != len(x[0]) {
			return nil, &DataError{Row: i, Col: -1, Got: fmt.Sprintf("an input of length %d", len(row)), Want: fmt.Sprintf("%d as the first", len(x[0]))}
		}
		for j, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, &DataError{Row: i, Col: j, Got: fmt.Sprintf("input %v", v), Want: "a finite number"}
			}
		}
	}
	if n > 0 {
		if err := kernel.Check(len(x[0])); err != nil {
			return nil, err
		}
	}
	cov := make([]float64, n*n)
	for i := range n {
		for j := range i + 1 {
			k := kernel.Cov(x[i], x[j])
			cov[i*n+j], cov[j*n+i] = k, k
		}
	}
	l, err := NewLatentGaussian(nil, cov, y, lik)
	if err != nil {
		return nil, err
	}
	return &GP{LatentGaussian: l, X: x, Kernel: kernel}, nil
}

// Predict returns mean and variance of the latent value at a new input under a posterior
// of those at the inputs.
func (g *GP) Predict(q LatentPosterior, x []float64) (mean, variance float64) {
	if len(x) != len(g.X[0]) {
		panic(badLength)
	}
	k := make([]float64, len(g.X))
	for i, at := range g.X {
		k[i] = g.Kernel.Cov(at, x)
	}
	return predict(q, k, g.Kernel.Cov(x, x))
}

// LogPredictive returns log p(y) of an observation at a new input, under a posterior of
// the latent values at the inputs: with BernoulliLogit and BernoulliProbit the logarithm
// of the probability of the class y. ok is false if the likelihood is no
// PredictiveLikelihood.
func (g *GP) LogPredictive(q LatentPosterior, x []float64, y float64) (lp float64, ok bool) {
	lik, ok := g.Likelihood.(PredictiveLikelihood)
	if !ok {
		return 0, false
	}
	m, v := g.Predict(q, x)
	return lik.LogPredictive(y, m, v), true
}
