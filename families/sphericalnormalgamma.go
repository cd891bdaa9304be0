package families

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// SphericalNormalGamma returns the family of joint distributions of an x in ℝᵈ and
// one precision τ > 0 of all its coordinates, where τ is Gamma with shape α and
// rate β, and x given τ is Gaussian with mean m and precision κτ. A point z is x and
// then τ. It is NormalGamma for d = 1.
//
//	T(z) = (log τ, τ, τx, τ|x|²)
//	λ    = (α − 1 + ½d, −β − ½κ|m|², κm, −½κ)       λ₁ > ½d − 1, λ₄ < 0, 4λ₂λ₄ > |λ₃|²
//	μ    = (ψ(α) − log β, α/β, mα/β, d/κ + |m|²α/β)  μ₁ < log μ₂, μ₂μ₄ > |μ₃|²
//	A(λ) = log Γ(α) − α log β − ½d log κ + ½d log 2π
//
// It is conjugate to Gaussian data: an observation y adds (½d, −½|y|², y, −½) to λ.
// What NormalGamma says of precision holds here too. It panics if d < 1.
func SphericalNormalGamma(d int) Family {
	if d < 1 {
		panic(badSize)
	}
	return sphericalNormalGammaFamily{d}
}

type sphericalNormalGammaFamily struct{ d int }

func (f sphericalNormalGammaFamily) Dim() int       { return f.d + 1 }
func (f sphericalNormalGammaFamily) NumParams() int { return f.d + 3 }
func (f sphericalNormalGammaFamily) String() string {
	return fmt.Sprintf("SphericalNormalGamma(%d)", f.d)
}

// New returns the member with m = 0 and κ = α = β = 1.
func (f sphericalNormalGammaFamily) New() Distribution {
	q := &SphericalNormalGammaDist{f: f, λ: make(Natural, f.d+3), next: make(Natural, f.d+3),
		m: make([]float64, f.d), x: make([]float64, f.d)}
	q.SetParams(q.x, 1, 1, 1)
	return q
}

func (f sphericalNormalGammaFamily) SufficientStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, f.d+3)
	mustLen(len(z), f.d+1, badPointLength)
	x, τ := z[:f.d], z[f.d]
	dst[0], dst[1] = math.Log(τ), τ
	var square float64
	for i, x := range x {
		dst[2+i] = τ * x
		square += τ * x * x
	}
	dst[2+f.d] = square
	return dst
}

// SphericalNormalGammaDist is a member of SphericalNormalGamma. It implements KLer.
type SphericalNormalGammaDist struct {
	f    sphericalNormalGammaFamily
	λ    Natural
	κ    float64
	m    []float64
	g    shapeRate // of τ
	x    []float64 // scratch
	next Natural
}

var _ KLer = (*SphericalNormalGammaDist)(nil)

// Family returns SphericalNormalGamma(d).
func (q *SphericalNormalGammaDist) Family() Family { return q.f }

// Params returns κ, α and β, and stores m in loc, which is allocated if it is nil.
func (q *SphericalNormalGammaDist) Params(loc []float64) (m []float64, κ, α, β float64) {
	loc = sliceOf(loc, q.f.d)
	copy(loc, q.m)
	return loc, q.κ, q.g.α, q.g.β
}

// SetParams makes q the member with these parameters. It reports false, and leaves q
// unchanged, if κ, α or β is not positive and finite, a parameter of λ or μ is out
// of range, or α or β is lost in λ.
func (q *SphericalNormalGammaDist) SetParams(m []float64, κ, α, β float64) (ok bool) {
	d := q.f.d
	mustLen(len(m), d, badPointLength)
	n := q.next
	n[0], n[1], n[2+d] = α+(0.5*float64(d)-1), -β-0.5*κ*blas64.Dot(vec(m), vec(m)), -0.5*κ
	for i, x := range m {
		n[2+i] = κ * x
	}
	if !(q.shape(n) > 0) || !(q.rate(n) > 0) {
		return false
	}
	return q.set(m, κ, α, β)
}

// shape returns α, and rate β, of λ.
func (q *SphericalNormalGammaDist) shape(λ Natural) float64 {
	return λ[0] - (0.5*float64(q.f.d) - 1)
}

func (q *SphericalNormalGammaDist) rate(λ Natural) float64 {
	s, κ := -2*λ[1], -2*λ[2+q.f.d]
	for _, x := range λ[2 : 2+q.f.d] {
		s = schurComplement(s, x, x, κ)
	}
	return 0.5 * s
}

// set makes q the member of these parameters, whose λ is next.
func (q *SphericalNormalGammaDist) set(m []float64, κ, α, β float64) (ok bool) {
	g, ok := newShapeRate(α, β)
	square := blas64.Dot(vec(m), vec(m))
	if !ok || !finite(q.next) || !isNormal(κ) || !isNormal(1/κ) || !isFinite(square) ||
		!isFinite(float64(q.f.d)/κ+square*(α/β)) {
		return false
	}
	for _, x := range m {
		if !isFinite(x * (α / β)) {
			return false
		}
	}
	q.λ, q.next = q.next, q.λ
	q.κ, q.g = κ, g
	copy(q.m, m)
	return true
}

// SetNatural refuses λ outside the domain, and a λ whose μ or A is out of range.
func (q *SphericalNormalGammaDist) SetNatural(λ Natural) bool {
	d := q.f.d
	mustLen(len(λ), d+3, badNaturalLength)
	if !(λ[2+d] < 0) {
		return false
	}
	copy(q.next, λ)
	κ := -2 * λ[2+d]
	for i := range q.x {
		q.x[i] = λ[2+i] / κ
	}
	return q.set(q.x, κ, q.shape(λ), q.rate(λ))
}

// SetMean refuses μ unless μ₁ < log μ₂ and μ₂μ₄ > |μ₃|²; see SetMean of GammaDist.
func (q *SphericalNormalGammaDist) SetMean(μ Mean) bool {
	d := q.f.d
	mustLen(len(μ), d+3, badMeanLength)
	if !(μ[1] > 0) {
		return false
	}
	α, β := shapeRateOfMean(μ[0], μ[1])
	v := μ[2+d]
	for i := range q.x {
		q.x[i] = μ[2+i] / μ[1]
		v = schurComplement(v, μ[2+i], μ[2+i], μ[1])
	}
	return q.SetParams(q.x, float64(d)/v, α, β)
}

// Natural returns λ.
func (q *SphericalNormalGammaDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, len(q.λ))
	copy(dst, q.λ)
	return dst
}

// Mean returns μ.
func (q *SphericalNormalGammaDist) Mean(dst Mean) Mean {
	d := q.f.d
	dst = meanOf(dst, d+3)
	τ := q.g.α / q.g.β
	dst[0], dst[1] = q.g.meanLog(), τ
	for i, m := range q.m {
		dst[2+i] = m * τ
	}
	dst[2+d] = float64(d)/q.κ + blas64.Dot(vec(q.m), vec(q.m))*τ
	return dst
}
