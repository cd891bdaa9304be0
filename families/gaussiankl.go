package families

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

var (
	_ KLer = (*FullGaussianDist)(nil)
	_ KLer = (*DiagGaussianDist)(nil)
)

// KL returns KL(p‖q) = ½ (tr S_q V_p − d − log |S_q V_p| + ΔᵀS_qΔ) with
// Δ = m_p − m_q. It panics if q is not a member of the same family.
//
// With M = U_q U_p⁻¹, which is triangular, the trace is the sum of squares of M
// and the determinant the product of its diagonal, so that
//
//	KL = ½ Σ_i (M_ii² − 1 − log M_ii²) + ½ Σ_{i<j} M_ij² + ½ |U_q Δ|²
//
// is a sum of terms that are not negative. M − 1 is computed from U_q − U_p: no
// digits are lost where p and q are close.
func (p *FullGaussianDist) KL(q Distribution) float64 {
	o, ok := q.(*FullGaussianDist)
	if !ok || o.f != p.f {
		panic(badFamilies)
	}
	d := p.f.d
	p.covFactor()
	for i, u := range o.l.Data {
		p.a[i] = u - p.l.Data[i]
	}
	blas64.Trmm(blas.Right, blas.NoTrans, 1, p.c, p.general(p.a))
	var sum float64
	for i := range d {
		// M² − 1 − log M² = (M−1)² + 2 (M − 1 − log M)
		e := p.a[i*d+i]
		sum += e*e + 2*ratioExcess(o.l.Data[i*d+i], p.l.Data[i*d+i])
		for _, v := range p.a[i*d+i+1 : (i+1)*d] {
			sum += v * v
		}
	}
	for i, m := range p.m {
		p.x[i] = m - o.m[i]
	}
	blas64.Trmv(blas.NoTrans, o.l, vec(p.x))
	return 0.5 * (sum + blas64.Dot(vec(p.x), vec(p.x)))
}

// KL returns KL(p‖q) = ½ Σ (v_p/v_q − 1 − log v_p/v_q + (m_p − m_q)²/v_q). It
// panics if q is not a member of the same family.
func (p *DiagGaussianDist) KL(q Distribution) float64 {
	o, ok := q.(*DiagGaussianDist)
	if !ok || o.f != p.f {
		panic(badFamilies)
	}
	var sum float64
	for i, v := range o.v {
		Δ := p.m[i] - o.m[i]
		sum += ratioExcess(p.v[i], v) + Δ*(Δ/v)
	}
	return 0.5 * sum
}
