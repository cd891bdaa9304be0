package vi

import (
	"context"
	"fmt"
	"math"
	"reflect"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"

	"natgrad/families"
	"natgrad/models"
)

// LinearResponse is the posterior covariance that a fit of independent Gaussian
// coordinates implies, though it has none of its own.
type LinearResponse struct {
	// Cov is the covariance of z, Dim×Dim row-major.
	Cov []float64
	// Mean is that of the optimum of the average, and MeanErr its Monte Carlo
	// standard error: how far other draws would move it. Both in units of z.
	Mean, MeanErr []float64
	// Draws is the number of draws in the average.
	Draws int
	// Distance is how far the answer of the fit was from the optimum of the
	// average, in standard deviations, as a root mean square over parameters.
	Distance float64
	// GradEvals and HessEvals count what was evaluated.
	GradEvals, HessEvals int
}

// SD stores the square roots of the diagonal of Cov in dst, or in a new slice if
// dst is nil.
func (l *LinearResponse) SD(dst []float64) []float64 {
	d := len(l.Mean)
	if dst == nil {
		dst = make([]float64, d)
	}
	if len(dst) != d {
		panic(badResponse)
	}
	for i := range dst {
		dst[i] = math.Sqrt(l.Cov[i*d+i])
	}
	return dst
}

const badResponse = "vi: length of dst is not the number of parameters"

const (
	// MaxResponseDim is the largest number of parameters of a linear response,
	// which needs a dense matrix of (2·Dim)² numbers.
	MaxResponseDim = 1000
	// responseDraws is the number of draws if nobody asks for another.
	responseDraws = 256
	// responsePasses bounds the steps of Newton's method, and responseTolerance is
	// where they end: the covariance is in error by about as much, relatively.
	responsePasses    = 12
	responseTolerance = 1e-4
	// responseDistance is how far the answer of a fit may be from the optimum of
	// the average.
	responseDistance = 0.5
	// What is closer to singular than this is known to be concave no more: by
	// Hessians to about 1e-15, by differences of gradients to about 1e-9.
	exactCond, differenceCond = 1e-13, 1e-8
)

// LinearResponse returns the linear-response covariance of a fit under
// families.DiagGaussian (Giordano, Broderick & Jordan 2018, JMLR 19; Giordano,
// Ingram & Broderick 2024, JMLR 25, whose average over fixed draws it uses).
//
// Such a fit has no correlations, and standard deviations that are too small where
// the posterior has some. But its means, which are good, move as those of the
// posterior do if log p is tilted by tᵀz, and the derivative of the posterior mean
// in t is the posterior covariance:
//
//	Cov = ∂m*/∂t = the block of m in H⁻¹
//	H   = −∇²L at the optimum, in (m, log s)
//	L   = 1/n Σ_k log p(y, m + s∘ε_k) + Σ_i log s_i
//
// It is exact for a Gaussian posterior, and no better than the means of the fit for
// others: see Result.Verdict.
//
// m is the model that was fitted, n the number of draws ε, rounded up to an even
// number; 0: 256 or what the fit used, and 4·Dim at least. They are quasi-random
// antithetic pairs, with covariance I from 4·Dim on. From the answer of the fit a
// few steps of Newton's method, two to seven, lead to the optimum of L. Each takes
// n Hessians of the model, or where it is no models.Hessianer 2n·Dim gradients. The
// same seed gives the same bits for any number of goroutines.
//
// The Monte Carlo error of the means is that of DADVI, √(diag H⁻¹ŜH⁻¹/K) with the
// covariance Ŝ of the gradients of the K = n/2 pairs. It takes these for
// independent and so exceeds the error of draws that are quasi-random, often
// several times.
//
// Errors: *MethodError if Q is not of DiagGaussian or the model has no gradient,
// *DimError if the model is another one, *LimitError beyond MaxResponseDim,
// *ResponseError if L has no maximum near the answer, *estimators.NonFiniteError,
// and that of ctx.
func (r *Result) LinearResponse(ctx context.Context, m models.Model, n int, seed uint64) (*LinearResponse, error) {
	q, ok := r.Q.(*families.DiagGaussianDist)
	if !ok {
		return nil, &MethodError{Method: "LinearResponse", Family: r.Q.Family().String(),
			Needs:  "independent Gaussian coordinates (families.DiagGaussian)",
			Advice: "the covariance of another family is that of Q itself"}
	}
	grad, ok := m.(models.Gradienter)
	if !ok {
		return nil, &MethodError{Method: "LinearResponse", Family: reflect.TypeOf(m).String(),
			Needs: "gradients (models.Gradienter)", Advice: "Result.Resampled corrects standard deviations by values alone"}
	}
	d := q.Family().Dim()
	if m.Dim() != d {
		return nil, &DimError{Model: m.Dim(), Family: d, Name: q.Family().String()}
	}
	if d > MaxResponseDim {
		return nil, &LimitError{What: "parameters of a linear response", Got: d, Max: MaxResponseDim}
	}
	if n <= 0 {
		n = max(responseDraws, 4*d, r.Averaged)
	}
	l := newFixedELBO(grad, q, max(2, (n+1)/2), seed)
	dist, err := l.maximize(ctx)
	if err != nil {
		return nil, err
	}
	res := &LinearResponse{Cov: make([]float64, d*d), Mean: l.m, MeanErr: l.meanErr(),
		Draws: 2 * l.pairs, Distance: dist, GradEvals: l.gradEvals, HessEvals: l.hessEvals}
	l.covariance(res.Cov)
	return res, nil
}

