package families

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Dirichlet returns the family of Dirichlet distributions of k probabilities z
// with concentrations α, so that E[z] = α/α₀ with α₀ = Σα:
//
//	T(z) = log z                           k statistics
//	λ    = α − 1                           all > −1
//	μ    = ψ(α) − ψ(α₀)                    Σ e^μ < 1
//	A(λ) = Σ log Γ(α_k) − log Γ(α₀)
//
// The density is that of z_1 … z_{k−1}; z_k is 1 minus their sum. Through λ a
// small concentration is known to an absolute, not relative, 1e-16: a member
// keeps those that SetMean or SetConcentration gave it. It panics if k < 2.
func Dirichlet(k int) Family {
	if k < 2 {
		panic(badCategories)
	}
	return dirichlet{k}
}

type dirichlet struct{ k int }

func (f dirichlet) Dim() int          { return f.k }
func (f dirichlet) NumParams() int    { return f.k }
func (f dirichlet) String() string    { return fmt.Sprintf("Dirichlet(%d)", f.k) }
func (f dirichlet) New() Distribution { return &DirichletDist{newSimplexDist(f.k), f} }

func (f dirichlet) SufficientStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, f.k)
	mustLen(len(z), f.k, badPointLength)
	for i, x := range z {
		dst[i] = math.Log(x)
	}
	return dst
}

// DirichletDist is a member of Dirichlet. It implements Pathwise, LogRander and
// KLer.
type DirichletDist struct {
	simplexDist
	f dirichlet
}

var (
	_ Pathwise  = (*DirichletDist)(nil)
	_ LogRander = (*DirichletDist)(nil)
	_ KLer      = (*DirichletDist)(nil)
)

// simplexTolerance is by how much the sum of probabilities may miss 1.
const simplexTolerance = 1e-9

// Family returns Dirichlet(k).
func (q *DirichletDist) Family() Family { return q.f }

// Concentration stores α.
func (q *DirichletDist) Concentration(dst []float64) []float64 {
	dst = sliceOf(dst, q.f.k)
	copy(dst, q.c.α)
	return dst
}

// SetConcentration makes q Dirichlet(α). It reports false, and leaves q
// unchanged, if a concentration is not positive and finite, or less 1 is −1 in
// float64.
func (q *DirichletDist) SetConcentration(α []float64) (ok bool) {
	mustLen(len(α), q.f.k, badPointLength)
	copy(q.next.α, α)
	return q.adoptNext()
}

// LogProb returns log q(z), −Inf unless all z > 0 and their sum is 1 to within
// 1e-9.
func (q *DirichletDist) LogProb(z []float64) float64 {
	mustLen(len(z), q.f.k, badPointLength)
	var total float64
	inside := true
	for _, x := range z {
		total += x
		inside = inside && x > 0
	}
	if !inside || !(math.Abs(total-1) <= simplexTolerance) {
		return outsideOrNaN(total)
	}
	c := q.c.normalized()
	var sum float64
	for k, x := range z {
		sum += c.logProbTerm(k, x)
	}
	return c.norm + sum
}

// KL returns KL(q‖p). It panics if p is not a member of the same family.
func (q *DirichletDist) KL(p Distribution) float64 {
	o, ok := p.(*DirichletDist)
	if !ok || o.f != q.f {
		panic(badFamilies)
	}
	return q.c.kl(o.c)
}

// Rand draws z. A coordinate that would underflow is the smallest positive
// normal number; one may be 1 while the others are positive.
func (q *DirichletDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = q.LogRand(dst, rnd)
	for i, l := range dst {
		dst[i] = positiveExp(l)
	}
	return dst
}

// LogRand draws log z.
func (q *DirichletDist) LogRand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, q.f.k)
	q.logGammas(dst, rnd)
	normalizeLogs(dst, dst)
	return dst
}

// logGammas draws the logarithms of independent Gammas of shapes α.
func (q *DirichletDist) logGammas(dst []float64, rnd *rand.Rand) {
	for i, α := range q.c.α {
		dst[i] = randLogGamma(α, rnd)
	}
}

// normalizeLogs stores l − log Σ e^l in dst, which may be l.
func normalizeLogs(dst, l []float64) {
	m := 0
	for i, x := range l {
		if x > l[m] {
			m = i
		}
	}
	top := l[m]
	var others float64
	for i, x := range l {
		if i != m {
			others += math.Exp(x - top)
		}
	}
	shift := math.Log1p(others)
	for i, x := range l {
		dst[i] = (x - top) - shift
	}
}

// NumAux returns k.
func (q *DirichletDist) NumAux() int { return q.f.k }

// RandPath draws z = x/Σx from independent Gammas x, and log x as aux.
func (q *DirichletDist) RandPath(z, aux []float64, rnd *rand.Rand) {
	mustLen(len(z), q.f.k, badPointLength)
	mustLen(len(aux), q.f.k, badAuxLength)
	q.logGammas(aux, rnd)
	normalizeLogs(z, aux)
	for i, l := range z {
		z[i] = positiveExp(l)
	}
}

// AddPathGrad uses the implicit derivatives of the Gammas x_j in their shapes
// (Figurnov, Mohamed & Mnih 2018), as derivatives of log x_j, which do not
// underflow with z_j:
//
//	∂z_i/∂α_j = (δ_ij − z_i) z_j d log x_j/dα_j
func (q *DirichletDist) AddPathGrad(dst Mean, w float64, z, aux, g []float64) {
	mustPath(dst, q.f.k, z, q.f.k, aux, q.f.k, g)
	m := 0
	for i, x := range z {
		if x > z[m] {
			m = i
		}
	}
	var rest, dot float64 // of the coordinates but the largest
	for i, x := range z {
		if i != m {
			rest += x
			dot += g[i] * x
		}
	}
	all := dot + g[m]*z[m]
	for j, α := range q.c.α {
		u := g[j]*z[j] - all*z[j]
		if j == m {
			u = (g[m]*rest - dot) * z[m]
		}
		dst[j] += w * u * gammaLogPath(α, aux[j])
	}
}
