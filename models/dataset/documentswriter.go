package dataset

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
)

// DocumentsWriter writes a file of documents, one after the other. The memory does not grow
// with their number.
type DocumentsWriter struct {
	p          *pending
	words      int // declared, or 0
	n, largest int
	entries    uint64
	offsets    *os.File // the first entry of each document, until they are at the end of p
	w          *bufio.Writer
}

// CreateDocuments begins a file of documents over a vocabulary of that many words; 0: one
// more than the largest. It appears at path, in place of what is there, when Finish is
// called: nothing is left behind by a program that ends before. An empty path stands for a
// temporary file, which is removed when the DocumentsFile is closed.
func CreateDocuments(path string, words int) (*DocumentsWriter, error) {
	w, err := createDocuments(path, words)
	if err != nil {
		return nil, err
	}
	return w, nil
}

func createDocuments(path string, words int) (*DocumentsWriter, *Error) {
	if words < 0 || words > maxWords {
		return nil, badOption(count(words, "word"), fmt.Sprintf("0 to %d", maxWords), "")
	}
	p, e := createPending(path, "documents", documentsHeader)
	if e != nil {
		return nil, e
	}
	offsets, err := os.CreateTemp("", "offsets-*")
	if err != nil {
		p.abort()
		return nil, &Error{Kind: Unwritable, File: path, Err: pathless(err)}
	}
	return &DocumentsWriter{p: p, words: words, largest: -1, offsets: offsets, w: bufio.NewWriter(offsets)}, nil
}

// Write appends a document of words, numbers from 0 that increase, and their counts, whole
// numbers; those of count 0 are left out. The error, an *Error, is BadIndex for words,
// BadPair for counts, or Unwritable.
func (w *DocumentsWriter) Write(words []int32, counts []float64) error {
	if len(words) != len(counts) {
		panic(badRowsLength)
	}
	limit := maxWords
	if w.words > 0 {
		limit = w.words
	}
	var b [entryBytes]byte
	for i, word := range words {
		switch c := counts[i]; {
		case word < 0 || int(word) >= limit || i > 0 && word <= words[i-1]:
			return &Error{Kind: BadIndex, File: w.p.path, Got: fmt.Sprintf("word %d in document %d", word, w.n), Want: fmt.Sprintf("increasing words below %d", limit)}
		case !(c >= 0 && c <= math.MaxUint32) || c != math.Trunc(c):
			return &Error{Kind: BadPair, File: w.p.path, Got: fmt.Sprintf("count %v in document %d", c, w.n), Want: fmt.Sprintf("a whole number up to %d", uint32(math.MaxUint32))}
		}
	}
	if err := w.offset(); err != nil {
		return w.p.failed(err)
	}
	for i, word := range words {
		if counts[i] == 0 {
			continue
		}
		w.largest = max(w.largest, int(word))
		binary.LittleEndian.PutUint32(b[:], uint32(word))
		binary.LittleEndian.PutUint32(b[4:], uint32(counts[i]))
		if _, err := w.p.w.Write(b[:]); err != nil {
			return w.p.failed(err)
		}
		w.entries++
	}
	w.n++
	return nil
}

// offset appends where the next document begins.
func (w *DocumentsWriter) offset() error {
	var b [offsetBytes]byte
	binary.LittleEndian.PutUint64(b[:], w.entries)
	_, err := w.w.Write(b[:])
	return err
}

// Abort removes what was written. After Finish it does nothing.
func (w *DocumentsWriter) Abort() {
	w.p.abort()
	if w.offsets != nil {
		w.offsets.Close()
		os.Remove(w.offsets.Name())
		w.offsets = nil
	}
}

// Finish completes the file and opens it. words are those of the vocabulary, as many as
// were declared, nil if they are not known. The error is NoRows without documents, NoWords
// if no vocabulary was declared and all documents are empty, or Unwritable.
func (w *DocumentsWriter) Finish(words []string) (*DocumentsFile, error) {
	d, err := w.finish(words)
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (w *DocumentsWriter) finish(words []string) (*DocumentsFile, *Error) {
	defer w.Abort()
	if w.words == 0 {
		w.words = max(w.largest+1, len(words))
	}
	switch {
	case words != nil && len(words) != w.words:
		panic(badRowsLength)
	case w.n == 0:
		return nil, &Error{Kind: NoRows, File: w.p.path, Got: "none", Want: "documents"}
	case w.words == 0:
		return nil, &Error{Kind: NoWords, File: w.p.path, Got: "empty documents only", Want: "a word"}
	}
	if err := w.appendOffsets(); err != nil {
		return nil, w.p.failed(err)
	}
	names, err := json.Marshal(words)
	if err != nil {
		return nil, w.p.failed(err)
	}
	w.p.w.Write(names) // an error of it is that of Flush too
	h := make([]byte, 0, documentsHeader)
	h = append(h, documentsMagic...)
	for _, v := range []uint64{uint64(w.n), uint64(w.words), w.entries, uint64(len(names))} {
		h = binary.LittleEndian.AppendUint64(h, v)
	}
	f, name, e := w.p.keep(h)
	if e != nil {
		return nil, e
	}
	s := stored{f, name, w.p.path == ""}
	d, e := openDocuments(f, name)
	if e != nil {
		s.Close()
		return nil, e
	}
	d.stored = s
	return d, nil
}

// appendOffsets copies the offsets behind the entries.
func (w *DocumentsWriter) appendOffsets() error {
	if err := w.offset(); err != nil {
		return err
	}
	if err := w.w.Flush(); err != nil {
		return err
	}
	if _, err := w.offsets.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w.p.w, w.offsets)
	return err
}
