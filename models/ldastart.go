package models

import (
	"math"
	"math/rand/v2"
)

const (
	startDocuments = 2048 // that a start looks at, at most
	startRounds    = 5    // of sorting them
	// startOwn is the share of a topic that is of the documents sorted to it. The rest is of
	// all documents.
	startOwn = 0.2
	// startWords is how many documents' worth of words of the whole corpus smooth the words
	// of a group.
	startWords = 5
)

// StartNatural implements NaturalStarter. Documents are sorted into K groups, each about
// one subject as in a mixture of multinomials, from single documents drawn at random on;
// each topic begins with its share of all words, spread like those of the corpus with a
// part of a group's own, times random factors from ½ to 3/2, so that topics differ and no
// word is missing from one. Topics that begin as random factors alone end further from the
// best bound, and predict words worse. Of many documents a sample is sorted, and if they
// cannot be read, only the factors differ. A nil dst allocates.
func (m *LDA) StartNatural(dst []float64, _ int, rnd *rand.Rand) []float64 {
	if dst == nil {
		dst = make([]float64, m.NumParams())
	}
	s := m.sortedDocuments(rnd)
	mean := max(s.meanWords*float64(m.NumData())*m.scale/float64(m.k), 1e-3*float64(m.v))
	for k := range m.k {
		own := s.counts[k*m.v : (k+1)*m.v]
		for w, all := range s.all {
			p := all
			if s.words[k] > 0 {
				p += startOwn * (own[w]/s.words[k] - all)
			}
			dst[k*m.v+w] = m.η - 1 + mean*p*(0.5+rnd.Float64())
		}
	}
	return dst
}

// sortedDocuments are groups of documents.
type sortedDocuments struct {
	meanWords float64   // in a document
	all       []float64 // V shares of the words
	counts    []float64 // K×V, the words of the documents of a group
	words     []float64 // K sums of them
}

func (m *LDA) sortedDocuments(rnd *rand.Rand) *sortedDocuments {
	s := &sortedDocuments{all: make([]float64, m.v), counts: make([]float64, m.k*m.v), words: make([]float64, m.k)}
	sample := m.sample(rnd)
	n := max(len(sample.Start)-1, 0)
	total := 0.5 * float64(m.v) // half a word each that may not have been met
	fill(s.all, 0.5)
	for j, w := range sample.Words {
		s.all[w] += sample.Counts[j]
		total += sample.Counts[j]
	}
	for w := range s.all {
		s.all[w] /= total
	}
	if n == 0 {
		return s
	}
	s.meanWords = (total - 0.5*float64(m.v)) / float64(n)
	for k := range min(m.k, n) { // in random order
		s.add(k, sample, k)
	}
	score := make([]float64, m.k*m.v)
	for range startRounds {
		s.scores(score)
		clear(s.counts)
		clear(s.words)
		for d := range n {
			s.add(s.nearest(score, sample, d), sample, d)
		}
	}
	return s
}

func (s *sortedDocuments) add(k int, docs *WordCounts, d int) {
	words, counts := docs.Document(d)
	for j, w := range words {
		s.counts[k*len(s.all)+int(w)] += counts[j]
		s.words[k] += counts[j]
	}
}

// scores stores the logarithm of the probability of each word in each group over that in
// all, V rows of K.
func (s *sortedDocuments) scores(dst []float64) {
	groups := len(s.words)
	smooth := startWords*s.meanWords + 1
	for k, words := range s.words {
		for w, all := range s.all {
			dst[w*groups+k] = math.Log((s.counts[k*len(s.all)+w]/all + smooth) / (words + smooth))
		}
	}
}

// nearest returns the group under which document d is most likely.
func (s *sortedDocuments) nearest(score []float64, docs *WordCounts, d int) int {
	groups := len(s.words)
	words, counts := docs.Document(d)
	best, at := math.Inf(-1), 0
	sums := make([]float64, groups)
	for j, w := range words {
		for k, l := range score[int(w)*groups : (int(w)+1)*groups] {
			sums[k] += counts[j] * l
		}
	}
	for k, v := range sums {
		if v > best {
			best, at = v, k
		}
	}
	return at
}

// sample returns documents drawn at random, in random order; none if they cannot be read.
func (m *LDA) sample(rnd *rand.Rand) *WordCounts {
	n := m.NumData()
	rows := make([]int, 0, min(n, startDocuments))
	if n <= 4*startDocuments {
		rows = append(rows, rnd.Perm(n)[:cap(rows)]...)
	} else {
		for drawn := map[int]bool{}; len(rows) < cap(rows); {
			if i := rnd.IntN(n); !drawn[i] {
				drawn[i] = true
				rows = append(rows, i)
			}
		}
	}
	for i := range rows {
		rows[i] = m.row(rows[i])
	}
	sample := new(WordCounts)
	if readDocuments(m.docs.src, sample, rows) != nil {
		sample.Reset()
	}
	return sample
}
