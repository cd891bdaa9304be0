package models_test

import (
	"math"
	"testing"

	"natgrad/models"
)

// Gradients of rows add up to that of the whole, each is that of a batch of one row,
// and the sums of squares are those of their squares.
func TestMLPRowGrads(t *testing.T) {
	for name, net := range testNets {
		whole := net(130) // of several chunks
		d := whole.Dim()
		idx := []int{129, 3, 3, 64, 0}
		for _, m := range []*models.MLP{whole, whole.Batch(idx, 2.5).(*models.MLP)} {
			n, s, z := m.NumData(), m.Scale(), points(m)[0]
			rows, ll := make([]float64, n*d), make([]float64, n)
			m.RowGrads(rows, ll, z)
			again := make([]float64, n*d)
			m.RowGrads(again, nil, z)

			lone := whole.Fork().(*models.MLP)
			one, grad, sq := make([]float64, d), make([]float64, d), make([]float64, d)
			sum, sumSq := make([]float64, d), make([]float64, d)
			var sumLL float64
			for i := range n {
				row := i
				if m != whole {
					row = idx[i]
				}
				lp := lone.Batch([]int{row}, 1).(models.Gradienter).LogJointGrad(one, z)
				nearly(t, 1e-13, ll[i], lp-m.LogPrior(z), "%s: log p of row %d", name, i)
				sumLL += ll[i]
				for j := range d {
					g := rows[i*d+j]
					nearly(t, 1e-13, g, one[j]+0.7*z[j], "%s: gradient %d of row %d", name, j, i)
					if again[i*d+j] != g {
						t.Fatalf("%s: gradient %d of row %d is another the second time", name, j, i)
					}
					sum[j] += g
					sumSq[j] += g * g
				}
			}
			lp := m.LogJointGradSquares(sq, grad, z)
			if want := m.LogJointGrad(one, z); lp != want {
				t.Errorf("%s: log-joint %v with squares, %v without", name, lp, want)
			}
			nearly(t, 1e-13, lp, s*sumLL+m.LogPrior(z), "%s: log-joint", name)
			for j := range d {
				if grad[j] != one[j] {
					t.Errorf("%s: gradient %d is %v with squares, %v without", name, j, grad[j], one[j])
				}
				nearly(t, 1e-12, grad[j], s*sum[j]-0.7*z[j], "%s: sum %d of gradients", name, j)
				nearly(t, 1e-12, sq[j], s*sumSq[j], "%s: sum %d of squares", name, j)
			}
		}
	}
}

// nearly is within for numbers that may be near 0.
func nearly(t *testing.T, tol, got, want float64, format string, args ...any) {
	t.Helper()
	within(t, tol, 1+math.Abs(want)+got-want, 1+math.Abs(want), format, args...)
}

// The Gauss–Newton diagonal is that of Σ_i JᵀHJ, with the Jacobian from differences and
// H written out.
func TestMLPGaussNewton(t *testing.T) {
	for name, net := range testNets {
		whole := net(9)
		for _, m := range []*models.MLP{whole, whole.Batch([]int{8, 2, 2}, 3).(*models.MLP)} {
			naive, d, z := naiveOf(m), m.Dim(), points(m)[1]
			want := make([]float64, d)
			for _, r := range dataOf(m) {
				f := naive.outputs(r.x, z)
				h := naive.negHessian(r.y, f)
				for j := range d {
					jac := derivative(func(v float64) []float64 {
						at := append([]float64(nil), z...)
						at[j] = v
						return naive.outputs(r.x, at)
					}, z[j])
					for a := range f {
						for b := range f {
							want[j] += m.Scale() * jac[a] * h[a][b] * jac[b]
						}
					}
				}
			}
			diag, grad, plain := make([]float64, d), make([]float64, d), make([]float64, d)
			lp := m.LogJointGaussNewtonDiag(diag, grad, z)
			if v := m.LogJointGrad(plain, z); v != lp {
				t.Errorf("%s: log-joint %v with Gauss–Newton, %v without", name, lp, v)
			}
			for j := range d {
				nearly(t, 1e-8, diag[j], want[j], "%s: Gauss–Newton %d", name, j)
				if grad[j] != plain[j] {
					t.Errorf("%s: gradient %d is %v with Gauss–Newton, %v without", name, j, grad[j], plain[j])
				}
			}
		}
	}
}

