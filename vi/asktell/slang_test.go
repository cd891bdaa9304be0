package asktell_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natgrad/families"
	"natgrad/vi/asktell"
)

func examples(seed uint64, m, d int) []float64 {
	rnd := newRand(seed)
	g := make([]float64, m*d)
	for i := range g {
		g[i] = rnd.NormFloat64() * float64(1+i%3)
	}
	return g
}

func lowRank(t *testing.T, q *asktell.SLANG) *families.LowRankGaussian {
	t.Helper()
	g, ok := q.Posterior()
	if !ok {
		t.Fatal("no posterior")
	}
	return g.(*families.LowRankGaussian)
}

// TestSLANGIsTheDenseUpdate makes steps with dense matrices of gonum/mat, the eigenpairs
// of A itself, and compares precisions and means. The shapes take both ways to the
// eigenpairs, D ≥ L + MS and D < L + MS, and rank D, where nothing is truncated.
func TestSLANGIsTheDenseUpdate(t *testing.T) {
	const n, α, β, γ = 50, 0.2, 0.3, 0.1
	for _, c := range []struct{ d, rank, m, samples int }{{6, 1, 3, 1}, {6, 2, 2, 2}, {5, 2, 9, 1}, {4, 4, 7, 1}, {4, 4, 2, 1}, {300, 3, 5, 1}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			d := c.d
			start, prior := make([]float64, d), make([]float64, d)
			for i := range start {
				start[i], prior[i] = math.Sin(float64(i)), 1+float64(i%2)
			}
			q, err := asktell.NewSLANG(start, asktell.Settings{NumData: n, PriorPrecisions: prior, InitPrecision: 3, Rate: α,
				CurvatureRate: β, GradientRate: γ, Rank: c.rank, Samples: c.samples})
			if err != nil {
				t.Fatal(err)
			}
			low, diag := mat.NewDense(d, d, nil), make([]float64, d)
			mom, mean := make([]float64, d), append([]float64{}, start...)
			for i := range diag {
				diag[i] = 3
			}
			for step := range 3 {
				a, grad := mat.NewSymDense(d, nil), make([]float64, d)
				for i := range d {
					for j := i; j < d; j++ {
						a.SetSym(i, j, (1-β)*low.At(i, j))
					}
				}
				for s := range c.samples {
					g := examples(uint64(10*step+s), c.m, d)
					for r := range c.m {
						row := mat.NewVecDense(d, g[r*d:(r+1)*d])
						a.SymRankOne(a, β*n/float64(c.m*c.samples), row)
						for i := range grad {
							grad[i] += row.AtVec(i) / float64(c.m*c.samples)
						}
					}
					q.Ask(nil, newRand(1))
					stepped, err := q.Tell(asktell.Batch{Examples: g})
					if err != nil || stepped != (s == c.samples-1) {
						t.Fatal(stepped, err)
					}
				}
				var eig mat.EigenSym
				if !eig.Factorize(a, true) {
					t.Fatal("no eigenpairs")
				}
				var vecs mat.Dense
				eig.VectorsTo(&vecs)
				low.Zero()
				values := eig.Values(nil)
				for k := d - c.rank; k < d; k++ {
					low.Apply(func(i, j int, v float64) float64 {
						return v + values[k]*vecs.At(i, k)*vecs.At(j, k)
					}, low)
				}
				prec := mat.NewSymDense(d, nil)
				whole := make([]float64, d) // the diagonal without truncation
				for i := range d {
					whole[i] = (1-β)*diag[i] + β*prior[i] + a.At(i, i)
					diag[i] = (1-β)*diag[i] + β*prior[i] + math.Max(0, a.At(i, i)-low.At(i, i))
					for j := i; j < d; j++ {
						prec.SetSym(i, j, low.At(i, j))
						if c.rank == d {
							prec.SetSym(i, j, a.At(i, j))
						}
					}
					prec.SetSym(i, i, prec.At(i, i)+diag[i])
				}
				x := mat.NewVecDense(d, nil)
				for i := range d {
					mom[i] = (1-γ)*mom[i] + γ*n*grad[i]
					x.SetVec(i, mom[i]/(1-math.Pow(1-γ, float64(step+1)))+prior[i]*mean[i])
				}
				var chol mat.Cholesky
				if !chol.Factorize(prec) {
					t.Fatal("no factor")
				}
				if err := chol.SolveVecTo(x, x); err != nil {
					t.Fatal(err)
				}
				got := lowRank(t, q).Precision(nil)
				for i := range d {
					mean[i] -= α * x.AtVec(i)
					near(t, "mean", q.Mean(nil)[i], mean[i], 1e-11)
					near(t, "diagonal of the precision", got[i*d+i], whole[i], 1e-12)
					for j := range d {
						near(t, fmt.Sprintf("precision %d, %d", i, j), got[i*d+j], prec.At(i, j), 1e-10)
					}
				}
			}
		})
	}
}

func TestSLANGVariances(t *testing.T) {
	q, err := asktell.NewSLANG(make([]float64, 4), asktell.Settings{NumData: 10, Rank: 2, CurvatureRate: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	q.Ask(nil, newRand(1))
	if _, err := q.Tell(asktell.Batch{Examples: examples(1, 3, 4)}); err != nil {
		t.Fatal(err)
	}
	cov := lowRank(t, q).Cov(nil)
	for i, v := range q.Variances(nil) {
		near(t, "variance", v, cov[i*4+i], 1e-13)
	}
}
