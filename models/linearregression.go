package models

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// LinearPrior is the prior of a LinearRegression of d coefficients.
type LinearPrior struct {
	// Mean is m₀. nil: 0.
	Mean []float64
	// Precision is P₀, in units of the precision of the noise: d×d row-major, or the d
	// numbers of its diagonal. nil: 1.
	Precision []float64
	// Shape and Rate are a and b of the precision of the noise. 0: 1.
	Shape, Rate float64
}

// LinearRegression is a linear model of n rows and d coefficients w, whose noise is not
// known:
//
//	τ ~ Gamma(a, rate b)
//	w | τ ~ N(m₀, (τP₀)⁻¹)
//	y_i ~ N(x_iᵀw, 1/τ)          i = 1 … n
//
// z is w and then τ. With P = P₀ + XᵀX the posterior is
//
//	τ ~ Gamma(a + ½n, b + ½(yᵀy + m₀ᵀP₀m₀ − mᵀPm))
//	w | τ ~ N(m, (τP)⁻¹),        m = P⁻¹(P₀m₀ + Xᵀy)
//
// It implements Gradienter, Conjugate to MultiNormalGamma(d), FamilyNamer, Data and
// Forker. Gradients are NaN where τ is not positive.
//
// The rate of τ is a difference of sums of squares: of observations far from 0 as
// compared to the noise, or columns far from 0, it loses digits, and where it loses too
// many they are refused. Centre them before.
type LinearRegression struct {
	x       Matrix
	y       []float64
	name    string
	m0, p0  []float64 // P₀ is d×d
	pm      []float64 // P₀m₀
	a, b, c float64   // c is the constant of the prior
	scale   float64
	batch   *LinearRegression

	r, v []float64 // scratch: residuals, and d

	// For ConjugateNatural, of a batch when it is asked for:
	summed   bool
	gram     []float64 // XᵀX, upper triangle
	xy       []float64 // Xᵀy
	yy       float64   // yᵀy
	ones     []float64
	work     *Work
	gathered Matrix
}

var (
	_ Gradienter  = (*LinearRegression)(nil)
	_ Conjugate   = (*LinearRegression)(nil)
	_ FamilyNamer = (*LinearRegression)(nil)
	_ Data        = (*LinearRegression)(nil)
	_ Forker      = (*LinearRegression)(nil)
)

// NewLinearRegression keeps x and y, one of y for each row of x. prior may be nil. Errors
// are *DataError.
func NewLinearRegression(x Matrix, y []float64, prior *LinearPrior) (*LinearRegression, error) {
	n, d := x.Dims()
	if len(y) != n {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d observations", len(y)), Want: fmt.Sprintf("%d, one for each row", n)}
	}
	for i, v := range y {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, &DataError{Row: i, Col: -1, Got: fmt.Sprintf("observation %v", v), Want: "a finite number"}
		}
	}
	if prior == nil {
		prior = new(LinearPrior)
	}
	m := &LinearRegression{x: x, y: y, name: fmt.Sprintf("MultiNormalGamma(%d)", d), scale: 1}
	if err := m.setPrior(prior, d); err != nil {
		return nil, err
	}
	m.makeScratch()
	if err := m.checkDigits(); err != nil {
		return nil, err
	}
	return m, nil
}

// maxLost is the relative error of the rate of τ, as found from the natural parameter,
// from which data are refused.
const maxLost = 1e-6

