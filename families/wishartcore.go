package families

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

const badScaleLength = "families: length of a matrix is not p²"

// wishart is what Wishart, InverseWishart and NormalWishart have in common: the
// Wishart distribution of a p×p matrix Y with ν degrees of freedom and scale V.
type wishart struct {
	p int
	wishartState
	next wishartState // what try… computes and adopt makes the member

	b, e []float64 // p×p scratch
	row  []float64 // p scratch
}

// wishartState is ν, V, and what a member needs of them often. x is ν/2, and a
// is what x exceeds the end of its domain by; V = C Cᵀ with C upper triangular.
type wishartState struct {
	a, x    float64
	u, c    blas64.Triangular // U = C⁻¹, so V⁻¹ = UᵀU; zeros below the diagonals
	v       []float64
	sqrtν   float64
	logMean float64 // log|νV|
	δ       float64 // log|E[Y]| − E[log|Y|]
	norm    float64 // p x log x − p x − log Γ_p(x)
	logPart float64 // log Γ_p(x) + x log|2V|
}

func newWishart(p int) *wishart {
	if p < 1 {
		panic(badSize)
	}
	state := func() wishartState { return wishartState{u: tri(p), c: tri(p), v: make([]float64, p*p)} }
	w := &wishart{p: p, wishartState: state(), next: state(),
		b: make([]float64, p*p), e: make([]float64, p*p), row: make([]float64, p)}
	for i := range p {
		w.b[i*p+i] = 1
	}
	w.tryScale(1, w.b, 1)
	w.adopt()
	return w
}

// symmetricInto stores the symmetric part of scale·s in t, and reports whether it
// is finite with a positive diagonal.
func symmetricInto(t, s []float64, scale float64, p int) bool {
	for i := range p {
		for j := i; j < p; j++ {
			v := scale * (0.5*s[i*p+j] + 0.5*s[j*p+i])
			t[i*p+j], t[j*p+i] = v, v
		}
		if !(t[i*p+i] > 0) {
			return false
		}
	}
	return finite(t)
}

// choleskyUpper replaces the symmetric t by the upper triangular R with RᵀR = t.
func choleskyUpper(t []float64, p int) bool {
	_, ok := lapack64.Potrf(blas64.Symmetric{N: p, Stride: p, Uplo: blas.Upper, Data: t})
	for i := range p {
		clear(t[i*p : i*p+i])
	}
	return ok && finite(t)
}

// choleskyReverse replaces the symmetric t by the upper triangular R with RRᵀ = t:
// with rows and columns in reverse order it is a lower triangular factor.
func choleskyReverse(t []float64, p int) bool {
	slices.Reverse(t)
	_, ok := lapack64.Potrf(blas64.Symmetric{N: p, Stride: p, Uplo: blas.Lower, Data: t})
	slices.Reverse(t)
	for i := range p {
		clear(t[i*p : i*p+i])
	}
	return ok && finite(t)
}

// logDetOf returns log|RRᵀ| of a triangular R.
func logDetOf(r []float64, p int) float64 {
	var sum float64
	for i := range p {
		sum += math.Log(r[i*p+i])
	}
	return 2 * sum
}

// tryInverse computes the member with V⁻¹ the symmetric part of scale·s, and
// reports whether there is one.
func (w *wishart) tryInverse(a float64, s []float64, scale float64) bool {
	n := &w.next
	if !symmetricInto(n.u.Data, s, scale, w.p) || !choleskyUpper(n.u.Data, w.p) {
		return false
	}
	copy(n.c.Data, n.u.Data)
	return invertUpper(n.c.Data, w.row, w.p) && w.tryShape(a)
}

// tryScale is tryInverse for V the symmetric part of scale·s.
func (w *wishart) tryScale(a float64, s []float64, scale float64) bool {
	n := &w.next
	if !symmetricInto(n.c.Data, s, scale, w.p) || !choleskyReverse(n.c.Data, w.p) {
		return false
	}
	copy(n.u.Data, n.c.Data)
	return invertUpper(n.u.Data, w.row, w.p) && w.tryShape(a)
}

// tryMean is tryScale for E[log|Y|] = elog and E[Y] the symmetric part of m.
func (w *wishart) tryMean(elog float64, m []float64) bool {
	n, p := &w.next, w.p
	if !isFinite(elog) || !symmetricInto(n.c.Data, m, 1, p) || !choleskyReverse(n.c.Data, p) {
		return false
	}
	logDet := logDetOf(n.c.Data, p)
	s := logDet - elog
	if s < 0.5 && math.Abs(elog) > 1 && math.Abs(elog) < 700 {
		// The same from the determinant itself: see shapeRateOfMean.
		det := 1.0
		for i := range p {
			det *= n.c.Data[i*p+i]
		}
		if u := math.Exp(elog); isNormal(det*det) && isNormal(u) {
			s = math.Log1p((det*det - u) / u)
		}
	}
	a := wishartShape(p, s)
	if !(a > 0) || !isFinite(a) {
		return false
	}
	scale := 1 / math.Sqrt(2*(a+halfSteps(p)))
	for i := range n.c.Data {
		n.c.Data[i] *= scale
	}
	copy(n.u.Data, n.c.Data)
	return invertUpper(n.u.Data, w.row, p) && w.tryShape(a)
}

