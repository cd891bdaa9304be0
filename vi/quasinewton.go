package vi

import (
	"gonum.org/v1/gonum/floats"

	"natgrad/families"
)

// quasiNewton is the memory of the limited-memory BFGS method (Nocedal 1980,
// Math. Comput. 35, 773; Liu & Nocedal 1989) in the coordinates of a chart, with
// the inverse Fisher matrix of the current member as the initial inverse Hessian.
type quasiNewton struct {
	pairs, n, next int // capacity, number stored, where the next is put
	chart          chart
	s, y           [][]float64 // x′ − x and ∇ELBO(x) − ∇ELBO(x′), positive along s where the ELBO is concave
	sy             []float64   // ⟨s, y⟩
	alpha          []float64

	seen    bool // x and grad hold the last point
	x, grad []float64
	point   []float64 // scratch
	u, v    []float64
	dir     []float64
}

// defaultPairs asks for as many pairs as are good for the coordinates.
const defaultPairs = -1

// init prepares for members of f, with a number of pairs that may be 0.
func (m *quasiNewton) init(f families.Family, pairs int) {
	m.pairs = 0
	m.clear()
	if pairs == 0 {
		return
	}
	m.chart = newChart(f)
	if pairs == defaultPairs {
		pairs = m.chart.pairs()
	}
	n := m.chart.size()
	m.s, m.y = make([][]float64, pairs), make([][]float64, pairs)
	for i := range pairs {
		m.s[i], m.y[i] = make([]float64, n), make([]float64, n)
	}
	m.sy, m.alpha = make([]float64, pairs), make([]float64, pairs)
	for _, v := range []*[]float64{&m.x, &m.grad, &m.point, &m.u, &m.v, &m.dir} {
		*v = make([]float64, n)
	}
	m.pairs = pairs
}

func (m *quasiNewton) clear() { m.n, m.next, m.seen = 0, 0, false }

func (m *quasiNewton) empty() bool { return m.n == 0 }

// learn stores the pair that leads from the last point to q, if the ELBO is
// concave along it, and reports false if it is convex.
func (m *quasiNewton) learn(q families.Distribution, nat families.Natural, grad families.Mean) (concave bool) {
	if m.pairs == 0 {
		return true
	}
	concave = true
	m.chart.point(m.point, q)
	m.chart.gradient(m.u, q, nat, grad)
	if m.seen {
		s, y := m.s[m.next], m.y[m.next]
		var sy, size float64
		for i, x := range m.point {
			s[i], y[i] = x-m.x[i], m.grad[i]-m.u[i]
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
		concave = sy >= -1e-10*size
	}
	copy(m.x, m.point)
	copy(m.grad, m.u)
	m.seen = true
	return concave
}

// at makes q the last point without learning from it.
func (m *quasiNewton) at(q families.Distribution, nat families.Natural, grad families.Mean) {
	if m.pairs == 0 {
		return
	}
	m.chart.point(m.x, q)
	m.chart.gradient(m.grad, q, nat, grad)
}

// aim computes the product of the inverse Hessian and the gradient at the last
// point, which is q.
func (m *quasiNewton) aim(q families.Distribution) {
	copy(m.u, m.grad)
	for k := 1; k <= m.n; k++ { // the newest first
		i := (m.next - k + m.pairs) % m.pairs
		m.alpha[i] = floats.Dot(m.s[i], m.u) / m.sy[i]
		floats.AddScaled(m.u, -m.alpha[i], m.y[i])
	}
	m.chart.solve(m.dir, m.u, q)
	// The Fisher matrix may be off by a factor, which the newest pair tells.
	newest := (m.next - 1 + m.pairs) % m.pairs
	m.chart.solve(m.v, m.y[newest], q)
	floats.Scale(m.sy[newest]/floats.Dot(m.v, m.y[newest]), m.dir)
	for k := m.n; k >= 1; k-- {
		i := (m.next - k + m.pairs) % m.pairs
		floats.AddScaled(m.dir, m.alpha[i]-floats.Dot(m.dir, m.y[i])/m.sy[i], m.s[i])
	}
}

// move stores the natural parameter of x + ρ dir.
func (m *quasiNewton) move(dst families.Natural, ρ float64) bool {
	floats.AddScaledTo(m.point, m.x, ρ, m.dir)
	return m.chart.natural(dst, m.point)
}
