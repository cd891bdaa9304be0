package models_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natgrad/models"
	"natgrad/models/modeltest"
)

// testMLP returns a network on n rows of d random columns, with targets that suit it.
func testMLP(n, d int, s models.MLPSettings) *models.MLP {
	rnd := rand.New(rand.NewPCG(7, uint64(n*d)))
	x, y := make([]float64, n*d), make([]float64, n)
	for i := range x {
		x[i] = rnd.NormFloat64()
	}
	for i := range y {
		switch s.Likelihood.(type) {
		case nil:
			y[i] = float64(rnd.IntN(s.Classes))
		case models.GaussianIdentity:
			y[i] = rnd.NormFloat64()
		default:
			y[i] = float64(rnd.IntN(2))
		}
	}
	if s.PriorPrecision == 0 {
		s.PriorPrecision = 0.7
	}
	return must(models.NewMLP(must(models.NewDense(n, d, x)), y, s))
}

var testNets = map[string]func(n int) *models.MLP{
	"regression": func(n int) *models.MLP {
		return testMLP(n, 3, models.MLPSettings{Hidden: []int{4}, Activation: models.Tanh, Likelihood: models.GaussianIdentity{Precision: 2.5}})
	},
	"binary": func(n int) *models.MLP {
		return testMLP(n, 2, models.MLPSettings{Hidden: []int{3, 5}, Activation: models.Tanh, Likelihood: models.BernoulliLogit{}})
	},
	"probit": func(n int) *models.MLP {
		return testMLP(n, 2, models.MLPSettings{Hidden: []int{3}, Activation: models.Tanh, Likelihood: models.BernoulliProbit{}})
	},
	"softmax": func(n int) *models.MLP {
		return testMLP(n, 3, models.MLPSettings{Hidden: []int{2, 3}, Activation: models.Tanh, Classes: 4})
	},
	"ReLU": func(n int) *models.MLP {
		return testMLP(n, 3, models.MLPSettings{Hidden: []int{5, 3}, Likelihood: models.GaussianIdentity{Precision: 0.8}})
	},
	"ReLU softmax": func(n int) *models.MLP {
		return testMLP(n, 2, models.MLPSettings{Hidden: []int{5}, Classes: 3})
	},
	"linear softmax": func(n int) *models.MLP {
		return testMLP(n, 3, models.MLPSettings{Classes: 3})
	},
}

// points are weights of the size that is found in fitted networks, at which no ReLU has
// its kink within the steps of differences.
func points(m *models.MLP) [][]float64 {
	rnd := rand.New(rand.NewPCG(3, 4))
	z := make([][]float64, 2)
	for k := range z {
		z[k] = make([]float64, m.Dim())
		for j := range z[k] {
			z[k][j] = 0.8 * rnd.NormFloat64()
		}
	}
	return z
}

func TestMLPKeepsTheLaws(t *testing.T) {
	for name, net := range testNets {
		t.Run(name, func(t *testing.T) {
			m := net(4)
			modeltest.Test(t, m, points(m))
		})
	}
	// Several chunks of rows, the last one short.
	m := testNets["regression"](130)
	modeltest.Test(t, m, points(m)[:1])
}

// A network as wide as a tile of matrix products and wider: directional differences.
func TestMLPWide(t *testing.T) {
	m := testMLP(70, 140, models.MLPSettings{Hidden: []int{150, 131}, Activation: models.Tanh, Classes: 3})
	rnd := rand.New(rand.NewPCG(1, 9))
	z, dir, grad := m.RandWeights(nil, rnd), m.RandWeights(nil, rnd), make([]float64, m.Dim())
	lp := m.LogJointGrad(grad, z)
	n := naiveOf(m)
	want := m.LogPrior(z)
	for _, r := range dataOf(m) {
		want += n.logLik(r.x, r.y, z)
	}
	within(t, 1e-12, lp, want, "log-joint")
	at := func(h float64) float64 {
		w := slices.Clone(z)
		for j, v := range dir {
			w[j] += h * v
		}
		return m.LogJoint(w)
	}
	var slope float64
	for j, g := range grad {
		slope += g * dir[j]
	}
	const h = 1e-3
	num := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
	within(t, 1e-8, slope, num, "slope")
}

