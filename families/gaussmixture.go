package families

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// GaussMixture returns the family of mixtures of k Gaussians on ℝᵈ,
//
//	q(z) = Σ_c π_c N(z | m_c, S_c⁻¹)
//
// as a minimal conditional exponential family (Lin, Khan & Schmidt 2019,
// arXiv:1906.02914): z is drawn by a component w, which is not part of z, and
//
//	λ    = (log π_c/π_k for c < k, then S_c m_c, −½ S_c for each c)
//	μ    = (π_c for c < k, then π_c m_c, π_c (S_c⁻¹ + m_c m_cᵀ) for each c)
//	F(λ) = block diagonal: that of Categorical, and π_c times that of FullGaussian
//
// are those of (w, z), with T(w, z) = ([w = c], [w = c] z, [w = c] zzᵀ). Members are
// Conditional, which says what of the other laws holds. Weights that underflow,
// below e^{−708}, are refused. A mixture of one component is a FullGaussian.
// It panics if k or d is below 1.
//
// The standard member has equal weights, unit covariances and different means, see
// SetSpread: components that begin alike would remain so.
func GaussMixture(k, d int) Family {
	if k < 1 || d < 1 {
		panic(badSize)
	}
	return gaussMixture{k, d}
}

type gaussMixture struct{ k, d int }

func (f gaussMixture) Dim() int       { return f.d }
func (f gaussMixture) NumParams() int { return f.k - 1 + f.k*f.block() }
func (f gaussMixture) String() string { return fmt.Sprintf("GaussMixture(%d, %d)", f.k, f.d) }

// block returns the number of parameters of a component.
func (f gaussMixture) block() int { return f.d + f.d*f.d }

func (f gaussMixture) New() Distribution {
	parts := []Family{categorical{f.k}}
	for range f.k {
		parts = append(parts, fullGaussian{f.d})
	}
	p := newProduct(f.String(), parts)
	q := &GaussMixtureDist{f: f, fam: f, logs: make([]float64, f.k), μ: make(Mean, f.block())}
	q.all = &productDist{f: p, parts: make([]Distribution, 1+f.k), spare: make([]Distribution, 1+f.k)}
	for i, part := range parts {
		q.all.parts[i], q.all.spare[i] = part.New(), part.New()
	}
	unit := make([]float64, f.d*f.d)
	for i := range f.d {
		unit[i*f.d+i] = 1
	}
	q.SetSpread(make([]float64, f.d), unit)
	return q
}

// SufficientStats stores NaNs: T(w, z) is not known from z. See Conditional.
func (f gaussMixture) SufficientStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, f.NumParams())
	mustLen(len(z), f.d, badPointLength)
	for i := range dst {
		dst[i] = math.NaN()
	}
	return dst
}

// GaussMixtureDist is a member of GaussMixture. It implements Conditional and KLer.
type GaussMixtureDist struct {
	f    gaussMixture
	fam  Family       // f, made an interface once
	all  *productDist // Categorical and the components, with the same λ
	logs []float64    // scratch of length k
	μ    Mean         // scratch for one component
}

var (
	_ Conditional = (*GaussMixtureDist)(nil)
	_ KLer        = (*GaussMixtureDist)(nil)
)

// Family returns GaussMixture(k, d).
func (q *GaussMixtureDist) Family() Family { return q.fam }

// NumComponents returns k.
func (q *GaussMixtureDist) NumComponents() int { return q.f.k }

func (q *GaussMixtureDist) weights() *categories { return q.all.parts[0].(*CategoricalDist).cur }

// Weights stores the k weights π.
func (q *GaussMixtureDist) Weights(dst []float64) []float64 {
	return q.all.parts[0].(*CategoricalDist).Prob(dst)
}

// Component returns the c-th Gaussian. It is the receiver's own, must not be
// changed, and is its component only until the next call that sets the receiver.
func (q *GaussMixtureDist) Component(c int) *FullGaussianDist {
	return q.all.parts[1+c].(*FullGaussianDist)
}

// SetNatural refuses λ unless every block of it is in its domain.
func (q *GaussMixtureDist) SetNatural(λ Natural) bool { return q.all.SetNatural(λ) }

