package ad

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// opCase is an operation with arguments to try.
type opCase struct {
	method string // exported method of Tape, "" if it is another function
	name   string
	lens   [][]int      // of the arguments: shapes to try
	rng    [][2]float64 // of the elements of each argument
	data   []bool       // arguments that can be nothing but data
	make   func(rnd *rand.Rand, x [][]float64)
	f      func(t *Tape, x []Var) Var
	want   func(x [][]float64) []float64 // an independent formula
}

var (
	anywhere = [2]float64{-2, 2}
	above0   = [2]float64{0.2, 3}
	one      = [][]int{{1}, {5}, {9}}
	two      = [][]int{{1, 1}, {5, 5}, {1, 9}, {9, 1}}
)

// each is an independent formula of a unary operation.
func each(f func(x float64) float64) func(x [][]float64) []float64 {
	return func(x [][]float64) []float64 {
		y := make([]float64, len(x[0]))
		for i, v := range x[0] {
			y[i] = f(v)
		}
		return y
	}
}

// each2 is one of a binary operation, with broadcasting.
func each2(f func(a, b float64) float64) func(x [][]float64) []float64 {
	return func(x [][]float64) []float64 {
		y := make([]float64, max(len(x[0]), len(x[1])))
		for i := range y {
			y[i] = f(x[0][i%len(x[0])], x[1][i%len(x[1])])
		}
		return y
	}
}

// whole is one of an operation that gives one number.
func whole(f func(x [][]float64) float64) func(x [][]float64) []float64 {
	return func(x [][]float64) []float64 { return []float64{f(x)} }
}

func unaryCase(name string, rng [2]float64, f func(t *Tape, x []Var) Var, want func(x float64) float64) opCase {
	return opCase{method: name, lens: one, rng: [][2]float64{rng}, want: each(want), f: f}
}

func binaryCase(name string, ra, rb [2]float64, f func(t *Tape, x []Var) Var, want func(a, b float64) float64) opCase {
	return opCase{method: name, lens: two, rng: [][2]float64{ra, rb}, want: each2(want), f: f}
}

var opCases = slices.Concat(elementCases, reduceCases, indexCases, linalgCases, multivariateCases)

