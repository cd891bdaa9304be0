package models

var (
	_ Gradienter        = (*MLP)(nil)
	_ Data              = (*MLP)(nil)
	_ Forker            = (*MLP)(nil)
	_ CoordNamer        = (*MLP)(nil)
	_ Starter           = (*MLP)(nil)
	_ NaturalStarter    = (*MLP)(nil)
	_ RowGradienter     = (*MLP)(nil)
	_ SquaredGradienter = (*MLP)(nil)
	_ GaussNewtonDiager = (*MLP)(nil)
)

// LogJoint returns log p(y, z).
func (m *MLP) LogJoint(z []float64) float64 { return m.eval(nil, nil, nil, z) }

// LogJointGrad returns log p(y, z) and its gradient.
func (m *MLP) LogJointGrad(grad, z []float64) float64 {
	mustHave(grad, m.dim)
	return m.eval(grad, nil, nil, z)
}

// LogJointGradSquares implements SquaredGradienter: a matrix product more than
// LogJointGrad for each layer, and no memory beyond (Goodfellow 2015, arXiv:1510.01799).
func (m *MLP) LogJointGradSquares(sq, grad, z []float64) float64 {
	mustHave(grad, m.dim)
	mustHave(sq, m.dim)
	return m.eval(grad, sq, nil, z)
}

// LogJointGaussNewtonDiag implements GaussNewtonDiager, exactly: with the Hessian
// −Σ_k w_k v_k v_kᵀ of a row in its K outputs,
//
//	diag_j = s Σ_i Σ_k w_ik (v_ikᵀ ∂f_i/∂z_j)²
//
// is K backward passes, each of which begins with v_k and sums squares like
// LogJointGradSquares. For one output v = 1 and w = −ℓ″(f); for K classes with
// probabilities p, w_k = p_k and v_k = e_k − p.
func (m *MLP) LogJointGaussNewtonDiag(diag, grad, z []float64) float64 {
	mustHave(grad, m.dim)
	mustHave(diag, m.dim)
	return m.eval(grad, nil, diag, z)
}

// RowGrads implements RowGradienter.
func (m *MLP) RowGrads(grads, ll, z []float64) {
	m.mustBeMade()
	mustHave(z, m.dim)
	mustHave(grads, len(m.y)*m.dim)
	if ll != nil {
		mustHave(ll, len(m.y))
	}
	k := m.out.outputs()
	for lo := 0; lo < len(m.y); lo += mlpChunk {
		hi := min(lo+mlpChunk, len(m.y))
		f, l := m.forward(m.x, z, lo, hi), m.work.ll[:hi-lo]
		m.out.logLik(l, m.work.err[0][:(hi-lo)*k], m.y[lo:hi], f)
		if ll != nil {
			copy(ll[lo:hi], l)
		}
		m.backward(z, lo, hi-lo, mlpSums{rows: grads[lo*m.dim : hi*m.dim]})
	}
}

func mustHave(x []float64, n int) {
	if len(x) != n {
		panic(badLength)
	}
}

// eval goes through the rows once for whatever is not nil.
func (m *MLP) eval(grad, sq, gn, z []float64) float64 {
	m.mustBeMade()
	mustHave(z, m.dim)
	clear(grad)
	clear(sq)
	clear(gn)
	var sum float64
	k := m.out.outputs()
	for lo := 0; lo < len(m.y); lo += mlpChunk {
		hi := min(lo+mlpChunk, len(m.y))
		n, y := hi-lo, m.y[lo:hi]
		f, ll, d1 := m.forward(m.x, z, lo, hi), m.work.ll[:n], m.work.err[0][:n*k]
		if grad == nil {
			d1 = nil
		}
		m.out.logLik(ll, d1, y, f)
		for _, l := range ll {
			sum += l
		}
		if grad != nil {
			m.backward(z, lo, n, mlpSums{grad: grad, sq: sq})
		}
		if gn == nil {
			continue
		}
		m.out.prepare(f)
		for j := range k {
			w := m.work.w[:n]
			m.out.term(m.work.err[0][:n*k], w, j, y, f)
			m.backward(z, lo, n, mlpSums{sq: gn, w: w})
		}
	}
	s, δ := m.scale, m.s.PriorPrecision
	for j, g := range grad {
		grad[j] = s*g - δ*z[j]
	}
	for _, v := range [2][]float64{sq, gn} {
		if s == 1 {
			break
		}
		for j := range v {
			v[j] *= s
		}
	}
	return s*sum + m.LogPrior(z)
}
