package models

import "fmt"

// readSize is the number of documents read at once.
const readSize = 64

// ldaDocuments are documents in memory, or those read last.
type ldaDocuments struct {
	src  Documents
	csr  *CSR // src, if it is one: its counts are checked
	read WordCounts
	idx  []int
	err  error // of reading, since the last Expect
}

func (d *ldaDocuments) fork() ldaDocuments { return ldaDocuments{src: d.src, csr: d.csr} }

// each calls f for the documents [lo, hi), in order. It reports
// false, and keeps the error, if they cannot be read.
func (m *LDA) each(lo, hi int, f func(words []int32, counts []float64)) (ok bool) {
	d := &m.docs
	if d.csr != nil {
		for i := lo; i < hi; i++ {
			words, counts := d.csr.row(m.row(i))
			f(words, counts)
		}
		return true
	}
	for lo < hi {
		n := min(readSize, hi-lo)
		d.idx = d.idx[:0]
		for i := lo; i < lo+n; i++ {
			d.idx = append(d.idx, m.row(i))
		}
		if err := readDocuments(d.src, &d.read, d.idx); err != nil {
			d.err = err
			return false
		}
		for i := range n {
			words, counts := d.read.Document(i)
			f(words, counts)
		}
		lo += n
	}
	return true
}

// readDocuments reads, and checks what was read: not every Documents does.
func readDocuments(src Documents, dst *WordCounts, idx []int) error {
	if err := src.ReadDocuments(dst, idx); err != nil {
		return &RowsError{First: idx[0], Count: len(idx), Err: err}
	}
	if len(dst.Start) != len(idx)+1 {
		return &DataError{Row: idx[0], Col: -1, Got: fmt.Sprintf("%d documents", len(dst.Start)-1), Want: fmt.Sprint(len(idx))}
	}
	_, v := src.Dims()
	for i, row := range idx {
		words, counts := dst.Document(i)
		if err := checkDocument(row, v, words, counts); err != nil {
			return err
		}
	}
	return nil
}

// checkDocument returns a *DataError for counts that are none, and for words that are not
// in increasing order below v.
func checkDocument(row, v int, words []int32, counts []float64) error {
	last := int32(-1)
	for j, w := range words {
		if w <= last || int(w) >= v {
			return &DataError{Row: row, Col: int(w), Got: fmt.Sprintf("word %d", w), Want: fmt.Sprintf("increasing words below %d", v)}
		}
		last = w
		if want := isCount(counts[j]); want != "" {
			return &DataError{Row: row, Col: int(w), Got: fmt.Sprint(counts[j]), Want: want}
		}
	}
	return nil
}
