package main

import (
	"math/rand/v2"

	"natgrad/models"
	"natgrad/models/dataset"
)

// holdout chooses documents to keep from the fit, one after the other: as many as were
// wanted, all choices with equal chances (Knuth, The Art of Computer Programming 2, 3.4.2,
// algorithm S).
type holdout struct {
	left, want int
	rnd        *rand.Rand
}

// newHoldout wants the share of n documents that the flags say, but leaves one to fit.
func newHoldout(c *config, n int) *holdout {
	want := min(int(c.holdout*float64(n)+0.5), n-1)
	return &holdout{left: n, want: want, rnd: rand.New(rand.NewPCG(c.seed, 0x686f6c64))}
}

// next reports whether the next document is kept from the fit.
func (h *holdout) next() bool {
	out := h.rnd.Float64()*float64(h.left) < float64(h.want)
	h.left--
	if out {
		h.want--
	}
	return out
}

// split divides the documents. Those on disk are read in their order, to two other files.
func (in *input) split(c *config) error {
	n, v := in.docs.Dims()
	h := newHoldout(c, n)
	if in.train = in.docs; h.want < 1 {
		return nil
	}
	if x, ok := in.docs.(*models.CSR); ok {
		var rows [2][]int
		for i := range n {
			k := 0
			if h.next() {
				k = 1
			}
			rows[k] = append(rows[k], i)
		}
		in.train, in.test = x.Gather(nil, rows[0]).(*models.CSR), x.Gather(nil, rows[1]).(*models.CSR)
		return nil
	}
	var parts [2]*dataset.DocumentsWriter
	for k := range parts {
		w, err := dataset.CreateDocuments("", v)
		if err != nil {
			return err
		}
		defer w.Abort()
		parts[k] = w
	}
	err := eachDocument(in.docs, func(words []int32, counts []float64) error {
		if h.next() {
			return parts[1].Write(words, counts)
		}
		return parts[0].Write(words, counts)
	})
	if err != nil {
		return err
	}
	for k, dst := range []*models.Documents{&in.train, &in.test} {
		d, err := parts[k].Finish(nil)
		if err != nil {
			return err
		}
		in.closers = append(in.closers, d)
		*dst = d
	}
	return nil
}

// eachDocument calls f with all documents in their order.
func eachDocument(docs models.Documents, f func(words []int32, counts []float64) error) error {
	const atOnce = 256
	n, _ := docs.Dims()
	var some models.WordCounts
	idx := make([]int, 0, atOnce)
	for lo := 0; lo < n; lo += len(idx) {
		idx = idx[:0]
		for i := lo; i < min(lo+atOnce, n); i++ {
			idx = append(idx, i)
		}
		if err := docs.ReadDocuments(&some, idx); err != nil {
			return err
		}
		for i := range idx {
			if err := f(some.Document(i)); err != nil {
				return err
			}
		}
	}
	return nil
}
