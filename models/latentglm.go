package models

import "math"

// LatentGLM is a GLM seen through its linear predictors f = X z, whose prior is Gaussian
// of covariance X P⁻¹ Xᵀ, with P = diag(δ). Where there are fewer rows than coefficients
// it has fewer parameters, and what the likelihood says of z it says of f: a fit costs
// O(n²d) once and O(n³) in each step, and no d×d matrix is needed for it.
type LatentGLM struct {
	*LatentGaussian
	glm *GLM
	xp  []float64 // X P⁻¹, n×d
}

// Latent returns the model of the linear predictors. The error is a *DataError, where
// they have no finite variance.
func (g *GLM) Latent() (*LatentGLM, error) {
	g.mustBeMade()
	n, d := g.X.Dims()
	l := &LatentGLM{glm: g, xp: make([]float64, n*d)}
	mean, cov := make([]float64, n), make([]float64, n*n)
	if g.PriorMean != nil {
		g.X.MulVec(mean, g.PriorMean, 0, n)
	}
	one, col := []float64{1}, make([]float64, n)
	for i := range n {
		row := l.xp[i*d : (i+1)*d]
		g.X.AddMulVecTrans(row, one, i, i+1)
		for j, δ := range g.PriorPrecision {
			row[j] /= δ
		}
		g.X.MulVec(col, row, 0, n)
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

// CoefficientMeans stores E z = m₀ + P⁻¹Xᵀα.
func (l *LatentGLM) CoefficientMeans(dst []float64, q LatentPosterior) []float64 {
	n, d := l.glm.X.Dims()
	dst = l.result(dst, d)
	for j := range dst {
		dst[j] = l.glm.priorMean(j)
	}
	α := q.Weights(nil)
	for i := range n {
		for j, x := range l.xp[i*d : (i+1)*d] {
			dst[j] += α[i] * x
		}
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

// CoefficientVariances stores Var z_j, in O(n²d).
func (l *LatentGLM) CoefficientVariances(dst []float64, q LatentPosterior) []float64 {
	n, d := l.glm.X.Dims()
	dst = l.result(dst, d)
	k, gk := make([]float64, n), make([]float64, n)
	for j, δ := range l.glm.PriorPrecision {
		v := 1 / δ
		q.Reduce(gk, l.column(k, j))
		for i, c := range k {
			v -= gk[i] * c
		}
		dst[j] = math.Max(0, v)
	}
	return dst
}

// column stores the prior covariances of z_j with f.
func (l *LatentGLM) column(k []float64, j int) []float64 {
	d := l.glm.Dim()
	for i := range k {
		k[i] = l.xp[i*d+j]
	}
	return k
}

// CoefficientCov stores Cov z, d×d row-major, in O(nd²).
func (l *LatentGLM) CoefficientCov(dst []float64, q LatentPosterior) []float64 {
	n, d := l.glm.X.Dims()
	dst = l.result(dst, d*d)
	clear(dst)
	k, gk := make([]float64, n), make([]float64, n)
	for j, δ := range l.glm.PriorPrecision {
		q.Reduce(gk, l.column(k, j))
		row := dst[j*d : j*d+j+1]
		for i, g := range gk {
			for h, x := range l.xp[i*d : i*d+j+1] {
				row[h] -= g * x
			}
		}
		row[j] += 1 / δ
		for h, c := range row {
			dst[h*d+j] = c
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
	k := make([]float64, n)
	for i := range k {
		for j, x := range l.xp[i*d : (i+1)*d] {
			k[i] += x * c[j]
		}
	}
	var prior, m0 float64
	for j, δ := range l.glm.PriorPrecision {
		prior += c[j] * c[j] / δ
		m0 += c[j] * l.glm.priorMean(j)
	}
	mean, variance = predict(q, k, prior)
	return m0 + mean, variance
}
