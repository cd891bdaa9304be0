package families

import (
	"math"
	"math/rand/v2"
)

// LogPartition returns A(λ).
func (q *SphericalNormalGammaDist) LogPartition() float64 {
	return q.g.a + 0.5*float64(q.f.d)*(log2Pi-math.Log(q.κ))
}

// LogProb returns log q(x, τ), −Inf for τ ≤ 0.
func (q *SphericalNormalGammaDist) LogProb(z []float64) float64 {
	d := q.f.d
	mustLen(len(z), d+1, badPointLength)
	τ := z[d]
	if !(τ > 0) || !finite(z) {
		return outsideOrAnyNaN(z)
	}
	logτ := math.Log(τ)
	var square float64
	for i, x := range z[:d] {
		u := math.Sqrt(q.κ) * math.Sqrt(τ) * (x - q.m[i])
		square += u * u
	}
	return q.g.logProb(math.FMA(q.g.β, τ, -q.g.α)/q.g.α, logτ) - logτ +
		0.5*(float64(d)*(math.Log(q.κ)+logτ-log2Pi)-square)
}

// Entropy returns the entropy of τ, and that expected of x given τ.
func (q *SphericalNormalGammaDist) Entropy() float64 {
	return q.g.entropy() + 0.5*float64(q.f.d)*(1+log2Pi-math.Log(q.κ)-q.g.meanLog())
}

// KL returns KL(q‖p), the divergence of τ and, with Δ = m_q − m_p,
//
//	½ d (κ_p/κ_q − 1 − log κ_p/κ_q) + ½ κ_p |Δ|² α_q/β_q
//
// It panics if p is not a member of the same family.
func (q *SphericalNormalGammaDist) KL(p Distribution) float64 {
	o, ok := p.(*SphericalNormalGammaDist)
	if !ok || o.f != q.f {
		panic(badFamilies)
	}
	var square float64
	for i, m := range q.m {
		Δ := m - o.m[i]
		square += Δ * (Δ * (q.g.α / q.g.β))
	}
	return q.g.kl(&o.g) + 0.5*(float64(q.f.d)*ratioExcess(o.κ, q.κ)+o.κ*square)
}

// Rand draws τ, and x given τ. Where τ would underflow or overflow it is held
// between the smallest and the largest positive normal number.
func (q *SphericalNormalGammaDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	d := q.f.d
	dst = sliceOf(dst, d+1)
	dst[d] = positiveExp(randLogGamma(q.g.α, rnd) - q.g.logβ)
	for i, m := range q.m {
		dst[i] = m + rnd.NormFloat64()/math.Sqrt(q.κ)/math.Sqrt(dst[d])
	}
	return dst
}

// FisherMulVec stores F v. In ξ = x − m the statistics (log τ, τ), τξ and τ|ξ|² are
// uncorrelated, with the Fisher information of the Gamma, the variances α/(βκ) and
// 2d/κ²; the vector v is (v₁, v₂ + m·v₃ + |m|² v₄), v₃ + 2 v₄m and v₄ there.
func (q *SphericalNormalGammaDist) FisherMulVec(dst Mean, v Natural) Mean {
	d := q.f.d
	dst = meanOf(dst, d+3)
	mustLen(len(v), d+3, badNaturalLength)
	v4 := v[2+d]
	v2 := v[1]
	for i, m := range q.m {
		v2 += m * (v[2+i] + m*v4)
	}
	y1, y2 := q.g.fisherMul(v[0], v2)
	y4 := 2 * float64(d) * (v4 / q.κ) / q.κ
	dst[0], dst[1] = y1, y2
	for i, m := range q.m {
		y3 := q.g.α / q.g.β / q.κ * (v[2+i] + 2*m*v4)
		dst[2+i] = m*y2 + y3
		y4 += m * (m*y2 + 2*y3)
	}
	dst[2+d] = y4
	return dst
}

// FisherSolve stores F⁻¹g, by the same two changes of coordinates.
func (q *SphericalNormalGammaDist) FisherSolve(dst Natural, g Mean) Natural {
	d := q.f.d
	dst = naturalOf(dst, d+3)
	mustLen(len(g), d+3, badMeanLength)
	y4 := g[2+d]
	for i, m := range q.m {
		y4 -= m * (2*g[2+i] - m*g[1])
	}
	v1, v2 := q.g.fisherSolve(g[0], g[1])
	v4 := 0.5 / float64(d) * q.κ * (q.κ * y4)
	for i, m := range q.m {
		u := q.κ * (q.g.β / q.g.α * (g[2+i] - m*g[1]))
		dst[2+i] = u - 2*m*v4
		v2 -= m * (u - m*v4)
	}
	dst[0], dst[1], dst[2+d] = v1, v2, v4
	return dst
}
