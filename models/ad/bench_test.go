package ad

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/models"
)

// logisticBench is the yardstick of speed: a logistic regression with prior N(0, 1).
type logisticBench struct {
	n, d int
	x    []float64
	y    []float64
	m    *models.Dense
	f    []float64
}

func newLogistic(n, d int) *logisticBench {
	rnd := rand.New(rand.NewPCG(1, 2))
	l := &logisticBench{n: n, d: d, x: make([]float64, n*d), y: make([]float64, n), f: make([]float64, n)}
	for i := range l.x {
		l.x[i] = rnd.NormFloat64()
	}
	for i := range l.y {
		l.y[i] = float64(rnd.IntN(2))
	}
	l.m, _ = models.NewDense(n, d, l.x)
	return l
}

// hand is the gradient as one would write it with gonum.
func (l *logisticBench) hand(grad, z []float64) float64 {
	x := blas64.General{Rows: l.n, Cols: l.d, Stride: l.d, Data: l.x}
	f := blas64.Vector{N: l.n, Inc: 1, Data: l.f}
	blas64.Gemv(blas.NoTrans, 1, x, vec(z), 0, f)
	var lp float64
	for i, v := range l.f {
		e := math.Exp(-math.Abs(v))
		s := 1 / (1 + e)
		if v < 0 {
			s *= e
		}
		lp += l.y[i]*v - max(v, 0) - math.Log1p(e)
		l.f[i] = l.y[i] - s
	}
	for j, v := range z {
		lp -= 0.5*v*v + halfLog2Pi
		grad[j] = -v
	}
	blas64.Gemv(blas.Trans, 1, x, f, 1, vec(grad))
	return lp
}

func (l *logisticBench) primitives(tb testing.TB) *Model {
	m := new(Model)
	β := m.Real("beta", l.d)
	if err := m.Density(func(p *Tape) {
		p.Follows(β, Normal(0, 1))
		f := p.MulVec(l.m, β)
		p.AddTerm(p.Sum(p.Sub(p.Mul(l.y, f), p.Log1pExp(f))))
	}); err != nil {
		tb.Fatal(err)
	}
	return m
}

func (l *logisticBench) fused(tb testing.TB) *Model {
	m := new(Model)
	β := m.Real("beta", l.d)
	if err := m.Density(func(p *Tape) {
		p.Follows(β, Normal(0, 1))
		p.Follows(l.y, GLM(l.m, β, models.BernoulliLogit{}))
	}); err != nil {
		tb.Fatal(err)
	}
	return m
}

// BenchmarkLogistic times gradients in turns, and reports medians as multiples of
// the hand-written one: goals are 1.35 for primitives and 1.1 for the GLM. hessvec
// is a Hessian–vector product as multiple of a gradient: at most 4.
func BenchmarkLogistic(b *testing.B) {
	l := newLogistic(10000, 50)
	z, g, v := make([]float64, l.d), make([]float64, l.d), make([]float64, l.d)
	for j := range z {
		z[j], v[j] = 0.1*math.Sin(float64(j)), math.Cos(float64(j))
	}
	prim, glm := l.primitives(b), l.fused(b)
	what := []func(){
		func() { l.hand(g, z) },
		func() { prim.LogJointGrad(g, z) },
		func() { glm.LogJointGrad(g, z) },
		func() { prim.HessVec(g, v, z) },
		func() { glm.HessVec(g, v, z) },
	}
	times := make([][]float64, len(what))
	for b.Loop() {
		for k, f := range what {
			start := time.Now()
			f()
			times[k] = append(times[k], float64(time.Since(start)))
		}
	}
	med := make([]float64, len(what))
	for k, t := range times {
		slices.Sort(t)
		med[k] = t[len(t)/2]
	}
	b.ReportMetric(med[0]/1000, "hand-µs")
	b.ReportMetric(med[1]/med[0], "primitives/hand")
	b.ReportMetric(med[2]/med[0], "glm/hand")
	b.ReportMetric(med[3]/med[1], "hessvec/primitives")
	b.ReportMetric(med[4]/med[2], "hessvec/glm")
}

// TestLogistic compares what BenchmarkLogistic times, and counts allocations.
func TestLogistic(t *testing.T) {
	l := newLogistic(700, 5)
	z, v := []float64{0.3, -1, 0.5, 2, -0.2}, []float64{1, -1, 0.5, 0.25, 2}
	want, got, hv := make([]float64, 5), make([]float64, 5), make([]float64, 5)
	lp := l.hand(want, z)
	up, down := make([]float64, 5), make([]float64, 5)
	for name, m := range map[string]*Model{"primitives": l.primitives(t), "GLM": l.fused(t)} {
		if got := m.LogJointGrad(got, z); math.Abs(got-lp) > 1e-9*math.Abs(lp) {
			t.Errorf("%s: log-joint %v, want %v", name, got, lp)
		}
		m.HessVec(hv, v, z)
		for j := range got {
			if math.Abs(got[j]-want[j]) > 1e-9*(1+math.Abs(want[j])) {
				t.Errorf("%s: gradient %d = %v, want %v", name, j, got[j], want[j])
			}
			const h = 1e-5
			shift := func(g []float64, h float64) {
				at := slices.Clone(z)
				for k := range at {
					at[k] += h * v[k]
				}
				l.hand(g, at)
			}
			shift(up, h)
			shift(down, -h)
			if d := (up[j] - down[j]) / (2 * h); math.Abs(hv[j]-d) > 1e-5*(1+math.Abs(d)) {
				t.Errorf("%s: Hessian product %d = %v, want %v", name, j, hv[j], d)
			}
		}
		if n := testing.AllocsPerRun(10, func() { m.LogJointGrad(got, z); m.HessVec(hv, v, z) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// BenchmarkScalar times operations on scalars, as differential equations have.
func BenchmarkScalar(b *testing.B) {
	const n = 100
	z := []float64{0.5, 0.7}
	g := make([]float64, 2)
	record := func(t *Tape) {
		t.Reset()
		in := t.Input(z)
		x, y := t.At(in, 0), t.At(in, 1)
		for range n / 4 {
			s := t.Mul(x, y)
			x = t.Add(x, s)
			s = t.Mul(x, x)
			y = t.Sub(y, s)
		}
		t.AddTerm(y)
	}
	t := new(Tape)
	b.Run("forward", func(b *testing.B) {
		for b.Loop() {
			record(t)
		}
		b.ReportMetric(float64(b.Elapsed())/float64(b.N)/n, "ns/op-recorded")
	})
	b.Run("reverse", func(b *testing.B) {
		record(t)
		for b.Loop() {
			t.Gradient(g)
		}
		b.ReportMetric(float64(b.Elapsed())/float64(b.N)/n, "ns/op-recorded")
	})
	b.Run("second", func(b *testing.B) {
		record(t)
		for b.Loop() {
			t.HessVec(g, z)
		}
		b.ReportMetric(float64(b.Elapsed())/float64(b.N)/n, "ns/op-recorded")
	})
}
