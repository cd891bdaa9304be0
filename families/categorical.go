package families

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Categorical returns the family of distributions on k categories with
// probabilities p. A point z is one number, the index 0, 1, … k−1 of the
// category:
//
//	T(z) = ([z = 0], … [z = k−2])          k − 1 statistics
//	λ_j  = log(p_j/p_{k−1})                all of ℝ^{k−1}
//	μ_j  = p_j                             all > 0, Σ < 1
//	A(λ) = log(1 + Σ e^λ) = −log p_{k−1}
//
// Densities are with respect to counting. Members whose least probability
// underflows, which is below e^{−708}, are refused. It panics if k < 2.
func Categorical(k int) Family {
	if k < 2 {
		panic(badCategories)
	}
	return categorical{k}
}

type categorical struct{ k int }

func (f categorical) Dim() int       { return 1 }
func (f categorical) NumParams() int { return f.k - 1 }
func (f categorical) String() string { return fmt.Sprintf("Categorical(%d)", f.k) }

func (f categorical) New() Distribution {
	q := &CategoricalDist{f: f, cur: newCategories(f.k), next: newCategories(f.k)}
	q.cur.update()
	return q
}

// SufficientStats stores T(z), NaNs if z is no category.
func (f categorical) SufficientStats(dst Mean, z []float64) Mean {
	dst = meanOf(dst, f.k-1)
	mustLen(len(z), 1, badPointLength)
	j, ok := f.index(z[0])
	for i := range dst {
		switch {
		case !ok:
			dst[i] = math.NaN()
		case i == j:
			dst[i] = 1
		default:
			dst[i] = 0
		}
	}
	return dst
}

// index returns the category that z is, if it is one.
func (f categorical) index(z float64) (j int, ok bool) {
	if !(z >= 0 && z <= float64(f.k-1)) || z != math.Floor(z) {
		return 0, false
	}
	return int(z), true
}

// CategoricalDist is a member of Categorical. It implements KLer.
type CategoricalDist struct {
	f         categorical
	cur, next *categories // the next member is made in next
}

var _ KLer = (*CategoricalDist)(nil)

// categories is λ and what a member needs of it often.
type categories struct {
	λ       Natural
	p, logp []float64
	major   int     // the category of the largest probability
	rest    float64 // 1 − p of it, as the sum of the others
	a       float64 // log-partition
}

func newCategories(k int) *categories {
	return &categories{λ: make(Natural, k-1), p: make([]float64, k), logp: make([]float64, k)}
}

// update computes all the rest from λ, and reports whether λ is finite and no
// probability underflows.
func (c *categories) update() (ok bool) {
	last := len(c.λ)
	c.logp[last] = 0
	c.major = last
	for k, λ := range c.λ {
		c.logp[k] = λ
		if λ > c.logp[c.major] {
			c.major = k
		}
	}
	top := c.logp[c.major]
	var others float64
	for k, l := range c.logp {
		c.p[k] = math.Exp(l - top)
		if k != c.major {
			others += c.p[k]
		}
	}
	shift := math.Log1p(others)
	for k := range c.p {
		c.logp[k] = (c.logp[k] - top) - shift
		c.p[k] /= 1 + others
		if !isNormal(c.p[k]) {
			return false
		}
	}
	c.rest = others / (1 + others)
	c.a = top + shift
	return true
}

// adoptNext makes q the member with the parameter next.λ if it is legal.
func (q *CategoricalDist) adoptNext() (ok bool) {
	if !q.next.update() {
		return false
	}
	q.cur, q.next = q.next, q.cur
	return true
}

// Family returns Categorical(k).
func (q *CategoricalDist) Family() Family { return q.f }

// Prob stores the k probabilities.
func (q *CategoricalDist) Prob(dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, q.f.k)
	}
	mustLen(len(dst), q.f.k, badProbLength)
	copy(dst, q.cur.p)
	return dst
}

// SetProb makes the k probabilities of q proportional to p, which need not add
// up to 1. It reports false, and leaves q unchanged, if one of p is not
// positive and finite, or a probability underflows.
func (q *CategoricalDist) SetProb(p []float64) (ok bool) {
	mustLen(len(p), q.f.k, badProbLength)
	for _, x := range p {
		if !(x > 0) || !isFinite(x) {
			return false
		}
	}
	last := p[q.f.k-1]
	for k := range q.next.λ {
		q.next.λ[k] = logRatio(p[k], last)
	}
	return q.adoptNext()
}

// SetNatural refuses a λ that is not finite or makes a probability underflow.
func (q *CategoricalDist) SetNatural(λ Natural) bool {
	mustLen(len(λ), q.f.k-1, badNaturalLength)
	copy(q.next.λ, λ)
	return q.adoptNext()
}

