package ad

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// Each model is finite in places, and not at z. The culprit's line ends with a
// comment of the name.
var culprits = []struct {
	name  string
	model func(t *testing.T) *Model
	z     []float64
	param string
	row   int
	want  []string
}{
	{"log of a parameter", func(t *testing.T) *Model {
		m := new(Model)
		mu := m.Real("mu", 3)
		return density(t, m, func(p *Tape) {
			p.Follows(mu, Normal(0, 1))
			y := p.Log(mu) // log of a parameter
			p.Follows(y, Normal(0, 1))
		})
	}, []float64{1, -2, 3}, "mu[2]", 1, []string{"Log, row 1: got NaN from mu[2] = -2"}},
	{"division", func(t *testing.T) *Model {
		m := new(Model)
		a, b := m.Real("a"), m.Real("b", 2)
		return density(t, m, func(p *Tape) {
			p.Follows(p.Slice(b, 0, 1), Normal(0, 1))
			r := p.Div(a, p.At(b, 1)) // division
			p.AddTerm(r)
		})
	}, []float64{1, 5, 0}, "b[2]", -1, []string{"Div: got +Inf from a = 1 and b[2] = 0"}},
	{"scale", func(t *testing.T) *Model {
		m := new(Model)
		tau := m.Real("eta", 4)
		return density(t, m, func(p *Tape) {
			s := p.Exp(tau)
			p.Follows([]float64{1, 2, 3, 4}, Normal(0, s)) // scale
		})
	}, []float64{0, 0, -800, -800}, "", 2, []string{"Normal, row 2: got sigma = 0, want a positive number"}},
	{"overflow", func(t *testing.T) *Model {
		m := new(Model)
		eta := m.Real("eta", 4)
		return density(t, m, func(p *Tape) {
			s := p.Exp(eta) // overflow
			p.Follows([]float64{1, 2, 3, 4}, Normal(0, s))
		})
	}, []float64{0, 0, 0, 800}, "eta[4]", 3, []string{"Exp, row 3: got +Inf from eta[4] = 800"}},
	{"map of a parameter", func(t *testing.T) *Model {
		m := new(Model)
		tau := m.Positive("tau") // map of a parameter
		return density(t, m, func(p *Tape) { p.Follows(1, Normal(0, tau)) })
	}, []float64{800}, "tau", -1, []string{"parameter tau: got +Inf from log(tau) = 800"}},
	{"border of a parameter", func(t *testing.T) *Model {
		m := new(Model)
		tau := m.Positive("tau")
		return density(t, m, func(p *Tape) {
			p.Follows(1, Normal(0, tau)) // border of a parameter
		})
	}, []float64{-800}, "tau", -1, []string{"Normal: got sigma = tau = 0, want a positive number"}},
	{"outside", func(t *testing.T) *Model {
		m := new(Model)
		x := m.Real("x", 2)
		return density(t, m, func(p *Tape) {
			p.Follows(p.Sub(x, 0), Gamma(2, 1)) // outside
		})
	}, []float64{0.5, -0.5}, "", 1, []string{"Gamma, row 1: got x = -0.5, want a positive number"}},
	{"outside two bounds", func(t *testing.T) *Model {
		m := new(Model)
		x := m.Real("x")
		return density(t, m, func(p *Tape) {
			p.Follows(p.Add(x, 0), Uniform(-1, 1)) // outside two bounds
		})
	}, []float64{3}, "", -1, []string{"Uniform: got", "3", "-1"}},
	{"gradient", func(t *testing.T) *Model {
		m := new(Model)
		x := m.Real("x", 2)
		return density(t, m, func(p *Tape) {
			p.Follows(x, Normal(0, 1))
			s := p.Sqrt(x) // gradient
			p.AddTerm(p.Mul(s, s))
			p.AddTerm(s)
		})
	}, []float64{1, 0}, "x[2]", 1, []string{"Sqrt, row 1: got derivative", "at x[2] = 0"}},
	{"curvature", func(t *testing.T) *Model {
		m := new(Model)
		x := m.Real("x", 2)
		return density(t, m, func(p *Tape) {
			p.Follows(x, Normal(0, 1))
			p.AddTerm(p.Pow(x, 1.5)) // curvature
		})
	}, []float64{1, 0}, "x[2]", 1, []string{"Pow, row 1: got second derivative along x[", "at x[2] = 0"}},
	{"product", func(t *testing.T) *Model {
		m := new(Model)
		x := m.Real("x", 2)
		return density(t, m, func(p *Tape) {
			p.Follows(x, Normal(0, 1))
			scale := p.Exp(p.Mul(p.At(x, 0), 400))
			y := p.Mul(p.At(x, 1), scale) // product
			p.AddTerm(p.Mul(y, y))
		})
	}, []float64{0.9, 0}, "x[2]", -1, []string{"Mul: got second derivative along x[2] +Inf"}},
	{"slope of a row", func(t *testing.T) *Model {
		m := new(Model)
		eta := m.Real("eta")
		return density(t, m, func(p *Tape) {
			p.Follows([]float64{0, 1e-60, 0}, Normal(0, p.Exp(eta))) // slope of a row
		})
	}, []float64{-460}, "", 1, []string{"Normal, row 1: got derivative in sigma +Inf at x = 1e-60, mu = 0, sigma = 1.67702e-200"}},
	{"view", func(t *testing.T) *Model {
		m := new(Model)
		mu := m.Real("mu", 4)
		return density(t, m, func(p *Tape) {
			y := p.Log(mu) // view
			p.AddTerm(p.Slice(p.Exp(y), 1, 3))
			p.Follows(mu, Normal(0, 1))
		})
	}, []float64{-1, 1, -3, 2}, "mu[3]", 2, []string{"Log, row 2: got NaN from mu[3] = -3"}},
	{"sum", func(t *testing.T) *Model {
		m := new(Model)
		x := m.Real("x")
		return density(t, m, func(p *Tape) {
			p.Follows(x, Normal([]float64{0, 0, 0}, 1e-3)) // sum
		})
	}, []float64{1.2e151}, "", -1, []string{"Normal: got a sum over rows of -Inf"}},
}

