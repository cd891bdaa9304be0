package models

// Documents are n bags of words over a vocabulary of d words that need not be in
// memory, such as those of a file. It must be safe for several goroutines.
type Documents interface {
	// Dims returns the numbers of documents and of words in the vocabulary.
	Dims() (n, d int)
	// ReadDocuments stores the documents idx in dst, which it resets before. It panics
	// for indices out of range; an error says why the documents could not be read.
	ReadDocuments(dst *WordCounts, idx []int) error
}

var _ Documents = (*CSR)(nil)

// WordCounts holds documents one after the other. The zero value holds none.
type WordCounts struct {
	// Document i has the entries Start[i] to Start[i+1] of the others, its words in
	// increasing order, each once. Start begins with 0.
	Start  []int
	Words  []int32
	Counts []float64
}

// Reset forgets the documents and keeps the memory.
func (w *WordCounts) Reset() {
	w.Start, w.Words, w.Counts = append(w.Start[:0], 0), w.Words[:0], w.Counts[:0]
}

// Append adds a document.
func (w *WordCounts) Append(words []int32, counts []float64) {
	if len(words) != len(counts) {
		panic(badLength)
	}
	if len(w.Start) == 0 {
		w.Start = append(w.Start, 0)
	}
	w.Words, w.Counts = append(w.Words, words...), append(w.Counts, counts...)
	w.Start = append(w.Start, len(w.Words))
}

// Document returns the words and counts of document i, which must not be changed.
func (w *WordCounts) Document(i int) (words []int32, counts []float64) {
	lo, hi := w.Start[i], w.Start[i+1]
	return w.Words[lo:hi:hi], w.Counts[lo:hi:hi]
}

// ReadDocuments implements Documents, a document in each row and the counts of a word in
// each column. The error is always nil.
func (m *CSR) ReadDocuments(dst *WordCounts, idx []int) error {
	dst.Reset()
	for _, i := range idx {
		dst.Append(m.row(i))
	}
	return nil
}
