package dataset

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync"

	"natgrad/models"
)

// A file of rows is, little-endian:
//
//	8 bytes   rowsMagic
//	3 uint64  rows n, columns d, bytes of the names
//	n×d       float64, row-major
//	          the names of the columns, a JSON array of strings
const (
	rowsMagic  = "fltrows\x01"
	rowsHeader = 8 + 3*8
	// maxRowsColumns bounds d, so that a row fits into memory.
	maxRowsColumns = 1 << 24
	maxRowsNames   = 1 << 30
)

// RowsFile is a file of rows of numbers that are read where they are needed: the
// memory does not grow with their number. It implements models.Rows, and is safe
// for several goroutines.
type RowsFile struct {
	// Dropped and Notes are as those of the Dataset, of a file made by Spool.
	Dropped Dropped
	Notes   []string

	stored
	n, d  int
	names []string
	bufs  sync.Pool // *[]byte
}

var _ models.Rows = (*RowsFile)(nil)

// OpenRows opens a file that CreateRows or Spool made. Errors are an *Error of Kind
// Unreadable or BadRows.
func OpenRows(path string) (*RowsFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Kind: Unreadable, File: path, Err: pathless(err)}
	}
	r, e := openRows(f, path)
	if e != nil {
		f.Close()
		return nil, e
	}
	return r, nil
}

func openRows(f *os.File, path string) (*RowsFile, *Error) {
	info, err := f.Stat()
	if err != nil {
		return nil, &Error{Kind: Unreadable, File: path, Err: pathless(err)}
	}
	r := &RowsFile{stored: stored{f: f, path: path}}
	var size int64
	var e *Error
	if r.n, r.d, size, e = parseRows(f, info.Size()); e == nil {
		r.names, e = readNames(io.NewSectionReader(f, info.Size()-size, size), r.d)
	}
	if e != nil {
		e.File = path
		return nil, e
	}
	return r, nil
}

// parseRows reads the header of a file of the given size, and the size of the names
// at its end.
func parseRows(f io.ReaderAt, size int64) (n, d int, names int64, _ *Error) {
	bad := func(got, want string) (int, int, int64, *Error) {
		return 0, 0, 0, &Error{Kind: BadRows, Got: got, Want: want, Hint: "make the file again from its source"}
	}
	var h [rowsHeader]byte
	if _, err := f.ReadAt(h[:], 0); err != nil {
		if errors.Is(err, io.EOF) {
			return bad(fmt.Sprintf("%d bytes", size), fmt.Sprintf("a header of %d bytes", rowsHeader))
		}
		return 0, 0, 0, &Error{Kind: Unreadable, Err: pathless(err)}
	}
	if string(h[:8]) != rowsMagic {
		return bad(fmt.Sprintf("a file that begins with %q", h[:8]), "a file made by CreateRows or Spool")
	}
	un, ud, unames := binary.LittleEndian.Uint64(h[8:]), binary.LittleEndian.Uint64(h[16:]), binary.LittleEndian.Uint64(h[24:])
	if un < 1 || ud < 1 || ud > maxRowsColumns || un > (math.MaxInt64-rowsHeader-maxRowsNames)/8/ud || unames > maxRowsNames {
		return bad(fmt.Sprintf("a header of %d rows, %d columns and %d bytes of names", un, ud, unames), "possible ones")
	}
	if want := rowsHeader + int64(un*ud)*8 + int64(unames); size != want {
		return bad(fmt.Sprintf("%d bytes", size), fmt.Sprintf("%d for %d rows of %d columns", want, un, ud))
	}
	return int(un), int(ud), int64(unames), nil
}

func readNames(r io.Reader, d int) ([]string, *Error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, &Error{Kind: Unreadable, Err: pathless(err)}
	}
	var names []string
	if err := json.Unmarshal(b, &names); err != nil || len(names) != d {
		return nil, &Error{Kind: BadRows, Got: fmt.Sprintf("%d names", len(names)), Want: fmt.Sprintf("%d names at the end", d), Err: err,
			Hint: "make the file again from its source"}
	}
	return names, nil
}

// Dims returns the numbers of rows and columns.
func (r *RowsFile) Dims() (n, d int) { return r.n, r.d }

// Names returns the names of the columns.
func (r *RowsFile) Names() []string { return slices.Clone(r.names) }

// maxRowsRead is the number of bytes that ReadRows reads at once, at most, but for
// a longer row.
const maxRowsRead = 1 << 18

// ReadRows implements models.Rows. Rows that follow one another in the file are read at
// once. The error is an *Error: Unreadable, with fs.ErrClosed as its cause after Close, or
// BadRows if the file has become shorter.
func (r *RowsFile) ReadRows(dst []float64, idx []int) error {
	if len(dst) != len(idx)*r.d {
		panic(badRowsLength)
	}
	buf, _ := r.bufs.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	defer r.bufs.Put(buf)
	most := max(1, maxRowsRead/(8*r.d))
	for len(idx) > 0 {
		first, n := idx[0], 1
		for n < len(idx) && n < most && idx[n] == first+n {
			n++
		}
		if first < 0 || first > r.n-n {
			panic(badRow)
		}
		if cap(*buf) < n*8*r.d {
			*buf = make([]byte, n*8*r.d)
		}
		b := (*buf)[:n*8*r.d]
		if m, err := r.f.ReadAt(b, rowsHeader+int64(first)*int64(8*r.d)); m < len(b) {
			return r.failed(err, first+m/(8*r.d))
		}
		for i := range dst[:n*r.d] {
			dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		}
		dst, idx = dst[n*r.d:], idx[n:]
	}
	return nil
}

// Panic messages for programmer errors.
const (
	badRowsLength = "dataset: wrong slice length"
	badRow        = "dataset: row out of range"
)

func (r *RowsFile) failed(err error, row int) error {
	if errors.Is(err, io.EOF) {
		return &Error{Kind: BadRows, File: r.path, Got: fmt.Sprintf("the end of the file in row %d", row),
			Want: fmt.Sprintf("%d rows", r.n), Hint: "the file was cut short while in use", Err: io.ErrUnexpectedEOF}
	}
	return &Error{Kind: Unreadable, File: r.path, Err: pathless(err)}
}
