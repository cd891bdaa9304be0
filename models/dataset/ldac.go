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
	s, e := newSource(r)
	if e != nil {
		return nil, e
	}
	c := &ldacReader{words: words, indptr: []int{0}}
	lines := libsvmReader{}
	for line := 1; ; line++ {
		text, err := lines.readLine(s)
		if err != nil && err != io.EOF {
			return nil, s.failed(err, line)
		}
		if err == io.EOF && len(text) == 0 {
			break
		}
		if e := c.parse(text); e != nil {
			e.Line = line
			return nil, e
		}
	}
	if len(c.indptr) == 1 {
		return nil, &Error{Kind: NoRows, Want: "a document in each line"}
	}
	m, err := models.NewCSR(len(c.indptr)-1, max(c.words, c.largest+1), c.indptr, c.cols, c.counts)
	if err != nil {
		return nil, &Error{Kind: BadPair, Err: err}
	}
	return m, nil
}

type ldacReader struct {
	words, largest int
	indptr, cols   []int
	counts         []float64
	doc            []wordCount
}

type wordCount struct {
	word  int
	count float64
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
		w, number, found := bytes.Cut(line[lo:hi], []byte(":"))
		word, ok := whole(w)
		times, ok2 := whole(number)
		if !found || !ok || !ok2 {
			return &Error{Kind: BadPair, Column: lo + 1, Got: quote(line[lo:hi]), Want: "word:count, two whole numbers"}
		}
		if word > maxIndex || c.words > 0 && word >= c.words {
			return &Error{Kind: BadPair, Column: lo + 1, Got: fmt.Sprintf("word %d", word), Want: fmt.Sprintf("a word below %d", cmp.Or(c.words, maxIndex+1))}
		}
		c.doc = append(c.doc, wordCount{word, float64(times)})
		c.largest = max(c.largest, word)
	}
	if len(c.doc) != n {
		return &Error{Kind: BadPair, Got: count(len(c.doc), "pair"), Want: fmt.Sprintf("%d, as the line begins", n)}
	}
	slices.SortFunc(c.doc, func(a, b wordCount) int { return a.word - b.word })
	for i, p := range c.doc {
		if i > 0 && p.word == c.doc[i-1].word {
			return &Error{Kind: BadPair, Got: fmt.Sprintf("word %d twice", p.word), Want: "each word once in a document"}
		}
		if p.count > 0 {
			c.cols, c.counts = append(c.cols, p.word), append(c.counts, p.count)
		}
	}
	c.indptr = append(c.indptr, len(c.cols))
	return nil
}

// whole returns a number of digits alone.
func whole(s []byte) (int, bool) {
	if len(s) == 0 || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	return parseIndex(s)
}