// Natural returns λ.
func (q *GaussMixtureDist) Natural(dst Natural) Natural { return q.all.Natural(dst) }

// Mean returns μ, of (w, z).
func (q *GaussMixtureDist) Mean(dst Mean) Mean {
	dst = q.all.Mean(dst)
	q.scale(dst, false)
	return dst
}

// scale multiplies the block of every component by its weight, or divides by it.
func (q *GaussMixtureDist) scale(x []float64, divide bool) {
	n := q.f.block()
	for c, π := range q.weights().p {
		b := x[q.f.k-1+c*n:][:n]
		for i := range b {
			if divide {
				b[i] /= π
			} else {
				b[i] *= π
			}
		}
	}
}

// SetMean refuses μ unless the weights are positive and every covariance is positive
// definite.
func (q *GaussMixtureDist) SetMean(μ Mean) bool {
	mustLen(len(μ), q.f.NumParams(), badMeanLength)
	w := q.all.spare[0].(*CategoricalDist)
	if !w.SetMean(μ[:q.f.k-1]) {
		return false
	}
	n := q.f.block()
	for c, π := range w.cur.p {
		for i, x := range μ[q.f.k-1+c*n:][:n] {
			q.μ[i] = x / π
		}
		if !q.all.spare[1+c].SetMean(q.μ) {
			return false
		}
	}
	q.all.adoptSpare()
	return true
}

// SetComponents gives the components weights, which need not add up to 1, means
// (k rows of length d) and covariances (k matrices of d×d). It reports false, and
// leaves q unchanged, if a weight is not positive and finite or a covariance not
// positive definite.
func (q *GaussMixtureDist) SetComponents(weights, locs, covs []float64) (ok bool) {
	k, d := q.f.k, q.f.d
	mustLen(len(weights), k, badProbLength)
	mustLen(len(locs), k*d, badPointLength)
	mustLen(len(covs), k*d*d, badCovLength)
	if !q.all.spare[0].(*CategoricalDist).SetProb(weights) {
		return false
	}
	for c := range k {
		if !q.all.spare[1+c].(*FullGaussianDist).SetMoments(locs[c*d:(c+1)*d], covs[c*d*d:(c+1)*d*d]) {
			return false
		}
	}
	q.all.adoptSpare()
	return true
}

// SetSpread gives the components equal weights, the covariance cov, and means that
// are spread about loc as draws of N(loc, cov) are: the first at loc, the others at
// the points of a Kronecker sequence along powers of the generalised golden ratio.
// q as a whole is then wider than N(loc, cov), as a start should be. It reports
// false, and leaves q unchanged, if cov is not positive definite.
func (q *GaussMixtureDist) SetSpread(loc, cov []float64) (ok bool) {
	d := q.f.d
	mustLen(len(loc), d, badPointLength)
	for i := range q.all.spare[0].(*CategoricalDist).next.λ {
		q.all.spare[0].(*CategoricalDist).next.λ[i] = 0
	}
	q.all.spare[0].(*CategoricalDist).adoptNext()
	first := q.all.spare[1].(*FullGaussianDist)
	if !first.SetMoments(loc, cov) {
		return false
	}
	g := 2.0
	for range 64 { // the root of g^{d+1} = g + 1
		g = math.Pow(1+g, 1/float64(d+1))
	}
	x := q.μ[:d]
	for c := 1; c < q.f.k; c++ {
		for j := range x {
			_, u := math.Modf(0.5 + float64(c)*math.Pow(g, -float64(j+1)))
			x[j] = math.Sqrt(12) * (u - 0.5) // of variance 1
		}
		first.Transform(x, x)
		if !q.all.spare[1+c].(*FullGaussianDist).SetMoments(x, cov) {
			return false
		}
	}
	q.all.adoptSpare()
	return true
}

