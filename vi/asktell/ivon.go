package asktell

import "math"

// IVON is the improved variational online Newton method (Shen et al. 2024,
// arXiv:2402.17641, algorithm 1), whose second-order step keeps precisions positive for
// curvatures of any sign (Lin, Schmidt & Khan 2020):
//
//	g ← (1 − γ) g + γ ĝ                      ḡ = g / (1 − (1−γ)ᵗ)
//	h ← (1 − β) h + β ĥ + ½ β² (h − ĥ)² / (h + λ)
//	m ← m − α′ clip((ḡ + λ m) / (h + λ))
//
// with the new h in the last line, α′ = α (h₀ + λ) unless RawRate, and clip to
// [−Clip, Clip]. By default ĥ is Stein's estimate, which needs gradients only.
// GradientSquare is n ĝ² here, as in the authors' program.
type IVON struct {
	diagonal
	scale, clip float64
}

var ivonUsage = usage{
	method:   "IVON",
	fields:   "NumData PriorPrecision PriorPrecisions Temperature InitPrecision Rate CurvatureRate GradientRate Decay Samples Curvature Clip RawRate",
	defaults: Settings{PriorPrecision: 1, Temperature: 1, Rate: 0.1, CurvatureRate: 1e-5, GradientRate: 0.1, Samples: 1, Curvature: Stein, Clip: math.Inf(1)},
}

// NewIVON starts at mean. It returns a *SettingError if s cannot be used.
func NewIVON(mean []float64, s Settings) (*IVON, error) {
	s, err := ivonUsage.resolve(mean, s)
	if err != nil {
		return nil, err
	}
	if !s.Curvature.diagonal() {
		return nil, &SettingError{"IVON", "Curvature", s.Curvature, "a diagonal"}
	}
	q := &IVON{diagonal: *newDiagonal(&ivonUsage, mean, s, s.Curvature), scale: 1, clip: s.Clip}
	q.square = q.n
	if !s.RawRate {
		q.scale = s.InitPrecision / q.n
	}
	return q, nil
}

// Tell implements Method.
func (q *IVON) Tell(b Batch) (stepped bool, err error) {
	grad, curv, ready, err := q.take(b)
	if !ready {
		return false, err
	}
	q.t++
	α, β := q.set.rates(q.t)
	γ := q.set.GradientRate
	q.left *= 1 - γ
	keep, correct, λ := 1-γ, 1/(1-q.left), q.λ
	α *= q.scale
	mean, s := q.mean[:len(grad)], q.s[:len(grad)]
	for i, g := range grad {
		if q.λs != nil {
			λ = q.λs[i]
		}
		x := q.square * g * g
		if curv != nil {
			x = curv[i]
		}
		if q.mom != nil {
			g = keep*q.mom[i] + γ*g
			q.mom[i] = g
		}
		h := s[i]
		r := β * (h - x)
		h += r*(0.5*r/(h+λ)) - r
		s[i] = h
		m := mean[i]
		mean[i] = m - α*max(-q.clip, min(q.clip, (g*correct+λ*m)/(h+λ)))
	}
	return true, nil
}
