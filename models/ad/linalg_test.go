package ad

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natgrad/models"
)

var linalgCases = []opCase{
	{method: "MulVec", lens: [][]int{{3}}, rng: [][2]float64{anywhere}, f: func(t *Tape, x []Var) Var { return t.MulVec(denseMatrix, x[0]) },
		want: func(x [][]float64) []float64 { return naiveMul(denseMatrix.RawData(), x[0], 4, 3, 1) }},
	{method: "MulVec", name: "MulVec sparse", lens: [][]int{{3}}, rng: [][2]float64{anywhere}, f: func(t *Tape, x []Var) Var { return t.MulVec(sparseMatrix, x[0]) },
		want: func(x [][]float64) []float64 { return []float64{2 * x[0][2], -x[0][0] + 3*x[0][1]} }},
	{method: "MatVec", lens: [][]int{{6, 2}}, rng: [][2]float64{anywhere, anywhere}, f: func(t *Tape, x []Var) Var { return t.MatVec(x[0], 3, 2, x[1]) },
		want: func(x [][]float64) []float64 { return naiveMul(x[0], x[1], 3, 2, 1) }},
	{method: "MatMul", lens: [][]int{{6, 8}}, rng: [][2]float64{anywhere, anywhere}, f: func(t *Tape, x []Var) Var { return t.MatMul(x[0], x[1], 3, 2, 4) },
		want: func(x [][]float64) []float64 { return naiveMul(x[0], x[1], 3, 2, 4) }},
	{method: "MatMul", name: "MatMul of vectors", lens: [][]int{{3, 2}}, rng: [][2]float64{anywhere, anywhere}, f: func(t *Tape, x []Var) Var { return t.MatMul(x[0], x[1], 3, 1, 2) },
		want: func(x [][]float64) []float64 { return naiveMul(x[0], x[1], 3, 1, 2) }},
	{method: "QuadForm", lens: [][]int{{9, 3}, {1, 1}}, rng: [][2]float64{anywhere, anywhere}, f: func(t *Tape, x []Var) Var { return t.QuadForm(x[0], x[1]) },
		want: func(x [][]float64) []float64 {
			n := len(x[1])
			return naiveMul(x[1], naiveMul(x[0], x[1], n, n, 1), 1, n, 1)
		}},
	{method: "AddDiag", lens: [][]int{{9, 3}, {9, 1}}, rng: [][2]float64{anywhere, anywhere}, f: func(t *Tape, x []Var) Var { return t.AddDiag(x[0], 3, x[1]) },
		want: func(x [][]float64) []float64 {
			y := append([]float64(nil), x[0]...)
			y[0] += x[1][0]
			y[4] += x[1][1%len(x[1])]
			y[8] += x[1][2%len(x[1])]
			return y
		}},
	{method: "Cholesky", lens: [][]int{{1}, {9}, {16}}, rng: [][2]float64{anywhere}, make: makeDefinite,
		f: func(t *Tape, x []Var) Var { return t.Cholesky(x[0], order(x[0].Len())) }, want: func(x [][]float64) []float64 { return naiveCholesky(x[0]) }},
	{method: "SolveLower", lens: [][]int{{9, 3}, {9, 6}, {1, 1}}, rng: [][2]float64{anywhere, anywhere}, make: makeTriangular,
		f:    func(t *Tape, x []Var) Var { return t.SolveLower(x[0], order(x[0].Len()), x[1]) },
		want: func(x [][]float64) []float64 { return naiveSolve(x[0], x[1], false) }},
	{method: "SolveLowerTrans", lens: [][]int{{9, 3}, {9, 6}, {1, 1}}, rng: [][2]float64{anywhere, anywhere}, make: makeTriangular,
		f:    func(t *Tape, x []Var) Var { return t.SolveLowerTrans(x[0], order(x[0].Len()), x[1]) },
		want: func(x [][]float64) []float64 { return naiveSolve(x[0], x[1], true) }},
	{method: "LogDetLower", lens: [][]int{{1}, {9}}, rng: [][2]float64{anywhere}, make: makeTriangular,
		f: func(t *Tape, x []Var) Var { return t.LogDetLower(x[0], order(x[0].Len())) },
		want: whole(func(x [][]float64) float64 {
			l := lowerOf(x[0])
			return math.Log(math.Abs(mat.Det(l)))
		})},
}

