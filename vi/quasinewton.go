package vi

import "natgrad/families"

// quasiNewton is the memory of the limited-memory BFGS method (Nocedal 1980,
// Math. Comput. 35, 773; Liu & Nocedal 1989), in the coordinates λ with the
// inverse Fisher matrix of the current member as the initial inverse Hessian.
//
// A displacement s is a λ-vector and a change of gradient y a μ-vector, so that
// all inner products are the pairing ⟨λ, μ⟩ and none needs a metric.
type quasiNewton struct {
	pairs, n, next int                // capacity, number stored, where the next is put
	s              []families.Natural // λ′ − λ
	y              []families.Mean    // ∇ELBO(λ) − ∇ELBO(λ′), positive along s where the ELBO is concave
	sy             []float64          // ⟨s, y⟩
	alpha          []float64

	seen bool // λ and grad hold the last point
	λ    families.Natural
	grad families.Mean
	u    families.Mean
	v    families.Natural
}

func (m *quasiNewton) init(params, pairs int) {
	if m.pairs != pairs || len(m.λ) != params {
		m.pairs = pairs
		m.s, m.y = make([]families.Natural, pairs), make([]families.Mean, pairs)
		for i := range pairs {
			m.s[i], m.y[i] = make(families.Natural, params), make(families.Mean, params)
		}
		m.sy, m.alpha = make([]float64, pairs), make([]float64, pairs)
		m.λ, m.v, m.grad, m.u = nil, nil, nil, nil
		if pairs > 0 {
			m.λ, m.v = make(families.Natural, params), make(families.Natural, params)
			m.grad, m.u = make(families.Mean, params), make(families.Mean, params)
		}
	}
	m.clear()
}

func (m *quasiNewton) clear() { m.n, m.next, m.seen = 0, 0, false }

func (m *quasiNewton) empty() bool { return m.n == 0 }

// learn stores the pair that leads from the last point to λ, if the ELBO is
// concave along it.
func (m *quasiNewton) learn(λ families.Natural, grad families.Mean) {
	if m.pairs == 0 {
		return
	}
	if m.seen {
		s, y := m.s[m.next], m.y[m.next]
		var sy, size float64
		for i := range λ {
			s[i], y[i] = λ[i]-m.λ[i], m.grad[i]-grad[i]
			t := s[i] * y[i]
			sy += t
			if t < 0 {
				size -= t
			} else {
				size += t
			}
		}
		// Below that the sum is rounding.
		if sy > 1e-10*size {
			m.sy[m.next] = sy
			m.next = (m.next + 1) % m.pairs
			m.n = min(m.n+1, m.pairs)
		}
	}
	copy(m.λ, λ)
	copy(m.grad, grad)
	m.seen = true
}

// direction stores in dst the product of the inverse Hessian and grad.
func (m *quasiNewton) direction(dst families.Natural, q families.Distribution, grad families.Mean) {
	u := m.u
	copy(u, grad)
	for k := 1; k <= m.n; k++ { // the newest first
		i := (m.next - k + m.pairs) % m.pairs
		m.alpha[i] = dot(m.s[i], u) / m.sy[i]
		for j, y := range m.y[i] {
			u[j] -= m.alpha[i] * y
		}
	}
	q.FisherSolve(dst, u)
	// The Fisher matrix may be off by a factor, which the newest pair tells.
	newest := (m.next - 1 + m.pairs) % m.pairs
	q.FisherSolve(m.v, m.y[newest])
	scale := m.sy[newest] / dot(m.v, m.y[newest])
	for j := range dst {
		dst[j] *= scale
	}
	for k := m.n; k >= 1; k-- {
		i := (m.next - k + m.pairs) % m.pairs
		c := m.alpha[i] - dot(dst, m.y[i])/m.sy[i]
		for j, s := range m.s[i] {
			dst[j] += c * s
		}
	}
}
