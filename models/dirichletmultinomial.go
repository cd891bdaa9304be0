package models

import (
	"fmt"
	"math"
)

// DirichletMultinomial is a vector z of K probabilities with a Dirichlet prior,
// observed through counts:
//
//	z ~ Dirichlet(α)
//	(s_1 … s_K) ~ Multinomial(n, z)
//	log p(y, z) = Σ_k (α_k − 1 + s_k) log z_k + const
//
// Its posterior is Dirichlet(α + s). LogJoint and its derivatives take the K
// probabilities as they are: that they add up to 1 is for the caller to see to,
// and derivatives are those of the formula above in K free variables. It
// implements Hessianer, HessDiager, Conjugate to Dirichlet(K), FamilyNamer and Forker.
// Gradients are NaN where a probability is not positive.
type DirichletMultinomial struct {
	η []float64
	c float64
}

// NewDirichletMultinomial returns the model of K ≥ 2 counts. Errors are
// *DataError.
func NewDirichletMultinomial(alpha []float64, counts []int) (*DirichletMultinomial, error) {
	if len(alpha) < 2 || len(counts) != len(alpha) {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d prior parameters and %d counts", len(alpha), len(counts)),
			Want: "as many of both, at least 2"}
	}
	m := &DirichletMultinomial{η: make([]float64, len(alpha))}
	var total float64
	n := 0
	for k, α := range alpha {
		if !(α > 0) || math.IsInf(α, 0) {
			return nil, &DataError{Row: -1, Col: k, Got: fmt.Sprintf("prior parameter %v", α), Want: "a positive finite number"}
		}
		if counts[k] < 0 {
			return nil, &DataError{Row: -1, Col: k, Got: fmt.Sprint(counts[k]), Want: "a count 0, 1, 2, …"}
		}
		m.η[k] = α - 1 + float64(counts[k])
		m.c -= lgamma(α) + logFactorial(counts[k])
		total += α
		n += counts[k]
	}
	m.c += lgamma(total) + logFactorial(n)
	return m, nil
}

// Dim returns K.
func (m *DirichletMultinomial) Dim() int { return len(m.η) }

// Family implements FamilyNamer: it returns "Dirichlet(K)".
func (m *DirichletMultinomial) Family() string { return fmt.Sprintf("Dirichlet(%d)", len(m.η)) }

// LogJoint returns log p(y, z).
func (m *DirichletMultinomial) LogJoint(z []float64) float64 {
	if len(z) != len(m.η) {
		panic(badLength)
	}
	l := m.c
	for k, x := range z {
		if !(x > 0) {
			return math.Inf(-1)
		}
		l += m.η[k] * math.Log(x)
	}
	return l
}

// LogJointGrad returns log p(y, z) and its gradient.
func (m *DirichletMultinomial) LogJointGrad(grad, z []float64) float64 {
	l := m.LogJoint(z)
	for k, x := range z {
		grad[k] = inSupport(l, m.η[k]/x)
	}
	return l
}

// LogJointHessDiag returns log p(y, z), its gradient and the diagonal of its
// Hessian.
func (m *DirichletMultinomial) LogJointHessDiag(diag, grad, z []float64) float64 {
	l := m.LogJointGrad(grad, z)
	for k, x := range z {
		diag[k] = inSupport(l, -m.η[k]/(x*x))
	}
	return l
}

// LogJointHess returns log p(y, z), its gradient and its Hessian, a diagonal
// matrix.
func (m *DirichletMultinomial) LogJointHess(hess, grad, z []float64) float64 {
	k := len(m.η)
	if len(hess) != k*k {
		panic(badLength)
	}
	l := m.LogJointHessDiag(hess[:k], grad, z)
	for i := 1; i < k; i++ { // spread the diagonal out
		d := hess[i]
		clear(hess[i*k : (i+1)*k])
		hess[i*k+i] = d
	}
	clear(hess[1:k])
	return l
}

// ConjugateNatural gives α − 1 + s to Dirichlet(K).
func (m *DirichletMultinomial) ConjugateNatural(dst []float64, family string) (c float64, ok bool) {
	if family != m.Family() {
		return 0, false
	}
	if len(dst) != len(m.η) {
		panic(badLength)
	}
	copy(dst, m.η)
	return m.c, true
}

// Fork returns the receiver, which is immutable.
func (m *DirichletMultinomial) Fork() Model { return m }