// TestMLPGold compares with log-likelihoods and their gradients of scikit-learn 1.2
// (MLPClassifier, MLPRegressor, alpha 0).
func TestMLPGold(t *testing.T) {
	x := must(models.NewDense(4, 2, []float64{0.5, -1.2, 1.5, 0.3, -0.7, 0.8, 0.2, 2.0}))
	for _, c := range []struct {
		sizes []int
		s     models.MLPSettings
		y     []float64
		ll    float64
		grad  []float64
	}{
		{[]int{2, 3, 2, 3}, models.MLPSettings{Hidden: []int{3, 2}, Activation: models.Tanh, Classes: 3}, []float64{0, 2, 1, 0},
			-3.854174685257795,
			[]float64{0.2147233243981971, 0.82776156080945, -0.29444308993021906, 0.0338330130272235, -0.10480208862729667, -0.44590256832501873, 0.5783231091619511, -0.2638010271020331, -0.1694333419357322, 0.11604515910278526, -0.31552927838659095, 0.24601917027984668, 0.30024749404704865, -0.2235990127721613, 0.31992169908376583, -0.7240861529382234, 0.5498204044277175, 0.3439992520170776, -0.3800365029072114, -0.15775581121775642, 0.041354299696755824, -0.18624344079932123, 0.33868220321045556, 0.9984222586525274, -0.6231105845428218, -0.37531167410970573}},
		{[]int{2, 4, 1}, models.MLPSettings{Hidden: []int{4}, Likelihood: models.GaussianIdentity{Precision: 1}}, []float64{0.3, -1.0, 2.0, 0.7},
			-1.5550785534826206 - 2*math.Log(2*math.Pi),
			[]float64{0.1250337256, 0.06523477998, 1.06738393464, -0.06055839935999918, -0.4118083256, -0.21485583498000005, -0.96525769398, 0.05476423151999932, 0.0627260556, -0.8560021031999997, -0.20659315559999997, 0.7741006673999997, -1.0986523956799998, 0.6240497542400001, -0.45386090760000003, 1.172493815079999, 0.3051921999999998}},
	} {
		var z []float64
		sin := func(scale float64) {
			z = append(z, math.Round(1000*scale*math.Sin(1.7*float64(len(z)+1)))/1000)
		}
		for l := range c.sizes[1:] {
			for range c.sizes[l] * c.sizes[l+1] {
				sin(1)
			}
			for range c.sizes[l+1] {
				sin(0.5)
			}
		}
		const δ = 0.3
		c.s.PriorPrecision = δ
		m := must(models.NewMLP(x, c.y, c.s))
		grad := make([]float64, m.Dim())
		lp := m.LogJointGrad(grad, z)
		prior := 0.
		for j, v := range z {
			prior += 0.5*math.Log(δ/(2*math.Pi)) - δ*v*v/2
			if want := c.grad[j] - δ*v; math.Abs(grad[j]-want) > 1e-12 {
				t.Errorf("%v: gradient %d is %v, want %v", c.sizes, j, grad[j], want)
			}
		}
		within(t, 1e-13, lp, c.ll+prior, "log-joint")
		within(t, 1e-13, m.LogPrior(z), prior, "log-prior")
	}
}

