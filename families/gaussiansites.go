package families

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// GaussianSites returns the family of Gaussians on ℝⁿ that a prior h = N(m₀, K) becomes
// when every coordinate is observed once, with a Gaussian site exp(a_i f_i + b_i f_i²):
//
//	q(f) ∝ h(f) exp(Σ a_i f_i + b_i f_i²)
//
//	T(f) = (f, f²)                     2n statistics, the squares after the values
//	λ    = (a, b)                      K⁻¹ − 2 diag(b) positive definite, as for b ≤ 0
//	μ    = (m, diag V + m²)            V = (K⁻¹ − 2 diag(b))⁻¹, m = m₀ + V (a + 2 b m₀)
//	A(λ) = log ∫ h(f) exp⟨λ, T(f)⟩ df
//
// It is the family of conjugate-computation variational inference (Khan & Lin 2017,
// arXiv:1703.04265, §4). The base measure is h: log-densities and the entropy are
// relative to it, so that the entropy of q is −KL(q‖h), and K may be singular, of low
// rank or 0. A model is to leave its prior h out of its log-joint accordingly.
//
// mean is m₀, nil for 0; cov is K, full, row-major. Both are copied. It reports false if
// they are not finite, or cov is not symmetric positive semidefinite to rounding. It
// panics if cov has no n² > 0 elements. A member is set in O(n r²) for a K of rank r.
//
// The String is known by a hash of m₀ and K, from which Parse cannot make the family.
func GaussianSites(mean, cov []float64) (f Family, ok bool) {
	n := int(math.Round(math.Sqrt(float64(len(cov)))))
	if n < 1 || n*n != len(cov) {
		panic(badCovLength)
	}
	g := &gaussianSites{n: n, mean: make([]float64, n)}
	if mean != nil {
		mustLen(len(mean), n, badPointLength)
		copy(g.mean, mean)
	}
	if !finite(g.mean) || !finite(cov) || !g.factor(cov) {
		return nil, false
	}
	g.name = sitesName(g.mean, cov)
	return g, true
}

// IsGaussianSites reports whether f is GaussianSites(mean, cov), in O(n²).
func IsGaussianSites(f Family, mean, cov []float64) bool {
	g, ok := f.(*gaussianSites)
	if !ok || g.n*g.n != len(cov) {
		return false
	}
	if mean == nil {
		mean = make([]float64, g.n)
	}
	return g.name == sitesName(mean, cov)
}

func sitesName(mean, cov []float64) string {
	hash := sha256.New()
	b := make([]byte, 0, 1<<13)
	for _, s := range [][]float64{mean, cov} {
		for _, v := range s {
			if b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v)); len(b) == cap(b) {
				hash.Write(b)
				b = b[:0]
			}
		}
	}
	hash.Write(b)
	return fmt.Sprintf("GaussianSites(%d, %x)", len(mean), hash.Sum(nil)[:16])
}

// gaussianSites holds K = L Lᵀ.
type gaussianSites struct {
	n, r  int // r: columns of L, the rank of K, at least 1
	rank  int
	mean  []float64
	l     []float64 // n×r
	order []int     // rows of L in the order in which it is lower triangular
	name  string
}

// asymmetry is the largest difference of elements that should be equal, and residual
// what K may have left beyond its factor, relative to the largest variance.
const (
	asymmetry = 1e-12
	residual  = 1e-10
)

// factor finds L, by a Cholesky factorisation with pivots that ends where only rounding
// is left.
func (g *gaussianSites) factor(cov []float64) bool {
	n := g.n
	var top float64
	for i := range n {
		top = math.Max(top, cov[i*n+i])
	}
	a := make([]float64, n*n)
	for i := range n {
		for j := range n {
			a[i*n+j] = 0.5*cov[i*n+j] + 0.5*cov[j*n+i]
			if !(math.Abs(cov[i*n+j]-cov[j*n+i]) <= asymmetry*top) {
				return false
			}
		}
	}
	u := append([]float64(nil), a...)
	g.order = make([]int, n)
	_, g.rank, _ = lapack64.Pstrf(blas64.Symmetric{N: n, Stride: n, Uplo: blas.Upper, Data: u}, g.order, -1, make([]float64, 2*n))
	if top == 0 {
		g.rank = 0
	}
	g.r = max(1, g.rank)
	g.l = make([]float64, n*g.r)
	for i, row := range g.order {
		for k := range min(i+1, g.rank) {
			g.l[row*g.r+k] = u[k*n+i]
		}
	}
	l := g.general(g.l)
	blas64.Gemm(blas.NoTrans, blas.Trans, -1, l, l, 1, blas64.General{Rows: n, Cols: n, Stride: n, Data: a})
	for _, v := range a {
		if !(math.Abs(v) <= residual*top) {
			return false
		}
	}
	return true
}

