package families

import (
	"math"

	"natgrad/families/internal/lanes"
)

// Of concentrations α_k, let x_k be α_k where that is at least 1 and α_k + 1 below, and
// t(x) = log x − ψ(x) there. With α₀ ≥ 2,
//
//	μ_k = −(log α₀/x_k + t(x_k) − t(α₀) + [α_k < 1]/α_k)
//
// of which all parts but for t(α₀) < t(x_k) have the same sign. The entropy is
//
//	Σ e_k − (K−½) log α₀ + (K−1) ½ log 2π − s(α₀) − (α₀−K) t(α₀)
//	e_k = s(α_k) + (α_k−1) t(α_k) + ½ log α_k                         α_k ≥ 1
//	    = s(x_k) + (α_k−1) t(x_k) + 3/2 log x_k − log α_k − 1/α_k     α_k < 1
//
// in which sums of logarithms are those of products.

// wideFrom is the least α₀ for these.
const wideFrom = 2

// laneBlock is how many numbers go through the lanes at once.
const laneBlock = 256

// below1 returns v where α < 1, and else 0. It has no branch: which α are below 1 cannot be
// foreseen in topics.
func below1(α, v float64) float64 {
	const one = 0x3ff0000000000000
	return math.Float64frombits(math.Float64bits(v) & uint64(int64(math.Float64bits(α)-one)>>63))
}

// tails makes sure of drop = log α₀/x and tail = t(x).
func (c *concentrations) tails() {
	if c.haveTails {
		return
	}
	c.haveTails = true
	var u, r [laneBlock]float64
	for lo := 0; lo < len(c.α); lo += laneBlock {
		hi := min(lo+laneBlock, len(c.α))
		u, r := u[:hi-lo], r[:hi-lo]
		lanes.Shifted(u, r, c.α[lo:hi])
		lanes.Ratio(r, r, digammaNum[:], digammaDen[:])
		drop, tail := c.drop[lo:hi], c.tail[lo:hi]
		for i, u := range u {
			tail[i] = u * (0.5 + u*r[i])
			drop[i] = c.α0 * u
		}
		lanes.Log(drop, drop)
	}
	if α := c.α[c.major]; α >= 1 {
		c.drop[c.major] = math.Log1p(c.rest / α)
	}
}

// mean stores ψ(α_k) − ψ(α₀).
func (c *concentrations) mean(μ Mean) {
	if c.α0 < wideFrom {
		for k, α := range c.α {
			μ[k] = -digammaDiff(α, c.restOf(k))
		}
		return
	}
	c.tails()
	last := logMinusDigamma(c.α0)
	for k, α := range c.α {
		μ[k] = -((c.drop[k] + (c.tail[k] - last)) + below1(α, 1/α))
	}
	μ[c.major] = -digammaDiff(c.α[c.major], c.rest)
}

// entropy returns A − Σ (α_k − 1) μ_k, without terms of the size of α.
func (c *concentrations) entropy() float64 {
	n := float64(len(c.α))
	if c.α0 < wideFrom {
		h := -c.normalized().norm
		for k, α := range c.α {
			h += c.logp[k] + (α-1)*logMinusDigamma(α)
		}
		return h - (c.α0-n)*logMinusDigamma(c.α0)
	}
	c.tails()
	h := (n-1)*halfLog2Pi - stirlingError(c.α0) - (c.α0-n)*logMinusDigamma(c.α0)
	logs := -(n - 0.5) // of log α₀ in h
	product := 1.0     // of α_k < 1 since it was last taken into h
	var u, r [laneBlock]float64
	for lo := 0; lo < len(c.α); lo += laneBlock {
		hi := min(lo+laneBlock, len(c.α))
		u, r := u[:hi-lo], r[:hi-lo]
		lanes.Shifted(u, r, c.α[lo:hi])
		lanes.Ratio(r, r, stirlingNum[:], stirlingDen[:])
		drop, tail := c.drop[lo:hi], c.tail[lo:hi]
		for i, α := range c.α[lo:hi] {
			weight := 0.5 + below1(α, 1)
			logs += weight
			h += u[i]*r[i] + (α-1)*tail[i] - weight*drop[i] - below1(α, 1/α)
			if α < 1e-20 { // log α is below the rounding of 1/α
				continue
			}
			if product *= min(α, 1); product < 1e-280 {
				h -= math.Log(product)
				product = 1
			}
		}
	}
	return h - math.Log(product) + logs*math.Log(c.α0)
}

// trigammas makes sure of ψ1 and returns it.
func (c *concentrations) trigammas() []float64 {
	if c.haveψ1 {
		return c.ψ1
	}
	c.haveψ1 = true
	var u, w, r [laneBlock]float64
	for lo := 0; lo < len(c.α); lo += laneBlock {
		hi := min(lo+laneBlock, len(c.α))
		u, w, r := u[:hi-lo], w[:hi-lo], r[:hi-lo]
		lanes.Shifted(u, w, c.α[lo:hi])
		lanes.Ratio(r, w, trigammaNum[:], trigammaDen[:])
		ψ1 := c.ψ1[lo:hi]
		for i, α := range c.α[lo:hi] {
			ψ1[i] = below1(α, 1/α/α) + (u[i] + w[i]*(0.5+u[i]*r[i]))
		}
	}
	return c.ψ1
}
