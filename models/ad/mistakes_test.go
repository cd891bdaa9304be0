package ad

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// mistake is a model with one fault, on the line that ends with its name in a
// comment. The error has to give that line and contain want.
type mistake struct {
	name  string
	model func() error
	want  []string
}

var mistakes = []mistake{
	{"duplicate", func() error {
		m := new(Model)
		m.Real("mu")
		m.Positive("mu") // duplicate
		return m.Density(func(p *Tape) {})
	}, []string{"parameter mu", "second declaration", "mistakes_test.go:"}},
	{"no name", func() error {
		m := new(Model)
		m.Real("", 3) // no name
		return m.Density(func(p *Tape) {})
	}, []string{"no name"}},
	{"shape", func() error {
		m := new(Model)
		m.Real("theta", 2, 0) // shape
		return m.Density(func(p *Tape) {})
	}, []string{"parameter theta", "[2 0]", "positive sizes"}},
	{"simplex of one", func() error {
		m := new(Model)
		m.Simplex("w", 1) // simplex of one
		return m.Density(func(p *Tape) {})
	}, []string{"parameter w", "at least 2"}},
	{"ordered of none", func() error {
		m := new(Model)
		m.Ordered("c", 0) // ordered of none
		return m.Density(func(p *Tape) {})
	}, []string{"parameter c", "positive sizes"}},
	{"bounds", func() error {
		m := new(Model)
		m.Interval("rho", 1, -1) // bounds
		return m.Density(func(p *Tape) {})
	}, []string{"parameter rho", "1 and -1"}},
	{"infinite bound", func() error {
		m := new(Model)
		m.Lower("rho", math.Inf(-1)) // infinite bound
		return m.Density(func(p *Tape) {})
	}, []string{"parameter rho", "-Inf"}},
	{"NaN bound", func() error {
		m := new(Model)
		m.Upper("rho", math.NaN()) // NaN bound
		return m.Density(func(p *Tape) {})
	}, []string{"parameter rho", "NaN"}},
	{"unused", func() error {
		m := new(Model)
		mu := m.Real("mu")
		m.Positive("tau") // unused
		return m.Density(func(p *Tape) { p.Follows(mu, Normal(0, 1)) })
	}, []string{"parameter tau", "no use in the density"}},
	{"used for nothing", func() error {
		m := new(Model)
		mu := m.Real("mu")
		tau := m.Positive("tau") // used for nothing
		return m.Density(func(p *Tape) {
			p.Report("sd", p.Exp(tau))
			p.Follows(mu, Normal(0, 1))
		})
	}, []string{"parameter tau", "no use in the density"}},
	{"lengths", func() error {
		m := new(Model)
		mu, theta := m.Real("mu", 3), m.Real("theta", 8)
		return m.Density(func(p *Tape) {
			p.AddTerm(p.Add(mu, theta)) // lengths
		})
	}, []string{"Add", "3 and 8"}},
	{"lengths in a statement", func() error {
		m := new(Model)
		theta := m.Real("theta", 8)
		return m.Density(func(p *Tape) {
			p.Follows([]float64{1, 2}, Normal(theta, 1)) // lengths in a statement
		})
	}, []string{"Normal", "2 elements", "mu of length 8"}},
	{"slice", func() error {
		m := new(Model)
		theta := m.Real("theta", 8)
		return m.Density(func(p *Tape) {
			p.AddTerm(p.Slice(theta, 4, 9)) // slice
		})
	}, []string{"Slice", "[4:9]", "length 8"}},
	{"another model", func() error {
		m, other := new(Model), new(Model)
		mu, nu := m.Real("mu"), other.Real("nu")
		return m.Density(func(p *Tape) {
			p.Follows(mu, Normal(nu, 1)) // another model
		})
	}, []string{"Follows", "parameter nu of another model"}},
	{"undeclared", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			p.Follows(mu, Normal(Param{}, 1)) // undeclared
		})
	}, []string{"Follows", "zero Param"}},
	{"type", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			p.Follows(mu, Normal([]int{0}, 1)) // type
		})
	}, []string{"Follows", "[]int", "[]float64"}},
	{"type in an operation", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			p.AddTerm(p.Mul(mu, float32(2))) // type in an operation
		})
	}, []string{"Mul", "float32"}},
	{"nil", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			p.Follows(nil, Normal(mu, 1)) // nil
		})
	}, []string{"Follows", "type nil"}},
	{"empty data", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			p.Follows([]float64{}, Normal(mu, 1)) // empty data
		})
	}, []string{"Follows", "no data"}},
	{"no distribution", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			p.Follows(mu, Dist{}) // no distribution
		})
	}, []string{"Follows", "zero Dist"}},
	{"scale declared real", func() error {
		m := new(Model)
		mu, sigma := m.Real("mu"), m.Real("sigma")
		return m.Density(func(p *Tape) {
			p.Follows(sigma, Normal(0, 1))
			p.Follows(mu, Normal(0, sigma)) // scale declared real
		})
	}, []string{"Normal", "parameter sigma, declared real, as sigma", "a positive number"}},
	{"scale constant", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			p.Follows(mu, Normal(0, 0)) // scale constant
		})
	}, []string{"Normal: got sigma = 0", "a positive number"}},
	{"scale in a row", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			p.Follows(mu, Normal(0, []float64{1, 2, 3, -4})) // scale in a row
		})
	}, []string{"Normal, row 3: got sigma = -4", "a positive number"}},
	{"outside the law", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			p.Follows(mu, Gamma(2, 1)) // outside the law
		})
	}, []string{"Gamma", "parameter mu, declared real, as x", "a positive number"}},
	{"outside two numbers", func() error {
		m := new(Model)
		mu := m.Unit("mu")
		return m.Density(func(p *Tape) {
			p.Follows(mu, Uniform(0, 0.5)) // outside two numbers
		})
	}, []string{"Uniform", "parameter mu, declared between 0 and 1, as x", "a number from 0 to 0.5"}},
	{"closed in open", func() error {
		m := new(Model)
		l := m.CholeskyCorr("L", 2)
		return m.Density(func(p *Tape) {
			p.Follows(l, Gamma(2, 1)) // closed in open
		})
	}, []string{"Gamma", "parameter L", "a positive number"}},
	{"row outside the law", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			p.Follows(mu, Normal(0, 1))
			p.Follows([]float64{1, 2, 3, -4}, LogNormal(0, 1)) // row outside the law
		})
	}, []string{"LogNormal, row 3: got x = -4", "a positive number"}},
	{"NaN row", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			p.Follows([]float64{1, math.NaN()}, Normal(mu, 1)) // NaN row
		})
	}, []string{"Normal, row 1: got x = NaN"}},
	{"NaN in an operation", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			fit := p.Mul([]float64{1, 2, math.NaN()}, mu) // NaN in an operation
			p.Follows([]float64{1, 2, 3}, Normal(fit, 1))
		})
	}, []string{"Mul, row 2: got NaN in the data"}},
	{"NaN term", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			p.AddTerm(mu)
			p.AddTerm(math.NaN()) // NaN term
		})
	}, []string{"got NaN in the data"}},
	{"declaration inside", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			sigma := m.Positive("sigma") // declaration inside
			p.Follows(mu, Normal(0, sigma))
		})
	}, []string{"parameter sigma", "inside"}},
	{"no parameters", func() error {
		return new(Model).Density(func(p *Tape) {}) // no parameters
	}, []string{"Density", "no parameters"}},
	{"no function", func() error {
		m := new(Model)
		m.Real("mu")
		return m.Density(nil) // no function
	}, []string{"Density", "nil"}},
	{"no term", func() error {
		m := new(Model)
		m.Real("mu")
		return m.Density(func(p *Tape) {}) // no term
	}, []string{"Density", "no term"}},
	{"two densities", func() error {
		m := new(Model)
		mu := m.Real("mu")
		f := func(p *Tape) { p.Follows(mu, Normal(0, 1)) }
		if err := m.Density(f); err != nil {
			return err
		}
		return m.Density(f) // two densities
	}, []string{"Density", "second"}},
	{"two reports", func() error {
		m := new(Model)
		mu := m.Real("mu")
		return m.Density(func(p *Tape) {
			p.Follows(mu, Normal(0, 1))
			p.Report("mu", p.Exp(mu)) // two reports
		})
	}, []string{"Report", "second mu"}},
}