// Without hidden layers a network is a generalised linear model.
func TestMLPLinearIsGLM(t *testing.T) {
	for _, lik := range []models.MomentLikelihood{models.GaussianIdentity{Precision: 1.7}, models.BernoulliLogit{}, models.BernoulliProbit{}, models.PoissonLog{}} {
		m := testMLP(150, 3, models.MLPSettings{Likelihood: lik, PriorPrecision: 0.4})
		var x, y []float64
		for _, r := range dataOf(m) {
			x, y = append(append(x, r.x...), 1), append(y, r.y)
		}
		g := must(models.NewGLM(must(models.NewDense(150, 4, x)), y, lik, []float64{0.4, 0.4, 0.4, 0.4}))
		z := []float64{0.3, -0.7, 0.2, 0.5}
		diag, grad, gn, gradM := make([]float64, 4), make([]float64, 4), make([]float64, 4), make([]float64, 4)
		want := g.LogJointHessDiag(diag, grad, z)
		within(t, 1e-13, m.LogJoint(z), want, "%T: log-joint", lik)
		within(t, 1e-13, m.LogJointGaussNewtonDiag(gn, gradM, z), want, "%T: log-joint", lik)
		for j := range z {
			within(t, 1e-11, gradM[j], grad[j], "%T: gradient", lik)
			within(t, 1e-12, -gn[j]-0.4, diag[j], "%T: Hessian", lik)
		}
		// Then the Gauss–Newton matrix is the Hessian.
		c := testMLP(4, 3, models.MLPSettings{Likelihood: lik, PriorPrecision: 0.4}).Curved(models.GaussNewton)
		modeltest.Test(t, c, [][]float64{z})
	}
	c := testMLP(4, 3, models.MLPSettings{Classes: 3}).Curved(models.GaussNewton)
	modeltest.Test(t, c, points(c.MLP))
}

func TestMLPRefuses(t *testing.T) {
	x := must(models.NewDense(2, 2, []float64{1, 2, 3, 4}))
	y := []float64{0, 1}
	good := models.MLPSettings{Hidden: []int{3}, Likelihood: models.BernoulliLogit{}, PriorPrecision: 1}
	must(models.NewMLP(x, y, good))
	refused := func(row int, x *models.Dense, y []float64, change func(*models.MLPSettings)) {
		t.Helper()
		s := good
		if change != nil {
			change(&s)
		}
		m, err := models.NewMLP(x, y, s)
		var de *models.DataError
		if !errors.As(err, &de) || m != nil || de.Row != row || de.Error() == "" {
			t.Errorf("error %v, want a *DataError of row %d", err, row)
		}
	}
	refused(-1, nil, y, nil)
	refused(-1, x, y[:1], nil)
	refused(1, x, []float64{0, 2}, nil)
	refused(0, x, []float64{math.NaN(), 1}, func(s *models.MLPSettings) { s.Likelihood = models.GaussianIdentity{Precision: 1} })
	refused(0, x, y, func(s *models.MLPSettings) { s.Likelihood = models.GaussianIdentity{} })
	for _, v := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		refused(-1, x, y, func(s *models.MLPSettings) { s.PriorPrecision = v })
		if v != 0 {
			refused(-1, x, y, func(s *models.MLPSettings) { s.StartPrecision = v })
		}
	}
	refused(-1, x, y, func(s *models.MLPSettings) { s.Hidden = []int{3, 0} })
	refused(-1, x, y, func(s *models.MLPSettings) { s.Activation = 2 })
	refused(-1, x, y, func(s *models.MLPSettings) { s.Init = -1 })
	refused(-1, x, y, func(s *models.MLPSettings) { s.Classes = 2 })
	refused(-1, x, y, func(s *models.MLPSettings) { s.Likelihood = nil })
	refused(-1, x, y, func(s *models.MLPSettings) { s.Likelihood, s.Classes = nil, 1 })
	for _, v := range []float64{-1, 3, 0.5, math.NaN(), math.Inf(1)} {
		refused(1, x, []float64{2, v}, func(s *models.MLPSettings) { s.Likelihood, s.Classes = nil, 3 })
	}
}

