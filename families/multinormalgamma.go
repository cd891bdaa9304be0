package families

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// MultiNormalGamma returns the family of joint distributions of an x in ℝᵈ and a
// precision τ > 0, where τ is Gamma with shape α and rate β, and x given τ is Gaussian
// with mean m and precision τP, of a d×d matrix P: the posterior of the coefficients
// and the noise of a linear regression. A point z is x and then τ. It is NormalGamma
// for d = 1, and SphericalNormalGamma(d) where P is κ times the identity.
//
//	T(z) = (log τ, τ, τx, τxxᵀ)                         2 + d + d² statistics
//	λ    = (α − 1 + ½d, −β − ½mᵀPm, Pm, −½P)          λ₁ > ½d − 1, −λ₄ positive
//	                                                  definite, −4λ₂ > λ₃ᵀ(−λ₄)⁻¹λ₃
//	μ    = (ψ(α) − log β, α/β, mα/β, P⁻¹ + mmᵀα/β)    μ₁ < log μ₂, μ₄ − μ₃μ₃ᵀ/μ₂
//	                                                  positive definite
//	A(λ) = log Γ(α) − α log β − ½ log|P| + ½d log 2π
//
// The matrix block of a natural or mean parameter is taken as its symmetric part.
// Through λ a small shape is known to an absolute, not relative, 1e-16, and β to as
// much of it as ½mᵀPm + β has: a member keeps what SetMean or SetParams gave it. It
// panics if d < 1.
func MultiNormalGamma(d int) Family {
	if d < 1 {
		panic(badSize)
	}
	return multiNormalGammaFamily{d}
}

type multiNormalGammaFamily struct{ d int }

func (f multiNormalGammaFamily) Dim() int       { return f.d + 1 }
func (f multiNormalGammaFamily) NumParams() int { return 2 + f.d + f.d*f.d }
func (f multiNormalGammaFamily) String() string { return fmt.Sprintf("MultiNormalGamma(%d)", f.d) }

// New returns the member with m = 0, P = 1 and α = β = 1.
func (f multiNormalGammaFamily) New() Distribution {
	d := f.d
	state := func() multiNormalGammaState {
		return multiNormalGammaState{λ: make(Natural, f.NumParams()), m: make([]float64, d), u: tri(d), c: tri(d), v: make([]float64, d*d)}
	}
	q := &MultiNormalGammaDist{f: f, multiNormalGammaState: state(), next: state(),
		x: make([]float64, d), a: make([]float64, d*d), b: make([]float64, d*d)}
	for i := range d {
		q.a[i*d+i] = 1
	}
	q.SetParams(q.x, q.a, 1, 1)
	return q
}

func (f multiNormalGammaFamily) SufficientStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, f.NumParams())
	mustLen(len(z), f.d+1, badPointLength)
	x, τ := z[:f.d], z[f.d]
	_, _, lin, mat := f.split(dst)
	dst[0], dst[1] = math.Log(τ), τ
	for i, xi := range x {
		lin[i] = τ * xi
		for j, xj := range x {
			mat[i*f.d+j] = τ * (xi * xj)
		}
	}
	return dst
}

// split returns the four blocks of a parameter.
func (f multiNormalGammaFamily) split(v []float64) (v1, v2 float64, lin, mat []float64) {
	return v[0], v[1], v[2 : 2+f.d], v[2+f.d:]
}

// MultiNormalGammaDist is a member of MultiNormalGamma. It keeps the Cholesky factors
// of P and P⁻¹, and implements KLer.
type MultiNormalGammaDist struct {
	f multiNormalGammaFamily
	multiNormalGammaState
	next multiNormalGammaState // what set makes the member

	x    []float64 // scratch
	a, b []float64 // d×d scratch
}

// multiNormalGammaState is a member and what is needed of it often: P = UᵀU, and
// V = P⁻¹ = C Cᵀ with C = U⁻¹ upper triangular.
type multiNormalGammaState struct {
	λ      Natural
	m      []float64
	g      shapeRate         // of τ
	u, c   blas64.Triangular // zeros below the diagonals
	v      []float64
	logDet float64 // log|P|
}

