package ad

import (
	"errors"
	"math"
	"strings"
	"testing"

	"natgrad/models"
)

var (
	inf = math.Inf(1)
	nan = math.NaN()
)

// edge is an operation of one input where naive formulas fail, with what is right.
type edge struct {
	name  string
	f     func(t *Tape, x Var) Var
	x     []float64
	value []float64
	grad  []float64 // of the sum of the values
	diag  []float64 // of its Hessian; nil: not asked for
}

var edges = []edge{
	{"Pow of 0", func(t *Tape, x Var) Var { return t.Pow(x, 2) }, []float64{0}, []float64{0}, []float64{0}, []float64{2}},
	{"Pow of 0", func(t *Tape, x Var) Var { return t.Pow(x, 1) }, []float64{0}, []float64{0}, []float64{1}, []float64{0}},
	{"Pow of 0", func(t *Tape, x Var) Var { return t.Pow(x, 3) }, []float64{0}, []float64{0}, []float64{0}, []float64{0}},
	{"Pow of 0", func(t *Tape, x Var) Var { return t.Pow(x, 0) }, []float64{0}, []float64{1}, []float64{0}, []float64{0}},
	{"Pow of 0", func(t *Tape, x Var) Var { return t.Pow(x, 0.5) }, []float64{0}, []float64{0}, []float64{inf}, nil},
	{"Pow of a negative number", func(t *Tape, x Var) Var { return t.Pow(x, 3) }, []float64{-2}, []float64{-8}, []float64{12}, []float64{-12}},
	{"Pow of a negative number", func(t *Tape, x Var) Var { return t.Pow(x, 0.5) }, []float64{-2}, []float64{nan}, []float64{nan}, nil},
	{"exponent of 0", func(t *Tape, x Var) Var { return t.Pow(0, x) }, []float64{2}, []float64{0}, []float64{0}, []float64{0}},
	{"base and exponent", func(t *Tape, x Var) Var { return t.Pow(t.At(x, 0), t.At(x, 1)) }, []float64{0, 2}, []float64{0}, []float64{0, 0}, []float64{2, 0}},

	{"Max at a tie", func(t *Tape, x Var) Var { return t.Max(x, 1) }, []float64{1, 2, 0}, []float64{1, 2, 1}, []float64{0.5, 1, 0}, []float64{0, 0, 0}},
	{"Min at a tie", func(t *Tape, x Var) Var { return t.Min(1, x) }, []float64{1, 2, 0}, []float64{1, 1, 0}, []float64{0.5, 0, 1}, []float64{0, 0, 0}},
	{"Max of NaN", func(t *Tape, x Var) Var { return t.Max(x, 1) }, []float64{nan}, []float64{nan}, []float64{nan}, nil},
	{"Abs at 0", func(t *Tape, x Var) Var { return t.Abs(x) }, []float64{0}, []float64{0}, []float64{0}, []float64{0}},

	{"LogSumExp", func(t *Tape, x Var) Var { return t.LogSumExp(x) }, []float64{-inf, 1, -inf}, []float64{1}, []float64{0, 1, 0}, []float64{0, 0, 0}},
	{"LogSumExp of nothing", func(t *Tape, x Var) Var { return t.LogSumExp(x) }, []float64{-inf, -inf}, []float64{-inf}, []float64{0, 0}, []float64{0, 0}},
	{"LogSumExp of infinity", func(t *Tape, x Var) Var { return t.LogSumExp(x) }, []float64{inf, 2}, []float64{inf}, []float64{1, 0}, nil},
	{"LogSumExp of NaN", func(t *Tape, x Var) Var { return t.LogSumExp(x) }, []float64{1, nan}, []float64{nan}, nil, nil},
	{"LogSumExp far out", func(t *Tape, x Var) Var { return t.LogSumExp(x) }, []float64{1e5, 1e5}, []float64{1e5 + math.Ln2}, []float64{0.5, 0.5}, []float64{0.25, 0.25}},
	{"RowLogSumExp of nothing", func(t *Tape, x Var) Var { return t.RowLogSumExp(x, 2) }, []float64{-inf, -inf, 0, -inf}, []float64{-inf, 0}, []float64{0, 0, 1, 0}, []float64{0, 0, 0, 0}},
	{"LogAddExp", func(t *Tape, x Var) Var { return t.LogAddExp(x, math.Inf(-1)) }, []float64{-inf, 3}, []float64{-inf, 3}, []float64{0, 1}, []float64{0, 0}},
	{"LogAddExp far out", func(t *Tape, x Var) Var { return t.LogAddExp(x, -1e4) }, []float64{-1e4, 1e4}, []float64{-1e4 + math.Ln2, 1e4}, []float64{0.5, 1}, []float64{0.25, 0}},

	{"Log1pExp", func(t *Tape, x Var) Var { return t.Log1pExp(x) }, []float64{-1e4, 0, 1e4}, []float64{0, math.Ln2, 1e4}, []float64{0, 0.5, 1}, []float64{0, 0.25, 0}},
	{"Log1pExp in the tails", func(t *Tape, x Var) Var { return t.Log1pExp(x) }, []float64{-40, 40}, []float64{math.Exp(-40), 40}, []float64{math.Exp(-40), 1}, []float64{math.Exp(-40), math.Exp(-40)}},
	{"Sigmoid", func(t *Tape, x Var) Var { return t.Sigmoid(x) }, []float64{-1e4, 0, 1e4}, []float64{0, 0.5, 1}, []float64{0, 0.25, 0}, []float64{0, 0, 0}},
	{"Sigmoid in the tails", func(t *Tape, x Var) Var { return t.Sigmoid(x) }, []float64{-40, 40}, []float64{math.Exp(-40), 1}, []float64{math.Exp(-40), math.Exp(-40)}, []float64{math.Exp(-40), -math.Exp(-40)}},
	{"Tanh in the tails", func(t *Tape, x Var) Var { return t.Tanh(x) }, []float64{-20, 1e4}, []float64{-1, 1}, []float64{4 * math.Exp(-40), 0}, []float64{8 * math.Exp(-40), 0}},
	{"Expm1 in the tail", func(t *Tape, x Var) Var { return t.Expm1(x) }, []float64{-40}, []float64{-1}, []float64{math.Exp(-40)}, []float64{math.Exp(-40)}},
	{"LogNormCDF in the tails", func(t *Tape, x Var) Var { return t.LogNormCDF(x) }, []float64{-10, 40}, []float64{-53.23128515051247, 0}, []float64{10.098093233962512, 0}, []float64{-0.9905546221743454, 0}},
	{"LGamma outside", func(t *Tape, x Var) Var { return t.LGamma(x) }, []float64{-0.5}, []float64{nan}, []float64{nan}, nil},
	{"Square at 0", func(t *Tape, x Var) Var { return t.Square(x) }, []float64{0}, []float64{0}, []float64{0}, []float64{2}},
	{"Div of 0", func(t *Tape, x Var) Var { return t.Div(x, 4) }, []float64{0}, []float64{0}, []float64{0.25}, []float64{0}},
	{"Cholesky of what is not definite", func(t *Tape, x Var) Var { return t.Cholesky(x, 2) }, []float64{1, 2, 2, 1}, []float64{nan, 0, nan, nan}, nil, nil},
	{"Cholesky of NaN", func(t *Tape, x Var) Var { return t.Cholesky(x, 1) }, []float64{nan}, []float64{nan}, []float64{nan}, nil},

	{"Dirichlet outside", func(t *Tape, x Var) Var { return t.LogProb(x, Dirichlet(2)) }, []float64{1.5, -0.5}, []float64{-inf}, []float64{0, 0}, []float64{0, 0}},
	{"Dirichlet of NaN", func(t *Tape, x Var) Var { return t.LogProb([]float64{0.5, 0.5}, Dirichlet(x)) }, []float64{nan, -1}, []float64{nan}, []float64{0, 0}, nil},
	{"Dirichlet concentration outside", func(t *Tape, x Var) Var { return t.LogProb([]float64{0.5, 0.5}, Dirichlet(x)) }, []float64{2, -1}, []float64{-inf}, []float64{0, 0}, []float64{0, 0}},
	{"MultiNormalCholesky outside", func(t *Tape, x Var) Var { return t.LogProb(x, MultiNormalCholesky(0, x)) }, []float64{-1}, []float64{-inf}, []float64{0}, []float64{0}},
	{"MultiNormalCholesky of NaN", func(t *Tape, x Var) Var { return t.LogProb(1, MultiNormalCholesky(0, x)) }, []float64{nan}, []float64{nan}, []float64{0}, nil},
	{"CategoricalLogit outside", func(t *Tape, x Var) Var { return t.LogProb(2, CategoricalLogit(x, 2)) }, []float64{0, 1}, []float64{-inf}, []float64{0, 0}, []float64{0, 0}},
	{"CategoricalLogit far out", func(t *Tape, x Var) Var { return t.LogProb(1, CategoricalLogit(x, 2)) }, []float64{1e4, -1e4}, []float64{-2e4}, []float64{-1, 1}, []float64{0, 0}},
	{"GLM far out", func(t *Tape, x Var) Var {
		return t.LogProb([]float64{1, 0}, GLM(twoRows, x, models.BernoulliLogit{}))
	}, []float64{1e4}, []float64{0}, []float64{0}, []float64{0}},
	{"GLM in a tail", func(t *Tape, x Var) Var {
		return t.LogProb([]float64{1, 0}, GLM(twoRows, x, models.BernoulliLogit{}))
	}, []float64{20}, []float64{-2 * math.Log1p(math.Exp(-20))}, []float64{2 / (1 + math.Exp(20))}, []float64{-2 * math.Exp(20) / (1 + math.Exp(20)) / (1 + math.Exp(20))}},
}