var multivariateCases = []opCase{
	{name: "Dirichlet", lens: [][]int{{3, 3}, {4, 1}, {6, 3}}, rng: [][2]float64{{0.1, 0.6}, above0},
		f: func(t *Tape, x []Var) Var { return t.LogProb(x[0], Dirichlet(x[1])) },
		want: whole(func(x [][]float64) (s float64) {
			k := len(x[1])
			if k == 1 {
				k = len(x[0])
			}
			for i := range x[0] {
				a := x[1][i%len(x[1])]
				s += (a-1)*math.Log(x[0][i]) - math.Log(math.Gamma(a))
				if i%k == 0 {
					var total float64
					for j := range k {
						total += x[1][j%len(x[1])]
					}
					s += math.Log(math.Gamma(total))
				}
			}
			return s
		})},
	{name: "MultiNormalCholesky", lens: [][]int{{3, 3, 9}, {3, 1, 9}, {6, 3, 9}, {6, 1, 9}, {6, 6, 9}, {1, 1, 1}, {2, 1, 1}, {2, 2, 1}}, rng: [][2]float64{anywhere, anywhere, anywhere},
		make: func(rnd *rand.Rand, x [][]float64) { makeTriangular(rnd, x[2:]) },
		f:    func(t *Tape, x []Var) Var { return t.LogProb(x[0], MultiNormalCholesky(x[1], x[2])) },
		want: whole(func(x [][]float64) (s float64) {
			d := order(len(x[2]))
			l := lowerOf(x[2])
			var cov mat.SymDense
			cov.SymOuterK(1, l)
			var inv mat.Dense
			inv.Inverse(&cov)
			logDet, _ := mat.LogDet(&cov)
			for lo := 0; lo < len(x[0]); lo += d {
				r := make([]float64, d)
				for i := range r {
					r[i] = x[0][lo+i] - x[1][(lo+i)%len(x[1])]
				}
				s -= 0.5 * (mat.Inner(mat.NewVecDense(d, r), &inv, mat.NewVecDense(d, r)) + logDet + float64(d)*math.Log(2*math.Pi))
			}
			return s
		})},
	{name: "CategoricalLogit", lens: [][]int{{4, 3}, {4, 12}, {1, 3}}, rng: [][2]float64{{0, 2.99}, anywhere}, data: []bool{true, false},
		make: func(_ *rand.Rand, x [][]float64) {
			for i, v := range x[0] {
				x[0][i] = math.Floor(v)
			}
		},
		f: func(t *Tape, x []Var) Var { return t.LogProb(x[0], CategoricalLogit(x[1], 3)) },
		want: whole(func(x [][]float64) (s float64) {
			for i, c := range x[0] {
				row := x[1][i*3%len(x[1]):][:3]
				s += row[int(c)] - logSumExpOf(row)
			}
			return s
		})},
	{name: "GLM", lens: [][]int{{4, 3}}, rng: [][2]float64{{0, 1.99}, anywhere}, data: []bool{true, false},
		make: func(_ *rand.Rand, x [][]float64) {
			for i, v := range x[0] {
				x[0][i] = math.Floor(v)
			}
		},
		f: func(t *Tape, x []Var) Var { return t.LogProb(x[0], GLM(denseMatrix, x[1], models.BernoulliLogit{})) },
		want: whole(func(x [][]float64) (s float64) {
			for i, f := range naiveMul(denseMatrix.RawData(), x[1], 4, 3, 1) {
				s -= math.Log(1 + math.Exp((1-2*x[0][i])*f))
			}
			return s
		})},
	{name: "GLM of many rows", lens: [][]int{{600, 2}}, rng: [][2]float64{{0, 4}, {-0.5, 0.5}}, data: []bool{true, false},
		make: func(_ *rand.Rand, x [][]float64) {
			for i, v := range x[0] {
				x[0][i] = math.Floor(v)
			}
		},
		f: func(t *Tape, x []Var) Var { return t.LogProb(x[0], GLM(tallMatrix, x[1], models.PoissonLog{})) },
		want: whole(func(x [][]float64) (s float64) {
			for i, f := range naiveMul(tallMatrix.RawData(), x[1], 600, 2, 1) {
				s += x[0][i]*f - math.Exp(f) - math.Log(math.Gamma(x[0][i]+1))
			}
			return s
		})},
	{method: "RungeKutta", lens: [][]int{{2, 1}}, rng: [][2]float64{{0.5, 1}, {0.5, 1}},
		f: func(t *Tape, x []Var) Var {
			return t.RungeKutta(func(time float64, y Var) Var {
				a, b := t.At(y, 0), t.At(y, 1)
				return t.Concat(t.Mul(x[1], b), t.Sub(t.Mul(a, b), time))
			}, x[0], 0.5, rungeTimes, 3)
		},
		want: func(x [][]float64) (out []float64) {
			f := func(t, a, b float64) (float64, float64) { return x[1][0] * b, a*b - t }
			a, b, t := x[0][0], x[0][1], 0.5
			for _, end := range rungeTimes {
				h := (end - t) / 3
				for range 3 {
					a1, b1 := f(t, a, b)
					a2, b2 := f(t+h/2, a+h/2*a1, b+h/2*b1)
					a3, b3 := f(t+h/2, a+h/2*a2, b+h/2*b2)
					a4, b4 := f(t+h, a+h*a3, b+h*b3)
					a += h / 6 * (a1 + 2*a2 + 2*a3 + a4)
					b += h / 6 * (b1 + 2*b2 + 2*b3 + b4)
					t += h
				}
				out = append(out, a, b)
			}
			return out
		}},
}

