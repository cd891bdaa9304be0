package ad

import "math"

// Beta is the beta distribution of 0 < x < 1 with a, b > 0, mean a/(a + b):
//
//	log p = (a − 1) log x + (b − 1) log(1 − x) + log Γ(a + b) − log Γ(a) − log Γ(b)
func Beta(a, b Value) Dist {
	return Dist{law: beta, args: [3]operand{operandOf(a), operandOf(b)}}
}

var beta = &law{
	name: "Beta", args: []argument{{"a", positive}, {"b", positive}}, support: unitOpen,
	reads: []int{1, 2},
	prepare: func(p *point) {
		big, small := max(p.a[1], p.a[2]), min(p.a[1], p.a[2])
		c := riseOf(big)
		p.pre[0] = c.value(small) + small*c.log - lgamma(small)
		// ψ(a + b) − ψ(a) and ψ(a + b) − ψ(b).
		p.pre[1], p.pre[2] = c.digammaRise(small), digamma(big+small)-digamma(small)
		if p.a[1] < p.a[2] {
			p.pre[1], p.pre[2] = p.pre[2], p.pre[1]
		}
	},
	partials: func(p *point) float64 {
		x, a, b := p.a[0], p.a[1], p.a[2]
		l, m := math.Log(x), math.Log1p(-x)
		p.d[0], p.d[1], p.d[2] = (a-1)/x-(b-1)/(1-x), l+p.pre[1], m+p.pre[2]
		return (a-1)*l + (b-1)*m + p.pre[0]
	},
	second: func(p *point) {
		x, a, b := p.a[0], p.a[1], p.a[2]
		y := 1 - x
		ra, rb := riseOf(a), riseOf(b)
		p.h[0][0] = -(a-1)/x/x - (b-1)/y/y
		p.h[1][0], p.h[1][1] = 1/x, ra.trigammaRise(b)
		p.h[2][0], p.h[2][1], p.h[2][2] = -1/y, trigamma(a+b), rb.trigammaRise(a)
	},
}

// Uniform is the uniform distribution of lo ≤ x ≤ hi, lo < hi:
//
//	log p = −log(hi − lo)
func Uniform(lo, hi Value) Dist {
	return Dist{law: uniform, args: [3]operand{operandOf(lo), operandOf(hi)}}
}

var uniform = &law{
	name: "Uniform", args: []argument{{"lo", anyReal}, {"hi", anyReal}}, support: anyReal,
	within:  func(a *[4]float64) bool { return a[1] < a[2] && a[1] <= a[0] && a[0] <= a[2] },
	reads:   []int{1, 2},
	prepare: func(p *point) { p.pre[0] = 1 / (p.a[2] - p.a[1]); p.pre[1] = math.Log(p.a[2] - p.a[1]) },
	partials: func(p *point) float64 {
		p.d[1], p.d[2] = p.pre[0], -p.pre[0]
		return -p.pre[1]
	},
	second: func(p *point) {
		r2 := p.pre[0] * p.pre[0]
		p.h[1][1], p.h[2][1], p.h[2][2] = r2, -r2, r2
	},
}