// checkDigits returns an error if the rate of τ is lost in the sums of squares that the
// natural parameter consists of. The same from residuals is not:
//
//	b + ½|y − Xm|² + ½(m−m₀)ᵀP₀(m−m₀)
func (m *LinearRegression) checkDigits() error {
	d := len(m.m0)
	η := make([]float64, 2+d+d*d)
	m.ConjugateNatural(η, m.name)
	lin, u := η[2:2+d], newTriangle(d)
	blas64.Scal(-2, vec(η[2+d:]))
	if _, ok := u.set(η[2+d:]); !ok || math.IsInf(η[1], 0) {
		return &DataError{Row: -1, Col: -1, Got: "columns that are numerically dependent, or out of range",
			Want: "columns of a size, or a prior with more precision"}
	}
	u.solve(lin)
	rate := -η[1] - 0.5*blas64.Dot(vec(lin), vec(lin))
	z := make([]float64, d+1)
	copy(z, lin)
	blas64.Trsv(blas.NoTrans, u.raw(), vec(z[:d]))
	z[d] = 1
	_, rr, quad := m.logJoint(z)
	if want := m.b + 0.5*(rr+quad); !(math.Abs(rate-want) <= maxLost*want) {
		return &DataError{Row: -1, Col: -1, Got: "observations or columns far from 0, beside which the noise is lost to rounding",
			Want: "what is left of them without their means"}
	}
	return nil
}

func (m *LinearRegression) setPrior(p *LinearPrior, d int) error {
	m.a, m.b = p.Shape, p.Rate
	if m.a == 0 {
		m.a = 1
	}
	if m.b == 0 {
		m.b = 1
	}
	if err := checkGammaPrior(m.a, m.b); err != nil {
		return err
	}
	m.m0, m.p0, m.pm = make([]float64, d), make([]float64, d*d), make([]float64, d)
	if p.Mean != nil && len(p.Mean) != d {
		return &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("a prior mean of %d numbers", len(p.Mean)), Want: fmt.Sprint(d)}
	}
	copy(m.m0, p.Mean)
	for j, v := range m.m0 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return &DataError{Row: -1, Col: j, Got: fmt.Sprintf("prior mean %v", v), Want: "a finite number"}
		}
	}
	switch len(p.Precision) {
	case d * d:
		copy(m.p0, p.Precision)
	case d:
		for j, v := range p.Precision {
			m.p0[j*d+j] = v
		}
	default:
		if p.Precision != nil {
			return &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("a prior precision of %d numbers", len(p.Precision)),
				Want: fmt.Sprintf("%d, or %d×%d", d, d, d)}
		}
		for j := range d {
			m.p0[j*d+j] = 1
		}
	}
	logDet, err := logDetPrecision("prior precision", m.p0, d)
	if err != nil {
		return err
	}
	blas64.Symv(1, symmetric(m.p0, d), vec(m.m0), 0, vec(m.pm))
	m.c = m.a*math.Log(m.b) - lgamma(m.a) + 0.5*logDet - halfLog2π(d)
	return nil
}

func (m *LinearRegression) makeScratch() {
	m.r, m.v = make([]float64, len(m.y)), make([]float64, len(m.m0))
}

// Dim returns d + 1.
func (m *LinearRegression) Dim() int { return len(m.m0) + 1 }

// Family implements FamilyNamer.
func (m *LinearRegression) Family() string { return m.name }

// NumData returns the number of rows.
func (m *LinearRegression) NumData() int { return len(m.y) }

// LogJoint returns log p(y, w, τ).
func (m *LinearRegression) LogJoint(z []float64) float64 {
	l, _, _ := m.logJoint(z)
	return l
}

// logJoint also returns |y − Xw|² and (w−m₀)ᵀP₀(w−m₀), and leaves y − Xw in r and
// P₀(w−m₀) in v.
func (m *LinearRegression) logJoint(z []float64) (l, rr, quad float64) {
	d := len(m.m0)
	if len(z) != d+1 {
		panic(badLength)
	}
	w, τ := z[:d], z[d]
	if !(τ > 0) {
		return math.Inf(-1), 0, 0
	}
	if m.scale != 0 {
		m.x.MulVec(m.r, w, 0, len(m.y))
		for i, y := range m.y {
			m.r[i] = y - m.r[i]
			rr += m.r[i] * m.r[i]
		}
	}
	blas64.Symv(1, symmetric(m.p0, d), vec(w), 0, vec(m.v))
	for j, x := range m.pm {
		m.v[j] -= x
		quad += m.v[j] * (w[j] - m.m0[j])
	}
	n := m.scale * float64(len(m.y))
	l = m.c - 0.5*n*log2π + (m.a-1+0.5*(float64(d)+n))*math.Log(τ) - τ*(m.b+0.5*(quad+m.scale*rr))
	return l, rr, quad
}

