package families

import (
	"math"
	"math/rand/v2"
)

// NormalGamma returns the family of joint distributions of a real x and a precision
// τ > 0, where τ is Gamma with shape α and rate β, and x given τ is Gaussian with
// mean m and precision κτ. A point z is (x, τ).
//
//	T(z) = (log τ, τ, τx, τx²)
//	λ    = (α − ½, −β − ½κm², κm, −½κ)           λ₁ > −½, λ₄ < 0, 4λ₂λ₄ > λ₃²
//	μ    = (ψ(α) − log β, α/β, mα/β, 1/κ + m²α/β)  μ₁ < log μ₂, μ₂μ₄ > μ₃²
//	A(λ) = log Γ(α) − α log β − ½ log κ + ½ log 2π
//
// It is conjugate to Gaussian data: an observation y adds (½, −½y², y, −½) to λ.
//
// Through λ a small shape is known to an absolute, not relative, 1e-16, and β to as
// much of it as ½κm² + β has: a member keeps what SetMean or SetParams gave it.
func NormalGamma() Family { return normalGammaFamily{} }

type normalGammaFamily struct{}

func (normalGammaFamily) Dim() int       { return 2 }
func (normalGammaFamily) NumParams() int { return 4 }
func (normalGammaFamily) String() string { return "NormalGamma" }

// New returns the member with m = 0 and κ = α = β = 1.
func (normalGammaFamily) New() Distribution {
	q := new(NormalGammaDist)
	q.SetParams(0, 1, 1, 1)
	return q
}

func (normalGammaFamily) SufficientStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, 4)
	mustLen(len(z), 2, badPointLength)
	x, τ := z[0], z[1]
	dst[0], dst[1], dst[2], dst[3] = math.Log(τ), τ, τ*x, τ*x*x
	return dst
}

// NormalGammaDist is a member of NormalGamma. It implements KLer.
type NormalGammaDist struct {
	λ    [4]float64
	m, κ float64
	g    shapeRate // of τ
}

var _ KLer = (*NormalGammaDist)(nil)

// Family returns NormalGamma().
func (q *NormalGammaDist) Family() Family { return normalGammaFamily{} }

// Params returns m, κ, α and β.
func (q *NormalGammaDist) Params() (m, κ, α, β float64) { return q.m, q.κ, q.g.α, q.g.β }

// SetParams makes q the member with these parameters. It reports false, and leaves q
// unchanged, if κ, α or β is not positive and finite, a parameter of λ or μ is out
// of range, or λ₁ or β is lost in λ.
func (q *NormalGammaDist) SetParams(m, κ, α, β float64) (ok bool) {
	λ := [4]float64{α - 0.5, -β - 0.5*κ*m*m, κ * m, -0.5 * κ}
	if !(λ[0] > -0.5) || !(schurComplement(-2*λ[1], λ[2], λ[2], -2*λ[3]) > 0) {
		return false
	}
	return q.set(λ, m, κ, α, β)
}

func (q *NormalGammaDist) set(λ [4]float64, m, κ, α, β float64) (ok bool) {
	g, ok := newShapeRate(α, β)
	if !ok || !finite(λ[:]) || !isNormal(κ) || !isNormal(1/κ) || !isFinite(m*m) ||
		!isFinite(1/κ+m*m*(α/β)) || !isFinite(m*(α/β)) {
		return false
	}
	q.λ, q.m, q.κ, q.g = λ, m, κ, g
	return true
}

// schurComplement returns s − xy/κ for κ > 0, with the relative precision of its
// arguments however much of s is xy/κ.
func schurComplement(s, x, y, κ float64) float64 {
	k, h := evenScale(κ)
	return diffOfProducts(s, k, math.Ldexp(x, -h), math.Ldexp(y, -h)) / k
}

// evenScale returns k between ¼ and 1 and h with κ = k 4ʰ, so that products of k are in
// range.
func evenScale(κ float64) (k float64, h int) {
	_, e := math.Frexp(κ)
	h = (e + 1) >> 1
	return math.Ldexp(κ, -2*h), h
}

// diffOfProducts returns ab − cd, without cancellation of the rounding errors of
// the products (W. Kahan).
func diffOfProducts(a, b, c, d float64) float64 {
	w := c * d
	return math.FMA(a, b, -w) + math.FMA(-c, d, w)
}

// SetNatural refuses λ₁ ≤ −½, λ₄ ≥ 0, 4λ₂λ₄ ≤ λ₃², and a λ whose μ or A is out of
// range.
func (q *NormalGammaDist) SetNatural(λ Natural) bool {
	mustLen(len(λ), 4, badNaturalLength)
	if !(λ[3] < 0) {
		return false
	}
	κ := -2 * λ[3]
	return q.set([4]float64(λ), λ[2]/κ, κ, 0.5+λ[0], 0.5*schurComplement(-2*λ[1], λ[2], λ[2], κ))
}

