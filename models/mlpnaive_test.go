package models_test

import (
	"math"

	"natgrad/models"
)

// naive is a network written out unit by unit.
type naive struct {
	s     models.MLPSettings
	sizes []int
}

func naiveOf(m *models.MLP) naive {
	in, _, _, _ := m.Layer(1)
	s := m.Settings()
	sizes := append([]int{in}, s.Hidden...)
	return naive{s, append(sizes, max(s.Classes, 1))}
}

func (n naive) outputs(x, z []float64) []float64 {
	a := x
	for l := 1; l < len(n.sizes); l++ {
		in, out := n.sizes[l-1], n.sizes[l]
		u := make([]float64, out)
		for j := range u {
			u[j] = z[in*out+j]
			for k, v := range a {
				u[j] += z[j*in+k] * v
			}
			switch {
			case l == len(n.sizes)-1:
			case n.s.Activation == models.Tanh:
				u[j] = math.Tanh(u[j])
			default:
				u[j] = math.Max(u[j], 0)
			}
		}
		a, z = u, z[(in+1)*out:]
	}
	return a
}

// probs are the probabilities of the classes.
func (n naive) probs(f []float64) []float64 {
	if len(f) == 1 {
		p, _ := n.s.Likelihood.Moments(f[0])
		return []float64{1 - p, p}
	}
	var sum float64
	p := make([]float64, len(f))
	for k, v := range f {
		p[k] = math.Exp(v)
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

func (n naive) logLik(x []float64, y float64, z []float64) float64 {
	f := n.outputs(x, z)
	if g, ok := n.s.Likelihood.(models.GaussianIdentity); ok {
		r := y - f[0]
		return 0.5*math.Log(g.Precision/(2*math.Pi)) - g.Precision*r*r/2
	}
	return math.Log(n.probs(f)[int(y)])
}

type row struct {
	x []float64
	y float64
}

// dataOf returns the rows of a network.
func dataOf(m *models.MLP) []row {
	x, y := m.Data()
	_, d := x.Dims()
	rows := make([]row, len(y))
	for i := range rows {
		rows[i] = row{x.RawData()[i*d : (i+1)*d], y[i]}
	}
	return rows
}
