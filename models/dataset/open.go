package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Open reads a file in the format opts.Format or, if that is Auto, the one its
// name ends in: .csv and .tsv, or .libsvm, .svm and .svmlight, with or without a
// further .gz. For other names the first lines decide. Whether a file is
// compressed is seen from its first bytes, not from its name.
func Open(path string, opts *Options) (*Dataset, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Kind: Unreadable, File: path, Err: pathless(err)}
	}
	defer f.Close()
	d, err := openReader(f, path, o)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			e.File = path
		}
		return nil, err
	}
	d.File = path
	return d, nil
}

// OpenCSV reads a CSV file, plain or .gz.
func OpenCSV(path string, opts *Options) (*Dataset, error) { return openAs(path, opts, CSV) }

// OpenLIBSVM reads a LIBSVM file, plain or .gz.
func OpenLIBSVM(path string, opts *Options) (*Dataset, error) { return openAs(path, opts, LIBSVM) }

func openAs(path string, opts *Options, f Format) (*Dataset, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	o.Format = f
	return Open(path, &o)
}

// ReadCSV reads CSV data, plain or compressed with gzip, to the end of r. Of a
// file with one column only, lines without any character are skipped.
func ReadCSV(r io.Reader, opts *Options) (*Dataset, error) {
	return read(r, opts, CSV)
}

// ReadLIBSVM reads LIBSVM data, plain or compressed with gzip, to the end of r:
//
//	label index:value index:value ...
//
// with indices from 1 that increase in a line. Blank lines are skipped, and so
// is everything from a # to the end of its line. The columns are called x1, x2,
// and so on.
func ReadLIBSVM(r io.Reader, opts *Options) (*Dataset, error) {
	return read(r, opts, LIBSVM)
}

func read(r io.Reader, opts *Options, f Format) (*Dataset, error) {
	o, err := opts.check(f)
	if err != nil {
		return nil, err
	}
	src, err := newSource(r)
	if err != nil {
		return nil, err
	}
	return src.read(o, f)
}

func openReader(r io.Reader, path string, o Options) (*Dataset, error) {
	src, c, err := prepare(r, path, o)
	if err != nil {
		return nil, err
	}
	return src.read(c, c.Format)
}

// prepare returns the text of a file and its options, with its format, filled in.
func prepare(r io.Reader, path string, o Options) (*source, Options, *Error) {
	src, err := newSource(r)
	if err != nil {
		return nil, o, err
	}
	if o.Format < Auto || o.Format > LIBSVM {
		return nil, o, badOption(o.Format.String(), "Auto, CSV or LIBSVM", "")
	}
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".gz")
	ext := filepath.Ext(name)
	if o.Format == Auto {
		switch ext {
		case ".csv", ".tsv":
			o.Format = CSV
		case ".libsvm", ".svm", ".svmlight":
			o.Format = LIBSVM
		default:
			if o.Format, err = src.guess(o.Comma); err != nil {
				return nil, o, err
			}
		}
	}
	if ext == ".tsv" && o.Format == CSV && o.Comma == 0 {
		o.Comma = '\t'
	}
	c, err := o.check(o.Format)
	return src, c, err
}

// read returns untyped nil errors, which a *Error variable would not.
func (s *source) read(o Options, f Format) (*Dataset, error) {
	var d *Dataset
	var err *Error
	if f == CSV {
		d, err = readCSV(s, o)
	} else {
		d, err = readLIBSVM(s, o)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// pathless removes the path from an error of package os: Error.File has it.
func pathless(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}

// A source is a buffered stream of text without compression and byte order mark.
type source struct {
	*bufio.Reader
	gzip bool
}

const bufferSize = 1 << 16

func newSource(r io.Reader) (*source, *Error) {
	s := &source{Reader: bufio.NewReaderSize(r, bufferSize)}
	if head, _ := s.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		s.gzip = true
		z, err := gzip.NewReader(s.Reader)
		if err != nil {
			return nil, s.failed(err, 1)
		}
		s.Reader = bufio.NewReaderSize(z, bufferSize)
	}
	head, err := s.Peek(3)
	if len(head) == 0 {
		if err != io.EOF {
			return nil, s.failed(err, 1)
		}
		return nil, &Error{Kind: EmptyFile, Line: 1, Want: "rows of data"}
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		s.Discard(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return nil, &Error{Kind: Unreadable, Line: 1, Column: 1, Got: "UTF-16 text", Want: "UTF-8",
			Hint: "save the file as UTF-8"}
	}
	return s, nil
}

// failed returns the error for a stream that failed in the given line.
func (s *source) failed(err error, line int) *Error {
	if s.gzip {
		return &Error{Kind: BadGzip, Line: line, Err: err, Hint: "the file is damaged or cut short: fetch it again"}
	}
	return &Error{Kind: Unreadable, Line: line, Err: pathless(err)}
}

// guess tells CSV from LIBSVM by the first line that can be nothing else. A line
// with a label only, in LIBSVM a row of zeros, could be either.
func (s *source) guess(comma rune) (Format, *Error) {
	if comma == 0 {
		comma = ','
	}
	head, _ := s.Peek(bufferSize)
	for line := range bytes.Lines(head) {
		if isLIBSVM(line) {
			return LIBSVM, nil
		}
		if bytes.ContainsRune(line, comma) && line[0] != '#' {
			return CSV, nil
		}
	}
	first, _, _ := bytes.Cut(head, []byte("\n"))
	return Auto, &Error{Kind: UnknownFormat, Line: 1, Got: quote(bytes.TrimRight(first, "\r")),
		Want: "CSV or LIBSVM", Hint: "say which by Options.Format"}
}

// isLIBSVM is true if a line has a label and a pair.
func isLIBSVM[T text](line T) bool {
	var fields [2]string
	rest := string(line[:min(len(line), 200)])
	for i := range fields {
		rest = strings.TrimLeft(rest, " \t")
		end := strings.IndexAny(rest, " \t\r\n")
		if end < 0 {
			end = len(rest)
		}
		fields[i], rest = rest[:end], rest[end:]
	}
	if _, st := parseNumber(fields[0]); st != isNumber {
		return false
	}
	index, _, ok := strings.Cut(fields[1], ":")
	return ok && index != "" && strings.Trim(index, "0123456789") == ""
}
