package models

import (
	"fmt"
	"math"
)

// Components are the K component densities of a mixture, with their prior and data.
// They are conjugate given which component each row belongs to:
//
//	log p(y_i | component k, z) = ⟨t_k(y_i), T(z)⟩ + b_k(y_i)
//
// Methods may use scratch memory of the receiver; Fork gives a copy with its own.
// Components that are also a Separator start better, and those with a method
// CoordNames() []string name the coordinates of the mixture. The example has a user's own.
type Components interface {
	// Num returns K, NumData the number of rows.
	Num() int
	NumData() int
	// Family names the family of z, Dim is len(z), NumParams that of T(z).
	Family() string
	Dim() int
	NumParams() int
	// MaxRows is the number of rows that Load takes at once, at most.
	MaxRows() int

	// GlobalNatural stores the natural parameter η₀ of the prior in dst and returns
	// c, so that log p(z) = ⟨η₀, T(z)⟩ + c.
	GlobalNatural(dst []float64) (c float64)
	// Expect takes in the natural parameter λ of a member, and μ = E[T(z)], for the calls
	// of AddLogLik that follow, At a point z, of which it returns log p(z), −Inf outside
	// the support.
	Expect(λ, μ []float64) (ok bool)
	At(z []float64) (logPrior float64)

	// Load takes in the rows for the calls of AddLogLik and AddStats that follow.
	Load(rows []int)
	// AddLogLik adds E log p(y_i | component k, z) to dst, K×len(rows), component by
	// component.
	AddLogLik(dst []float64)
	// AddStats adds Σ_ik resp_ik t_k(y_i) to dst. resp is as dst of AddLogLik. Components
	// that are not conjugate, whose E log p(y_i | component k, z) is another function of
	// μ, add Σ_ik resp_ik times its gradient in μ, and are StartAdders.
	AddStats(dst, resp []float64)

	Fork() Components
}

// StreamedComponents are Components whose rows need not be in memory, and may fail to be
// read when they are loaded. Their log-densities are then NaN.
type StreamedComponents interface {
	Components
	// Err returns what failed since the last Expect or At, nil if nothing did.
	Err() error
	// Subset returns Components of some rows, in memory, with the same prior.
	Subset(rows []int) (Components, error)
}

// Mixture is a model of rows that each come from one of K components:
//
//	π ~ the prior of the weights
//	z_k ~ the prior of component k
//	c_i ~ Categorical(π),  y_i ~ p(y | z_{c_i})
//
// The local variables c_i have responsibilities r_ik ∝ exp(E log π_k + E log p(y_i|z_k))
// in closed form. z is that of the weights, then that of the components, and so is the
// family. LogJoint is the density of y and z, with the c_i summed out:
//
//	log p(y, z) = log p(z) + Σ_i log Σ_k π_k p(y_i | z_k)
//
// It implements LocalConjugate and Forker. A responsibility below 1e-17 times the
// largest of its row counts as 0.
type Mixture struct {
	weights *mixtureWeights
	comps   Components

	chosenRows
	batch *Mixture

	family string // made once: an estimator asks for every batch

	rows          []int
	lp, top, norm []float64
}

var (
	_ LocalConjugate = (*Mixture)(nil)
	_ NaturalStarter = (*Mixture)(nil)
	_ Forker         = (*Mixture)(nil)
	_ Explainer      = (*Mixture)(nil)
)

// NewMixture returns a mixture of the components whose weights have the prior w with
// concentration α₀, 0: 1/K. The error is a *DataError.
func NewMixture(c Components, w Weights, concentration float64) (*Mixture, error) {
	weights, err := newMixtureWeights(w, c.Num(), concentration)
	if err != nil {
		return nil, err
	}
	m := &Mixture{weights: weights, comps: c, chosenRows: allRows(c.NumData())}
	m.family = m.findFamily()
	m.makeScratch()
	return m, nil
}

func (m *Mixture) makeScratch() {
	n, k := m.comps.MaxRows(), m.comps.Num()
	m.rows = make([]int, n)
	m.lp, m.top, m.norm = make([]float64, n*k), make([]float64, n), make([]float64, n)
}

// Components returns the components. They are the model's own.
func (m *Mixture) Components() Components { return m.comps }

// Dim returns len(z).
func (m *Mixture) Dim() int { return m.weights.dim() + m.comps.Dim() }

// NumParams returns the length of the natural parameter.
func (m *Mixture) NumParams() int { return m.weights.numParams() + m.comps.NumParams() }

// Family implements FamilyNamer: it returns the family that the model is conjugate to, such as
// "Product(Dirichlet(2), Repeat(2, NormalWishart(3)))".
func (m *Mixture) Family() string { return m.family }

func (m *Mixture) findFamily() string {
	if m.weights.numParams() == 0 { // one component
		return m.comps.Family()
	}
	return fmt.Sprintf("Product(%s, %s)", m.weights.family(), m.comps.Family())
}

// Batch implements Data.
func (m *Mixture) Batch(idx []int, scale float64) Model {
	if m.batch == nil {
		m.batch = m.fork()
	}
	m.batch.choose(&m.chosenRows, idx, scale)
	return m.batch
}

