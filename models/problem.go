package models

import (
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

const (
	badProblem  = "models: a problem without a function"
	badObserver = "models: a nil Observer"
	badDim      = "models: dimension below 1"
	badGradient = "models: a gradient that has not the length of the parameters"
)

// FromProblem returns the model of dim parameters whose negative log-joint is what
// a gonum problem would have minimised: log p(y, z) = −Func(z), constants and all.
// With Grad the result is a Gradienter, with Hess too a Hessianer, and it can do
// no more than that: as functions may share scratch memory, it is no Forker. Status
// is not asked.
func FromProblem(p optimize.Problem, dim int) Model {
	if p.Func == nil {
		panic(badProblem)
	}
	if dim < 1 {
		panic(badDim)
	}
	m := problem{dim, p.Func}
	switch {
	case p.Grad == nil:
		return m
	case p.Hess == nil:
		return problemGrad{m, p.Grad}
	}
	return &problemHess{problemGrad{m, p.Grad}, p.Hess, mat.NewSymDense(dim, nil)}
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
