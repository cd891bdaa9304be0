package dataset

import (
	"io"
	"os"
)

// Spool reads a CSV file, plain or .gz, once and in a memory that does not grow with
// its length, and writes the features of its rows, those that Open would give, to the
// file rows, for access to any of them:
//
//	rows, err := dataset.Spool("data.csv.gz", "", &dataset.Options{NoTarget: true})
//	...
//	defer rows.Close()
//
// If rows is "" that is a temporary file, removed by Close; else it is made complete or
// not at all, and can be used again by OpenRows. The target is left out. Categorical
// columns need Options.Like, as their levels must be known before the first row.
func Spool(path, rows string, opts *Options) (*RowsFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Kind: Unreadable, File: path, Err: pathless(err)}
	}
	defer f.Close()
	var o Options
	if opts != nil {
		o = *opts
	}
	r, e := spool(f, path, rows, o)
	if e != nil {
		if e.File == "" {
			e.File = path
		}
		return nil, e
	}
	return r, nil
}

// SpoolCSV is Spool for CSV data, plain or compressed with gzip, of a reader.
func SpoolCSV(r io.Reader, rows string, opts *Options) (*RowsFile, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	o.Format = CSV
	f, e := spool(r, "", rows, o)
	if e != nil {
		return nil, e
	}
	return f, nil
}

func spool(in io.Reader, path, rows string, o Options) (*RowsFile, *Error) {
	src, c, err := prepare(in, path, o)
	if err != nil {
		return nil, err
	}
	switch {
	case c.Format != CSV:
		return nil, badOption("a "+c.Format.String()+" file", "a CSV file", "other formats can be read by Open")
	case c.Storage == Sparse:
		return nil, badOption("the storage Sparse", "AutoStorage or Dense", "")
	case len(c.Categorical) > 0:
		return nil, badOption("categorical columns without their levels", "a Schema in Options.Like",
			"read a part of the file with all levels by Open, and set Like to its Schema")
	}
	s := &spooler{path: rows}
	defer s.abort()
	s.r = newCSVReader(src, c)
	s.r.sink = s.row
	if err := s.r.read(); err != nil {
		return nil, err
	}
	if s.w == nil || s.w.n == 0 {
		return nil, s.r.noRows()
	}
	f, e := s.w.Finish()
	if e != nil {
		return nil, e.(*Error)
	}
	f.Dropped = s.r.dropped
	s.r.noteDropped(f.n)
	f.Notes = s.r.notes
	return f, nil
}

// spooler writes rows as they are read.
type spooler struct {
	r      *csvReader
	path   string
	w      *RowsWriter
	places []place
	row1   []float64
}

func (s *spooler) abort() {
	if s.w != nil {
		s.w.Abort()
	}
}

// begin knows the columns.
func (s *spooler) begin() *Error {
	schema, err := s.r.schema()
	if err != nil {
		return err
	}
	w, e := CreateRows(s.path, schema.Names())
	if e != nil {
		return e.(*Error)
	}
	s.w, s.places, s.row1 = w, s.r.places(schema), make([]float64, schema.Width())
	return nil
}

func (s *spooler) row() *Error {
	if s.w == nil {
		if err := s.begin(); err != nil {
			return err
		}
	}
	clear(s.row1)
	for k := range s.places {
		p := &s.places[k]
		if p.levels == nil {
			s.row1[p.column] = s.r.rowNum[p.slot]
		} else if j := p.levels[s.r.rowCat[p.slot]]; j >= 0 {
			s.row1[j] = 1
		}
	}
	if err := s.w.Write(s.row1); err != nil {
		return err.(*Error)
	}
	return nil
}
