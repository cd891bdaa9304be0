package models

import (
	"fmt"
	"iter"
	"math"
)

// Prediction is what S draws of the weights of a network say of n new rows.
type Prediction struct {
	Draws int // S
	// Classes is the number of classes, 0 for regression.
	Classes int
	// Mean is E[y|x], the average over the draws: n for one output (the probability of
	// class 1 for two classes); n×Classes probabilities, row-major, for softmax.
	Mean []float64
	// Var is Var[y|x], for one output: the average variance of y given f (1/τ for
	// GaussianIdentity) and, added to it, the variance of its mean over the draws. Nil for
	// softmax.
	Var []float64
	// LogDensity is log 1/S Σ_s p(y_i|x_i, z_s) of each row, nil if Predict had no y.
	LogDensity []float64
	// LogJointDensity is log 1/S Σ_s Π_i p(y_i|x_i, z_s), 0 if Predict had no y.
	LogJointDensity float64

	y []float64
}

// Predict goes through draws of the weights from an approximate posterior, such as
// slices.Values of a [][]float64, which it does not keep, and returns what they say of
// the rows of x; with y, which may be nil, also how well they do. Targets in other units
// are the caller's business: where y was divided by c, log-densities are to be lowered by
// log c for each row and RMSE multiplied by c. Errors are *DataError.
func (m *MLP) Predict(x *Dense, y []float64, draws iter.Seq[[]float64]) (*Prediction, error) {
	m.mustBeMade()
	if x == nil {
		return nil, badMLPSetting("no matrix", "a matrix")
	}
	n, d := x.Dims()
	if d != m.layers[0].in {
		return nil, badMLPSetting(fmt.Sprintf("%d columns", d), fmt.Sprintf("%d, the inputs of the network", m.layers[0].in))
	}
	if y != nil {
		if len(y) != n {
			return nil, badMLPSetting(fmt.Sprintf("%d targets", len(y)), fmt.Sprintf("%d, the rows of the matrix", n))
		}
		if err := m.out.check(y); err != nil {
			return nil, err
		}
	}
	k := m.out.outputs()
	p := &Prediction{Classes: m.out.classes(), Mean: make([]float64, n*k), y: y}
	var spread, sum []float64 // Σ_s (mean_s − mean)²; Σ_s exp(log p − largest log p yet)
	if k == 1 {
		p.Var, spread = make([]float64, n), make([]float64, n)
	}
	if y != nil {
		p.LogDensity, sum = make([]float64, n), make([]float64, n)
	}
	var sumJoint float64
	mean := make([]float64, k)
	for z := range draws {
		mustHave(z, m.dim)
		p.Draws++
		s := float64(p.Draws)
		var joint float64
		for lo := 0; lo < n; lo += mlpChunk {
			hi := min(lo+mlpChunk, n)
			f := m.forward(x, z, lo, hi)
			if y != nil {
				ll := m.work.ll[:hi-lo]
				m.out.logLik(ll, nil, y[lo:hi], f)
				for i, l := range ll {
					joint += l
					p.LogDensity[lo+i], sum[lo+i] = addLogTerm(p.LogDensity[lo+i], sum[lo+i], l)
				}
			}
			m.out.prepare(f)
			for i := range hi - lo {
				v := m.out.moments(mean, f[i*k:(i+1)*k])
				all := p.Mean[(lo+i)*k : (lo+i+1)*k]
				for j, u := range mean {
					diff := u - all[j]
					all[j] += diff / s
					if k == 1 {
						spread[lo+i] += diff * (u - all[j])
						p.Var[lo+i] += v
					}
				}
			}
		}
		if y != nil {
			p.LogJointDensity, sumJoint = addLogTerm(p.LogJointDensity, sumJoint, joint)
		}
	}
	if p.Draws == 0 {
		return nil, badMLPSetting("no draws of the weights", "at least one")
	}
	s := float64(p.Draws)
	for i := range p.Var {
		p.Var[i] = (p.Var[i] + spread[i]) / s
	}
	for i := range p.LogDensity {
		p.LogDensity[i] += math.Log(sum[i] / s)
	}
	if y != nil {
		p.LogJointDensity += math.Log(sumJoint / s)
	}
	return p, nil
}

// addLogTerm adds exp(l) to sum·exp(top), and keeps top the largest of the l. A sum of 0
// is empty.
func addLogTerm(top, sum, l float64) (newTop, newSum float64) {
	switch {
	case sum == 0 || l > top && math.IsInf(top, -1):
		return l, max(sum, 1)
	case l == top: // infinite or not
		return top, sum + 1
	case l > top:
		return l, sum*math.Exp(top-l) + 1
	}
	return top, sum + math.Exp(l-top)
}
