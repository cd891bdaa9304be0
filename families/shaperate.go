package families

import "math"

// shapeRate is what Gamma and InverseGamma have in common: α, β, and what a
// member needs of them often.
type shapeRate struct {
	α, β    float64
	logβ    float64
	logMean float64 // log(α/β)
	δ       float64 // log α − ψ(α)
	norm    float64 // α log α − α − log Γ(α), the log-density of log x at x = E[x]
	a       float64 // log-partition: log Γ(α) − α log β
}

// newShapeRate reports whether α and β are a shape and a rate with a finite
// log-partition and finite means.
func newShapeRate(α, β float64) (g shapeRate, ok bool) {
	if !(α > 0) || !isFinite(α) || !isNormal(β) || !isNormal(α/β) {
		return g, false
	}
	g = shapeRate{α: α, β: β, logβ: math.Log(β), logMean: logRatio(α, β), δ: logMinusDigamma(α)}
	// Stirling's formula has the terms of the size of α.
	g.norm = 0.5*math.Log(α) - halfLog2Pi - stirlingError(α)
	if α < 10 {
		g.a = lgamma(α) - α*g.logβ
	} else {
		g.a = α*(g.logMean-1) - g.norm
	}
	return g, isFinite(g.a) && isFinite(g.δ)
}

// shapeRateOfMean returns α and β with α/β = mean and ψ(α) − log β = elog, for
// the mean and the expected logarithm of a Gamma. Where there are none the
// results are not positive and finite.
func shapeRateOfMean(elog, mean float64) (α, β float64) {
	s := math.Log(mean) - elog
	if s < 0.5 && math.Abs(elog) > 1 && math.Abs(elog) < 700 {
		// The same without an error of the size of a unit in the last place of
		// elog: this difference is 1/(2α) for large α.
		u := math.Exp(elog)
		s = math.Log1p((mean - u) / u)
	}
	α = gammaShape(s)
	return α, α / mean
}

// meanLog returns ψ(α) − log β.
func (g *shapeRate) meanLog() float64 {
	if g.α < 1 {
		return Digamma(g.α) - g.logβ
	}
	return g.logMean - g.δ
}

// entropy returns the entropy of the Gamma.
func (g *shapeRate) entropy() float64 {
	// α − log β + log Γ(α) + (1−α) ψ(α), without terms of the size of α.
	return g.logMean - g.norm + (g.α-1)*g.δ
}

// logProb returns the log-density of the Gamma in log x, at x/E[x] = 1+t and
// log x = logx:
//
//	α log x − β x − A = norm − α (t − log(1+t))
func (g *shapeRate) logProb(t, logx float64) float64 {
	if t < -0.5 {
		return g.norm - g.α*(t-(logx-g.logMean))
	}
	return g.norm - g.α*log1pExcess(t)
}

// fisherMul multiplies by F = [[ψ₁(α), 1/β], [1/β, α/β²]], the Fisher
// information of the Gamma in (α, −β).
func (g *shapeRate) fisherMul(v1, v2 float64) (float64, float64) {
	return Trigamma(g.α)*v1 + v2/g.β, (v1 + g.α/g.β*v2) / g.β
}

// fisherSolve multiplies by F⁻¹ = [[α, −β], [−β, β² ψ₁(α)]] / (α ψ₁(α) − 1).
func (g *shapeRate) fisherSolve(g1, g2 float64) (float64, float64) {
	det := xTrigammaMinusOne(g.α)
	u := g.β * g2
	return (g.α*g1 - u) / det, g.β * ((Trigamma(g.α)*u - g1) / det)
}

// kl returns KL(p‖q), the same for Gamma and InverseGamma. It is the sum
//
//	α_q (u − 1 − log u) + R(α_p, α_q),   u = E_p[x]/E_q[x]
//
// of two divergences that are not negative, of rates and of shapes.
func (p *shapeRate) kl(q *shapeRate) float64 {
	x, y := p.α/q.α, p.β/q.β
	t := (x - y) / y
	if t < -0.5 {
		return q.α*(t-(p.logMean-q.logMean)) + shapeKL(p.α, q.α, q.α-p.α)
	}
	if w := p.β * q.α; math.Abs(t) < 0.25 && w > 1e-280 && w < 1e300 {
		// α_p β_q − β_p α_q to full relative precision.
		t = (math.FMA(p.α, q.β, -w) + math.FMA(-p.β, q.α, w)) / w
	}
	return q.α*log1pExcess(t) + shapeKL(p.α, q.α, q.α-p.α)
}

// shapeKL returns, for c = a + d with d known better than c,
//
//	R(a, c) = G(c) − G(a) − G′(a) d,   G(x) = log Γ(x) − x log x + x
//
// the Bregman divergence of a convex function, G″ = ψ₁ − 1/x: the KL divergence
// of two Gammas of shapes a and c and the same mean.
func shapeKL(a, c, d float64) float64 {
	if d == 0 {
		return 0
	}
	if r := c / a; r < 0.5 || r > 2 {
		return stirlingError(c) - stirlingError(a) - 0.5*(math.Log(c)-math.Log(a)) + d*logMinusDigamma(a)
	}
	// Taylor's formula: ∫₀¹ (1−s) d² G″(a + s d) ds.
	rule := &unitRules()[2]
	var sum float64
	for i, s := range rule.x {
		x := a + s*d
		sum += rule.weight[i] * (1 - s) * (d / x) * xTrigammaMinusOne(x)
	}
	return d * sum
}

// retract returns the shape and rate reached along (dα, dβ) by the geodesic to
// second order in the blocks η₁ = α and η₂ = β/α, in which the Fisher
// information is diagonal (Lin, Schmidt & Khan 2020):
//
//	η₁ ← η₁ + dη₁ − ½ Γ¹₁₁ dη₁²,   Γ¹₁₁ = (α² ψ₂(α) + 1) / (2α (α ψ₁(α) − 1))
//	η₂ ← η₂ + dη₂ − ½ Γ²₂₂ dη₂²,   Γ²₂₂ = −1/η₂
//
// Both stay positive: −α Γ¹₁₁ is between 1 and 1.09, so that neither falls to
// less than half.
func (g *shapeRate) retract(dα, dβ float64) (α, β float64) {
	κ := x2TetragammaMinusOne(g.α) / (2 * xTrigammaMinusOne(g.α)) // −α Γ¹₁₁
	u := dα / g.α
	r := dβ/g.β - u
	s := 1 + u*(1+0.5*κ*u)
	return g.α * s, g.β * s * (1 + r*(1+0.5*r))
}

// x2TetragammaMinusOne returns −x² ψ₂(x) − 1 for x > 0, which is 2/x for small
// and 1/x for large x.
func x2TetragammaMinusOne(x float64) float64 {
	if x < 1 {
		return x*x*tetragamma(1+x) + (2-x)/x
	}
	u := 1 / x
	w := u * u
	return u + w*ratio9(&tetragammaNum, &tetragammaDen, w)
}

// positiveExp returns e^x, held in the positive normal numbers.
func positiveExp(x float64) float64 {
	return min(max(math.Exp(x), 0x1p-1022), math.MaxFloat64)
}
