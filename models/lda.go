package models

import (
	"fmt"
	"math"
)

// LDA is latent Dirichlet allocation (Blei, Ng & Jordan 2003): K topics over a vocabulary
// of V words, in documents that are bags of words,
//
//	β_k ~ Dirichlet(η, …, η)             word probabilities of topic k
//	θ_d ~ Dirichlet(α, …, α)             topic proportions of document d
//	topic of a word ~ Categorical(θ_d),  word | topic k ~ Categorical(β_k)
//
// z holds the β_k, topic by topic, and the family is Repeat(K, Dirichlet(V)). The local
// variables, θ_d and the topics of words, have independent distributions: γ_d and φ_dw of
// Hoffman, Blei & Bach (2010, NIPS 23), found by their fixed point for every estimate.
// With estimators.Local a step of size 1 is batch variational Bayes, and with
// estimators.Minibatch around it online variational Bayes. Documents that are not in memory
// are read when they are needed, and no more of them are kept.
//
// As θ_d and the topics cannot be summed out in closed form, LogJoint is the largest
// bound of log p(y, β) with such distributions, not its value.
//
// The density is that of words in the order of the documents: there are no multinomial
// coefficients in it.
type LDA struct {
	// LocalTolerance is the mean change of γ at which the fixed point of a document ends.
	// 0: 1e-3. Forks made before are not told of a change. Whatever it is, the value is the
	// bound of the γ reached.
	LocalTolerance float64

	k, v   int
	α, η   float64
	norm   float64 // log-partition of Dirichlet(α)
	family string  // made once: an estimator asks for every batch

	chosenRows // documents
	batch      *LDA
	docs       ldaDocuments
	ldaTopics
	ldaDocument

	point []float64 // K×V
}

var (
	_ LocalConjugate = (*LDA)(nil)
	_ NaturalStarter = (*LDA)(nil)
	_ Forker         = (*LDA)(nil)
	_ Explainer      = (*LDA)(nil)
)

// NewLDA returns the model of K topics for docs. α and η are the concentrations of topics
// in a document and of words in a topic; 0: 1/K. The error is a *DataError. Those of a CSR
// are checked here, other documents when they are read: what is wrong with them is then the
// cause of the error of an estimate.
func NewLDA(docs Documents, k int, α, η float64) (*LDA, error) {
	bad := func(got, want string) (*LDA, error) {
		return nil, &DataError{Row: -1, Col: -1, Got: got, Want: want}
	}
	n, v := docs.Dims()
	switch {
	case n < 1:
		return bad(fmt.Sprintf("%d documents", n), "at least 1")
	case k < 1:
		return bad(fmt.Sprintf("%d topics", k), "at least 1")
	case v < 2:
		return bad(fmt.Sprintf("a vocabulary of %d words", v), "at least 2")
	}
	if α == 0 {
		α = 1 / float64(k)
	}
	if η == 0 {
		η = 1 / float64(k)
	}
	// Families know a concentration by λ = η − 1.
	if !isPositive(α) || !isPositive(η) || !(η-1 > -1) {
		return bad(fmt.Sprintf("concentrations α = %v and η = %v", α, η), "positive finite numbers, η above 1e-16")
	}
	m := &LDA{k: k, v: v, α: α, η: η, chosenRows: allRows(n), docs: ldaDocuments{src: docs},
		norm: float64(k)*lgamma(α) - lgamma(float64(k)*α), family: fmt.Sprintf("Repeat(%d, Dirichlet(%d))", k, v)}
	if c, ok := docs.(*CSR); ok {
		for i := range n {
			words, counts := c.row(i)
			if err := checkDocument(i, v, words, counts); err != nil {
				return nil, err
			}
		}
		m.docs.csr = c
	}
	m.makeScratch()
	return m, nil
}

func (m *LDA) makeScratch() {
	m.ldaTopics.makeScratch(m.k, m.v)
	m.ldaDocument.makeScratch(m.k)
}

