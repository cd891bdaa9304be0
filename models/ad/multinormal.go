package ad

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/models/internal/tiles"
)

// MultiNormalCholesky is N(μ, L Lᵀ) of x with d elements, given the lower
// triangular d×d matrix L with a positive diagonal, whose elements above it do not
// count:
//
//	log p(x|μ, L) = −½ zᵀz − Σ log lᵢᵢ − d/2 log 2π,  z = L⁻¹ (x − μ)
//
// If x has n·d elements, they are n rows that are independent given μ and L. μ is a
// scalar, of length d, or of n rows too.
func MultiNormalCholesky(mu, l Value) Dist {
	return Dist{multi: multiNormal, args: [3]operand{operandOf(mu), operandOf(l)}}
}

var multiNormal = &multivariate{name: "MultiNormalCholesky", args: []string{"mu", "l"}, record: recordMultiNormal}

// opMultiNormal works on matrices of n rows: Z = (X − μ) L⁻ᵀ and U = Z L⁻¹, so that
//
//	X̄ = −U,  μ̄ = Σ U,  L̄ = G = lower triangle of UᵀZ − n diag(1/L)
//	Ż = (Ẋ − μ̇ − Z L̇ᵀ) L⁻ᵀ,  U̇ = (Ż − U L̇) L⁻¹
//
// It saves Z and U, and G if L is active. node.k is d, negative outside the support.
var opMultiNormal = &op{"MultiNormalCholesky",
	func(t *Tape, n *node) {
		m := t.multiNormalOf(n)
		g := t.adjOwn(n)[0]
		if m.d < 0 {
			return
		}
		if t.active(n.in[0]) {
			m.addRows(t.adjoint(n.in[0]), -g, m.u)
		}
		if t.active(n.in[1]) {
			m.addRows(t.adjoint(n.in[1]), g, m.u)
		}
		if t.active(n.in[2]) {
			axpy(t.adjoint(n.in[2]), g, m.g)
		}
	},
	func(t *Tape, n *node) {
		m := t.multiNormalOf(n)
		t.dotOwn(n)[0] = 0
		if m.d < 0 {
			return
		}
		var s float64
		for k, sign := range [2]float64{-1, 1} {
			if t.active(n.in[k]) {
				s += sign * m.dotRows(m.u, t.tangentOf(n.in[k]))
			}
		}
		if t.active(n.in[2]) {
			s += dot(m.g, t.tangentOf(n.in[2]))
		}
		t.dotOwn(n)[0] = s
	},
	func(t *Tape, n *node) {
		m := t.multiNormalOf(n)
		if m.d < 0 {
			return
		}
		g, ġ := t.adjOwn(n)[0], t.adotOwn(n)[0]
		size := len(m.z)
		buf := t.scratch(3*size + m.d*m.d)
		ż, dotU, w, q := buf[:size], buf[size:2*size], buf[2*size:3*size], buf[3*size:]
		clear(ż)
		if t.active(n.in[0]) {
			m.addRows(ż, 1, t.tangentOf(n.in[0]))
		}
		if t.active(n.in[1]) {
			m.spreadRows(ż, -1, t.tangentOf(n.in[1]))
		}
		l := lower(m.d, t.value(n.in[2]))
		onL := t.active(n.in[2])
		var dotL blas64.Triangular
		if onL {
			dotL = lower(m.d, t.tangentOf(n.in[2]))
			copy(w, m.z)
			blas64.Trmm(blas.Right, blas.Trans, -1, dotL, m.rows(w))
			axpy(ż, 1, w)
		}
		blas64.Trsm(blas.Right, blas.Trans, 1, l, m.rows(ż))
		copy(dotU, ż)
		if onL {
			copy(w, m.u)
			blas64.Trmm(blas.Right, blas.NoTrans, -1, dotL, m.rows(w))
			axpy(dotU, 1, w)
		}
		blas64.Trsm(blas.Right, blas.NoTrans, 1, l, m.rows(dotU))
		for k, sign := range [2]float64{-1, 1} {
			if t.active(n.in[k]) {
				d := t.adjointTangent(n.in[k])
				m.addRows(d, sign*ġ, m.u)
				m.addRows(d, sign*g, dotU)
			}
		}
		if !onL {
			return
		}
		dl := t.adjointTangent(n.in[2])
		axpy(dl, ġ, m.g)
		clear(q)
		tiles.AddProduct(q, dotU, blas.Trans, m.z, blas.NoTrans, m.d, m.n, m.d)
		tiles.AddProduct(q, m.u, blas.Trans, ż, blas.NoTrans, m.d, m.n, m.d)
		for i := range m.d {
			lii := l.Data[i*m.d+i]
			q[i*m.d+i] += float64(m.n) * dotL.Data[i*m.d+i] / lii / lii
			axpy(dl[i*m.d:i*m.d+i+1], g, q[i*m.d:i*m.d+i+1])
		}
	},
}