// Natural returns λ.
func (q *CategoricalDist) Natural(dst Natural) Natural {
	dst = naturalOf(dst, q.f.k-1)
	copy(dst, q.cur.λ)
	return dst
}

// Mean returns μ.
func (q *CategoricalDist) Mean(dst Mean) Mean {
	dst = meanOf(dst, q.f.k-1)
	copy(dst, q.cur.p)
	return dst
}

// SetMean refuses μ unless all μ_k > 0 and Σμ < 1.
func (q *CategoricalDist) SetMean(μ Mean) bool {
	mustLen(len(μ), q.f.k-1, badMeanLength)
	// 1 − Σμ with the rounding errors of the sum added up (Neumaier).
	last, lost := 1., 0.
	for _, x := range μ {
		if !(x > 0 && x < 1) {
			return false
		}
		next := last - x
		if math.Abs(last) >= x {
			lost += (last - next) - x
		} else {
			lost += last - (next + x)
		}
		last = next
	}
	last += lost
	if !(last > 0) {
		return false
	}
	for k, x := range μ {
		q.next.λ[k] = logRatio(x, last)
	}
	return q.adoptNext()
}

// LogPartition returns A(λ).
func (q *CategoricalDist) LogPartition() float64 { return q.cur.a }

// LogProb returns log p_z, −Inf if z is no category.
func (q *CategoricalDist) LogProb(z []float64) float64 {
	mustLen(len(z), 1, badPointLength)
	j, ok := q.f.index(z[0])
	if !ok {
		return outsideOrNaN(z[0])
	}
	return q.cur.logp[j]
}

// Entropy returns −Σ p log p.
func (q *CategoricalDist) Entropy() float64 {
	var h float64
	for k, p := range q.cur.p {
		h -= p * q.cur.logp[k]
	}
	return h
}

// KL returns KL(q‖o). It panics if o is not a member of the same family.
func (q *CategoricalDist) KL(o Distribution) float64 {
	other, ok := o.(*CategoricalDist)
	if !ok || other.f != q.f {
		panic(badFamilies)
	}
	p, r := q.cur, other.cur
	// d_k = log r_k/p_k is a difference of natural parameters less ΔA. For near
	// members ΔA is log Σ p e^Δλ, without the cancellation.
	var near, far float64
	for k, λ := range p.λ {
		Δ := r.λ[k] - λ
		far = max(far, math.Abs(Δ))
		near += p.p[k] * math.Expm1(Δ)
	}
	ΔA := r.a - p.a
	if far < 1 {
		ΔA = math.Log1p(near)
	}
	var sum float64
	for k, prob := range p.p {
		d := -ΔA
		if k < len(p.λ) {
			d += r.λ[k] - p.λ[k]
		}
		if d < 1 {
			sum += prob * expm1Excess(d)
		} else {
			sum += r.p[k] - prob*(1+d)
		}
	}
	return sum
}

// Rand draws the index of a category.
func (q *CategoricalDist) Rand(dst []float64, rnd *rand.Rand) []float64 {
	dst = sliceOf(dst, 1)
	u := rnd.Float64()
	k := 0
	for ; k < q.f.k-1; k++ {
		if u -= q.cur.p[k]; u < 0 {
			break
		}
	}
	dst[0] = float64(k)
	return dst
}

// FisherMulVec stores F v, F = diag μ − μμᵀ.
func (q *CategoricalDist) FisherMulVec(dst Mean, v Natural) Mean {
	dst = meanOf(dst, q.f.k-1)
	mustLen(len(v), q.f.k-1, badNaturalLength)
	c := q.cur
	var others float64 // Σ p v without the major category, whose share is p v
	for k, x := range v {
		if k != c.major {
			others += c.p[k] * x
		}
	}
	all := others
	if c.major < len(v) {
		all += c.p[c.major] * v[c.major]
	}
	for k, x := range v {
		if k == c.major {
			dst[k] = c.p[k] * (x*c.rest - others)
		} else {
			dst[k] = c.p[k] * (x - all)
		}
	}
	return dst
}

// FisherSolve stores F⁻¹g = g/μ + (Σg)/p_{k−1}.
func (q *CategoricalDist) FisherSolve(dst Natural, g Mean) Natural {
	dst = naturalOf(dst, q.f.k-1)
	mustLen(len(g), q.f.k-1, badMeanLength)
	var sum float64
	for _, x := range g {
		sum += x
	}
	sum /= q.cur.p[q.f.k-1]
	for k, x := range g {
		dst[k] = x/q.cur.p[k] + sum
	}
	return dst
}
