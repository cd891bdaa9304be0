package models_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mathext"

	"natgrad/models"
	"natgrad/models/modeltest"
)

func factorModel(k int) *models.PoissonFactors {
	y := must(models.NewDense(3, 2, []float64{4, 0, 1, 7, 0, 2}))
	return must(models.NewPoissonFactors(y, k, &models.FactorPrior{RowShape: 0.6, RowRate: 1.3, ColShape: 2, ColRate: 0.4}))
}

// randomMean returns E log z and E z of Gammas.
func randomMean(n int, rnd *rand.Rand) []float64 {
	μ := make([]float64, 2*n)
	for i := range n {
		α, β := 0.3+rnd.ExpFloat64(), 0.3+rnd.ExpFloat64()
		μ[2*i], μ[2*i+1] = mathext.Digamma(α)-math.Log(β), α/β
	}
	return μ
}

func TestPoissonFactorsKeepTheLaws(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 1))
	m := factorModel(2)
	var points [][]float64
	for range 3 {
		z := make([]float64, m.Dim())
		for i := range z {
			z[i] = 0.1 + rnd.ExpFloat64()
		}
		points = append(points, z)
	}
	modeltest.Test(t, m, points)
	points[0][3] = 0
	grad := make([]float64, m.Dim())
	if l := m.LogJointGrad(grad, points[0]); !math.IsInf(l, -1) || !math.IsNaN(grad[0]) {
		t.Errorf("log p = %g, gradient %g at θ = 0, want −Inf and NaN", l, grad[0])
	}
}

// With one factor the joint is the sum of Poisson and Gamma densities written out, and
// the bound the same with expectations in place of values, whatever μ is.
func TestPoissonFactorsOfOne(t *testing.T) {
	m := factorModel(1)
	μ := randomMean(5, rand.New(rand.NewPCG(2, 2)))
	y := []float64{4, 0, 1, 7, 0, 2}
	joint := func(logs, values []float64) float64 {
		var l float64
		for i, lz := range logs {
			a, b := 0.6, 1.3
			if i >= 3 {
				a, b = 2, 0.4
			}
			l += a*math.Log(b) - lgamma(a) + (a-1)*lz - b*values[i]
		}
		for i := range 3 {
			for j := range 2 {
				v := y[2*i+j]
				l += v*(logs[i]+logs[3+j]) - values[i]*values[3+j] - lgamma(v+1)
			}
		}
		return l
	}
	logs, values, z, logz := make([]float64, 5), make([]float64, 5), make([]float64, 5), make([]float64, 5)
	for i := range 5 {
		logs[i], values[i] = μ[2*i], μ[2*i+1]
		z[i], logz[i] = μ[2*i+1], math.Log(μ[2*i+1])
	}
	within(t, 1e-13, m.LogJoint(z), joint(logz, z), "log-joint")
	g, _ := bound(m, μ)
	within(t, 1e-13, g, joint(logs, values), "bound")
}

// bound returns g(μ) and its gradient.
func bound(m models.LocalConjugate, μ []float64) (value float64, grad []float64) {
	grad = make([]float64, len(μ))
	value = m.GlobalNatural(grad)
	for i, η := range grad {
		value += η * μ[i]
	}
	m.Expect(nil, μ)
	return value + m.AddLocal(grad, 0, m.NumData()), grad
}

// The bound is that of the best shares, which are log-sums, and what AddLocal adds is its
// derivative, also of a batch and where products of the factors underflow.
func TestPoissonFactorsGradient(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 3))
	m := factorModel(3)
	for c := range 3 {
		μ := randomMean(m.Dim(), rnd)
		of := models.LocalConjugate(m)
		switch c {
		case 1:
			of = m.Batch([]int{2, 0, 2}, 1.7).(models.LocalConjugate)
		case 2:
			for i := range 3 { // factors of rows and columns that have nothing in common
				μ[6*i], μ[6*i+2], μ[6*i+4] = -1, -900, -1000
			}
			for j := range 2 {
				μ[18+2*j], μ[18+4+2*j], μ[18+8+2*j] = -1500, -600, -2
			}
		}
		g, grad := bound(of, μ)
		for i := range μ {
			h := 1e-5
			at := func(x float64) float64 {
				was := μ[i]
				μ[i] += x
				g, _ := bound(of, μ)
				μ[i] = was
				return g
			}
			if d := (at(h) - at(-h)) / (2 * h); !(math.Abs(d-grad[i]) <= 1e-6*max(1, math.Abs(g))) {
				t.Errorf("case %d: derivative %d is %.10g, want %.10g", c, i, grad[i], d)
			}
		}
	}
}

// Starts are members of the family, differ, and have sums of factors that fit each other.
func TestPoissonFactorsStart(t *testing.T) {
	m := factorModel(2)
	a := m.StartNatural(nil, 0, rand.New(rand.NewPCG(1, 1)))
	b := m.StartNatural(nil, 0, rand.New(rand.NewPCG(1, 2)))
	for i := range m.Dim() {
		if !(a[2*i] > -1) || !(a[2*i+1] < 0) {
			t.Errorf("start %v of coordinate %d", a[2*i:2*i+2], i)
		}
	}
	if a[0] == b[0] || a[0] == a[2] {
		t.Error("starts, or factors at a start, are equal")
	}
	for f := range 2 {
		var sumθ, sumφ float64
		for i := range 3 {
			sumθ += (a[4*i+2*f] + 1) / -a[4*i+2*f+1]
		}
		for j := range 2 {
			sumφ += (a[12+4*f+2*j] + 1) / -a[12+4*f+2*j+1]
		}
		within(t, 1e-12, -a[2*f+1], 1.3+sumφ, "rate of θ")
		within(t, 1e-12, -a[12+4*f+1], 0.4+sumθ, "rate of φ")
	}
}

func TestPoissonFactorsRefuse(t *testing.T) {
	var errs []error
	add := func(_ any, err error) { errs = append(errs, err) }
	for _, v := range []float64{-1, 0.5, 1e300} {
		x := must(models.NewDense(1, 2, []float64{1, v}))
		add(models.NewPoissonFactors(x, 1, nil))
		add(models.NewPoissonFactors(x.Sparse(), 1, nil))
	}
	x := must(models.NewDense(1, 2, []float64{1, 0}))
	add(models.NewPoissonFactors(x, 0, nil))
	add(models.NewPoissonFactors(nil, 1, nil))
	for _, v := range []float64{-1, math.NaN(), math.Inf(1)} {
		for _, p := range []models.FactorPrior{{RowShape: v}, {RowRate: v}, {ColShape: v}, {ColRate: v}} {
			add(models.NewPoissonFactors(x, 1, &p))
		}
	}
	for i, err := range errs {
		var de *models.DataError
		if !errors.As(err, &de) || de.Got == "" || de.Want == "" {
			t.Errorf("case %d: error %v, want a *DataError that says what was got and wanted", i, err)
		}
	}
}

func TestPoissonFactorsDoNotAllocate(t *testing.T) {
	m := factorModel(3)
	μ, idx := randomMean(m.Dim(), rand.New(rand.NewPCG(2, 3))), []int{2, 1}
	z, grad, η := make([]float64, m.Dim()), make([]float64, m.Dim()), make([]float64, 2*m.Dim())
	for i := range z {
		z[i] = μ[2*i+1]
	}
	all := func() {
		m.LogJointGrad(grad, z)
		b := m.Batch(idx, 2).(models.LocalConjugate)
		b.GlobalNatural(η)
		b.Expect(nil, μ)
		b.AddLocal(η, 0, 2)
	}
	all()
	if n := testing.AllocsPerRun(10, all); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
