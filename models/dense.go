package models

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// Panic message for programmer errors.
const badLength = "models: wrong slice length"

// Dense is a Matrix with all its entries stored, row-major.
type Dense struct {
	n, d int
	x    []float64
}

var _ Matrix = (*Dense)(nil)

// NewDense returns an n×d matrix that keeps data, row-major. The error names the
// first value that is not finite.
func NewDense(n, d int, data []float64) (*Dense, error) {
	if n < 1 || d < 1 {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("a %d×%d matrix", n, d), Want: "at least one row and one column"}
	}
	if len(data) != n*d {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d values", len(data)), Want: fmt.Sprintf("%d×%d = %d", n, d, n*d)}
	}
	for i, v := range data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, &DataError{Row: i / d, Col: i % d, Got: fmt.Sprint(v), Want: "a finite number"}
		}
	}
	return &Dense{n, d, data}, nil
}

// Dims returns the numbers of rows and columns.
func (m *Dense) Dims() (n, d int) { return m.n, m.d }

// RawData returns the entries, row-major. They must not be changed.
func (m *Dense) RawData() []float64 { return m.x }

func vec(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }

// MulVec stores X[lo:hi] x in dst.
func (m *Dense) MulVec(dst, x []float64, lo, hi int) {
	m.check(x, dst, lo, hi)
	blas64.Gemv(blas.NoTrans, 1, m.tile(lo, 0, hi-lo, m.d), vec(x), 0, vec(dst))
}

// AddMulVecTrans adds X[lo:hi]ᵀ r to dst.
func (m *Dense) AddMulVecTrans(dst, r []float64, lo, hi int) {
	m.check(dst, r, lo, hi)
	blas64.Gemv(blas.Trans, 1, m.tile(lo, 0, hi-lo, m.d), vec(r), 1, vec(dst))
}

// MulVecSq stores (X∘X)[lo:hi] v in dst.
func (m *Dense) MulVecSq(dst, v []float64, lo, hi int, _ *Work) {
	m.check(v, dst, lo, hi)
	for i := range dst {
		x, v := m.x[(lo+i)*m.d:(lo+i+1)*m.d], v
		var s0, s1, s2, s3 float64
		for len(x) >= 4 && len(v) >= 4 {
			s0 += x[0] * x[0] * v[0]
			s1 += x[1] * x[1] * v[1]
			s2 += x[2] * x[2] * v[2]
			s3 += x[3] * x[3] * v[3]
			x, v = x[4:], v[4:]
		}
		for j, x := range x {
			s0 += x * x * v[j]
		}
		dst[i] = (s0 + s1) + (s2 + s3)
	}
}

// AddMulVecSqTrans adds (X∘X)[lo:hi]ᵀ w to dst, four rows at a time.
func (m *Dense) AddMulVecSqTrans(dst, w []float64, lo, hi int, _ *Work) {
	m.check(dst, w, lo, hi)
	d, x := m.d, m.x[lo*m.d:hi*m.d]
	for ; len(w) >= 4; w, x = w[4:], x[4*d:] {
		w0, w1, w2, w3 := w[0], w[1], w[2], w[3]
		x0, x1, x2, x3 := x[:d], x[d:2*d], x[2*d:3*d], x[3*d:4*d]
		x1, x2, x3, dst := x1[:len(x0)], x2[:len(x0)], x3[:len(x0)], dst[:len(x0)]
		for j, a := range x0 {
			b, c, e := x1[j], x2[j], x3[j]
			dst[j] += (w0*a*a + w1*b*b) + (w2*c*c + w3*e*e)
		}
	}
	for i, w := range w {
		for j, a := range x[i*d : (i+1)*d] {
			dst[j] += w * a * a
		}
	}
}

// QuadForm and AddGram go through tiles of the matrix that fit into the cache near
// the processor: of at most tileCols columns, and so many rows.
const (
	tileCols = 128
	quadRows = 64
	gramRows = 32
)

// tile returns n rows and d columns from row i and column j on.
func (m *Dense) tile(i, j, n, d int) blas64.General {
	return blas64.General{Rows: n, Cols: d, Stride: m.d, Data: m.x[i*m.d+j : (i+n-1)*m.d+j+d]}
}

// QuadForm stores ‖Cᵀx_i‖².
func (m *Dense) QuadForm(dst, c, _ []float64, lo, hi int, work *Work) {
	if len(c) != m.d*m.d || len(dst) != hi-lo {
		panic(badLength)
	}
	for i := lo; i < hi; i += quadRows {
		n := min(quadRows, hi-i)
		m.quadForm(dst[i-lo:i-lo+n], c, i, work.buf)
	}
}