var _ KLer = (*MultiNormalGammaDist)(nil)

// Family returns MultiNormalGamma(d).
func (q *MultiNormalGammaDist) Family() Family { return q.f }

// Params returns α and β, and stores m and P in loc and precision, which are allocated
// if they are nil.
func (q *MultiNormalGammaDist) Params(loc, precision []float64) (m, P []float64, α, β float64) {
	loc, precision = sliceOf(loc, q.f.d), matrixOf(precision, q.f.d)
	copy(loc, q.m)
	_, _, _, mat := q.f.split(q.λ)
	for i, x := range mat {
		precision[i] = -2 * x
	}
	return loc, precision, q.g.α, q.g.β
}

// Covariance stores P⁻¹, of which β/(α−1) times is the covariance of x, if α > 1.
func (q *MultiNormalGammaDist) Covariance(dst []float64) []float64 {
	dst = matrixOf(dst, q.f.d)
	copy(dst, q.v)
	return dst
}

// Predictive returns the Student-t distribution of a new observation of which the
// mean is rowᵀx and the precision τ, with x and τ integrated out: it has ν = 2α degrees
// of freedom, location rowᵀm and scale √(β/α (1 + rowᵀP⁻¹row)).
func (q *MultiNormalGammaDist) Predictive(row []float64) (ν, loc, scale float64) {
	mustLen(len(row), q.f.d, badPointLength)
	copy(q.x, row)
	blas64.Trmv(blas.Trans, q.c, vec(q.x))
	return 2 * q.g.α, blas64.Dot(vec(row), vec(q.m)), math.Sqrt(q.g.β / q.g.α * (1 + blas64.Dot(vec(q.x), vec(q.x))))
}

// SetParams makes q the member with these parameters, and takes the symmetric part of
// P. It reports false, and leaves q unchanged, if P is not positive definite, α or β not
// positive, a parameter of λ or μ is out of range, or α or β is lost in λ.
func (q *MultiNormalGammaDist) SetParams(m, P []float64, α, β float64) (ok bool) {
	mustLen(len(m), q.f.d, badPointLength)
	mustLen(len(P), q.f.d*q.f.d, badScaleLength)
	if !q.tryPrecision(P, 1) {
		return false
	}
	copy(q.next.m, m)
	return q.setNatural(α, β)
}

// tryPrecision makes the factors of the next state those of scale times P.
func (q *MultiNormalGammaDist) tryPrecision(P []float64, scale float64) bool {
	n, d := &q.next, q.f.d
	if !symmetricInto(n.u.Data, P, scale, d) {
		return false
	}
	_, _, _, mat := q.f.split(n.λ)
	for i, x := range n.u.Data {
		mat[i] = -0.5 * x
	}
	if !choleskyUpper(n.u.Data, d) {
		return false
	}
	copy(n.c.Data, n.u.Data)
	return invertUpper(n.c.Data, q.x, d)
}

// setNatural makes the next state, whose m, factors and λ₄ are there, the member, unless
// its λ is not in the domain in float64.
func (q *MultiNormalGammaDist) setNatural(α, β float64) bool {
	n, d := &q.next, q.f.d
	_, _, lin, mat := q.f.split(n.λ)
	blas64.Gemv(blas.NoTrans, -2, square(mat, d), vec(n.m), 0, vec(lin))
	n.λ[0], n.λ[1] = α+(0.5*float64(d)-1), -β-0.5*blas64.Dot(vec(lin), vec(n.m))
	// Where λ has nothing left of α or β it is another member's, or none's.
	if !(math.Abs(q.shape(n.λ)-α) <= 0.5*α) || !(math.Abs(q.rate(n)-β) <= 0.5*β) {
		return false
	}
	return q.set(α, β)
}

// shape returns α of λ.
func (q *MultiNormalGammaDist) shape(λ Natural) float64 { return λ[0] - (0.5*float64(q.f.d) - 1) }

