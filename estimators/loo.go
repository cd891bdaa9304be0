package estimators

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// The ridge is a penalty on the squared coefficients, as a share of the expected
// sum of squares of their features, too small to be seen unless features are
// linearly dependent or a draw alone determines a coefficient, as draws of a
// rare category do: then it says what the coefficient is without that draw, so
// that the average stays unbiased. For that it must not depend on the draws.
const (
	ridgeContinuous = 1e-14 // no draw alone determines a coefficient
	ridgeAny        = 1e-10
)

// leaveOneOut is least-squares regression with leave-one-out coefficients and
// residuals, the control variate that keeps an average unbiased: the
// coefficients applied to a draw never saw that draw.
//
// With features h of draw i, coefficients β from all draws and G = ∑ h hᵀ (with
// the ridge on its diagonal), the
// coefficients without draw i are β − G⁻¹hᵢ eᵢ/(1 − hᵢᵀG⁻¹hᵢ).
type leaveOneOut struct {
	n, m  int
	x     []float64 // n×m features, filled by the caller
	scale []float64 // m: expected squares of the features; resize sets 1
	ridge float64   // resize sets ridgeContinuous
	y     []float64 // n values, filled by the caller
	beta  []float64 // mean of the leave-one-out coefficients
	resid []float64 // leave-one-out residuals

	gram, row []float64 // m×m lower Cholesky factor; m
	lev       []float64 // n×m: L⁻¹hᵢ
}

func (r *leaveOneOut) resize(n, m int) {
	r.n, r.m = n, m
	r.x = resize(r.x, n*m)
	r.y = resize(r.y, n)
	r.ridge = ridgeContinuous
	r.scale = resize(r.scale, m)
	for j := range r.scale {
		r.scale[j] = 1
	}
	r.beta = resize(r.beta, m)
	r.resid = resize(r.resid, n)
	r.gram = resize(r.gram, m*m)
	r.row = resize(r.row, m)
	r.lev = resize(r.lev, n*m)
}

// feature returns the features of draw i.
func (r *leaveOneOut) feature(i int) []float64 { return r.x[i*r.m : (i+1)*r.m] }

// fit computes beta and resid. It returns the standard error of coefficient 0,
// robust to unequal variances (the estimator HC3 of MacKinnon & White 1985): if
// feature 0 is the constant 1, that of mean.
func (r *leaveOneOut) fit() (stdErr float64) {
	n, m := r.n, r.m
	clear(r.gram)
	a := blas64.Symmetric{N: m, Stride: m, Data: r.gram, Uplo: blas.Lower}
	blas64.Syrk(blas.Trans, 1, blas64.General{Rows: n, Cols: m, Stride: m, Data: r.x}, 0, a)
	r.factor()

	// L⁻¹h for every draw; β = L⁻ᵀ ∑ L⁻¹hᵢ yᵢ.
	copy(r.lev, r.x)
	for i := range n {
		r.forward(r.lev[i*m : (i+1)*m])
	}
	lev := blas64.General{Rows: n, Cols: m, Stride: m, Data: r.lev}
	coef := blas64.Vector{N: m, Inc: 1, Data: r.row}
	blas64.Gemv(blas.Trans, 1, lev, blas64.Vector{N: n, Inc: 1, Data: r.y}, 0, coef)
	for i := range n {
		l := blas64.Vector{N: m, Inc: 1, Data: r.lev[i*m : (i+1)*m]}
		free := 1 - blas64.Dot(l, l)
		r.resid[i] = (r.y[i] - blas64.Dot(l, coef)) / math.Max(free, 0x1p-52)
	}
	copy(r.beta, r.row)
	r.backward(r.beta)
	// What leaving one out changes, on average: G⁻¹ ∑ hᵢ ẽᵢ / n.
	blas64.Gemv(blas.Trans, 1/float64(n), lev, blas64.Vector{N: n, Inc: 1, Data: r.resid}, 0, coef)
	r.backward(r.row)
	for j, c := range r.row {
		r.beta[j] -= c
	}
	// Row 0 of G⁻¹ times hᵢ is (L⁻¹e₀)ᵀ(L⁻¹hᵢ).
	clear(r.row)
	r.row[0] = 1
	r.forward(r.row)
	v := 0.0
	for i := range n {
		c := blas64.Dot(coef, blas64.Vector{N: m, Inc: 1, Data: r.lev[i*m : (i+1)*m]}) * r.resid[i]
		v += c * c
	}
	return math.Sqrt(v)
}

// factor replaces gram by its Cholesky factor.
func (r *leaveOneOut) factor() {
	m, a := r.m, r.gram
	for j := range m {
		rj := a[j*m : j*m+j]
		for k := range j {
			s := rj[k]
			for i, x := range a[k*m : k*m+k] {
				s -= x * rj[i]
			}
			rj[k] = s / a[k*m+k]
		}
		least := r.ridge * r.scale[j] * float64(r.n)
		left := a[j*m+j] + least
		for _, x := range rj {
			left -= x * x
		}
		a[j*m+j] = math.Sqrt(math.Max(left, least))
	}
}

// forward replaces x by L⁻¹x.
func (r *leaveOneOut) forward(x []float64) {
	m := r.m
	for j := range x {
		s := x[j]
		for i, l := range r.gram[j*m : j*m+j] {
			s -= l * x[i]
		}
		x[j] = s / r.gram[j*m+j]
	}
}

// backward replaces x by L⁻ᵀx.
func (r *leaveOneOut) backward(x []float64) {
	m := r.m
	for j := m - 1; j >= 0; j-- {
		x[j] /= r.gram[j*m+j]
		for i, l := range r.gram[j*m : j*m+j] {
			x[i] -= l * x[j]
		}
	}
}

// mean returns the unbiased estimate of E[y], if all features but the constant
// have mean 0: the average over draws of β₀ + ẽ.
func (r *leaveOneOut) mean() float64 {
	s := 0.0
	for _, x := range r.resid {
		s += x
	}
	return r.beta[0] + s/float64(r.n)
}