func (g *gaussianSites) general(a []float64) blas64.General {
	return blas64.General{Rows: g.n, Cols: g.r, Stride: g.r, Data: a}
}

func (g *gaussianSites) Dim() int       { return g.n }
func (g *gaussianSites) NumParams() int { return 2 * g.n }
func (g *gaussianSites) String() string { return g.name }

func (g *gaussianSites) SufficientStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, 2*g.n)
	mustLen(len(z), g.n, badPointLength)
	copy(dst, z)
	for i, f := range z {
		dst[g.n+i] = f * f
	}
	return dst
}

// LogBase implements BaseMeasurer.
func (g *gaussianSites) LogBase(z []float64) float64 {
	mustLen(len(z), g.n, badPointLength)
	if g.rank < g.n {
		return math.NaN()
	}
	ε := make([]float64, g.n)
	lp := -0.5 * log2Pi * float64(g.n)
	for i, row := range g.order {
		l := g.l[row*g.r : row*g.r+i+1]
		ε[i] = (z[row] - g.mean[row] - blas64.Dot(vec(l[:i]), vec(ε[:i]))) / l[i]
		lp -= 0.5*ε[i]*ε[i] + math.Log(l[i])
	}
	return lp
}

func (g *gaussianSites) New() Distribution {
	n, r := g.n, g.r
	q := &GaussianSitesDist{f: g, λ: make(Natural, 2*n), trial: newSitesState(g), at: newSitesState(g),
		wl: make([]float64, n*r), u: make([]float64, n), x: make([]float64, r)}
	q.SetNatural(make(Natural, 2*n))
	return q
}

// GaussianSitesDist is a member of GaussianSites. With K = L Lᵀ and f = m₀ + L ε it
// keeps the Cholesky factor U of the precision of ε, C = I + Lᵀ diag(−2b) L.
type GaussianSitesDist struct {
	f         *gaussianSites
	λ         Natural
	at, trial *sitesState

	s      []float64 // V, n×n, see cov
	haveS  bool
	solver *sitesSolver // see FisherSolve
	gain   *sitesGain   // see Reduce
	match  *sitesMatch  // see SetMean

	wl   []float64 // n×r scratch
	u, x []float64 // n, r scratch
}

// sitesState is what a member keeps.
type sitesState struct {
	c      blas64.Triangular // U, r×r
	t      []float64         // L U⁻¹, n×r: V = t tᵀ
	ν      []float64         // E ε, r
	m, v   []float64         // means and variances of f, n
	a      float64           // A(λ)
	logDet float64           // log|C|
}

func newSitesState(g *gaussianSites) *sitesState {
	return &sitesState{c: tri(g.r), t: make([]float64, g.n*g.r), ν: make([]float64, g.r), m: make([]float64, g.n), v: make([]float64, g.n)}
}

var _ BaseMeasurer = (*gaussianSites)(nil)

// Family returns the family.
func (q *GaussianSitesDist) Family() Family { return q.f }

// SetNatural refuses λ unless K⁻¹ − 2 diag(b) is positive definite and everything finite.
func (q *GaussianSitesDist) SetNatural(λ Natural) bool {
	mustLen(len(λ), 2*q.f.n, badNaturalLength)
	if !finite(λ) || !q.set(q.trial, λ) {
		return false
	}
	q.at, q.trial = q.trial, q.at
	q.haveS = false
	if q.solver != nil {
		q.solver.ready = false
	}
	if q.gain != nil {
		q.gain.ready = false
	}
	copy(q.λ, λ)
	return true
}

// set fills in s.
func (q *GaussianSitesDist) set(s *sitesState, λ Natural) bool {
	g, n, r := q.f, q.f.n, q.f.r
	a, b := λ[:n], λ[n:]
	for i := range n {
		q.u[i] = a[i] + 2*b[i]*g.mean[i]
	}
	q.precision(s.c, b)
	if !finite(s.c.Data) {
		return false
	}
	if _, ok := lapack64.Potrf(blas64.Symmetric{N: r, Stride: r, Uplo: blas.Upper, Data: s.c.Data}); !ok || !finite(s.c.Data) {
		return false
	}
	s.logDet = 0
	for k := range r {
		d := s.c.Data[k*r+k]
		if !isNormal(d * d) {
			return false
		}
		s.logDet += 2 * math.Log(d)
	}
	copy(s.t, g.l)
	blas64.Trsm(blas.Right, blas.NoTrans, 1, s.c, g.general(s.t))
	blas64.Gemv(blas.Trans, 1, g.general(s.t), vec(q.u), 0, vec(s.ν)) // U⁻ᵀ Lᵀ a′
	s.a = 0.5 * (blas64.Dot(vec(s.ν), vec(s.ν)) - s.logDet)
	blas64.Gemv(blas.NoTrans, 1, g.general(s.t), vec(s.ν), 0, vec(s.m))
	blas64.Trsv(blas.NoTrans, s.c, vec(s.ν))
	for i, m := range g.mean {
		s.a += m * (a[i] + b[i]*m)
		s.m[i] += m
		row := vec(s.t[i*r : (i+1)*r])
		s.v[i] = blas64.Dot(row, row)
		if !isFinite(s.m[i]*s.m[i]) || !isFinite(s.v[i]) {
			return false
		}
	}
	return isFinite(s.a) && finite(s.ν)
}

