package families

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// CovLen returns d².
func (q *FullGaussianDist) CovLen() int { return q.f.d * q.f.d }

// Loc stores m.
func (q *FullGaussianDist) Loc(dst []float64) []float64 {
	dst = sliceOf(dst, q.f.d)
	copy(dst, q.m)
	return dst
}

// Cov stores V.
func (q *FullGaussianDist) Cov(dst []float64) []float64 {
	dst = sliceOf(dst, q.f.d*q.f.d)
	copy(dst, q.cov())
	return dst
}

// CovFactor stores the upper triangular C with C Cᵀ = V, zeros below the
// diagonal.
func (q *FullGaussianDist) CovFactor(dst []float64) []float64 {
	dst = sliceOf(dst, q.f.d*q.f.d)
	q.covFactor()
	copy(dst, q.c.Data)
	return dst
}

// Precision stores S.
func (q *FullGaussianDist) Precision(dst []float64) []float64 {
	d := q.f.d
	dst = sliceOf(dst, d*d)
	for i := range dst {
		dst[i] = -2 * q.λ[d+i]
	}
	return dst
}

// Transform stores m + U⁻¹ε. z may be eps.
func (q *FullGaussianDist) Transform(z, eps []float64) {
	mustLen(len(z), q.f.d, badPointLength)
	mustLen(len(eps), q.f.d, badPointLength)
	copy(z, eps)
	blas64.Trsv(blas.NoTrans, q.l, vec(z))
	blas64.Axpy(1, vec(q.m), vec(z))
}

// Untransform stores U(z − m). eps may be z.
func (q *FullGaussianDist) Untransform(eps, z []float64) {
	mustLen(len(eps), q.f.d, badPointLength)
	mustLen(len(z), q.f.d, badPointLength)
	copy(eps, z)
	blas64.Axpy(-1, vec(q.m), vec(eps))
	blas64.Trmv(blas.NoTrans, q.l, vec(eps))
}

// Whiten stores U⁻ᵀg. dst may be g.
func (q *FullGaussianDist) Whiten(dst, g []float64) {
	mustLen(len(dst), q.f.d, badPointLength)
	mustLen(len(g), q.f.d, badPointLength)
	copy(dst, g)
	blas64.Trsv(blas.Trans, q.l, vec(dst))
}

// NaturalGrad stores (gm − 2 gV m, gV).
func (q *FullGaussianDist) NaturalGrad(dst Natural, gm, gV []float64) Natural {
	d := q.f.d
	dst = naturalOf(dst, d+d*d)
	mustLen(len(gm), d, badPointLength)
	mustLen(len(gV), d*d, badCovLength)
	copy(dst, gm)
	copy(dst[d:], gV)
	blas64.Gemv(blas.NoTrans, -2, q.general(gV), vec(q.m), 1, vec(dst[:d]))
	return dst
}

// FisherMulVec stores F v. With v = (a, B) and u = a + 2Bm it is
// (V u, V u mᵀ + m uᵀV + 2 V B V).
func (q *FullGaussianDist) FisherMulVec(dst Mean, v Natural) Mean {
	d := q.f.d
	dst = meanOf(dst, d+d*d)
	mustLen(len(v), d+d*d, badNaturalLength)
	cov := blas64.Symmetric{N: d, Stride: d, Uplo: blas.Upper, Data: q.cov()}
	q.split(v)
	blas64.Symv(1, cov, vec(q.x), 0, vec(dst[:d]))
	// V B V = C (CᵀBC) Cᵀ, through the matrix whose entries are in units of one
	// standard deviation.
	congruenceTrans(q.a, q.c.Data, q.a, q.b, d)
	blas64.Scal(2, vec(q.a))
	congruence(dst[d:], q.c.Data, q.a, q.b, d)
	addOuter(dst[d:], dst[:d], q.m)
	return dst
}

// FisherSquare returns ‖Cᵀu‖² + 2 ‖CᵀBC‖² in the Frobenius norm, with v = (a, B),
// u = a + 2Bm and V = C Cᵀ.
func (q *FullGaussianDist) FisherSquare(v Natural) float64 {
	d := q.f.d
	mustLen(len(v), d+d*d, badNaturalLength)
	q.covFactor()
	q.split(v)
	blas64.Trmv(blas.Trans, q.c, vec(q.x))
	congruenceTrans(q.a, q.c.Data, q.a, q.b, d)
	return blas64.Dot(vec(q.x), vec(q.x)) + 2*blas64.Dot(vec(q.a), vec(q.a))
}

// split stores the symmetric part B of the matrix of v = (a, B) in a, and
// a + 2Bm, its gradient in the mean, in x.
func (q *FullGaussianDist) split(v Natural) {
	d := q.f.d
	copy(q.a, v[d:])
	symmetricPart(q.a, d)
	copy(q.x, v[:d])
	blas64.Gemv(blas.NoTrans, 2, q.general(q.a), vec(q.m), 1, vec(q.x))
}