// maximize goes to the maximum of the average and leaves the factor of H there. It
// returns the distance of the first step.
func (l *fixedELBO) maximize(ctx context.Context) (first float64, err error) {
	d := l.d
	step := make([]float64, 2*d)
	for pass := 0; ; pass++ {
		if err := l.evaluate(ctx); err != nil {
			return 0, err
		}
		cond := l.factorize()
		if !(cond > l.minCond()) {
			return 0, &ResponseError{Draws: 2 * l.pairs, Cond: cond, Distance: math.NaN()}
		}
		copy(step, l.grad)
		l.solve(blas64.General{Rows: 2 * d, Cols: 1, Stride: 1, Data: step})
		dist := math.Sqrt(math.Max(0, floats.Dot(step, l.grad)) / float64(2*d))
		if pass == 0 {
			first = dist
		}
		if !(dist <= responseDistance) {
			return 0, &ResponseError{Draws: 2 * l.pairs, Cond: cond, Distance: dist}
		}
		for i, s := range l.s {
			l.m[i] += s * step[d+i]
		}
		switch {
		case dist <= responseTolerance:
			return first, nil
		case pass == responsePasses:
			return 0, &ResponseError{Draws: 2 * l.pairs, Cond: cond, Distance: dist}
		}
		for i := range l.s {
			l.s[i] *= math.Exp(step[i])
		}
	}
}

// ResponseError reports a fit that has no linear response, since it is not at a
// maximum of the ELBO.
type ResponseError struct {
	// Draws is the number of draws of the average that stands for the ELBO.
	Draws int
	// Cond is the reciprocal condition number of −∇²ELBO, in units of the standard
	// deviations of the fit; 0 if that matrix is not positive definite.
	Cond float64
	// Distance is how far away the maximum seems to be, in standard deviations; NaN
	// if there is none.
	Distance float64
}

func (e *ResponseError) Error() string {
	const advice = "fit again from another start, with a smaller Tolerance, or use more draws"
	switch {
	case e.Cond == 0:
		return fmt.Sprintf("vi: no linear response: the ELBO, by %d draws, is not concave at the answer, which is no maximum; %s", e.Draws, advice)
	case math.IsNaN(e.Distance):
		return fmt.Sprintf("vi: no linear response: the ELBO, by %d draws, is flat in some direction (reciprocal condition %.2g), which the data and the prior leave open; "+
			"give the parameters proper priors or fewer of them", e.Draws, e.Cond)
	case e.Distance <= responseDistance:
		return fmt.Sprintf("vi: no linear response: %d steps of Newton's method do not reach the maximum of the ELBO, by %d draws, and are %.2g standard deviations away; "+
			"look whether the second derivatives of the model are those of its log-joint, or use more draws", responsePasses, e.Draws, e.Distance)
	default:
		return fmt.Sprintf("vi: no linear response: the maximum of the ELBO, by %d draws, is %.2g standard deviations from the answer, want at most %v; %s", e.Draws, e.Distance, responseDistance, advice)
	}
}

// LimitError reports a problem that is too large.
type LimitError struct {
	What     string
	Got, Max int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("vi: %d %s, want at most %d", e.Got, e.What, e.Max)
}
