package vi_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// benchLogistic returns a logistic regression whose labels are drawn from it, on
// the sizes of the project's speed goals: 20000 × 101 normal columns, neighbours
// correlated, or 32561 × 124 with one indicator of each of 14 groups.
func benchLogistic(b *testing.B, sparse bool) *models.GLM {
	rnd := rand.New(rand.NewPCG(1, 2))
	n, d := 20000, 100
	if sparse {
		n, d = 32561, 123
	}
	x := make([]float64, n*d)
	for i := range n {
		row := x[i*d : (i+1)*d]
		if sparse {
			for g := range 14 {
				lo, hi := g*d/14, (g+1)*d/14
				row[lo+rnd.IntN(hi-lo)] = 1
			}
			continue
		}
		last := rnd.NormFloat64()
		for j := range row {
			row[j] = last
			last = 0.5*last + math.Sqrt(0.75)*rnd.NormFloat64()
		}
	}
	m, err := models.NewDense(n, d, x)
	if err != nil {
		b.Fatal(err)
	}
	var design models.Matrix = m
	if sparse {
		design = m.Sparse()
	}
	design = models.WithIntercept(design)
	z, f, y := make([]float64, d+1), make([]float64, n), make([]float64, n)
	precision := make([]float64, d+1)
	for j := range z {
		z[j], precision[j] = 0.25*rnd.NormFloat64(), 1
	}
	design.MulVec(f, z, 0, n)
	for i := range y {
		if rnd.Float64() < 1/(1+math.Exp(-f[i])) {
			y[i] = 1
		}
	}
	g, err := models.NewGLM(design, y, models.BernoulliLogit{}, precision)
	if err != nil {
		b.Fatal(err)
	}
	return g
}

var benchCases = []struct {
	name         string
	sparse, diag bool
}{
	{"full/dense", false, false},
	{"full/sparse", true, false},
	{"diag/dense", false, true},
	{"diag/sparse", true, true},
}

func benchProblem(b *testing.B, sparse, diag bool) vi.Problem {
	p := vi.Problem{Model: benchLogistic(b, sparse)}
	if diag {
		p.Family = families.DiagGaussian(p.Model.Dim())
	}
	return p
}

// BenchmarkFit times whole fits with default settings.
func BenchmarkFit(b *testing.B) {
	for _, c := range benchCases {
		b.Run(c.name, func(b *testing.B) {
			p := benchProblem(b, c.sparse, c.diag)
			var res *vi.Result
			for b.Loop() {
				var err error
				if res, err = vi.Fit(context.Background(), p, nil); err != nil || res.Status != vi.Converged {
					b.Fatal(res, err)
				}
			}
			b.ReportMetric(float64(res.Iterations), "iterations/op")
			b.ReportMetric(float64(res.Estimates), "estimates/op")
		})
	}
}

// BenchmarkStep times the second and third step of a run.
func BenchmarkStep(b *testing.B) {
	for _, c := range benchCases {
		b.Run(c.name, func(b *testing.B) {
			p := benchProblem(b, c.sparse, c.diag)
			b.ReportAllocs()
			var run *vi.Run
			left := 0
			for b.Loop() {
				if left == 0 {
					b.StopTimer()
					var err error
					if run, err = vi.NewRun(p, nil); err != nil {
						b.Fatal(err)
					}
					if err = run.Step(context.Background()); err != nil {
						b.Fatal(err)
					}
					left = 2
					b.StartTimer()
				}
				if err := run.Step(context.Background()); err != nil || run.Status() != vi.Running {
					b.Fatal(run.Status(), err)
				}
				left--
			}
		})
	}
}
