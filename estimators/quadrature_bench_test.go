package estimators

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"natgrad/families"
	"natgrad/models"
	"natgrad/models/dataset"
	"natgrad/models/modeltest"
)

// denseLogistic is a logistic regression of the size of the project's speed
// goals.
func denseLogistic(tb testing.TB, n, d int) *models.GLM {
	rnd := rand.New(rand.NewPCG(1, 2))
	x, y, δ := make([]float64, n*d), make([]float64, n), make([]float64, d)
	for i := range y {
		f := 0.0
		for j := range d {
			v := rnd.NormFloat64()
			if j == 0 {
				v = 1
			}
			x[i*d+j] = v
			f += v / math.Sqrt(float64(d)) * float64(j%3-1)
		}
		if rnd.Float64() < 1/(1+math.Exp(-f)) {
			y[i] = 1
		}
	}
	for j := range δ {
		δ[j] = 1
	}
	m, err := models.NewDense(n, d, x)
	if err != nil {
		tb.Fatal(err)
	}
	g, err := models.NewGLM(m, y, models.BernoulliLogit{}, δ)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// posteriorLike returns a member about as narrow as a posterior of m, or wider.
func posteriorLike(m *models.GLM, f families.Family, wider float64) families.Gaussian {
	q := f.New().(families.Gaussian)
	d := f.Dim()
	loc, prec := make([]float64, d), make([]float64, q.CovLen())
	diag := make([]float64, d)
	m.Start(loc, diag)
	step := 1
	if len(prec) > d {
		step = d + 1
		grad := make([]float64, d)
		m.LogJointHess(prec, grad, loc)
		for i := range prec {
			prec[i] *= -1 / wider
		}
	} else {
		for j, s := range diag {
			prec[j*step] = s / wider
		}
	}
	if !q.SetPrecision(loc, prec) {
		panic("precision refused")
	}
	return q
}

// benchAgainst times an estimate in turns with a yardstick and reports the ratio,
// which the load of the machine hardly changes.
func benchAgainst(b *testing.B, m *models.GLM, q families.Gaussian, workers int, unit string, yardstick func()) {
	e := &Quadrature{Summer: &Goroutines{N: workers}}
	initOrFail(b, e, m, q.Family())
	dst := make(families.Natural, q.Family().NumParams())
	estimate := func() {
		if _, err := e.Estimate(context.Background(), dst, q, Stream{}); err != nil {
			b.Fatal(err)
		}
	}
	estimate()
	yardstick()
	mine, other := math.Inf(1), math.Inf(1)
	for b.Loop() {
		start := time.Now()
		estimate()
		middle := time.Now()
		yardstick()
		mine = min(mine, middle.Sub(start).Seconds())
		other = min(other, time.Since(middle).Seconds())
	}
	b.ReportMetric(mine*1e3, "ms/estimate")
	b.ReportMetric(mine/other, unit)
}

func products(m *models.GLM, f func(lo, hi int)) func() {
	return func() {
		for lo := 0; lo < m.NumData(); lo += rowChunk {
			f(lo, min(lo+rowChunk, m.NumData()))
		}
	}
}

func BenchmarkQuadrature(b *testing.B) {
	m := denseLogistic(b, 20000, 101)
	d := m.Dim()
	work := m.X.NewWork(rowChunk)
	f, gram, w := make([]float64, rowChunk), make([]float64, d*d), make([]float64, rowChunk)
	for i := range w {
		w[i] = -0.1
	}
	gramPass := products(m, func(lo, hi int) { m.X.AddGram(gram, w[:hi-lo], lo, hi, work) })
	full := posteriorLike(m, families.FullGaussian(d), 1)
	b.Run("full", func(b *testing.B) { benchAgainst(b, m, full, 1, "xGram", gramPass) })
	diag := posteriorLike(m, families.DiagGaussian(d), 1)
	x := make([]float64, d)
	for j := range x {
		x[j] = 1 / float64(j+1)
	}
	b.Run("diag", func(b *testing.B) {
		benchAgainst(b, m, diag, 1, "xMulVec", products(m, func(lo, hi int) { m.X.MulVec(f[:hi-lo], x, lo, hi) }))
	})
	for _, q := range []families.Gaussian{full, diag} {
		b.Run("two/"+q.Family().String(), func(b *testing.B) {
			e := &Quadrature{Summer: &Goroutines{N: 1}}
			initOrFail(b, e, m, q.Family())
			dst := make(families.Natural, q.Family().NumParams())
			benchAgainst(b, m, q, 2, "xOne", func() { e.Estimate(context.Background(), dst, q, Stream{}) })
		})
	}
}

// adult is the data of a9a, sparse.
func adult(tb testing.TB) *models.GLM {
	set, err := dataset.Open(modeltest.Shared(tb, "data/classification/a9a.libsvm.gz"), nil)
	if err != nil {
		tb.Fatal(err)
	}
	y, _, _, err := set.TwoClass("")
	if err != nil {
		tb.Fatal(err)
	}
	_, cols := set.Dims()
	δ := make([]float64, cols)
	for j := range δ {
		δ[j] = 1
	}
	g, err := models.NewGLM(set.X, y, models.BernoulliLogit{}, δ)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// densified returns the same model on a dense matrix.
func densified(m *models.GLM) *models.GLM {
	g, err := models.NewGLM(m.X.(*models.CSR).Dense(), m.Y, m.Likelihood, m.PriorPrecision)
	if err != nil {
		panic(err)
	}
	return g
}

func BenchmarkQuadratureSparse(b *testing.B) {
	m := adult(b)
	dense := densified(m)
	for _, f := range []families.Family{families.FullGaussian(m.Dim()), families.DiagGaussian(m.Dim())} {
		b.Run(f.String(), func(b *testing.B) {
			q := posteriorLike(m, f, 1)
			e := &Quadrature{Summer: &Goroutines{N: 1}}
			initOrFail(b, e, dense, f)
			dst := make(families.Natural, f.NumParams())
			benchAgainst(b, m, q, 1, "xDense", func() { e.Estimate(context.Background(), dst, q, Stream{}) })
		})
	}
}