func density(t *testing.T, m *Model, f func(p *Tape)) *Model {
	t.Helper()
	if err := m.Density(f); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestExplain(t *testing.T) {
	lines := sourceLines(t, "explain_test.go")
	for _, c := range culprits {
		m := c.model(t)
		fine := make([]float64, m.Dim())
		for i := range fine {
			fine[i] = 0.5
		}
		if err := m.Explain(fine); err != nil {
			t.Errorf("%s: where all is finite: %v", c.name, err)
		}
		err := m.Explain(c.z)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v, want a *Error", c.name, err)
			continue
		}
		if line := lineOf(e.Place, "explain_test.go"); line < 1 || !strings.HasSuffix(lines[line-1], "// "+c.name) {
			t.Errorf("%s: another line: %v", c.name, err)
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", c.name, err, w)
			}
		}
		if e.Param != c.param || e.Row != c.row {
			t.Errorf("%s: parameter %q, row %d, want %q, %d: %v", c.name, e.Param, e.Row, c.param, c.row, err)
		}
		// What Explain leaves behind does no harm.
		if lp := m.LogJoint(fine); !isFinite(lp) {
			t.Errorf("%s: log-joint %v after Explain", c.name, lp)
		}
	}
}

// Data that change later are found by Explain, with the row.
func TestExplainData(t *testing.T) {
	m := new(Model)
	mu := m.Real("mu")
	y, w := []float64{1, 2, 3, 4}, []float64{1, 1, 1, 1}
	density(t, m, func(p *Tape) {
		p.Follows(mu, Normal(0, 10))
		p.Follows(y, Normal(p.Mul(p.Log(mu), w), 1))
	})
	y[2] = math.NaN()
	if err := m.Explain([]float64{1}); err == nil || !strings.Contains(err.Error(), "Normal, row 2: got x = NaN, want a finite number") {
		t.Errorf("NaN in y: %v", err)
	}
	y[2], w[3] = 3, math.Inf(1)
	if err := m.Explain([]float64{1}); err == nil || !strings.Contains(err.Error(), "Mul, row 3: got +Inf in the data, want a finite number") {
		t.Errorf("infinity in w: %v", err)
	}
	w[3] = 1
	if err := m.Explain([]float64{1}); err != nil {
		t.Errorf("good data again: %v", err)
	}
	w[1] = math.NaN() // is the cause, and so would be a negative mu
	if err := m.Explain([]float64{-1}); err == nil || !strings.Contains(err.Error(), "Mul, row 1: got NaN in the data") {
		t.Errorf("NaN in w: %v", err)
	}
	w[1] = 1
	if err := m.Explain([]float64{math.NaN()}); err == nil || !strings.Contains(err.Error(), "coordinate mu: got NaN") {
		t.Errorf("NaN in z: %v", err)
	}
}

func sourceLines(t *testing.T, file string) []string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(source), "\n")
}

// lineOf returns the line of a place in a file, 0 if it is in another.
func lineOf(place, file string) (line int) {
	fmt.Sscanf(place, file+":%d", &line)
	return line
}
