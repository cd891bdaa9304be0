package families

import (
	"math"
	"math/rand/v2"
)

// InverseGamma returns the family of inverse Gamma distributions on z > 0 with
// shape α and scale β: 1/z is a Gamma of shape α and rate β.
//
//	T(z) = (log z, 1/z)
//	λ    = (−α − 1, −β)                    λ₁ < −1, λ₂ < 0
//	μ    = (log β − ψ(α), α/β)             −μ₁ < log μ₂
//	A(λ) = log Γ(α) − α log β
//
// Through λ a small shape is known to an absolute, not relative, 1e-16: a
// member keeps the α that SetMean or SetShapeScale gave it.
func InverseGamma() Family { return inverseGammaFamily{} }

type inverseGammaFamily struct{}

func (inverseGammaFamily) Dim() int       { return 1 }
func (inverseGammaFamily) NumParams() int { return 2 }
func (inverseGammaFamily) String() string { return "InverseGamma" }

func (inverseGammaFamily) New() Distribution {
	q := &InverseGammaDist{λ: [2]float64{-2, -1}}
	q.g, _ = newShapeRate(1, 1)
	return q
}

func (inverseGammaFamily) SufficientStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, 2)
	mustLen(len(z), 1, badPointLength)
	dst[0], dst[1] = math.Log(z[0]), 1/z[0]
	return dst
}

// InverseGammaDist is a member of InverseGamma. It implements Pathwise,
// LogRander, Retracter and KLer.
//
// With x = 1/z the statistics are those of the Gamma with the sign of the first
// changed, and so are λ + (1, 0), μ, and the rows and columns of F.
type InverseGammaDist struct {
	λ [2]float64
	g shapeRate
}

var (
	_ Pathwise  = (*InverseGammaDist)(nil)
	_ LogRander = (*InverseGammaDist)(nil)
	_ Retracter = (*InverseGammaDist)(nil)
	_ KLer      = (*InverseGammaDist)(nil)
)

// Family returns InverseGamma().
func (q *InverseGammaDist) Family() Family { return inverseGammaFamily{} }

// Shape returns α.
func (q *InverseGammaDist) Shape() float64 { return q.g.α }

// Scale returns β.
func (q *InverseGammaDist) Scale() float64 { return q.g.β }

// SetShapeScale makes q InverseGamma(α, β). It reports false, and leaves q
// unchanged, if one of them is not positive and finite, −α − 1 is −1 in
// float64, or a mean parameter is out of range.
func (q *InverseGammaDist) SetShapeScale(α, β float64) (ok bool) {
	g, ok := newShapeRate(α, β)
	if !ok || -α-1 == -1 {
		return false
	}
	q.g, q.λ = g, [2]float64{-α - 1, -β}
	return true
}

// SetNatural refuses λ₁ ≥ −1, λ₂ ≥ 0, and a λ whose μ or A is out of range.
func (q *InverseGammaDist) SetNatural(λ Natural) bool {
	mustLen(len(λ), 2, badNaturalLength)
	g, ok := newShapeRate(-1-λ[0], -λ[1])
	if !ok {
		return false
	}
	q.g = g
	copy(q.λ[:], λ)
	return true
}

// Natural returns λ.
func (q *InverseGammaDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, 2)
	copy(dst, q.λ[:])
	return dst
}

// Mean returns μ.
func (q *InverseGammaDist) Mean(dst Mean) Mean {
	dst = meanOf(dst, 2)
	dst[0], dst[1] = -q.g.meanLog(), q.g.α/q.g.β
	return dst
}

// SetMean refuses μ unless −μ₁ < log μ₂; see SetMean of GammaDist.
func (q *InverseGammaDist) SetMean(μ Mean) bool {
	mustLen(len(μ), 2, badMeanLength)
	return q.SetShapeScale(shapeRateOfMean(-μ[0], μ[1]))
}

