package estimators

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// dependent is the share of a feature's square that must be left after the
// earlier features are projected out, else the feature is dropped.
const dependent = 1e-12

// leaveOneOut is least-squares regression with leave-one-out coefficients and
// residuals, the control variate that keeps an average unbiased: the
// coefficients applied to a draw never saw that draw.
//
// With features h of draw i, coefficients β from all draws and G = ∑ h hᵀ, the
// coefficients without draw i are β − G⁻¹hᵢ eᵢ/(1 − hᵢᵀG⁻¹hᵢ).
type leaveOneOut struct {
	n, m  int
	x     []float64 // n×m features, filled by the caller
	y     []float64 // n values, filled by the caller
	beta  []float64 // mean of the leave-one-out coefficients
	resid []float64 // leave-one-out residuals

	gram, row []float64 // m×m lower Cholesky factor; m
	lev       []float64 // n×m: L⁻¹hᵢ
	drop      []bool
	dropped   bool
}

func (r *leaveOneOut) resize(n, m int) {
	r.n, r.m = n, m
	r.x = resize(r.x, n*m)
	r.y = resize(r.y, n)
	r.beta = resize(r.beta, m)
	r.resid = resize(r.resid, n)
	r.gram = resize(r.gram, m*m)
	r.row = resize(r.row, m)
	r.lev = resize(r.lev, n*m)
	if cap(r.drop) < m {
		r.drop = make([]bool, m)
	}
	r.drop = r.drop[:m]
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
		r.resid[i] = r.y[i] - blas64.Dot(l, coef)
		if free > 1e-8 {
			r.resid[i] /= free
		}
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

// factor replaces gram by its Cholesky factor and drops features that depend
// linearly on earlier ones: their coefficients become 0.
func (r *leaveOneOut) factor() {
	m, a := r.m, r.gram
	r.dropped = false
	for j := range m {
		rj := a[j*m : j*m+j]
		for k := range j {
			if r.drop[k] {
				rj[k] = 0
				continue
			}
			s := rj[k]
			for i, x := range a[k*m : k*m+k] {
				s -= x * rj[i]
			}
			rj[k] = s / a[k*m+k]
		}
		whole := a[j*m+j]
		left := whole
		for _, x := range rj {
			left -= x * x
		}
		r.drop[j] = !(left > dependent*whole)
		if r.drop[j] {
			r.dropped = true
			clear(rj)
			a[j*m+j] = 1
			continue
		}
		a[j*m+j] = math.Sqrt(left)
	}
}

// forward replaces x by L⁻¹x, with 0 for dropped features.
func (r *leaveOneOut) forward(x []float64) {
	m := r.m
	for j := range x {
		if r.drop[j] {
			x[j] = 0
			continue
		}
		s := x[j]
		for i, l := range r.gram[j*m : j*m+j] {
			s -= l * x[i]
		}
		x[j] = s / r.gram[j*m+j]
	}
}

// backward replaces x by L⁻ᵀx, with 0 for dropped features.
func (r *leaveOneOut) backward(x []float64) {
	m := r.m
	for j := m - 1; j >= 0; j-- {
		if r.drop[j] {
			x[j] = 0
			continue
		}
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