var twoRows, _ = models.NewDense(2, 1, []float64{1, -1})

func TestEdges(t *testing.T) {
	for _, e := range edges {
		p := new(Tape)
		x := p.Input(e.x)
		y := e.f(p, x)
		p.AddTerm(y)
		n := len(e.x)
		grad, hess := make([]float64, n), make([]float64, n*n)
		p.Gradient(grad)
		p.Hessian(hess)
		if p.Err() != nil {
			t.Errorf("%s: %v", e.name, p.Err())
		}
		compare := func(what string, got, want []float64) {
			for i := range want {
				if !sameNumber(got[i], want[i]) {
					t.Errorf("%s at %v: %s %v, want %v", e.name, e.x, what, got, want)
					return
				}
			}
		}
		compare("value", y.Value(), e.value)
		compare("gradient", grad, e.grad)
		diag := make([]float64, n)
		for i := range diag {
			diag[i] = hess[i*n+i]
		}
		compare("second derivatives", diag, e.diag)
	}
	for _, b := range []float64{0.5, 1} {
		if _, ab, bb := powCurve(0, b); !math.IsInf(ab, -1) || bb != 0 {
			t.Errorf("second derivatives %v and %v of Pow at 0, %v", ab, bb, b)
		}
	}
}

// sameNumber compares with a relative tolerance, and one of the rounding of 1, which
// some logarithms have.
func sameNumber(got, want float64) bool {
	if math.IsNaN(want) || math.IsInf(want, 0) {
		return got == want || math.IsNaN(got) && math.IsNaN(want)
	}
	if want == 0 {
		return math.Abs(got) < 1e-300
	}
	return math.Abs(got-want) <= 1e-9*math.Abs(want) || math.Abs(got-want) < 4e-16 && math.Abs(want) > 1e-10
}