var elementCases = []opCase{
	unaryCase("Neg", anywhere, func(t *Tape, x []Var) Var { return t.Neg(x[0]) }, func(x float64) float64 { return 0 - x }),
	unaryCase("Exp", anywhere, func(t *Tape, x []Var) Var { return t.Exp(x[0]) }, func(x float64) float64 { return math.Pow(math.E, x) }),
	unaryCase("Log", above0, func(t *Tape, x []Var) Var { return t.Log(x[0]) }, func(x float64) float64 { return math.Log2(x) * math.Ln2 }),
	unaryCase("Log1p", [2]float64{-0.7, 2}, func(t *Tape, x []Var) Var { return t.Log1p(x[0]) }, func(x float64) float64 { return math.Log(1 + x) }),
	unaryCase("Expm1", anywhere, func(t *Tape, x []Var) Var { return t.Expm1(x[0]) }, func(x float64) float64 { return math.Exp(x) - 1 }),
	unaryCase("Sqrt", above0, func(t *Tape, x []Var) Var { return t.Sqrt(x[0]) }, func(x float64) float64 { return math.Pow(x, 0.5) }),
	unaryCase("Square", anywhere, func(t *Tape, x []Var) Var { return t.Square(x[0]) }, func(x float64) float64 { return math.Pow(x, 2) }),
	unaryCase("Inv", above0, func(t *Tape, x []Var) Var { return t.Inv(x[0]) }, func(x float64) float64 { return math.Pow(x, -1) }),
	unaryCase("Abs", above0, func(t *Tape, x []Var) Var { return t.Abs(x[0]) }, func(x float64) float64 { return x }),
	unaryCase("Abs", [2]float64{-3, -0.2}, func(t *Tape, x []Var) Var { return t.Abs(x[0]) }, func(x float64) float64 { return -x }),
	unaryCase("Tanh", anywhere, func(t *Tape, x []Var) Var { return t.Tanh(x[0]) }, func(x float64) float64 { return math.Sinh(x) / math.Cosh(x) }),
	unaryCase("Sigmoid", [2]float64{-4, 4}, func(t *Tape, x []Var) Var { return t.Sigmoid(x[0]) }, func(x float64) float64 { return 0.5 + 0.5*math.Tanh(x/2) }),
	unaryCase("Log1pExp", [2]float64{-4, 4}, func(t *Tape, x []Var) Var { return t.Log1pExp(x[0]) }, func(x float64) float64 { return math.Log(1 + math.Exp(x)) }),
	unaryCase("LGamma", above0, func(t *Tape, x []Var) Var { return t.LGamma(x[0]) }, func(x float64) float64 { return math.Log(math.Gamma(x)) }),
	unaryCase("Digamma", above0, func(t *Tape, x []Var) Var { return t.Digamma(x[0]) }, func(x float64) float64 {
		// ψ(x) = −γ + Σ (1/(k+1) − 1/(k+x)), with the tail by Euler and Maclaurin.
		s := -0.57721566490153286061
		const n = 2000
		for k := 0.; k < n; k++ {
			s += 1/(k+1) - 1/(k+x)
		}
		tail := func(a float64) float64 { return math.Log(n+a) - 0.5/(n+a) - 1/(12*(n+a)*(n+a)) }
		return s + tail(x) - tail(1)
	}),
	unaryCase("Erf", anywhere, func(t *Tape, x []Var) Var { return t.Erf(x[0]) }, func(x float64) float64 { return 1 - math.Erfc(x) }),
	unaryCase("LogNormCDF", [2]float64{-4, 4}, func(t *Tape, x []Var) Var { return t.LogNormCDF(x[0]) }, func(x float64) float64 { return math.Log(0.5 * math.Erfc(-x/math.Sqrt2)) }),
	unaryCase("Sin", anywhere, func(t *Tape, x []Var) Var { return t.Sin(x[0]) }, func(x float64) float64 { return math.Cos(x - math.Pi/2) }),
	unaryCase("Cos", anywhere, func(t *Tape, x []Var) Var { return t.Cos(x[0]) }, func(x float64) float64 { return math.Sin(x + math.Pi/2) }),

	binaryCase("Add", anywhere, anywhere, func(t *Tape, x []Var) Var { return t.Add(x[0], x[1]) }, func(a, b float64) float64 { return a - (-b) }),
	binaryCase("Sub", anywhere, anywhere, func(t *Tape, x []Var) Var { return t.Sub(x[0], x[1]) }, func(a, b float64) float64 { return a + (-b) }),
	binaryCase("Mul", anywhere, anywhere, func(t *Tape, x []Var) Var { return t.Mul(x[0], x[1]) }, func(a, b float64) float64 { return ((a+b)*(a+b) - (a-b)*(a-b)) / 4 }),
	binaryCase("Div", anywhere, above0, func(t *Tape, x []Var) Var { return t.Div(x[0], x[1]) }, func(a, b float64) float64 { return a * math.Pow(b, -1) }),
	binaryCase("Pow", above0, anywhere, func(t *Tape, x []Var) Var { return t.Pow(x[0], x[1]) }, func(a, b float64) float64 { return math.Exp(b * math.Log(a)) }),
	binaryCase("Max", [2]float64{0, 1}, [2]float64{1.1, 2}, func(t *Tape, x []Var) Var { return t.Max(x[0], x[1]) }, func(a, b float64) float64 { return b }),
	binaryCase("Max", [2]float64{1.1, 2}, [2]float64{0, 1}, func(t *Tape, x []Var) Var { return t.Max(x[0], x[1]) }, func(a, b float64) float64 { return a }),
	binaryCase("Min", [2]float64{0, 1}, [2]float64{1.1, 2}, func(t *Tape, x []Var) Var { return t.Min(x[0], x[1]) }, func(a, b float64) float64 { return a }),
	binaryCase("Min", [2]float64{1.1, 2}, [2]float64{0, 1}, func(t *Tape, x []Var) Var { return t.Min(x[0], x[1]) }, func(a, b float64) float64 { return b }),
	binaryCase("LogAddExp", [2]float64{-4, 4}, [2]float64{-4, 4}, func(t *Tape, x []Var) Var { return t.LogAddExp(x[0], x[1]) }, func(a, b float64) float64 { return math.Log(math.Exp(a) + math.Exp(b)) }),
	{method: "Mul", name: "Mul of a vector by itself", lens: one, rng: [][2]float64{anywhere},
		f:    func(t *Tape, x []Var) Var { return t.Mul(x[0], x[0]) },
		want: each(func(x float64) float64 { return x * x })},
}

func logSumExpOf(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += math.Exp(v)
	}
	return math.Log(s)
}

func naiveSum(x []float64) (s float64) {
	for i := len(x) - 1; i >= 0; i-- {
		s += x[i]
	}
	return s
}

func rowsOf(f func(x []float64) float64, cols int) func(x [][]float64) []float64 {
	return func(x [][]float64) []float64 {
		var y []float64
		for row := range slices.Chunk(x[0], cols) {
			y = append(y, f(row))
		}
		return y
	}
}

