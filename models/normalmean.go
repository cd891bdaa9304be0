package models

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// NormalKnownVariance is the mean z of a d-dimensional normal distribution whose
// precision matrix Λ is known, with a normal prior:
//
//	z ~ N(m₀, P₀⁻¹)
//	y_i ~ N(z, Λ⁻¹)              i = 1 … n
//
// Its posterior has precision P = P₀ + nΛ and mean P⁻¹(P₀m₀ + Λ Σy). It
// implements Hessianer, HessDiager, Forker, and Conjugate to FullGaussian(d),
// and to DiagGaussian(d) if both precisions are diagonal.
type NormalKnownVariance struct {
	d        int
	p        []float64 // P, d×d, full and symmetric
	b        []float64 // P₀m₀ + Λ Σy
	mean     []float64 // posterior mean, about which the quadratic is evaluated
	atMean   float64   // log p(y, mean)
	atZero   float64   // log p(y, 0)
	diagonal bool
	r        []float64 // scratch
}

// NewNormalKnownVariance returns the model of the rows of y, n×d row-major, with
// d = len(priorMean). Precisions are d×d row-major, symmetric and positive
// definite. It keeps none of its arguments. Errors are *DataError.
func NewNormalKnownVariance(y, precision, priorMean, priorPrecision []float64) (*NormalKnownVariance, error) {
	d := len(priorMean)
	if d == 0 || len(y) == 0 || len(y)%d != 0 {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d values and %d prior means", len(y), d),
			Want: "at least one row of as many values as prior means"}
	}
	for i, v := range y {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, &DataError{Row: i / d, Col: i % d, Got: fmt.Sprint(v), Want: "a finite number"}
		}
	}
	for j, v := range priorMean {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, &DataError{Row: -1, Col: j, Got: fmt.Sprintf("prior mean %v", v), Want: "a finite number"}
		}
	}
	logDetNoise, err := logDetPrecision("precision", precision, d)
	if err != nil {
		return nil, err
	}
	logDetPrior, err := logDetPrecision("prior precision", priorPrecision, d)
	if err != nil {
		return nil, err
	}

	n := float64(len(y) / d)
	m := &NormalKnownVariance{d: d, p: slices.Clone(priorPrecision), b: make([]float64, d), mean: make([]float64, d),
		diagonal: isDiagonal(precision, d) && isDiagonal(priorPrecision, d), r: make([]float64, d)}
	blas64.Axpy(n, vec(precision), vec(m.p))
	sum := make([]float64, d)
	for i := 0; i < len(y); i += d {
		blas64.Axpy(1, vec(y[i:i+d]), vec(sum))
	}
	blas64.Symv(1, symmetric(priorPrecision, d), vec(priorMean), 0, vec(m.b))
	blas64.Symv(1, symmetric(precision, d), vec(sum), 1, vec(m.b))
	chol, ok := lapack64.Potrf(symmetric(slices.Clone(m.p), d))
	if !ok {
		return nil, &DataError{Row: -1, Col: -1, Got: "a posterior precision that is numerically singular", Want: "better conditioned precisions"}
	}
	copy(m.mean, m.b)
	lapack64.Potrs(chol, blas64.General{Rows: d, Cols: 1, Stride: 1, Data: m.mean})

	at := func(z []float64) float64 {
		l := 0.5 * (n*logDetNoise + logDetPrior - (n+1)*float64(d)*math.Log(2*math.Pi))
		for i := 0; i < len(y); i += d {
			l -= 0.5 * m.quad(precision, y[i:i+d], z)
		}
		return l - 0.5*m.quad(priorPrecision, priorMean, z)
	}
	m.atMean = at(m.mean)
	m.atZero = at(make([]float64, d))
	return m, nil
}

// quad returns (x − z)ᵀ A (x − z), with x − z left in m.r.
func (m *NormalKnownVariance) quad(a, x, z []float64) float64 {
	for j := range m.r {
		m.r[j] = x[j] - z[j]
	}
	var s float64
	for i, ri := range m.r {
		s += ri * blas64.Dot(vec(a[i*m.d:(i+1)*m.d]), vec(m.r))
	}
	return s
}