// quadForm multiplies len(dst) rows with the parts of the columns of C above the
// diagonal: at half the arithmetic of a full product, products with vectors are
// faster than one with a triangle.
func (m *Dense) quadForm(dst, c []float64, lo int, buf []float64) {
	n, d := len(dst), m.d
	col, y := buf[:tileCols], buf[tileCols:]
	clear(dst)
	for k := 0; k < d; k += tileCols {
		end := min(k+tileCols, d)
		β := 1.0
		if k == 0 {
			β = 0
		}
		for j := k; j < d; j++ {
			above := col[:min(j+1, end)-k]
			for i := range above {
				above[i] = c[(k+i)*d+j]
			}
			yj := y[j*n : (j+1)*n] // column j of X C, once the tile at the diagonal was added
			blas64.Gemv(blas.NoTrans, 1, m.tile(lo, k, n, len(above)), vec(above), β, vec(yj))
			if j < end {
				for i, v := range yj {
					dst[i] += v * v
				}
			}
		}
	}
}

// AddGram adds Xᵀ diag(w) X to the upper triangle of dst: row by row of dst, a
// product with a weighted column of X.
func (m *Dense) AddGram(dst, w []float64, lo, hi int, work *Work) {
	d := m.d
	if len(dst) != d*d || len(w) != hi-lo {
		panic(badLength)
	}
	for i := lo; i < hi; i += gramRows {
		n := min(gramRows, hi-i)
		wi, col := w[i-lo:i-lo+n], work.buf[:n]
		for k := 0; k < d; k += tileCols {
			end := min(k+tileCols, d)
			for j := range end {
				for r, v := range wi {
					col[r] = v * m.x[(i+r)*d+j]
				}
				from := max(j, k)
				blas64.Gemv(blas.Trans, 1, m.tile(i, from, n, end-from), vec(col), 1, vec(dst[j*d+from:j*d+end]))
			}
		}
	}
}

// Gather returns a Dense of the rows idx.
func (m *Dense) Gather(dst Matrix, idx []int) Matrix {
	g, ok := dst.(*Dense)
	if !ok || cap(g.x) < len(idx)*m.d {
		g = &Dense{x: make([]float64, len(idx)*m.d)}
	}
	g.n, g.d = len(idx), m.d
	g.x = g.x[:len(idx)*m.d]
	for k, i := range idx {
		copy(g.x[k*m.d:(k+1)*m.d], m.x[i*m.d:(i+1)*m.d])
	}
	return g
}

// NewWork returns scratch memory for calls with at most rows rows.
func (m *Dense) NewWork(rows int) *Work {
	return &Work{buf: make([]float64, tileCols+min(rows, quadRows)*m.d)}
}

func (m *Dense) check(cols, rows []float64, lo, hi int) {
	if len(cols) != m.d || len(rows) != hi-lo {
		panic(badLength)
	}
}

// Sparse returns the same matrix with only its nonzero entries stored.
func (m *Dense) Sparse() *CSR {
	s := &CSR{n: m.n, d: m.d, indptr: make([]int, 1, m.n+1)}
	for i := range m.n {
		for j, v := range m.x[i*m.d : (i+1)*m.d] {
			if v != 0 {
				s.indices = append(s.indices, int32(j))
				s.values = append(s.values, v)
			}
		}
		s.indptr = append(s.indptr, len(s.indices))
	}
	s.ones = allOnes(s.values)
	return s
}

// WithIntercept returns m with a column of ones in front.
func WithIntercept(m Matrix) Matrix {
	switch m := m.(type) {
	case *CSR:
		s := &CSR{n: m.n, d: m.d + 1, indptr: make([]int, 1, m.n+1),
			indices: make([]int32, 0, len(m.indices)+m.n), values: make([]float64, 0, len(m.values)+m.n), ones: m.ones}
		for i := range m.n {
			s.indices, s.values = append(s.indices, 0), append(s.values, 1)
			for k := m.indptr[i]; k < m.indptr[i+1]; k++ {
				s.indices, s.values = append(s.indices, m.indices[k]+1), append(s.values, m.values[k])
			}
			s.indptr = append(s.indptr, len(s.indices))
		}
		return s
	case *Dense:
		d := m.d + 1
		x := slices.Repeat([]float64{1}, m.n*d)
		for i := range m.n {
			copy(x[i*d+1:(i+1)*d], m.x[i*m.d:(i+1)*m.d])
		}
		return &Dense{m.n, d, x}
	}
	// Any other Matrix: one unit vector at a time gives its columns.
	n, d := m.Dims()
	x := slices.Repeat([]float64{1}, n*(d+1))
	e, col := make([]float64, d), make([]float64, n)
	for j := range d {
		e[j] = 1
		m.MulVec(col, e, 0, n)
		e[j] = 0
		for i, v := range col {
			x[i*(d+1)+1+j] = v
		}
	}
	return &Dense{n, d + 1, x}
}
