package ad

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/stat/distuv"

	"natgrad/models/modeltest"
)

var schoolsY = []float64{28, 8, -3, 7, -1, 1, 18, 12}
var schoolsSigma = []float64{15, 10, 16, 11, 9, 11, 10, 18}

func centredSchools(t testing.TB) *Model {
	m := new(Model)
	mu, tau, theta := m.Real("mu"), m.Positive("tau"), m.Real("theta", 8)
	err := m.Density(func(p *Tape) {
		p.Follows(mu, Normal(0, 5))
		p.Follows(tau, Normal(0, 5))
		p.Follows(theta, Normal(mu, tau))
		p.Follows(schoolsY, Normal(theta, schoolsSigma))
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var schoolsPoints = [][]float64{
	{1, .3, 1, -2, 3, .5, -.4, 2, 1, 0},
	{-3, 2, 10, -2, 13, .5, -14, 2, 1, 5},
	make([]float64, 10),
}

// The log-joint against the densities of package distuv, and its derivatives and
// forks against the laws of package models.
func TestSchools(t *testing.T) {
	m := centredSchools(t)
	for _, z := range schoolsPoints {
		mu, tau, theta := z[0], math.Exp(z[1]), z[2:]
		want := distuv.Normal{Sigma: 5}.LogProb(mu) + distuv.Normal{Sigma: 5}.LogProb(tau) + z[1]
		for i, th := range theta {
			want += distuv.Normal{Mu: mu, Sigma: tau}.LogProb(th) + distuv.Normal{Mu: th, Sigma: schoolsSigma[i]}.LogProb(schoolsY[i])
		}
		if got := m.LogJoint(z); math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Errorf("log-joint at %v = %v, want %v", z, got, want)
		}
	}
	modeltest.Test(t, m, schoolsPoints)
}

func TestHessVec(t *testing.T) {
	m := centredSchools(t)
	d := m.Dim()
	grad, hess, got, v := make([]float64, d), make([]float64, d*d), make([]float64, d), make([]float64, d)
	for i := range v {
		v[i] = math.Sin(float64(i + 1))
	}
	for _, z := range schoolsPoints {
		want := m.LogJointHess(hess, grad, z)
		if lp := m.HessVec(got, v, z); lp != want {
			t.Errorf("log-joint %v, want %v", lp, want)
		}
		for i := range d {
			var w float64
			for j, x := range v {
				w += hess[i*d+j] * x
			}
			if math.Abs(got[i]-w) > 1e-12*(1+math.Abs(w)) {
				t.Errorf("element %d at %v = %v, want %v", i, z, got[i], w)
			}
		}
	}
}

func TestModelAllocations(t *testing.T) {
	m := centredSchools(t)
	fork := m.Fork().(*Model)
	d := m.Dim()
	grad, x := make([]float64, d), make([]float64, d)
	for _, m := range []*Model{m, fork} {
		for what, f := range map[string]func(){
			"LogJoint":     func() { m.LogJoint(schoolsPoints[0]) },
			"LogJointGrad": func() { m.LogJointGrad(grad, schoolsPoints[0]) },
			"HessVec":      func() { m.HessVec(x, grad, schoolsPoints[0]) },
			"Constrain":    func() { m.Constrain(x, schoolsPoints[0]) },
		} {
			if n := testing.AllocsPerRun(100, f); n != 0 {
				t.Errorf("%s: %v allocations", what, n)
			}
		}
	}
}

// Names and values of parameters of all shapes and of what is reported.
func TestConstrain(t *testing.T) {
	m := new(Model)
	a, b, c := m.Positive("a"), m.Real("b", 2, 2), m.Upper("c", 1, 1)
	report := true
	err := m.Density(func(p *Tape) {
		p.AddTerm(p.Mul(a, c))
		p.AddTerm(b)
		if report {
			p.Report("square", p.Mul(b, b))
			p.Report("a", p.Mul(a, 2)) // taken
		}
	})
	if err == nil {
		t.Fatal("two quantities of one name")
	}
	m = new(Model)
	a, b, c = m.Positive("a"), m.Real("b", 2, 2), m.Upper("c", 1, 1)
	err = m.Density(func(p *Tape) {
		p.AddTerm(p.Mul(a, c))
		p.AddTerm(b)
		if report {
			p.Report("square", p.Mul(b, b))
			p.Report("twice", p.Mul(a, 2))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"a", "b[1,1]", "b[1,2]", "b[2,1]", "b[2,2]", "c[1]", "square[1]", "square[2]", "square[3]", "square[4]", "twice"}
	for _, m := range []*Model{m, m.Fork().(*Model)} {
		if diff := cmp.Diff(names, m.ParamNames()); diff != "" {
			t.Error(diff)
		}
		z := []float64{math.Ln2, 1, 2, 3, 4, math.Log(3)}
		got, want := make([]float64, len(names)), []float64{2, 1, 2, 3, 4, -2, 1, 4, 9, 16, 4}
		report = true
		m.Constrain(got, z)
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-14)); diff != "" {
			t.Error(diff)
		}
		report = false
		m.Constrain(got, z)
		for i := 6; i < len(want); i++ {
			want[i] = math.NaN()
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-14), cmpopts.EquateNaNs()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestModelPanics(t *testing.T) {
	m := centredSchools(t)
	none := new(Model)
	none.Real("mu")
	for _, c := range []struct {
		want string
		f    func()
	}{
		{badLength, func() { m.LogJoint(make([]float64, 9)) }},
		{badLength, func() { m.LogJointGrad(make([]float64, 9), schoolsPoints[0]) }},
		{badLength, func() { m.LogJointHess(make([]float64, 10), make([]float64, 10), schoolsPoints[0]) }},
		{badLength, func() { m.HessVec(make([]float64, 10), make([]float64, 1), schoolsPoints[0]) }},
		{badLength, func() { m.Constrain(make([]float64, 9), schoolsPoints[0]) }},
		{badLength, func() { m.Unconstrain(make([]float64, 9), schoolsPoints[0]) }},
		{badLength, func() { m.Unconstrain(make([]float64, 10), []float64{1}) }},
		{noDensity, func() { none.LogJoint(make([]float64, 1)) }},
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

func BenchmarkSchools(b *testing.B) {
	m := centredSchools(b)
	z := make([]float64, 10)
	g := make([]float64, 10)
	for b.Loop() {
		m.LogJointGrad(g, z)
	}
}
