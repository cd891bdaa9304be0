package families

import (
	"math"
	"math/rand/v2"
)

// Gamma returns the family of Gamma distributions on z > 0 with shape α and
// rate β, so that E[z] = α/β:
//
//	T(z) = (log z, z)
//	λ    = (α − 1, −β)                     λ₁ > −1, λ₂ < 0
//	μ    = (ψ(α) − log β, α/β)             μ₁ < log μ₂
//	A(λ) = log Γ(α) − α log β
//
// Through λ a small shape is known to an absolute, not relative, 1e-16: a
// member keeps the α that SetMean or SetShapeRate gave it.
func Gamma() Family { return gammaFamily{} }

type gammaFamily struct{}

func (gammaFamily) Dim() int       { return 1 }
func (gammaFamily) NumParams() int { return 2 }
func (gammaFamily) String() string { return "Gamma" }

func (gammaFamily) New() Distribution {
	q := &GammaDist{λ: [2]float64{0, -1}}
	q.g, _ = newShapeRate(1, 1)
	return q
}

func (gammaFamily) SufficientStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, 2)
	mustLen(len(z), 1, badPointLength)
	dst[0], dst[1] = math.Log(z[0]), z[0]
	return dst
}

// GammaDist is a member of Gamma. It implements Pathwise, LogRander, Retracter
// and KLer.
type GammaDist struct {
	λ [2]float64
	g shapeRate
}

var (
	_ Pathwise  = (*GammaDist)(nil)
	_ LogRander = (*GammaDist)(nil)
	_ Retracter = (*GammaDist)(nil)
	_ KLer      = (*GammaDist)(nil)
)

// Family returns Gamma().
func (q *GammaDist) Family() Family { return gammaFamily{} }

// Shape returns α.
func (q *GammaDist) Shape() float64 { return q.g.α }

// Rate returns β.
func (q *GammaDist) Rate() float64 { return q.g.β }

// SetShapeRate makes q Gamma(α, β). It reports false, and leaves q unchanged,
// if one of them is not positive and finite, α − 1 is −1 in float64, or a mean
// parameter is out of range.
func (q *GammaDist) SetShapeRate(α, β float64) (ok bool) {
	g, ok := newShapeRate(α, β)
	if !ok || α-1 == -1 {
		return false
	}
	q.g, q.λ = g, [2]float64{α - 1, -β}
	return true
}

// SetNatural refuses λ₁ ≤ −1, λ₂ ≥ 0, and a λ whose μ or A is out of range.
func (q *GammaDist) SetNatural(λ Natural) bool {
	mustLen(len(λ), 2, badNaturalLength)
	g, ok := newShapeRate(1+λ[0], -λ[1])
	if !ok {
		return false
	}
	q.g = g
	copy(q.λ[:], λ)
	return true
}

// Natural returns λ.
func (q *GammaDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, 2)
	copy(dst, q.λ[:])
	return dst
}

// Mean returns μ.
func (q *GammaDist) Mean(dst Mean) Mean {
	dst = meanOf(dst, 2)
	dst[0], dst[1] = q.g.meanLog(), q.g.α/q.g.β
	return dst
}

// SetMean refuses μ unless μ₁ < log μ₂. The shape solves
// log α − ψ(α) = log μ₂ − μ₁; the smaller this difference, 1/(2α) for large α,
// the fewer digits of α are in μ.
func (q *GammaDist) SetMean(μ Mean) bool {
	mustLen(len(μ), 2, badMeanLength)
	return q.SetShapeRate(shapeRateOfMean(μ[0], μ[1]))
}

// LogPartition returns A(λ).
func (q *GammaDist) LogPartition() float64 { return q.g.a }

// LogProb returns log q(z), −Inf for z ≤ 0.
func (q *GammaDist) LogProb(z []float64) float64 {
	mustLen(len(z), 1, badPointLength)
	x := z[0]
	if !(x > 0 && x <= math.MaxFloat64) {
		return outsideOrNaN(x)
	}
	logx := math.Log(x)
	return q.g.logProb(math.FMA(q.g.β, x, -q.g.α)/q.g.α, logx) - logx
}

// Entropy returns α − log β + log Γ(α) + (1−α) ψ(α).
func (q *GammaDist) Entropy() float64 { return q.g.entropy() }

// KL returns KL(q‖p). It panics if p is not a Gamma.
func (q *GammaDist) KL(p Distribution) float64 {
	o, ok := p.(*GammaDist)
	if !ok {
		panic(badFamilies)
	}
	return q.g.kl(&o.g)
}

// FisherMulVec stores F v, F = [[ψ₁(α), 1/β], [1/β, α/β²]].
func (q *GammaDist) FisherMulVec(dst Mean, v Natural) Mean {
	dst = meanOf(dst, 2)
	mustLen(len(v), 2, badNaturalLength)
	dst[0], dst[1] = q.g.fisherMul(v[0], v[1])
	return dst
}

// FisherSolve stores F⁻¹g.
func (q *GammaDist) FisherSolve(dst Natural, g Mean) Natural {
	dst = naturalOf(dst, 2)
	mustLen(len(g), 2, badMeanLength)
	dst[0], dst[1] = q.g.fisherSolve(g[0], g[1])
	return dst
}

// Rand draws z, held between the smallest and the largest positive normal
// number where it would underflow or overflow.
func (q *GammaDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = q.LogRand(dst, rnd)
	dst[0] = positiveExp(dst[0])
	return dst
}

// LogRand draws log z.
func (q *GammaDist) LogRand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, 1)
	dst[0] = randLogGamma(q.g.α, rnd) - q.g.logβ
	return dst
}

// NumAux returns 1.
func (q *GammaDist) NumAux() int { return 1 }

// RandPath draws z, and log βz as aux.
func (q *GammaDist) RandPath(z, aux []float64, rnd *rand.Rand) {
	mustLen(len(z), 1, badPointLength)
	mustLen(len(aux), 1, badAuxLength)
	aux[0] = randLogGamma(q.g.α, rnd)
	z[0] = positiveExp(aux[0] - q.g.logβ)
}

// AddPathGrad uses the implicit ∂z/∂α (Figurnov, Mohamed & Mnih 2018), as z
// times a derivative of log z that does not underflow with z, and
// ∂z/∂β = −z/β.
func (q *GammaDist) AddPathGrad(dst Mean, w float64, z, aux, g []float64) {
	mustPath(dst, 2, z, 1, aux, 1, g)
	u := w * (g[0] * z[0])
	dst[0] += u * gammaLogPath(q.g.α, aux[0])
	dst[1] += u / q.g.β
}

// Retract steps in the coordinates α and β/α, in which it keeps both positive
// for any step (Lin, Schmidt & Khan 2020).
func (q *GammaDist) Retract(dst, step Natural) Natural {
	dst = naturalOf(dst, 2)
	mustLen(len(step), 2, badNaturalLength)
	α, β := q.g.retract(step[0], -step[1])
	dst[0], dst[1] = α-1, -β
	return dst
}