// multiNormalNode is what a node saved.
type multiNormalNode struct {
	n, d    int
	z, u, g []float64
}

func (t *Tape) multiNormalOf(nd *node) (m multiNormalNode) {
	size := int(t.nodes[nd.in[0]].n)
	m.d = int(nd.k)
	if m.d < 0 {
		return m
	}
	m.n = size / m.d
	extra := 0
	if t.active(nd.in[2]) {
		extra = m.d * m.d
	}
	all := t.savedOf(nd, 2*size+extra)
	m.z, m.u, m.g = all[:size], all[size:2*size], all[2*size:]
	return m
}

func (m *multiNormalNode) rows(x []float64) blas64.General { return general(m.n, m.d, x) }

// addRows adds c·x, n rows, to dst: of all rows, of one, or a scalar.
func (m *multiNormalNode) addRows(dst []float64, c float64, x []float64) {
	switch len(dst) {
	case len(x), 1:
		addScaled(dst, c, x)
	default:
		for lo := 0; lo < len(x); lo += m.d {
			axpy(dst, c, x[lo:lo+m.d])
		}
	}
}

// spreadRows adds c·v to dst, with v of all rows, of one for each, or a scalar.
func (m *multiNormalNode) spreadRows(dst []float64, c float64, v []float64) {
	switch len(v) {
	case len(dst):
		axpy(dst, c, v)
		return
	case 1:
		addAll(dst, c*v[0])
		return
	}
	for lo := 0; lo < len(dst); lo += m.d {
		axpy(dst[lo:lo+m.d], c, v)
	}
}

// dotRows is Σ x∘v with v of all rows, of one, or a scalar.
func (m *multiNormalNode) dotRows(x, v []float64) (s float64) {
	switch len(v) {
	case len(x), 1:
		return dotOrSum(x, v)
	}
	for lo := 0; lo < len(x); lo += m.d {
		s += dot(x[lo:lo+m.d], v)
	}
	return s
}

func recordMultiNormal(t *Tape, in [4]int32, _ constants) int32 {
	const name = "MultiNormalCholesky"
	ix, iμ, il := in[0], in[1], in[2]
	size, k := int(t.nodes[ix].n), int(t.nodes[iμ].n)
	d := 1
	for d*d < int(t.nodes[il].n) {
		d++
	}
	if d*d != int(t.nodes[il].n) || size%d != 0 || k != 1 && k != d && k != size {
		return t.badDist(name, fmt.Sprintf("%d elements, mu of length %d and l of length %d", size, k, t.nodes[il].n), "rows of d elements, mu of rows too or of length d or 1, and l of length d·d")
	}
	if t.trace != nil && t.trace.check {
		if !t.checkNode(name, "x", ix, &anyReal) || !t.checkNode(name, "mu", iμ, &anyReal) {
			return t.constant(0)
		}
		for i := 0; i < d*d && !t.nodes[il].active; i += d + 1 {
			if v := t.value(il)[i]; !positive.contains(v) {
				t.failAt(name, i/d, "a diagonal element "+formatted(v)+" of l", positive.name)
				return t.constant(0)
			}
		}
	}
	onL := t.nodes[il].active
	id := t.push(opMultiNormal, 1, onL || t.nodes[ix].active || t.nodes[iμ].active, ix, iμ, il)
	t.nodes[id].k = int32(d)
	x, μ, l := t.value(ix), t.value(iμ), t.value(il)
	y := t.value(id)
	y[0] = 0
	for i := 0; i < d*d; i += d + 1 {
		if !(l[i] > 0) {
			y[0] = outOfSupport(y[0], l[i])
		}
	}
	if y[0] != 0 {
		t.nodes[id].k = -1
		return id
	}
	extra := 0
	if onL {
		extra = d * d
	}
	all := t.save(id, 2*size+extra)
	n := t.nodes[id]
	m := t.multiNormalOf(&n)
	copy(m.z, x)
	m.spreadRows(m.z, -1, μ)
	blas64.Trsm(blas.Right, blas.Trans, 1, lower(d, l), m.rows(m.z))
	copy(m.u, m.z)
	blas64.Trsm(blas.Right, blas.NoTrans, 1, lower(d, l), m.rows(m.u))
	y[0] = -0.5*dot(m.z, m.z) - float64(m.n)*(logDet(l, d)+float64(d)*halfLog2Pi)
	if onL {
		g := all[2*size:]
		clear(g)
		tiles.AddProduct(g, m.u, blas.Trans, m.z, blas.NoTrans, d, m.n, d)
		for i := range d {
			g[i*d+i] -= float64(m.n) / l[i*d+i]
			clear(g[i*d+i+1 : (i+1)*d])
		}
	}
	return id
}
