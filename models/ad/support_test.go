package ad

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"natgrad/models/modeltest"
)

// supportCases declare one parameter each. rows are the constrained elements that
// move freely, in which densities are taken.
var supportCases = []struct {
	name    string
	declare func(m *Model) Param
	free    func(x []float64) []float64 // nil: all
}{
	{"Real", func(m *Model) Param { return m.Real("x", 2, 2) }, nil},
	{"Positive", func(m *Model) Param { return m.Positive("x", 3) }, nil},
	{"Lower", func(m *Model) Param { return m.Lower("x", -2.5, 3) }, nil},
	{"Upper", func(m *Model) Param { return m.Upper("x", 4, 3) }, nil},
	{"Interval", func(m *Model) Param { return m.Interval("x", -1, 3, 3) }, nil},
	{"Unit", func(m *Model) Param { return m.Unit("x") }, nil},
	{"Simplex2", func(m *Model) Param { return m.Simplex("x", 2) }, dropLast(2)},
	{"Simplex", func(m *Model) Param { return m.Simplex("x", 4) }, dropLast(4)},
	{"Simplexes", func(m *Model) Param { return m.Simplex("x", 3, 2) }, dropLast(3)},
	{"Ordered", func(m *Model) Param { return m.Ordered("x", 4) }, nil},
	{"OrderedRows", func(m *Model) Param { return m.Ordered("x", 2, 2, 2) }, nil},
	{"PositiveOrdered", func(m *Model) Param { return m.PositiveOrdered("x", 3) }, nil},
	{"PositiveOrderedRows", func(m *Model) Param { return m.PositiveOrdered("x", 2, 2) }, nil},
	{"CholeskyCorr2", func(m *Model) Param { return m.CholeskyCorr("x", 2) }, belowDiagonal(2)},
	{"CholeskyCorr", func(m *Model) Param { return m.CholeskyCorr("x", 4) }, belowDiagonal(4)},
}

func dropLast(k int) func(x []float64) []float64 {
	return func(x []float64) (out []float64) {
		for i, v := range x {
			if i%k < k-1 {
				out = append(out, v)
			}
		}
		return out
	}
}

func belowDiagonal(k int) func(x []float64) []float64 {
	return func(x []float64) (out []float64) {
		for i := range k {
			out = append(out, x[i*k:i*k+i]...)
		}
		return out
	}
}

// jacobian is a model whose log-joint is the log-Jacobian of a parameter alone.
func jacobian(t testing.TB, declare func(m *Model) Param) *Model {
	m := new(Model)
	x := declare(m)
	if err := m.Density(func(p *Tape) { p.AddTerm(p.Mul(x, 0)) }); err != nil {
		t.Fatal(err)
	}
	return m
}

func randomPoint(rnd *rand.Rand, dim int, scale float64) []float64 {
	z := make([]float64, dim)
	for i := range z {
		z[i] = scale * rnd.NormFloat64()
	}
	return z
}

func TestSupportRoundTrip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, c := range supportCases {
		m := jacobian(t, c.declare)
		x, back := make([]float64, len(m.ParamNames())), make([]float64, m.Dim())
		if len(m.CoordNames()) != m.Dim() {
			t.Errorf("%s: %d names of %d coordinates", c.name, len(m.CoordNames()), m.Dim())
		}
		for range 20 {
			z := randomPoint(rnd, m.Dim(), 1.5)
			m.Constrain(x, z)
			if err := m.Unconstrain(back, x); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			for i := range z {
				if math.Abs(z[i]-back[i]) > 1e-10 {
					t.Errorf("%s: coordinate %d = %v, came back as %v", c.name, i, z[i], back[i])
				}
			}
		}
	}
}

// The log-Jacobian against the determinant of a Jacobian by differences.
func TestSupportLogJacobian(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, c := range supportCases {
		m := jacobian(t, c.declare)
		d := m.Dim()
		at := func(z []float64) []float64 {
			x := make([]float64, len(m.ParamNames()))
			m.Constrain(x, z)
			if c.free != nil {
				x = c.free(x)
			}
			return x
		}
		for range 5 {
			z := randomPoint(rnd, d, 1)
			j := mat.NewDense(d, d, nil)
			for k := range d {
				const h = 1e-5
				z0 := z[k]
				z[k] = z0 + h
				up := at(z)
				z[k] = z0 - h
				down := at(z)
				z[k] = z0
				for i := range d {
					j.Set(i, k, (up[i]-down[i])/(2*h))
				}
			}
			want, sign := mat.LogDet(j)
			if sign < 0 && c.name != "Upper" {
				t.Errorf("%s: the map turns space over", c.name)
			}
			if got := m.LogJoint(z); math.Abs(got-want) > 1e-7*(1+math.Abs(want)) {
				t.Errorf("%s: log-Jacobian at %v = %v, want %v", c.name, z, got, want)
			}
		}
	}
}

