package families

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// DiagGaussian returns the family of Gaussians on ℝᵈ with independent
// coordinates, mean m and variances v:
//
//	T(z) = (z, z²)                    2d statistics
//	λ    = (m/v, −1/(2v))             second block negative
//	μ    = (m, m² + v)
//	A(λ) = ½ Σ (m²/v + log v + log 2π)
//
// It panics if d < 1.
func DiagGaussian(d int) Family {
	if d < 1 {
		panic(badSize)
	}
	return diagGaussian{d}
}

type diagGaussian struct{ d int }

func (f diagGaussian) Dim() int       { return f.d }
func (f diagGaussian) NumParams() int { return 2 * f.d }
func (f diagGaussian) String() string { return fmt.Sprintf("DiagGaussian(%d)", f.d) }

func (f diagGaussian) New() Distribution {
	q := &DiagGaussianDist{f: f, λ: make(Natural, 2*f.d), m: make([]float64, f.d), v: make([]float64, f.d)}
	for i := range f.d {
		q.λ[f.d+i], q.v[i] = -0.5, 1
	}
	return q
}

func (f diagGaussian) SufficientStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, 2*f.d)
	mustLen(len(z), f.d, badPointLength)
	for i, x := range z {
		dst[i], dst[f.d+i] = x, x*x
	}
	return dst
}

// DiagGaussianDist is a member of DiagGaussian. It implements Pathwise,
// Retracter and Gaussian.
type DiagGaussianDist struct {
	f    diagGaussian
	λ    Natural
	m, v []float64
}

var (
	_ Gaussian  = (*DiagGaussianDist)(nil)
	_ Pathwise  = (*DiagGaussianDist)(nil)
	_ Retracter = (*DiagGaussianDist)(nil)
)

// Family returns DiagGaussian(d).
func (q *DiagGaussianDist) Family() Family { return q.f }

// SetNatural refuses a second block that is not negative, and moments that are
// not finite.
func (q *DiagGaussianDist) SetNatural(λ Natural) bool {
	d := q.f.d
	mustLen(len(λ), 2*d, badNaturalLength)
	for i := range d {
		v := -0.5 / λ[d+i]
		if !okVariance(v*λ[i], v) || math.IsInf(λ[d+i], 0) {
			return false
		}
	}
	copy(q.λ, λ)
	for i := range d {
		q.v[i] = -0.5 / λ[d+i]
		q.m[i] = q.v[i] * λ[i]
	}
	return true
}

// Natural returns λ.
func (q *DiagGaussianDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, len(q.λ))
	copy(dst, q.λ)
	return dst
}

// Mean returns μ.
func (q *DiagGaussianDist) Mean(dst Mean) Mean {
	d := q.f.d
	dst = meanOf(dst, 2*d)
	for i, m := range q.m {
		dst[i], dst[d+i] = m, m*m+q.v[i]
	}
	return dst
}

// SetMean refuses μ unless every μ₂ exceeds μ₁².
func (q *DiagGaussianDist) SetMean(μ Mean) bool {
	d := q.f.d
	mustLen(len(μ), 2*d, badMeanLength)
	for i := range d {
		if !okVariance(μ[i], math.FMA(-μ[i], μ[i], μ[d+i])) {
			return false
		}
	}
	for i := range d {
		q.set(i, μ[i], math.FMA(-μ[i], μ[i], μ[d+i]))
	}
	return true
}

// okVariance reports whether N(m, v) is proper, and its λ, μ and log-partition
// finite.
func okVariance(m, v float64) bool {
	return v > 0 && isFinite(v) && isFinite(1/v) && isFinite(m/v) && isFinite(m*m+v) && isFinite(m*m/v)
}

func (q *DiagGaussianDist) set(i int, m, v float64) {
	q.m[i], q.v[i] = m, v
	q.λ[i], q.λ[q.f.d+i] = m/v, -0.5/v
}

// LogPartition returns A(λ).
func (q *DiagGaussianDist) LogPartition() float64 {
	a := 0.5 * log2Pi * float64(q.f.d)
	for i, v := range q.v {
		a += 0.5 * (q.m[i]*q.m[i]/v + math.Log(v))
	}
	return a
}

// LogProb returns log q(z).
func (q *DiagGaussianDist) LogProb(z []float64) float64 {
	mustLen(len(z), q.f.d, badPointLength)
	s := 0.5 * log2Pi * float64(q.f.d)
	for i, v := range q.v {
		r := z[i] - q.m[i]
		s += 0.5 * (r*r/v + math.Log(v))
	}
	return -s
}

// Entropy returns ½ Σ (1 + log 2πv).
func (q *DiagGaussianDist) Entropy() float64 {
	s := (1 + log2Pi) * float64(q.f.d)
	for _, v := range q.v {
		s += math.Log(v)
	}
	return 0.5 * s
}

// Rand draws m + √v ε.
func (q *DiagGaussianDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, q.f.d)
	normals(dst, rnd)
	q.Transform(dst, dst)
	return dst
}

// FisherMulVec stores F v; per coordinate F = [[v, 2mv], [2mv, 4m²v + 2v²]].
func (q *DiagGaussianDist) FisherMulVec(dst Mean, x Natural) Mean {
	d := q.f.d
	dst = meanOf(dst, 2*d)
	mustLen(len(x), 2*d, badNaturalLength)
	for i, v := range q.v {
		m := q.m[i]
		u := v * (x[i] + 2*m*x[d+i])
		dst[i], dst[d+i] = u, 2*m*u+2*v*v*x[d+i]
	}
	return dst
}

