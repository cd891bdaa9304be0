package models_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/models"
	"natgrad/models/modeltest"
)

// testGLM returns a GLM of n rows and 3 columns with the first likelihoods'
// targets drawn to suit lik.
func testGLM(lik models.Likelihood, n int, sparse bool) *models.GLM {
	rnd := rand.New(rand.NewPCG(5, uint64(n)))
	x, y := make([]float64, 3*n), make([]float64, n)
	for i := range y {
		x[3*i] = 1
		x[3*i+1] = rnd.NormFloat64()
		if rnd.Float64() < 0.5 {
			x[3*i+2] = rnd.Float64()
		}
		switch lik.(type) {
		case models.PoissonLog:
			y[i] = float64(rnd.IntN(6))
		case tilted:
			y[i] = float64(rnd.IntN(9))
		case models.GaussianIdentity:
			y[i] = rnd.NormFloat64()
		default:
			y[i] = float64(rnd.IntN(2))
		}
	}
	var m models.Matrix = must(models.NewDense(n, 3, x))
	if sparse {
		m = m.(*models.Dense).Sparse()
	}
	g := must(models.NewGLM(m, y, lik, []float64{0.01, 2, 0.5}))
	return must(g.WithPriorMean([]float64{0.5, -1, 0.2}))
}

var likelihoods = []models.Likelihood{
	models.BernoulliLogit{}, models.BernoulliProbit{}, models.PoissonLog{}, models.GaussianIdentity{Precision: 1.7},
}

func TestGLMKeepsTheLaws(t *testing.T) {
	points := [][]float64{{0, 0, 0}, {0.3, -0.7, 1.1}, {-2, 1.5, -0.4}}
	for _, lik := range likelihoods {
		modeltest.Test(t, testGLM(lik, 23, false), points)
		modeltest.Test(t, testGLM(lik, 23, true), points)
	}
	// Several chunks of rows, the last one short.
	modeltest.Test(t, testGLM(models.BernoulliLogit{}, 700, false), points)
}

// TestGLMByHand writes a log-joint out, constants and all.
func TestGLMByHand(t *testing.T) {
	x := must(models.NewDense(2, 2, []float64{1, 0.5, 1, -2}))
	g := must(models.NewGLM(x, []float64{1, 0}, models.BernoulliLogit{}, []float64{0.5, 4}))
	z := []float64{0.3, -0.6}
	σ := func(f float64) float64 { return 1 / (1 + math.Exp(-f)) }
	normal := func(x, δ float64) float64 { return math.Sqrt(δ/(2*math.Pi)) * math.Exp(-δ*x*x/2) }
	prior := normal(0.3, 0.5) * normal(-0.6, 4)
	want := math.Log(σ(0.3-0.3) * (1 - σ(0.3+1.2)) * prior)
	within(t, 1e-14, g.LogJoint(z), want, "log-joint")
	within(t, 1e-14, g.LogPrior(z), math.Log(prior), "log-prior")
	if g.NumData() != 2 || g.Dim() != 2 || g.Scale() != 1 {
		t.Errorf("%d rows, %d columns, scale %g", g.NumData(), g.Dim(), g.Scale())
	}
	b := g.Batch([]int{1, 1, 0}, 2.5).(*models.GLM)
	if b.NumData() != 3 || b.Scale() != 2.5 || b.Y[0] != 0 || b.Y[2] != 1 {
		t.Errorf("batch of %d rows, scale %g, targets %v", b.NumData(), b.Scale(), b.Y)
	}
	if s := b.Batch([]int{0}, 2).(*models.GLM).Scale(); s != 5 {
		t.Errorf("a batch of a batch has scale %g, want 5", s)
	}
}

// TestLinearRegressionEvidence: y is normal with mean Xm₀ and covariance
// X P⁻¹ Xᵀ + I/τ.
func TestLinearRegressionEvidence(t *testing.T) {
	x := must(models.NewDense(2, 2, []float64{1, 0.5, 1, -2}))
	const τ = 1.7
	p, m0, y := []float64{0.5, 4}, []float64{0.2, -0.3}, []float64{1.2, -0.4}
	g := must(must(models.NewGLM(x, y, models.GaussianIdentity{Precision: τ}, p)).WithPriorMean(m0))
	η := make([]float64, 6)
	c, ok := g.ConjugateNatural(η, "FullGaussian(2)")
	if !ok {
		t.Fatal("not conjugate")
	}
	a, b, d := -2*η[2], -2*η[3], -2*η[5]
	det := a*d - b*b
	A := 0.5*(d*η[0]*η[0]-2*b*η[0]*η[1]+a*η[1]*η[1])/det - 0.5*math.Log(det) + math.Log(2*math.Pi)

	s00 := 1/p[0] + 0.25/p[1] + 1/τ
	s01 := 1/p[0] - 1/p[1]
	s11 := 1/p[0] + 4/p[1] + 1/τ
	r0, r1 := y[0]-(m0[0]+0.5*m0[1]), y[1]-(m0[0]-2*m0[1])
	detS := s00*s11 - s01*s01
	want := -0.5*(s11*r0*r0-2*s01*r0*r1+s00*r1*r1)/detS - 0.5*math.Log(detS) - math.Log(2*math.Pi)
	within(t, 1e-13, A+c, want, "log-evidence")

	for _, lik := range likelihoods[:3] {
		if _, ok := testGLM(lik, 5, false).ConjugateNatural(make([]float64, 12), "FullGaussian(3)"); ok {
			t.Errorf("%T is conjugate", lik)
		}
	}
}

