package families

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

const (
	badFactorLength = "families: length of a factor is not Dim·Rank"
	badRank         = "families: rank below 0"
)

// LowRankGaussian is a Gaussian on ℝᴰ whose precision is a matrix of low rank and a
// diagonal (Mishkin et al. 2018, arXiv:1811.04504):
//
//	z ~ N(m, S⁻¹),   S = U Uᵀ + diag(d)
//
// U is D×L, row-major. Such precisions are no linear space, so that this is no
// Family: natural-gradient steps leave it, and a method that uses it has to come
// back, as asktell.SLANG does by the leading eigenpairs.
//
// Everything goes through the Cholesky factor R of the L×L matrix
//
//	C = RᵀR = 1 + VᵀV,   V = diag(d)^−½ U
//
// by which S⁻¹ = diag(d)^−½ (1 − V C⁻¹ Vᵀ) diag(d)^−½ (Woodbury) and |S| = |C| Π d. Memory is
// about D·(L + 2) numbers, and time at most O(DL² + L³), but for Cov and Full, which
// are dense. Relative errors of covariances grow as machine precision times |u_i|²/d_i.
//
// A LowRankGaussian is not safe for concurrent use. Methods that fill a slice follow
// gonum's rule: a nil dst allocates, a wrong length panics.
type LowRankGaussian struct {
	l       int
	m, d, u []float64
	r, ri   blas64.Triangular // R and 1 + R
	try     blas64.Triangular
	logDet  float64   // log|S|
	y       []float64 // L
	work    []float64 // scratch of Cov and KL, made when needed
}

// NewLowRankGaussian returns the standard normal on ℝᵈ with room for a factor of rank
// columns, which may be 0. It panics if d < 1 or rank < 0.
func NewLowRankGaussian(d, rank int) *LowRankGaussian {
	if d < 1 {
		panic(badSize)
	}
	if rank < 0 {
		panic(badRank)
	}
	q := &LowRankGaussian{l: rank, m: make([]float64, d), d: make([]float64, d), u: make([]float64, d*rank),
		r: lowRankTri(rank), ri: lowRankTri(rank), try: lowRankTri(rank), y: make([]float64, rank)}
	for i := range q.d {
		q.d[i] = 1
	}
	for i := range rank {
		q.r.Data[i*rank+i], q.ri.Data[i*rank+i] = 1, 2
	}
	return q
}

// lowRankTri is tri, but legal for BLAS with no columns.
func lowRankTri(l int) blas64.Triangular {
	t := tri(l)
	t.Stride = max(1, l)
	return t
}

// Set makes q N(loc, (U Uᵀ + diag(diag))⁻¹), U being factor. It reports false, and leaves q
// unchanged, unless everything is finite and diag positive and not denormal. The
// arguments are copied.
func (q *LowRankGaussian) Set(loc, factor, diag []float64) (ok bool) {
	mustLen(len(loc), len(q.m), badPointLength)
	mustLen(len(diag), len(q.m), badCovLength)
	mustLen(len(factor), len(q.u), badFactorLength)
	if !finite(loc) || !finite(factor) {
		return false
	}
	l, c := q.l, q.try.Data
	clear(c)
	logDet, prod := 0.0, 1.0 // logarithms of products, which cost a tenth
	for i, d := range diag {
		if !isNormal(d) {
			return false
		}
		if next := prod * d; next > 1e-150 && next < 1e150 {
			prod = next
		} else {
			logDet, prod = logDet+math.Log(prod)+math.Log(d), 1
		}
		row, inv := factor[i*l:(i+1)*l], 1/d
		for a, x := range row {
			w, ca := x*inv, c[a*l:(a+1)*l]
			for b := a; b < l; b++ {
				ca[b] += w * row[b]
			}
		}
	}
	logDet += math.Log(prod)
	for a := range l {
		c[a*l+a]++
	}
	if !finite(c) {
		return false
	}
	if _, ok := lapack64.Potrf(blas64.Symmetric{N: l, Stride: q.try.Stride, Uplo: blas.Upper, Data: c}); !ok {
		return false
	}
	copy(q.m, loc)
	copy(q.u, factor)
	copy(q.d, diag)
	q.r, q.try = q.try, q.r
	copy(q.ri.Data, q.r.Data)
	for a := range l {
		logDet += 2 * math.Log(q.r.Data[a*l+a])
		q.ri.Data[a*l+a]++
	}
	q.logDet = logDet
	return true
}

// SetLoc moves q to the mean loc, and reports false, without doing so, if it is not
// finite.
func (q *LowRankGaussian) SetLoc(loc []float64) (ok bool) {
	mustLen(len(loc), len(q.m), badPointLength)
	if !finite(loc) {
		return false
	}
	copy(q.m, loc)
	return true
}