// LogJointGrad returns log p(y, w, τ) and its gradient.
func (m *LinearRegression) LogJointGrad(grad, z []float64) float64 {
	d := len(m.m0)
	l, rr, quad := m.logJoint(z)
	if math.IsInf(l, -1) {
		fill(grad, math.NaN())
		return l
	}
	τ := z[d]
	g := grad[:d]
	clear(g)
	if m.scale != 0 {
		m.x.AddMulVecTrans(g, m.r, 0, len(m.y))
	}
	for j, v := range m.v {
		g[j] = τ * (m.scale*g[j] - v)
	}
	grad[d] = (m.a-1+0.5*(float64(d)+m.scale*float64(len(m.y))))/τ - m.b - 0.5*(quad+m.scale*rr)
	return l
}

// ConjugateNatural gives to MultiNormalGamma(d), with the scale s of a batch,
//
//	(a − 1 + ½(d + sn), −b − ½(m₀ᵀP₀m₀ + s yᵀy), P₀m₀ + s Xᵀy, −½(P₀ + s XᵀX))
func (m *LinearRegression) ConjugateNatural(dst []float64, family string) (c float64, ok bool) {
	if family != m.name {
		return 0, false
	}
	d := len(m.m0)
	if len(dst) != 2+d+d*d {
		panic(badLength)
	}
	m.sum()
	n := m.scale * float64(len(m.y))
	dst[0] = m.a - 1 + 0.5*(float64(d)+n)
	dst[1] = -m.b - 0.5*(blas64.Dot(vec(m.m0), vec(m.pm))+m.scale*m.yy)
	lin, mat := dst[2:2+d], dst[2+d:]
	for i := range d {
		lin[i] = m.pm[i] + m.scale*m.xy[i]
		for j := i; j < d; j++ {
			v := -0.5 * (m.p0[i*d+j] + m.scale*m.gram[i*d+j])
			mat[i*d+j], mat[j*d+i] = v, v
		}
	}
	return m.c - 0.5*n*log2π, true
}

// linearRows is the number of rows whose squares are summed at once.
const linearRows = 512

// sum makes the sums of squares, once.
func (m *LinearRegression) sum() {
	if m.summed {
		return
	}
	m.summed = true
	n, d := len(m.y), len(m.m0)
	if m.gram == nil {
		m.gram, m.xy = make([]float64, d*d), make([]float64, d)
		m.ones = make([]float64, linearRows)
		fill(m.ones, 1)
		m.work = m.x.NewWork(linearRows)
	}
	clear(m.gram)
	clear(m.xy)
	m.x.AddMulVecTrans(m.xy, m.y, 0, n)
	m.yy = blas64.Dot(vec(m.y), vec(m.y))
	for lo := 0; lo < n; lo += linearRows {
		hi := min(lo+linearRows, n)
		m.x.AddGram(m.gram, m.ones[:hi-lo], lo, hi, m.work)
	}
}

// Batch returns the model of the rows idx with the log-likelihood multiplied by
// scale.
func (m *LinearRegression) Batch(idx []int, scale float64) Model {
	if m.batch == nil {
		m.batch = &LinearRegression{name: m.name, m0: m.m0, p0: m.p0, pm: m.pm, a: m.a, b: m.b, c: m.c, v: make([]float64, len(m.m0))}
	}
	b := m.batch
	b.gathered = m.x.Gather(b.gathered, idx)
	b.x, b.scale, b.summed = b.gathered, scale*m.scale, false
	b.y = b.y[:0]
	for _, i := range idx {
		b.y = append(b.y, m.y[i])
	}
	if cap(b.r) < len(idx) {
		b.r = make([]float64, len(idx))
	}
	b.r = b.r[:len(idx)]
	return b
}

// Fork returns the same model with scratch memory and a batch of its own.
func (m *LinearRegression) Fork() Model {
	f := *m
	f.batch, f.gathered = nil, nil
	if !m.summed { // a batch
		f.gram = nil
	}
	f.makeScratch()
	return &f
}
