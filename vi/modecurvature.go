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
	cause := s.hessian(s.h)
	s.err = nil
	if i := nonFinite(s.h); i >= 0 {
		if s.err = cause; cause == nil {
			s.err = s.bad("Hessian", s.h[i], i/d, s.z)
		}
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

// bad reports a number that is not finite, by name if the model has names.
func (s *modeSearch) bad(what string, value float64, param int, z []float64) error {
	e := &estimators.NonFiniteError{What: what, Value: value, Index: param, Draw: -1, Z: slices.Clone(z)}
	if m, ok := s.model.(models.CoordNamer); ok && param >= 0 {
		e.Name = m.CoordNames()[param]
	}
	if m, ok := s.model.(models.Explainer); ok {
		e.Err = m.Explain(e.Z)
	}
	return e
}

// hessian stores the Hessian at z, by differences of gradients if the model has
// none. The error says what of these is not finite.
func (s *modeSearch) hessian(dst []float64) (cause error) {
	d := s.d
	if m, ok := s.model.(models.Hessianer); ok {
		s.hessEvals++
		m.LogJointHess(dst, s.gNext, s.z)
		return nil
	}
	look := func(lp float64, g []float64) {
		if i := nonFinite(g); cause == nil && i >= 0 {
			cause = s.bad("gradient", g[i], i, s.zNext)
			if math.IsNaN(lp) || math.IsInf(lp, 0) {
				cause = s.bad("log-joint", lp, -1, s.zNext)
			}
		}
	}
	copy(s.zNext, s.z)
	for j := range d {
		h := 1e-5 * math.Max(1, math.Abs(s.z[j]))
		s.zNext[j] = s.z[j] + h
		look(s.eval(s.gNext, s.zNext), s.gNext)
		s.zNext[j] = s.z[j] - h
		look(s.eval(s.y, s.zNext), s.y)
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
	return cause
}