// Moments stores the mean of z, of length d, in loc and its covariance, d×d
// row-major, in cov.
func (q *GaussMixtureDist) Moments(loc, cov []float64) {
	d := q.f.d
	mustLen(len(loc), d, badPointLength)
	mustLen(len(cov), d*d, badCovLength)
	clear(loc)
	clear(cov)
	p := q.weights().p
	for c, π := range p {
		for i, m := range q.Component(c).m {
			loc[i] += π * m
		}
	}
	for c, π := range p {
		g := q.Component(c)
		for i, v := range g.cov() {
			cov[i] += π * v
		}
		for i := range d {
			for j := range d {
				cov[i*d+j] += π * (g.m[i] - loc[i]) * (g.m[j] - loc[j])
			}
		}
	}
}

// LogPartition returns A_w + Σ π_c A_c: see Conditional.
func (q *GaussMixtureDist) LogPartition() float64 {
	a := q.weights().a
	for c, π := range q.weights().p {
		a += π * q.Component(c).LogPartition()
	}
	return a
}

// Entropy returns that of (w, z), Σ π_c (H_c − log π_c). It exceeds that of z, which
// has no closed form, by no more than log k.
func (q *GaussMixtureDist) Entropy() float64 {
	h := q.all.parts[0].Entropy()
	for c, π := range q.weights().p {
		h += π * q.Component(c).Entropy()
	}
	return h
}

// LogProb returns log q(z), of the mixture.
func (q *GaussMixtureDist) LogProb(z []float64) float64 { return q.LogComponents(q.logs, z) }

// LogComponents stores log N(z | m_c, S_c⁻¹) of the k components in dst, and returns
// log q(z).
func (q *GaussMixtureDist) LogComponents(dst, z []float64) float64 {
	mustLen(len(dst), q.f.k, badProbLength)
	mustLen(len(z), q.f.d, badPointLength)
	top := math.Inf(-1)
	for c, logπ := range q.weights().logp {
		dst[c] = q.Component(c).LogProb(z)
		if l := logπ + dst[c]; !(l <= top) { // NaN too
			top = l
		}
	}
	if math.IsInf(top, -1) {
		return top
	}
	var sum float64
	for c, logπ := range q.weights().logp {
		sum += math.Exp(logπ + dst[c] - top)
	}
	return top + math.Log(sum)
}

// Responsibilities stores q(w = c | z) for the k components.
func (q *GaussMixtureDist) Responsibilities(dst, z []float64) []float64 {
	if dst == nil {
		dst = make([]float64, q.f.k)
	}
	l := q.LogComponents(dst, z)
	for c, logπ := range q.weights().logp {
		dst[c] = math.Exp(logπ + dst[c] - l)
	}
	return dst
}

// ConditionalStats stores the responsibilities r_c for c < k, and r_c z, r_c zzᵀ for
// each c.
func (q *GaussMixtureDist) ConditionalStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, q.f.NumParams())
	k, n := q.f.k, q.f.block()
	q.Responsibilities(q.logs, z)
	copy(dst, q.logs[:k-1])
	for c, r := range q.logs {
		b := dst[k-1+c*n:][:n]
		fullGaussian{q.f.d}.SufficientStats(b, z)
		for i := range b {
			b[i] *= r
		}
	}
	return dst
}

// Rand draws z.
func (q *GaussMixtureDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, q.f.d)
	q.all.parts[0].Rand(q.logs[:1], rnd)
	return q.Component(int(q.logs[0])).Rand(dst, rnd)
}

// KL returns that of (w, z), Σ π_c (log π_c/π′_c + KL_c), which is not below that of
// z. It panics if o is not a member of the same family.
func (q *GaussMixtureDist) KL(o Distribution) float64 {
	other, ok := o.(*GaussMixtureDist)
	if !ok || other.f != q.f {
		panic(badFamilies)
	}
	kl := q.all.parts[0].(*CategoricalDist).KL(other.all.parts[0])
	for c, π := range q.weights().p {
		kl += π * q.Component(c).KL(other.Component(c))
	}
	return kl
}

// FisherMulVec stores F v.
func (q *GaussMixtureDist) FisherMulVec(dst Mean, v Natural) Mean {
	dst = q.all.FisherMulVec(dst, v)
	q.scale(dst, false)
	return dst
}

// FisherSolve stores F⁻¹g.
func (q *GaussMixtureDist) FisherSolve(dst Natural, g Mean) Natural {
	dst = q.all.FisherSolve(dst, g)
	q.scale(dst, true)
	return dst
}
