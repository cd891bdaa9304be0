package models

import (
	"math"

	"gonum.org/v1/gonum/blas"

	"natgrad/models/internal/lanes"
	"natgrad/models/internal/tiles"
)

// mlpChunk is the number of rows that are gone through at once.
const mlpChunk = 64

// mlpWork is the scratch memory of a network, for mlpChunk rows.
type mlpWork struct {
	act   [][]float64 // outputs of the layers
	err   [2][]float64
	errSq []float64
	actSq []float64
	ll, w []float64
}

func newMLPWork(layers []mlpLayer) *mlpWork {
	w := &mlpWork{ll: make([]float64, mlpChunk), w: make([]float64, mlpChunk)}
	var in, out int
	for _, y := range layers {
		w.act = append(w.act, make([]float64, mlpChunk*y.out))
		in, out = max(in, y.in), max(out, y.out)
	}
	for i := range w.err {
		w.err[i] = make([]float64, mlpChunk*out)
	}
	w.errSq, w.actSq = make([]float64, mlpChunk*out), make([]float64, mlpChunk*in)
	return w
}

// forward returns the outputs of the rows [lo, hi) of x, (hi−lo)×K, and keeps those of
// the hidden layers.
func (m *MLP) forward(x *Dense, z []float64, lo, hi int) []float64 {
	n, a := hi-lo, x.x[lo*x.d:hi*x.d]
	for l, y := range m.layers {
		o, b := m.work.act[l][:n*y.out], z[y.b:y.b+y.out]
		for i := range n {
			copy(o[i*y.out:(i+1)*y.out], b)
		}
		tiles.AddProduct(o, a, blas.NoTrans, z[y.w:y.b], blas.Trans, n, y.in, y.out)
		if l < len(m.layers)-1 {
			m.s.Activation.apply(o)
		}
		a = o
	}
	return a
}

func (a Activation) apply(u []float64) {
	if a == Tanh {
		for i, v := range u {
			u[i] = math.Tanh(v)
		}
		return
	}
	for i, v := range u {
		u[i] = max(v, 0)
	}
}

// pull multiplies e by the derivative of the activation, given its values.
func (a Activation) pull(e, values []float64) {
	values = values[:len(e)]
	if a == Tanh {
		for i, v := range values {
			e[i] *= 1 - v*v
		}
		return
	}
	for i, v := range values {
		if v == 0 {
			e[i] = 0
		}
	}
}

// mlpSums are what a backward pass adds to, where not nil. With a_i the input of a
// layer and e_i the derivative of row i in what its units are given, the gradient of
// the row is the outer product e_i a_iᵀ in W, and e_i in b.
type mlpSums struct {
	grad []float64 // Σ_i g_i: EᵀA
	sq   []float64 // Σ_i w_i g_i∘g_i: (w E∘E)ᵀ(A∘A), as (e_j a_k)² = e_j² a_k²
	w    []float64 // nil: all 1
	rows []float64 // g_i, n×Dim
}

// backward goes back through the layers, with the derivative in the outputs, n×K, in
// err[0], for the rows of the last forward pass, which began with row lo of m.x.
func (m *MLP) backward(z []float64, lo, n int, to mlpSums) {
	e := m.work.err[0][:n*m.out.outputs()]
	spare := m.work.err[1]
	for l := len(m.layers) - 1; l >= 0; l-- {
		y := m.layers[l]
		var a []float64
		if l > 0 {
			a = m.work.act[l-1][:n*y.in]
		} else {
			a = m.x.x[lo*y.in : (lo+n)*y.in]
		}
		if to.grad != nil {
			tiles.AddProduct(to.grad[y.w:y.b], e, blas.Trans, a, blas.NoTrans, y.out, n, y.in)
			addRows(to.grad[y.b:y.b+y.out], e)
		}
		if to.sq != nil {
			aa, ee := m.work.actSq[:len(a)], m.work.errSq[:len(e)]
			lanes.Mul(aa, a, a)
			lanes.Mul(ee, e, e)
			for i, w := range to.w {
				for j := range y.out {
					ee[i*y.out+j] *= w
				}
			}
			tiles.AddProduct(to.sq[y.w:y.b], ee, blas.Trans, aa, blas.NoTrans, y.out, n, y.in)
			addRows(to.sq[y.b:y.b+y.out], ee)
		}
		if to.rows != nil {
			outer(to.rows, m.dim, e, a, y)
		}
		if l == 0 {
			return
		}
		back := spare[:n*y.in]
		clear(back)
		tiles.AddProduct(back, e, blas.NoTrans, z[y.w:y.b], blas.NoTrans, n, y.out, y.in)
		m.s.Activation.pull(back, a)
		e, spare = back, e[:cap(e)]
	}
}

// addRows adds the rows of e to dst.
func addRows(dst, e []float64) {
	for ; len(e) > 0; e = e[len(dst):] {
		for j, v := range e[:len(dst)] {
			dst[j] += v
		}
	}
}

// outer stores e_i a_iᵀ and e_i at the place of a layer in each row of dst.
func outer(dst []float64, dim int, e, a []float64, y mlpLayer) {
	for ; len(e) > 0; e, a, dst = e[y.out:], a[y.in:], dst[dim:] {
		for j, v := range e[:y.out] {
			g := dst[y.w+j*y.in : y.w+(j+1)*y.in]
			for k, u := range a[:len(g)] {
				g[k] = v * u
			}
		}
		copy(dst[y.b:y.b+y.out], e[:y.out])
	}
}