// Fork implements Forker.
func (m *Mixture) Fork() Model { return m.fork() }

func (m *Mixture) fork() *Mixture {
	f := &Mixture{weights: m.weights.fork(), comps: m.comps.Fork(), chosenRows: m.forked(), family: m.family}
	f.makeScratch()
	return f
}

// Explain implements Explainer: it returns why rows could not be read in the last
// evaluation of this copy of the model, wherever that was.
func (m *Mixture) Explain([]float64) error {
	if c, ok := m.comps.(StreamedComponents); ok {
		return c.Err()
	}
	return nil
}

// GlobalNatural implements LocalConjugate.
func (m *Mixture) GlobalNatural(dst []float64) (c float64) {
	w, z := m.split(dst)
	return m.weights.globalNatural(w) + m.comps.GlobalNatural(z)
}

// split parts a vector of the length of λ into those of weights and components.
func (m *Mixture) split(λ []float64) (w, z []float64) {
	n := m.weights.numParams()
	if len(λ) != n+m.comps.NumParams() {
		panic(badLength)
	}
	return λ[:n:n], λ[n:]
}

// Expect implements LocalConjugate.
func (m *Mixture) Expect(λ, μ []float64) (ok bool) {
	_, λz := m.split(λ)
	w, z := m.split(μ)
	m.weights.expect(w)
	return m.comps.Expect(λz, z)
}

// AddLocal implements LocalConjugate.
func (m *Mixture) AddLocal(dst []float64, lo, hi int) float64 {
	w, z := m.split(dst)
	m.weights.begin()
	var sum float64
	for lo < hi {
		n := min(m.comps.MaxRows(), hi-lo)
		resp := m.load(lo, n)
		sum += m.responsibilities(resp, n)
		m.comps.AddStats(z, resp)
		lo += n
	}
	m.weights.addStats(w)
	return sum * m.scale
}

// load takes in n rows, and returns log π_k + log p(y_i | z_k), component by component.
func (m *Mixture) load(lo, n int) []float64 {
	rows := m.rows[:n]
	for i := range rows {
		rows[i] = lo + i
	}
	if !m.all {
		copy(rows, m.idx[lo:lo+n])
	}
	lp := m.lp[:n*m.comps.Num()]
	for k, logπ := range m.weights.logπ {
		fill(lp[k*n:(k+1)*n], logπ)
	}
	m.comps.Load(rows)
	m.comps.AddLogLik(lp)
	return lp
}

// maxima stores the largest of the log-densities of each row in top.
func (m *Mixture) maxima(lp []float64, n int) []float64 {
	top := m.top[:n]
	copy(top, lp)
	for k := 1; k < m.comps.Num(); k++ {
		for i, v := range lp[k*n : (k+1)*n] {
			if v > top[i] { // NaN ends in the sums of responsibilities
				top[i] = v
			}
		}
	}
	return top
}

// responsibilities turns log-densities into responsibilities, times the scale of the
// batch, counts them, and returns Σ_i log Σ_k exp of the former.
func (m *Mixture) responsibilities(lp []float64, n int) float64 {
	top, norm := m.maxima(lp, n), m.norm[:n]
	clear(norm)
	for k := range m.comps.Num() {
		expSum(lp[k*n:(k+1)*n], top, norm)
	}
	sum, product := 0.0, 1.0
	for i, v := range norm {
		sum += top[i]
		// One logarithm for many factors from 1 to K. NaN ends in the sum.
		if product *= v; !(product < 1e200) {
			sum += math.Log(product)
			product = 1
		}
		norm[i] = m.scale / v
	}
	sum += math.Log(product)
	for k := range m.comps.Num() {
		row := lp[k*n : (k+1)*n]
		var count float64
		for i, w := range norm[:len(row)] {
			r := row[i] * w
			row[i] = r
			count += r
		}
		m.weights.counts[k] += count
	}
	return sum
}

// LogJoint implements Model.
func (m *Mixture) LogJoint(z []float64) float64 {
	if len(z) != m.Dim() {
		panic(badLength)
	}
	n := m.weights.dim()
	lp := m.weights.at(z[:n])
	if !math.IsInf(lp, -1) {
		lp += m.comps.At(z[n:])
	}
	if math.IsInf(lp, -1) || m.scale == 0 {
		return lp
	}
	var sum float64
	for lo, hi := 0, m.NumData(); lo < hi; {
		n := min(m.comps.MaxRows(), hi-lo)
		sum += m.responsibilities(m.load(lo, n), n)
		lo += n
	}
	return lp + m.scale*sum
}

// Responsibilities stores r_ik of rows [lo, hi) in dst, row by row, K each, for the
// expectations taken in last.
func (m *Mixture) Responsibilities(dst []float64, lo, hi int) {
	k := m.comps.Num()
	if len(dst) != k*(hi-lo) {
		panic(badLength)
	}
	for lo < hi {
		n := min(m.comps.MaxRows(), hi-lo)
		lp := m.load(lo, n)
		m.responsibilities(lp, n)
		for i := range n {
			for j := range k {
				dst[i*k+j] = lp[j*n+i] / m.scale
			}
		}
		dst = dst[n*k:]
		lo += n
	}
}
