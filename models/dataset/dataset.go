package dataset

import (
	"fmt"
	"math"
	"slices"

	"natgrad/models"
)

// Dataset is a design matrix with its target and what is known about where they
// came from. It is immutable, and so are its parts.
type Dataset struct {
	// X has a row for each row of the file that was kept and Schema.Width()
	// columns. There is no intercept column.
	X models.Matrix
	// Schema says what the columns of X are.
	Schema *Schema
	// File is the path given to Open, "" for a reader.
	File string
	// Lines holds for each row of X the line of the file it began in.
	Lines []int
	// Dropped says which rows were left out for missing values.
	Dropped Dropped
	// Notes are sentences about what a user should know: rows dropped, columns
	// left out, categorical columns with one level.
	Notes []string

	entries entries
	target  target
}

// Dropped counts the rows left out because of missing values.
type Dropped struct {
	Rows int
	// Lines are the lines of the first of them, at most 10.
	Lines []int
}

// Dims returns the number of rows and columns of X.
func (d *Dataset) Dims() (rows, cols int) { return d.entries.n, d.entries.d }

// Names returns the names of the columns of X, see Schema.Names.
func (d *Dataset) Names() []string { return d.Schema.Names() }

// IsSparse is true if X is a *models.CSR and false if it is a *models.Dense.
func (d *Dataset) IsSparse() bool { return d.entries.sparse() }

// Density returns the share of the entries of X that are not 0.
func (d *Dataset) Density() float64 { return d.entries.density() }

// String describes the data in one line.
func (d *Dataset) String() string {
	kind := "dense"
	if d.IsSparse() {
		kind = fmt.Sprintf("sparse, density %.3g", d.Density())
	}
	s := fmt.Sprintf("%s × %s (%s)", count(d.entries.n, "row"), count(d.entries.d, "column"), kind)
	if d.File != "" {
		s = d.File + ": " + s
	}
	if d.Schema.Target != "" {
		s += ", target " + quote(d.Schema.Target)
	}
	return s
}

// with returns d with other entries.
func (d *Dataset) with(e entries) *Dataset {
	c := *d
	c.entries = e
	c.X = e.matrix()
	return &c
}

// Dense returns the data with a *models.Dense, which is d itself if it has one.
// The error is TooLarge.
func (d *Dataset) Dense() (*Dataset, error) {
	if !d.IsSparse() {
		return d, nil
	}
	e, err := d.entries.toDense()
	if err != nil {
		err.File = d.File
		return nil, err
	}
	return d.with(e), nil
}

// Sparse returns the data with a *models.CSR, which is d itself if it has one.
func (d *Dataset) Sparse() *Dataset {
	if d.IsSparse() {
		return d
	}
	return d.with(d.entries.toSparse())
}

// Widen returns LIBSVM data with further columns of zeros, so that there are
// cols: for training data that lack the last features of the new data. The error
// is WrongWidth if d is wider than that, BadOptions if it is not LIBSVM.
func (d *Dataset) Widen(cols int) (*Dataset, error) {
	if d.Schema.Format != LIBSVM {
		return nil, &Error{Kind: BadOptions, File: d.File, Got: "Widen of a " + d.Schema.Format.String() + " file", Want: "LIBSVM data"}
	}
	if cols < d.entries.d || cols > math.MaxInt32 {
		return nil, &Error{Kind: WrongWidth, File: d.File, Got: fmt.Sprintf("Widen from %d to %d columns", d.entries.d, cols),
			Want: fmt.Sprintf("at least as many, and at most %d", math.MaxInt32)}
	}
	e := d.entries.toSparse()
	e.d = cols
	if !d.IsSparse() {
		var err *Error
		if e, err = e.toDense(); err != nil {
			err.File = d.File
			return nil, err
		}
	}
	w := d.with(e)
	s := *d.Schema
	s.Features = cols
	w.Schema = &s
	return w, nil
}

// Subset returns the rows idx in that order; a row may occur several times. It
// panics if one is not a row of d or if there are none.
func (d *Dataset) Subset(idx []int) *Dataset {
	if len(idx) == 0 {
		panic(noRowsPanic)
	}
	for _, i := range idx {
		if i < 0 || i >= d.entries.n {
			panic(rowPanic)
		}
	}
	s := d.with(d.entries.subset(idx))
	s.target = d.target.subset(idx)
	s.Lines = make([]int, len(idx))
	for k, i := range idx {
		s.Lines[k] = d.Lines[i]
	}
	s.Notes = slices.Clip(d.Notes)
	return s
}

const (
	rowPanic    = "dataset: row out of range"
	noRowsPanic = "dataset: no rows"
)
