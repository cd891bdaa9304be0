package diagnostics

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// Estimate is a Monte Carlo estimate.
type Estimate struct {
	Value  float64
	StdErr float64 // standard error of Value, for independent draws
}

// ELBO returns the mean of the log ratios log p(y, z_s) − log q(z_s) of draws of q,
// which is the evidence lower bound, with standard error s/√S. At least two
// ratios are needed and all must be finite: one of −Inf makes the bound −Inf.
func ELBO(logRatios []float64) (Estimate, error) {
	n := len(logRatios)
	if n < 2 {
		return Estimate{}, &CountError{Of: "log ratios", Got: n, Want: 2}
	}
	if err := checkFinite("log ratio", logRatios); err != nil {
		return Estimate{}, err
	}
	var mean float64
	for i, v := range logRatios {
		mean += (v - mean) / float64(i+1)
	}
	var squares float64
	for _, v := range logRatios {
		d := v - mean
		squares += d * d
	}
	if !isFinite(squares) {
		i := farthest(logRatios)
		return Estimate{}, &ValueError{Of: "log ratio", Index: i, Column: -1, Got: logRatios[i], Want: "a number with a finite square"}
	}
	return Estimate{Value: mean, StdErr: math.Sqrt(squares / (float64(n) * float64(n-1)))}, nil
}

// Evidence returns the importance-sampling estimate of the log evidence
// log p(y) from log ratios of draws of q,
//
//	log (1/S) Σ_s r_s,   standard error (s_r/√S)/r̄
//
// by the delta method, s_r the standard deviation of the ratios and r̄ their
// mean. In expectation it lies between the ELBO and log p(y). The standard
// error is never above 1, which it reaches where one ratio dominates; it means
// nothing where k̂ is not Good. At least two ratios are needed; −Inf is a ratio of
// zero.
func Evidence(logRatios []float64) (Estimate, error) {
	if err := checkLogs("log ratio", logRatios); err != nil {
		return Estimate{}, err
	}
	sum := floats.LogSumExp(logRatios)
	return evidence(logRatios, sum, sum)
}

// Evidence returns the estimate of the log evidence from the smoothed ratios.
// It fails where p comes from a single ratio.
func (p *PSIS) Evidence() (Estimate, error) {
	return evidence(p.LogWeights, 0, p.LogSum)
}

// evidence returns the estimate from log weights with log-sum norm, of ratios
// with log-sum logSum.
func evidence(logs []float64, norm, logSum float64) (Estimate, error) {
	n := float64(len(logs))
	if n < 2 {
		return Estimate{}, &CountError{Of: "log ratios", Got: len(logs), Want: 2}
	}
	var squares float64
	for _, v := range logs {
		d := n*math.Exp(v-norm) - 1
		squares += d * d
	}
	return Estimate{Value: logSum - math.Log(n), StdErr: math.Sqrt(squares / (n * (n - 1)))}, nil
}

// farthest returns the index of the number farthest from zero.
func farthest(x []float64) int {
	at := 0
	for i, v := range x {
		if math.Abs(v) > math.Abs(x[at]) {
			at = i
		}
	}
	return at
}
