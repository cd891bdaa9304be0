package ad

import "math"

// Exponential is the exponential distribution of x ≥ 0 with rate λ > 0, mean 1/λ:
//
//	log p = log λ − λ x
func Exponential(rate Value) Dist {
	return Dist{law: exponential, args: [3]operand{operandOf(rate)}}
}

var exponential = &law{
	name: "Exponential", args: []argument{{"rate", positive}}, support: nonNegative,
	reads:   []int{1},
	prepare: func(p *point) { p.pre[0], p.pre[1] = math.Log(p.a[1]), 1/p.a[1] },
	partials: func(p *point) float64 {
		x, λ := p.a[0], p.a[1]
		p.d[0], p.d[1] = -λ, p.pre[1]-x
		return p.pre[0] - λ*x
	},
	second: func(p *point) { p.h[1][0], p.h[1][1] = -1, -p.pre[1]*p.pre[1] },
}

// Gamma is the gamma distribution of x > 0 with shape α > 0 and rate β > 0, mean
// α/β:
//
//	log p = α log β + (α − 1) log x − β x − log Γ(α)
func Gamma(shape, rate Value) Dist {
	return Dist{law: gamma, args: [3]operand{operandOf(shape), operandOf(rate)}}
}

var gamma = &law{
	name: "Gamma", args: []argument{{"shape", positive}, {"rate", positive}}, support: positive,
	reads:   []int{1, 2},
	prepare: prepareGamma,
	partials: func(p *point) float64 {
		x, α, β := p.a[0], p.a[1], p.a[2]
		logx := math.Log(x)
		logt := p.pre[0] + logx
		p.d[0], p.d[1], p.d[2] = (α-1)/x-β, logt-p.pre[2], α/β-x
		return p.gammaKernel(β*x, logt) - logx
	},
	second: func(p *point) {
		x, α, β := p.a[0], p.a[1], p.a[2]
		p.h[0][0] = -(α - 1) / x / x
		p.h[1][0], p.h[1][1] = 1/x, -trigamma(α)
		p.h[2][0], p.h[2][1], p.h[2][2] = -1, 1/β, -α/β/β
	},
}

// InverseGamma is the distribution of x > 0 whose reciprocal is Gamma with shape
// α > 0 and rate β > 0, the scale of x, with mean β/(α − 1):
//
//	log p = α log β − (α + 1) log x − β/x − log Γ(α)
func InverseGamma(shape, scale Value) Dist {
	return Dist{law: inverseGamma, args: [3]operand{operandOf(shape), operandOf(scale)}}
}

var inverseGamma = &law{
	name: "InverseGamma", args: []argument{{"shape", positive}, {"scale", positive}}, support: positive,
	reads:   []int{1, 2},
	prepare: prepareGamma,
	partials: func(p *point) float64 {
		x, α, β := p.a[0], p.a[1], p.a[2]
		logx := math.Log(x)
		logt := p.pre[0] - logx
		p.d[0], p.d[1], p.d[2] = (β/x-(α+1))/x, logt-p.pre[2], α/β-1/x
		return p.gammaKernel(β/x, logt) - logx
	},
	second: func(p *point) {
		x, α, β := p.a[0], p.a[1], p.a[2]
		p.h[0][0] = ((α + 1) - 2*β/x) / x / x
		p.h[1][0], p.h[1][1] = -1/x, -trigamma(α)
		p.h[2][0], p.h[2][1], p.h[2][2] = 1/x/x, 1/β, -α/β/β
	},
}

// prepareGamma stores log β, the normaliser and ψ(α) of shape α = a[1] and β =
// a[2].
func prepareGamma(p *point) {
	α := p.a[1]
	p.pre[0] = math.Log(p.a[2])
	p.pre[1] = lgamma(α)
	p.pre[2] = digamma(α)
	if α >= stirlingFrom {
		p.pre[3] = stirling(α) + halfLog2Pi - 0.5*math.Log(α)
	}
}

// gammaKernel returns α log t − t − log Γ(α), for large α and t near it without
// a difference of large numbers.
func (p *point) gammaKernel(t, logt float64) float64 {
	α := p.a[1]
	if u := (t - α) / α; α >= stirlingFrom && math.Abs(u) < 0.5 {
		return α*log1pmx(u) - p.pre[3]
	}
	return α*logt - t - p.pre[1]
}
