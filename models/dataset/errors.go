package dataset

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Kind is what is wrong with a file. Kinds are errors, so that
//
//	errors.Is(err, dataset.MissingValue)
//
// tells one from the other.
type Kind string

const (
	BadOptions    Kind = "unusable options"
	Unreadable    Kind = "cannot read"           // the file or the stream failed
	BadGzip       Kind = "damaged gzip data"     // cut short, or a wrong checksum
	UnknownFormat Kind = "unknown format"        // neither CSV nor LIBSVM
	EmptyFile     Kind = "empty file"            // not even a header
	NoRows        Kind = "no rows"               // a header only, or all rows dropped
	BadHeader     Kind = "unusable header"       // an empty name, or all numbers
	DuplicateName Kind = "duplicate column name" // in the header, or after coding
	UnknownColumn Kind = "no such column"        // an option names a column that is not there
	NoFeatures    Kind = "no feature columns"    // nothing but a target
	BadCSV        Kind = "malformed CSV"         // a stray or unclosed quote
	RaggedRow     Kind = "ragged row"            // another number of fields than the header
	NotNumeric    Kind = "not a number"          // a text in a numeric column
	NotFinite     Kind = "not a finite number"   // NaN, Inf, or beyond the range of float64
	MissingValue  Kind = "missing value"         // and Options.Missing is RefuseMissing
	UnknownLevel  Kind = "unknown level"         // of a categorical column, or of a target
	MissingLabel  Kind = "missing label"         // a LIBSVM line that begins with a pair
	Unsupported   Kind = "unsupported LIBSVM"    // several labels, or qid
	BadPair       Kind = "malformed pair"        // not index:value
	BadIndex      Kind = "bad index"             // 0, backwards, or twice
	IndexTooLarge Kind = "index too large"       // beyond the declared width
	OneClass      Kind = "one class only"        // a two-valued target is wanted
	ManyClasses   Kind = "more than two classes" // a two-valued target is wanted
	NoTarget      Kind = "no target"             // the data were read without one
	TooLarge      Kind = "too large"             // a dense matrix beyond all memory
	WrongWidth    Kind = "wrong number of columns"
	BadText       Kind = "malformed text"            // not UTF-8
	NoWords       Kind = "no words"                  // in the text, or all left out by options
	BadWords      Kind = "unusable list of words"    // a blank line, or a word twice
	Unwritable    Kind = "cannot write"              // a file of rows or documents
	BadRows       Kind = "damaged file of rows"      // cut short, or another file
	BadDocuments  Kind = "damaged file of documents" // cut short, or another file
	BadSplit      Kind = "impossible split"
)

func (k Kind) Error() string { return string(k) }

// Error says where a file is wrong, what was found there, what was wanted and
// what to do.
type Error struct {
	Kind Kind
	File string // as given to Open, "" for a reader
	Line int    // first line is 1; 0: no line to blame
	// Column is the byte column in the line, the first is 1; 0: the whole line.
	Column int
	Name   string // of the data column, "" if there is none
	Got    string
	Want   string
	Hint   string // what to do
	Err    error  // cause, nil if there is none
}

// Error returns
//
//	FILE: line L, column C: KIND in column "NAME": got G, want W; HINT
//
// without the parts that are empty.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File + ": ")
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d", e.Line)
		if e.Column > 0 {
			fmt.Fprintf(&b, ", column %d", e.Column)
		}
		b.WriteString(": ")
	}
	b.WriteString(string(e.Kind))
	if e.Name != "" {
		b.WriteString(" in column " + quote(e.Name))
	}
	sep := ": "
	if e.Got != "" {
		b.WriteString(sep + "got " + e.Got)
		sep = ", "
	}
	if e.Want != "" {
		b.WriteString(sep + "want " + e.Want)
		sep = ", "
	}
	if e.Err != nil {
		b.WriteString(sep + e.Err.Error())
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Is reports whether target is the Kind of e.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// maxShown is the length in bytes from which a text of the file is cut in an
// error message.
const maxShown = 60

// quote returns s in quotes, cut if it is long.
func quote[T text](s T) string {
	if len(s) <= maxShown {
		return fmt.Sprintf("%q", string(s))
	}
	cut := maxShown
	for cut > maxShown-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%q... (%d bytes)", string(s[:cut]), len(s))
}

// maxListed is the number of names from which a list is cut.
const maxListed = 12

// list returns the names in quotes with commas between them.
func list(names []string) string {
	var b strings.Builder
	for i, s := range names {
		if i == maxListed {
			fmt.Fprintf(&b, ", ... (%d in all)", len(names))
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(s))
	}
	return b.String()
}

// count returns "1 row", "2 rows" and so on.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
