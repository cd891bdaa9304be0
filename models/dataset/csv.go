package dataset

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDroppedLines is the length of Dropped.Lines.
const maxDroppedLines = 10

// csvColumn is a used feature of a CSV file.
type csvColumn struct {
	name   string
	field  int // index in the record
	header int // byte column in the header, 0 without one
	slot   int // index in csvReader.rowNum or rowCat

	categorical bool
	reference   string
	levels      []string // in order of occurrence, or of Options.Like
	index       map[string]int32
	fixed       bool // the levels are those of Options.Like
}

type csvReader struct {
	opt Options
	csv *csv.Reader
	src *source

	names      []string // of all columns of the file
	headerLine int
	features   []csvColumn // in the order of the matrix
	targetAt   int         // index in the record, −1 without a target
	targetName string

	// Numeric values and level codes of one row, and of all rows row-major.
	rowNum   []float64
	rowCat   []int32
	num      []float64
	cat      []int32
	target   target
	lines    []int
	lastLine int
	dropped  Dropped
	notes    []string

	// sink takes each row from rowNum and rowCat, where rows are not to be kept.
	sink func() *Error
}

func readCSV(s *source, o Options) (*Dataset, *Error) {
	r := newCSVReader(s, o)
	if err := r.read(); err != nil {
		return nil, err
	}
	return r.finish()
}

func newCSVReader(s *source, o Options) *csvReader {
	r := &csvReader{opt: o, csv: csv.NewReader(s.Reader), src: s, targetAt: -1}
	r.csv.Comma = o.Comma
	r.csv.ReuseRecord = true
	r.csv.FieldsPerRecord = -1                              // checked here, with a better message
	r.csv.TrimLeadingSpace = o.Comma > ' ' && o.Comma < 128 // a tab is a space to it
	return r
}

// read reads the header and all rows.
func (r *csvReader) read() *Error {
	rec, err := r.next()
	if err != nil {
		return err
	}
	if rec == nil {
		return &Error{Kind: EmptyFile, Line: 1, Got: "blank lines only", Want: "a header and rows of data"}
	}
	if err := r.header(rec); err != nil {
		return err
	}
	if r.opt.Header != NoHeader {
		if rec, err = r.next(); err != nil {
			return err
		}
	}
	for rec != nil {
		if err := r.row(rec); err != nil {
			return err
		}
		if rec, err = r.next(); err != nil {
			return err
		}
	}
	return nil
}

// next returns the next record, nil at the end.
func (r *csvReader) next() ([]string, *Error) {
	rec, err := r.csv.Read()
	if err == nil {
		r.lastLine, _ = r.csv.FieldPos(len(rec) - 1)
		return rec, nil
	}
	if err == io.EOF {
		return nil, nil
	}
	p, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return nil, r.src.failed(err, r.lastLine+1)
	}
	e := &Error{Kind: BadCSV, Line: p.Line, Column: p.Column, Err: p.Err}
	switch {
	case p.StartLine != p.Line:
		e.Hint = fmt.Sprintf("a quote in the record that begins in line %d is not closed", p.StartLine)
	case p.Err == csv.ErrQuote:
		e.Hint = `a quoted field ends with a quote before the separator; write a quote inside as ""`
	case p.Err == csv.ErrBareQuote:
		e.Hint = `put a field with quotes inside in quotes and write them as ""`
	}
	return nil, e
}

// errorAt returns an error for a field of the current record.
func (r *csvReader) errorAt(kind Kind, field int) *Error {
	line, column := r.csv.FieldPos(field)
	return &Error{Kind: kind, Line: line, Column: column, Name: r.names[field]}
}

// row appends a record.
func (r *csvReader) row(rec []string) *Error {
	line, _ := r.csv.FieldPos(0)
	if len(rec) != len(r.names) {
		at := min(len(rec)-1, len(r.names))
		l, c := r.csv.FieldPos(at)
		first := "header"
		if r.opt.Header == NoHeader {
			first = "first row"
		}
		return &Error{Kind: RaggedRow, Line: l, Column: c, Got: count(len(rec), "field"),
			Want: fmt.Sprintf("%d as in the %s", len(r.names), first),
			Hint: "put fields that contain the separator in quotes"}
	}
	at := -1
	for i := range r.features {
		if f := r.features[i].field; r.isMissing(rec[f]) && (at < 0 || f < at) {
			at = f
		}
	}
	if r.targetAt >= 0 && r.isMissing(rec[r.targetAt]) && (at < 0 || r.targetAt < at) {
		at = r.targetAt
	}
	if at >= 0 {
		if r.opt.Missing == DropMissing {
			r.dropped.Rows++
			if len(r.dropped.Lines) < maxDroppedLines {
				r.dropped.Lines = append(r.dropped.Lines, line)
			}
			return nil
		}
		err := r.errorAt(MissingValue, at)
		err.Got, err.Want = quote(rec[at]), "a value"
		err.Hint = "fill it in, drop such rows by DropMissing, or leave the column out by Options.Ignore"
		return err
	}
	for i := range r.features {
		if err := r.feature(&r.features[i], rec); err != nil {
			return err
		}
	}
	if r.sink != nil {
		return r.sink()
	}
	if r.targetAt >= 0 {
		if err := r.targetValue(strings.TrimSpace(rec[r.targetAt])); err != nil {
			return err
		}
	}
	r.num = append(r.num, r.rowNum...)
	r.cat = append(r.cat, r.rowCat...)
	r.lines = append(r.lines, line)
	return nil
}

func (r *csvReader) isMissing(s string) bool {
	s = strings.TrimSpace(s)
	for _, m := range r.opt.MissingMarkers {
		if len(m) == len(s) && strings.EqualFold(m, s) {
			return true
		}
	}
	return false
}

// feature stores a field in the row.
func (r *csvReader) feature(c *csvColumn, rec []string) *Error {
	s := strings.TrimSpace(rec[c.field])
	if !c.categorical {
		v, st := parseNumber(s)
		if st == isNumber {
			r.rowNum[c.slot] = v
			return nil
		}
		err := r.errorAt(NotNumeric, c.field)
		err.Got, err.Want = quote(s), "a number"
		err.Hint = "declare the column in Options.Categorical if its values are names, or leave it out by Options.Ignore"
		if st == isNotFinite {
			err.Kind, err.Want, err.Hint = NotFinite, "a finite number", ""
		} else if c.fixed {
			err.Hint = "the column is numeric in the training data"
		}
		return err
	}
	k, ok := c.index[s]
	if !ok {
		if c.fixed {
			err := r.errorAt(UnknownLevel, c.field)
			err.Got, err.Want = "level "+quote(s), "one of the training data: "+list(c.levels)
			err.Hint = "add such rows to the training data or remove them here"
			return err
		}
		k = int32(len(c.levels))
		s = strings.Clone(s) // s would keep the whole record in memory
		c.levels = append(c.levels, s)
		c.index[s] = k
	}
	r.rowCat[c.slot] = k
	return nil
}

// targetValue appends the target of the row.
func (r *csvReader) targetValue(s string) *Error {
	_, column := r.csv.FieldPos(r.targetAt)
	switch v, st := parseNumber(s); st {
	case isNumber:
		r.target.addNumber(v, column)
	case isNotNumber:
		r.target.addText(s, column)
	default:
		err := r.errorAt(NotFinite, r.targetAt)
		err.Got, err.Want = quote(s), "a finite number or a label"
		return err
	}
	return nil
}