var reduceCases = []opCase{
	{method: "Sum", lens: one, rng: [][2]float64{anywhere}, f: func(t *Tape, x []Var) Var { return t.Sum(x[0]) },
		want: whole(func(x [][]float64) float64 { return naiveSum(x[0]) })},
	{method: "Mean", lens: one, rng: [][2]float64{anywhere}, f: func(t *Tape, x []Var) Var { return t.Mean(x[0]) },
		want: whole(func(x [][]float64) float64 { return naiveSum(x[0]) / float64(len(x[0])) })},
	{method: "RowSum", lens: [][]int{{3}, {12}}, rng: [][2]float64{anywhere}, f: func(t *Tape, x []Var) Var { return t.RowSum(x[0], 3) },
		want: rowsOf(naiveSum, 3)},
	{method: "CumSum", lens: one, rng: [][2]float64{anywhere}, f: func(t *Tape, x []Var) Var { return t.CumSum(x[0]) },
		want: func(x [][]float64) (y []float64) {
			for i := range x[0] {
				y = append(y, naiveSum(x[0][:i+1]))
			}
			return y
		}},
	{method: "Dot", lens: append([][]int{{11, 11}}, two...), rng: [][2]float64{anywhere, anywhere}, f: func(t *Tape, x []Var) Var { return t.Dot(x[0], x[1]) },
		want: whole(func(x [][]float64) float64 { return naiveSum(each2(func(a, b float64) float64 { return a * b })(x)) })},
	{method: "LogSumExp", lens: one, rng: [][2]float64{anywhere}, f: func(t *Tape, x []Var) Var { return t.LogSumExp(x[0]) },
		want: whole(func(x [][]float64) float64 { return logSumExpOf(x[0]) })},
	{method: "RowLogSumExp", lens: [][]int{{3}, {12}}, rng: [][2]float64{anywhere}, f: func(t *Tape, x []Var) Var { return t.RowLogSumExp(x[0], 3) },
		want: rowsOf(logSumExpOf, 3)},
}

var indexCases = []opCase{
	{method: "Slice", lens: [][]int{{6}}, rng: [][2]float64{anywhere}, f: func(t *Tape, x []Var) Var { return t.Slice(x[0], 2, 5) },
		want: func(x [][]float64) []float64 { return []float64{x[0][2], x[0][3], x[0][4]} }},
	{method: "At", lens: [][]int{{6}}, rng: [][2]float64{anywhere}, f: func(t *Tape, x []Var) Var { return t.At(x[0], 4) },
		want: func(x [][]float64) []float64 { return []float64{x[0][4]} }},
	{method: "Gather", lens: [][]int{{4}}, rng: [][2]float64{anywhere}, f: func(t *Tape, x []Var) Var { return t.Gather(x[0], someIndices) },
		want: func(x [][]float64) []float64 { return []float64{x[0][3], x[0][0], x[0][0], x[0][2], x[0][3], x[0][3]} }},
	{method: "SumByIndex", lens: [][]int{{6}}, rng: [][2]float64{anywhere}, f: func(t *Tape, x []Var) Var { return t.SumByIndex(x[0], someIndices, 5) },
		want: func(x [][]float64) []float64 {
			return []float64{x[0][1] + x[0][2], 0, x[0][3], x[0][0] + x[0][4] + x[0][5], 0}
		}},
	{method: "Concat", lens: [][]int{{2, 1, 3}}, rng: [][2]float64{anywhere, anywhere, anywhere},
		f:    func(t *Tape, x []Var) Var { return t.Concat(x[0], x[1], x[2]) },
		want: func(x [][]float64) []float64 { return slices.Concat(x...) }},
	{method: "Concat", name: "Concat of many", lens: [][]int{{2, 3}}, rng: [][2]float64{anywhere, anywhere},
		f: func(t *Tape, x []Var) Var { return t.Concat(x[0], x[1], x[0], x[1], x[1], x[0], x[1]) },
		want: func(x [][]float64) []float64 {
			return slices.Concat(x[0], x[1], x[0], x[1], x[1], x[0], x[1])
		}},
	{method: "Concat", name: "Concat of one", lens: one, rng: [][2]float64{anywhere},
		f: func(t *Tape, x []Var) Var { return t.Concat(x[0]) }, want: each(func(x float64) float64 { return x })},
}

var someIndices = []int{3, 0, 0, 2, 3, 3}

// opProbe evaluates Σ w y² of an operation y(x), the active arguments of which lie
// one after the other in z.
type opProbe struct {
	c      *opCase
	x      [][]float64
	active []bool
	tape   Tape
	vars   []Var
	w      []float64
}