// Natural returns λ.
func (q *NormalGammaDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, 4)
	copy(dst, q.λ[:])
	return dst
}

// Mean returns μ.
func (q *NormalGammaDist) Mean(dst Mean) Mean {
	dst = meanOf(dst, 4)
	τ := q.g.α / q.g.β
	dst[0], dst[1], dst[2], dst[3] = q.g.meanLog(), τ, q.m*τ, 1/q.κ+q.m*q.m*τ
	return dst
}

// SetMean refuses μ unless μ₁ < log μ₂ and μ₂μ₄ > μ₃²; see SetMean of GammaDist.
func (q *NormalGammaDist) SetMean(μ Mean) bool {
	mustLen(len(μ), 4, badMeanLength)
	if !(μ[1] > 0) {
		return false
	}
	α, β := shapeRateOfMean(μ[0], μ[1])
	return q.SetParams(μ[2]/μ[1], 1/schurComplement(μ[3], μ[2], μ[2], μ[1]), α, β)
}

// LogPartition returns A(λ).
func (q *NormalGammaDist) LogPartition() float64 { return q.g.a + 0.5*(log2Pi-math.Log(q.κ)) }

// LogProb returns log q(x, τ), −Inf for τ ≤ 0.
func (q *NormalGammaDist) LogProb(z []float64) float64 {
	mustLen(len(z), 2, badPointLength)
	x, τ := z[0], z[1]
	if !(τ > 0 && isFinite(τ) && isFinite(x)) {
		return outsideOrAnyNaN(z)
	}
	logτ := math.Log(τ)
	u := math.Sqrt(q.κ) * math.Sqrt(τ) * (x - q.m)
	return q.g.logProb(math.FMA(q.g.β, τ, -q.g.α)/q.g.α, logτ) - logτ +
		0.5*(math.Log(q.κ)+logτ-log2Pi-u*u)
}

// Entropy returns the entropy of τ, and that expected of x given τ.
func (q *NormalGammaDist) Entropy() float64 {
	return q.g.entropy() + 0.5*(1+log2Pi-math.Log(q.κ)-q.g.meanLog())
}

// KL returns KL(q‖p), the divergence of τ and, with Δ = m_q − m_p,
//
//	½ (κ_p/κ_q − 1 − log κ_p/κ_q) + ½ κ_p Δ² α_q/β_q
//
// It panics if p is not a NormalGamma.
func (q *NormalGammaDist) KL(p Distribution) float64 {
	o, ok := p.(*NormalGammaDist)
	if !ok {
		panic(badFamilies)
	}
	Δ := q.m - o.m
	return q.g.kl(&o.g) + 0.5*(ratioExcess(o.κ, q.κ)+o.κ*Δ*(Δ*(q.g.α/q.g.β)))
}

// Rand draws τ, and x given τ. Where τ would underflow or overflow it is held
// between the smallest and the largest positive normal number.
func (q *NormalGammaDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, 2)
	dst[1] = positiveExp(randLogGamma(q.g.α, rnd) - q.g.logβ)
	dst[0] = q.m + rnd.NormFloat64()/math.Sqrt(q.κ)/math.Sqrt(dst[1])
	return dst
}

// FisherMulVec stores F v. In ξ = x − m the statistics (log τ, τ), τξ and τξ² are
// uncorrelated, with the Fisher information of the Gamma and the variances α/(βκ)
// and 2/κ²; the vector v is (v₁, v₂ + m v₃ + m² v₄), v₃ + 2m v₄ and v₄ there.
func (q *NormalGammaDist) FisherMulVec(dst Mean, v Natural) Mean {
	dst = meanOf(dst, 4)
	mustLen(len(v), 4, badNaturalLength)
	y1, y2 := q.g.fisherMul(v[0], v[1]+q.m*(v[2]+q.m*v[3]))
	y3 := q.g.α / q.g.β / q.κ * (v[2] + 2*q.m*v[3])
	y4 := 2 * (v[3] / q.κ) / q.κ
	dst[0], dst[1], dst[2], dst[3] = y1, y2, q.m*y2+y3, q.m*(q.m*y2+2*y3)+y4
	return dst
}

// FisherSolve stores F⁻¹g.
func (q *NormalGammaDist) FisherSolve(dst Natural, g Mean) Natural {
	dst = naturalOf(dst, 4)
	mustLen(len(g), 4, badMeanLength)
	y3 := g[2] - q.m*g[1]
	y4 := g[3] - q.m*(g[2]+y3)
	v1, v2 := q.g.fisherSolve(g[0], g[1])
	v4 := 0.5 * q.κ * (q.κ * y4)
	u := q.κ * (q.g.β / q.g.α * y3)
	dst[0], dst[1], dst[2], dst[3] = v1, v2-q.m*(u-q.m*v4), u-2*q.m*v4, v4
	return dst
}