// Derivatives, forks and bits, of a density that bends in every element.
func TestSupportDerivatives(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, c := range supportCases {
		m := new(Model)
		x := c.declare(m)
		w := randomPoint(rnd, x.Len(), 1)
		err := m.Density(func(p *Tape) {
			y := p.Mul(x, w)
			p.AddTerm(p.Mul(p.Mul(y, y), y))
			p.AddTerm(y)
		})
		if err != nil {
			t.Fatal(err)
		}
		var points [][]float64
		for range 3 {
			points = append(points, randomPoint(rnd, m.Dim(), 0.7))
		}
		points = append(points, make([]float64, m.Dim()))
		for _, err := range modeltest.Check(m, points) {
			t.Errorf("%s: %v", c.name, err)
		}
		grad := make([]float64, m.Dim())
		if n := testing.AllocsPerRun(10, func() { m.LogJointGrad(grad, points[0]) }); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}

// Far out, values stay in the closed support and nothing is NaN.
func TestSupportExtremes(t *testing.T) {
	for _, c := range supportCases {
		m := jacobian(t, c.declare)
		d := m.Dim()
		z := make([]float64, d)
		for _, far := range []float64{40, 700} {
			for pattern := range min(1<<d, 64) {
				for i := range z {
					if z[i] = far; pattern>>(i%6)&1 == 1 {
						z[i] = -far
					}
				}
				checkExtreme(t, c.name, m, z)
			}
		}
	}
}

func checkExtreme(t testing.TB, name string, m *Model, z []float64) {
	d := m.Dim()
	x, grad, hess := make([]float64, len(m.ParamNames())), make([]float64, d), make([]float64, d*d)
	m.Constrain(x, z)
	p := m.params[0]
	if why := outside(p, x); why != "" {
		t.Errorf("%s: at %v: x = %v is outside: %s", name, z, x, why)
	}
	lp := m.LogJointHess(hess, grad, z)
	if !allFinite([]float64{lp}) || !allFinite(grad) || !allFinite(hess) {
		t.Errorf("%s: at %v: log-Jacobian %v, gradient %v, Hessian %v", name, z, lp, grad, hess)
	}
}

// outside says why x is not in the closure of the support, or "".
func outside(p *param, x []float64) string {
	if !allFinite(x) {
		return "not finite"
	}
	d := p.sup.domain()
	for i, v := range x {
		if d.constrained && (v < d.lo || v > d.hi) {
			return fmt.Sprintf("element %d is not %s", i, d.name)
		}
	}
	k := 1
	if len(p.shape) > 0 {
		k = last(p.shape)
	}
	for ; len(x) > 0; x = x[k:] {
		row := x[:k]
		var s, ss float64
		for i, v := range row {
			s += v
			ss += v * v
			if _, ok := p.sup.(orderedSupport); ok && i > 0 && v < row[i-1] {
				return "not ordered"
			}
		}
		switch p.sup.(type) {
		case simplexSupport:
			if math.Abs(s-1) > 1e-14 {
				return fmt.Sprintf("the sum is %v", s)
			}
		case corrSupport:
			if math.Abs(ss-1) > 1e-14 {
				return fmt.Sprintf("a row has the norm² %v", ss)
			}
		}
	}
	return ""
}

func FuzzSupports(f *testing.F) {
	for k := range supportCases {
		f.Add(uint8(k), 0.5, -1.5, 3.0, 0.0)
		f.Add(uint8(k), 700.0, -700.0, 36.8, 1e-300)
	}
	f.Fuzz(func(t *testing.T, which uint8, a, b, c, e float64) {
		s := supportCases[int(which)%len(supportCases)]
		m := jacobian(t, s.declare)
		z := make([]float64, m.Dim())
		for i := range z {
			z[i] = []float64{a, b, c, e}[i%4]
			if !(math.Abs(z[i]) <= 700) {
				return
			}
		}
		checkExtreme(t, s.name, m, z)
		x, back, again := make([]float64, len(m.ParamNames())), make([]float64, m.Dim()), make([]float64, len(m.ParamNames()))
		m.Constrain(x, z)
		if m.Unconstrain(back, x) != nil {
			return // at the border to rounding
		}
		m.Constrain(again, back)
		for i := range x {
			if math.Abs(x[i]-again[i]) > 1e-8*(1+math.Abs(x[i])) {
				t.Errorf("%s: x[%d] = %v, came back as %v from %v", s.name, i, x[i], again[i], back)
			}
		}
	})
}

// What is outside a support has no coordinates, and the error names it.
func TestUnconstrainOutside(t *testing.T) {
	for _, c := range []struct {
		declare func(m *Model) Param
		x       []float64
	}{
		{func(m *Model) Param { return m.Real("x") }, []float64{math.NaN()}},
		{func(m *Model) Param { return m.Positive("x") }, []float64{0}},
		{func(m *Model) Param { return m.Lower("x", 1) }, []float64{1}},
		{func(m *Model) Param { return m.Upper("x", 1) }, []float64{2}},
		{func(m *Model) Param { return m.Unit("x") }, []float64{1}},
		{func(m *Model) Param { return m.Simplex("x", 2) }, []float64{0.5, 0.4}},
		{func(m *Model) Param { return m.Simplex("x", 2) }, []float64{1.5, -0.5}},
		{func(m *Model) Param { return m.Simplex("x", 2) }, []float64{1, 0}},
		{func(m *Model) Param { return m.Ordered("x", 2) }, []float64{1, 1}},
		{func(m *Model) Param { return m.PositiveOrdered("x", 2) }, []float64{-1, 1}},
		{func(m *Model) Param { return m.CholeskyCorr("x", 2) }, []float64{1, 0.1, 0.6, 0.8}},
		{func(m *Model) Param { return m.CholeskyCorr("x", 2) }, []float64{1, 0, 0.6, -0.8}},
		{func(m *Model) Param { return m.CholeskyCorr("x", 2) }, []float64{1, 0, 0.6, 0.9}},
	} {
		m := jacobian(t, c.declare)
		err := m.Unconstrain(make([]float64, m.Dim()), c.x)
		if err == nil || !strings.Contains(err.Error(), "parameter x") {
			t.Errorf("%v in %v: error %v, want one that names x", c.x, m.params[0].sup, err)
		}
	}
}

// A density of integral 1 has integral 1 in the coordinates: by midpoints.
func TestSupportIntegrals(t *testing.T) {
	for _, c := range []struct {
		name    string
		declare func(m *Model) Param
		log     float64 // log density, a constant
	}{
		{"Unit", func(m *Model) Param { return m.Unit("x", 2) }, 0},
		{"Interval", func(m *Model) Param { return m.Interval("x", -1, 3) }, -math.Log(4)},
		{"Dirichlet(1, 1)", func(m *Model) Param { return m.Simplex("x", 2) }, 0},
		{"Dirichlet(1, 1, 1)", func(m *Model) Param { return m.Simplex("x", 3) }, math.Log(2)},
		{"LKJ(1), 2", func(m *Model) Param { return m.CholeskyCorr("x", 2) }, -math.Log(2)},
	} {
		m := jacobian(t, c.declare)
		const h, span = 0.2, 25
		n := int(2 * span / h)
		z := make([]float64, m.Dim())
		var total float64
		for i := range n {
			z[0] = -span + (float64(i)+0.5)*h
			if len(z) == 1 {
				total += h * math.Exp(m.LogJoint(z)+c.log)
				continue
			}
			for j := range n {
				z[1] = -span + (float64(j)+0.5)*h
				total += h * h * math.Exp(m.LogJoint(z)+c.log)
			}
		}
		if math.Abs(total-1) > 1e-8 {
			t.Errorf("%s: integral %v, want 1", c.name, total)
		}
	}
}

func TestCoordNames(t *testing.T) {
	m := new(Model)
	ps := []Param{m.Real("theta", 2), m.Positive("tau"), m.Lower("a", 2), m.Upper("b", 3), m.Unit("p"), m.Simplex("w", 3), m.Ordered("c", 2), m.PositiveOrdered("o", 2), m.CholeskyCorr("L", 3)}
	err := m.Density(func(p *Tape) {
		for _, x := range ps {
			p.AddTerm(x)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"theta[1]", "theta[2]", "log(tau)", "log(a - 2)", "log(3 - b)", "logit(p)", "stick(w[1])", "stick(w[2])",
		"c[1]", "log(c[2] - c[1])", "log(o[1])", "log(o[2] - o[1])", "atanh(partial L[2,1])", "atanh(partial L[3,1])", "atanh(partial L[3,2])"}
	if diff := cmp.Diff(want, m.CoordNames()); diff != "" {
		t.Error(diff)
	}
}
