package models

import (
	"math"
	"math/rand/v2"
)

// Completion returns the perplexity of held-out documents by document completion (Wallach,
// Murray, Salakhutdinov & Mimno 2009) under the topics with natural parameter λ and mean
// parameter μ: a random half of the words of each document, the larger one, finds its
// proportions θ of topics, and for the others, with their number, it returns
//
//	exp(−mean of log Σ_k E[θ_k] E[β_kw])
//
// A word that a document has twice may be in both halves. Documents of fewer than two words
// count for nothing; without others the perplexity is NaN.
func (m *LDA) Completion(λ, μ []float64, docs *CSR, rnd *rand.Rand) (perplexity float64, words int) {
	if _, v := docs.Dims(); v != m.docs.d || len(λ) != m.NumParams() || len(μ) != len(λ) {
		panic(badLength)
	}
	v := m.docs.d
	total := make([]float64, m.k) // of the concentrations of a topic
	for i, l := range λ {
		total[i/v] += l + 1
	}
	f := m.fork()
	f.Expect(λ, μ)
	var sum float64
	h := halves{rnd: rnd}
	for d := range docs.n {
		h.split(docs.row(d))
		f.local(h.cols, h.seen)
		var all float64
		for _, γ := range f.γ {
			all += γ
		}
		for j, w := range h.cols {
			if h.left[j] == 0 {
				continue
			}
			var p float64
			for k, γ := range f.γ {
				p += γ / all * (λ[k*v+int(w)] + 1) / total[k]
			}
			sum += h.left[j] * math.Log(p)
			words += int(h.left[j])
		}
	}
	return math.Exp(-sum / float64(words)), words
}

// halves are the counts of the words of a document, in two halves drawn at random.
type halves struct {
	rnd        *rand.Rand
	cols       []int32
	seen, left []float64
}

// split draws without replacement, one word after the other.
func (h *halves) split(cols []int32, counts []float64) {
	h.cols, h.seen, h.left = cols, h.seen[:0], append(h.left[:0], counts...)
	var words float64
	for _, n := range counts {
		words += n
	}
	want := math.Ceil(words / 2)
	for j, n := range counts {
		var s float64
		for range int(n) {
			if h.rnd.Float64()*words < want {
				s++
				want--
			}
			words--
		}
		h.seen = append(h.seen, s)
		h.left[j] -= s
	}
}
