package models

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// GLM is a Bayesian generalised linear model: y_i ~ p(y_i | x_iᵀz), with
// independent priors z_j ~ N(m₀_j, 1/δ_j). It implements Gradienter, Hessianer,
// HessDiager, Data, Forker, Starter, and Conjugate where the likelihood is
// Gaussian.
//
// NewGLM makes one: the methods of any other panic. Fields must not be changed
// after it. Methods share scratch memory: use Fork for another goroutine.
type GLM struct {
	X              Matrix    // n×d
	Y              []float64 // n
	Likelihood     Likelihood
	PriorMean      []float64 // d, nil is zero
	PriorPrecision []float64 // d, positive
	Names          []string  // of the coefficients, for reports; nil: none

	scale float64
	work  *glmWork
	batch *GLM
}

type glmWork struct {
	f, r, w []float64
	work    *Work
}

// Panic message for programmer errors.
const badGLM = "models: GLM was not made by NewGLM"

// glmChunk is the number of rows that are gone through at once.
const glmChunk = 256

// NewGLM checks the data and returns the model with prior mean 0. Errors are
// *DataError.
func NewGLM(x Matrix, y []float64, lik Likelihood, precision []float64) (*GLM, error) {
	if x == nil || lik == nil {
		return nil, &DataError{Row: -1, Col: -1, Got: "nil", Want: "a matrix and a likelihood"}
	}
	n, d := x.Dims()
	if len(y) != n {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d targets", len(y)), Want: fmt.Sprintf("%d, the rows of the matrix", n)}
	}
	if len(precision) != d {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d prior precisions", len(precision)), Want: fmt.Sprintf("%d, the columns of the matrix", d)}
	}
	if err := checkTargets(lik, y); err != nil {
		return nil, err
	}
	for j, δ := range precision {
		if !(δ > 0) || math.IsInf(δ, 0) {
			return nil, &DataError{Row: -1, Col: j, Got: fmt.Sprintf("prior precision %v", δ), Want: "a positive finite number"}
		}
	}
	return newGLM(x, y, lik, nil, precision, 1), nil
}

// checkTargets returns the error of the first row that the likelihood cannot have
// produced.
func checkTargets(lik Likelihood, y []float64) error {
	for i, v := range y {
		if err := lik.Check(v); err != nil {
			var de *DataError
			if errors.As(err, &de) {
				return &DataError{Row: i, Col: de.Col, Got: de.Got, Want: de.Want}
			}
			return &DataError{Row: i, Col: -1, Got: fmt.Sprintf("target %v", v), Want: "a possible observation: " + err.Error()}
		}
	}
	return nil
}

func newGLM(x Matrix, y []float64, lik Likelihood, mean, precision []float64, scale float64) *GLM {
	return &GLM{X: x, Y: y, Likelihood: lik, PriorMean: mean, PriorPrecision: precision, scale: scale,
		work: &glmWork{f: make([]float64, glmChunk), r: make([]float64, glmChunk), w: make([]float64, glmChunk), work: x.NewWork(glmChunk)}}
}

// WithPriorMean returns a GLM on the same data with another prior mean.
func (g *GLM) WithPriorMean(mean []float64) (*GLM, error) {
	if len(mean) != g.Dim() {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d prior means", len(mean)), Want: fmt.Sprintf("%d, the columns of the matrix", g.Dim())}
	}
	for j, m := range mean {
		if math.IsNaN(m) || math.IsInf(m, 0) {
			return nil, &DataError{Row: -1, Col: j, Got: fmt.Sprintf("prior mean %v", m), Want: "a finite number"}
		}
	}
	return newGLM(g.X, g.Y, g.Likelihood, mean, g.PriorPrecision, g.Scale()), nil
}

// Dim returns the number of coefficients.
func (g *GLM) Dim() int { return len(g.PriorPrecision) }

// CoordNames returns the names of the coefficients: "z[1]" and so on if they have
// none.
func (g *GLM) CoordNames() []string {
	if g.Names != nil {
		return g.Names
	}
	names := make([]string, g.Dim())
	for j := range names {
		names[j] = "z[" + strconv.Itoa(j+1) + "]"
	}
	return names
}

// NumData returns the number of rows.
func (g *GLM) NumData() int { return len(g.Y) }

// Scale returns what the log-likelihood is multiplied by: 1, or the scale of a
// batch.
func (g *GLM) Scale() float64 {
	g.mustBeMade()
	return g.scale
}

// mustBeMade panics for a GLM that no function of this package made, whose
// likelihood would count for nothing.
func (g *GLM) mustBeMade() {
	if g.work == nil {
		panic(badGLM)
	}
}

// Fork returns the same model with scratch memory of its own.
func (g *GLM) Fork() Model {
	g.mustBeMade()
	return newGLM(g.X, g.Y, g.Likelihood, g.PriorMean, g.PriorPrecision, g.scale)
}

// Batch returns the model of the rows idx with the log-likelihood multiplied by
// scale.
func (g *GLM) Batch(idx []int, scale float64) Model {
	g.mustBeMade()
	b := g.batch
	if b == nil {
		x := g.X.Gather(nil, idx)
		b = newGLM(x, make([]float64, 0, len(idx)), g.Likelihood, g.PriorMean, g.PriorPrecision, 1)
		b.work.work = g.X.NewWork(glmChunk)
		g.batch = b
	} else {
		b.X = g.X.Gather(b.X, idx)
	}
	b.scale = scale * g.scale
	b.Y = b.Y[:0]
	for _, i := range idx {
		b.Y = append(b.Y, g.Y[i])
	}
	return b
}