// shapeMistakes are wrong uses, each in a line of this file with its error.
var shapeMistakes = []struct {
	f    func(t *Tape, x Var) Var
	want string
}{
	{func(t *Tape, x Var) Var { return t.Add(x, []float64{1, 2}) }, "Add: got vectors of length 3 and 2"},
	{func(t *Tape, x Var) Var { return t.Dot([]float64{1, 2}, x) }, "Dot: got vectors of length 2 and 3"},
	{func(t *Tape, x Var) Var { return t.LogAddExp(x, []float64{1, 2}) }, "LogAddExp: got vectors of length 3 and 2"},
	{func(t *Tape, x Var) Var { return t.Exp("one") }, "Exp: got an argument of type string"},
	{func(t *Tape, x Var) Var { return t.Exp(nil) }, "Exp: got an argument of type nil"},
	{func(t *Tape, x Var) Var { return t.Exp([]float64{}) }, "Exp: got no data"},
	{func(t *Tape, x Var) Var { return t.RowSum(x, 2) }, "RowSum: got a vector of length 3 as rows of 2"},
	{func(t *Tape, x Var) Var { return t.RowSum(x, 0) }, "RowSum: got a vector of length 3 as rows of 0"},
	{func(t *Tape, x Var) Var { return t.RowLogSumExp(x, -3) }, "RowLogSumExp"},
	{func(t *Tape, x Var) Var { return t.Slice(x, 2, 4) }, "Slice: got [2:4] of a vector of length 3"},
	{func(t *Tape, x Var) Var { return t.At(x, 3) }, "At: got [3:4] of a vector of length 3"},
	{func(t *Tape, x Var) Var { return t.Gather(x, []int{0, 3}) }, "Gather, row 1: got index 3, want 0 to 2"},
	{func(t *Tape, x Var) Var { return t.Gather(x, nil) }, "Gather: got no indices"},
	{func(t *Tape, x Var) Var { return t.SumByIndex(x, []int{0, -1, 0}, 2) }, "SumByIndex, row 1: got index -1"},
	{func(t *Tape, x Var) Var { return t.SumByIndex(x, []int{0}, 2) }, "SumByIndex: got a vector of length 3 and 1 indices"},
	{func(t *Tape, x Var) Var { return t.Concat() }, "Concat: got no vectors"},
	{func(t *Tape, x Var) Var { return t.MulVec(twoRows, x) }, "MulVec: got a 2×1 matrix and a vector of length 3"},
	{func(t *Tape, x Var) Var { return t.MatVec(x, 2, 2, x) }, "MatVec: got a vector of length 3 as a 2×2 matrix"},
	{func(t *Tape, x Var) Var { return t.MatMul(x, x, 3, 1, 2) }, "MatMul: got a vector of length 3 as a 1×2 matrix"},
	{func(t *Tape, x Var) Var { return t.QuadForm(x, x) }, "QuadForm: got a vector of length 3 as a 3×3 matrix"},
	{func(t *Tape, x Var) Var { return t.AddDiag([]float64{1, 2, 3, 4}, 2, x) }, "AddDiag: got a diagonal of length 3"},
	{func(t *Tape, x Var) Var { return t.Cholesky(x, 2) }, "Cholesky: got a vector of length 3 as a 2×2 matrix"},
	{func(t *Tape, x Var) Var { return t.SolveLower(x, 2, x) }, "SolveLower: got a vector of length 3 as a 2×2 matrix"},
	{func(t *Tape, x Var) Var { return t.SolveLowerTrans([]float64{1, 2, 3, 4}, 2, x) }, "SolveLowerTrans: got a 2×2 matrix and a right side of length 3"},
	{func(t *Tape, x Var) Var { return t.LogDetLower(x, 2) }, "LogDetLower"},
	{func(t *Tape, x Var) Var { return t.RungeKutta(nil, x, 0, nil, 1) }, "RungeKutta: got 0 times and 1 steps"},
	{func(t *Tape, x Var) Var { return t.RungeKutta(shortSlope, x, 0, rungeTimes, 1) }, "RungeKutta: got a derivative of length 1, want length 3"},
	{func(t *Tape, x Var) Var { return t.LogProb(x, Dirichlet([]float64{1, 1})) }, "Dirichlet: got 3 elements with alpha of length 2"},
	{func(t *Tape, x Var) Var { return t.LogProb(x, MultiNormalCholesky(0, x)) }, "MultiNormalCholesky: got 3 elements, mu of length 1 and l of length 3"},
	{func(t *Tape, x Var) Var { return t.LogProb(x, CategoricalLogit(x, 3)) }, "CategoricalLogit: got classes that depend on parameters"},
	{func(t *Tape, x Var) Var { return t.LogProb(1, CategoricalLogit(x, 2)) }, "CategoricalLogit: got 1 classes of 2 and 3 logits"},
	{func(t *Tape, x Var) Var { return t.LogProb(x, GLM(twoRows, x, models.PoissonLog{})) }, "GLM: got observations that depend on parameters"},
	{func(t *Tape, x Var) Var { return t.LogProb(1, GLM(twoRows, x, models.PoissonLog{})) }, "GLM: got 1 observations, a 2×1 matrix and 3 coefficients"},
	{func(t *Tape, x Var) Var { return t.LogProb(1, GLM(nil, x, nil)) }, "GLM: got nil"},
}

