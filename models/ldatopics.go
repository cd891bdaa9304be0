package models

import "natgrad/models/internal/lanes"

// ldaTopics are the topics as documents need them: e^{E log β_kw}, a row of K numbers for
// each word, made for words when a document first has them.
type ldaTopics struct {
	logβ   []float64 // K×V expectations, or at a point: the caller's μ
	words  int       // V
	expβ   []float64 // V rows of e^(logβ − top), padded with zeros
	rowLen int       // of expβ
	top    []float64 // V, the largest logβ of the word
	made   []uint64  // for each block of words, the count of expect at which it was made
	now    uint64
	block  []float64 // K×wordBlock
}

// wordBlock is how many words are made at a time: as many expectations of a topic as lie
// together in memory.
const wordBlock = 8

// rowLen is the length of a row of K numbers, padded for lanes.
func rowLen(k int) int { return (k + 3) &^ 3 }

func (t *ldaTopics) makeScratch(k, v int) {
	t.words, t.rowLen, t.now = v, rowLen(k), 0
	t.expβ, t.top = make([]float64, v*t.rowLen), make([]float64, v)
	t.made, t.block = make([]uint64, (v+wordBlock-1)/wordBlock), make([]float64, k*wordBlock)
}

func (t *ldaTopics) expect(μ []float64) {
	t.logβ = μ
	t.now++
}

// weights returns the row of a word, which must have been prepared.
func (t *ldaTopics) weights(w int32) []float64 { return t.expβ[int(w)*t.rowLen : (int(w)+1)*t.rowLen] }

// prepare makes the rows of the words.
func (t *ldaTopics) prepare(words []int32) {
	for _, w := range words {
		if b := int(w) / wordBlock; t.made[b] != t.now {
			t.made[b] = t.now
			t.make(b*wordBlock, min((b+1)*wordBlock, t.words))
		}
	}
}

// make makes the rows of words [lo, hi).
func (t *ldaTopics) make(lo, hi int) {
	k, n := len(t.block)/wordBlock, hi-lo
	top := t.top[lo:hi]
	copy(top, t.logβ[lo:hi])
	for j := 1; j < k; j++ {
		for i, l := range t.logβ[j*t.words+lo : j*t.words+hi] {
			top[i] = max(top[i], l)
		}
	}
	for j := range k {
		dst := t.block[j*n : (j+1)*n]
		for i, l := range t.logβ[j*t.words+lo : j*t.words+hi] {
			dst[i] = l - top[i]
		}
	}
	block := t.block[:k*n]
	lanes.Exp(block, block)
	for i := range n {
		row := t.expβ[(lo+i)*t.rowLen:]
		for j := range k {
			row[j] = block[j*n+i]
		}
	}
}
