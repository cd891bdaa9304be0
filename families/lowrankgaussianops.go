package families

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// MulPrecision stores S x = d x + U Uᵀx in dst, which may be x.
func (q *LowRankGaussian) MulPrecision(dst, x []float64) []float64 {
	dst = sliceOf(dst, len(q.m))
	mustLen(len(x), len(q.m), badPointLength)
	clear(q.y)
	for i, v := range x {
		q.addRow(i, v)
	}
	for i, d := range q.d {
		dst[i] = d*x[i] + q.dotRow(i)
	}
	return dst
}

// SolvePrecision stores S⁻¹x, the covariance times x, in dst, which may be x.
func (q *LowRankGaussian) SolvePrecision(dst, x []float64) []float64 {
	dst = sliceOf(dst, len(q.m))
	mustLen(len(x), len(q.m), badPointLength)
	clear(q.y)
	for i, d := range q.d {
		q.addRow(i, x[i]/d)
	}
	blas64.Trsv(blas.Trans, q.r, vec(q.y))
	blas64.Trsv(blas.NoTrans, q.r, vec(q.y))
	for i, d := range q.d {
		dst[i] = (x[i] - q.dotRow(i)) / d
	}
	return dst
}

// whitenRow stores R⁻ᵀu_i/d_i in dst, of length L, so that S⁻¹_ij = δ_ij/d_i − ⟨dst_i, dst_j⟩.
func (q *LowRankGaussian) whitenRow(dst []float64, i int) {
	for a := range dst {
		v := q.u[i*q.l+a] / q.d[i]
		for b := range a {
			v -= q.r.Data[b*q.l+a] * dst[b]
		}
		dst[a] = v / q.r.Data[a*q.l+a]
	}
}

// Variances stores the diagonal of S⁻¹.
func (q *LowRankGaussian) Variances(dst []float64) []float64 {
	dst = sliceOf(dst, len(q.m))
	for i := range dst {
		dst[i] = q.variance(i)
	}
	return dst
}

// variance returns S⁻¹_ii. It is no less than 1/S_ii, which keeps it positive where
// all digits of the difference are lost.
func (q *LowRankGaussian) variance(i int) float64 {
	d := q.d[i]
	q.whitenRow(q.y, i)
	v, s := 1/d, d
	for a, t := range q.y {
		u := q.u[i*q.l+a]
		v -= t * t
		s += u * u
	}
	return max(v, 1/s)
}

// Cov stores the dense covariance S⁻¹, D×D row-major.
func (q *LowRankGaussian) Cov(dst []float64) []float64 {
	n, l := len(q.m), q.l
	if dst == nil {
		dst = make([]float64, n*n)
	}
	mustLen(len(dst), n*n, badCovLength)
	t := q.scratch(n * l)
	for i := range n {
		q.whitenRow(t[i*l:(i+1)*l], i)
	}
	for i := range n {
		for j := range i {
			v := -dot(t[i*l:(i+1)*l], t[j*l:(j+1)*l])
			dst[i*n+j], dst[j*n+i] = v, v
		}
		dst[i*n+i] = q.variance(i)
	}
	return dst
}

// Precision stores the dense precision S, D×D row-major.
func (q *LowRankGaussian) Precision(dst []float64) []float64 {
	n, l := len(q.m), q.l
	if dst == nil {
		dst = make([]float64, n*n)
	}
	mustLen(len(dst), n*n, badCovLength)
	for i := range n {
		for j := range i + 1 {
			v := dot(q.u[i*l:(i+1)*l], q.u[j*l:(j+1)*l])
			dst[i*n+j], dst[j*n+i] = v, v
		}
		dst[i*n+i] += q.d[i]
	}
	return dst
}

func dot(a, b []float64) float64 {
	var sum float64
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// scratch returns n numbers of any value.
func (q *LowRankGaussian) scratch(n int) []float64 {
	if cap(q.work) < n {
		q.work = make([]float64, n)
	}
	return q.work[:n]
}

// Full makes dst, a member of FullGaussian(D), the same distribution as q, for what is
// dense: a nil dst allocates. It returns dst and whether the precision could be
// factored; if not, dst is unchanged.
func (q *LowRankGaussian) Full(dst *FullGaussianDist) (full *FullGaussianDist, ok bool) {
	n := len(q.m)
	if dst == nil {
		dst = FullGaussian(n).New().(*FullGaussianDist)
	}
	mustLen(dst.f.d, n, badPointLength)
	return dst, dst.SetPrecision(q.m, q.Precision(q.scratch(n*n)))
}

// KL returns KL(p‖q) in O(D L²), for q of any rank. With h_i = d_i^p (1/d_i^p − Σ_ii), which is
// the share of the low-rank part in variance i,
//
//	KL = ½ [ Σ_i (t_i − 1 − log t_i) − Σ_i t_i h_i + tr U_qᵀ Σ U_q + log|C_p| − log|C_q| + ΔᵀS_qΔ ]
//
// where t_i = d_i^q/d_i^p, Σ is the covariance of p and Δ = m_p − m_q. The terms of the first sum are not
// negative, and small where p and q are close. It panics if dimensions differ.
func (p *LowRankGaussian) KL(q *LowRankGaussian) float64 {
	mustLen(len(q.m), len(p.m), badPointLength)
	lp, lq := p.l, q.l
	b := p.scratch(lp * lq) // U_pᵀ diag(d_p)⁻¹ U_q
	clear(b)
	var diagonal, rank float64
	for i, dp := range p.d {
		dq := q.d[i]
		diagonal += ratioExcess(dq, dp)
		p.whitenRow(p.y, i)
		up, uq := p.u[i*lp:(i+1)*lp], q.u[i*lq:(i+1)*lq]
		var h, s float64
		for _, t := range p.y {
			h += t * t
		}
		for _, u := range uq {
			s += u * u
		}
		rank += s/dp - dq*h
		for a, u := range up {
			w, row := u/dp, b[a*lq:(a+1)*lq]
			for c, v := range uq {
				row[c] += w * v
			}
		}
	}
	if lp > 0 && lq > 0 {
		g := blas64.General{Rows: lp, Cols: lq, Stride: lq, Data: b}
		blas64.Trsm(blas.Left, blas.Trans, 1, p.r, g)
		for _, v := range b {
			rank -= v * v
		}
	}
	for a := range lp {
		rank += 2 * math.Log(p.r.Data[a*lp+a])
	}
	for a := range lq {
		rank -= 2 * math.Log(q.r.Data[a*lq+a])
	}
	return max(0, 0.5*(diagonal+rank+q.square(p.m)))
}
