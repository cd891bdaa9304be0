package ad

import (
	"math"
	"strings"
	"testing"

	"natgrad/models"
)

// useMistakes are about how parameters, reports and matrices are used.
var useMistakes = []mistake{
	{"an element unused", func() error {
		m := new(Model)
		b := m.Real("b", 2, 2) // an element unused
		return m.Density(func(p *Tape) {
			p.Follows(p.Slice(b, 0, 3), Normal(0, 1))
			p.Report("last", p.At(b, 3))
		})
	}, []string{"parameter b", "no use of b[2,2] in the density"}},
	{"an element gathered by nobody", func() error {
		m := new(Model)
		b := m.Ordered("b", 4) // an element gathered by nobody
		groups := []int{0, 1, 3, 3}
		return m.Density(func(p *Tape) { p.Follows(p.Gather(b, groups), Normal(0, 1)) })
	}, []string{"parameter b", "no use of b[3] in the density"}},
	{"a name of an element", func() error {
		m := new(Model)
		b := m.Real("b", 2)
		c := m.Real("b[1]") // a name of an element
		return m.Density(func(p *Tape) { p.Follows(b, Normal(c, 1)) })
	}, []string{"parameter b[1]: got a second b[1]"}},
	{"a report without a name", func() error {
		m := new(Model)
		b := m.Real("b")
		return m.Density(func(p *Tape) {
			p.Follows(b, Normal(0, 1))
			p.Report("", b) // a report without a name
		})
	}, []string{"Report: got no name"}},
	{"rows of shares", func() error {
		m := new(Model)
		a, theta := m.Positive("a"), m.Simplex("theta", 3, 4)
		return m.Density(func(p *Tape) {
			p.Follows(theta, Dirichlet(a)) // rows of shares
		})
	}, []string{"Dirichlet: got x with sum 4 of 12 elements", "rows take an alpha of their length"}},
	{"no matrix", func() error {
		m := new(Model)
		b := m.Real("b")
		return m.Density(func(p *Tape) {
			p.AddTerm(p.MulVec(nil, b)) // no matrix
		})
	}, []string{"MulVec: got a nil matrix"}},
}

func TestUseMistakes(t *testing.T) { checkMistakes(t, "use_test.go", useMistakes) }

// What is used in part, or by its elements alone, is no mistake.
func TestUseOfElements(t *testing.T) {
	m := new(Model)
	a, b, s, l, u := m.Real("a", 3), m.Positive("b", 2), m.Simplex("s", 3), m.CholeskyCorr("L", 2), m.Unit("u", 2)
	all := []int{2, 0, 1}
	density(t, m, func(p *Tape) {
		p.Follows(p.Gather(p.Slice(p.Concat(a, 1), 0, 3), all), Normal(0, 1))
		p.AddTerm(p.At(b, 0))
		p.AddTerm(p.Neg(p.Slice(p.Slice(b, 0, 2), 1, 2)))
		p.AddTerm(p.Log(p.At(s, 1)))
		p.AddTerm(p.Log(p.At(l, 3)))
		p.AddTerm(p.At(u, 1))
	})
}

// Quantities go by their names where the density branches.
func TestReportBranches(t *testing.T) {
	m := new(Model)
	b := m.Real("b")
	density(t, m, func(p *Tape) {
		p.Follows(b, Normal(0, 1))
		if p.Mul(b, 1).At(0) <= 0 {
			p.Report("minus", p.Neg(b))
		}
		p.Report("square", p.Square(b))
	})
	got := make([]float64, 3)
	m.Constrain(got, []float64{3})
	if got[0] != 3 || !math.IsNaN(got[1]) || got[2] != 9 {
		t.Errorf("%v = %v, want 3, NaN, 9", m.ParamNames(), got)
	}
	m.Constrain(got, []float64{-2})
	if got[0] != -2 || got[1] != 2 || got[2] != 4 {
		t.Errorf("%v = %v, want -2, 2, 4", m.ParamNames(), got)
	}
}

// A density that panics leaves a model that can still get one.
func TestDensityPanics(t *testing.T) {
	m := new(Model)
	b := m.Real("b")
	func() {
		defer func() {
			if recover() != "mine" {
				t.Error("another panic, or none")
			}
		}()
		m.Density(func(p *Tape) { p.Report("x", b); panic("mine") })
	}()
	density(t, m, func(p *Tape) { p.Follows(b, Normal(0, 1)) })
	if lp := m.LogJoint([]float64{1}); lp != -0.5-halfLog2Pi || len(m.ParamNames()) != 1 {
		t.Errorf("log-joint %v of %v", lp, m.ParamNames())
	}
}

// The sizes of a parameter are those of its declaration, for ever, and a fork takes
// no declarations.
func TestDeclarationsStay(t *testing.T) {
	m := new(Model)
	sizes := []int{2, 2}
	b := m.Real("b", sizes...)
	sizes[0] = 5
	density(t, m, func(p *Tape) { p.Follows(b, Normal(0, 1)) })
	if b.Len() != 4 {
		t.Errorf("length %d, want 4", b.Len())
	}
	f := m.Fork().(*Model)
	f.Real("c")
	z := make([]float64, 4)
	if lp := f.LogJoint(z); !math.IsNaN(lp) {
		t.Errorf("log-joint %v of a fork with a declaration", lp)
	}
	if err := f.Explain(z); err == nil || !strings.Contains(err.Error(), "parameter c: got a declaration after Density") {
		t.Errorf("error %v", err)
	}
	if lp := m.LogJoint(z); math.IsNaN(lp) {
		t.Errorf("log-joint %v of the model it was forked from", lp)
	}
}

// Data may be computed before they are observed.
func TestComputedData(t *testing.T) {
	m := new(Model)
	y, first := []float64{0, 1}, []int{0}
	b := m.Real("b", 2)
	density(t, m, func(p *Tape) {
		p.Follows(p.Sub(1, y), GLM(twoRows, p.At(b, 0), models.BernoulliLogit{}))
		p.Follows(p.Gather(y, first), CategoricalLogit(b, 2))
	})
	z := []float64{0.3, -0.4}
	want := -math.Log1p(math.Exp(-0.3)) - math.Log1p(math.Exp(-0.3)) - math.Log1p(math.Exp(-0.7))
	if lp := m.LogJoint(z); math.Abs(lp-want) > 1e-14 {
		t.Errorf("log-joint %v, want %v", lp, want)
	}
}
