package models

import (
	"math"
	"math/rand/v2"
)

// LogJoint implements Model: the shares of the factors are summed out,
//
//	log p(y, Θ, Φ) = log p(Θ) + log p(Φ) + Σ_ij ( y_ij log Σ_k θ_ik φ_kj − Σ_k θ_ik φ_kj − log y_ij! )
func (m *PoissonFactors) LogJoint(z []float64) float64 { return m.logJoint(nil, z) }

// LogJointGrad implements Gradienter. It is NaN outside the support.
func (m *PoissonFactors) LogJointGrad(grad, z []float64) float64 {
	if len(grad) != m.Dim() {
		panic(badLength)
	}
	l := m.logJoint(grad, z)
	if math.IsInf(l, -1) {
		fill(grad, math.NaN())
	}
	return l
}

// logJoint stores the gradient in grad, unless it is nil.
func (m *PoissonFactors) logJoint(grad, z []float64) float64 {
	if len(z) != m.Dim() {
		panic(badLength)
	}
	n, d, k := m.y.n, m.y.d, m.k
	var lp float64
	prior := gammaPrior(m.p.RowShape, m.p.RowRate)
	for i, x := range z {
		if !(x > 0) {
			return math.Inf(-1)
		}
		if i == n*k {
			prior = gammaPrior(m.p.ColShape, m.p.ColRate)
		}
		lp += prior.η1*math.Log(x) + prior.η2*x + prior.c
		if grad != nil {
			grad[i] = prior.η1/x + prior.η2
		}
	}
	if m.scale == 0 {
		return lp
	}
	φ := z[n*k:]
	clear(m.sumφ)
	for f := range k {
		for _, x := range φ[f*d : (f+1)*d] {
			m.sumφ[f] += x
		}
	}
	clear(m.sumθ)
	var ll float64
	for i := range m.NumData() {
		row := m.row(i)
		θ := z[row*k : (row+1)*k]
		for f, x := range θ {
			m.sumθ[f] += x
			ll -= x * m.sumφ[f]
			if grad != nil {
				grad[row*k+f] -= m.scale * m.sumφ[f]
			}
		}
		cols, vals := m.y.row(row)
		for l, y := range vals {
			if y == 0 {
				continue
			}
			j := int(cols[l])
			var rate float64
			for f, x := range θ {
				rate += x * φ[f*d+j]
			}
			ll += y * math.Log(rate)
			if grad == nil {
				continue
			}
			w := m.scale * y / rate
			for f, x := range θ {
				grad[row*k+f] += w * φ[f*d+j]
				grad[n*k+f*d+j] += w * x
			}
		}
		ll -= m.fixed[row]
	}
	if grad != nil {
		for f, s := range m.sumθ {
			for j := range d {
				grad[n*k+f*d+j] -= m.scale * s
			}
		}
	}
	return lp + m.scale*ll
}

// StartNatural implements NaturalStarter: shares of the factors are made from random
// factors, and from them the shapes; rates are the best for these shapes. A nil dst
// allocates.
func (m *PoissonFactors) StartNatural(dst []float64, _ int, rnd *rand.Rand) []float64 {
	if dst == nil {
		dst = make([]float64, 2*m.Dim())
	}
	m.GlobalNatural(dst)
	n, d, k := m.y.n, m.y.d, m.k
	μ := make([]float64, len(dst))
	for i := range len(μ) / 2 {
		e := rnd.ExpFloat64()
		μ[2*i], μ[2*i+1] = math.Log(max(e, math.SmallestNonzeroFloat64)), e
	}
	m.Expect(nil, μ)
	m.AddLocal(dst, 0, m.NumData())
	θ, φ := dst[:2*n*k], dst[2*n*k:]
	b, e := m.p.RowRate, m.p.ColRate
	for f := range k {
		// A = S/(b+B) and B = T/(e+A) are the sums of E θ and E φ, for sums S and T of shapes.
		var s, t float64
		for i := range n {
			s += θ[2*(i*k+f)] + 1
		}
		for j := range d {
			t += φ[2*(f*d+j)] + 1
		}
		p := 0.5 * (e*b + s - t) / e
		q := t * b / e
		root := math.Sqrt(p*p + q) // of B² + 2pB − q
		sumφ := root - p
		if p > 0 {
			sumφ = q / (root + p)
		}
		for i := range n {
			θ[2*(i*k+f)+1] = -(b + sumφ)
		}
		for j := range d {
			φ[2*(f*d+j)+1] = -(e + s/(b+sumφ))
		}
	}
	return dst
}
