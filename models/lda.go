package models

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mathext"
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
// estimators.Minibatch around it online variational Bayes.
//
// As θ_d and the topics cannot be summed out in closed form, LogJoint is the largest
// bound of log p(y, β) with such distributions, not its value.
//
// The density is that of words in the order of the documents: there are no multinomial
// coefficients in it.
type LDA struct {
	// LocalTolerance is the mean change of γ at which the fixed point of a document ends.
	// 0: 1e-3. Forks made before are not told of a change.
	LocalTolerance float64

	docs *CSR
	k    int
	α, η float64
	norm float64 // log-partition of Dirichlet(α)

	chosenRows // documents
	batch      *LDA

	logβ    []float64 // K×V expectations, or at a point: the caller's μ
	expβ    []float64 // V×K, e^(logβ − top), of words seen since
	top     []float64 // V, the largest logβ of the word
	seen    []uint64  // the count of Expect at which a word was
	now     uint64
	γ       []float64 // K: of the document
	logθ, θ []float64 // E log θ, and e to it, leastShare at least
	next    []float64
	point   []float64 // K×V

	last, before []float64 // γ one and two steps ago
	words        []float64 // expβ of the words of a document, one after the other
	ratio        []float64 // count over probability, of them
}

var (
	_ LocalConjugate = (*LDA)(nil)
	_ NaturalStarter = (*LDA)(nil)
	_ Forker         = (*LDA)(nil)
)

const (
	defaultLocalTolerance = 1e-3
	localSteps            = 1000 // to the fixed point of a document, at most
	// leastShare keeps the word of a topic that the document has not from a division by
	// zero; the topic then gains by the next step.
	leastShare = 1e-290
)

// NewLDA returns the model of K topics for docs, a document in each row and the counts of a
// word in each column. α and η are the concentrations of topics in a document and of words
// in a topic; 0: 1/K. The error, a *DataError, says which entry is no count.
func NewLDA(docs *CSR, k int, α, η float64) (*LDA, error) {
	bad := func(got, want string) (*LDA, error) {
		return nil, &DataError{Row: -1, Col: -1, Got: got, Want: want}
	}
	n, v := docs.Dims()
	switch {
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
	for i := range n {
		cols, counts := docs.row(i)
		for j, c := range counts {
			if isCount(c) != "" {
				return nil, &DataError{Row: i, Col: int(cols[j]), Got: fmt.Sprint(c), Want: isCount(c)}
			}
		}
	}
	m := &LDA{docs: docs, k: k, α: α, η: η, chosenRows: allRows(n),
		norm: float64(k)*lgamma(α) - lgamma(float64(k)*α)}
	m.makeScratch()
	return m, nil
}

func (m *LDA) makeScratch() {
	_, v := m.docs.Dims()
	m.expβ, m.top, m.seen, m.now = make([]float64, v*m.k), make([]float64, v), make([]uint64, v), 0
	m.γ, m.logθ, m.θ, m.next = make([]float64, m.k), make([]float64, m.k), make([]float64, m.k), make([]float64, m.k)
	m.last, m.before = make([]float64, m.k), make([]float64, m.k)
	m.words, m.ratio = nil, nil
}

// Dim returns KV, which is also NumParams.
func (m *LDA) Dim() int { return m.k * m.docs.d }

// NumParams returns the length of the natural parameter.
func (m *LDA) NumParams() int { return m.k * m.docs.d }

// NumTopics returns K.
func (m *LDA) NumTopics() int { return m.k }

// Family implements FamilyNamer.
func (m *LDA) Family() string { return fmt.Sprintf("Repeat(%d, Dirichlet(%d))", m.k, m.docs.d) }

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
	f := &LDA{LocalTolerance: m.LocalTolerance, docs: m.docs, k: m.k, α: m.α, η: m.η, norm: m.norm, chosenRows: m.forked()}
	f.makeScratch()
	return f
}

// GlobalNatural implements LocalConjugate.
func (m *LDA) GlobalNatural(dst []float64) (c float64) {
	fill(dst, m.η-1)
	v := float64(m.docs.d)
	return float64(m.k) * (lgamma(v*m.η) - v*lgamma(m.η))
}

// Expect implements LocalConjugate. It keeps μ.
func (m *LDA) Expect(_, μ []float64) (ok bool) {
	if len(μ) != m.NumParams() {
		panic(badLength)
	}
	m.logβ = μ
	m.now++
	return true
}

// AddLocal implements LocalConjugate.
func (m *LDA) AddLocal(dst []float64, lo, hi int) (sum float64) {
	v := m.docs.d
	for d := lo; d < hi; d++ {
		cols, counts := m.document(d)
		sum += m.local(cols, counts)
		for j, w := range cols {
			r := m.ratio[j] * m.scale
			for k, e := range m.words[j*m.k : (j+1)*m.k] {
				dst[k*v+int(w)] += r * e * m.θ[k]
			}
		}
	}
	return sum * m.scale
}

func (m *LDA) document(d int) (cols []int32, counts []float64) {
	return m.docs.row(m.row(d))
}

// gather copies e^(logβ − top) of the words.
func (m *LDA) gather(cols []int32) {
	if cap(m.ratio) < len(cols) {
		m.ratio, m.words = make([]float64, 2*len(cols)), make([]float64, 2*len(cols)*m.k)
	}
	m.ratio, m.words = m.ratio[:len(cols)], m.words[:len(cols)*m.k]
	for j, w := range cols {
		e := m.expβ[int(w)*m.k : (int(w)+1)*m.k]
		if m.seen[w] != m.now {
			m.seen[w] = m.now
			top := math.Inf(-1)
			for k := range e {
				top = math.Max(top, m.logβ[k*m.docs.d+int(w)])
			}
			for k := range e {
				e[k] = math.Exp(m.logβ[k*m.docs.d+int(w)] - top)
			}
			m.top[w] = top
		}
		copy(m.words[j*m.k:], e)
	}
}

