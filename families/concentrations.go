package families

import "math"

// concentrations is what Beta and Dirichlet have in common: α, and what a
// member needs of it often. With α₀ = Σα, p = α/α₀ and Stirling's error s(x) of
// log Γ(x),
//
//	norm = ½ Σ log α_k − ½ log α₀ − (K−1) ½ log 2π − Σ s(α_k) + s(α₀)
//	A    = Σ log Γ(α_k) − log Γ(α₀) = Σ α_k log p_k − norm
//
// The concentration of the largest, the major coordinate, may be α₀ to all its
// digits; what depends on their difference is computed from the sum of the others.
//
// What takes a transcendental function of every α_k is computed when it is asked for.
type concentrations struct {
	α     []float64
	α0    float64
	rest  float64 // Σ α_j without the major one
	major int
	least float64

	haveNorm bool
	logp     []float64 // log α_k/α₀
	norm     float64
	a        float64 // log-partition

	haveTails  bool
	drop, tail []float64 // see tails

	haveψ1 bool
	ψ1     []float64 // ψ₁(α_k)
}

func newConcentrations(k int) *concentrations {
	c := new(concentrations)
	for _, v := range []*[]float64{&c.α, &c.logp, &c.drop, &c.tail, &c.ψ1} {
		*v = make([]float64, k)
	}
	for i := range c.α {
		c.α[i] = 1
	}
	c.update()
	return c
}

// sum computes α0, rest, major and least from α, and reports whether all of α is
// positive and finite.
func (c *concentrations) sum() (ok bool) {
	c.haveNorm, c.haveTails, c.haveψ1 = false, false, false
	c.major, c.rest, c.least = 0, 0, math.Inf(1)
	var top float64
	for k, α := range c.α {
		if !(α > 0) {
			return false
		}
		if α < c.least {
			c.least = α
		}
		if α > top {
			c.rest += top
			top, c.major = α, k
		} else {
			c.rest += α
		}
	}
	c.α0 = c.rest + top
	return isFinite(c.α0)
}

// restOf returns Σ_{j≠k} α_j. It is at least half of α₀ but for the major one.
func (c *concentrations) restOf(k int) float64 {
	if k == c.major {
		return c.rest
	}
	return c.α0 - c.α[k]
}

// surelyFinite bounds α₀ and α₀/α_k where A must be finite.
const surelyFinite = 1e290

// update takes in α, and reports whether it is in the domain and its log-partition
// finite.
func (c *concentrations) update() (ok bool) {
	if !c.sum() {
		return false
	}
	if c.α0 < surelyFinite && c.α0 < surelyFinite*c.least {
		return true
	}
	return isFinite(c.normalized().a)
}

// normalized makes sure of logp, norm and a.
func (c *concentrations) normalized() *concentrations {
	if c.haveNorm {
		return c
	}
	c.haveNorm = true
	c.norm = stirlingError(c.α0) - 0.5*math.Log(c.α0) - float64(len(c.α)-1)*halfLog2Pi
	c.a = 0
	for k, α := range c.α {
		c.logp[k] = -math.Log1p(c.restOf(k) / α)
		c.norm += 0.5*math.Log(α) - stirlingError(α)
		c.a += α * c.logp[k]
	}
	c.a -= c.norm
	return c
}

// logProbTerm returns −α_k (u − 1 − log u) − log z with u = z/p_k: these and
// norm add up to the log-density, as Σ α_k (u_k − 1) = 0 where Σz = 1.
func (c *concentrations) logProbTerm(k int, z float64) float64 {
	α, logz := c.α[k], math.Log(z)
	t := math.FMA(z, c.α0, -α) / α
	if t < -0.5 {
		return -α*(t-(logz-c.logp[k])) - logz
	}
	return -α*log1pExcess(t) - logz
}

// fisherMul stores F v, F = diag ψ₁(α_k) − ψ₁(α₀) 11ᵀ.
func (c *concentrations) fisherMul(dst Mean, v Natural) {
	var others float64 // Σ v without the major one
	for k, x := range v {
		if k != c.major {
			others += x
		}
	}
	m := c.major
	c0 := Trigamma(c.α0)
	shared := c0 * (others + v[m])
	for k, ψ1 := range c.trigammas() {
		if k != m {
			dst[k] = ψ1*v[k] - shared
		}
	}
	dst[m] = trigammaDrop(c.α[m], c.rest)*v[m] - c0*others
}