// LogPartition returns A(λ).
func (q *InverseGammaDist) LogPartition() float64 { return q.g.a }

// LogProb returns log q(z), −Inf for z ≤ 0.
func (q *InverseGammaDist) LogProb(z []float64) float64 {
	mustLen(len(z), 1, badPointLength)
	x := z[0]
	if !(x > 0 && x <= math.MaxFloat64) {
		return outsideOrNaN(x)
	}
	logx := math.Log(x)
	// β/z over its mean α, less 1.
	t := q.g.β/x/q.g.α - 1
	if αx := q.g.α * x; math.Abs(t) < 0.5 && isNormal(αx) {
		t = math.FMA(-q.g.α, x, q.g.β) / αx
	}
	return q.g.logProb(t, -logx) - logx
}

// Entropy returns α + log β + log Γ(α) − (1+α) ψ(α).
func (q *InverseGammaDist) Entropy() float64 { return q.g.entropy() - 2*q.g.meanLog() }

// KL returns KL(q‖p). It panics if p is not an InverseGamma.
func (q *InverseGammaDist) KL(p Distribution) float64 {
	o, ok := p.(*InverseGammaDist)
	if !ok {
		panic(badFamilies)
	}
	return q.g.kl(&o.g)
}

// FisherMulVec stores F v, F = [[ψ₁(α), −1/β], [−1/β, α/β²]].
func (q *InverseGammaDist) FisherMulVec(dst Mean, v Natural) Mean {
	dst = meanOf(dst, 2)
	mustLen(len(v), 2, badNaturalLength)
	y1, y2 := q.g.fisherMul(-v[0], v[1])
	dst[0], dst[1] = -y1, y2
	return dst
}

// FisherSolve stores F⁻¹g.
func (q *InverseGammaDist) FisherSolve(dst Natural, g Mean) Natural {
	dst = naturalOf(dst, 2)
	mustLen(len(g), 2, badMeanLength)
	y1, y2 := q.g.fisherSolve(-g[0], g[1])
	dst[0], dst[1] = -y1, y2
	return dst
}

// Rand draws z, held between the smallest and the largest positive normal
// number where it would underflow or overflow.
func (q *InverseGammaDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = q.LogRand(dst, rnd)
	dst[0] = positiveExp(dst[0])
	return dst
}

// LogRand draws log z.
func (q *InverseGammaDist) LogRand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, 1)
	dst[0] = q.g.logβ - randLogGamma(q.g.α, rnd)
	return dst
}

// NumAux returns 1.
func (q *InverseGammaDist) NumAux() int { return 1 }

// RandPath draws z, and log(β/z) as aux.
func (q *InverseGammaDist) RandPath(z, aux []float64, rnd *rand.Rand) {
	mustLen(len(z), 1, badPointLength)
	mustLen(len(aux), 1, badAuxLength)
	aux[0] = randLogGamma(q.g.α, rnd)
	z[0] = positiveExp(q.g.logβ - aux[0])
}

// AddPathGrad uses the implicit derivative of log(β/z) in α (Figurnov, Mohamed
// & Mnih 2018), which does not overflow with z, and ∂z/∂β = z/β.
func (q *InverseGammaDist) AddPathGrad(dst Mean, w float64, z, aux, g []float64) {
	mustPath(dst, 2, z, 1, aux, 1, g)
	u := w * (g[0] * z[0])
	dst[0] += u * gammaLogPath(q.g.α, aux[0])
	dst[1] -= u / q.g.β
}

// Retract steps in the coordinates α and β/α, in which it keeps both positive
// for any step (Lin, Schmidt & Khan 2020).
func (q *InverseGammaDist) Retract(dst, step Natural) Natural {
	dst = naturalOf(dst, 2)
	mustLen(len(step), 2, badNaturalLength)
	α, β := q.g.retract(-step[0], -step[1])
	dst[0], dst[1] = -α-1, -β
	return dst
}
