package models

import (
	"math"
	"strconv"
)

// LatentGLM is a GLM seen through its linear predictors f = X z, whose prior is Gaussian
// of covariance X P⁻¹ Xᵀ, with P = diag(δ). Where there are fewer rows than coefficients
// it has fewer parameters, and what the likelihood says of z it says of f: a fit costs
// O(n²d) once and O(n³) in each step, and no d×d matrix is needed for it.
type LatentGLM struct {
	*LatentGaussian
	glm *GLM
}

// maxInformed is how much more the rows may say of a coefficient than its prior for
// Wide: what is known of coefficients is the prior less what the rows took away, of
// which rounding would leave too few digits.
const maxInformed = 1e8

// Wide reports whether Latent is the way to fit the model with a full covariance: there
// are fewer rows than coefficients, and no prior is so wide, Σ_i x_ij²/δ_j above 1e8,
// that its subtraction would cost accuracy.
func (g *GLM) Wide() bool {
	g.mustBeMade()
	n, d := g.X.Dims()
	if n >= d {
		return false
	}
	sq, w := make([]float64, d), make([]float64, n)
	fill(w, 1)
	g.X.AddMulVecSqTrans(sq, w, 0, n, g.X.NewWork(n))
	for j, s := range sq {
		if !(s*g.scale <= maxInformed*g.PriorPrecision[j]) {
			return false
		}
	}
	return true
}

// Latent returns the model of the linear predictors. The error is a *DataError, where
// they have no finite variance.
func (g *GLM) Latent() (*LatentGLM, error) {
	g.mustBeMade()
	n, d := g.X.Dims()
	l := &LatentGLM{glm: g}
	mean, cov := make([]float64, n), make([]float64, n*n)
	if g.PriorMean != nil {
		g.X.MulVec(mean, g.PriorMean, 0, n)
	}
	row, col := make([]float64, d), make([]float64, n)
	for i := range n {
		l.row(row, i)
		l.perPrecision(row)
		g.X.MulVec(col[:i+1], row, 0, i+1)
		for k, c := range col[:i+1] {
			cov[i*n+k], cov[k*n+i] = c, c
		}
	}
	var err error
	if l.LatentGaussian, err = NewLatentGaussian(mean, cov, g.Y, g.Likelihood); err != nil {
		return nil, err
	}
	l.scale = g.scale
	return l, nil
}

// row stores row i of X.
func (l *LatentGLM) row(dst []float64, i int) {
	clear(dst)
	l.glm.X.AddMulVecTrans(dst, []float64{1}, i, i+1)
}

// perPrecision divides by the prior precisions.
func (l *LatentGLM) perPrecision(z []float64) {
	for j, δ := range l.glm.PriorPrecision {
		z[j] /= δ
	}
}

// CoordNames returns "row 1" and so on.
func (l *LatentGLM) CoordNames() []string {
	names := make([]string, l.Dim())
	for i := range names {
		names[i] = "row " + strconv.Itoa(i+1)
	}
	return names
}

// CoefficientMeans stores E z = m₀ + P⁻¹Xᵀα. A nil dst allocates.
func (l *LatentGLM) CoefficientMeans(dst []float64, q LatentPosterior) []float64 {
	n, d := l.glm.X.Dims()
	dst = l.result(dst, d)
	clear(dst)
	l.glm.X.AddMulVecTrans(dst, q.Weights(nil), 0, n)
	l.perPrecision(dst)
	for j := range dst {
		dst[j] += l.glm.priorMean(j)
	}
	return dst
}

// result returns a slice of the length n, dst if it is not nil.
func (l *LatentGLM) result(dst []float64, n int) []float64 {
	if dst == nil {
		return make([]float64, n)
	}
	if len(dst) != n {
		panic(badLength)
	}
	return dst
}

// gains calls f with vectors x and y of the coefficients, n times: the covariance of z
// is P⁻¹ less the sum of their outer products.
func (l *LatentGLM) gains(q LatentPosterior, f func(x, y []float64)) {
	n, d := l.glm.X.Dims()
	x := make([]float64, d)
	if root, ok := q.ReduceRoot(nil); ok {
		for i := range n {
			clear(x)
			l.glm.X.AddMulVecTrans(x, root[i*n:(i+1)*n], 0, n)
			l.perPrecision(x)
			f(x, x)
		}
		return
	}
	y, e, g := make([]float64, d), make([]float64, n), make([]float64, n)
	for i := range n {
		l.row(x, i)
		l.perPrecision(x)
		e[i] = 1
		q.Reduce(g, e)
		e[i] = 0
		clear(y)
		l.glm.X.AddMulVecTrans(y, g, 0, n)
		l.perPrecision(y)
		f(x, y)
	}
}

// CoefficientVariances stores Var z_j, in O(n²d). A nil dst allocates.
func (l *LatentGLM) CoefficientVariances(dst []float64, q LatentPosterior) []float64 {
	dst = l.result(dst, l.glm.Dim())
	for j, δ := range l.glm.PriorPrecision {
		dst[j] = 1 / δ
	}
	l.gains(q, func(x, y []float64) {
		for j, x := range x {
			dst[j] -= x * y[j]
		}
	})
	for j, v := range dst {
		dst[j] = math.Max(0, v) // which rounding may leave below 0
	}
	return dst
}

// CoefficientCov stores Cov z, d×d row-major, in O(nd²). A nil dst allocates.
func (l *LatentGLM) CoefficientCov(dst []float64, q LatentPosterior) []float64 {
	d := l.glm.Dim()
	dst = l.result(dst, d*d)
	clear(dst)
	for j, δ := range l.glm.PriorPrecision {
		dst[j*d+j] = 1 / δ
	}
	l.gains(q, func(x, y []float64) {
		for j, x := range x {
			row := dst[j*d : j*d+j+1]
			for h, y := range y[:j+1] {
				row[h] -= x * y
			}
		}
	})
	for j := range d {
		dst[j*d+j] = math.Max(0, dst[j*d+j])
		for h := range j {
			dst[h*d+j] = dst[j*d+h]
		}
	}
	return dst
}

// Combination returns mean and variance of cᵀz, as of the linear predictor of a new row c.
func (l *LatentGLM) Combination(q LatentPosterior, c []float64) (mean, variance float64) {
	n, d := l.glm.X.Dims()
	if len(c) != d {
		panic(badLength)
	}
	pc, k := append([]float64(nil), c...), make([]float64, n)
	l.perPrecision(pc)
	l.glm.X.MulVec(k, pc, 0, n)
	var prior, m0 float64
	for j, c := range c {
		prior += c * pc[j]
		m0 += c * l.glm.priorMean(j)
	}
	mean, variance = predict(q, k, prior)
	return m0 + mean, variance
}
