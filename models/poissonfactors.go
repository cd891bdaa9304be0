package models

import (
	"fmt"
	"math"
)

// FactorPrior is the prior of the factors of PoissonFactors: Gammas of a shape and a
// rate, for rows and columns.
type FactorPrior struct {
	RowShape, RowRate float64 // of θ. 0: 1
	ColShape, ColRate float64 // of φ. 0: 1
}

func (p *FactorPrior) withDefaults() (FactorPrior, error) {
	var c FactorPrior
	if p != nil {
		c = *p
	}
	for _, v := range []*float64{&c.RowShape, &c.RowRate, &c.ColShape, &c.ColRate} {
		if *v == 0 {
			*v = 1
		}
	}
	if err := checkGammaPrior(c.RowShape, c.RowRate); err != nil {
		return c, err
	}
	return c, checkGammaPrior(c.ColShape, c.ColRate)
}

// PoissonFactors is the Gamma-Poisson factorisation of a matrix of counts y, n×d, by K
// factors (Canny 2004; Cemgil 2009, Comput. Intell. Neurosci. 785152):
//
//	θ_ik ~ Gamma(a, rate b)      i = 1 … n
//	φ_kj ~ Gamma(c, rate e)      j = 1 … d
//	y_ij ~ Poisson(Σ_k θ_ik φ_kj)
//
// A count is the sum of as many Poisson counts as there are factors, whose shares are
// multinomial, r_ijk ∝ exp(E log θ_ik + E log φ_kj): given these local variables θ and
// φ are Gamma. The bound that is left when the shares are optimised,
//
//	g(μ) = ⟨η₀, μ⟩ + c + Σ_ij ( y_ij log Σ_k exp(E log θ_ik + E log φ_kj) − log y_ij! )
//	                   − Σ_k (Σ_i E θ_ik)(Σ_j E φ_kj)
//
// is linear in μ of θ and in μ of φ, but not in both. A step of size 1 moves both at
// once: it doubles what it should do to the product of the sums in the last term, and a
// run without noise shortens it and learns better. Its optima are the fixed points of
// coordinate ascent.
//
// z is Θ, n×K row-major, and then Φ, K×d row-major, of the family Repeat(nK + Kd,
// Gamma). Factors can be exchanged, and where all are equal the ELBO is stationary but
// not at a maximum: fits begin at random. Only counts that are not 0 cost anything.
//
// It implements LocalConjugate, NaturalStarter, Gradienter and Forker. As Data, rows
// share their likelihood but not their θ: those of rows outside of a batch are left to
// their prior by it, so that minibatches take small steps.
type PoissonFactors struct {
	y     *CSR
	k     int
	p     FactorPrior
	fixed []float64 // Σ_j log y_ij! of each row
	name  string

	chosenRows
	batch *PoissonFactors

	μ        []float64
	expθ     []float64 // exp(E log θ_i· − the largest)
	expφ     []float64 // the same of φ_·j, d×K
	maxφ     []float64
	sumθ     []float64 // K
	sumφ     []float64
	r, share []float64 // K: of an entry, and of a row
	shareφ   []float64 // d×K
}

var (
	_ LocalConjugate = (*PoissonFactors)(nil)
	_ NaturalStarter = (*PoissonFactors)(nil)
	_ Gradienter     = (*PoissonFactors)(nil)
	_ Forker         = (*PoissonFactors)(nil)
)

// NewPoissonFactors keeps counts, a *Dense or a *CSR, as K factors. prior may be nil.
// Errors are *DataError.
func NewPoissonFactors(counts Matrix, k int, prior *FactorPrior) (*PoissonFactors, error) {
	bad := func(got, want string) (*PoissonFactors, error) {
		return nil, &DataError{Row: -1, Col: -1, Got: got, Want: want}
	}
	var y *CSR
	switch c := counts.(type) {
	case *CSR:
		y = c
	case *Dense:
		y = c.Sparse()
	default:
		return bad(fmt.Sprintf("a matrix of type %T", counts), "a *Dense or a *CSR")
	}
	if k < 1 {
		return bad(fmt.Sprintf("%d factors", k), "at least 1")
	}
	m := &PoissonFactors{y: y, k: k, chosenRows: allRows(y.n), fixed: make([]float64, y.n)}
	var err error
	if m.p, err = prior.withDefaults(); err != nil {
		return nil, err
	}
	for i := range y.n {
		cols, vals := y.row(i)
		for l, v := range vals {
			if want := isCount(v); want != "" {
				return nil, &DataError{Row: i, Col: int(cols[l]), Got: fmt.Sprint(v), Want: want}
			}
			m.fixed[i] += lgamma(v + 1)
		}
	}
	m.name = fmt.Sprintf("Repeat(%d, Gamma)", m.Dim())
	m.makeScratch()
	return m, nil
}

func (m *PoissonFactors) makeScratch() {
	k := m.k
	m.μ = make([]float64, 2*m.Dim())
	m.expφ, m.maxφ = make([]float64, m.y.d*k), make([]float64, m.y.d)
	m.expθ, m.sumθ, m.sumφ = make([]float64, k), make([]float64, k), make([]float64, k)
	m.r, m.share = make([]float64, k), make([]float64, k)
	m.shareφ = make([]float64, m.y.d*k)
}