// LogPrior returns log p(z).
func (g *GLM) LogPrior(z []float64) float64 {
	var lp float64
	for j, δ := range g.PriorPrecision {
		r := z[j] - g.priorMean(j)
		lp += 0.5 * (math.Log(δ) - math.Log(2*math.Pi) - δ*r*r)
	}
	return lp
}

func (g *GLM) priorMean(j int) float64 {
	if g.PriorMean == nil {
		return 0
	}
	return g.PriorMean[j]
}

// LogJoint returns log p(y, z).
func (g *GLM) LogJoint(z []float64) float64 { return g.eval(nil, nil, nil, z) }

// LogJointGrad returns log p(y, z) and its gradient.
func (g *GLM) LogJointGrad(grad, z []float64) float64 { return g.eval(nil, nil, grad, z) }

// LogJointHess returns log p(y, z), its gradient and its Hessian,
// Xᵀ diag(ℓ″) X − diag(δ).
func (g *GLM) LogJointHess(hess, grad, z []float64) float64 { return g.eval(hess, nil, grad, z) }

// LogJointHessDiag returns log p(y, z), its gradient and the diagonal of its
// Hessian.
func (g *GLM) LogJointHessDiag(diag, grad, z []float64) float64 { return g.eval(nil, diag, grad, z) }

// eval goes through the rows once for whatever is not nil.
func (g *GLM) eval(hess, diag, grad, z []float64) float64 {
	g.mustBeMade()
	d := g.Dim()
	if len(z) != d || grad != nil && len(grad) != d || hess != nil && len(hess) != d*d || diag != nil && len(diag) != d {
		panic(badLength)
	}
	clear(hess)
	clear(diag)
	clear(grad)
	var ll float64
	for lo := 0; lo < len(g.Y); lo += glmChunk {
		hi := min(lo+glmChunk, len(g.Y))
		f, r, w := g.work.f[:hi-lo], g.work.r[:hi-lo], g.work.w[:hi-lo]
		g.X.MulVec(f, z, lo, hi)
		for i, y := range g.Y[lo:hi] {
			l, d1, d2 := g.Likelihood.LogLik(y, f[i])
			ll += l
			r[i], w[i] = g.scale*d1, g.scale*d2
		}
		if grad != nil {
			g.X.AddMulVecTrans(grad, r, lo, hi)
		}
		if hess != nil {
			g.X.AddGram(hess, w, lo, hi, g.work.work)
		}
		if diag != nil {
			g.X.AddMulVecSqTrans(diag, w, lo, hi, g.work.work)
		}
	}
	for j, δ := range g.PriorPrecision {
		if grad != nil {
			grad[j] -= δ * (z[j] - g.priorMean(j))
		}
		if diag != nil {
			diag[j] -= δ
		}
		if hess != nil {
			hess[j*d+j] -= δ
			for k := range j {
				hess[j*d+k] = hess[k*d+j]
			}
		}
	}
	return g.scale*ll + g.LogPrior(z)
}

// Start proposes the prior mean and, as precision, the diagonal of the negative
// Hessian where all linear predictors are those of the prior mean: a Gaussian
// narrow enough for the first natural-gradient step to be a Newton step, in
// whatever units the columns are.
func (g *GLM) Start(mean, precision []float64) {
	for j := range mean {
		mean[j] = g.priorMean(j)
	}
	g.startCurvature(precision, mean)
	for j, h := range precision {
		precision[j] = max(-h, g.PriorPrecision[j])
	}
}

// startCurvature stores the diagonal of the Hessian at z in diag. Where no column
// has a part in the linear predictors, which is where most fits begin, they are all
// 0, and observations that are equal have the same curvature.
func (g *GLM) startCurvature(diag, z []float64) {
	if slices.ContainsFunc(z, func(v float64) bool { return v != 0 }) {
		g.eval(nil, diag, nil, z)
		return
	}
	g.mustBeMade()
	if len(diag) != g.Dim() {
		panic(badLength)
	}
	clear(diag)
	var known [4]struct{ y, d2 float64 } // seen last
	n := 0
	for lo := 0; lo < len(g.Y); lo += glmChunk {
		hi := min(lo+glmChunk, len(g.Y))
		w := g.work.w[:hi-lo]
	rows:
		for i, y := range g.Y[lo:hi] {
			for _, k := range known[:min(n, len(known))] {
				if k.y == y {
					w[i] = k.d2
					continue rows
				}
			}
			_, _, d2 := g.Likelihood.LogLik(y, 0)
			w[i] = g.scale * d2
			k := &known[n%len(known)]
			k.y, k.d2 = y, w[i]
			n++
		}
		g.X.AddMulVecSqTrans(diag, w, lo, hi, g.work.work)
	}
	for j, δ := range g.PriorPrecision {
		diag[j] -= δ
	}
}

// ConjugateNatural gives the natural parameter of the posterior of a linear
// regression, (XᵀWy + Pm₀, −½(XᵀWX + P)), to FullGaussian.
func (g *GLM) ConjugateNatural(dst []float64, family string) (c float64, ok bool) {
	_, isGaussian := g.Likelihood.(GaussianIdentity)
	d := g.Dim()
	if !isGaussian || family != fmt.Sprintf("FullGaussian(%d)", d) {
		return 0, false
	}
	if len(dst) != d+d*d {
		panic(badLength)
	}
	zero := make([]float64, d)
	hess := slices.Clone(dst[d:])
	c = g.LogJointHess(hess, dst[:d], zero)
	for i, h := range hess {
		dst[d+i] = 0.5 * h
	}
	return c, true
}
