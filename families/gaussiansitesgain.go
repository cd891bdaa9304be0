package families

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// Weights stores α = K⁻¹ (m − m₀) = a + 2 b m in dst, of which no inverse of K is needed:
// a Gaussian u whose prior covariance with f is k has the mean E u = E_h u + kᵀα.
func (q *GaussianSitesDist) Weights(dst []float64) []float64 {
	n := q.f.n
	dst = sliceOf(dst, n)
	for i, m := range q.at.m {
		dst[i] = q.λ[i] + 2*q.λ[n+i]*m
	}
	return dst
}

// Reduce stores G k in dst, where G = W − W V W and W = diag(−2b): Gaussians u and u′
// whose prior covariances with f are k and k′ have Cov(u, u′) = Cov_h(u, u′) − k′ᵀG k.
// G is computed once, in O(n³). dst may not alias k.
func (q *GaussianSitesDist) Reduce(dst, k []float64) []float64 {
	n := q.f.n
	dst = sliceOf(dst, n)
	mustLen(len(k), n, badPointLength)
	g := q.gained()
	if g.root != nil {
		// As Rᵀ(R k), whose product with k cannot be negative.
		for i, w := range g.root {
			q.u[i] = w * k[i]
		}
		blas64.Trsv(blas.Trans, g.b, vec(q.u))
		blas64.Trsv(blas.NoTrans, g.b, vec(q.u))
		for i, w := range g.root {
			dst[i] = w * q.u[i]
		}
		return dst
	}
	for i := range n {
		dst[i] = -2 * q.λ[n+i] * k[i]
	}
	blas64.Gemv(blas.Trans, 1, q.f.general(q.at.t), vec(dst), 0, vec(q.x))
	blas64.Gemv(blas.NoTrans, 1, q.f.general(q.at.t), vec(q.x), 0, vec(q.u))
	for i := range n {
		dst[i] += 2 * q.λ[n+i] * q.u[i]
	}
	return dst
}

// ReduceRoot stores in dst an n×n row-major R, lower triangular, with RᵀR = G, see Reduce:
// Cov(u, u′) is Cov_h(u, u′) less the inner product of R k and R k′, without cancellation
// within it. ok is false, and R not stored, if some site is negative, b_i > 0.
func (q *GaussianSitesDist) ReduceRoot(dst []float64) (r []float64, ok bool) {
	n := q.f.n
	if dst == nil {
		dst = make([]float64, n*n)
	}
	mustLen(len(dst), n*n, badCovLength)
	g := q.gained()
	if g.root == nil {
		return dst, false
	}
	inv := blas64.Triangular{N: n, Stride: n, Uplo: blas.Upper, Diag: blas.NonUnit, Data: append([]float64(nil), g.b.Data...)}
	if !lapack64.Trtri(inv) {
		return dst, false
	}
	clear(dst)
	for i := range n {
		for k := range i + 1 {
			dst[i*n+k] = inv.Data[k*n+i] * g.root[k]
		}
	}
	return dst, true
}

// sitesGain is G: W½ B⁻¹ W½ with B = I + W½ K W½ if no site is negative.
type sitesGain struct {
	root  []float64 // W½, nil if some site is negative
	w     []float64
	b     blas64.Triangular // factor of B
	ready bool
}

func (q *GaussianSitesDist) gained() *sitesGain {
	n, r := q.f.n, q.f.r
	if q.gain == nil {
		q.gain = &sitesGain{w: make([]float64, n), b: tri(n)}
	}
	g := q.gain
	if g.ready {
		return g
	}
	g.ready, g.root = true, nil
	for i, b := range q.λ[n:] {
		if b > 0 {
			return g
		}
		g.w[i] = math.Sqrt(-2 * b)
		for k, v := range q.f.l[i*r : (i+1)*r] {
			q.wl[i*r+k] = g.w[i] * v
		}
	}
	wl := q.f.general(q.wl)
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, wl, wl, 0, blas64.General{Rows: n, Cols: n, Stride: n, Data: g.b.Data})
	for i := range n {
		g.b.Data[i*n+i]++
	}
	if _, ok := lapack64.Potrf(blas64.Symmetric{N: n, Stride: n, Uplo: blas.Upper, Data: g.b.Data}); ok {
		g.root = g.w
	}
	return g
}
