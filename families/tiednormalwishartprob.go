package families

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// mean returns m_i.
func (q *TiedNormalWishartDist) mean(i int) []float64 { return q.m[i*q.f.d : (i+1)*q.f.d] }

// Natural returns λ.
func (q *TiedNormalWishartDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, len(q.λ))
	copy(dst, q.λ)
	return dst
}

// Mean returns μ.
func (q *TiedNormalWishartDist) Mean(dst Mean) Mean {
	d := q.f.d
	dst = meanOf(dst, len(q.λ))
	_, mat, lin, quad := q.f.split(dst)
	dst[0] = q.w.meanLog()
	q.w.mean(mat)
	for i, κ := range q.κ {
		l := lin[i*d : (i+1)*d]
		q.means(l, q.mean(i), &q.w.wishartState)
		quad[i] = float64(d)/κ + blas64.Dot(vec(l), vec(q.mean(i)))
	}
	return dst
}

// sumLogκ returns Σ log κ_i.
func (q *TiedNormalWishartDist) sumLogκ() float64 {
	var sum float64
	for _, κ := range q.κ {
		sum += math.Log(κ)
	}
	return sum
}

// LogPartition returns A(λ).
func (q *TiedNormalWishartDist) LogPartition() float64 {
	return q.w.logPart + 0.5*float64(q.f.d)*(float64(q.f.k)*log2Pi-q.sumLogκ())
}

// LogProb returns log q(x_1, …, x_k, Λ), −Inf unless Λ is positive definite, and
// symmetric to within 1e-9 of √(Λ_ii Λ_jj).
func (q *TiedNormalWishartDist) LogProb(z []float64) float64 {
	d, k := q.f.d, q.f.k
	mustLen(len(z), q.f.Dim(), badPointLength)
	if !finite(z[:k*d]) {
		return outsideOrAnyNaN(z)
	}
	b, logDet := q.w.factorPoint(z[k*d:], choleskyReverse)
	if b == nil {
		return logDet
	}
	var square float64
	for i, κ := range q.κ {
		for a, m := range q.mean(i) {
			q.x[a] = z[i*d+a] - m
		}
		blas64.Trmv(blas.Trans, upper(b, d), vec(q.x))
		square += κ * blas64.Dot(vec(q.x), vec(q.x))
	}
	if math.IsNaN(square) { // Inf − Inf on the way
		return math.Inf(-1)
	}
	return q.w.logProb(b) - 0.5*(float64(d+1-k)*logDet+float64(d)*(float64(k)*log2Pi-q.sumLogκ())+square)
}

// Entropy returns the entropy of Λ, and that expected of the x_i given Λ.
func (q *TiedNormalWishartDist) Entropy() float64 {
	k := float64(q.f.k)
	return q.w.entropy() + 0.5*(float64(q.f.d)*(k*(1+log2Pi)-q.sumLogκ())-k*q.w.meanLog())
}

// KL returns KL(q‖p), the divergence of Λ and, with Δ_i = m_qi − m_pi,
//
//	Σ_i ½ d (κ_pi/κ_qi − 1 − log κ_pi/κ_qi) + ½ κ_pi ν_q Δ_iᵀW_qΔ_i
//
// It panics if p is not a member of the same family.
func (q *TiedNormalWishartDist) KL(p Distribution) float64 {
	o, ok := p.(*TiedNormalWishartDist)
	if !ok || o.f != q.f {
		panic(badFamilies)
	}
	kl := q.w.kl(o.w)
	for i, κ := range o.κ {
		for a, m := range q.mean(i) {
			q.x[a] = m - o.m[i*q.f.d+a]
		}
		blas64.Trmv(blas.Trans, q.w.c, vec(q.x))
		square := κ * (2 * q.w.x) * blas64.Dot(vec(q.x), vec(q.x))
		kl += 0.5 * (float64(q.f.d)*ratioExcess(κ, q.κ[i]) + square)
	}
	return kl
}

// Rand draws Λ as NormalWishartDist does, and the x_i given Λ.
func (q *TiedNormalWishartDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	d, k := q.f.d, q.f.k
	dst = sliceOf(dst, q.f.Dim())
	q.w.rand(dst[k*d:], rnd)
	for i, κ := range q.κ {
		x := dst[i*d : (i+1)*d]
		normals(x, rnd)
		blas64.Trsv(blas.Trans, upper(q.w.b, d), vec(x))
		inv := 1 / math.Sqrt(κ)
		for a, m := range q.mean(i) {
			x[a] = m + inv*x[a]
		}
	}
	return dst
}