// Dim returns KV, which is also NumParams.
func (m *LDA) Dim() int { return m.k * m.v }

// NumParams returns the length of the natural parameter.
func (m *LDA) NumParams() int { return m.k * m.v }

// NumTopics returns K.
func (m *LDA) NumTopics() int { return m.k }

// Family implements FamilyNamer.
func (m *LDA) Family() string { return m.family }

// Batch implements Data.
func (m *LDA) Batch(idx []int, scale float64) Model {
	if m.batch == nil {
		m.batch = m.fork()
	}
	m.batch.choose(&m.chosenRows, idx, scale)
	return m.batch
}

// Fork implements Forker.
func (m *LDA) Fork() Model { return m.fork() }

func (m *LDA) fork() *LDA {
	f := &LDA{LocalTolerance: m.LocalTolerance, k: m.k, v: m.v, α: m.α, η: m.η, norm: m.norm, family: m.family,
		chosenRows: m.forked(), docs: m.docs.fork()}
	f.makeScratch()
	return f
}

// Explain implements Explainer: it returns why documents could not be read in the last
// evaluation of this copy of the model, wherever that was.
func (m *LDA) Explain([]float64) error { return m.docs.err }

// GlobalNatural implements LocalConjugate.
func (m *LDA) GlobalNatural(dst []float64) (c float64) {
	fill(dst, m.η-1)
	v := float64(m.v)
	return float64(m.k) * (lgamma(v*m.η) - v*lgamma(m.η))
}

// Expect implements LocalConjugate. It keeps μ.
func (m *LDA) Expect(_, μ []float64) (ok bool) {
	if len(μ) != m.NumParams() {
		panic(badLength)
	}
	m.docs.err = nil
	m.expect(μ)
	return true
}

// AddLocal implements LocalConjugate. It is NaN if documents cannot be read.
func (m *LDA) AddLocal(dst []float64, lo, hi int) (sum float64) {
	ok := m.each(lo, hi, func(words []int32, counts []float64) {
		sum += m.local(words, counts)
		m.addStats(dst, words)
	})
	if !ok {
		return math.NaN()
	}
	return sum * m.scale
}

// addStats adds Σ_w n_w φ_wk of the document that local was called for, times the scale.
func (m *LDA) addStats(dst []float64, words []int32) {
	θ := m.sum[:m.k]
	for k := range θ {
		θ[k] = m.scale * m.θ[k]
	}
	for j, w := range words {
		r := m.ratio[j]
		at := int(w)
		for k, e := range m.weights(w)[:m.k] {
			dst[at] += r * e * θ[k]
			at += m.v
		}
	}
}

// LogJoint implements Model: the bound described above.
func (m *LDA) LogJoint(z []float64) float64 {
	if len(z) != m.Dim() {
		panic(badLength)
	}
	if m.point == nil {
		m.point = make([]float64, len(z))
	}
	lp := m.GlobalNatural(m.point)
	for i, p := range z {
		if !(p > 0 && p <= 1) {
			return math.Inf(-1)
		}
		m.point[i] = math.Log(p)
		lp += (m.η - 1) * m.point[i]
	}
	m.Expect(nil, m.point)
	ok := m.each(0, m.NumData(), func(words []int32, counts []float64) {
		lp += m.scale * m.local(words, counts)
	})
	if !ok {
		return math.NaN()
	}
	return lp
}

// Topics stores the expected proportions of topics of document d in dst, for the
// expectations taken in last; NaN if it cannot be read. A nil dst allocates.
func (m *LDA) Topics(dst []float64, d int) []float64 {
	if dst == nil {
		dst = make([]float64, m.k)
	}
	ok := m.each(d, d+1, func(words []int32, counts []float64) {
		m.local(words, counts)
		var sum float64
		for _, γ := range m.γ {
			sum += γ
		}
		for k, γ := range m.γ {
			dst[k] = γ / sum
		}
	})
	if !ok {
		fill(dst, math.NaN())
	}
	return dst
}