// Dim returns D.
func (q *LowRankGaussian) Dim() int { return len(q.m) }

// Rank returns L, the number of columns of the factor.
func (q *LowRankGaussian) Rank() int { return q.l }

// Loc stores m.
func (q *LowRankGaussian) Loc(dst []float64) []float64 {
	dst = sliceOf(dst, len(q.m))
	copy(dst, q.m)
	return dst
}

// Factor stores U, D×L row-major.
func (q *LowRankGaussian) Factor(dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, len(q.u))
	}
	mustLen(len(dst), len(q.u), badFactorLength)
	copy(dst, q.u)
	return dst
}

// Diagonal stores d, which is not the diagonal of S: that has Σ_l U_il² too.
func (q *LowRankGaussian) Diagonal(dst []float64) []float64 {
	dst = sliceOf(dst, len(q.m))
	copy(dst, q.d)
	return dst
}

// LogDet returns log|S|, of the precision.
func (q *LowRankGaussian) LogDet() float64 { return q.logDet }

// LogProb returns log q(z) = ½ (log|S| − D log 2π − (z−m)ᵀ S (z−m)).
func (q *LowRankGaussian) LogProb(z []float64) float64 {
	mustLen(len(z), len(q.m), badPointLength)
	return 0.5 * (q.logDet - log2Pi*float64(len(q.m)) - q.square(z))
}

// square returns (z−m)ᵀ S (z−m), a sum of squares.
func (q *LowRankGaussian) square(z []float64) float64 {
	clear(q.y)
	var sum float64
	for i, d := range q.d {
		r := z[i] - q.m[i]
		sum += d * r * r
		q.addRow(i, r)
	}
	for _, y := range q.y {
		sum += y * y
	}
	return sum
}

// Entropy returns ½ D (1 + log 2π) − ½ log|S|.
func (q *LowRankGaussian) Entropy() float64 {
	return 0.5 * ((1+log2Pi)*float64(len(q.m)) - q.logDet)
}

// Rand draws z ~ q from D normal variates.
func (q *LowRankGaussian) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, len(q.m))
	normals(dst, rnd)
	q.Transform(dst, dst)
	return dst
}

// Transform stores m + B ε in z, which may be eps, with B Bᵀ = S⁻¹: a standard normal ε
// gives a draw. B is not symmetric:
//
//	B = diag(d)^−½ (1 − V W Vᵀ),   W = (C + R)⁻¹ = R⁻¹ (1 + Rᵀ)⁻¹
//
// because (1 − VWVᵀ)(1 − VWVᵀ)ᵀ = 1 − VC⁻¹Vᵀ follows from VᵀV = C − 1.
func (q *LowRankGaussian) Transform(z, eps []float64) {
	mustLen(len(z), len(q.m), badPointLength)
	mustLen(len(eps), len(q.m), badPointLength)
	clear(q.y)
	for i, d := range q.d {
		q.addRow(i, eps[i]/math.Sqrt(d))
	}
	blas64.Trsv(blas.Trans, q.ri, vec(q.y))
	blas64.Trsv(blas.NoTrans, q.r, vec(q.y))
	for i, d := range q.d {
		s := 1 / math.Sqrt(d)
		z[i] = q.m[i] + s*(eps[i]-s*q.dotRow(i))
	}
}

// Untransform stores in eps, which may be z, the ε for which Transform gives z:
// (1 + V (1 + R)⁻¹ Vᵀ) diag(d)^½ (z − m).
func (q *LowRankGaussian) Untransform(eps, z []float64) {
	mustLen(len(eps), len(q.m), badPointLength)
	mustLen(len(z), len(q.m), badPointLength)
	clear(q.y)
	for i := range q.d {
		q.addRow(i, z[i]-q.m[i])
	}
	blas64.Trsv(blas.NoTrans, q.ri, vec(q.y))
	for i, d := range q.d {
		s := math.Sqrt(d)
		eps[i] = s*(z[i]-q.m[i]) + q.dotRow(i)/s
	}
}

// addRow adds x u_i to y, and dotRow returns ⟨u_i, y⟩, for the ith row of U.
func (q *LowRankGaussian) addRow(i int, x float64) {
	row := q.u[i*q.l:][:len(q.y)]
	for a := range q.y {
		q.y[a] += x * row[a]
	}
}

func (q *LowRankGaussian) dotRow(i int) float64 {
	row := q.u[i*q.l:][:len(q.y)]
	var sum float64
	for a, y := range q.y {
		sum += y * row[a]
	}
	return sum
}