func shortSlope(_ float64, y Var) Var { return y.t.Sum(y) }

func TestMistakesOfShape(t *testing.T) {
	lines := sourceLines(t, "edge_test.go")
	for _, m := range shapeMistakes {
		p := new(Tape)
		p.AddTerm(m.f(p, p.Input([]float64{1, 2, 3})))
		var e *Error
		if !errors.As(p.Err(), &e) {
			t.Errorf("%s: error %v", m.want, p.Err())
			continue
		}
		if !strings.Contains(e.Error(), m.want) {
			t.Errorf("error %q, want %q", e, m.want)
		}
		if n := lineOf(e.Place, "edge_test.go"); n == 0 || !strings.Contains(lines[n-1], m.want) {
			t.Errorf("%s: place %q", m.want, e.Place)
		}
		if lp := p.LogJoint(); !math.IsNaN(lp) {
			t.Errorf("%s: log-joint %v after an error", m.want, lp)
		}
	}
}

// TestMultivariateMistakes looks at data and parameters that a declaration refuses.
func TestMultivariateMistakes(t *testing.T) {
	lines := sourceLines(t, "edge_test.go")
	for _, c := range []struct {
		f     func(p *Tape, x Param)
		param string
		row   int
		want  string
	}{
		{func(p *Tape, x Param) { p.Follows([]float64{0.5, 0.5}, Dirichlet(x)) }, "x", -1, "Dirichlet: got parameter x, declared real, as alpha, want a positive number"},
		{func(p *Tape, x Param) { p.Follows(x, Dirichlet(1)) }, "x", -1, "Dirichlet: got parameter x, declared real, as x"},
		{func(p *Tape, x Param) { p.Follows([]float64{0.5, 0.6}, Dirichlet(p.Exp(x))) }, "", -1, "Dirichlet: got x with sum 1.1"},
		{func(p *Tape, x Param) { p.Follows([]float64{1.5, -0.5}, Dirichlet(p.Exp(x))) }, "", 0, "Dirichlet, row 0: got x = 1.5"},
		{func(p *Tape, x Param) { p.Follows(p.Exp(x), Dirichlet([]float64{1, 0})) }, "", 1, "Dirichlet, row 1: got alpha = 0"},
		{func(p *Tape, x Param) { p.Follows(x, MultiNormalCholesky(0, []float64{1, 0, 0, -1})) }, "", 1, "MultiNormalCholesky, row 1: got a diagonal element -1"},
		{func(p *Tape, x Param) { p.Follows([]float64{1, nan}, MultiNormalCholesky(x, []float64{1, 0, 0, 1})) }, "", 1, "MultiNormalCholesky, row 1: got x = NaN"},
		{func(p *Tape, x Param) { p.Follows([]float64{0, 2}, CategoricalLogit(x, 2)) }, "", 1, "CategoricalLogit, row 1: got x = 2, want a whole number from 0 to 1"},
		{func(p *Tape, x Param) { p.Follows([]float64{0, 2}, GLM(twoRows, p.At(x, 0), models.BernoulliLogit{})) }, "", 1, "GLM, row 1: got y = 2, want 0 or 1"},
	} {
		m := new(Model)
		x := m.Real("x", 2)
		var e *Error
		if err := m.Density(func(p *Tape) { c.f(p, x) }); !errors.As(err, &e) {
			t.Errorf("%s: error %v", c.want, err)
			continue
		}
		if !strings.Contains(e.Error(), c.want) || e.Param != c.param || e.Row != c.row {
			t.Errorf("error %q of parameter %q, row %d; want %q, %q, %d", e, e.Param, e.Row, c.want, c.param, c.row)
		}
		if n := lineOf(e.Place, "edge_test.go"); n == 0 || !strings.Contains(lines[n-1], c.want) {
			t.Errorf("%s: place %q", c.want, e.Place)
		}
	}
}

