package dataset

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// Format is a file format.
type Format int

const (
	Auto   Format = iota // by the name of the file, else by its first line
	CSV                  // comma-separated values, RFC 4180
	LIBSVM               // label index:value index:value ...
)

func (f Format) String() string {
	switch f {
	case Auto:
		return "auto"
	case CSV:
		return "csv"
	case LIBSVM:
		return "libsvm"
	}
	return fmt.Sprintf("Format(%d)", int(f))
}

// ParseFormat returns the format with the given name: auto, csv or libsvm.
func ParseFormat(name string) (Format, error) {
	for _, f := range []Format{Auto, CSV, LIBSVM} {
		if strings.EqualFold(name, f.String()) {
			return f, nil
		}
	}
	return Auto, &Error{Kind: BadOptions, Got: quote(name), Want: "format auto, csv or libsvm"}
}

// Header says what the first record of a CSV file is.
type Header int

const (
	// HeaderChecked takes the first record as the names of the columns, but
	// refuses it if all its fields are numbers: a file without a header would
	// lose its first row.
	HeaderChecked Header = iota
	// HeaderTrusted takes the first record as names, whatever it holds.
	HeaderTrusted
	// NoHeader takes the first record as data. The columns are called x1, x2, ...
	NoHeader
)

// Missing says what happens to a row with a missing value in a used column.
type Missing int

const (
	RefuseMissing Missing = iota // an error that names the line and the column
	DropMissing                  // the row is left out and counted in Dataset.Dropped
)

// Storage says how the matrix is held in memory.
type Storage int

const (
	AutoStorage Storage = iota // sparse if less than a quarter of the entries is not 0
	Dense                      // models.Dense
	Sparse                     // models.CSR
)

// sparseBelow is the share of nonzero entries under which AutoStorage chooses
// a sparse matrix: a CSR entry costs twice the memory of a dense one, and its
// products lose the blocked BLAS kernels.
const sparseBelow = 0.25

// Extra says what happens to LIBSVM features beyond the declared width.
type Extra int

const (
	RefuseExtra Extra = iota // an error that names the line and the column
	IgnoreExtra              // the features are left out and counted in Dataset.Notes
)

// Options says how to read a file. nil and the zero value are good for a CSV
// file with a header whose last column is the target, and for LIBSVM files.
type Options struct {
	// Format is used by Open. Zero: by the name of the file, else by content.
	Format Format
	// Storage is the kind of matrix wanted. Zero: sparse if density < 0.25.
	Storage Storage
	// Like is the Schema of the training data: the file is coded like it. Zero:
	// the file defines its own coding. With Like, Columns, Ignore, Categorical
	// and Features must not be set.
	Like *Schema

	// The following are for CSV only.

	// Target is the name of the column to predict. Zero: the last column.
	Target string
	// NoTarget says that the file has no target: every column is a feature.
	NoTarget bool
	// Columns are the names of the features to use. Zero: all but the target.
	// Their order does not matter, the order of the file is kept.
	Columns []string
	// Ignore are the names of columns to leave out.
	Ignore []string
	// Categorical maps the name of a categorical column to its reference level,
	// "" for the first level in sorted order (numeric order if all levels are
	// numbers). Such a column with L levels becomes L−1 indicator columns called
	// column[level]. Zero: all columns are numeric.
	Categorical map[string]string
	// Header says what the first record is. Zero: names, and checked to be.
	Header Header
	// Comma is the field separator. Zero: ',' (Open: '\t' for .tsv files).
	Comma rune
	// Missing says what happens to rows with missing values. Zero: an error.
	Missing Missing
	// MissingMarkers are the texts of missing values, whatever their case. nil:
	// the empty field, NA, NaN, ? and null. An empty slice: none.
	MissingMarkers []string

	// The following are for LIBSVM only.

	// Features is the number of columns. Zero: the largest index in the file.
	Features int
	// Extra says what happens to indices beyond Features (or Like). Zero: an
	// error.
	Extra Extra
}

var defaultMarkers = []string{"", "NA", "NaN", "?", "null"}

func badOption(got, want, hint string) *Error {
	return &Error{Kind: BadOptions, Got: got, Want: want, Hint: hint}
}

// check returns a copy of o with defaults filled in for the format f.
func (o *Options) check(f Format) (Options, *Error) {
	var c Options
	if o != nil {
		c = *o
	}
	switch {
	case c.Storage < AutoStorage || c.Storage > Sparse:
		return c, badOption(fmt.Sprintf("Storage %d", int(c.Storage)), "AutoStorage, Dense or Sparse", "")
	case c.Missing < RefuseMissing || c.Missing > DropMissing:
		return c, badOption(fmt.Sprintf("Missing %d", int(c.Missing)), "RefuseMissing or DropMissing", "")
	case c.Header < HeaderChecked || c.Header > NoHeader:
		return c, badOption(fmt.Sprintf("Header %d", int(c.Header)), "HeaderChecked, HeaderTrusted or NoHeader", "")
	case c.Extra < RefuseExtra || c.Extra > IgnoreExtra:
		return c, badOption(fmt.Sprintf("Extra %d", int(c.Extra)), "RefuseExtra or IgnoreExtra", "")
	case c.Features < 0 || c.Features > math.MaxInt32:
		return c, badOption(fmt.Sprintf("Features %d", c.Features),
			fmt.Sprintf("a number of columns up to %d, or 0 for the largest index in the file", math.MaxInt32), "")
	}
	if c.Like != nil {
		if c.Like.Format != f {
			return c, badOption("a Schema of a "+c.Like.Format.String()+" file", "one of a "+f.String()+" file",
				"give training and new data in the same format")
		}
		if c.Columns != nil || c.Ignore != nil || c.Categorical != nil || c.Features != 0 {
			return c, badOption("Like together with Columns, Ignore, Categorical or Features", "Like alone",
				"the Schema says all of these")
		}
		if err := c.Like.check(); err != nil {
			return c, err
		}
	}
	if f == LIBSVM {
		if c.Target != "" || c.NoTarget || c.Columns != nil || c.Ignore != nil || c.Categorical != nil {
			return c, badOption("Target, NoTarget, Columns, Ignore or Categorical for a LIBSVM file", "none of them",
				"LIBSVM has no column names; its target is the label in front")
		}
		if c.Extra == IgnoreExtra && c.Features == 0 && c.Like == nil {
			return c, badOption("IgnoreExtra without a declared width", "Features or Like", "")
		}
		return c, nil
	}
	if c.Features != 0 || c.Extra != RefuseExtra {
		return c, badOption("Features or Extra for a CSV file", "neither", "the header says how many columns there are")
	}
	if c.Target != "" && c.NoTarget {
		return c, badOption("Target and NoTarget", "one of them", "")
	}
	if c.Comma == 0 {
		c.Comma = ','
	}
	if c.Comma == '"' || c.Comma == '\r' || c.Comma == '\n' || c.Comma == utf8.RuneError || !utf8.ValidRune(c.Comma) {
		return c, badOption(fmt.Sprintf("Comma %q", c.Comma), "a character other than a quote or a line end", "")
	}
	if c.MissingMarkers == nil {
		c.MissingMarkers = defaultMarkers
	}
	return c, nil
}