var (
	rungeTimes      = []float64{0.7, 1.2, 1.3, 1.5, 1.8}
	denseMatrix, _  = models.NewDense(4, 3, []float64{1, 2, -1, 0.5, 0, 3, -2, 1, 1, 0.3, -0.7, 2})
	sparseMatrix, _ = models.NewCSR(2, 3, []int{0, 1, 3}, []int{2, 0, 1}, []float64{2, -1, 3})
	tallMatrix      = func() *models.Dense {
		x := make([]float64, 1200)
		for i := range x {
			x[i] = math.Sin(float64(i * i))
		}
		m, _ := models.NewDense(600, 2, x)
		return m
	}()
)

// order is n of an n×n matrix.
func order(size int) int { return int(math.Round(math.Sqrt(float64(size)))) }

// naiveMul is the product of an m×k and a k×n matrix.
func naiveMul(a, b []float64, m, k, n int) []float64 {
	y := make([]float64, m*n)
	for i := range m {
		for j := range n {
			for l := range k {
				y[i*n+j] += a[i*k+l] * b[l*n+j]
			}
		}
	}
	return y
}

func naiveCholesky(a []float64) []float64 {
	n := order(len(a))
	l := make([]float64, n*n)
	for i := range n {
		for j := range i + 1 {
			s := a[i*n+j]
			for k := range j {
				s -= l[i*n+k] * l[j*n+k]
			}
			if i == j {
				l[i*n+i] = math.Sqrt(s)
			} else {
				l[i*n+j] = s / l[j*n+j]
			}
		}
	}
	return l
}

func lowerOf(a []float64) *mat.Dense {
	n := order(len(a))
	l := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range i + 1 {
			l.Set(i, j, a[i*n+j])
		}
	}
	return l
}