// TestKindsOfArguments goes through all kinds of Value, multivariate densities and
// closures of a model, without an allocation.
func TestKindsOfArguments(t *testing.T) {
	m := new(Model)
	x, s, a := m.Real("x", 2), m.Positive("s"), m.Simplex("a", 3)
	l := []float64{1, 0, 0.5, 2}
	groups := []int{0, 1, 1}
	y := []float64{1, 0}
	var lik models.Likelihood = models.GaussianIdentity{Precision: 2}
	err := m.Density(func(p *Tape) {
		p.Follows(a, Dirichlet(2))
		p.Follows(x, MultiNormalCholesky(1, l))
		p.Follows(x, MultiNormalCholesky(0, p.MatMul(l, l, 2, 2, 2)))
		p.Follows(y, CategoricalLogit(x, 2))
		p.Follows(y, GLM(twoRows, s, models.BernoulliLogit{}))
		p.Follows(y, GLM(twoRows, p.Mul(s, 2), lik))
		v := p.Concat(x, 1, s, 0.5, y, p.Gather(x, groups))
		p.AddTerm(p.Mul(p.Sum(v), -1))
		p.AddTerm(p.RungeKutta(func(time float64, y Var) Var { return p.Mul(p.Mul(y, s), -time) }, x, 0, y[:1], 3))
	})
	if err != nil {
		t.Fatal(err)
	}
	z, g := []float64{0.1, -0.2, 0.3, 0.5, -0.1}, make([]float64, 5)
	lp := m.LogJointGrad(g, z)
	if math.IsNaN(lp) || math.IsInf(lp, 0) {
		t.Fatalf("log-joint %v", lp)
	}
	for j := range z {
		at := z[j]
		want := central(func(h float64) float64 { z[j] = at + h; return m.LogJoint(z) })
		z[j] = at
		if math.Abs(g[j]-want) > 1e-7*(1+math.Abs(want)) {
			t.Errorf("gradient %d = %v, want %v", j, g[j], want)
		}
	}
	if n := testing.AllocsPerRun(10, func() { m.LogJointGrad(g, z); m.HessVec(g, z, z) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestExplainCholesky finds the matrix that is not definite behind a density of NaN.
func TestExplainCholesky(t *testing.T) {
	lines := sourceLines(t, "edge_test.go")
	m := new(Model)
	a := m.Real("a", 4)
	if err := m.Density(func(p *Tape) {
		l := p.Cholesky(p.AddDiag(a, 2, 1), 2) // Cholesky, row
		p.Follows([]float64{1, 2}, MultiNormalCholesky(0, l))
	}); err != nil {
		t.Fatal(err)
	}
	if err := m.Explain([]float64{1, 0, 1, 1}); err != nil {
		t.Errorf("of a definite matrix: %v", err)
	}
	var e *Error
	if err := m.Explain([]float64{1, 0, 3, 1}); !errors.As(err, &e) || !strings.Contains(e.Error(), "Cholesky, row 0: got NaN from 2") {
		t.Fatalf("error %v", err)
	}
	if n := lineOf(e.Place, "edge_test.go"); n == 0 || !strings.Contains(lines[n-1], "// Cholesky, row") {
		t.Errorf("place %q", e.Place)
	}
}