// Dim returns d.
func (m *NormalKnownVariance) Dim() int { return m.d }

// LogJoint returns log p(y, z).
func (m *NormalKnownVariance) LogJoint(z []float64) float64 {
	if len(z) != m.d {
		panic(badLength)
	}
	return m.atMean - 0.5*m.quad(m.p, m.mean, z)
}

// LogJointGrad returns log p(y, z) and its gradient, P(mean − z).
func (m *NormalKnownVariance) LogJointGrad(grad, z []float64) float64 {
	l := m.LogJoint(z)
	blas64.Symv(1, symmetric(m.p, m.d), vec(m.r), 0, vec(grad))
	return l
}

// LogJointHess returns log p(y, z), its gradient and its Hessian, −P.
func (m *NormalKnownVariance) LogJointHess(hess, grad, z []float64) float64 {
	if len(hess) != len(m.p) {
		panic(badLength)
	}
	for i, v := range m.p {
		hess[i] = -v
	}
	return m.LogJointGrad(grad, z)
}

// LogJointHessDiag returns log p(y, z), its gradient and the diagonal of its
// Hessian.
func (m *NormalKnownVariance) LogJointHessDiag(diag, grad, z []float64) float64 {
	for j := range diag {
		diag[j] = -m.p[j*m.d+j]
	}
	return m.LogJointGrad(grad, z)
}

// ConjugateNatural gives (P·mean, −½P) to FullGaussian(d), and its diagonal to
// DiagGaussian(d) if that is all there is.
func (m *NormalKnownVariance) ConjugateNatural(dst []float64, family string) (c float64, ok bool) {
	switch {
	case family == fmt.Sprintf("FullGaussian(%d)", m.d):
		if len(dst) != m.d+m.d*m.d {
			panic(badLength)
		}
		for i, v := range m.p {
			dst[m.d+i] = -0.5 * v
		}
	case m.diagonal && family == fmt.Sprintf("DiagGaussian(%d)", m.d):
		if len(dst) != 2*m.d {
			panic(badLength)
		}
		for j := range m.d {
			dst[m.d+j] = -0.5 * m.p[j*m.d+j]
		}
	default:
		return 0, false
	}
	copy(dst, m.b)
	return m.atZero, true
}

// Fork returns the same model with scratch memory of its own.
func (m *NormalKnownVariance) Fork() Model {
	f := *m
	f.r = make([]float64, m.d)
	return &f
}

func symmetric(a []float64, d int) blas64.Symmetric {
	return blas64.Symmetric{N: d, Stride: d, Uplo: blas.Upper, Data: a}
}

func isDiagonal(a []float64, d int) bool {
	for i, v := range a {
		if v != 0 && i/d != i%d {
			return false
		}
	}
	return true
}

// logDetPrecision returns log |A|, or a *DataError if a is not a precision
// matrix.
func logDetPrecision(name string, a []float64, d int) (float64, error) {
	if len(a) != d*d {
		return 0, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("a %s of %d values", name, len(a)), Want: fmt.Sprintf("%d×%d", d, d)}
	}
	for i, v := range a {
		if t := a[i%d*d+i/d]; v != t || math.IsInf(v, 0) {
			return 0, &DataError{Row: i / d, Col: i % d, Got: fmt.Sprintf("%s %v, and %v across the diagonal", name, v, t), Want: "a finite symmetric matrix"}
		}
	}
	chol, ok := lapack64.Potrf(symmetric(slices.Clone(a), d))
	if !ok {
		return 0, &DataError{Row: -1, Col: -1, Got: "a " + name + " that is not positive definite", Want: "a positive definite matrix"}
	}
	var l float64
	for j := range d {
		l += 2 * math.Log(chol.Data[j*d+j])
	}
	return l, nil
}
