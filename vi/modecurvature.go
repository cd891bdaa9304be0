package vi

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"natgrad/estimators"
	"natgrad/models"
)

// refresh makes H the inverse of the absolute value of the Hessian, taken in units
// in which its diagonal is ±1: the direction is then uphill, and that of Newton
// where the log-joint is concave.
func (s *modeSearch) refresh() {
	d := s.d
	s.hessian(s.h)
	if i := nonFinite(s.h); i >= 0 {
		s.err = &estimators.NonFiniteError{What: "Hessian", Value: s.h[i], Index: i / d, Draw: -1, Z: slices.Clone(s.z)}
	} else {
		s.err = nil
	}
	scale := s.hy
	for i := range d {
		scale[i] = 1
		if a := math.Abs(s.h[i*d+i]); a > 0 && !math.IsInf(a, 0) {
			scale[i] = 1 / math.Sqrt(a)
		}
	}
	a := mat.NewSymDense(d, nil)
	for i := range d {
		for j := i; j < d; j++ {
			v := -s.h[i*d+j] * scale[i] * scale[j]
			if math.IsNaN(v) || math.IsInf(v, 0) {
				v = 0
				if i == j {
					v = 1
				}
			}
			a.SetSym(i, j, v)
		}
	}
	var e mat.EigenSym
	if !e.Factorize(a, true) {
		clear(s.h)
		for i := range d {
			s.h[i*d+i] = 1
		}
		s.concave = false
		return
	}
	var v mat.Dense
	e.VectorsTo(&v)
	values := e.Values(nil)
	largest := math.Max(math.Abs(values[0]), math.Abs(values[d-1]))
	if largest == 0 { // flat, or of straight pieces
		largest = 1e10
	}
	s.concave = values[0] > 1e-12*largest
	clear(s.h)
	h := s.inverse()
	s.logDet = 0
	for k, λ := range values {
		for i := range d {
			s.dir[i] = v.At(i, k) * scale[i]
		}
		w := 1 / math.Max(math.Abs(λ), 1e-10*largest)
		blas64.Syr(w, vec(s.dir), h)
		s.logDet += math.Log(w) + 2*math.Log(scale[k])
	}
}

// nonFinite returns the index of the first number that is not finite, −1 if all
// are.
func nonFinite(x []float64) int {
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return i
		}
	}
	return -1
}

// hessian stores the Hessian at z, by differences of gradients if the model has
// none.
func (s *modeSearch) hessian(dst []float64) {
	d := s.d
	if m, ok := s.model.(models.Hessianer); ok {
		s.hessEvals++
		m.LogJointHess(dst, s.gNext, s.z)
		return
	}
	copy(s.zNext, s.z)
	for j := range d {
		h := 1e-5 * math.Max(1, math.Abs(s.z[j]))
		s.zNext[j] = s.z[j] + h
		s.eval(s.gNext, s.zNext)
		s.zNext[j] = s.z[j] - h
		s.eval(s.y, s.zNext)
		s.zNext[j] = s.z[j]
		for k := range d {
			dst[j*d+k] = (s.gNext[k] - s.y[k]) / (2 * h)
		}
	}
	for j := range d {
		for k := range j {
			m := 0.5 * (dst[j*d+k] + dst[k*d+j])
			dst[j*d+k], dst[k*d+j] = m, m
		}
	}
}
