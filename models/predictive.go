package models

import "math"

// PredictiveLikelihood is a Likelihood that predicts observations from what is known of f.
type PredictiveLikelihood interface {
	Likelihood
	// LogPredictive returns log E p(y|f) for f ~ N(m, v), v ≥ 0: the logarithm of the
	// probability (density) of a new observation.
	LogPredictive(y, m, v float64) float64
}

var (
	_ PredictiveLikelihood = BernoulliLogit{}
	_ PredictiveLikelihood = BernoulliProbit{}
	_ PredictiveLikelihood = GaussianIdentity{}
)

// LogPredictive returns log Φ(±m/√(1+v)).
func (BernoulliProbit) LogPredictive(y, m, v float64) float64 {
	ll, _, _ := BernoulliProbit{}.LogLik(y, m/math.Sqrt(1+v))
	return ll
}

// LogPredictive returns log N(y | m, v + 1/τ).
func (g GaussianIdentity) LogPredictive(y, m, v float64) float64 {
	v += 1 / g.Precision
	r := y - m
	return -halfLog2Pi - 0.5*math.Log(v) - 0.5*r*r/v
}

// LogPredictive returns log E[σ(±f)], to about 1e-14 of the expectation however small it
// is. With φ the normal density and σ′ the logistic one, whose distribution functions are
// Φ and σ,
//
//	E[σ(f)] = ∫ φ(t) σ(m + √v t) dt = ∫ σ′(u) Φ((m + u)/√v) du
//
// The trapezoidal rule with spacing h has an error of about exp(−2πa/h) for
// an integrand that is analytic and of the same size within a distance a of the
// real line. The poles of σ are at ±iπ, so that a ≈ 2.8 for the first form if
// v ≤ 1, and for the second if v ≥ 1, where it is Φ that grows with a.
func (BernoulliLogit) LogPredictive(y, m, v float64) float64 {
	if y == 0 {
		m = -m
	}
	const h = 0.4
	sd := math.Sqrt(v)
	if v <= 1 {
		g := func(t float64) float64 { return -t*t/2 + logSigmoid(m+sd*t) }
		return logTrapezoid(g, mode(func(t float64) float64 { return sd*sigmoid(-m-sd*t) - t }, 0, sd), h) -
			math.Log(2*math.Pi)/2
	}
	g := func(u float64) float64 { return logSigmoid(u) + logSigmoid(-u) + logΦ((m+u)/sd) }
	slope := func(u float64) float64 {
		_, d, _ := logNormCDF((m + u) / sd)
		return 1 - 2*sigmoid(u) + d/sd
	}
	return logTrapezoid(g, mode(slope, 0, math.Max(1, 40-m)), h)
}

// mode returns where slope, which falls, goes through 0, to the accuracy that a
// place to begin a sum needs.
func mode(slope func(float64) float64, lo, hi float64) float64 {
	for hi-lo > 0.1 {
		if mid := (lo + hi) / 2; slope(mid) > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// logTrapezoid returns the logarithm of h Σ_k exp(g(at + kh)), for a concave g
// whose mode is near at.
func logTrapezoid(g func(float64) float64, at, h float64) float64 {
	top := g(at)
	sum := 1.
	for _, step := range []float64{h, -h} {
		for x := at + step; ; x += step {
			term := math.Exp(g(x) - top)
			sum += term
			if !(term >= 1e-18*sum) {
				break
			}
		}
	}
	return top + math.Log(h*sum)
}

func sigmoid(f float64) float64 { return math.Exp(logSigmoid(f)) }

func logSigmoid(f float64) float64 {
	l, _, _ := BernoulliLogit{}.LogLik(1, f)
	return l
}

func logΦ(x float64) float64 {
	l, _, _ := logNormCDF(x)
	return l
}