// FisherSolve stores F⁻¹g.
func (q *DiagGaussianDist) FisherSolve(dst Natural, g Mean) Natural {
	d := q.f.d
	dst = naturalOf(dst, 2*d)
	mustLen(len(g), 2*d, badMeanLength)
	for i, v := range q.v {
		m := q.m[i]
		b := (g[d+i] - 2*m*g[i]) / (2 * v * v)
		dst[i], dst[d+i] = g[i]/v-2*m*b, b
	}
	return dst
}

// NumAux returns 0.
func (q *DiagGaussianDist) NumAux() int { return 0 }

// RandPath draws z.
func (q *DiagGaussianDist) RandPath(z, aux []float64, rnd *rand.Rand) {
	mustLen(len(z), q.f.d, badPointLength)
	mustLen(len(aux), 0, badAuxLength)
	q.Rand(z, rnd)
}

// AddPathGrad uses ∂z/∂m = 1 and ∂z/∂v = (z − m)/(2v).
func (q *DiagGaussianDist) AddPathGrad(dst Mean, w float64, z, aux, g []float64) {
	d := q.f.d
	mustPath(dst, 2*d, z, d, aux, 0, g)
	for i, v := range q.v {
		m := q.m[i]
		// ∂m/∂λ = (v, 2mv) and ∂v/∂λ = (0, 2v²).
		a := w * g[i]
		dst[i] += a * v
		dst[d+i] += a * (2*m*v + v*(z[i]-m))
	}
}

// Retract stores s − ρG + ½ρ²G²/s for each precision s (Lin, Schmidt & Khan
// 2020), with the mean moved by the old precision.
func (q *DiagGaussianDist) Retract(dst, step Natural) Natural {
	d := q.f.d
	dst = naturalOf(dst, 2*d)
	mustLen(len(step), 2*d, badNaturalLength)
	for i, v := range q.v {
		s, m := 1/v, q.m[i]
		ds := -2 * step[d+i]
		s1 := s + ds + 0.5*ds*ds*v
		m1 := m + v*(step[i]-ds*m)
		dst[i], dst[d+i] = s1*m1, -0.5*s1
	}
	return dst
}

// CovLen returns d.
func (q *DiagGaussianDist) CovLen() int { return q.f.d }

// Loc stores m.
func (q *DiagGaussianDist) Loc(dst []float64) []float64 {
	dst = sliceOf(dst, q.f.d)
	copy(dst, q.m)
	return dst
}

// Cov stores v.
func (q *DiagGaussianDist) Cov(dst []float64) []float64 {
	dst = sliceOf(dst, q.f.d)
	copy(dst, q.v)
	return dst
}

// Precision stores 1/v.
func (q *DiagGaussianDist) Precision(dst []float64) []float64 {
	dst = sliceOf(dst, q.f.d)
	for i := range dst {
		dst[i] = -2 * q.λ[q.f.d+i]
	}
	return dst
}

// Transform stores m + √v ε. z may be eps.
func (q *DiagGaussianDist) Transform(z, eps []float64) {
	mustLen(len(z), q.f.d, badPointLength)
	mustLen(len(eps), q.f.d, badPointLength)
	for i, v := range q.v {
		z[i] = q.m[i] + math.Sqrt(v)*eps[i]
	}
}

// Untransform stores (z − m)/√v.
func (q *DiagGaussianDist) Untransform(eps, z []float64) {
	mustLen(len(eps), q.f.d, badPointLength)
	mustLen(len(z), q.f.d, badPointLength)
	for i, v := range q.v {
		eps[i] = (z[i] - q.m[i]) / math.Sqrt(v)
	}
}

// Whiten stores √v g.
func (q *DiagGaussianDist) Whiten(dst, g []float64) {
	mustLen(len(dst), q.f.d, badPointLength)
	mustLen(len(g), q.f.d, badPointLength)
	for i, v := range q.v {
		dst[i] = math.Sqrt(v) * g[i]
	}
}

// NaturalGrad stores (gm − 2 gV m, gV).
func (q *DiagGaussianDist) NaturalGrad(dst Natural, gm, gV []float64) Natural {
	d := q.f.d
	dst = naturalOf(dst, 2*d)
	mustLen(len(gm), d, badPointLength)
	mustLen(len(gV), d, badCovLength)
	for i, m := range q.m {
		dst[i], dst[d+i] = gm[i]-2*gV[i]*m, gV[i]
	}
	return dst
}

// SetMoments makes q N(loc, diag(cov)).
func (q *DiagGaussianDist) SetMoments(loc, cov []float64) bool {
	mustLen(len(loc), q.f.d, badPointLength)
	mustLen(len(cov), q.f.d, badCovLength)
	for i, v := range cov {
		if !okVariance(loc[i], v) {
			return false
		}
	}
	for i, v := range cov {
		q.set(i, loc[i], v)
	}
	return true
}

// SetPrecision makes q N(loc, diag(1/prec)).
func (q *DiagGaussianDist) SetPrecision(loc, prec []float64) bool {
	mustLen(len(loc), q.f.d, badPointLength)
	mustLen(len(prec), q.f.d, badCovLength)
	for i, s := range prec {
		if !okVariance(loc[i], 1/s) {
			return false
		}
	}
	for i, s := range prec {
		q.set(i, loc[i], 1/s)
	}
	return true
}
