package dataset

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// RowsWriter writes a file of rows, one after the other.
type RowsWriter struct {
	f     *os.File
	w     *bufio.Writer
	path  string // "" for a temporary file
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
	dir, pattern := "", "rows-*"
	if path != "" {
		dir, pattern = filepath.Dir(path), "."+filepath.Base(path)+"-*"
	}
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, &Error{Kind: Unwritable, File: path, Err: pathless(err)}
	}
	w := &RowsWriter{f: f, w: bufio.NewWriterSize(f, 1<<16), path: path, names: slices.Clone(names), buf: make([]byte, 8*len(names))}
	w.w.Write(make([]byte, rowsHeader)) // without a magic number, until it is finished
	return w, nil
}

// Write appends a row. The error, an *Error, is NotFinite or Unwritable.
func (w *RowsWriter) Write(row []float64) error {
	if len(row) != len(w.names) {
		panic(badRowsLength)
	}
	for j, v := range row {
		if v-v != 0 {
			return &Error{Kind: NotFinite, File: w.path, Name: w.names[j], Got: fmt.Sprintf("%v in row %d", v, w.n), Want: "a finite number"}
		}
		binary.LittleEndian.PutUint64(w.buf[8*j:], math.Float64bits(v))
	}
	if _, err := w.w.Write(w.buf); err != nil {
		return w.failed(err)
	}
	w.n++
	return nil
}

func (w *RowsWriter) failed(err error) error {
	return &Error{Kind: Unwritable, File: w.path, Err: pathless(err)}
}

// Abort removes what was written. After Finish it does nothing.
func (w *RowsWriter) Abort() {
	if w.f != nil {
		w.f.Close()
		os.Remove(w.f.Name())
		w.f = nil
	}
}

// Finish completes the file and opens it. The error is NoRows or Unwritable.
func (w *RowsWriter) Finish() (*RowsFile, error) {
	defer w.Abort()
	if w.n == 0 {
		return nil, &Error{Kind: NoRows, File: w.path, Got: "none", Want: "rows of data"}
	}
	names, err := json.Marshal(w.names)
	if err != nil {
		return nil, w.failed(err)
	}
	w.w.Write(names)
	if err := w.w.Flush(); err != nil {
		return nil, w.failed(err)
	}
	h := make([]byte, 0, rowsHeader)
	h = append(h, rowsMagic...)
	for _, v := range []int{w.n, len(w.names), len(names)} {
		h = binary.LittleEndian.AppendUint64(h, uint64(v))
	}
	if _, err := w.f.WriteAt(h, 0); err != nil {
		return nil, w.failed(err)
	}
	name := w.f.Name()
	if w.path != "" {
		if err := w.f.Sync(); err != nil {
			return nil, w.failed(err)
		}
		if err := os.Rename(name, w.path); err != nil {
			return nil, w.failed(err)
		}
		name = w.path
	}
	r, e := openRows(w.f, name)
	if e != nil {
		return nil, e
	}
	r.temp = w.path == ""
	w.f = nil // it is the reader's
	return r, nil
}