// addSymmetric adds h (xyᵀ + yxᵀ) to a.
func addSymmetric(a []float64, h float64, x, y []float64) {
	d := len(x)
	for i := range d {
		for j := range d {
			a[i*d+j] += h * (x[i]*y[j] + y[i]*x[j])
		}
	}
}

// FisherMulVec stores F v. In ξ_i = x_i − m_i the statistics (log|Λ|, Λ), the Λξ_i and the
// ξ_iᵀΛξ_i are uncorrelated, with the Fisher information of the Wishart, the covariances
// νW/κ_i and the variances 2d/κ_i². With v = (v₁, B, b_i, c_i) the vector there is
//
//	(v₁, B + Σ ½(b_i m_iᵀ + m_i b_iᵀ) + c_i m_i m_iᵀ), b_i + 2c_i m_i, c_i
//
// and the product (y₁, G, g_i, y_i) there is (y₁, G, Gm_i + g_i, m_iᵀGm_i + 2m_iᵀg_i + y_i)
// here.
func (q *TiedNormalWishartDist) FisherMulVec(dst Mean, v Natural) Mean {
	d := q.f.d
	dst = meanOf(dst, len(q.λ))
	mustLen(len(v), len(q.λ), badNaturalLength)
	v1, mat, b, c := q.f.split(v)
	copy(q.w.e, mat)
	symmetricPart(q.w.e, d)
	for i, c := range c {
		m := q.mean(i)
		copy(q.x, b[i*d:(i+1)*d])
		blas64.Axpy(c, vec(m), vec(q.x))
		addSymmetric(q.w.e, 0.5, q.x, m)
	}
	_, g, gl, y := q.f.split(dst)
	dst[0] = q.w.fisherMul(g, v1)
	for i, c := range c {
		m, κ, gi := q.mean(i), q.κ[i], gl[i*d:(i+1)*d]
		copy(q.x, b[i*d:(i+1)*d])
		blas64.Axpy(2*c, vec(m), vec(q.x))
		blas64.Gemv(blas.NoTrans, 2*q.w.x/κ, square(q.w.v, d), vec(q.x), 0, vec(gi))
		blas64.Gemv(blas.NoTrans, 1, square(g, d), vec(m), 0, vec(q.y))
		y[i] = blas64.Dot(vec(m), vec(q.y)) + 2*blas64.Dot(vec(m), vec(gi)) + 2*float64(d)*(c/κ)/κ
		blas64.Axpy(1, vec(q.y), vec(gi))
	}
	return dst
}

// FisherSolve stores F⁻¹g, by the same two changes of coordinates.
func (q *TiedNormalWishartDist) FisherSolve(dst Natural, g Mean) Natural {
	d := q.f.d
	dst = naturalOf(dst, len(q.λ))
	mustLen(len(g), len(q.λ), badMeanLength)
	y1, mat, lin, y := q.f.split(g)
	_, b, bl, c := q.f.split(dst)
	copy(q.w.e, mat)
	symmetricPart(q.w.e, d)
	for i, κ := range q.κ {
		m, u := q.mean(i), bl[i*d:(i+1)*d]
		copy(u, lin[i*d:(i+1)*d])
		blas64.Gemv(blas.NoTrans, -1, square(q.w.e, d), vec(m), 1, vec(u)) // Λξ there
		y4 := y[i] - blas64.Dot(vec(m), vec(lin[i*d:(i+1)*d])) - blas64.Dot(vec(m), vec(u))
		c[i] = 0.5 / float64(d) * κ * (κ * y4)
		// κ W⁻¹u/ν
		blas64.Trmv(blas.NoTrans, q.w.u, vec(u))
		blas64.Trmv(blas.Trans, q.w.u, vec(u))
		blas64.Scal(κ/(2*q.w.x), vec(u))
	}
	dst[0] = q.w.fisherSolve(b, y1)
	for i, c := range c {
		m, u := q.mean(i), bl[i*d:(i+1)*d]
		copy(q.x, u)
		blas64.Axpy(-c, vec(m), vec(q.x))
		addSymmetric(b, -0.5, q.x, m)
		blas64.Axpy(-2*c, vec(m), vec(u))
	}
	return dst
}
