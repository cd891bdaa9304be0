package models

import (
	"fmt"
	"math"
)

// Rows are n data rows of d numbers each that need not be in memory, such as
// those of a file (dataset.RowsFile). It must be safe for several goroutines.
type Rows interface {
	// Dims returns the numbers of rows and columns.
	Dims() (n, d int)
	// ReadRows stores the rows idx in dst, len(idx)×d row-major. It panics for
	// indices out of range; an error says why the rows could not be read.
	ReadRows(dst []float64, idx []int) error
}

var _ Rows = (*Dense)(nil)

// ReadRows implements Rows. The error is always nil.
func (m *Dense) ReadRows(dst []float64, idx []int) error {
	if len(dst) != len(idx)*m.d {
		panic(badLength)
	}
	for k, i := range idx {
		copy(dst[k*m.d:(k+1)*m.d], m.x[i*m.d:(i+1)*m.d])
	}
	return nil
}

// RowsError reports rows that could not be read.
type RowsError struct {
	First, Count int // the first of the rows asked for, and how many
	Err          error
}

func (e *RowsError) Error() string {
	return fmt.Sprintf("models: reading %d rows from row %d on: %v", e.Count, e.First, e.Err)
}

// Unwrap returns the cause.
func (e *RowsError) Unwrap() error { return e.Err }

// readRows reads, and checks that the numbers are finite: not every Rows does.
func readRows(r Rows, dst []float64, idx []int) error {
	if len(idx) == 0 {
		return nil
	}
	if err := r.ReadRows(dst, idx); err != nil {
		return &RowsError{First: idx[0], Count: len(idx), Err: err}
	}
	d := len(dst) / len(idx)
	for i, v := range dst {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return &DataError{Row: idx[i/d], Col: i % d, Got: fmt.Sprint(v), Want: "a finite number"}
		}
	}
	return nil
}

// passSize is the number of values read at once by a pass over all rows.
const passSize = 1 << 15

// eachRow calls f for every row, in order. Rows of a Dense are not copied.
func eachRow(r Rows, f func(y []float64)) error {
	n, d := r.Dims()
	if m, ok := r.(*Dense); ok {
		for i := range n {
			f(m.x[i*d : (i+1)*d])
		}
		return nil
	}
	size := min(max(1, passSize/d), n)
	buf, idx := make([]float64, size*d), make([]int, size)
	for lo := 0; lo < n; lo += size {
		idx = idx[:min(size, n-lo)]
		for i := range idx {
			idx[i] = lo + i
		}
		block := buf[:len(idx)*d]
		if err := readRows(r, block, idx); err != nil {
			return err
		}
		for i := range idx {
			f(block[i*d : (i+1)*d])
		}
	}
	return nil
}
