package modeltest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"natgrad/models"
)

// Test reports what Check finds.
func Test(t testing.TB, m models.Model, points [][]float64) {
	t.Helper()
	for _, err := range Check(m, points) {
		t.Error(err)
	}
}

// Check returns the laws of package models that m breaks at the given points,
// which must lie inside the support, at least one. Derivatives are compared with
// differences at a relative 1e-6, so that LogJoint has to be smooth and free of
// noise beyond rounding.
func Check(m models.Model, points [][]float64) []error {
	c := &checker{name: fmt.Sprintf("%T", m)}
	if len(points) == 0 {
		c.errorf("no points to test at")
	}
	for _, z := range points {
		if len(z) != m.Dim() {
			c.errorf("a point of %d parameters, Dim is %d", len(z), m.Dim())
			return c.errs
		}
	}
	for _, z := range points {
		c.derivatives(m, z)
	}
	if len(c.errs) > 0 { // what follows would only repeat it
		return c.errs
	}
	c.conjugate(m, points)
	c.starter(m)
	c.batches(m, points)
	c.forks(m, points)
	return c.errs
}

// checker collects broken laws.
type checker struct {
	name string
	errs []error
}

func (c *checker) errorf(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: %s", c.name, fmt.Sprintf(format, args...)))
}

// results are all that a model can say of one point; what it cannot is nil.
type results struct {
	value            float64
	grad, hess, diag []float64
}

// evaluate asks every method of m for what it knows at z, and checks that the
// methods agree, overwrite their results and leave z alone.
func (c *checker) evaluate(m models.Model, z []float64) results {
	d := m.Dim()
	at := slices.Clone(z)
	r := results{value: m.LogJoint(at)}
	again := func(method string, v float64, grad []float64) {
		if !near(v, r.value, 1e-12) {
			c.errorf("%s says log p = %.17g at %v, LogJoint says %.17g", method, v, z, r.value)
		}
		if r.grad == nil {
			r.grad = grad
			return
		}
		for j, g := range grad {
			if !near(g, r.grad[j], 1e-10) {
				c.errorf("%s says the derivative in parameter %d is %.17g at %v, LogJointGrad says %.17g", method, j, g, z, r.grad[j])
			}
		}
	}
	again("LogJoint, asked again,", m.LogJoint(at), nil)
	if g, ok := m.(models.Gradienter); ok {
		grad := filled(d)
		v := g.LogJointGrad(grad, at)
		again("LogJointGrad", v, grad)
	}
	if h, ok := m.(models.Hessianer); ok {
		grad := filled(d)
		r.hess = filled(d * d)
		v := h.LogJointHess(r.hess, grad, at)
		again("LogJointHess", v, grad)
	}
	if h, ok := m.(models.HessDiager); ok {
		grad := filled(d)
		r.diag = filled(d)
		v := h.LogJointHessDiag(r.diag, grad, at)
		again("LogJointHessDiag", v, grad)
	}
	if !slices.Equal(at, z) {
		c.errorf("a method changed z from %v to %v", z, at)
	}
	return r
}

// filled returns n values that no method may leave behind or add to.
func filled(n int) []float64 { return slices.Repeat([]float64{math.NaN()}, n) }

// near reports whether a and b differ by at most tol, relative to the larger or
// to 1.
func near(a, b, tol float64) bool {
	return a == b || math.Abs(a-b) <= tol*max(1, math.Abs(a), math.Abs(b))
}

// starter checks that a proposed start is finite, legal and inside the support.
func (c *checker) starter(m models.Model) {
	s, ok := m.(models.Starter)
	if !ok {
		return
	}
	mean, precision := filled(m.Dim()), filled(m.Dim())
	s.Start(mean, precision)
	if v := m.LogJoint(mean); math.IsNaN(v) || math.IsInf(v, 0) {
		c.errorf("Start proposes the mean %v, where log p = %g", mean, v)
	}
	for j, p := range precision {
		if !(p > 0) || math.IsInf(p, 0) {
			c.errorf("Start proposes precision %g for parameter %d", p, j)
		}
	}
}
