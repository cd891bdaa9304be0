package models

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// MLPInit is a law of random weights. Networks whose units are all alike have no reason
// to become different: zero is no place to start from.
type MLPInit int

const (
	// UniformFanIn draws the weights and biases of a unit with n inputs from
	// U(−1/√n, 1/√n), as the programs of Khan et al. 2018 do.
	UniformFanIn MLPInit = iota
	// HeNormal draws weights of variance 2/n into ReLU units (He et al. 2015,
	// arXiv:1502.01852), 1/n into others, and sets biases to 0.
	HeNormal
)

// RandWeights stores random weights in dst, by the law Init of the settings. A nil dst
// allocates.
func (m *MLP) RandWeights(dst []float64, rnd *rand.Rand) []float64 {
	if dst == nil {
		dst = make([]float64, m.dim)
	}
	mustHave(dst, m.dim)
	for l, y := range m.layers {
		n := float64(y.in)
		if m.s.Init == UniformFanIn {
			layer := dst[y.w : y.b+y.out]
			for j := range layer {
				layer[j] = (2*rnd.Float64() - 1) / math.Sqrt(n)
			}
			continue
		}
		sd := math.Sqrt(1 / n)
		if m.s.Activation == ReLU && l < len(m.layers)-1 {
			sd = math.Sqrt(2 / n)
		}
		for j := y.w; j < y.b; j++ {
			dst[j] = sd * rnd.NormFloat64()
		}
		clear(dst[y.b : y.b+y.out])
	}
	return dst
}

// Family implements FamilyNamer: a Gaussian with independent weights.
func (m *MLP) Family() string { return fmt.Sprintf("DiagGaussian(%d)", m.dim) }

// StartNatural implements NaturalStarter: random weights as mean, and the precision
// StartPrecision of the settings. All i are alike.
func (m *MLP) StartNatural(dst []float64, _ int, rnd *rand.Rand) []float64 {
	if dst == nil {
		dst = make([]float64, 2*m.dim)
	}
	mustHave(dst, 2*m.dim)
	m.RandWeights(dst[:m.dim], rnd)
	p := m.s.StartPrecision
	for j := range m.dim {
		dst[j] *= p
		dst[m.dim+j] = -0.5 * p
	}
	return dst
}

// Start implements Starter, for other families than Family: the same random weights
// each time.
func (m *MLP) Start(mean, precision []float64) {
	m.RandWeights(mean, rand.New(rand.NewPCG(0, 0)))
	mustHave(precision, m.dim)
	for j := range precision {
		precision[j] = m.s.StartPrecision
	}
}
