package models

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// GammaFactors is a factor analysis of rows of d columns by K factors whose loadings are
// positive (Knowles 2015, arXiv:1509.01631; an example of Khan & Lin 2017, AISTATS):
//
//	w_jk ~ Gamma(a, rate b)      j = 1 … d, k = 1 … K
//	f_i ~ N(0, 1),  y_i ~ N(W f_i, σ²)
//
// of which the f_i are integrated out: with Σ = WWᵀ + σ² and S = Σ_i y_i y_iᵀ,
//
//	log p(y, W) = log p(W) − ½n log|2πΣ| − ½ tr Σ⁻¹S
//	∇_W log p   = (a − 1)/W − b + (Σ⁻¹SΣ⁻¹ − nΣ⁻¹) W
//
// It is not conjugate to any family. Repeat(dK, Gamma), which Family returns, is fitted by
// implicit gradients; K! orders of the factors are equally good, and fits begin at
// random. z is W, d×K row-major. One evaluation takes O(d³ + d²K), whatever n. Columns are
// taken to have mean 0. It implements Gradienter, NaturalStarter, Data and Forker.
// Gradients outside the support are NaN, and so they are where σ² is lost in the rounding
// of WWᵀ.
type GammaFactors struct {
	y      []float64 // n×d
	d, k   int
	prior  gammaLinear
	σ2     float64
	name   string
	s      []float64 // S, of which the upper triangle counts, times the scale
	weight float64   // n times the scale
	chosenRows
	batch *GammaFactors

	chol, inv, prod []float64 // d×d scratch
}

var (
	_ Gradienter     = (*GammaFactors)(nil)
	_ NaturalStarter = (*GammaFactors)(nil)
	_ Data           = (*GammaFactors)(nil)
	_ Forker         = (*GammaFactors)(nil)
)

// maxLoading is the loading from which squares and their products may overflow.
const maxLoading = 1e100

// NewGammaFactors keeps the rows of x. variance is σ², shape and rate are those of the
// loadings. Errors are *DataError.
func NewGammaFactors(x *Dense, k int, variance, shape, rate float64) (*GammaFactors, error) {
	if k < 1 {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d factors", k), Want: "at least 1"}
	}
	if err := checkPositive("variance of the noise", variance); err != nil {
		return nil, err
	}
	if err := checkGammaPrior(shape, rate); err != nil {
		return nil, err
	}
	m := &GammaFactors{y: x.x, d: x.d, k: k, prior: gammaPrior(shape, rate), σ2: variance, chosenRows: allRows(x.n)}
	m.name = fmt.Sprintf("Repeat(%d, Gamma)", m.Dim())
	m.makeScratch()
	m.s = make([]float64, m.d*m.d)
	m.sum()
	return m, nil
}

func (m *GammaFactors) makeScratch() {
	d := m.d
	m.chol, m.inv, m.prod = make([]float64, d*d), make([]float64, d*d), make([]float64, d*d)
}

// sum makes S of the rows.
func (m *GammaFactors) sum() {
	clear(m.s)
	s := symmetric(m.s, m.d)
	for i := range m.NumData() {
		row := m.row(i)
		blas64.Syr(m.scale, vec(m.y[row*m.d:(row+1)*m.d]), s)
	}
	m.weight = m.scale * float64(m.NumData())
}

// Dim returns d K.
func (m *GammaFactors) Dim() int { return m.d * m.k }

// Family implements FamilyNamer.
func (m *GammaFactors) Family() string { return m.name }

// LogJoint returns log p(y, W).
func (m *GammaFactors) LogJoint(z []float64) float64 {
	l, _ := m.logJoint(z)
	return l
}

// logJoint leaves Σ⁻¹, full, in inv, where it reports that there is one.
func (m *GammaFactors) logJoint(z []float64) (l float64, ok bool) {
	d := m.d
	if len(z) != m.Dim() {
		panic(badLength)
	}
	for _, x := range z {
		if !(x > 0) || !(x < maxLoading) {
			return math.Inf(-1), false
		}
		l += m.prior.η1*math.Log(x) + m.prior.η2*x
	}
	l += float64(len(z)) * m.prior.c
	clear(m.chol)
	for j := range d {
		m.chol[j*d+j] = m.σ2
	}
	blas64.Syrk(blas.NoTrans, 1, m.loadings(z), 1, symmetric(m.chol, d))
	t, ok := lapack64.Potrf(symmetric(m.chol, d))
	if !ok { // W so large that σ² is lost
		return math.Inf(-1), false
	}
	var logDet float64
	for j := range d {
		logDet += 2 * math.Log(t.Data[j*d+j])
	}
	// Σ⁻¹, of U⁻¹.
	clear(m.inv)
	for j := range d {
		m.inv[j*d+j] = 1
	}
	lapack64.Potrs(t, blas64.General{Rows: d, Cols: d, Stride: d, Data: m.inv})
	var trace float64
	for i := range d {
		trace += m.inv[i*d+i] * m.s[i*d+i]
		for j := i + 1; j < d; j++ {
			trace += (m.inv[i*d+j] + m.inv[j*d+i]) * m.s[i*d+j]
		}
	}
	return l - 0.5*m.weight*(float64(d)*log2π+logDet) - 0.5*trace, true
}

func (m *GammaFactors) loadings(z []float64) blas64.General {
	return blas64.General{Rows: m.d, Cols: m.k, Stride: m.k, Data: z}
}

// LogJointGrad returns log p(y, W) and its gradient.
func (m *GammaFactors) LogJointGrad(grad, z []float64) float64 {
	d := m.d
	if len(grad) != m.Dim() {
		panic(badLength)
	}
	l, ok := m.logJoint(z)
	if !ok {
		fill(grad, math.NaN())
		return l
	}
	// Σ⁻¹SΣ⁻¹ − nΣ⁻¹ in chol.
	square := func(a []float64) blas64.General { return blas64.General{Rows: d, Cols: d, Stride: d, Data: a} }
	blas64.Symm(blas.Right, 1, symmetric(m.s, d), square(m.inv), 0, square(m.prod))
	copy(m.chol, m.inv)
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, square(m.prod), square(m.inv), -m.weight, square(m.chol))
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, square(m.chol), m.loadings(z), 0, m.loadings(grad))
	for i, x := range z {
		grad[i] += m.prior.η1/x + m.prior.η2
	}
	return l
}

// Batch returns the model of the rows idx with the log-likelihood multiplied by
// scale.
func (m *GammaFactors) Batch(idx []int, scale float64) Model {
	if m.batch == nil {
		m.batch = m.fork()
		m.batch.s = make([]float64, m.d*m.d)
	}
	m.batch.choose(&m.chosenRows, idx, scale)
	m.batch.sum()
	return m.batch
}

// Fork returns the same model with scratch memory and a batch of its own.
func (m *GammaFactors) Fork() Model { return m.fork() }

func (m *GammaFactors) fork() *GammaFactors {
	f := *m
	f.batch, f.chosenRows = nil, m.forked()
	f.makeScratch()
	return &f
}