// precision stores C = I + Lᵀ diag(−2b) L in the upper triangle of c, the sites that take
// away after those that add.
func (q *GaussianSitesDist) precision(c blas64.Triangular, b []float64) {
	g, r := q.f, q.f.r
	clear(c.Data)
	for k := range r {
		c.Data[k*r+k] = 1
	}
	for _, sign := range []float64{-1, 1} {
		rows := 0
		for i, b := range b {
			if b*sign > 0 {
				w := math.Sqrt(2 * b * sign)
				for k, v := range g.l[i*r : (i+1)*r] {
					q.wl[rows*r+k] = w * v
				}
				rows++
			}
		}
		if rows > 0 {
			blas64.Syrk(blas.Trans, -sign, blas64.General{Rows: rows, Cols: r, Stride: r, Data: q.wl}, 1,
				blas64.Symmetric{N: r, Stride: r, Uplo: blas.Upper, Data: c.Data})
		}
	}
}

// Natural returns λ.
func (q *GaussianSitesDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, len(q.λ))
	copy(dst, q.λ)
	return dst
}

// Loc stores the mean vector E_q[f].
func (q *GaussianSitesDist) Loc(dst []float64) []float64 {
	dst = sliceOf(dst, q.f.n)
	copy(dst, q.at.m)
	return dst
}

// Variances stores the diagonal of the covariance.
func (q *GaussianSitesDist) Variances(dst []float64) []float64 {
	dst = sliceOf(dst, q.f.n)
	copy(dst, q.at.v)
	return dst
}

// Cov stores the covariance, full, row-major.
func (q *GaussianSitesDist) Cov(dst []float64) []float64 {
	s := q.cov()
	if dst == nil {
		dst = make([]float64, len(s))
	}
	mustLen(len(dst), len(s), badCovLength)
	copy(dst, s)
	return dst
}

// cov makes sure of s.
func (q *GaussianSitesDist) cov() []float64 {
	n := q.f.n
	if q.s == nil {
		q.s = make([]float64, n*n)
	}
	if !q.haveS {
		t := q.f.general(q.at.t)
		blas64.Syrk(blas.NoTrans, 1, t, 0, blas64.Symmetric{N: n, Stride: n, Uplo: blas.Upper, Data: q.s})
		for i := range n {
			for j := range i {
				q.s[i*n+j] = q.s[j*n+i]
			}
		}
		q.haveS = true
	}
	return q.s
}

// Mean returns μ.
func (q *GaussianSitesDist) Mean(dst Mean) Mean {
	n := q.f.n
	dst = meanOf(dst, 2*n)
	copy(dst, q.at.m)
	for i, m := range q.at.m {
		dst[n+i] = q.at.v[i] + m*m
	}
	return dst
}

// LogPartition returns A(λ).
func (q *GaussianSitesDist) LogPartition() float64 { return q.at.a }

// Entropy returns −KL(q‖h) = −½ (tr C⁻¹ − r + |E ε|² + log|C|), where
// tr C⁻¹ − r = Σ 2 b_i V_ii.
func (q *GaussianSitesDist) Entropy() float64 {
	return -0.5 * (2*blas64.Dot(vec(q.λ[q.f.n:]), vec(q.at.v)) + blas64.Dot(vec(q.at.ν), vec(q.at.ν)) + q.at.logDet)
}

// LogProb returns log q(f) − log h(f), for an f that h does not exclude.
func (q *GaussianSitesDist) LogProb(z []float64) float64 {
	n := q.f.n
	mustLen(len(z), n, badPointLength)
	lp := -q.at.a
	for i, f := range z {
		lp += f * (q.λ[i] + f*q.λ[n+i])
	}
	return lp
}

// Rand draws m + L U⁻¹ ε.
func (q *GaussianSitesDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, q.f.n)
	normals(q.x, rnd)
	copy(dst, q.at.m)
	blas64.Gemv(blas.NoTrans, 1, q.f.general(q.at.t), vec(q.x), 1, vec(dst))
	return dst
}
