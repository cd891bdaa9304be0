package ad

import (
	"fmt"
	"math"
)

// CholeskyCorr declares the Cholesky factor of a k×k correlation matrix: L is
// lower triangular with a positive diagonal and rows of norm 1, and L Lᵀ is the
// matrix. The value is L, full, row-major. By canonical partial correlations
// tanh u (Lewandowski, Kurowicka and Joe 2009, J. Multivariate Anal. 100, 1989),
//
//	L_ij = r_ij tanh u_ij for j < i, r_i,j+1 = r_ij / cosh u_ij, r_i1 = 1, L_ii = r_ii.
//
// Densities are taken in the k(k − 1)/2 elements below the diagonal. That of Lewandowski,
// Kurowicka and Joe with shape η > 0 of L Lᵀ, which is uniform at η = 1, is then
//
//	log p(L|η) = Σ_{i=2..k} (k − i + 2η − 2) log L_ii + const
//
// where the constant depends on η. The factor of a covariance with standard deviations
// s is MatMul(AddDiag(zeros, k, s), L, k, k, k), with zeros of length k².
func (m *Model) CholeskyCorr(name string, k int) Param {
	return m.declare(name, corrSupport{}, []int{k, k})
}

type corrSupport struct{}

func (corrSupport) check(shape []int) string {
	if last(shape) < 2 {
		return "at least 2 rows"
	}
	return ""
}

func (corrSupport) free(shape []int) int { return last(shape) * (last(shape) - 1) / 2 }

func (corrSupport) constrain(t *Tape, u Var, shape []int) Var {
	k := last(shape)
	x := t.sticks(u, k*k, k, true, func(s []float64, u float64, _ int) {
		th, se := math.Tanh(u), sech(u)
		s[stickA], s[stickA1], s[stickA2] = th, se*se, -2*th*se*se
		s[stickB], s[stickB1], s[stickB2] = se, -se*th, se*(1-2*se*se)
	})
	// log |det| = Σ (i − j + 1) log sech u_ij: two for the slope of tanh, one for
	// each later element of the row.
	lj := t.kernel(opKernelSum, u)
	y, d1, d2 := t.kernelParts(lj, u.Len())
	y[0] = 0
	v := u.Value()
	n := 0
	for i := 1; i < k; i++ {
		for j := range i {
			c := float64(i - j + 1)
			a := math.Abs(v[n])
			y[0] += c * (math.Ln2 - a - math.Log1p(math.Exp(-2*a)))
			se := sech(v[n])
			d1[n], d2[n] = -c*math.Tanh(v[n]), -c*se*se
			n++
		}
	}
	t.AddTerm(lj)
	return x
}

// sech is 1/cosh u, without overflow.
func sech(u float64) float64 {
	e := math.Exp(-math.Abs(u))
	return 2 * e / (1 + e*e)
}

func (corrSupport) unconstrain(u, x []float64, shape []int) (ok bool) {
	k := last(shape)
	for i := range k {
		row := x[i*k : (i+1)*k]
		tail := row[i]
		if !(tail > 0) {
			return false
		}
		for _, v := range row[i+1:] {
			if v != 0 {
				return false
			}
		}
		from := u[i*(i-1)/2:]
		for j := i - 1; j >= 0; j-- {
			from[j] = math.Asinh(row[j] / tail) // tanh / sech
			tail = math.Hypot(tail, row[j])
		}
		if !(math.Abs(tail-1) <= sumTolerance) {
			return false
		}
	}
	return allFinite(u)
}

func (corrSupport) coords(name string, shape []int) []string {
	var out []string
	for i := 2; i <= last(shape); i++ {
		for j := 1; j < i; j++ {
			out = append(out, fmt.Sprintf("atanh(partial %s[%d,%d])", name, i, j))
		}
	}
	return out
}

func (corrSupport) domain() domain {
	return domain{name: "a number from -1 to 1", lo: -1, hi: 1, constrained: true}
}
func (corrSupport) String() string { return "the Cholesky factor of a correlation matrix" }
