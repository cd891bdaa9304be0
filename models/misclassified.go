package models

import (
	"fmt"
	"math"
)

// MisclassifiedMultinomial is a vector z of K probabilities with a Dirichlet prior,
// observed through counts of J labels that are given to the K categories with known
// errors, such as the results of an imperfect test:
//
//	z ~ Dirichlet(α)
//	(s_1 … s_J) ~ Multinomial(n, Mz)       M_jk = P(label j | category k)
//	log p(y, z) = Σ_k (α_k − 1) log z_k + Σ_j s_j log (Mz)_j + const
//
// It is DirichletMultinomial if M is the identity. Else it is not conjugate, and
// Dirichlet(K), which Family returns, is fitted by implicit gradients. As there,
// LogJoint and its derivatives take the K probabilities as they are. It implements
// Hessianer, HessDiager, FamilyNamer and Forker. Gradients are NaN where a probability is
// not positive.
type MisclassifiedMultinomial struct {
	α1     []float64 // α − 1
	m      []float64 // J×K
	counts []float64
	c      float64
	name   string
}

var (
	_ Hessianer   = (*MisclassifiedMultinomial)(nil)
	_ HessDiager  = (*MisclassifiedMultinomial)(nil)
	_ FamilyNamer = (*MisclassifiedMultinomial)(nil)
	_ Forker      = (*MisclassifiedMultinomial)(nil)
)

// NewMisclassifiedMultinomial returns the model of the counts of J labels. errors is M,
// J×K row-major, whose columns add up to 1. It is copied, as are the others. Errors are
// *DataError.
func NewMisclassifiedMultinomial(alpha []float64, errors []float64, counts []int) (*MisclassifiedMultinomial, error) {
	k := len(alpha)
	if k < 2 || len(counts) < 1 || len(errors) != k*len(counts) {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d prior parameters, %d counts and a matrix of %d", k, len(counts), len(errors)),
			Want: "at least 2 prior parameters and 1 count, and a matrix with a row for each count and a column for each parameter"}
	}
	m := &MisclassifiedMultinomial{α1: make([]float64, k), m: append([]float64(nil), errors...),
		counts: make([]float64, len(counts)), name: fmt.Sprintf("Dirichlet(%d)", k)}
	var total float64
	for i, α := range alpha {
		if !isPositive(α) {
			return nil, &DataError{Row: -1, Col: i, Got: fmt.Sprintf("prior parameter %v", α), Want: "a positive finite number"}
		}
		m.α1[i] = α - 1
		m.c -= lgamma(α)
		total += α
		if err := checkProbabilities(errors, i, k); err != nil {
			return nil, err
		}
	}
	n := 0
	for j, s := range counts {
		if s < 0 {
			return nil, &DataError{Row: j, Col: -1, Got: fmt.Sprint(s), Want: "a count 0, 1, 2, …"}
		}
		possible := false
		for _, p := range errors[j*k : (j+1)*k] {
			possible = possible || p > 0
		}
		if s > 0 && !possible {
			return nil, &DataError{Row: j, Col: -1, Got: fmt.Sprintf("%d times a label that no category has", s), Want: "0 times"}
		}
		m.counts[j] = float64(s)
		m.c -= logFactorial(s)
		n += s
	}
	m.c += lgamma(total) + logFactorial(n)
	return m, nil
}

// checkProbabilities checks column c of a matrix with k columns.
func checkProbabilities(a []float64, c, k int) error {
	var sum float64
	for i := c; i < len(a); i += k {
		if !(a[i] >= 0) {
			return &DataError{Row: i / k, Col: c, Got: fmt.Sprint(a[i]), Want: "a probability"}
		}
		sum += a[i]
	}
	if !(math.Abs(sum-1) <= 1e-9) {
		return &DataError{Row: -1, Col: c, Got: fmt.Sprintf("probabilities that add up to %v", sum), Want: "1"}
	}
	return nil
}

// Dim returns K.
func (m *MisclassifiedMultinomial) Dim() int { return len(m.α1) }

// Family implements FamilyNamer.
func (m *MisclassifiedMultinomial) Family() string { return m.name }

// label returns (Mz)_j, and row j of M.
func (m *MisclassifiedMultinomial) label(j int, z []float64) (p float64, row []float64) {
	k := len(z)
	row = m.m[j*k : (j+1)*k]
	for i, x := range z {
		p += row[i] * x
	}
	return p, row
}

// LogJoint returns log p(y, z).
func (m *MisclassifiedMultinomial) LogJoint(z []float64) float64 {
	if len(z) != len(m.α1) {
		panic(badLength)
	}
	l := m.c
	for k, x := range z {
		if !(x > 0) {
			return math.Inf(-1)
		}
		l += m.α1[k] * math.Log(x)
	}
	for j, s := range m.counts {
		if s > 0 {
			p, _ := m.label(j, z)
			l += s * math.Log(p)
		}
	}
	return l
}

// LogJointGrad returns log p(y, z) and its gradient.
func (m *MisclassifiedMultinomial) LogJointGrad(grad, z []float64) float64 {
	l := m.LogJoint(z)
	for k, x := range z {
		grad[k] = inSupport(l, m.α1[k]/x)
	}
	for j, s := range m.counts {
		if s > 0 {
			p, row := m.label(j, z)
			for k, e := range row {
				grad[k] += s * (e / p)
			}
		}
	}
	return l
}

// LogJointHessDiag returns log p(y, z), its gradient and the diagonal of its
// Hessian.
func (m *MisclassifiedMultinomial) LogJointHessDiag(diag, grad, z []float64) float64 {
	l := m.LogJointGrad(grad, z)
	for k, x := range z {
		diag[k] = inSupport(l, -m.α1[k]/(x*x))
	}
	for j, s := range m.counts {
		if s > 0 {
			p, row := m.label(j, z)
			for k, e := range row {
				diag[k] -= s * (e / p) * (e / p)
			}
		}
	}
	return l
}

// LogJointHess returns log p(y, z), its gradient and its Hessian.
func (m *MisclassifiedMultinomial) LogJointHess(hess, grad, z []float64) float64 {
	n := len(m.α1)
	if len(hess) != n*n {
		panic(badLength)
	}
	l := m.LogJointGrad(grad, z)
	clear(hess)
	for k, x := range z {
		hess[k*n+k] = inSupport(l, -m.α1[k]/(x*x))
	}
	for j, s := range m.counts {
		if s > 0 {
			p, row := m.label(j, z)
			for a, ea := range row {
				for b, eb := range row {
					hess[a*n+b] -= s * (ea / p) * (eb / p)
				}
			}
		}
	}
	return l
}

// Fork returns the receiver, which is immutable.
func (m *MisclassifiedMultinomial) Fork() Model { return m }
