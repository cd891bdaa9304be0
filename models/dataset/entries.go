package dataset

import (
	"fmt"

	"natgrad/models"
)

// entries are the numbers of an n×d matrix, dense row-major or as compressed
// sparse rows: those of row i are values[indptr[i]:indptr[i+1]] in the columns
// indices[indptr[i]:indptr[i+1]], which increase. indptr is nil if dense.
type entries struct {
	n, d    int
	dense   []float64
	indptr  []int
	indices []int
	values  []float64
}

// maxDense is the number of entries from which a dense matrix is refused rather
// than left to exhaust the memory: 8 GiB.
const maxDense = 1 << 30

func tooLarge(n, d int) *Error {
	return &Error{Kind: TooLarge, Got: fmt.Sprintf("%d × %d entries of a dense matrix", n, d),
		Want: fmt.Sprintf("at most %d", maxDense), Hint: "use the storage Sparse"}
}

func fitsDense(n, d int) bool { return d == 0 || n <= maxDense/d }

func (e *entries) sparse() bool { return e.indptr != nil }

// matrix returns the entries as a models.Matrix that shares their memory. The
// readers have seen to everything that its constructors check.
func (e *entries) matrix() models.Matrix {
	if e.sparse() {
		m, err := models.NewCSR(e.n, e.d, e.indptr, e.indices, e.values)
		if err != nil {
			panic(err)
		}
		return m
	}
	m, err := models.NewDense(e.n, e.d, e.dense)
	if err != nil {
		panic(err)
	}
	return m
}

func (e *entries) density() float64 {
	nonzeros := len(e.values)
	for _, v := range e.dense {
		if v != 0 {
			nonzeros++
		}
	}
	return float64(nonzeros) / float64(e.n) / float64(e.d)
}

// stored returns e as the storage asked for.
func (e entries) stored(s Storage) (entries, *Error) {
	if s == AutoStorage {
		s = Dense
		if e.density() < sparseBelow || !fitsDense(e.n, e.d) {
			s = Sparse
		}
	}
	if s == Sparse {
		return e.toSparse(), nil
	}
	return e.toDense()
}

func (e entries) toDense() (entries, *Error) {
	if !e.sparse() {
		return e, nil
	}
	if !fitsDense(e.n, e.d) {
		return e, tooLarge(e.n, e.d)
	}
	t := entries{n: e.n, d: e.d, dense: make([]float64, e.n*e.d)}
	e.writeDense(t.dense)
	return t, nil
}

// writeDense stores the entries in dst, which is zero.
func (e *entries) writeDense(dst []float64) {
	if !e.sparse() {
		copy(dst, e.dense)
		return
	}
	for i := range e.n {
		row := dst[i*e.d : (i+1)*e.d]
		for k := e.indptr[i]; k < e.indptr[i+1]; k++ {
			row[e.indices[k]] = e.values[k]
		}
	}
}

func (e entries) toSparse() entries {
	if e.sparse() {
		return e
	}
	nonzeros := 0
	for _, v := range e.dense {
		if v != 0 {
			nonzeros++
		}
	}
	t := entries{n: e.n, d: e.d, indptr: make([]int, 1, e.n+1),
		indices: make([]int, 0, nonzeros), values: make([]float64, 0, nonzeros)}
	for i := range e.n {
		for j, v := range e.dense[i*e.d : (i+1)*e.d] {
			if v != 0 {
				t.indices = append(t.indices, j)
				t.values = append(t.values, v)
			}
		}
		t.indptr = append(t.indptr, len(t.indices))
	}
	return t
}

func (e *entries) subset(idx []int) entries {
	t := entries{n: len(idx), d: e.d}
	if !e.sparse() {
		t.dense = make([]float64, 0, len(idx)*e.d)
		for _, i := range idx {
			t.dense = append(t.dense, e.dense[i*e.d:(i+1)*e.d]...)
		}
		return t
	}
	t.indptr = make([]int, 1, len(idx)+1)
	for _, i := range idx {
		lo, hi := e.indptr[i], e.indptr[i+1]
		t.indices = append(t.indices, e.indices[lo:hi]...)
		t.values = append(t.values, e.values[lo:hi]...)
		t.indptr = append(t.indptr, len(t.indices))
	}
	return t
}
