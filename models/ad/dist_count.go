package ad

import "math"

// Poisson is the Poisson distribution of counts x with mean λ ≥ 0:
//
//	log p = x log λ − λ − log x!
//
// With λ = 0 all mass is at x = 0.
func Poisson(rate Value) Dist {
	return Dist{law: poisson, args: [3]operand{operandOf(rate)}}
}

var poisson = &law{
	name: "Poisson", args: []argument{{"rate", nonNegative}}, support: countData,
	within: noneAtZeroMean,
	partials: func(p *point) float64 {
		x, λ := p.a[0], p.a[1]
		if p.on[0] {
			p.d[0] = math.Log(λ) - digamma(x+1)
		}
		p.d[1] = -1
		if x == 0 {
			return -λ
		}
		p.d[1] += x / λ
		return x*math.Log(λ) - λ - logFactorial(x)
	},
	second: func(p *point) {
		x, λ := p.a[0], p.a[1]
		if p.on[0] {
			p.h[0][0], p.h[1][0] = -trigamma(x+1), 1/λ
		}
		p.h[1][1] = 0
		if x != 0 {
			p.h[1][1] = -x / λ / λ
		}
	},
}

// noneAtZeroMean reports whether a count x is possible with mean a[1].
func noneAtZeroMean(a *[4]float64) bool { return a[0] == 0 || a[1] > 0 }

// PoissonLog is the Poisson distribution of counts x with mean eᶠ:
//
//	log p = x f − eᶠ − log x!
func PoissonLog(logRate Value) Dist {
	return Dist{law: poissonLog, args: [3]operand{operandOf(logRate)}}
}

var poissonLog = &law{
	name: "PoissonLog", args: []argument{{"logRate", anyReal}}, support: countData,
	partials: func(p *point) float64 {
		x, f := p.a[0], p.a[1]
		λ := math.Exp(f)
		if p.on[0] {
			p.d[0] = f - digamma(x+1)
		}
		p.d[1] = x - λ
		return x*f - λ - logFactorial(x)
	},
	second: func(p *point) {
		if p.on[0] {
			p.h[0][0] = -trigamma(p.a[0] + 1)
		}
		p.h[1][0], p.h[1][1] = 1, -math.Exp(p.a[1])
	},
}
