package families

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// Natural returns λ.
func (q *NormalWishartDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, len(q.λ))
	copy(dst, q.λ)
	return dst
}

// Mean returns μ.
func (q *NormalWishartDist) Mean(dst Mean) Mean {
	dst = meanOf(dst, len(q.λ))
	_, mat, lin, _ := q.f.split(dst)
	dst[0] = q.w.meanLog()
	q.w.mean(mat)
	q.means(lin, q.m, &q.w.wishartState)
	dst[len(dst)-1] = float64(q.f.d)/q.κ + blas64.Dot(vec(lin), vec(q.m))
	return dst
}

// LogPartition returns A(λ).
func (q *NormalWishartDist) LogPartition() float64 {
	return q.w.logPart + 0.5*float64(q.f.d)*(log2Pi-math.Log(q.κ))
}

// LogProb returns log q(x, Λ), −Inf unless Λ is positive definite, and symmetric to
// within 1e-9 of √(Λ_ii Λ_jj).
func (q *NormalWishartDist) LogProb(z []float64) float64 {
	d := q.f.d
	mustLen(len(z), d+d*d, badPointLength)
	for _, x := range z[:d] {
		if !isFinite(x) {
			return outsideOrAnyNaN(z)
		}
	}
	b, logDet := q.w.factorPoint(z[d:], choleskyReverse)
	if b == nil {
		return logDet
	}
	for i, x := range z[:d] {
		q.x[i] = x - q.m[i]
	}
	blas64.Trmv(blas.Trans, upper(b, d), vec(q.x))
	square := q.κ * blas64.Dot(vec(q.x), vec(q.x))
	if math.IsNaN(square) { // Inf − Inf on the way
		return math.Inf(-1)
	}
	return q.w.logProb(b) - 0.5*(float64(d)*(logDet+log2Pi-math.Log(q.κ))+square)
}

// Entropy returns the entropy of Λ, and that expected of x given Λ.
func (q *NormalWishartDist) Entropy() float64 {
	return q.w.entropy() + 0.5*(float64(q.f.d)*(1+log2Pi-math.Log(q.κ))-q.w.meanLog())
}

// KL returns KL(q‖p), the divergence of Λ and, with Δ = m_q − m_p,
//
//	½ d (κ_p/κ_q − 1 − log κ_p/κ_q) + ½ κ_p ν_q ΔᵀW_qΔ
//
// It panics if p is not a member of the same family.
func (q *NormalWishartDist) KL(p Distribution) float64 {
	o, ok := p.(*NormalWishartDist)
	if !ok || o.f != q.f {
		panic(badFamilies)
	}
	for i, m := range q.m {
		q.x[i] = m - o.m[i]
	}
	blas64.Trmv(blas.Trans, q.w.c, vec(q.x))
	square := o.κ * (2 * q.w.x) * blas64.Dot(vec(q.x), vec(q.x))
	return q.w.kl(o.w) + 0.5*(float64(q.f.d)*ratioExcess(o.κ, q.κ)+square)
}

// Rand draws Λ by Bartlett's decomposition, and x given Λ. A draw of Λ that is
// singular to all but its last digits is moved until it is positive definite in
// float64.
func (q *NormalWishartDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	d := q.f.d
	dst = sliceOf(dst, d+d*d)
	q.w.rand(dst[d:], rnd)
	normals(dst[:d], rnd)
	blas64.Trsv(blas.Trans, upper(q.w.b, d), vec(dst[:d]))
	inv := 1 / math.Sqrt(q.κ)
	for i, m := range q.m {
		dst[i] = m + inv*dst[i]
	}
	return dst
}

// FisherMulVec stores F v. In ξ = x − m the statistics (log|Λ|, Λ), Λξ and ξᵀΛξ are
// uncorrelated, with the Fisher information of the Wishart, the covariance νW/κ and
// the variance 2d/κ². With v = (v₁, B, b, c) the vector there is
//
//	(v₁, B + ½(bmᵀ + mbᵀ) + c mmᵀ), b + 2cm, c
//
// and the product (y₁, G, g, y₄) there is (y₁, G, Gm + g, mᵀGm + 2mᵀg + y₄) here.
func (q *NormalWishartDist) FisherMulVec(dst Mean, v Natural) Mean {
	d, m := q.f.d, q.m
	dst = meanOf(dst, len(q.λ))
	mustLen(len(v), len(q.λ), badNaturalLength)
	v1, b, lin, c := q.f.split(v)
	copy(q.w.e, b)
	symmetricPart(q.w.e, d)
	for i := range d {
		q.x[i] = lin[i] + c*m[i]
	}
	for i := range d {
		for j := range d {
			q.w.e[i*d+j] += 0.5 * (q.x[i]*m[j] + m[i]*q.x[j])
		}
	}
	blas64.Axpy(c, vec(m), vec(q.x))
	_, g, gl, _ := q.f.split(dst)
	dst[0] = q.w.fisherMul(g, v1)
	// νWu/κ in gl, then G m in y.
	blas64.Gemv(blas.NoTrans, 2*q.w.x/q.κ, square(q.w.v, d), vec(q.x), 0, vec(gl))
	blas64.Gemv(blas.NoTrans, 1, square(g, d), vec(m), 0, vec(q.y))
	y4 := 2 * float64(d) * (c / q.κ) / q.κ
	dst[len(dst)-1] = blas64.Dot(vec(m), vec(q.y)) + 2*blas64.Dot(vec(m), vec(gl)) + y4
	blas64.Axpy(1, vec(q.y), vec(gl))
	return dst
}

// FisherSolve stores F⁻¹g, by the same two changes of coordinates.
func (q *NormalWishartDist) FisherSolve(dst Natural, g Mean) Natural {
	d, m := q.f.d, q.m
	dst = naturalOf(dst, len(q.λ))
	mustLen(len(g), len(q.λ), badMeanLength)
	y1, mat, lin, y4 := q.f.split(g)
	copy(q.w.e, mat)
	symmetricPart(q.w.e, d)
	copy(q.x, lin)
	blas64.Gemv(blas.NoTrans, -1, square(q.w.e, d), vec(m), 1, vec(q.x)) // Λξ there
	y4 -= blas64.Dot(vec(m), vec(lin)) + blas64.Dot(vec(m), vec(q.x))
	c := 0.5 / float64(d) * q.κ * (q.κ * y4)

	_, b, bl, _ := q.f.split(dst)
	dst[0] = q.w.fisherSolve(b, y1)
	// u = κ W⁻¹x/ν
	blas64.Trmv(blas.NoTrans, q.w.u, vec(q.x))
	blas64.Trmv(blas.Trans, q.w.u, vec(q.x))
	for i := range d {
		u := q.κ / (2 * q.w.x) * q.x[i]
		bl[i] = u - 2*c*m[i]
		q.x[i] = u - c*m[i]
	}
	for i := range d {
		for j := range d {
			b[i*d+j] -= 0.5 * (q.x[i]*m[j] + m[i]*q.x[j])
		}
	}
	dst[len(dst)-1] = c
	return dst
}
