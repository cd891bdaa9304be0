package dataset

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// RowsWriter writes a file of rows, one after the other.
type RowsWriter struct {
	p     *pending
	names []string
	n     int
	buf   []byte
}

// CreateRows begins a file of rows with named columns. It appears at path, in place of
// what is there, when Finish is called: nothing is left behind by a program that ends
// before. An empty path stands for a temporary file, which is removed when the
// RowsFile is closed.
func CreateRows(path string, names []string) (*RowsWriter, error) {
	if len(names) < 1 || len(names) > maxRowsColumns {
		return nil, badOption(count(len(names), "column"), fmt.Sprintf("1 to %d", maxRowsColumns), "")
	}
	p, err := createPending(path, "rows", rowsHeader)
	if err != nil {
		return nil, err
	}
	return &RowsWriter{p: p, names: slices.Clone(names), buf: make([]byte, 8*len(names))}, nil
}

// Write appends a row. The error, an *Error, is NotFinite or Unwritable.
func (w *RowsWriter) Write(row []float64) error {
	if len(row) != len(w.names) {
		panic(badRowsLength)
	}
	for j, v := range row {
		if v-v != 0 {
			return &Error{Kind: NotFinite, File: w.p.path, Name: w.names[j], Got: fmt.Sprintf("%v in row %d", v, w.n), Want: "a finite number"}
		}
		binary.LittleEndian.PutUint64(w.buf[8*j:], math.Float64bits(v))
	}
	if _, err := w.p.w.Write(w.buf); err != nil {
		return w.p.failed(err)
	}
	w.n++
	return nil
}

// Abort removes what was written. After Finish it does nothing.
func (w *RowsWriter) Abort() { w.p.abort() }

// Finish completes the file and opens it. The error is NoRows or Unwritable.
func (w *RowsWriter) Finish() (*RowsFile, error) {
	defer w.Abort()
	if w.n == 0 {
		return nil, &Error{Kind: NoRows, File: w.p.path, Got: "none", Want: "rows of data"}
	}
	names, err := json.Marshal(w.names)
	if err != nil {
		return nil, w.p.failed(err)
	}
	w.p.w.Write(names)
	h := make([]byte, 0, rowsHeader)
	h = append(h, rowsMagic...)
	for _, v := range []int{w.n, len(w.names), len(names)} {
		h = binary.LittleEndian.AppendUint64(h, uint64(v))
	}
	f, name, e := w.p.keep(h)
	if e != nil {
		return nil, e
	}
	s := stored{f, name, w.p.path == ""}
	r, e := openRows(f, name)
	if e != nil {
		s.Close()
		return nil, e
	}
	r.stored = s
	return r, nil
}
