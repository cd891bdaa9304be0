package models

import "math"

// Completion returns the perplexity of held-out documents by document completion (Wallach,
// Murray, Salakhutdinov & Mimno 2009) under the topics with natural parameter λ: words of
// each document are taken in the order of its columns, every second one to find the
// document's proportions θ of topics, and the others, of which it returns
//
//	exp(−mean of log Σ_k E[θ_k] E[β_kw])
//
// over words, with their number. μ is the mean parameter that belongs to λ. Documents of
// fewer than two words count for nothing.
func (m *LDA) Completion(λ, μ []float64, docs *CSR) (perplexity float64, words int) {
	if _, v := docs.Dims(); v != m.docs.d || len(λ) != m.NumParams() {
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
	var count int
	var seenCols []int32
	var seen, left []float64
	for d := range docs.n {
		cols, counts := docs.row(d)
		seenCols, seen, left = seenCols[:0], seen[:0], left[:0]
		next := 0
		for j, n := range counts {
			var s float64 // every second word, from the first of the document on
			if n > 0 {
				s = math.Floor((n + float64(1-next)) / 2)
				next = (next + int(n)) % 2
			}
			left = append(left, n-s)
			if s > 0 {
				seenCols, seen = append(seenCols, cols[j]), append(seen, s)
			}
		}
		f.local(seenCols, seen)
		var all float64
		for _, γ := range f.γ {
			all += γ
		}
		for j, n := range left {
			if n == 0 {
				continue
			}
			var p float64
			for k, γ := range f.γ {
				p += γ / all * (λ[k*v+int(cols[j])] + 1) / total[k]
			}
			sum += n * math.Log(p)
			count += int(n)
		}
	}
	return math.Exp(-sum / float64(count)), count
}
