package main

import (
	"fmt"
	"math"

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
func assess(c *config, in *input, b beliefs) (*score, error) {
	if in.test == nil {
		return nil, nil
	}
	lik := c.newLikelihood()
	m, v := b.predictors(models.WithIntercept(in.test.X))
	s := &score{Rows: len(m)}
	n := float64(s.Rows)
	var table [bins]bin
	for i, y := range in.yTest {
		if math.IsInf(m[i], 0) || math.IsNaN(m[i]) || math.IsInf(v[i], 0) || math.IsNaN(v[i]) {
			return nil, fmt.Errorf("%s: line %d: values too large to predict from: the predictor has mean %g and variance %g",
				in.test.File, in.test.Lines[i], m[i], v[i])
		}
		p := math.Exp(lik.LogPredictive(1, m[i], v[i]))
		s.LogLoss -= lik.LogPredictive(y, m[i], v[i]) / n
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