func TestMistakes(t *testing.T) { checkMistakes(t, "mistakes_test.go", mistakes) }

func checkMistakes(t *testing.T, file string, mistakes []mistake) {
	t.Helper()
	lines := sourceLines(t, file)
	for _, c := range mistakes {
		err := c.model()
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: error %v, want a *Error", c.name, err)
			continue
		}
		if line := lineOf(e.Place, file); line < 1 || !strings.HasSuffix(lines[line-1], "// "+c.name) {
			t.Errorf("%s: place %s is another line: %v", c.name, e.Place, err)
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", c.name, err, w)
			}
		}
	}
}

// What goes wrong only after Density makes the log-joint NaN, and Explain has the
// error.
func TestLateMistakes(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(m *Model, mu Param) func(p *Tape)
		late func(m *Model)
		want string
	}{
		{"a kept Var", func(m *Model, mu Param) func(p *Tape) {
			var kept Var
			first := true
			return func(p *Tape) {
				if first {
					kept = p.Exp(mu)
				}
				first = false
				p.AddTerm(p.Add(kept, mu))
			}
		}, nil, "Add: got a Var of another evaluation"},
		{"a declaration", func(m *Model, mu Param) func(p *Tape) {
			return func(p *Tape) { p.Follows(mu, Normal(0, 1)) }
		}, func(m *Model) { m.Real("nu") }, "parameter nu: got a declaration after Density"},
		{"a shape", func(m *Model, mu Param) func(p *Tape) {
			calls := 0
			return func(p *Tape) {
				p.Follows(mu, Normal(0, 1))
				if calls++; calls > 1 {
					p.Follows([]float64{1, 2}, Normal(0, []float64{1, 2, 3}))
				}
			}
		}, nil, "Normal of 2 elements with sigma of length 3"},
	} {
		m := new(Model)
		mu := m.Real("mu")
		if err := m.Density(c.make(m, mu)); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.late != nil {
			c.late(m)
		}
		z, grad, hess, x := []float64{0}, []float64{0}, []float64{0}, []float64{0}
		if lp := m.LogJointHess(hess, grad, z); !math.IsNaN(lp) || !math.IsNaN(grad[0]) || !math.IsNaN(hess[0]) {
			t.Errorf("%s: %v, gradient %v, Hessian %v, want NaN", c.name, lp, grad, hess)
		}
		m.Constrain(x, z)
		var e *Error
		if err := m.Explain(z); !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(e.Place, "mistakes_test.go:") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestDomainWithin(t *testing.T) {
	closed := domain{lo: 0, hi: 1, constrained: true}
	counts := domain{lo: 0, hi: 1, whole: true, constrained: true}
	for _, c := range []struct {
		d, e domain
		want bool
	}{
		{anyReal, anyReal, true}, {positive, anyReal, true}, {anyReal, positive, false}, {unitOpen, positive, true},
		{positive, unitOpen, false}, {unitOpen, closed, true}, {closed, unitOpen, false}, {closed, positive, false},
		{closed, closed, true}, {unitOpen, counts, false}, {counts, closed, true},
	} {
		if got := c.d.within(&c.e); got != c.want {
			t.Errorf("%+v within %+v: %v", c.d, c.e, got)
		}
	}
}