// local finds γ of a document: the fixed point of
//
//	γ_k = α + Σ_w n_w φ_wk,  φ_wk ∝ e^{E log θ_k + E log β_kw}
//
// and returns Σ_w n_w log Σ_k e^{E log θ_k + E log β_kw} − KL(q(θ)‖p(θ)), the bound with the
// best φ for that γ. It leaves e^{E log θ} in θ and n_w over the sums, less top, in ratio.
func (m *LDA) local(cols []int32, counts []float64) float64 {
	m.gather(cols)
	tol := m.LocalTolerance
	if tol == 0 {
		tol = defaultLocalTolerance
	}
	var total float64
	for _, n := range counts {
		total += n
	}
	fill(m.γ, m.α+total/float64(m.k))
	m.proportions(total)
	for step := 1; step <= localSteps; step++ {
		copy(m.before, m.last)
		copy(m.last, m.γ)
		if m.improve(counts, total) <= tol*float64(m.k) {
			break
		}
		if step%3 == 0 {
			m.extrapolate(total)
		}
	}
	m.share(counts)
	sum := m.logShares(cols, counts) - m.norm - lgamma(m.α*float64(m.k)+total)
	for k, γ := range m.γ {
		sum += lgamma(γ) + (m.α-γ)*m.logθ[k]
	}
	return sum
}

// wordMatrix is e^(logβ − top) of the words of the document, a row for each.
func (m *LDA) wordMatrix() blas64.General {
	return blas64.General{Rows: len(m.ratio), Cols: m.k, Stride: m.k, Data: m.words}
}

// share stores n_w over Σ_k e^{E log θ_k + E log β_kw − top_w} in ratio.
func (m *LDA) share(counts []float64) {
	if len(counts) == 0 {
		return
	}
	blas64.Gemv(blas.NoTrans, 1, m.wordMatrix(), vec(m.θ), 0, vec(m.ratio))
	for j, n := range counts {
		m.ratio[j] = n / m.ratio[j]
	}
}

// improve makes one step to the fixed point, and returns Σ|γ′ − γ|.
func (m *LDA) improve(counts []float64, total float64) (change float64) {
	m.share(counts)
	clear(m.next)
	if len(counts) > 0 {
		blas64.Gemv(blas.Trans, 1, m.wordMatrix(), vec(m.ratio), 1, vec(m.next))
	}
	for k, s := range m.next {
		γ := m.α + m.θ[k]*s
		change += math.Abs(γ - m.γ[k])
		m.γ[k] = γ
	}
	m.proportions(total)
	return change
}

// extrapolate goes on from three γ along the way that two steps made (Varadhan & Roland
// 2008, Scandinavian Journal of Statistics 35, 335, scheme S3), where that leads to
// something better than the prior alone. γ keeps its sum.
func (m *LDA) extrapolate(total float64) {
	var rr, vv float64
	for k, γ := range m.γ {
		r, v := m.last[k]-m.before[k], γ-2*m.last[k]+m.before[k]
		rr += r * r
		vv += v * v
	}
	if vv == 0 {
		return
	}
	a := math.Max(1, math.Sqrt(rr/vv))
	for k, γ := range m.γ {
		r, v := m.last[k]-m.before[k], γ-2*m.last[k]+m.before[k]
		m.next[k] = m.before[k] + 2*a*r + a*a*v
		if !(m.next[k] >= m.α) {
			return
		}
	}
	copy(m.γ, m.next)
	m.proportions(total)
}

// logShares returns Σ_w n_w log Σ_k e^{E log θ_k + E log β_kw}, of what share found.
func (m *LDA) logShares(cols []int32, counts []float64) (sum float64) {
	for j, n := range counts {
		if n > 0 {
			sum += n * (math.Log(n/m.ratio[j]) + m.top[cols[j]])
		}
	}
	return sum
}

// proportions makes e^{E log θ} of γ, which sums to Kα and the words of the document.
func (m *LDA) proportions(words float64) {
	all := mathext.Digamma(m.α*float64(m.k) + words)
	for k, γ := range m.γ {
		m.logθ[k] = mathext.Digamma(γ) - all
		m.θ[k] = math.Max(math.Exp(m.logθ[k]), leastShare)
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
	for d := range m.NumData() {
		lp += m.scale * m.local(m.document(d))
	}
	return lp
}

// StartNatural implements NaturalStarter. Each topic begins with its share of all words,
// spread over the vocabulary evenly but for random factors from ½ to 3/2, so that topics
// differ and no word is missing from one. A nil dst allocates.
func (m *LDA) StartNatural(dst []float64, _ int, rnd *rand.Rand) []float64 {
	if dst == nil {
		dst = make([]float64, m.NumParams())
	}
	var total float64
	for d := range m.NumData() {
		_, counts := m.document(d)
		for _, n := range counts {
			total += n
		}
	}
	mean := math.Max(total*m.scale/float64(m.k*m.docs.d), 1e-3)
	for i := range dst {
		dst[i] = m.η - 1 + mean*(0.5+rnd.Float64())
	}
	return dst
}

// Topics stores the expected proportions of topics of document d in dst, for the
// expectations taken in last. A nil dst allocates.
func (m *LDA) Topics(dst []float64, d int) []float64 {
	if dst == nil {
		dst = make([]float64, m.k)
	}
	m.local(m.document(d))
	var sum float64
	for _, γ := range m.γ {
		sum += γ
	}
	for k, γ := range m.γ {
		dst[k] = γ / sum
	}
	return dst
}
