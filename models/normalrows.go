package models

import (
	"fmt"
	"math"
)

// NormalRows is the normal distribution of rows y_i of d columns whose mean and
// precision matrix are not known:
//
//	Λ ~ Wishart(ν₀, C⁻¹)
//	x | Λ ~ N(m₀, (κ₀Λ)⁻¹)
//	y_i ~ N(x, Λ⁻¹)              i = 1 … n
//
// z is x, relative to Center, the mean of all rows, and then Λ, row-major. With κ = κ₀ + n
// and ν = ν₀ + n the posterior is NormalWishart with
//
//	m = (κ₀m₀ + Σy)/κ,   W⁻¹ = C + Σ(y−ȳ)(y−ȳ)ᵀ + (κ₀n/κ)(ȳ−m₀)(ȳ−m₀)ᵀ
//
// It implements Conjugate to NormalWishart(d), FamilyNamer, Data and Forker.
type NormalRows struct {
	g    *GaussComponents // one component
	name string
	chosenRows
	batch  *NormalRows
	rows   []int
	perRow []float64 // resp, or log-densities
}

var (
	_ Conjugate   = (*NormalRows)(nil)
	_ FamilyNamer = (*NormalRows)(nil)
	_ Data        = (*NormalRows)(nil)
	_ Forker      = (*NormalRows)(nil)
)

// NewNormalRows keeps the rows of x. prior may be nil. Errors are *DataError, of which
// one is for collinear rows that the Scale of the prior cannot be taken from.
func NewNormalRows(x *Dense, prior *GaussPrior) (*NormalRows, error) {
	g, err := NewGaussComponents(x, 1, FullCovariance, prior)
	if err != nil {
		return nil, err
	}
	m := &NormalRows{g: g, name: fmt.Sprintf("NormalWishart(%d)", g.d), chosenRows: allRows(g.n)}
	m.makeScratch()
	return m, nil
}

func (m *NormalRows) makeScratch() {
	m.rows, m.perRow = make([]int, m.g.MaxRows()), make([]float64, m.g.MaxRows())
}

// Center stores the mean of the rows, which x is relative to, in dst, which is allocated
// if it is nil.
func (m *NormalRows) Center(dst []float64) []float64 { return m.g.Center(dst) }

// Dim returns d + d².
func (m *NormalRows) Dim() int { return m.g.Dim() }

// Family implements FamilyNamer.
func (m *NormalRows) Family() string { return m.name }

// each loads the rows, as many at once as go, and calls f with their number.
func (m *NormalRows) each(f func(n int)) {
	for lo, hi := 0, m.NumData(); lo < hi; {
		n := min(m.g.MaxRows(), hi-lo)
		rows := m.rows[:n]
		for i := range rows {
			rows[i] = m.row(lo + i)
		}
		m.g.Load(rows)
		f(n)
		lo += n
	}
}

// LogJoint returns log p(y, x, Λ), −Inf where Λ is not positive definite.
func (m *NormalRows) LogJoint(z []float64) float64 {
	if len(z) != m.Dim() {
		panic(badLength)
	}
	lp := m.g.At(z)
	if m.scale == 0 || math.IsInf(lp, -1) {
		return lp
	}
	var sum float64
	m.each(func(n int) {
		ll := m.perRow[:n]
		clear(ll)
		m.g.AddLogLik(ll)
		for _, l := range ll {
			sum += l
		}
	})
	return lp + m.scale*sum
}

// ConjugateNatural gives to NormalWishart(d), with the scale s of a batch, the natural
// parameter of the prior and s(½n, −½Σyyᵀ, Σy, −½n).
func (m *NormalRows) ConjugateNatural(dst []float64, family string) (c float64, ok bool) {
	if family != m.name {
		return 0, false
	}
	if len(dst) != m.g.NumParams() {
		panic(badLength)
	}
	c = m.g.GlobalNatural(dst)
	m.each(func(n int) {
		resp := m.perRow[:n]
		fill(resp, m.scale)
		m.g.AddStats(dst, resp)
	})
	return c - m.scale*float64(m.NumData())*halfLog2π(m.g.d), true
}

// Batch returns the model of the rows idx with the log-likelihood multiplied by
// scale.
func (m *NormalRows) Batch(idx []int, scale float64) Model {
	if m.batch == nil {
		m.batch = m.fork()
	}
	m.batch.choose(&m.chosenRows, idx, scale)
	return m.batch
}

// Fork returns the same model with scratch memory and a batch of its own.
func (m *NormalRows) Fork() Model { return m.fork() }

func (m *NormalRows) fork() *NormalRows {
	f := &NormalRows{g: m.g.Fork().(*GaussComponents), name: m.name, chosenRows: m.forked()}
	f.makeScratch()
	return f
}