// NumFactors returns K.
func (m *PoissonFactors) NumFactors() int { return m.k }

// Dim returns (n + d) K.
func (m *PoissonFactors) Dim() int { return (m.y.n + m.y.d) * m.k }

// Family implements FamilyNamer.
func (m *PoissonFactors) Family() string { return m.name }

// GlobalNatural implements LocalConjugate.
func (m *PoissonFactors) GlobalNatural(dst []float64) (c float64) {
	if len(dst) != 2*m.Dim() {
		panic(badLength)
	}
	θ, φ := gammaPrior(m.p.RowShape, m.p.RowRate), gammaPrior(m.p.ColShape, m.p.ColRate)
	rows := m.y.n * m.k
	for i := range len(dst) / 2 {
		g := &φ
		if i < rows {
			g = &θ
		}
		dst[2*i], dst[2*i+1] = g.η1, g.η2
	}
	return float64(rows)*θ.c + float64(m.y.d*m.k)*φ.c
}

// Expect implements LocalConjugate.
func (m *PoissonFactors) Expect(_, μ []float64) (ok bool) {
	copy(m.μ, μ)
	k, d := m.k, m.y.d
	φ := m.μ[2*m.y.n*k:]
	clear(m.sumφ)
	for j := range d {
		top := math.Inf(-1)
		for f := range k {
			top = max(top, φ[2*(f*d+j)])
		}
		m.maxφ[j] = top
		for f := range k {
			m.expφ[j*k+f] = math.Exp(φ[2*(f*d+j)] - top)
			m.sumφ[f] += φ[2*(f*d+j)+1]
		}
	}
	for _, s := range m.sumφ {
		if !isPositive(s) {
			return false
		}
	}
	return true
}

// AddLocal implements LocalConjugate.
func (m *PoissonFactors) AddLocal(dst []float64, lo, hi int) float64 {
	k, d := m.k, m.y.d
	ofφ := dst[2*m.y.n*k:]
	clear(m.sumθ)
	clear(m.shareφ)
	var value float64
	for i := lo; i < hi; i++ {
		row := m.row(i)
		θ, ofθ := m.μ[2*row*k:2*(row+1)*k], dst[2*row*k:2*(row+1)*k]
		top := math.Inf(-1)
		for f := range k {
			top = max(top, θ[2*f])
		}
		// Terms of the size of the counts cancel within a row, not in the sum of all.
		ofRow := -m.fixed[row]
		for f := range k {
			m.expθ[f] = math.Exp(θ[2*f] - top)
			m.sumθ[f] += θ[2*f+1]
			ofRow -= θ[2*f+1] * m.sumφ[f]
			ofθ[2*f+1] -= m.scale * m.sumφ[f]
		}
		clear(m.share)
		cols, vals := m.y.row(row)
		for l, y := range vals {
			if y == 0 {
				continue
			}
			j := int(cols[l])
			ofRow += y * (m.shares(θ, j) + top)
			shareφ := m.shareφ[j*k : (j+1)*k]
			for f, r := range m.r {
				r *= y
				m.share[f] += r
				shareφ[f] += r
			}
		}
		for f, s := range m.share {
			ofθ[2*f] += m.scale * s
		}
		value += ofRow
	}
	for f, s := range m.sumθ {
		s *= m.scale
		for j := range d {
			ofφ[2*(f*d+j)] += m.scale * m.shareφ[j*k+f]
			ofφ[2*(f*d+j)+1] -= s
		}
	}
	return m.scale * value
}

// shares makes r of column j and the row of expθ, and returns log Σ_k exp(E log θ_k +
// E log φ_kj), less the largest E log θ_k.
func (m *PoissonFactors) shares(θ []float64, j int) float64 {
	k := m.k
	φ := m.expφ[j*k : (j+1)*k]
	var sum float64
	for f, e := range m.expθ {
		m.r[f] = e * φ[f]
		sum += m.r[f]
	}
	if sum > 1e-280 {
		inv := 1 / sum
		for f := range m.r {
			m.r[f] *= inv
		}
		return math.Log(sum) + m.maxφ[j]
	}
	// The factors of the row and those of the column have next to nothing in common: the
	// products underflow, their logarithms do not.
	d := m.y.d
	of := m.μ[2*m.y.n*k:]
	top, topθ := math.Inf(-1), math.Inf(-1)
	for f := range k {
		m.r[f] = θ[2*f] + of[2*(f*d+j)]
		top, topθ = max(top, m.r[f]), max(topθ, θ[2*f])
	}
	sum = 0
	for f, l := range m.r {
		m.r[f] = math.Exp(l - top)
		sum += m.r[f]
	}
	for f := range m.r {
		m.r[f] /= sum
	}
	return top - topθ + math.Log(sum)
}

// Batch implements Data.
func (m *PoissonFactors) Batch(idx []int, scale float64) Model {
	if m.batch == nil {
		m.batch = m.fork()
	}
	m.batch.choose(&m.chosenRows, idx, scale)
	return m.batch
}

// Fork implements Forker.
func (m *PoissonFactors) Fork() Model { return m.fork() }

func (m *PoissonFactors) fork() *PoissonFactors {
	f := &PoissonFactors{y: m.y, k: m.k, p: m.p, fixed: m.fixed, name: m.name, chosenRows: m.forked()}
	f.makeScratch()
	return f
}