// fisherSolve stores F⁻¹g. With w_k = 1/ψ₁(α_k), by the formula of Sherman and
// Morrison,
//
//	F⁻¹ = diag w + w wᵀ/D,   D = 1/ψ₁(α₀) − Σ w_k > 0
//
// where no entry is negative. dst may be g here.
func (c *concentrations) fisherSolve(dst Natural, g Mean) {
	var dot float64
	ψ1 := c.trigammas()
	for k, x := range g {
		dot += x / ψ1[k]
	}
	dot /= c.schur()
	for k, x := range g {
		dst[k] = (x + dot) / ψ1[k]
	}
}

// schur returns D = w(α₀) − Σ w(α_k), w = 1/ψ₁. For large α it is near (K−1)/2,
// and for small α of the order of α², while w is near x − ½ and x². So it is
//
//	Σ_{k≠m} e(α_k) − (e(α₀) − e(α_m)),   e(x) = x − w(x)
//
// for the major m if the others add up to more than 1, and
// (w(α₀) − w(α_m)) − Σ_{k≠m} w(α_k) otherwise. In both forms, what is subtracted
// is well below the sum it is subtracted from.
func (c *concentrations) schur() float64 {
	m := c.major
	x, rest := c.α[m], c.rest
	var sum float64
	if rest > 1 {
		for k, α := range c.α {
			if k != m {
				sum += trigammaDefect(α)
			}
		}
		return sum - (trigammaDefect(c.α0) - trigammaDefect(x))
	}
	for k, ψ1 := range c.trigammas() {
		if k != m {
			sum += 1 / ψ1
		}
	}
	if rest > 0.25*x {
		return 1/Trigamma(c.α0) - 1/c.ψ1[m] - sum
	}
	// w′ = −ψ₂/ψ₁²
	rule := &unitRules()[1]
	var slope float64
	for i, s := range rule.x {
		w := 1 / Trigamma(x+s*rest)
		slope += rule.weight[i] * tetragamma(x+s*rest) * w * w
	}
	return rest*slope - sum
}

// trigammaDefect returns x − 1/ψ₁(x), which rises from 0 to ½.
func trigammaDefect(x float64) float64 { return xTrigammaMinusOne(x) / Trigamma(x) }

// trigammaDrop returns ψ₁(x) − ψ₁(x+d) for d ≥ 0, to full relative precision.
func trigammaDrop(x, d float64) float64 {
	if d > 0.25*x {
		return Trigamma(x) - Trigamma(x+d)
	}
	rule := &unitRules()[1]
	var sum float64
	for i, s := range rule.x {
		sum += rule.weight[i] * tetragamma(x+s*d)
	}
	return d * sum
}

// kl returns KL(p‖q). With the Bregman divergence R of log Γ(x) − x log x + x
// (see shapeKL) it is
//
//	Σ R(α_k, β_k) − R(α₀, β₀) + Σ β_k (u_k − 1 − log u_k),   u_k = p_k/q_k
//
// for the concentrations α of p and β of q. The last sum is β₀ times the
// divergence of the two vectors of expected probabilities.
func (p *concentrations) kl(q *concentrations) float64 {
	p.normalized()
	q.normalized()
	var Δ0, sum float64
	for k, α := range p.α {
		Δ0 += q.α[k] - α
	}
	scale := q.α0 / p.α0
	for k, α := range p.α {
		β := q.α[k]
		sum += shapeKL(α, β, β-α)
		r := α / β
		t := r*scale - 1
		switch {
		case t < -0.5:
			sum += β * (t - (p.logp[k] - q.logp[k]))
			continue
		case math.Abs(t) < 0.25 && math.Abs(Δ0) < 0.5*p.α0:
			// The same, from differences that are exact for near members.
			t = r*(Δ0/p.α0) - (β-α)/β
		}
		sum += β * log1pExcess(t)
	}
	return sum - shapeKL(p.α0, q.α0, Δ0)
}
