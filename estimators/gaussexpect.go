package estimators

import (
	"fmt"
	"math"

	"natgrad/models"
)

// AccuracyError reports an expectation that could not be computed to the accuracy
// that Quadrature promises.
type AccuracyError struct {
	Row    int     // the data row, −1 if unknown
	M, V   float64 // mean and variance of its linear predictor
	Reason string
}

func (e *AccuracyError) Error() string {
	return fmt.Sprintf("estimators: expected log-likelihood at data row %d, linear predictor of mean %g and variance %g: %s",
		e.Row, e.M, e.V, e.Reason)
}

// expectation computes Gaussian expectations of one likelihood.
type expectation struct {
	lik       models.Likelihood
	closed    models.ExpectedLikelihood // nil if it has no closed form
	halfWidth float64                   // of the strip where it is analytic, 0 if unknown
	panels    []panel
}

func (e *expectation) bind(lik models.Likelihood) {
	e.lik = lik
	e.closed, _ = lik.(models.ExpectedLikelihood)
	e.halfWidth = 0
	if a, ok := lik.(models.AnalyticLikelihood); ok {
		e.halfWidth = a.HalfWidth()
	}
}

// at returns E[ℓ], E[ℓ′] and E[ℓ″] for f ~ N(m, v). What is not finite is left
// to the caller.
func (e *expectation) at(y, m, v float64) (ell, d1, d2 float64, err error) {
	switch {
	case e.closed != nil:
		ell, d1, d2 = e.closed.ExpectedLogLik(y, m, v)
		return ell, d1, d2, nil
	case v == 0:
		ell, d1, d2 = e.lik.LogLik(y, m)
		return ell, d1, d2, nil
	}
	if e.halfWidth > 0 {
		if h := trapezoidStep(v, e.halfWidth); h >= 1./64 {
			ell, d1, d2 = e.trapezoid(y, m, v, h)
			return ell, d1, d2, nil
		}
	}
	return e.adaptive(y, m, v)
}

// trapezoidStep returns the spacing of the trapezoidal rule, in standard
// deviations, whose relative error is about exp(−digits) for a function that is
// analytic for |Im f| < a.
//
// The error is the integral along a line that is shifted by any amount c < a
// into the complex plane, exp(−2πc/H + c²/(2v)) with H the spacing in f: least
// at c = 2πv/H where that is within the strip, else at its edge. (Trefethen &
// Weideman 2014, §5.)
func trapezoidStep(v, a float64) float64 {
	const digits = 38
	sd := math.Sqrt(v)
	if h := math.Pi * math.Sqrt(2./digits); 2*math.Pi*sd/h <= a {
		return h
	}
	a *= 0.97 // off the singularity itself
	return 2 * math.Pi * a / (digits + a*a/(2*v)) / sd
}

// The rules end where the density is negligible: for a bounded function at
// narrow standard deviations, for one that grows where its terms are, and for
// any at wide.
const (
	narrow = 8.5
	wide   = 38

	negligible = 1e-17
)

// trapezoid sums over equally spaced nodes, h standard deviations apart, from the
// mean outwards.
func (e *expectation) trapezoid(y, m, v, h float64) (ell, d1, d2 float64) {
	sd := math.Sqrt(v)
	norm := h / math.Sqrt(2*math.Pi)
	ell, d1, d2 = e.lik.LogLik(y, m)
	ell, d1, d2 = norm*ell, norm*d1, norm*d2
	a0, a1, a2 := math.Abs(ell), math.Abs(d1), math.Abs(d2)
	for k := 1.; k*h <= wide; k++ {
		x := k * h
		w := norm * math.Exp(-0.5*x*x)
		p0, p1, p2 := e.lik.LogLik(y, m+sd*x)
		q0, q1, q2 := e.lik.LogLik(y, m-sd*x)
		ell, d1, d2 = ell+w*(p0+q0), d1+w*(p1+q1), d2+w*(p2+q2)
		t0, t1, t2 := w*(math.Abs(p0)+math.Abs(q0)), w*(math.Abs(p1)+math.Abs(q1)), w*(math.Abs(p2)+math.Abs(q2))
		a0, a1, a2 = a0+t0, a1+t1, a2+t2
		if s := a0 + a1 + a2; !finite(s) {
			break
		}
		if x >= narrow && t0 <= negligible*a0 && t1 <= negligible*a1 && t2 <= negligible*a2 {
			break
		}
	}
	return ell, d1, d2
}