func naiveSolve(l, b []float64, trans bool) []float64 {
	var a mat.Matrix = lowerOf(l)
	n, _ := a.Dims()
	if trans {
		a = a.T()
	}
	var inv, x mat.Dense
	inv.Inverse(a)
	x.Mul(&inv, mat.NewDense(n, len(b)/n, b))
	return x.RawMatrix().Data
}

// makeDefinite makes the first argument positive definite in its lower triangle,
// and lets what is above differ.
func makeDefinite(_ *rand.Rand, x [][]float64) {
	n := order(len(x[0]))
	for i := range n {
		x[0][i*n+i] = 3 * float64(n)
	}
}

// makeTriangular makes the diagonal of the first argument positive.
func makeTriangular(_ *rand.Rand, x [][]float64) {
	n := order(len(x[0]))
	for i := range n {
		x[0][i*n+i] = 0.7 + math.Abs(x[0][i*n+i])
	}
}

// TestLargeMatrices goes through all tiles and blocks.
func TestLargeMatrices(t *testing.T) {
	const m, k, n = 70, 66, 140
	rnd := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = rnd.NormFloat64()
		}
		return x
	}
	p := new(Tape)
	near := func(what string, got, want []float64) {
		t.Helper()
		for i, v := range got {
			if !(math.Abs(v-want[i]) < 1e-10*(1+math.Abs(want[i]))) {
				t.Fatalf("%s: element %d = %v, want %v", what, i, v, want[i])
			}
		}
	}
	a, b := random(m*k), random(k*n)
	near("MatMul", p.MatMul(a, b, m, k, n).Value(), naiveMul(a, b, m, k, n))

	s := naiveMul(a[:m*k], transposed(a, m, k), m, k, m) // rank k < m
	for i := range m {
		s[i*m+i] += 1
	}
	near("Cholesky", p.Cholesky(s, m).Value(), naiveCholesky(s))
	big := random(300 * 300)
	for i := range 300 {
		big[i*300+i] += 100
	}
	near("Cholesky", p.Cholesky(big, 300).Value(), naiveCholesky(big))

	// Products with transposes, through the gradient of Σ w∘(A B).
	w := random(m * n)
	p.Reset()
	in := p.Input(append(append([]float64(nil), a...), b...))
	p.AddTerm(p.Dot(w, p.MatMul(p.Slice(in, 0, m*k), p.Slice(in, m*k, m*k+k*n), m, k, n)))
	g := make([]float64, m*k+k*n)
	p.Gradient(g)
	near("gradient in A", g[:m*k], naiveMul(w, transposed(b, k, n), m, n, k))
	near("gradient in B", g[m*k:], naiveMul(transposed(a, m, k), w, k, m, n))

	z := append([]float64(nil), big...)
	hv := make([]float64, len(z))
	if n := testing.AllocsPerRun(1, func() {
		p.Reset()
		x := p.Input(z)
		p.AddTerm(p.LogDetLower(p.Cholesky(x, 300), 300))
		p.Gradient(hv)
		p.HessVec(hv, z)
	}); n != 0 {
		t.Errorf("Cholesky of order 300: %v allocations", n)
	}
}

func transposed(a []float64, m, n int) []float64 {
	b := make([]float64, m*n)
	for i := range m {
		for j := range n {
			b[j*m+i] = a[i*n+j]
		}
	}
	return b
}

// TestRungeKuttaOrder halves steps, which divides the error by 16.
func TestRungeKuttaOrder(t *testing.T) {
	var errs [2]float64
	for i, steps := range []int{10, 20} {
		p := new(Tape)
		y := p.RungeKutta(func(_ float64, y Var) Var { return p.Neg(y) }, []float64{1, 2}, 0, []float64{1, 2}, steps)
		if y.Len() != 4 {
			t.Fatalf("length %d, want 2 times 2", y.Len())
		}
		errs[i] = y.At(3) - 2*math.Exp(-2)
	}
	if r := errs[0] / errs[1]; r < 15 || r > 19 || math.Abs(errs[1]) > 1e-6 {
		t.Errorf("errors %v, their ratio %v, want about 16", errs, r)
	}
}
