package families

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// symmetryTolerance is by how much two entries of a symmetric matrix x may differ,
// relative to √(x_ii x_jj).
const symmetryTolerance = 1e-9

// factorPoint puts the factor of the matrix z, by the given method, in w.b, and
// returns it with log|z|. It returns nil and the log-density if z is outside the
// support.
func (w *wishart) factorPoint(z []float64, factor func([]float64, int) bool) (f []float64, logDet float64) {
	p := w.p
	mustLen(len(z), p*p, badPointLength)
	if !symmetricInto(w.b, z, 1, p) {
		return nil, outsideOrAnyNaN(z)
	}
	for i := range p {
		for j := range i {
			if d := z[i*p+j] - z[j*p+i]; d != 0 && !(math.Abs(d) <= symmetryTolerance*math.Sqrt(z[i*p+i])*math.Sqrt(z[j*p+j])) {
				return nil, math.Inf(-1)
			}
		}
	}
	if !factor(w.b, p) {
		return nil, math.Inf(-1)
	}
	return w.b, logDetOf(w.b, p)
}

// outsideOrAnyNaN is the log-density at a point outside the support.
func outsideOrAnyNaN(z []float64) float64 {
	for _, x := range z {
		if math.IsNaN(x) {
			return x
		}
	}
	return math.Inf(-1)
}

// logProb returns the log-density of Y = B Bᵀ, B upper triangular, less its factor
// |Y|^−(p+1)/2,
//
//	norm − x (tr R − p − log|R|),   R = E[Y]⁻¹Y
func (w *wishart) logProb(b []float64) float64 {
	for i, c := range w.c.Data {
		w.e[i] = b[i] - w.sqrtν*c
	}
	blas64.Trmm(blas.Left, blas.NoTrans, 1/w.sqrtν, w.u, square(w.e, w.p))
	return w.norm - w.x*w.logDetDivergence(1/w.sqrtν, b, w.c.Data)
}

// logProbInverse is logProb for Y⁻¹ = RᵀR, R upper triangular.
func (w *wishart) logProbInverse(r []float64) float64 {
	for i, u := range w.u.Data {
		w.e[i] = u/w.sqrtν - r[i]
	}
	blas64.Trsm(blas.Right, blas.NoTrans, 1, upper(r, w.p), square(w.e, w.p))
	return w.norm - w.x*w.logDetDivergence(1/w.sqrtν, w.u.Data, r)
}

// kl returns KL(p‖q). It is the sum
//
//	x_q (tr R − p − log|R|) + (the KL divergence at equal means),   R = E_q[Y]⁻¹E_p[Y]
//
// of two divergences that are not negative, of means and of shapes.
func (w *wishart) kl(q *wishart) float64 {
	d := q.a - w.a
	r := w.sqrtν / q.sqrtν
	// N − 1 = r (U_q − U_p/r) C_p, with 1 − 1/r from the difference of the shapes.
	shrink := -d / (w.x * (1 + 1/r))
	for i, u := range w.u.Data {
		w.e[i] = (q.u.Data[i] - u) + shrink*u
	}
	blas64.Trmm(blas.Right, blas.NoTrans, r, w.c, square(w.e, w.p))
	return q.x*w.logDetDivergence(r, q.u.Data, w.u.Data) + multiShapeKL(w.p, w.a, q.a, d)
}

// logDetDivergence returns tr R − p − log|R| ≥ 0 for R = NᵀN or NNᵀ, where N is
// upper triangular with diagonal r x_ii/y_ii, and e holds N − 1:
//
//	Σ_i [(N_ii − 1)² + 2 (N_ii − 1 − log N_ii)] + Σ_{i<j} N_ij²
func (w *wishart) logDetDivergence(r float64, x, y []float64) float64 {
	var sum float64
	for i := range w.p {
		ii := i*w.p + i
		t := w.e[ii]
		sum += t * t
		if t < -0.5 {
			sum += 2 * (t - (math.Log(x[ii]) - math.Log(y[ii]) + math.Log(r)))
		} else {
			sum += 2 * log1pExcess(t)
		}
		for _, v := range w.e[ii+1 : (i+1)*w.p] {
			sum += v * v
		}
	}
	if math.IsNaN(sum) { // Inf − Inf on the way
		return math.Inf(1)
	}
	return sum
}
