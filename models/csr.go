package models

import (
	"fmt"
	"math"
)

// CSR is a Matrix that stores its nonzero entries only, row by row.
type CSR struct {
	n, d    int
	indptr  []int
	indices []int32
	values  []float64
	ones    bool // every stored value is 1, as in indicator data
}

var _ Matrix = (*CSR)(nil)

// NewCSR returns an n×d matrix whose row i has values[k] in column indices[k]
// for indptr[i] ≤ k < indptr[i+1], columns increasing within a row. It copies
// indices and keeps indptr and values. The error names the first entry that
// breaks a rule.
func NewCSR(n, d int, indptr, indices []int, values []float64) (*CSR, error) {
	switch {
	case n < 1 || d < 1 || d > math.MaxInt32:
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("a %d×%d matrix", n, d), Want: "at least one row and one column"}
	case len(indptr) != n+1 || indptr[0] != 0 || indptr[n] != len(indices):
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d row pointers", len(indptr)),
			Want: fmt.Sprintf("%d, from 0 to the number of entries", n+1)}
	case len(indices) != len(values):
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d columns and %d values", len(indices), len(values)), Want: "as many of both"}
	}
	m := &CSR{n: n, d: d, indptr: indptr, indices: make([]int32, len(indices)), values: values}
	for i := range n {
		lo, hi := indptr[i], indptr[i+1]
		if lo > hi || lo < 0 || hi > len(indices) {
			return nil, &DataError{Row: i, Col: -1, Got: fmt.Sprintf("row pointers %d and %d", lo, hi), Want: "increasing row pointers"}
		}
		for k := lo; k < hi; k++ {
			j, v := indices[k], values[k]
			if j < 0 || j >= d || k > lo && j <= indices[k-1] {
				return nil, &DataError{Row: i, Col: j, Got: fmt.Sprintf("column %d", j), Want: fmt.Sprintf("increasing columns below %d", d)}
			}
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, &DataError{Row: i, Col: j, Got: fmt.Sprint(v), Want: "a finite number"}
			}
			m.indices[k] = int32(j)
		}
	}
	m.ones = allOnes(values)
	return m, nil
}

func allOnes(x []float64) bool {
	for _, v := range x {
		if v != 1 {
			return false
		}
	}
	return true
}

// Dims returns the numbers of rows and columns.
func (m *CSR) Dims() (n, d int) { return m.n, m.d }

// NumNonzero returns the number of stored entries.
func (m *CSR) NumNonzero() int { return len(m.values) }

// row returns the columns and values of row i.
func (m *CSR) row(i int) (cols []int32, vals []float64) {
	lo, hi := m.indptr[i], m.indptr[i+1]
	return m.indices[lo:hi], m.values[lo:hi:hi]
}

// MulVec stores X[lo:hi] x in dst.
func (m *CSR) MulVec(dst, x []float64, lo, hi int) {
	m.check(x, dst, lo, hi)
	for i := range dst {
		cols, vals := m.row(lo + i)
		if m.ones {
			dst[i] = sum(x, cols)
		} else {
			dst[i] = weigh(x, cols, vals)
		}
	}
}

// AddMulVecTrans adds X[lo:hi]ᵀ r to dst.
func (m *CSR) AddMulVecTrans(dst, r []float64, lo, hi int) {
	m.check(dst, r, lo, hi)
	for i, v := range r {
		cols, vals := m.row(lo + i)
		if m.ones {
			add(dst, cols, v)
		} else {
			addWeighed(dst, cols, vals, v)
		}
	}
}

// MulVecSq stores (X∘X)[lo:hi] v in dst.
func (m *CSR) MulVecSq(dst, v []float64, lo, hi int, _ *Work) {
	if m.ones {
		m.MulVec(dst, v, lo, hi)
		return
	}
	m.check(v, dst, lo, hi)
	for i := range dst {
		cols, vals := m.row(lo + i)
		var s float64
		for k, j := range cols {
			s += vals[k] * vals[k] * v[j]
		}
		dst[i] = s
	}
}

// AddMulVecSqTrans adds (X∘X)[lo:hi]ᵀ w to dst.
func (m *CSR) AddMulVecSqTrans(dst, w []float64, lo, hi int, _ *Work) {
	if m.ones {
		m.AddMulVecTrans(dst, w, lo, hi)
		return
	}
	m.check(dst, w, lo, hi)
	for i, v := range w {
		cols, vals := m.row(lo + i)
		for k, j := range cols {
			dst[j] += v * vals[k] * vals[k]
		}
	}
}

// QuadForm stores Σ_ab x_ia x_ib V_ab over the nonzero entries of each row.
func (m *CSR) QuadForm(dst, _, cov []float64, lo, hi int, _ *Work) {
	if len(cov) != m.d*m.d || len(dst) != hi-lo {
		panic(badLength)
	}
	for i := range dst {
		cols, vals := m.row(lo + i)
		if m.ones {
			dst[i] = sumPairs(cov, m.d, cols)
		} else {
			dst[i] = weighPairs(cov, m.d, cols, vals)
		}
	}
}

// AddGram adds Xᵀ diag(w) X to the upper triangle of dst.
func (m *CSR) AddGram(dst, w []float64, lo, hi int, _ *Work) {
	if len(dst) != m.d*m.d || len(w) != hi-lo {
		panic(badLength)
	}
	for i, v := range w {
		cols, vals := m.row(lo + i)
		if m.ones {
			addPairs(dst, m.d, cols, v)
		} else {
			addWeighedPairs(dst, m.d, cols, vals, v)
		}
	}
}

// Gather returns a CSR of the rows idx.
func (m *CSR) Gather(dst Matrix, idx []int) Matrix {
	g, ok := dst.(*CSR)
	if !ok {
		g = new(CSR)
	}
	g.n, g.d, g.ones = len(idx), m.d, m.ones
	g.indptr, g.indices, g.values = append(g.indptr[:0], 0), g.indices[:0], g.values[:0]
	for _, i := range idx {
		cols, vals := m.row(i)
		g.indices, g.values = append(g.indices, cols...), append(g.values, vals...)
		g.indptr = append(g.indptr, len(g.indices))
	}
	return g
}

// NewWork returns nil: a CSR needs no scratch memory.
func (m *CSR) NewWork(int) *Work { return nil }

func (m *CSR) check(cols, rows []float64, lo, hi int) {
	if len(cols) != m.d || len(rows) != hi-lo {
		panic(badLength)
	}
}

// Dense returns the same matrix with all entries stored.
func (m *CSR) Dense() *Dense {
	x := make([]float64, m.n*m.d)
	for i := range m.n {
		cols, vals := m.row(i)
		for k, j := range cols {
			x[i*m.d+int(j)] = vals[k]
		}
	}
	return &Dense{m.n, m.d, x}
}
