package dataset

import (
	"io"

	"natgrad/models"
)

// TextOptions says which words of texts are counted. nil and the zero value count all
// words of two letters or more but for English stop words.
//
// A word is a run of letters, marks and digits with at least one letter, in lower case.
// Single apostrophes and hyphens within it belong to it, "don't" and "well-known", but an
// 's at its end does not. Runs of more than 64 letters are no words. Letters with combining
// marks are not composed, and scripts without spaces between words are not divided.
type TextOptions struct {
	// MinLength is the number of letters and digits of a word, at least. 0: 2.
	MinLength int
	// StopWords are left out. They are read as texts are, so that case does not matter.
	// nil: EnglishStopWords. An empty slice: none.
	StopWords []string
	// MinDocs is the number of documents that have a word, at least. 0: 1.
	MinDocs int
	// MaxShare is the share of all documents that have a word, at most. 0: 1.
	MaxShare float64
	// MaxWords is the size of the vocabulary, at most: the words with the largest counts are
	// kept. 0: no limit.
	MaxWords int
	// Vocabulary are the words to count, in their order, for new documents. All others are
	// left out. nil: those of the text, sorted. With it, no other option may be set.
	Vocabulary []string
}

// Corpus is a collection of documents as bags of words.
type Corpus struct {
	// Counts has a row for each document and a column for each word.
	Counts *models.CSR
	// Words is the vocabulary.
	Words []string
	// Files are the paths within the folder of the documents, if it was one.
	Files []string
	// Notes are sentences about what a user should know: words and files left out, documents
	// without words.
	Notes []string
}

// OpenText reads a file with a document in each line, plain or .gz, or a folder with a
// document in each file, those in folders within it included, in the order of their names.
// Files and folders whose names begin with a dot are left out. A blank line or an empty file
// is a document without words, so that the documents are the lines, or the files.
//
// The words of the vocabulary are sorted by their bytes. The error is an *Error.
func OpenText(path string, o *TextOptions) (*Corpus, error) {
	return readCorpus(o, func(t *textReader) *Error { return t.readPath(path) })
}

// ReadText reads a document in each line, plain or compressed with gzip, to the end of r: see
// OpenText.
func ReadText(r io.Reader, o *TextOptions) (*Corpus, error) {
	return readCorpus(o, func(t *textReader) *Error { return t.readLines(r) })
}

func readCorpus(o *TextOptions, read func(*textReader) *Error) (*Corpus, error) {
	var all memorySink
	t, err := newTextReader(o, &all)
	if err != nil {
		return nil, err
	}
	if err := read(t); err != nil {
		return nil, err
	}
	if err := t.choose(); err != nil {
		return nil, err
	}
	m := newMatrixSink()
	if err := t.renumber(&all.WordCounts, m); err != nil {
		return nil, err
	}
	x, err := m.matrix(len(t.vocabulary))
	if err != nil {
		return nil, err
	}
	return &Corpus{Counts: x, Words: t.vocabulary, Files: t.files, Notes: t.allNotes()}, nil
}

// memorySink keeps documents in memory.
type memorySink struct{ models.WordCounts }

func (m *memorySink) Write(words []int32, counts []float64) error {
	m.Append(words, counts)
	return nil
}

// SpoolText reads what OpenText does in a memory that does not grow with the number of
// documents, but for the names of the files of a folder, and writes the file documents, for
// access to any of them. If documents is "" that is a temporary file, removed by Close; else
// it is made complete or not at all, and can be used again by OpenDocuments.
func SpoolText(path, documents string, o *TextOptions) (*DocumentsFile, error) {
	// The vocabulary is known after the last document only.
	first, err := CreateDocuments("", 0)
	if err != nil {
		return nil, err
	}
	defer first.Abort()
	t, e := newTextReader(o, first)
	if e == nil {
		e = t.readPath(path)
	}
	if e == nil {
		e = t.choose()
	}
	if e != nil {
		return nil, e
	}
	first.words = max(1, len(t.words))
	all, err := first.Finish(nil)
	if err != nil {
		return nil, err
	}
	defer all.Close()
	w, err := CreateDocuments(documents, len(t.vocabulary))
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	var some models.WordCounts
	var idx []int
	for lo := 0; lo < all.n; lo += len(idx) {
		idx = idx[:0]
		for i := lo; i < min(lo+maxOffsetsRead, all.n); i++ {
			idx = append(idx, i)
		}
		if err := all.ReadDocuments(&some, idx); err != nil {
			return nil, err
		}
		if err := t.renumber(&some, w); err != nil {
			return nil, err
		}
	}
	d, err := w.Finish(t.vocabulary)
	if err != nil {
		return nil, err
	}
	d.Files, d.Notes = t.files, t.allNotes()
	return d, nil
}
