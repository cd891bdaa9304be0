package models_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/models"
)

// TestMatricesAgree compares Dense and CSR, with ones and with other values,
// against sums written out.
func TestMatricesAgree(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	const n, d = 37, 23 // about 9 entries in a row, to pass every path of the sparse kernels
	for _, ones := range []bool{false, true} {
		x := make([]float64, n*d)
		for i := range x {
			if rnd.Float64() < 0.4 {
				if x[i] = rnd.NormFloat64(); ones {
					x[i] = 1
				}
			}
		}
		dense, err := models.NewDense(n, d, x)
		if err != nil {
			t.Fatal(err)
		}
		u, c, cov := make([]float64, d), make([]float64, d*d), make([]float64, d*d)
		for i := range d {
			u[i] = rnd.NormFloat64()
			for j := i; j < d; j++ {
				c[i*d+j] = rnd.NormFloat64()
			}
		}
		for i := range d {
			for j := range d {
				for k := range d {
					cov[i*d+j] += c[i*d+k] * c[j*d+k]
				}
			}
		}
		w := make([]float64, n)
		for i := range w {
			w[i] = rnd.NormFloat64() // both signs
		}
		const lo, hi = 5, 33
		for _, m := range []models.Matrix{dense, dense.Sparse(), dense.Sparse().Dense()} {
			wk := m.NewWork(n)
			f, fq, quad := make([]float64, hi-lo), make([]float64, hi-lo), make([]float64, hi-lo)
			g, gq, gram := make([]float64, d), make([]float64, d), make([]float64, d*d)
			m.MulVec(f, u, lo, hi)
			m.MulVecSq(fq, u, lo, hi, wk)
			m.QuadForm(quad, c, cov, lo, hi, wk)
			m.AddMulVecTrans(g, w[lo:hi], lo, hi)
			m.AddMulVecSqTrans(gq, w[lo:hi], lo, hi, wk)
			m.AddGram(gram, w[lo:hi], lo, hi, wk)
			wantG, wantGQ, wantGram := make([]float64, d), make([]float64, d), make([]float64, d*d)
			for i := lo; i < hi; i++ {
				var s, sq, qf float64
				for a := range d {
					xa := x[i*d+a]
					s += xa * u[a]
					sq += xa * xa * u[a]
					wantG[a] += xa * w[i]
					wantGQ[a] += xa * xa * w[i]
					for b := range d {
						qf += xa * cov[a*d+b] * x[i*d+b]
						if b >= a {
							wantGram[a*d+b] += w[i] * xa * x[i*d+b]
						}
					}
				}
				for k, p := range [][2]float64{{f[i-lo], s}, {fq[i-lo], sq}, {quad[i-lo], qf}} {
					if math.Abs(p[0]-p[1]) > 1e-12*(1+math.Abs(p[1])) {
						t.Errorf("%T row %d, product %d: %g, want %g", m, i, k, p[0], p[1])
					}
				}
			}
			for k, p := range [][2][]float64{{g, wantG}, {gq, wantGQ}, {gram, wantGram}} {
				for j := range p[0] {
					if math.Abs(p[0][j]-p[1][j]) > 1e-12*(1+math.Abs(p[1][j])) {
						t.Errorf("%T, sum %d, entry %d: %g, want %g", m, k, j, p[0][j], p[1][j])
					}
				}
			}
			if n := testing.AllocsPerRun(3, func() {
				m.MulVecSq(fq, u, lo, hi, wk)
				m.QuadForm(quad, c, cov, lo, hi, wk)
				m.AddGram(gram, w[lo:hi], lo, hi, wk)
			}); n != 0 {
				t.Errorf("%T allocates %v times", m, n)
			}
		}
	}
}