// negHessian is −∂² log p(y|f)/∂f².
func (n naive) negHessian(y float64, f []float64) [][]float64 {
	if len(f) == 1 {
		switch lik := n.s.Likelihood.(type) {
		case models.GaussianIdentity:
			return [][]float64{{lik.Precision}}
		case models.BernoulliLogit:
			p := n.probs(f)[1]
			return [][]float64{{p * (1 - p)}}
		}
		// λ(λ + u) with u = ±f, λ = φ(u)/Φ(u)
		u := (2*y - 1) * f[0]
		λ := math.Exp(-u*u/2) / math.Sqrt(2*math.Pi) / (0.5 * math.Erfc(-u/math.Sqrt2))
		return [][]float64{{λ * (λ + u)}}
	}
	p := n.probs(f)
	h := make([][]float64, len(f))
	for a := range h {
		h[a] = make([]float64, len(f))
		for b := range h {
			h[a][b] = -p[a] * p[b]
		}
		h[a][a] += p[a]
	}
	return h
}

// derivative is by central differences of order 4.
func derivative(f func(x float64) []float64, x float64) []float64 {
	const h = 1e-3
	a, b, c, d := f(x-2*h), f(x-h), f(x+h), f(x+2*h)
	for i := range a {
		a[i] = (8*(c[i]-b[i]) - (d[i] - a[i])) / (12 * h)
	}
	return a
}

// Where a class is all but certain, curvature is small and not lost to cancellation.
func TestMLPCertain(t *testing.T) {
	x := must(models.NewDense(1, 1, []float64{1}))
	for class := range 3 {
		m := must(models.NewMLP(x, []float64{float64(class)}, models.MLPSettings{Classes: 3, PriorPrecision: 1}))
		z := make([]float64, 6)
		z[3], z[4], z[5] = 0, -40, -41
		diag, grad := make([]float64, 6), make([]float64, 6)
		m.LogJointGaussNewtonDiag(diag, grad, z)
		p1, p2 := math.Exp(-40), math.Exp(-41)
		for j, want := range []float64{p1 + p2, p1, p2} {
			within(t, 1e-13, diag[3+j], want, "curvature of bias %d", j)
		}
		if class == 0 {
			within(t, 1e-13, grad[0], p1+p2, "gradient")
		}
	}
}

// Curved networks give what their curvature says.
func TestMLPCurved(t *testing.T) {
	m := testNets["softmax"](9)
	z, d := points(m)[0], m.Dim()
	grad, want, diag := make([]float64, d), make([]float64, d), make([]float64, d)
	for _, c := range []models.Curvature{models.GaussNewton, models.EmpiricalFisher} {
		cm := m.Curved(c)
		for _, k := range []struct {
			plain *models.MLP
			m     models.Model
		}{{m, cm}, {m, cm.Fork()}, {m.Fork().(*models.MLP).Batch([]int{3, 1}, 4.5).(*models.MLP), cm.Batch([]int{3, 1}, 4.5)}} {
			if c == models.GaussNewton {
				k.plain.LogJointGaussNewtonDiag(want, grad, z)
			} else {
				k.plain.LogJointGradSquares(want, grad, z)
			}
			lp := k.m.(models.HessDiager).LogJointHessDiag(diag, grad, z)
			if lp != k.plain.LogJoint(z) {
				t.Errorf("log-joint %v", lp)
			}
			for j := range diag {
				nearly(t, 1e-14, diag[j], -want[j]-0.7, "curvature %d", j)
			}
		}
	}
}
