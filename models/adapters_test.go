package models_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/stat/distuv"

	"natgrad/models"
	"natgrad/models/modeltest"
)

// rosenbrock is the log-joint −f and its derivatives, worked out by hand.
func rosenbrock(z []float64) (lp float64, g [2]float64, h [4]float64) {
	a, b := 1-z[0], z[1]-z[0]*z[0]
	lp = -(a*a + 100*b*b)
	g = [2]float64{2*a + 400*z[0]*b, -200 * b}
	h = [4]float64{-2 + 400*b - 800*z[0]*z[0], 400 * z[0], 400 * z[0], -200}
	return lp, g, h
}

func TestFromProblem(t *testing.T) {
	f := func(z []float64) float64 { return (1-z[0])*(1-z[0]) + 100*(z[1]-z[0]*z[0])*(z[1]-z[0]*z[0]) }
	grad := func(dst, z []float64) {
		b := z[1] - z[0]*z[0]
		dst[0], dst[1] = -2*(1-z[0])-400*z[0]*b, 200*b
	}
	hess := func(dst *mat.SymDense, z []float64) {
		_, _, h := rosenbrock(z)
		dst.SetSym(0, 0, -h[0])
		dst.SetSym(0, 1, -h[1])
		dst.SetSym(1, 1, -h[3])
	}
	points := [][]float64{{0.3, -0.4}, {-1, 0.7}}
	for _, c := range []struct {
		name       string
		m          models.Model
		grad, hess bool
	}{
		{"values", models.FromProblem(optimize.Problem{Func: f}, 2), false, false},
		{"gradient", models.FromProblem(optimize.Problem{Func: f, Grad: grad}, 2), true, false},
		{"Hessian", models.FromProblem(optimize.Problem{Func: f, Grad: grad, Hess: hess}, 2), true, true},
		{"Hessian alone", models.FromProblem(optimize.Problem{Func: f, Hess: hess}, 2), false, false},
	} {
		m := c.m
		_, grad := m.(models.Gradienter)
		_, hess := m.(models.Hessianer)
		_, fork := m.(models.Forker)
		if grad != c.grad || hess != c.hess || fork {
			t.Errorf("%s: Gradienter %v, Hessianer %v, Forker %v", c.name, grad, hess, fork)
		}
		modeltest.Test(t, m, points)
		for _, z := range points {
			lp, g, h := rosenbrock(z)
			if got := m.LogJoint(z); math.Abs(got-lp) > 1e-12*math.Abs(lp) {
				t.Errorf("%s: log-joint %v, want %v", c.name, got, lp)
			}
			if m, ok := m.(models.Hessianer); ok {
				gotG, gotH := make([]float64, 2), make([]float64, 4)
				m.LogJointHess(gotH, gotG, z)
				for i := range h {
					if math.Abs(gotH[i]-h[i]) > 1e-9 || math.Abs(gotG[i/2]-g[i/2]) > 1e-9 {
						t.Errorf("%s: Hessian %v, gradient %v, want %v, %v", c.name, gotH, gotG, h, g)
					}
				}
			}
		}
	}
}

// observed is a normal mean as infergo has its models: Observe keeps what
// Gradient returns, here as one of a stack that has to be emptied.
type observed struct {
	y     []float64
	stack [][]float64
}

func (o *observed) Observe(x []float64) float64 {
	lp := distuv.UnitNormal.LogProb(x[0])
	g := []float64{-x[0]}
	for _, y := range o.y {
		lp += distuv.Normal{Mu: x[0], Sigma: 1}.LogProb(y)
		g[0] += y - x[0]
	}
	o.stack = append(o.stack, g)
	return lp
}

func (o *observed) Gradient() []float64 {
	g := o.stack[len(o.stack)-1]
	o.stack = o.stack[:len(o.stack)-1]
	return g
}

// observedValues hides Gradient.
type observedValues struct{ o *observed }

func (o observedValues) Observe(x []float64) float64 {
	defer o.o.Gradient()
	return o.o.Observe(x)
}

func TestFromObserver(t *testing.T) {
	o := &observed{y: []float64{1, 2, 4}}
	points := [][]float64{{0.3}, {-2}}
	m := models.FromObserver(o, 1)
	modeltest.Test(t, m, points)
	if _, ok := m.(models.Gradienter); !ok || len(o.stack) != 0 {
		t.Errorf("%T: Gradienter %v, %d gradients left", m, ok, len(o.stack))
	}
	v := models.FromObserver(observedValues{o}, 1)
	modeltest.Test(t, v, points)
	if _, ok := v.(models.Gradienter); ok {
		t.Errorf("%T has a gradient", v)
	}
	if a, b := m.LogJoint(points[1]), v.LogJoint(points[1]); a != b {
		t.Errorf("log-joint %v and %v", a, b)
	}
}

func TestAdapterPanics(t *testing.T) {
	f := func(x []float64) float64 { return 0 }
	for want, call := range map[string]func(){
		"models: a problem without a function": func() { models.FromProblem(optimize.Problem{}, 2) },
		"models: dimension below 1":            func() { models.FromProblem(optimize.Problem{Func: f}, 0) },
		"models: a nil Observer":               func() { models.FromObserver(nil, 1) },
		"models: a gradient that has not the length of the parameters": func() {
			models.FromObserver(&observed{}, 2).(models.Gradienter).LogJointGrad(make([]float64, 2), make([]float64, 2))
		},
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %q", got, want)
				}
			}()
			call()
		}()
	}
}

// A function to be minimised, as in an optimize.Problem, is the negative
// log-joint.
func ExampleFromProblem() {
	f := func(z []float64) float64 { return 0.5 * (z[0]*z[0] + 4*z[1]*z[1]) }
	gradient := func(grad, z []float64) { grad[0], grad[1] = z[0], 4*z[1] }
	m := models.FromProblem(optimize.Problem{Func: f, Grad: gradient}, 2)
	_, ok := m.(models.Gradienter)
	fmt.Println(m.LogJoint([]float64{1, 1}), ok)
	// Output: -2.5 true
}

// coin is the log-joint of the log odds x of a coin that fell heads 7 times of 10.
type coin struct{ grad []float64 }

func (c *coin) Observe(x []float64) float64 {
	p := 1 / (1 + math.Exp(-x[0]))
	c.grad = []float64{7 - 10*p - x[0]}
	return 7*math.Log(p) + 3*math.Log(1-p) - x[0]*x[0]/2
}

func (c *coin) Gradient() []float64 { return c.grad }

// A model of another library, which has Observe and Gradient.
func ExampleFromObserver() {
	m := models.FromObserver(new(coin), 1).(models.Gradienter)
	grad := make([]float64, 1)
	fmt.Printf("%.3f\n", m.LogJointGrad(grad, []float64{0.5}))
	fmt.Printf("%.3f\n", grad)
	// Output:
	// -6.366
	// [0.275]
}