func (p *opProbe) eval(z []float64) float64 {
	t := &p.tape
	t.Reset()
	in := t.Input(z)
	at := 0
	for k, x := range p.x {
		if p.active[k] {
			p.vars[k] = t.v(t.view(in.id, at, at+len(x)))
			at += len(x)
		} else {
			p.vars[k] = t.v(t.pushData(x))
		}
	}
	y := p.c.f(t, p.vars)
	if len(p.w) != y.Len() {
		p.w = make([]float64, y.Len())
		for i := range p.w {
			p.w[i] = 1 / float64(2+i%7)
		}
	}
	t.AddTerm(t.Dot(p.w, t.Mul(y, y)))
	return t.LogJoint()
}

// central is a difference quotient of fourth order.
func central(f func(h float64) float64) float64 {
	const h = 2e-3
	return (8*(f(h)-f(-h)) - (f(2*h) - f(-2*h))) / (12 * h)
}

func TestOperations(t *testing.T) {
	for _, c := range opCases {
		name := c.name
		if name == "" {
			name = c.method
		}
		t.Run(name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, 2))
			for _, lens := range c.lens {
				for mask := range 1 << len(lens) {
					p := &opProbe{c: &c, vars: make([]Var, len(lens))}
					for k, n := range lens {
						x := make([]float64, n)
						for i := range x {
							x[i] = c.rng[k][0] + rnd.Float64()*(c.rng[k][1]-c.rng[k][0])
						}
						p.x = append(p.x, x)
						p.active = append(p.active, mask>>k&1 == 1)
					}
					if c.make != nil {
						c.make(rnd, p.x)
					}
					bad := false
					for k, d := range c.data {
						bad = bad || d && p.active[k]
					}
					if !bad {
						checkOp(t, p)
					}
				}
			}
		})
	}
}

// checkOp compares the value with the formula, derivatives with differences, and
// counts allocations.
func checkOp(t *testing.T, p *opProbe) {
	t.Helper()
	z := []float64{0} // an active coordinate that nothing depends on
	for k, x := range p.x {
		if p.active[k] {
			z = append(z, x...)
		}
	}
	rest := z[1:]
	if len(rest) > 0 {
		z = rest
	}
	d := len(z)
	p.eval(z)
	if err := p.tape.Err(); err != nil {
		t.Fatal(err)
	}
	for k, x := range p.x {
		if !p.active[k] {
			continue
		}
		if got := p.vars[k].Value(); !slices.Equal(got, x) {
			t.Fatalf("argument %d is %v, want %v", k, got, x)
		}
	}
	y := p.c.f(&p.tape, p.vars)
	want := p.c.want(p.x)
	if y.Len() != len(want) {
		t.Fatalf("value of length %d, want %d", y.Len(), len(want))
	}
	for i, v := range y.Value() {
		if !(math.Abs(v-want[i]) <= 1e-9*(1+math.Abs(want[i]))) {
			t.Fatalf("lengths %v, active %v: value %d = %v, want %v", lensOf(p.x), p.active, i, v, want[i])
		}
	}
	p.eval(z)
	grad, hess := make([]float64, d), make([]float64, d*d)
	p.tape.Gradient(grad)
	p.tape.Hessian(hess)
	g := make([]float64, d)
	for j := range z {
		at := z[j]
		move := func(f func() float64) float64 {
			v := central(func(h float64) float64 { z[j] = at + h; return f() })
			z[j] = at
			return v
		}
		want := move(func() float64 { return p.eval(z) })
		if !(math.Abs(grad[j]-want) <= 1e-7*(1+math.Abs(want))) {
			t.Fatalf("lengths %v, active %v: gradient %d = %v, want %v", lensOf(p.x), p.active, j, grad[j], want)
		}
		for k := range z {
			want := move(func() float64 { p.eval(z); p.tape.Gradient(g); return g[k] })
			if got := hess[j*d+k]; !(math.Abs(got-want) <= 1e-6*(1+math.Abs(want))) {
				t.Fatalf("lengths %v, active %v: Hessian %d, %d = %v, want %v", lensOf(p.x), p.active, j, k, got, want)
			}
		}
	}
	if n := testing.AllocsPerRun(5, func() { p.eval(z); p.tape.Gradient(grad); p.tape.HessVec(g, z) }); n != 0 {
		t.Errorf("lengths %v, active %v: %v allocations", lensOf(p.x), p.active, n)
	}
}

func lensOf(x [][]float64) (n []int) {
	for _, v := range x {
		n = append(n, len(v))
	}
	return n
}

// TestOperationsComplete finds the operations that the table forgot.
func TestOperationsComplete(t *testing.T) {
	known := map[string]bool{
		"Input":   true, // what the table differentiates in
		"LogProb": true, // of laws: see their tests
	}
	for _, c := range opCases {
		known[c.method] = true
	}
	typ := reflect.TypeFor[*Tape]()
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		if m.Type.NumOut() == 1 && m.Type.Out(0) == reflect.TypeFor[Var]() && !known[m.Name] {
			t.Errorf("%s is not in the table", m.Name)
		}
	}
}
