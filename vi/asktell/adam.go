package asktell

import (
	"math"
	"math/rand/v2"
)

// Adam is the yardstick (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1), with the weights
// themselves where the other methods draw:
//
//	g ← (1 − γ) g + γ ĝ,   s ← (1 − β) s + β ĝ²
//	m ← m − α ḡ / (√s̄ + ε) − α·WeightDecay·m
//
// ḡ and s̄ are corrected for their start at zero. With a prior ĝ is ĝ + λ m, whose
// stationary points are posterior modes.
type Adam struct {
	gather
	set          Settings
	mean, mom, s []float64
	λ            float64
	λs           []float64
	left, leftS  float64
}

var adamUsage = usage{
	method:   "Adam",
	fields:   "NumData PriorPrecision PriorPrecisions Rate CurvatureRate GradientRate Decay Samples Epsilon WeightDecay",
	defaults: Settings{Rate: 1e-3, CurvatureRate: 1e-3, GradientRate: 0.1, Samples: 1, Epsilon: 1e-8},
}

// NewAdam starts at mean. It returns a *SettingError if s cannot be used.
func NewAdam(mean []float64, s Settings) (*Adam, error) {
	s, err := adamUsage.resolve(mean, s)
	if err != nil {
		return nil, err
	}
	d := len(mean)
	a := &Adam{gather: gather{method: "Adam", d: d, want: s.Samples}, set: s,
		mean: make([]float64, d), mom: make([]float64, d), s: make([]float64, d), left: 1, leftS: 1}
	copy(a.mean, mean)
	if s.PriorPrecision > 0 {
		a.λ = s.PriorPrecision / float64(s.NumData)
	}
	if s.PriorPrecisions != nil {
		a.λs = make([]float64, d)
		for i, δ := range s.PriorPrecisions {
			a.λs[i] = δ / float64(s.NumData)
		}
	}
	return a, nil
}

// Needs implements Method.
func (a *Adam) Needs() Curvature { return GradientSquare }

// Ask implements Method: it stores the weights. rnd may be nil.
func (a *Adam) Ask(dst []float64, _ *rand.Rand) []float64 {
	a.asked = true
	return a.Mean(dst)
}

// Rand implements Method: it stores the weights. rnd may be nil.
func (a *Adam) Rand(dst []float64, _ *rand.Rand) []float64 { return a.Mean(dst) }

// Mean implements Method: it stores the weights.
func (a *Adam) Mean(dst []float64) []float64 {
	dst = sized(dst, a.d)
	copy(dst, a.mean)
	return dst
}

// Variances implements Method.
func (a *Adam) Variances(dst []float64) []float64 {
	dst = sized(dst, a.d)
	clear(dst)
	return dst
}

// Posterior implements Method.
func (a *Adam) Posterior() (Gaussian, bool) { return nil, false }

// Tell implements Method.
func (a *Adam) Tell(b Batch) (stepped bool, err error) {
	a.begin()
	g, err := a.gradOf(b)
	if err != nil {
		return false, err
	}
	grad, _, ready := a.add(g, nil)
	if !ready {
		return false, nil
	}
	a.t++
	α, β := a.set.rates(a.t)
	γ, ε := a.set.GradientRate, a.set.Epsilon
	a.left *= 1 - γ
	a.leftS *= 1 - β
	keepG, keepS, scale, λ := 1-γ, 1-β, 1/(1-a.leftS), a.λ
	shrink := 1 - α*a.set.WeightDecay
	α /= 1 - a.left
	mean, mom, s := a.mean[:len(grad)], a.mom[:len(grad)], a.s[:len(grad)]
	for i, g := range grad {
		if a.λs != nil {
			λ = a.λs[i]
		}
		m := mean[i]
		g += λ * m
		u := keepG*mom[i] + γ*g
		v := keepS*s[i] + β*g*g
		mom[i], s[i] = u, v
		mean[i] = shrink*m - α*u/(math.Sqrt(v*scale)+ε)
	}
	return true, nil
}
