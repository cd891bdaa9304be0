package models

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"natgrad/models/internal/lanes"
)

const (
	defaultLocalTolerance = 1e-3
	localSteps            = 1000 // to the fixed point of a document, at most
	// leastShare keeps the word of a topic that the document has not from a division by
	// zero; the topic then gains by the next step.
	leastShare = 1e-290
)

// ldaDocument is scratch memory for the local variables of a document. Vectors θ and sum
// are as long as a row of ldaTopics, with zeros at the end.
type ldaDocument struct {
	γ            []float64 // K
	θ            []float64 // e^{E log θ_k + ψ(Σγ)} = e^ψ(γ_k), at least leastShare
	last, before []float64 // γ one and two steps ago
	sum          []float64
	ratio        []float64 // of each word, its count over Σ_k θ_k e^(logβ − top)
}

func (d *ldaDocument) makeScratch(k int) {
	d.γ, d.last, d.before = make([]float64, k), make([]float64, k), make([]float64, k)
	d.θ, d.sum, d.ratio = make([]float64, rowLen(k)), make([]float64, rowLen(k)), nil
}

// local finds γ of a document: the fixed point of
//
//	γ_k = α + Σ_w n_w φ_wk,  φ_wk ∝ e^{E log θ_k + E log β_kw}
//
// and returns Σ_w n_w log Σ_k e^{E log θ_k + E log β_kw} − KL(q(θ)‖p(θ)), the bound with the
// best φ for that γ. It leaves what addStats needs in θ and ratio.
func (m *LDA) local(words []int32, counts []float64) float64 {
	m.prepare(words)
	if cap(m.ratio) < len(words) {
		m.ratio = make([]float64, 2*len(words))
	}
	m.ratio = m.ratio[:len(words)]
	tol := m.LocalTolerance
	if tol == 0 {
		tol = defaultLocalTolerance
	}
	var total float64
	for _, n := range counts {
		total += n
	}
	fill(m.γ, m.α+total/float64(m.k))
	m.proportions()
	for step := 1; step <= localSteps; step++ {
		copy(m.before, m.last)
		copy(m.last, m.γ)
		if m.improve(words, counts) <= tol*float64(m.k) {
			break
		}
		if step%3 == 0 {
			m.extrapolate()
		}
	}
	m.share(words, counts)
	all := m.α*float64(m.k) + total
	ψ := mathext.Digamma(all)
	sum := m.logShares(words, counts) - total*ψ - m.norm - lgamma(all)
	for k, γ := range m.γ {
		logθ := math.Log(m.θ[k])
		if m.θ[k] == leastShare {
			logθ = mathext.Digamma(γ)
		}
		sum += lgamma(γ) + (m.α-γ)*(logθ-ψ)
	}
	return sum
}

// proportions makes θ of γ.
func (m *LDA) proportions() {
	lanes.ExpDigamma(m.θ[:m.k], m.γ)
	for k, θ := range m.θ[:m.k] {
		if !(θ >= leastShare) {
			m.θ[k] = leastShare
		}
	}
}

// share stores the ratios of the words, and Σ_w n_w φ_wk/θ_k in sum.
func (m *LDA) share(words []int32, counts []float64) {
	clear(m.sum)
	lanes.Fold(m.sum, m.ratio, m.θ, counts, m.expβ, words)
}

// improve makes one step to the fixed point, and returns Σ|γ′ − γ|.
func (m *LDA) improve(words []int32, counts []float64) (change float64) {
	m.share(words, counts)
	for k := range m.γ {
		γ := m.α + m.θ[k]*m.sum[k]
		change += math.Abs(γ - m.γ[k])
		m.γ[k] = γ
	}
	m.proportions()
	return change
}

// extrapolate goes on from three γ along the way that two steps made (Varadhan & Roland
// 2008, Scandinavian Journal of Statistics 35, 335, scheme S3), where that leads to
// something better than the prior alone. γ keeps its sum.
func (m *LDA) extrapolate() {
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
	next := m.sum[:m.k]
	for k, γ := range m.γ {
		r, v := m.last[k]-m.before[k], γ-2*m.last[k]+m.before[k]
		next[k] = m.before[k] + 2*a*r + a*a*v
		if !(next[k] >= m.α) {
			return
		}
	}
	copy(m.γ, next)
	m.proportions()
}

// logShares returns Σ_w n_w log Σ_k θ_k e^{E log β_kw}, of the ratios.
func (m *LDA) logShares(words []int32, counts []float64) (sum float64) {
	for j, n := range counts {
		if n > 0 {
			sum += n * (math.Log(n/m.ratio[j]) + m.top[words[j]])
		}
	}
	return sum
}