func TestMLPPanics(t *testing.T) {
	m := testNets["binary"](4)
	z, grad, short := make([]float64, m.Dim()), make([]float64, m.Dim()), make([]float64, m.Dim()-1)
	for name, f := range map[string]func(){
		"z":            func() { m.LogJoint(short) },
		"gradient":     func() { m.LogJointGrad(short, z) },
		"nil gradient": func() { m.LogJointGrad(nil, z) },
		"squares":      func() { m.LogJointGradSquares(short, grad, z) },
		"Gauss-Newton": func() { m.LogJointGaussNewtonDiag(short, grad, z) },
		"rows":         func() { m.RowGrads(grad, nil, z) },
		"row values":   func() { m.RowGrads(make([]float64, 4*m.Dim()), z[:1], z) },
		"weights":      func() { m.RandWeights(short, rand.New(rand.NewPCG(1, 1))) },
		"natural":      func() { m.StartNatural(z, 0, rand.New(rand.NewPCG(1, 1))) },
		"curvature":    func() { m.Curved(2) },
		"not made":     func() { new(models.MLP).LogJoint(nil) },
		"not forked":   func() { new(models.MLP).Fork() },
		"no batch":     func() { new(models.MLP).Batch(nil, 1) },
	} {
		func() {
			defer func() {
				if s, ok := recover().(string); !ok || len(s) < 8 || s[:8] != "models: " {
					t.Errorf("%s: panic %q", name, s)
				}
			}()
			f()
		}()
	}
}

func TestMLPDoesNotAllocate(t *testing.T) {
	for name, net := range testNets {
		m := net(100)
		c := m.Curved(models.EmpiricalFisher)
		z, grad, diag := points(m)[0], make([]float64, m.Dim()), make([]float64, m.Dim())
		rows, ll := make([]float64, 100*m.Dim()), make([]float64, 100)
		idx := []int{5, 77, 5, 99, 2}
		m.Batch(idx, 1)
		c.Batch(idx, 1)
		if n := testing.AllocsPerRun(3, func() {
			m.LogJoint(z)
			m.LogJointGrad(grad, z)
			m.LogJointGradSquares(diag, grad, z)
			m.LogJointGaussNewtonDiag(diag, grad, z)
			m.RowGrads(rows, ll, z)
			m.Batch(idx, 2).(models.Gradienter).LogJointGrad(grad, z)
			c.Batch(idx, 2).(models.HessDiager).LogJointHessDiag(diag, grad, z)
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	wide := testMLP(150, 140, models.MLPSettings{Hidden: []int{300, 200}, Classes: 3})
	z, grad, diag := wide.RandWeights(nil, rand.New(rand.NewPCG(1, 1))), make([]float64, wide.Dim()), make([]float64, wide.Dim())
	if n := testing.AllocsPerRun(1, func() { wide.LogJointGradSquares(diag, grad, z) }); n != 0 {
		t.Errorf("wide: %v allocations", n)
	}
}

// The order of z, its names, and what else there is to ask.
func TestMLPLayout(t *testing.T) {
	m := testMLP(4, 2, models.MLPSettings{Hidden: []int{3}, Classes: 2, PriorPrecision: 2})
	want := []string{"W1[1,1]", "W1[1,2]", "W1[2,1]", "W1[2,2]", "W1[3,1]", "W1[3,2]", "b1[1]", "b1[2]", "b1[3]",
		"W2[1,1]", "W2[1,2]", "W2[1,3]", "W2[2,1]", "W2[2,2]", "W2[2,3]", "b2[1]", "b2[2]"}
	if got := m.CoordNames(); !slices.Equal(got, want) || m.Dim() != len(want) {
		t.Errorf("names %v", got)
	}
	if in, out, w, b := m.Layer(2); in != 3 || out != 2 || w != 9 || b != 15 {
		t.Errorf("layer 2 is %d %d %d %d", in, out, w, b)
	}
	s := m.Settings()
	if s.Hidden[0] != 3 || s.StartPrecision != 2 || m.Scale() != 1 || m.NumData() != 4 {
		t.Errorf("settings %+v", s)
	}
	s.Hidden[0] = 9
	if m.Settings().Hidden[0] != 3 {
		t.Error("settings can be changed from outside")
	}
	b := m.Batch([]int{3, 3, 0}, 2.5).(*models.MLP)
	if b.Batch([]int{1}, 2).(*models.MLP).Scale() != 5 || b.NumData() != 3 {
		t.Error("a batch of a batch")
	}
	if got := fmt.Sprint(models.ReLU, models.Tanh, models.Activation(7)); got != "ReLU tanh Activation(7)" {
		t.Error(got)
	}
}