// rate returns β of λ, −λ₂ − ½|Cᵀλ₃|², and leaves Cᵀλ₃ in x.
func (q *MultiNormalGammaDist) rate(s *multiNormalGammaState) float64 {
	_, λ2, lin, _ := q.f.split(s.λ)
	copy(q.x, lin)
	blas64.Trmv(blas.Trans, s.c, vec(q.x))
	sum := -2 * λ2
	for _, x := range q.x {
		sum = math.FMA(-x, x, sum)
	}
	return 0.5 * sum
}

// set makes the next state with α and β the member, if all that it says is finite.
func (q *MultiNormalGammaDist) set(α, β float64) bool {
	n, d := &q.next, q.f.d
	g, ok := newShapeRate(α, β)
	if !ok || !finite(n.λ) || !finite(n.c.Data) {
		return false
	}
	mulUpperTrans(n.v, n.c.Data, n.c.Data, d)
	τ := α / β
	for i, m := range n.m {
		if !isNormal(n.v[i*d+i]) || !isFinite(m*m) || !isFinite(m*τ) || !isFinite(n.v[i*d+i]+m*m*τ) {
			return false
		}
	}
	n.g, n.logDet = g, logDetOf(n.u.Data, d)
	if !finite(n.v) || !isFinite(n.logDet) {
		return false
	}
	q.multiNormalGammaState, q.next = q.next, q.multiNormalGammaState
	return true
}

// SetNatural refuses λ outside the domain, and a λ whose μ or A is out of range.
func (q *MultiNormalGammaDist) SetNatural(λ Natural) bool {
	mustLen(len(λ), len(q.λ), badNaturalLength)
	n := &q.next
	_, _, lin, mat := q.f.split(λ)
	if !q.tryPrecision(mat, -2) {
		return false
	}
	n.λ[0], n.λ[1] = λ[0], λ[1]
	copy(n.λ[2:], lin)
	α, β := q.shape(λ), q.rate(n)
	copy(n.m, q.x)
	blas64.Trmv(blas.NoTrans, n.c, vec(n.m))
	return q.set(α, β)
}

// SetMean refuses μ unless μ₁ < log μ₂ and μ₄ − μ₃μ₃ᵀ/μ₂ is positive definite; see
// SetMean of GammaDist.
func (q *MultiNormalGammaDist) SetMean(μ Mean) bool {
	n, d := &q.next, q.f.d
	mustLen(len(μ), len(q.λ), badMeanLength)
	μ1, μ2, lin, mat := q.f.split(μ)
	if !(μ2 > 0) {
		return false
	}
	for i, x := range lin {
		n.m[i] = x / μ2
		for j, y := range lin {
			q.a[i*d+j] = schurComplement(0.5*mat[i*d+j]+0.5*mat[j*d+i], x, y, μ2)
		}
	}
	if !symmetricInto(n.c.Data, q.a, 1, d) || !choleskyReverse(n.c.Data, d) {
		return false
	}
	copy(n.u.Data, n.c.Data)
	if !invertUpper(n.u.Data, q.x, d) {
		return false
	}
	_, _, _, λ4 := q.f.split(n.λ)
	gram(λ4, -0.5, n.u.Data, d)
	// P must be positive definite as it stands in λ.
	if !symmetricInto(q.a, λ4, -2, d) || !choleskyUpper(q.a, d) {
		return false
	}
	α, β := shapeRateOfMean(μ1, μ2)
	return q.setNatural(α, β)
}

// Natural returns λ.
func (q *MultiNormalGammaDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, len(q.λ))
	copy(dst, q.λ)
	return dst
}

// Mean returns μ.
func (q *MultiNormalGammaDist) Mean(dst Mean) Mean {
	d := q.f.d
	dst = meanOf(dst, len(q.λ))
	_, _, lin, mat := q.f.split(dst)
	τ := q.g.α / q.g.β
	dst[0], dst[1] = q.g.meanLog(), τ
	for i, m := range q.m {
		lin[i] = m * τ
		for j, o := range q.m {
			mat[i*d+j] = q.v[i*d+j] + m*o*τ
		}
	}
	return dst
}