// tryShape completes the next state from its factors, and reports whether means
// and log-partition are finite.
func (w *wishart) tryShape(a float64) bool {
	n, p := &w.next, w.p
	x := a + halfSteps(p)
	if !(a > 0) || !isFinite(2*x) || !finite(n.u.Data) || !finite(n.c.Data) {
		return false
	}
	mulUpperTrans(n.v, n.c.Data, n.c.Data, p)
	n.a, n.x, n.sqrtν = a, x, math.Sqrt(2*x)
	n.logMean = 0
	for i := range p {
		u := n.u.Data[i*p+i]
		if !isNormal(n.v[i*p+i]) || !isNormal(2*x*n.v[i*p+i]) || !isNormal(u*u) {
			return false
		}
		n.logMean += 2 * math.Log(n.sqrtν*n.c.Data[i*p+i])
	}
	n.δ, n.norm = logMinusMultiDigamma(p, a), multiNorm(p, a)
	n.logPart = x*(n.logMean-float64(p)) - n.norm
	return isFinite(n.δ) && isFinite(n.logPart) && finite(n.v)
}

// nextInverseIsLegal reports whether V⁻¹ of the next state is positive definite as
// it is stored in λ, which was not made from λ.
func (w *wishart) nextInverseIsLegal() bool {
	w.next.inverse(w.e, 1, w.p)
	return finite(w.e) && choleskyUpper(w.e, w.p)
}

// adopt makes the next state the member.
func (w *wishart) adopt() { w.wishartState, w.next = w.next, w.wishartState }

// inverse stores V⁻¹, times scale.
func (s *wishartState) inverse(dst []float64, scale float64, p int) { gram(dst, scale, s.u.Data, p) }

// gram stores scale RᵀR for an upper triangular R.
func gram(dst []float64, scale float64, r []float64, p int) {
	for i := range p {
		for j := i; j < p; j++ {
			var sum float64
			for k := range i + 1 {
				sum += r[k*p+i] * r[k*p+j]
			}
			dst[i*p+j], dst[j*p+i] = scale*sum, scale*sum
		}
	}
}

// meanLog returns E[log|Y|].
func (s *wishartState) meanLog() float64 { return s.logMean - s.δ }

// mean stores νV.
func (s *wishartState) mean(dst []float64) {
	for i, v := range s.v {
		dst[i] = 2 * s.x * v
	}
}

// entropy returns the entropy of Y, logPart − (x − (p+1)/2) E[log|Y|] + p x,
// without terms of the size of ν.
func (w *wishart) entropy() float64 {
	return 0.5*float64(w.p+1)*w.logMean - w.norm + (w.a-1)*w.δ
}

// matrixOf is sliceOf for an n×n matrix that is not a point.
func matrixOf(dst []float64, n int) []float64 {
	if dst == nil {
		return make([]float64, n*n)
	}
	mustLen(len(dst), n*n, badScaleLength)
	return dst
}

func upper(a []float64, n int) blas64.Triangular {
	return blas64.Triangular{N: n, Stride: n, Uplo: blas.Upper, Diag: blas.NonUnit, Data: a}
}

func square(a []float64, n int) blas64.General {
	return blas64.General{Rows: n, Cols: n, Stride: n, Data: a}
}

// fisherMul returns y₁ and stores G of (y₁, G) = F(v₁, B), the Fisher information
// in the natural parameter of T = (log|Y|, Y). In w.e is B, symmetric:
//
//	y₁ = ψ₁,p(x) v₁ + 2 tr VB
//	G  = 2 v₁ V + 2ν VBV
//
// as products with C of the matrix 2 v₁ + 2ν CᵀBC.
func (w *wishart) fisherMul(dst []float64, v1 float64) (y1 float64) {
	p := w.p
	congruenceTrans(w.e, w.c.Data, w.e, w.b, p)
	y1 = multiTrigamma(p, w.a) * v1
	for i := range p {
		y1 += 2 * w.e[i*p+i]
	}
	for i := range w.e {
		w.e[i] *= 4 * w.x
	}
	for i := range p {
		w.e[i*p+i] += 2 * v1
	}
	congruence(dst, w.c.Data, w.e, w.b, p)
	return y1
}

// fisherSolve returns v₁ and stores B of (v₁, B) = F⁻¹(y₁, G). In w.e is G,
// symmetric. With H = U G Uᵀ,
//
//	v₁ = (y₁ − tr H/ν) / (ψ₁,p(x) − p/x)
//	B  = Uᵀ (H − 2 v₁) U / 2ν
func (w *wishart) fisherSolve(dst []float64, y1 float64) (v1 float64) {
	p := w.p
	congruence(w.e, w.u.Data, w.e, w.b, p)
	var trace float64
	for i := range p {
		trace += w.e[i*p+i]
	}
	v1 = (y1 - trace/(2*w.x)) / multiTrigammaExcess(p, w.a)
	for i := range p {
		w.e[i*p+i] -= 2 * v1
	}
	for i := range w.e {
		w.e[i] /= 4 * w.x
	}
	congruenceTrans(dst, w.u.Data, w.e, w.b, p)
	return v1
}