// addOuter adds x yᵀ + y xᵀ to a.
func addOuter(a, x, y []float64) {
	n := len(x)
	for i := range n {
		for j := range n {
			a[i*n+j] += x[i]*y[j] + y[i]*x[j]
		}
	}
}

// FisherSolve stores F⁻¹g. With g = (g₁, G) it is (S g₁ − 2Bm, B) with
// B = ½ S (G − g₁mᵀ − m g₁ᵀ) S.
func (q *FullGaussianDist) FisherSolve(dst Natural, g Mean) Natural {
	d := q.f.d
	dst = naturalOf(dst, d+d*d)
	mustLen(len(g), d+d*d, badMeanLength)
	copy(q.a, g[d:])
	symmetricPart(q.a, d)
	for i := range d {
		for j := range d {
			q.a[i*d+j] -= g[i]*q.m[j] + q.m[i]*g[j]
		}
	}
	// S X S = Uᵀ(U X Uᵀ)U: products with the factor, as S itself may be the less
	// accurate.
	congruence(q.a, q.l.Data, q.a, q.b, d)
	blas64.Scal(0.5, vec(q.a))
	congruenceTrans(q.a, q.l.Data, q.a, q.b, d)
	copy(dst[d:], q.a)
	copy(dst, g[:d])
	blas64.Trmv(blas.NoTrans, q.l, vec(dst[:d]))
	blas64.Trmv(blas.Trans, q.l, vec(dst[:d]))
	blas64.Gemv(blas.NoTrans, -2, q.general(q.a), vec(q.m), 1, vec(dst[:d]))
	return dst
}

// NumAux returns 0.
func (q *FullGaussianDist) NumAux() int { return 0 }

// RandPath draws z.
func (q *FullGaussianDist) RandPath(z, aux []float64, rnd *rand.Rand) {
	mustLen(len(z), q.f.d, badPointLength)
	mustLen(len(aux), 0, badAuxLength)
	q.Rand(z, rnd)
}

// AddPathGrad moves draws along the linear field ½ dV V⁻¹(z − m), for which
// ∂f/∂V = ½ sym(S(z − m)gᵀ), and takes that to λ: dst gains
// w (V g, V g mᵀ + m gᵀV + ½((z − m)(V g)ᵀ + V g (z − m)ᵀ)).
func (q *FullGaussianDist) AddPathGrad(dst Mean, w float64, z, aux, g []float64) {
	d := q.f.d
	mustPath(dst, d+d*d, z, d, aux, 0, g)
	cov := blas64.Symmetric{N: d, Stride: d, Uplo: blas.Upper, Data: q.cov()}
	blas64.Symv(w, cov, vec(g), 0, vec(q.x))
	for i := range d {
		dst[i] += q.x[i]
		q.y[i] = 0.5 * (z[i] + q.m[i]) // m + ½(z − m)
	}
	addOuter(dst[d:], q.x, q.y)
}

// Retract stores the improved Bayesian learning rule of Lin, Schmidt & Khan
// (2020, eq. 9): with ΔS = −2 step₂,
//
//	S ← S + ΔS + ½ ΔS S⁻¹ ΔS = ½ (S + WᵀW),  W = U + U⁻ᵀΔS
//	m ← m + S⁻¹(step₁ − ΔS m)
//
// with the old S in the mean. The sum of a positive definite and a
// semidefinite matrix is positive definite whatever the step.
func (q *FullGaussianDist) Retract(dst, step Natural) Natural {
	d := q.f.d
	dst = naturalOf(dst, d+d*d)
	mustLen(len(step), d+d*d, badNaturalLength)
	for i := range d * d {
		q.a[i] = -2 * step[d+i]
	}
	symmetricPart(q.a, d)
	copy(q.x, step[:d])
	blas64.Gemv(blas.NoTrans, -1, q.general(q.a), vec(q.m), 1, vec(q.x))
	blas64.Trsv(blas.Trans, q.l, vec(q.x))
	blas64.Trsv(blas.NoTrans, q.l, vec(q.x))
	blas64.Axpy(1, vec(q.m), vec(q.x)) // new mean

	blas64.Trsm(blas.Left, blas.Trans, 1, q.l, q.general(q.a))
	for i, u := range q.l.Data {
		q.a[i] += u
	}
	s := blas64.Symmetric{N: d, Stride: d, Uplo: blas.Upper, Data: q.b}
	blas64.Syrk(blas.Trans, 1, q.general(q.a), 0, s)
	mirror(q.b, d)
	for i := range q.b {
		q.b[i] = 0.5 * (q.b[i] - 2*q.λ[d+i])
	}
	blas64.Gemv(blas.NoTrans, 1, q.general(q.b), vec(q.x), 0, vec(dst[:d]))
	for i, v := range q.b {
		dst[d+i] = -0.5 * v
	}
	return dst
}
