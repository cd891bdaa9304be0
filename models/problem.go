package models

import "gonum.org/v1/gonum/mat"

const (
	badProblem  = "models: a problem without a function"
	badObserver = "models: a nil Observer"
	badDim      = "models: dimension below 1"
	badGradient = "models: a gradient that has not the length of the parameters"
)

// FromProblem returns the model of dim parameters whose negative log-joint is to
// be minimised by gonum: log p(y, z) = −f(z), constants and all. The functions
// are those of an optimize.Problem p,
//
//	m := models.FromProblem(dim, p.Func, p.Grad, p.Hess)
//
// where grad and hess may be nil. With grad the result is a Gradienter, with both
// a Hessianer, and it can do no more than that: as functions may share scratch
// memory, it is no Forker.
func FromProblem(dim int, f func(x []float64) float64, grad func(grad, x []float64), hess func(hess *mat.SymDense, x []float64)) Model {
	if f == nil {
		panic(badProblem)
	}
	if dim < 1 {
		panic(badDim)
	}
	m := problem{dim, f}
	switch {
	case grad == nil:
		return m
	case hess == nil:
		return problemGrad{m, grad}
	}
	return &problemHess{problemGrad{m, grad}, hess, mat.NewSymDense(dim, nil)}
}

type problem struct {
	dim int
	f   func(x []float64) float64
}

func (m problem) Dim() int                     { return m.dim }
func (m problem) LogJoint(z []float64) float64 { return -m.f(z) }

type problemGrad struct {
	problem
	grad func(grad, x []float64)
}

func (m problemGrad) LogJointGrad(grad, z []float64) float64 {
	m.grad(grad, z)
	for i, g := range grad {
		grad[i] = -g
	}
	return m.LogJoint(z)
}

type problemHess struct {
	problemGrad
	hess func(hess *mat.SymDense, x []float64)
	h    *mat.SymDense
}

func (m *problemHess) LogJointHess(hess, grad, z []float64) float64 {
	m.hess(m.h, z)
	for i := range m.dim {
		for j := range m.dim {
			hess[i*m.dim+j] = -m.h.At(i, j)
		}
	}
	return m.LogJointGrad(grad, z)
}
