package families

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// FullGaussian returns the family of Gaussians on ℝᵈ with mean m and precision S
// (covariance V = S⁻¹):
//
//	T(z) = (z, zzᵀ)                   d + d² statistics, matrix row-major
//	λ    = (S m, −½ S)                −λ₂ positive definite
//	μ    = (m, V + mmᵀ)
//	A(λ) = ½ mᵀS m − ½ log|S| + ½ d log 2π
//
// The matrix block of a natural parameter is taken as its symmetric part. It
// panics if d < 1.
func FullGaussian(d int) Family {
	if d < 1 {
		panic(badSize)
	}
	return fullGaussian{d}
}

type fullGaussian struct{ d int }

func (f fullGaussian) Dim() int       { return f.d }
func (f fullGaussian) NumParams() int { return f.d + f.d*f.d }
func (f fullGaussian) String() string { return fmt.Sprintf("FullGaussian(%d)", f.d) }

func (f fullGaussian) New() Distribution {
	d := f.d
	q := &FullGaussianDist{f: f, λ: make(Natural, d+d*d), m: make([]float64, d),
		l: tri(d), lt: tri(d), c: tri(d), v: make([]float64, d*d),
		a: make([]float64, d*d), b: make([]float64, d*d), x: make([]float64, d), y: make([]float64, d)}
	for i := range d {
		q.λ[d+i*d+i] = -0.5
		q.l.Data[i*d+i] = 1
	}
	return q
}

func tri(d int) blas64.Triangular {
	return blas64.Triangular{N: d, Stride: d, Uplo: blas.Upper, Diag: blas.NonUnit, Data: make([]float64, d*d)}
}

func (f fullGaussian) SufficientStats(dst Mean, z []float64) Mean {
	d := f.d
	dst = meanOf(dst, d+d*d)
	mustLen(len(z), d, badPointLength)
	copy(dst, z)
	for i, a := range z {
		for j, b := range z {
			dst[d+i*d+j] = a * b
		}
	}
	return dst
}

// FullGaussianDist is a member of FullGaussian. It keeps the Cholesky factor of
// the precision; what needs the covariance computes it once. It implements
// Pathwise, Retracter, FisherSquarer and Gaussian.
type FullGaussianDist struct {
	f      fullGaussian
	λ      Natural
	m      []float64
	l      blas64.Triangular // upper U with S = UᵀU, zeros below
	logDet float64           // log|S|

	c     blas64.Triangular // U⁻¹, upper: V = C Cᵀ
	v     []float64         // V, full
	haveC bool
	haveV bool
	lt    blas64.Triangular // trial factor
	a, b  []float64         // d×d scratch
	x, y  []float64         // d scratch
}

var (
	_ Gaussian      = (*FullGaussianDist)(nil)
	_ Pathwise      = (*FullGaussianDist)(nil)
	_ Retracter     = (*FullGaussianDist)(nil)
	_ FisherSquarer = (*FullGaussianDist)(nil)
)

// Family returns FullGaussian(d).
func (q *FullGaussianDist) Family() Family { return q.f }

func vec(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }

func (q *FullGaussianDist) general(a []float64) blas64.General {
	return blas64.General{Rows: q.f.d, Cols: q.f.d, Stride: q.f.d, Data: a}
}

// factor puts the Cholesky factor of the symmetric part of scale·s into lt and
// reports whether there is one.
func (q *FullGaussianDist) factor(s []float64, scale float64) bool {
	d := q.f.d
	t := q.lt.Data
	for i := range d {
		clear(t[i*d : i*d+i])
		for j := i; j < d; j++ {
			t[i*d+j] = 0.5 * scale * (s[i*d+j] + s[j*d+i])
		}
		if p := t[i*d+i]; !(p > 0) || math.IsInf(p, 0) {
			return false
		}
	}
	_, ok := lapack64.Potrf(blas64.Symmetric{N: d, Stride: d, Uplo: blas.Upper, Data: t})
	return ok && finite(t)
}

// finiteMoments reports whether mean and log-partition are finite with the trial
// factor, the mean m and λ₁ = S m, and the squares of the mean too.
func (q *FullGaussianDist) finiteMoments(m, λ1 []float64) bool {
	for i, x := range m {
		u := q.lt.Data[i*q.f.d+i]
		if !isFinite(x*x) || !isNormal(u*u) {
			return false
		}
	}
	return isFinite(blas64.Dot(vec(m), vec(λ1)))
}

// adopt takes lt as the factor.
func (q *FullGaussianDist) adopt() {
	q.l, q.lt = q.lt, q.l
	q.haveC, q.haveV = false, false
	d := q.f.d
	q.logDet = 0
	for i := range d {
		q.logDet += 2 * math.Log(q.l.Data[i*d+i])
	}
}

