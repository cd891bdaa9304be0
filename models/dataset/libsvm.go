package dataset

import (
	"bytes"
	"fmt"
	"math"
)

// maxIndex is the largest index that is believed without a declared width: a
// misread column would otherwise make a matrix of that many columns.
const maxIndex = 1 << 24

type libsvmReader struct {
	opt     Options
	width   int // declared, 0 if the data define it
	largest int // index so far
	line    int

	entries entries
	target  target
	lines   []int

	ignored     int // features beyond the width
	ignoredLine int // the first line with one
}

func readLIBSVM(s *source, o Options) (*Dataset, *Error) {
	r := &libsvmReader{opt: o, width: o.Features, entries: entries{indptr: []int{0}}}
	if o.Like != nil {
		r.width = o.Like.Features
	}
	if _, err := s.eachLine(func(line []byte) *Error {
		r.line++
		return r.parse(line)
	}); err != nil {
		return nil, err
	}
	return r.finish()
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// token returns the bounds of the next run of non-space bytes of line from i.
func token(line []byte, i int) (lo, hi int) {
	for i < len(line) && isSpace(line[i]) {
		i++
	}
	lo = i
	for i < len(line) && !isSpace(line[i]) {
		i++
	}
	return lo, i
}

// parse appends the row in line, if there is one. Errors lack the line number.
func (r *libsvmReader) parse(line []byte) *Error {
	if k := bytes.IndexByte(line, '#'); k >= 0 {
		line = line[:k]
	}
	lo, hi := token(line, 0)
	if lo == hi {
		return nil
	}
	if err := r.parseLabel(line[lo:hi], lo+1); err != nil {
		return err
	}
	prev := 0
	for {
		lo, hi = token(line, hi)
		if lo == hi {
			break
		}
		var err *Error
		if prev, err = r.parsePair(line[lo:hi], lo+1, prev); err != nil {
			return err
		}
	}
	r.entries.indptr = append(r.entries.indptr, len(r.entries.indices))
	r.lines = append(r.lines, r.line)
	return nil
}

func (r *libsvmReader) parseLabel(tok []byte, column int) *Error {
	v, st := parseNumber(tok)
	if st == isNumber {
		r.target.addNumber(v, column)
		return nil
	}
	err := &Error{Kind: NotNumeric, Column: column, Got: quote(tok), Want: "a number as label"}
	switch {
	case st == isNotFinite:
		err.Kind, err.Want = NotFinite, "a finite number as label"
	case bytes.IndexByte(tok, ':') >= 0:
		err.Kind, err.Hint = MissingLabel, "begin the line with a label, 0 if it is unknown"
	case bytes.IndexByte(tok, ',') >= 0:
		if isLabelList(tok) {
			err.Kind, err.Got = Unsupported, "several labels "+quote(tok)
			err.Want, err.Hint = "one label", "make one file for each label"
		} else {
			err.Hint = "if the file is CSV, set the format to CSV"
		}
	}
	return err
}

func isLabelList(tok []byte) bool {
	for part := range bytes.SplitSeq(tok, []byte(",")) {
		if _, st := parseNumber(part); st != isNumber {
			return false
		}
	}
	return true
}

// parsePair appends the pair index:value and returns its index, which has to be
// larger than prev.
func (r *libsvmReader) parsePair(tok []byte, column, prev int) (int, *Error) {
	colon := bytes.IndexByte(tok, ':')
	if colon <= 0 || colon == len(tok)-1 {
		return 0, &Error{Kind: BadPair, Column: column, Got: quote(tok), Want: "index:value without spaces"}
	}
	index, ok := parseIndex(tok[:colon])
	if !ok {
		if string(tok[:colon]) == "qid" {
			return 0, &Error{Kind: Unsupported, Column: column, Got: quote(tok), Want: "index:value",
				Hint: "query groups of ranking data are not supported: remove the qid field"}
		}
		return 0, &Error{Kind: BadPair, Column: column, Got: quote(tok), Want: "index:value with a whole number as index"}
	}
	if index <= prev {
		err := &Error{Kind: BadIndex, Column: column, Got: fmt.Sprintf("index %d", index)}
		switch {
		case index < 1:
			err.Want, err.Hint = "an index from 1", "LIBSVM counts columns from 1: add 1 to all indices if they start at 0"
		case index == prev:
			err.Got, err.Want = err.Got+" twice", "every index once in a line"
		default:
			err.Got += fmt.Sprintf(" after %d", prev)
			err.Want, err.Hint = "indices that increase in a line", "sort the pairs of the line by index"
		}
		return 0, err
	}
	value := tok[colon+1:]
	v, st := parseNumber(value)
	if st != isNumber {
		err := &Error{Kind: NotNumeric, Column: column + colon + 1, Name: xName(index - 1), Got: quote(value), Want: "a number"}
		if st == isNotFinite {
			err.Kind, err.Want = NotFinite, "a finite number"
		}
		return 0, err
	}
	if r.width > 0 && index > r.width || r.width == 0 && index > maxIndex {
		if r.width > 0 && r.opt.Extra == IgnoreExtra {
			if r.ignored == 0 {
				r.ignoredLine = r.line
			}
			r.ignored++
			return index, nil
		}
		return 0, r.tooLarge(index, column)
	}
	r.largest = max(r.largest, index)
	if v != 0 {
		r.entries.indices = append(r.entries.indices, index-1)
		r.entries.values = append(r.entries.values, v)
	}
	return index, nil
}

func (r *libsvmReader) tooLarge(index, column int) *Error {
	err := &Error{Kind: IndexTooLarge, Column: column, Got: fmt.Sprintf("index %d", index)}
	switch {
	case r.width == 0:
		err.Want = fmt.Sprintf("at most %d", maxIndex)
		err.Hint = "if there are so many columns, declare them by Options.Features"
	case r.opt.Like != nil:
		err.Want = fmt.Sprintf("at most %d, as in the training data", r.width)
		err.Hint = "read the training data with a larger Options.Features, or leave such features out by IgnoreExtra"
	default:
		err.Want = fmt.Sprintf("at most Options.Features = %d", r.width)
		err.Hint = "declare more features, or leave such features out by IgnoreExtra"
	}
	return err
}

// parseIndex returns a whole number. Beyond the range of int it returns the
// largest one, which no width allows.
func parseIndex(s []byte) (int, bool) {
	neg := s[0] == '-'
	if neg || s[0] == '+' {
		s = s[1:]
	}
	if len(s) == 0 {
		return 0, false
	}
	n, huge := 0, false
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		if huge = huge || n > (math.MaxInt-9)/10; !huge {
			n = n*10 + int(c-'0')
		}
	}
	if huge {
		n = math.MaxInt
	}
	if neg {
		n = -n
	}
	return n, true
}

func (r *libsvmReader) finish() (*Dataset, *Error) {
	n := len(r.lines)
	if n == 0 {
		return nil, &Error{Kind: NoRows, Line: max(r.line, 1), Got: "blank lines and comments only", Want: "rows of data"}
	}
	width := r.width
	if width == 0 {
		width = r.largest
	}
	if width == 0 {
		return nil, &Error{Kind: NoFeatures, Line: r.lines[0], Got: "labels only", Want: "index:value pairs",
			Hint: "if all features are 0, declare how many there are by Options.Features"}
	}
	r.entries.n, r.entries.d = n, width
	e, err := r.entries.stored(r.opt.Storage)
	if err != nil {
		err.Line = r.line
		return nil, err
	}
	d := &Dataset{Schema: &Schema{Format: LIBSVM, Features: width}, Lines: r.lines, target: r.target}
	if r.ignored > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d values of features beyond x%d left out, the first in line %d", r.ignored, width, r.ignoredLine))
	}
	return d.with(e), nil
}
