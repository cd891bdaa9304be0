package families

import (
	"math"
	"math/rand/v2"
)

// Beta returns the family of Beta distributions on 0 < z < 1 with shapes a and
// b, so that E[z] = a/(a+b):
//
//	T(z) = (log z, log(1−z))
//	λ    = (a − 1, b − 1)                          both > −1
//	μ    = (ψ(a) − ψ(a+b), ψ(b) − ψ(a+b))          e^μ₁ + e^μ₂ < 1
//	A(λ) = log B(a, b)
//
// Through λ a small shape is known to an absolute, not relative, 1e-16: a
// member keeps the shapes that SetMean or SetShapes gave it.
func Beta() Family { return betaFamily{} }

type betaFamily struct{}

func (betaFamily) Dim() int          { return 1 }
func (betaFamily) NumParams() int    { return 2 }
func (betaFamily) String() string    { return "Beta" }
func (betaFamily) New() Distribution { return &BetaDist{newSimplexDist(2)} }

func (betaFamily) SufficientStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, 2)
	mustLen(len(z), 1, badPointLength)
	dst[0], dst[1] = math.Log(z[0]), math.Log1p(-z[0])
	return dst
}

// BetaDist is a member of Beta. It implements Pathwise, LogRander and KLer.
type BetaDist struct{ simplexDist }

var (
	_ Pathwise  = (*BetaDist)(nil)
	_ LogRander = (*BetaDist)(nil)
	_ KLer      = (*BetaDist)(nil)
)

// Family returns Beta().
func (q *BetaDist) Family() Family { return betaFamily{} }

// A returns a.
func (q *BetaDist) A() float64 { return q.c.α[0] }

// B returns b.
func (q *BetaDist) B() float64 { return q.c.α[1] }

// SetShapes makes q Beta(a, b). It reports false, and leaves q unchanged, if
// one of them is not positive and finite, or less 1 is −1 in float64.
func (q *BetaDist) SetShapes(a, b float64) (ok bool) {
	q.next.α[0], q.next.α[1] = a, b
	return q.adoptNext()
}

// LogProb returns log q(z), −Inf outside 0 < z < 1.
func (q *BetaDist) LogProb(z []float64) float64 {
	mustLen(len(z), 1, badPointLength)
	x := z[0]
	if !(x > 0 && x < 1) {
		return outsideOrNaN(x)
	}
	c := q.c.normalized()
	return c.norm + (c.logProbTerm(0, x) + c.logProbTerm(1, 1-x))
}

// KL returns KL(q‖p). It panics if p is not a Beta.
func (q *BetaDist) KL(p Distribution) float64 {
	o, ok := p.(*BetaDist)
	if !ok {
		panic(badFamilies)
	}
	return q.c.kl(o.c)
}

// logPair draws log z and log(1−z).
func (q *BetaDist) logPair(rnd *rand.Rand) (logx, logy float64) {
	d := randLogGamma(q.c.α[0], rnd) - randLogGamma(q.c.α[1], rnd)
	l := math.Log1p(math.Exp(-math.Abs(d)))
	if d > 0 {
		return -l, -l - d
	}
	return d - l, -l
}

// betaPoint returns e^logx, held in the numbers between 0 and 1.
func betaPoint(logx float64) float64 {
	return min(max(math.Exp(logx), 0x1p-1022), 1-0x1p-53)
}

// Rand draws z, held between the smallest positive normal number and 1 − 2⁻⁵³.
func (q *BetaDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = q.LogRand(dst, rnd)
	dst[0] = betaPoint(dst[0])
	return dst
}

// LogRand draws log z < 0.
func (q *BetaDist) LogRand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, 1)
	logx, _ := q.logPair(rnd)
	dst[0] = min(logx, -0x1p-1022)
	return dst
}

// NumAux returns 2.
func (q *BetaDist) NumAux() int { return 2 }

// RandPath draws z, and (log z, log(1−z)) as aux.
func (q *BetaDist) RandPath(z, aux []float64, rnd *rand.Rand) {
	mustLen(len(z), 1, badPointLength)
	mustLen(len(aux), 2, badAuxLength)
	aux[0], aux[1] = q.logPair(rnd)
	z[0] = betaPoint(aux[0])
}

// AddPathGrad uses the implicit derivatives of log z/(1−z) at a fixed value of
// the CDF (Figurnov, Mohamed & Mnih 2018), which do not underflow with z or 1−z.
func (q *BetaDist) AddPathGrad(dst Mean, w float64, z, aux, g []float64) {
	mustPath(dst, 2, z, 1, aux, 2, g)
	da, db := betaLogitPath(q.c.α[0], q.c.α[1], aux[0], aux[1])
	u := w * (g[0] * z[0] * (1 - z[0]))
	dst[0] += u * da
	dst[1] += u * db
}