// SetNatural refuses λ unless −λ₂ is positive definite and everything finite.
func (q *FullGaussianDist) SetNatural(λ Natural) bool {
	d := q.f.d
	mustLen(len(λ), d+d*d, badNaturalLength)
	if !finite(λ[:d]) || !q.factor(λ[d:], -2) {
		return false
	}
	copy(q.x, λ[:d])
	blas64.Trsv(blas.Trans, q.lt, vec(q.x))
	blas64.Trsv(blas.NoTrans, q.lt, vec(q.x))
	if !q.finiteMoments(q.x, λ[:d]) {
		return false
	}
	q.adopt()
	copy(q.m, q.x)
	copy(q.λ, λ)
	symmetricPart(q.λ[d:], d)
	return true
}

// symmetricPart replaces the n×n matrix a by (a + aᵀ)/2.
func symmetricPart(a []float64, n int) {
	for i := range n {
		for j := range i {
			v := 0.5*a[i*n+j] + 0.5*a[j*n+i]
			a[i*n+j], a[j*n+i] = v, v
		}
	}
}

// Natural returns λ.
func (q *FullGaussianDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, len(q.λ))
	copy(dst, q.λ)
	return dst
}

// covFactor makes sure of c.
func (q *FullGaussianDist) covFactor() {
	if q.haveC {
		return
	}
	copy(q.c.Data, q.l.Data)
	invertUpper(q.c.Data, q.y, q.f.d)
	q.haveC = true
}

// cov makes sure of v.
func (q *FullGaussianDist) cov() []float64 {
	if !q.haveV {
		q.covFactor()
		mulUpperTrans(q.v, q.c.Data, q.c.Data, q.f.d)
		q.haveV = true
	}
	return q.v
}

// mirror copies the upper triangle of a to the lower.
func mirror(a []float64, n int) {
	for i := range n {
		for j := range i {
			a[i*n+j] = a[j*n+i]
		}
	}
}

// Mean returns μ.
func (q *FullGaussianDist) Mean(dst Mean) Mean {
	d := q.f.d
	dst = meanOf(dst, d+d*d)
	copy(dst, q.m)
	copy(dst[d:], q.cov())
	for i, a := range q.m {
		for j, b := range q.m {
			dst[d+i*d+j] += a * b
		}
	}
	return dst
}

// SetMean refuses μ unless μ₂ − μ₁μ₁ᵀ is positive definite.
func (q *FullGaussianDist) SetMean(μ Mean) bool {
	d := q.f.d
	mustLen(len(μ), d+d*d, badMeanLength)
	if !finite(μ) {
		return false
	}
	for i := range d {
		for j := range d {
			q.a[i*d+j] = math.FMA(-μ[i], μ[j], 0.5*(μ[d+i*d+j]+μ[d+j*d+i]))
		}
	}
	return q.SetMoments(μ[:d], q.a)
}

// SetMoments makes q N(loc, cov).
func (q *FullGaussianDist) SetMoments(loc, cov []float64) bool {
	d := q.f.d
	mustLen(len(loc), d, badPointLength)
	mustLen(len(cov), d*d, badCovLength)
	if !q.factor(cov, 1) {
		return false
	}
	// V = UᵀU, so S = U⁻¹U⁻ᵀ.
	if !invertUpper(q.lt.Data, q.y, d) || !finite(q.lt.Data) {
		return false
	}
	mulUpperTrans(q.b, q.lt.Data, q.lt.Data, d)
	return q.SetPrecision(loc, q.b)
}

// SetPrecision makes q N(loc, prec⁻¹).
func (q *FullGaussianDist) SetPrecision(loc, prec []float64) bool {
	d := q.f.d
	mustLen(len(loc), d, badPointLength)
	mustLen(len(prec), d*d, badCovLength)
	if !finite(loc) || !q.factor(prec, 1) {
		return false
	}
	// λ₁ = S m before anything is changed, in case it overflows.
	for i := range d {
		var h float64
		for j := range d {
			h += 0.5 * (prec[i*d+j] + prec[j*d+i]) * loc[j]
		}
		q.x[i] = h
	}
	if !finite(q.x) || !q.finiteMoments(loc, q.x) {
		return false
	}
	q.adopt()
	copy(q.m, loc)
	copy(q.λ, q.x)
	for i, s := range prec {
		q.λ[d+i] = -0.5 * s
	}
	symmetricPart(q.λ[d:], d)
	return true
}

// LogPartition returns A(λ).
func (q *FullGaussianDist) LogPartition() float64 {
	return 0.5 * (blas64.Dot(vec(q.λ[:q.f.d]), vec(q.m)) - q.logDet + log2Pi*float64(q.f.d))
}

// Entropy returns ½ d (1 + log 2π) − ½ log|S|.
func (q *FullGaussianDist) Entropy() float64 {
	return 0.5 * ((1+log2Pi)*float64(q.f.d) - q.logDet)
}

// LogProb returns log q(z).
func (q *FullGaussianDist) LogProb(z []float64) float64 {
	mustLen(len(z), q.f.d, badPointLength)
	q.Untransform(q.y, z)
	return -0.5 * (blas64.Dot(vec(q.y), vec(q.y)) - q.logDet + log2Pi*float64(q.f.d))
}

// Rand draws m + U⁻¹ε.
func (q *FullGaussianDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, q.f.d)
	normals(dst, rnd)
	q.Transform(dst, dst)
	return dst
}
