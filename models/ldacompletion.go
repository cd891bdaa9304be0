package models

import (
	"math"
	"math/rand/v2"
)

// Completion returns the perplexity of held-out documents by document completion (Wallach,
// Murray, Salakhutdinov & Mimno 2009) under the topics with natural parameter λ: a random
// half of the words of each document, the larger one, finds its proportions θ of topics, and
// for the others, with their number, it returns
//
//	exp(−mean of log Σ_k E[θ_k] E[β_kw])
//
// Given the topics E[β] and the half w, E[θ_k] = (α + E[n_k])/(Kα + n) with the numbers n_k
// of its words that belong to topic k. They are found by the collapsed variational
// approximation CVB0 (Asuncion, Welling, Smyth & Teh 2009, UAI 25, equation 12), whose
// probabilities of the topic of a word are
//
//	φ_wk ∝ E[β_kw] (α + n_k − φ_wk),   n_k = Σ_w φ_wk
//
// As θ is summed out here, it is nearer to the truth than the proportions of a fit, which
// are for the bound: those leave out topics that a short document may well have.
//
// A word that a document has twice may be in both halves. Documents of fewer than two words
// count for nothing; without others the perplexity is NaN. The error is that of reading docs.
func (m *LDA) Completion(λ []float64, docs Documents, rnd *rand.Rand) (perplexity float64, words int, err error) {
	n, v := docs.Dims()
	if v != m.v || len(λ) != m.NumParams() {
		panic(badLength)
	}
	f := newFoldIn(m, λ)
	var (
		sum  float64
		h    = halves{rnd: rnd}
		read WordCounts
		idx  []int
	)
	for lo := 0; lo < n; lo += readSize {
		idx = idx[:0]
		for i := lo; i < min(lo+readSize, n); i++ {
			idx = append(idx, i)
		}
		if err := readDocuments(docs, &read, idx); err != nil {
			return math.NaN(), words, err
		}
		for i := range idx {
			h.split(read.Document(i))
			f.find(h.words, h.seen)
			for j, w := range h.words {
				if h.left[j] > 0 {
					sum += h.left[j] * math.Log(f.predict(w))
					words += int(h.left[j])
				}
			}
		}
	}
	return math.Exp(-sum / float64(words)), words, nil
}

// foldIn finds the topics of documents by CVB0, for fixed probabilities of words.
type foldIn struct {
	α    float64
	k    int
	β    []float64 // V rows of K
	n    []float64 // α + expected words of each topic
	next []float64
	φ    []float64 // of the words of a document, K each
	all  float64   // Σ n
}

const (
	foldTolerance = 1e-4 // mean change of φ, as a sum over topics, that ends it
	foldSteps     = 500
)

func newFoldIn(m *LDA, λ []float64) *foldIn {
	f := &foldIn{α: m.α, k: m.k, β: make([]float64, len(λ)), n: make([]float64, m.k), next: make([]float64, m.k)}
	for k := range m.k {
		var total float64
		for _, l := range λ[k*m.v : (k+1)*m.v] {
			total += l + 1
		}
		for w, l := range λ[k*m.v : (k+1)*m.v] {
			f.β[w*m.k+k] = (l + 1) / total
		}
	}
	return f
}

// find finds n for a document, from words that belong to all topics evenly on. The words of
// a kind have the same φ, and n is changed with each.
func (f *foldIn) find(words []int32, counts []float64) {
	if need := len(words) * f.k; cap(f.φ) < need {
		f.φ = make([]float64, 2*need)
	}
	f.φ = f.φ[:len(words)*f.k]
	fill(f.φ, 1/float64(f.k))
	var total float64
	for _, c := range counts {
		total += c
	}
	f.all = total + float64(f.k)*f.α
	fill(f.n, f.all/float64(f.k))
	for range foldSteps {
		var change float64
		for j, c := range counts {
			if c > 0 {
				change += c * f.assign(words[j], c, f.φ[j*f.k:(j+1)*f.k])
			}
		}
		if change <= foldTolerance*total {
			return
		}
	}
}

// assign finds φ of one word of which there are c, and returns Σ|φ′ − φ|.
func (f *foldIn) assign(w int32, c float64, φ []float64) (change float64) {
	β := f.β[int(w)*f.k : (int(w)+1)*f.k]
	var sum float64
	for k, b := range β {
		f.next[k] = b * max(f.n[k]-φ[k], f.α) // which rounding may leave it below
		sum += f.next[k]
	}
	for k, p := range f.next {
		d := p/sum - φ[k]
		change += math.Abs(d)
		f.n[k] += c * d
		φ[k] += d
	}
	return change
}

// predict returns the probability of a further word.
func (f *foldIn) predict(w int32) (p float64) {
	for k, b := range f.β[int(w)*f.k : (int(w)+1)*f.k] {
		p += f.n[k] / f.all * b
	}
	return p
}

// halves are the counts of the words of a document, in two halves drawn at random.
type halves struct {
	rnd        *rand.Rand
	words      []int32
	seen, left []float64
}

// split draws without replacement, one word after the other.
func (h *halves) split(words []int32, counts []float64) {
	h.words, h.seen, h.left = words, h.seen[:0], append(h.left[:0], counts...)
	var rest float64
	for _, n := range counts {
		rest += n
	}
	want := math.Ceil(rest / 2)
	for j, n := range counts {
		var s float64
		for range int(n) {
			if h.rnd.Float64()*rest < want {
				s++
				want--
			}
			rest--
		}
		h.seen = append(h.seen, s)
		h.left[j] -= s
	}
}
