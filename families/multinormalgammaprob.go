package families

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// LogPartition returns A(λ).
func (q *MultiNormalGammaDist) LogPartition() float64 {
	return q.g.a + 0.5*(float64(q.f.d)*log2Pi-q.logDet)
}

// LogProb returns log q(x, τ), −Inf for τ ≤ 0.
func (q *MultiNormalGammaDist) LogProb(z []float64) float64 {
	d := q.f.d
	mustLen(len(z), d+1, badPointLength)
	τ := z[d]
	if !(τ > 0) || !finite(z) {
		return outsideOrAnyNaN(z)
	}
	logτ, root := math.Log(τ), math.Sqrt(τ)
	for i, x := range z[:d] {
		q.x[i] = root * (x - q.m[i])
	}
	blas64.Trmv(blas.NoTrans, q.u, vec(q.x))
	square := blas64.Dot(vec(q.x), vec(q.x))
	if math.IsNaN(square) { // Inf − Inf on the way
		return math.Inf(-1)
	}
	return q.g.logProb(math.FMA(q.g.β, τ, -q.g.α)/q.g.α, logτ) - logτ +
		0.5*(q.logDet+float64(d)*(logτ-log2Pi)-square)
}

// Entropy returns the entropy of τ, and that expected of x given τ.
func (q *MultiNormalGammaDist) Entropy() float64 {
	return q.g.entropy() + 0.5*(float64(q.f.d)*(1+log2Pi-q.g.meanLog())-q.logDet)
}

// KL returns KL(q‖p), the divergence of τ and, with Δ = m_q − m_p,
//
//	½ (tr P_pV_q − d − log|P_pV_q|) + ½ ΔᵀP_pΔ α_q/β_q
//
// as a sum of terms that are not negative: see KL of FullGaussianDist. It panics if
// p is not a member of the same family.
func (q *MultiNormalGammaDist) KL(p Distribution) float64 {
	o, ok := p.(*MultiNormalGammaDist)
	if !ok || o.f != q.f {
		panic(badFamilies)
	}
	d := q.f.d
	for i, u := range o.u.Data {
		q.a[i] = u - q.u.Data[i]
	}
	blas64.Trmm(blas.Right, blas.NoTrans, 1, q.c, square(q.a, d))
	var sum float64
	for i := range d {
		e := q.a[i*d+i]
		sum += e*e + 2*ratioExcess(o.u.Data[i*d+i], q.u.Data[i*d+i])
		for _, v := range q.a[i*d+i+1 : (i+1)*d] {
			sum += v * v
		}
	}
	root := math.Sqrt(q.g.α / q.g.β)
	for i, m := range q.m {
		q.x[i] = root * (m - o.m[i])
	}
	blas64.Trmv(blas.NoTrans, o.u, vec(q.x))
	return q.g.kl(&o.g) + 0.5*(sum+blas64.Dot(vec(q.x), vec(q.x)))
}

// Rand draws τ, and x given τ. Where τ would underflow or overflow it is held
// between the smallest and the largest positive normal number.
func (q *MultiNormalGammaDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	d := q.f.d
	dst = sliceOf(dst, d+1)
	dst[d] = positiveExp(randLogGamma(q.g.α, rnd) - q.g.logβ)
	normals(dst[:d], rnd)
	blas64.Trmv(blas.NoTrans, q.c, vec(dst[:d]))
	root := math.Sqrt(dst[d])
	for i, m := range q.m {
		dst[i] = m + dst[i]/root
	}
	return dst
}

// FisherMulVec stores F v. In ξ = x − m the statistics (log τ, τ), τξ and τξξᵀ are
// uncorrelated, with the Fisher information of the Gamma, the covariance Vα/β and,
// as a map of symmetric matrices, B ↦ 2VBV. With v = (v₁, v₂, b, B) the vector there is
//
//	v₁, v₂ + mᵀ(b + Bm), b + 2Bm, B
//
// and the product (y₁, y₂, g, G) there is (y₁, y₂, g + y₂m, G + gmᵀ + mgᵀ + y₂mmᵀ) here.
func (q *MultiNormalGammaDist) FisherMulVec(dst Mean, v Natural) Mean {
	d, m := q.f.d, q.m
	dst = meanOf(dst, len(q.λ))
	mustLen(len(v), len(q.λ), badNaturalLength)
	v1, v2, b, B := q.f.split(v)
	copy(q.a, B)
	symmetricPart(q.a, d)
	blas64.Gemv(blas.NoTrans, 1, square(q.a, d), vec(m), 0, vec(q.x)) // Bm
	v2 += blas64.Dot(vec(m), vec(b)) + blas64.Dot(vec(m), vec(q.x))
	for i, x := range b {
		q.x[i] = x + 2*q.x[i]
	}
	_, _, g, G := q.f.split(dst)
	y1, y2 := q.g.fisherMul(v1, v2)
	dst[0], dst[1] = y1, y2
	blas64.Gemv(blas.NoTrans, q.g.α/q.g.β, square(q.v, d), vec(q.x), 0, vec(g))
	congruenceTrans(q.a, q.c.Data, q.a, q.b, d) // VBV = C (CᵀBC) Cᵀ
	congruence(G, q.c.Data, q.a, q.b, d)
	for i, mi := range m {
		for j, mj := range m {
			G[i*d+j] = 2*G[i*d+j] + g[i]*mj + mi*g[j] + y2*mi*mj
		}
	}
	blas64.Axpy(y2, vec(m), vec(g))
	return dst
}

// FisherSolve stores F⁻¹g, by the same two changes of coordinates.
func (q *MultiNormalGammaDist) FisherSolve(dst Natural, g Mean) Natural {
	d, m := q.f.d, q.m
	dst = naturalOf(dst, len(q.λ))
	mustLen(len(g), len(q.λ), badMeanLength)
	y1, y2, lin, mat := q.f.split(g)
	copy(q.a, mat)
	symmetricPart(q.a, d)
	for i, mi := range m {
		q.x[i] = lin[i] - y2*mi
		for j, mj := range m {
			q.a[i*d+j] -= mi*lin[j] + lin[i]*mj - y2*mi*mj
		}
	}
	_, _, b, B := q.f.split(dst)
	// ½ PGP = ½ Uᵀ (UGUᵀ) U
	congruence(q.a, q.u.Data, q.a, q.b, d)
	congruenceTrans(B, q.u.Data, q.a, q.b, d)
	for i := range B {
		B[i] *= 0.5
	}
	blas64.Trmv(blas.NoTrans, q.u, vec(q.x))
	blas64.Trmv(blas.Trans, q.u, vec(q.x))
	blas64.Scal(q.g.β/q.g.α, vec(q.x)) // b there
	v1, v2 := q.g.fisherSolve(y1, y2)
	blas64.Gemv(blas.NoTrans, 1, square(B, d), vec(m), 0, vec(b)) // Bm
	v2 += blas64.Dot(vec(m), vec(b)) - blas64.Dot(vec(m), vec(q.x))
	for i, x := range q.x {
		b[i] = x - 2*b[i]
	}
	dst[0], dst[1] = v1, v2
	return dst
}
