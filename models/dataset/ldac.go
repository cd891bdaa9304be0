package dataset

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"

	"natgrad/models"
)

// OpenLDAC reads a corpus in the format of lda-c, plain or .gz: see ReadLDAC.
func OpenLDAC(path string, words int) (*models.CSR, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Kind: Unreadable, File: path, Err: pathless(err)}
	}
	defer f.Close()
	m, err := ReadLDAC(f, words)
	if e, ok := err.(*Error); ok {
		e.File = path
	}
	return m, err
}

// ReadLDAC reads a corpus to the end of r, plain or compressed with gzip, a document in
// each line:
//
//	M word:count word:count ...
//
// with M different words, which are numbers from 0, in any order. It returns the counts, a
// row for each document and a column for each word. words is the size of the vocabulary,
// 0: one more than the largest word. The error is an *Error.
func ReadLDAC(r io.Reader, words int) (*models.CSR, error) {
	m := newMatrixSink()
	if err := readLDAC(r, words, m); err != nil {
		return nil, err
	}
	x, err := m.matrix(words)
	if err != nil {
		return nil, err
	}
	return x, nil
}

// SpoolLDAC reads a corpus in the format of lda-c to the end of r, as ReadLDAC does, in a
// memory that does not grow with its length, and writes the file documents, for access to
// any of them. If documents is "" that is a temporary file, removed by Close; else it is
// made complete or not at all, and can be used again by OpenDocuments. vocabulary are the
// words, nil: they are not known.
func SpoolLDAC(r io.Reader, documents string, vocabulary []string) (*DocumentsFile, error) {
	w, err := CreateDocuments(documents, len(vocabulary))
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if err := readLDAC(r, len(vocabulary), w); err != nil {
		return nil, err
	}
	return w.Finish(vocabulary)
}

// documentSink takes documents one after the other.
type documentSink interface {
	Write(words []int32, counts []float64) error
}

// matrixSink makes a matrix of them.
type matrixSink struct {
	indptr, cols []int
	counts       []float64
	largest      int
}

func newMatrixSink() *matrixSink { return &matrixSink{indptr: []int{0}, largest: -1} }

func (m *matrixSink) Write(words []int32, counts []float64) error {
	for _, w := range words {
		m.cols = append(m.cols, int(w))
		m.largest = max(m.largest, int(w))
	}
	m.counts = append(m.counts, counts...)
	m.indptr = append(m.indptr, len(m.cols))
	return nil
}

// matrix returns the counts of that many words, 0: one more than the largest.
func (m *matrixSink) matrix(words int) (*models.CSR, *Error) {
	if words = cmp.Or(words, m.largest+1); words == 0 {
		return nil, &Error{Kind: NoWords, Got: "empty documents only", Want: "a word"}
	}
	x, err := models.NewCSR(len(m.indptr)-1, words, m.indptr, m.cols, m.counts)
	if err != nil {
		return nil, &Error{Kind: BadPair, Err: err}
	}
	return x, nil
}

func readLDAC(r io.Reader, words int, sink documentSink) error {
	s, e := newSource(r)
	if e != nil {
		return e
	}
	c := &ldacReader{words: words}
	n, e := s.eachLine(func(line []byte) *Error {
		if e := c.parse(line); e != nil {
			return e
		}
		if err := sink.Write(c.cols, c.counts); err != nil {
			e := err.(*Error)
			if e.Kind == BadPair { // a count that the sink cannot hold
				e.File = ""
			}
			return e
		}
		return nil
	})
	if e != nil {
		return e
	}
	if n == 0 {
		return &Error{Kind: NoRows, Want: "a document in each line"}
	}
	return nil
}

// IsLDAC reports whether a file, plain or .gz, begins as a corpus in the format of lda-c
// does: the first line with more than a 0 is a number before word:count.
func IsLDAC(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, &Error{Kind: Unreadable, File: path, Err: pathless(err)}
	}
	defer f.Close()
	s, e := newSource(f)
	if e != nil {
		e.File = path
		return false, e
	}
	head, _ := s.Peek(bufferSize)
	for line := range bytes.Lines(head) {
		lo, hi := token(line, 0)
		if _, ok := whole(line[lo:hi]); !ok {
			return false, nil
		}
		if lo, hi = token(line, hi); lo < hi {
			_, ok := parsePair(line[lo:hi])
			return ok, nil
		}
	}
	return false, nil
}

// ldacReader holds the document of the last line.
type ldacReader struct {
	words  int
	doc    []wordCount
	cols   []int32
	counts []float64
}

type wordCount struct {
	word  int
	count float64
}

// parsePair reads word:count.
func parsePair(s []byte) (wordCount, bool) {
	w, number, found := bytes.Cut(s, []byte(":"))
	word, ok := whole(w)
	times, ok2 := whole(number)
	return wordCount{word, float64(times)}, found && ok && ok2
}

func (c *ldacReader) parse(line []byte) *Error {
	lo, hi := token(line, 0)
	if lo == hi {
		return &Error{Kind: BadPair, Got: "an empty line", Want: "the number of different words, 0 for an empty document"}
	}
	n, ok := whole(line[lo:hi])
	if !ok {
		return &Error{Kind: BadPair, Column: lo + 1, Got: quote(line[lo:hi]), Want: "the number of different words of the document"}
	}
	c.doc = c.doc[:0]
	for lo, hi = token(line, hi); lo < hi; lo, hi = token(line, hi) {
		p, ok := parsePair(line[lo:hi])
		if !ok {
			return &Error{Kind: BadPair, Column: lo + 1, Got: quote(line[lo:hi]), Want: "word:count, two whole numbers"}
		}
		if p.word > maxIndex || c.words > 0 && p.word >= c.words {
			return &Error{Kind: BadPair, Column: lo + 1, Got: fmt.Sprintf("word %d", p.word), Want: fmt.Sprintf("a word below %d", cmp.Or(c.words, maxIndex+1))}
		}
		c.doc = append(c.doc, p)
	}
	if len(c.doc) != n {
		return &Error{Kind: BadPair, Got: count(len(c.doc), "pair"), Want: fmt.Sprintf("%d, as the line begins", n)}
	}
	slices.SortFunc(c.doc, func(a, b wordCount) int { return a.word - b.word })
	c.cols, c.counts = c.cols[:0], c.counts[:0]
	for i, p := range c.doc {
		if i > 0 && p.word == c.doc[i-1].word {
			return &Error{Kind: BadPair, Got: fmt.Sprintf("word %d twice", p.word), Want: "each word once in a document"}
		}
		if p.count > 0 {
			c.cols, c.counts = append(c.cols, int32(p.word)), append(c.counts, p.count)
		}
	}
	return nil
}

// whole returns a number of digits alone.
func whole(s []byte) (int, bool) {
	if len(s) == 0 || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	return parseIndex(s)
}
