package vi

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"

	"natgrad/models"
)

// modeSearch climbs the log-joint by the BFGS method and keeps the inverse
// Hessian it learns, which is a first covariance. Far from a mode that is enough
// to begin with, and a mode need not exist: the log-joint of a hierarchical model
// is often unbounded where a scale goes to 0. So the search remembers its way.
type modeSearch struct {
	model            models.Gradienter
	d                int
	evals, hessEvals int

	z, grad       []float64
	value         float64
	zNext, gNext  []float64
	dir, s, y, hy []float64
	h             []float64 // inverse of the negative Hessian, d×d
	concave       bool      // at the last refresh

	logDet float64 // log |H|
	gain   float64 // nats that the next step promises
	err    error   // a Hessian that is not finite, where it was last looked at
	path   []waypoint
}

// waypoint is a point on the way, with the covariance learnt so far.
type waypoint struct {
	z, cov []float64
	value  float64
	proxy  float64 // of the ELBO, by Laplace's method with the covariance learnt
}

const (
	// modeIterations bounds a search.
	modeIterations = 200
	// modeTolerance is the gain in nats promised by the last step: at a distance
	// of a twentieth of a standard deviation. A fit goes on from there.
	modeTolerance = 1e-3
	// runaway is the number of iterations after which a search is left off that
	// only trades volume for height, as on the way into a funnel.
	runaway = 20
)

func newModeSearch(m models.Gradienter) *modeSearch {
	d := m.Dim()
	s := &modeSearch{model: m, d: d}
	for _, v := range []*[]float64{&s.z, &s.grad, &s.zNext, &s.gNext, &s.dir, &s.s, &s.y, &s.hy} {
		*v = make([]float64, d)
	}
	s.h = make([]float64, d*d)
	return s
}

// climb searches from z and reports whether it came to rest at a mode. It returns
// false at once where the log-joint is not finite. stop, if not nil, is asked at
// every iterate whether to leave off.
//
// What is taken for the rest must not depend on the units of the parameters, and
// the inverse Hessian of BFGS does where it has learnt little. So the search
// begins with the curvature at z, and looks at the curvature again where it
// believes to be at a mode.
func (s *modeSearch) climb(z []float64, stop func(z []float64) bool) bool {
	copy(s.z, z)
	s.path = s.path[:0]
	s.concave = false
	s.value = s.eval(s.grad, s.z)
	if !usable(s.value, s.grad) {
		return false
	}
	s.refresh()
	fresh := true
	best, since := math.Inf(-1), 0
	for range modeIterations {
		s.direction()
		if s.gain < modeTolerance {
			if fresh {
				s.mark()
				return s.concave
			}
			s.refresh()
			fresh = true
			continue
		}
		if !s.line() {
			if fresh {
				s.mark()
				return s.concave && s.gain < 0.1
			}
			s.refresh()
			fresh = true
			continue
		}
		fresh = false
		s.mark()
		if p := s.path[len(s.path)-1].proxy; p > best+0.5 {
			best, since = p, 0
		} else if since++; since > runaway {
			return false
		}
		if stop != nil && stop(s.z) {
			return true
		}
	}
	return false
}

func (s *modeSearch) eval(grad, z []float64) float64 {
	s.evals++
	return s.model.LogJointGrad(grad, z)
}

func usable(value float64, grad []float64) bool {
	return !math.IsInf(value, 0) && !math.IsNaN(value+floats.Sum(grad))
}

// direction stores H∇f and what it promises.
func (s *modeSearch) direction() {
	blas64.Symv(1, s.inverse(), vec(s.grad), 0, vec(s.dir))
	s.gain = floats.Dot(s.dir, s.grad) / 2
}

func (s *modeSearch) inverse() blas64.Symmetric {
	return blas64.Symmetric{N: s.d, Stride: s.d, Data: s.h, Uplo: blas.Upper}
}

func vec(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }

// line finds a point along the direction that satisfies the weak Wolfe
// conditions, goes there and learns from it. It reports false if there is none.
func (s *modeSearch) line() bool {
	const armijo, curvature = 1e-4, 0.9
	slope := 2 * s.gain
	lo, hi, t := 0.0, math.Inf(1), 1.0
	fLo, dLo := s.value, slope
	for range 40 {
		floats.AddScaledTo(s.zNext, s.z, t, s.dir)
		f := s.eval(s.gNext, s.zNext)
		d := floats.Dot(s.gNext, s.dir)
		switch {
		case !usable(f, s.gNext) || f < s.value+armijo*t*slope:
			hi = t
			// The maximum of the parabola through what is known, if it is inside.
			w := hi - lo
			t = lo + 0.1*w
			if usable(f, s.gNext) {
				if p := lo + 0.5*dLo*w*w/(dLo*w-(f-fLo)); p > t && p < lo+0.5*w {
					t = p
				} else if p >= lo+0.5*w {
					t = lo + 0.5*w
				}
			}
		case d > curvature*slope && math.IsInf(hi, 1):
			lo, fLo, dLo = t, f, d
			t *= 3
		case d > curvature*slope:
			lo, fLo, dLo = t, f, d
			t = lo + 0.5*(hi-lo)
		default:
			s.accept(f, t)
			return true
		}
		if hi-lo < 1e-12*hi {
			break
		}
	}
	if lo > 0 { // better than nothing, and no curvature to learn
		floats.AddScaledTo(s.zNext, s.z, lo, s.dir)
		f := s.eval(s.gNext, s.zNext)
		if usable(f, s.gNext) && f > s.value {
			s.accept(f, lo)
			return true
		}
	}
	return false
}

// accept goes to the next point and updates the inverse Hessian.
func (s *modeSearch) accept(f, t float64) {
	var sy, yy float64
	for i := range s.z {
		s.s[i] = s.zNext[i] - s.z[i]
		s.y[i] = s.grad[i] - s.gNext[i]
		sy += s.s[i] * s.y[i]
		yy += s.y[i] * s.y[i]
	}
	s.z, s.zNext = s.zNext, s.z
	s.grad, s.gNext = s.gNext, s.grad
	s.value = f
	if !(sy > 1e-12*math.Sqrt(yy)*floats.Norm(s.s, 2)) {
		return
	}
	s.logDet += math.Log(t * t * 2 * s.gain / sy) // of BFGS: |B₊| = |B| sᵀy/sᵀBs, with Bs = t∇f
	h := s.inverse()
	blas64.Symv(1, h, vec(s.y), 0, vec(s.hy))
	yhy := floats.Dot(s.y, s.hy)
	blas64.Syr2(-1/sy, vec(s.s), vec(s.hy), h)
	blas64.Syr((1+yhy/sy)/sy, vec(s.s), h)
}

// mark remembers where the search is.
func (s *modeSearch) mark() {
	cov := append([]float64(nil), s.h...)
	for i := range s.d {
		for j := range i {
			cov[i*s.d+j] = cov[j*s.d+i]
		}
	}
	s.path = append(s.path, waypoint{append([]float64(nil), s.z...), cov, s.value,
		s.value + 0.5*(s.logDet+float64(s.d)*math.Log(2*math.Pi))})
}
