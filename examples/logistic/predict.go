package main

import (
	"fmt"
	"math"

	"natgrad/families"
	"natgrad/models"
)

// score is how well the posterior predicts the test rows.
type score struct {
	Rows        int         `json:"rows"`
	LogLoss     float64     `json:"log_loss"` // nats per row
	Accuracy    float64     `json:"accuracy"`
	Calibration calibration `json:"calibration"`
}

// calibration compares predicted probabilities with observed frequencies.
type calibration struct {
	// Error is the expected calibration error: the mean over rows of the absolute
	// difference between Predicted and Observed of their bin.
	Error float64 `json:"error"`
	Bins  []bin   `json:"bins"` // without the empty ones
}

// bin holds the rows whose predicted probability lies in [Low, High).
type bin struct {
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	Rows      int     `json:"rows"`
	Predicted float64 `json:"predicted"` // mean probability
	Observed  float64 `json:"observed"`  // share of positive rows
}

const bins = 10

// assess predicts the test rows; nil if there are none. The error is a row whose
// values are so large that its predictor overflows: it has no probability.
func assess(c *config, in *input, q families.Distribution) (*score, error) {
	if in.test == nil {
		return nil, nil
	}
	logProb := logProbLogit
	if c.likelihood == "probit" {
		logProb = logProbProbit
	}
	m, v := predictors(models.WithIntercept(in.test.X), q.(families.Gaussian))
	s := &score{Rows: len(m)}
	n := float64(s.Rows)
	var table [bins]bin
	for i, y := range in.yTest {
		if math.IsInf(m[i], 0) || math.IsNaN(m[i]) || math.IsInf(v[i], 0) || math.IsNaN(v[i]) {
			return nil, fmt.Errorf("%s: line %d: values too large to predict from: the predictor has mean %g and variance %g",
				in.test.File, in.test.Lines[i], m[i], v[i])
		}
		p, signed := math.Exp(logProb(m[i], v[i])), m[i]
		if y == 0 {
			signed = -signed
		}
		s.LogLoss -= logProb(signed, v[i]) / n
		// By symmetry the probability is above ½ where the mean is above 0.
		if (m[i] >= 0) == (y == 1) {
			s.Accuracy++
		}
		b := &table[min(int(p*bins), bins-1)]
		b.Rows++
		b.Predicted += p
		b.Observed += y
	}
	s.Accuracy /= n
	for k, b := range table {
		if b.Rows == 0 {
			continue
		}
		rows := float64(b.Rows)
		b.Low, b.High = float64(k)/bins, float64(k+1)/bins
		b.Predicted /= rows
		b.Observed /= rows
		s.Calibration.Error += math.Abs(b.Predicted-b.Observed) * rows / n
		s.Calibration.Bins = append(s.Calibration.Bins, b)
	}
	return s, nil
}

// predictors returns the means and variances of the linear predictors of the
// rows of x under q.
func predictors(x models.Matrix, q families.Gaussian) (m, v []float64) {
	const chunk = 256
	n, _ := x.Dims()
	m, v = make([]float64, n), make([]float64, n)
	loc, cov := q.Loc(nil), q.Cov(nil)
	var factor []float64
	if full, ok := q.(interface{ CovFactor(dst []float64) []float64 }); ok {
		factor = full.CovFactor(nil)
	}
	work := x.NewWork(chunk)
	for lo := 0; lo < n; lo += chunk {
		hi := min(lo+chunk, n)
		x.MulVec(m[lo:hi], loc, lo, hi)
		if factor != nil {
			x.QuadForm(v[lo:hi], factor, cov, lo, hi, work)
		} else {
			x.MulVecSq(v[lo:hi], cov, lo, hi, work)
		}
	}
	return m, v
}

// logProbProbit returns log E[Φ(f)] = log Φ(m/√(1+v)) for f ~ N(m, v).
func logProbProbit(m, v float64) float64 {
	return logNormCDF(m / math.Sqrt(1+v))
}

// logProbLogit returns log E[σ(f)] for f ~ N(m, v), to about 1e-14 of the
// expectation however small it is. With φ the normal density and σ′ the logistic
// one, whose distribution functions are Φ and σ,
//
//	E[σ(f)] = ∫ φ(t) σ(m + √v t) dt = ∫ σ′(u) Φ((m + u)/√v) du
//
// The trapezoidal rule with spacing h has an error of about exp(−2πa/h) for
// an integrand that is analytic and of the same size within a distance a of the
// real line. The poles of σ are at ±iπ, so that a ≈ 2.8 for the first form if
// v ≤ 1, and for the second if v ≥ 1, where it is Φ that grows with a.
func logProbLogit(m, v float64) float64 {
	const h = 0.4
	sd := math.Sqrt(v)
	if v <= 1 {
		g := func(t float64) float64 { return -t*t/2 + logSigmoid(m+sd*t) }
		return logTrapezoid(g, mode(func(t float64) float64 { return sd*sigmoid(-m-sd*t) - t }, 0, sd), h) -
			math.Log(2*math.Pi)/2
	}
	g := func(u float64) float64 { return logSigmoid(u) + logSigmoid(-u) + logNormCDF((m+u)/sd) }
	slope := func(u float64) float64 {
		_, d, _ := models.BernoulliProbit{}.LogLik(1, (m+u)/sd)
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
	l, _, _ := models.BernoulliLogit{}.LogLik(1, f)
	return l
}

func logNormCDF(f float64) float64 {
	l, _, _ := models.BernoulliProbit{}.LogLik(1, f)
	return l
}
