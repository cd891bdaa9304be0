package ad

import (
	"math"
	"testing"
)

// Derivatives are those of all that was recorded, also after others were asked for.
func TestMoreTerms(t *testing.T) {
	var p Tape
	x := p.Input([]float64{2})
	p.AddTerm(p.Square(x))
	g, h := make([]float64, 1), make([]float64, 1)
	p.Gradient(g)
	p.AddTerm(p.Exp(x))
	if p.HessVec(h, []float64{1}); math.Abs(h[0]-2-math.Exp(2)) > 1e-12 {
		t.Errorf("second derivative %v, want %v", h[0], 2+math.Exp(2))
	}
	if p.Gradient(g); math.Abs(g[0]-4-math.Exp(2)) > 1e-12 {
		t.Errorf("derivative %v, want %v", g[0], 4+math.Exp(2))
	}
}

// After an error derivatives are NaN, and Reset ends that.
func TestErrorsEndWithReset(t *testing.T) {
	var p Tape
	g := make([]float64, 2)
	for range 3 {
		x := p.Input([]float64{1, 2})
		p.AddTerm(p.Square(x))
		p.AddTerm(p.Add(x, []float64{1, 2, 3}))
		if p.Gradient(g); !math.IsNaN(g[0]) || !math.IsNaN(g[1]) {
			t.Errorf("gradient %v after an error", g)
		}
		g[0] = 0
		if p.HessVec(g, g); !math.IsNaN(g[0]) {
			t.Errorf("product %v after an error", g)
		}
		p.Reset()
		p.AddTerm(p.Square(p.Input([]float64{1, 2})))
		if p.Gradient(g); g[0] != 2 || g[1] != 4 || p.Err() != nil {
			t.Errorf("gradient %v, want [2 4]; error %v", g, p.Err())
		}
		p.Reset()
	}
}

// A large evaluation leaves nothing in a small one after it.
func TestLargeThenSmall(t *testing.T) {
	var p Tape
	large, small := make([]float64, 3000), []float64{0.5, -0.25}
	for i := range large {
		large[i] = float64(i%7) + 0.5
	}
	eval := func(x []float64) (lp float64, g, h []float64) {
		p.Reset()
		in := p.Input(x)
		for i := range x {
			p.Follows(p.At(in, i), Normal(0.1, 2)) // thousands of scalar nodes
		}
		p.AddTerm(p.Log1pExp(p.CumSum(in)))
		g, h = make([]float64, len(x)), make([]float64, len(x))
		p.Gradient(g)
		p.HessVec(h, g)
		return p.LogJoint(), g, h
	}
	lp, g, h := eval(small)
	eval(large)
	lp2, g2, h2 := eval(small)
	if lp != lp2 || g[0] != g2[0] || g[1] != g2[1] || h[0] != h2[0] || h[1] != h2[1] {
		t.Errorf("%v %v %v after a large evaluation, want %v %v %v", lp2, g2, h2, lp, g, h)
	}
}

func TestTapePanics(t *testing.T) {
	var p, old Tape
	x := p.Input([]float64{1, 2})
	p.AddTerm(x)
	stale := old.Exp(1)
	old.Reset()
	old.Exp(2)
	two, three := make([]float64, 2), make([]float64, 3)
	for _, c := range []struct {
		want string
		f    func()
	}{
		{staleVar, func() { stale.Value() }},
		{staleVar, func() { stale.Len() }},
		{staleVar, func() { Var{}.At(0) }},
		{noInput, func() { old.Gradient(two) }},
		{noInput, func() { old.Hessian(two) }},
		{twoInput, func() { p.Input(two) }},
		{badLength, func() { p.Gradient(three) }},
		{badLength, func() { p.HessVec(two, three) }},
		{badLength, func() { p.HessVec(three, two) }},
		{badLength, func() { p.Hessian(three) }},
	} {
		func() {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("panic %v, want %q", got, c.want)
				}
			}()
			c.f()
		}()
	}
}

// A time that is not a number is named, with its place in the list.
func TestRungeKuttaTimes(t *testing.T) {
	var p Tape
	p.RungeKutta(func(_ float64, y Var) Var { return p.Neg(y) }, 1, 0, []float64{1, math.NaN()}, 2)
	const want = "RungeKutta, row 1: got time NaN after 1, want finite times"
	if err, _ := p.Err().(*Error); err == nil || err.What+", row 1: got "+err.Got+", want "+err.Want != want || err.Row != 1 {
		t.Errorf("error %v, want %s", err, want)
	}
}