// TestGLMGoldLaplace: at the mode of the toy posterior the gradient vanishes, the
// negative Hessian is the inverse of the covariance given, and both give the
// Laplace evidence.
func TestGLMGoldLaplace(t *testing.T) {
	var toy struct {
		X       [][]float64 `json:"X"`
		Y       []float64   `json:"y"`
		Prior   []float64   `json:"prior_prec"`
		Laplace struct {
			Mode []float64   `json:"mode"`
			Cov  [][]float64 `json:"cov"`
			Log  float64     `json:"log_evidence_laplace"`
		} `json:"laplace"`
	}
	readGold(t, "logistic_toy", &toy)
	var x []float64
	for _, r := range toy.X {
		x = append(x, r...)
	}
	g := must(models.NewGLM(must(models.NewDense(len(toy.Y), 2, x)), toy.Y, models.BernoulliLogit{}, toy.Prior))
	hess, grad := make([]float64, 4), make([]float64, 2)
	lp := g.LogJointHess(hess, grad, toy.Laplace.Mode)
	if math.Hypot(grad[0], grad[1]) > 1e-13 {
		t.Errorf("gradient at the mode: %g", grad)
	}
	det := hess[0]*hess[3] - hess[1]*hess[2]
	within(t, 1e-12, -hess[3]/det, toy.Laplace.Cov[0][0], "variance 0")
	within(t, 1e-12, hess[1]/det, toy.Laplace.Cov[0][1], "covariance")
	within(t, 1e-12, -hess[0]/det, toy.Laplace.Cov[1][1], "variance 1")
	within(t, 1e-12, lp+math.Log(2*math.Pi)-0.5*math.Log(det), toy.Laplace.Log, "Laplace evidence")
}

func TestGLMFarOut(t *testing.T) {
	x := must(models.NewDense(4, 1, []float64{1e4, -1e4, 1e4, -1e4}))
	for _, lik := range []models.Likelihood{models.BernoulliLogit{}, models.BernoulliProbit{}} {
		g := must(models.NewGLM(x, []float64{0, 0, 1, 1}, lik, []float64{1}))
		hess, grad := []float64{0}, []float64{0}
		lp := g.LogJointHess(hess, grad, []float64{1})
		for _, v := range []float64{lp, hess[0], grad[0]} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("%T: log p = %g, gradient %g, Hessian %g", lik, lp, grad, hess)
			}
		}
	}
}

func TestGLMRefuses(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	x := must(models.NewDense(2, 1, []float64{1, 2}))
	y, p, lik := []float64{0, 1}, []float64{1}, models.BernoulliLogit{}
	refused := func(row, col int, err error) {
		t.Helper()
		var de *models.DataError
		if !errors.As(err, &de) || de.Row != row || de.Col != col || de.Error() == "" {
			t.Errorf("error %v, want a *DataError of row %d, column %d", err, row, col)
		}
	}
	glm := func(row, col int, x models.Matrix, y []float64, lik models.Likelihood, p []float64) {
		t.Helper()
		_, err := models.NewGLM(x, y, lik, p)
		refused(row, col, err)
	}
	glm(-1, -1, nil, y, lik, p)
	glm(-1, -1, x, y, nil, p)
	glm(-1, -1, x, y[:1], lik, p)
	glm(-1, -1, x, y, lik, []float64{1, 1})
	glm(1, -1, x, []float64{0, 2}, lik, p)
	glm(0, -1, x, []float64{nan, 1}, models.GaussianIdentity{Precision: 1}, p)
	glm(0, -1, x, y, models.GaussianIdentity{}, p)
	for _, v := range []float64{0, -1, nan, inf} {
		glm(-1, 0, x, y, lik, []float64{v})
	}
	glm(1, -1, x, y, fussy{}, p)
	g := must(models.NewGLM(x, y, lik, p))
	for _, m := range [][]float64{nil, {1, 2}} {
		_, err := g.WithPriorMean(m)
		refused(-1, -1, err)
	}
	_, err := g.WithPriorMean([]float64{inf})
	refused(-1, 0, err)
}

