package asktell

import (
	"math"
	"math/rand/v2"

	"natgrad/families"
)

// diagonal is q = N(mean, diag(n (s + λ))⁻¹), and what the methods that hold it share.
type diagonal struct {
	gather
	set    Settings
	mean   []float64
	s      []float64
	n      float64   // N/τ
	λ      float64   // δ/n
	λs     []float64 // of every weight, in place of λ
	curv   Curvature
	square float64   // GradientSquare is this times ĝ²
	noise  []float64 // θ − mean of the last draw, for Stein
	mom    []float64 // average of gradients, nil without momentum
	left   float64   // (1 − γ)ᵗ, what bias correction of mom has to undo
	leftS  float64   // the same of s
}

// newDiagonal makes q with the precision s.InitPrecision. momentum says whether the
// method has one at all.
func newDiagonal(u *usage, mean []float64, s Settings, curv Curvature) *diagonal {
	d := len(mean)
	q := &diagonal{gather: gather{method: u.method, d: d, want: s.Samples}, set: s,
		mean: make([]float64, d), s: make([]float64, d), curv: curv, square: 1, left: 1, leftS: 1, n: 1}
	copy(q.mean, mean)
	if s.NumData > 0 {
		q.n = float64(s.NumData) / s.Temperature
	}
	q.λ = s.PriorPrecision / q.n
	if s.PriorPrecisions != nil {
		q.λs = make([]float64, d)
		for i, δ := range s.PriorPrecisions {
			q.λs[i] = δ / q.n
		}
	}
	for i := range q.s {
		q.s[i] = (s.InitPrecision - q.n*q.prior(i)) / q.n
	}
	if curv == Stein {
		q.noise = make([]float64, d)
	}
	if s.GradientRate > 0 && s.GradientRate < 1 {
		q.mom = make([]float64, d)
	}
	return q
}

// prior returns λ of weight i.
func (q *diagonal) prior(i int) float64 {
	if q.λs != nil {
		return q.λs[i]
	}
	return q.λ
}

// Needs implements Method.
func (q *diagonal) Needs() Curvature { return q.curv }

// Ask implements Method.
func (q *diagonal) Ask(dst []float64, rnd *rand.Rand) []float64 {
	dst = q.Rand(dst, rnd)
	for i := range q.noise {
		q.noise[i] = dst[i] - q.mean[i]
	}
	q.asked = true
	return dst
}

// Rand implements Method.
func (q *diagonal) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sized(dst, q.d)
	s, mean := q.s[:len(dst)], q.mean[:len(dst)]
	for i := range dst {
		dst[i] = mean[i] + rnd.NormFloat64()/math.Sqrt(q.n*(s[i]+q.prior(i)))
	}
	return dst
}

// Mean implements Method.
func (q *diagonal) Mean(dst []float64) []float64 {
	dst = sized(dst, q.d)
	copy(dst, q.mean)
	return dst
}

// Precision stores the precision of every weight in q.
func (q *diagonal) Precision(dst []float64) []float64 {
	dst = sized(dst, q.d)
	for i := range dst {
		dst[i] = q.n * (q.s[i] + q.prior(i))
	}
	return dst
}

// Variances implements Method.
func (q *diagonal) Variances(dst []float64) []float64 {
	dst = q.Precision(dst)
	for i, p := range dst {
		dst[i] = 1 / p
	}
	return dst
}

// Posterior implements Method. The Gaussian is a *families.DiagGaussianDist.
func (q *diagonal) Posterior() (Gaussian, bool) {
	g := families.DiagGaussian(q.d).New().(*families.DiagGaussianDist)
	ok := g.SetPrecision(q.mean, q.Precision(nil))
	return g, ok
}

// take adds b to the averages of the step. curv is nil for the square of a single
// gradient, which the step makes itself.
func (q *diagonal) take(b Batch) (grad, curv []float64, ready bool, err error) {
	q.begin()
	g, err := q.gradOf(b)
	if err != nil {
		return nil, nil, false, err
	}
	var h []float64
	switch q.curv {
	case GradientSquare:
		if q.want > 1 {
			q.curvFrom = grown(q.curvFrom, q.d)
			h = q.curvFrom
			for i, x := range g {
				h[i] = q.square * x * x
			}
		}
	case Stein:
		h = q.noise
		for i, x := range g {
			h[i] *= x * q.n * (q.s[i] + q.prior(i))
		}
		if err = q.bad("Grad·(θ−m)·precision", h); err != nil {
			return nil, nil, false, err
		}
	default:
		if h, err = q.curvOf(b, q.curv); err != nil {
			return nil, nil, false, err
		}
	}
	grad, curv, ready = q.add(g, h)
	return grad, curv, ready, nil
}

// outside returns the error of the first precision that would leave the domain with the
// curvature h at rate β. Squares of gradients cannot.
func (q *diagonal) outside(h []float64, β float64) error {
	for i, x := range h {
		if v := (1-β)*q.s[i] + β*x + q.prior(i); !(v > 0 && v <= math.MaxFloat64) {
			return &DomainError{q.method, q.t + 1, i, q.n * v}
		}
	}
	return nil
}

// scaled makes the step of VON, VOGN, Vprop and Vadam:
//
//	s ← (1 − β) s + β ĥ
//	g ← (1 − γ) g + γ (ĝ + λ m)              ḡ = g / (1 − (1−γ)ᵗ)
//	m ← m − α ḡ / (s̄ + λ)                    or √s̄ + λ
//
// where s̄ is s, or s / (1 − (1−β)ᵗ) if corrected. A nil h is ĝ².
func (q *diagonal) scaled(grad, h []float64, root, corrected bool) {
	q.t++
	α, β := q.set.rates(q.t)
	γ := q.set.GradientRate
	q.left *= 1 - γ
	q.leftS *= 1 - β
	gradScale, sScale := 1.0, 1.0
	if q.mom != nil {
		gradScale = 1 / (1 - q.left)
	}
	if corrected {
		sScale = 1 / (1 - q.leftS)
	}
	keepG, keepS, λ := 1-γ, 1-β, q.λ
	α *= gradScale
	mean, s := q.mean[:len(grad)], q.s[:len(grad)]
	for i, g := range grad {
		if q.λs != nil {
			λ = q.λs[i]
		}
		m := mean[i]
		u, x := g+λ*m, g*g*q.square
		if h != nil {
			x = h[i]
		}
		if q.mom != nil {
			u = keepG*q.mom[i] + γ*u
			q.mom[i] = u
		}
		v := keepS*s[i] + β*x
		s[i] = v
		v *= sScale
		if root {
			v = math.Sqrt(v)
		}
		mean[i] = m - α*u/(v+λ)
	}
}
