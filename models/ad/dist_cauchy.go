package ad

import "math"

var logPi = math.Log(math.Pi)

// Cauchy is the Cauchy distribution with median μ and half width at half maximum
// σ > 0:
//
//	log p = −log(1 + z²) − log σ − log π,  z = (x − μ)/σ
func Cauchy(mu, scale Value) Dist {
	return Dist{law: cauchy, args: [3]operand{operandOf(mu), operandOf(scale)}}
}

var cauchy = &law{
	name: "Cauchy", args: []argument{{"mu", anyReal}, {"scale", positive}}, support: anyReal,
	reads:   []int{2},
	prepare: func(p *point) { p.prepareScale(2, logPi) },
	partials: func(p *point) float64 {
		z := (p.a[0] - p.a[1]) * p.pre[0]
		p.scale1(2, z, -2*z/(1+z*z))
		p.location1(1)
		return -math.Log1p(z*z) - p.pre[1]
	},
	second: func(p *point) {
		z := (p.a[0] - p.a[1]) * p.pre[0]
		q := 1 / (1 + z*z)
		p.scale2(2, z, -2*z*q, 2*(z*z*q-q)*q, -4*z*q*q)
		p.location2(1)
	},
}

// HalfCauchy is the absolute value of a Cauchy variable of median 0, x ≥ 0, with
// scale σ > 0:
//
//	log p = −log(1 + z²) − log σ − log(π/2),  z = x/σ
func HalfCauchy(scale Value) Dist {
	return Dist{law: halfCauchy, args: [3]operand{operandOf(scale)}}
}

var halfCauchy = &law{
	name: "HalfCauchy", args: []argument{{"scale", positive}}, support: nonNegative,
	reads:   []int{1},
	prepare: func(p *point) { p.prepareScale(1, logPi-math.Ln2) },
	partials: func(p *point) float64 {
		z := p.a[0] * p.pre[0]
		p.scale1(1, z, -2*z/(1+z*z))
		return -math.Log1p(z*z) - p.pre[1]
	},
	second: func(p *point) {
		z := p.a[0] * p.pre[0]
		q := 1 / (1 + z*z)
		p.scale2(1, z, -2*z*q, 2*(z*z*q-q)*q, -4*z*q*q)
	},
}