// fussy is a likelihood of a user's own, with errors of its own.
type fussy struct{ models.BernoulliLogit }

func (fussy) Check(y float64) error {
	if y == 1 {
		return errors.New("not today")
	}
	return nil
}

func TestGLMDoesNotAllocate(t *testing.T) {
	for _, sparse := range []bool{false, true} {
		g := testGLM(models.BernoulliLogit{}, 600, sparse)
		z, hess, grad, diag := make([]float64, 3), make([]float64, 9), make([]float64, 3), make([]float64, 3)
		idx := []int{5, 77, 5, 599, 2}
		g.Batch(idx, 1)
		if n := testing.AllocsPerRun(3, func() {
			g.LogJoint(z)
			g.LogJointGrad(grad, z)
			g.LogJointHess(hess, grad, z)
		}); n != 0 {
			t.Errorf("sparse %v: %v allocations", sparse, n)
		}
		b := g.Batch(idx, 2).(*models.GLM)
		b.LogJointHessDiag(diag, grad, z)
		if n := testing.AllocsPerRun(3, func() {
			g.Batch(idx, 2)
			b.LogJointHess(hess, grad, z)
			b.LogJointHessDiag(diag, grad, z)
		}); n != 0 {
			t.Errorf("sparse %v, batch: %v allocations", sparse, n)
		}
	}
}

// TestGLMStart: where all linear predictors are 0, each row of a logistic
// regression has the information ¼.
func TestGLMStart(t *testing.T) {
	x := must(models.NewDense(3, 2, []float64{1, 0.5, 1, -2, 1, 30}))
	g := must(models.NewGLM(x, []float64{1, 0, 1}, models.BernoulliLogit{}, []float64{0.5, 4}))
	mean, precision := []float64{1, 1}, make([]float64, 2)
	g.Start(mean, precision)
	if mean[0] != 0 || mean[1] != 0 {
		t.Errorf("mean %v, want the prior's", mean)
	}
	within(t, 1e-14, precision[0], 0.5+3.0/4, "precision of the intercept")
	within(t, 1e-14, precision[1], 4+(0.25+4+900)/4, "precision of the slope")
}

// Observations that are equal have the same curvature where linear predictors are,
// and only there: the start is the diagonal of the Hessian at the prior mean, whatever
// that is, for few and for many distinct targets, and in batches.
func TestGLMStartIsTheHessian(t *testing.T) {
	const n = 600 // of several chunks
	rows := []int{3, 1, 4, 1, 5, 9, 2, 6}
	for _, lik := range append(likelihoods, tilted{}) {
		for _, sparse := range []bool{false, true} {
			moved := testGLM(lik, n, sparse)
			zero := must(models.NewGLM(moved.X, moved.Y, lik, moved.PriorPrecision))
			origin := must(zero.WithPriorMean([]float64{0, 0, 0}))
			for _, g := range []*models.GLM{moved, zero, origin, zero.Batch(rows, 2.5).(*models.GLM)} {
				mean, precision := make([]float64, 3), make([]float64, 3)
				g.Start(mean, precision)
				diag, grad := make([]float64, 3), make([]float64, 3)
				g.LogJointHessDiag(diag, grad, mean)
				for j, h := range diag {
					want := max(-h, g.PriorPrecision[j])
					if math.Abs(precision[j]-want) > 1e-13*want {
						t.Errorf("%T: precision %d is %v, want %v", lik, j, precision[j], want)
					}
				}
			}
		}
	}
}

// tilted is a likelihood whose curvature at 0 depends on the observation.
type tilted struct{}

func (tilted) LogLik(y, f float64) (ll, d1, d2 float64) {
	c := 1 + y*y
	return -c * f * f / 2, -c * f, -c
}

func (tilted) Check(float64) error { return nil }

// A GLM put together by hand has no scale for its likelihood, which would be left
// out of every estimate.
func TestGLMMadeByHand(t *testing.T) {
	x := must(models.NewDense(2, 1, []float64{1, 2}))
	g := &models.GLM{X: x, Y: []float64{0, 1}, Likelihood: models.BernoulliLogit{}, PriorPrecision: []float64{1}}
	one := []float64{0}
	for name, f := range map[string]func(){
		"Scale":         func() { g.Scale() },
		"Fork":          func() { g.Fork() },
		"Batch":         func() { g.Batch([]int{0}, 2) },
		"WithPriorMean": func() { g.WithPriorMean(one) },
		"LogJoint":      func() { g.LogJoint(one) },
		"LogJointGrad":  func() { g.LogJointGrad(make([]float64, 1), one) },
	} {
		func() {
			defer func() {
				if s, _ := recover().(string); s != "models: GLM was not made by NewGLM" {
					t.Errorf("%s: panic %q", name, s)
				}
			}()
			f()
		}()
	}
}
