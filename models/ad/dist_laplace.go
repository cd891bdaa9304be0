package ad

import "math"

// Laplace is the double exponential distribution with median μ and mean absolute
// deviation σ > 0:
//
//	log p = −|z| − log 2σ,  z = (x − μ)/σ
//
// The derivative at the kink, z = 0, is taken to be 0.
func Laplace(mu, scale Value) Dist {
	return Dist{law: laplace, args: [3]operand{operandOf(mu), operandOf(scale)}}
}

var laplace = &law{
	name: "Laplace", args: []argument{{"mu", anyReal}, {"scale", positive}}, support: anyReal,
	reads:   []int{2},
	prepare: func(p *point) { p.prepareScale(2, math.Ln2) },
	partials: func(p *point) float64 {
		z := (p.a[0] - p.a[1]) * p.pre[0]
		p.scale1(2, z, -sign(z))
		p.location1(1)
		return -math.Abs(z) - p.pre[1]
	},
	second: func(p *point) {
		z := (p.a[0] - p.a[1]) * p.pre[0]
		p.scale2(2, z, -sign(z), 0, -sign(z))
		p.location2(1)
	},
}

func sign(x float64) float64 {
	if x == 0 {
		return 0
	}
	return math.Copysign(1, x)
}

// Logistic is the logistic distribution with mean μ and scale σ > 0:
//
//	log p = −z − 2 log(1 + e⁻ᶻ) − log σ,  z = (x − μ)/σ
func Logistic(mu, scale Value) Dist {
	return Dist{law: logistic, args: [3]operand{operandOf(mu), operandOf(scale)}}
}

var logistic = &law{
	name: "Logistic", args: []argument{{"mu", anyReal}, {"scale", positive}}, support: anyReal,
	reads:   []int{2},
	prepare: func(p *point) { p.prepareScale(2, 0) },
	partials: func(p *point) float64 {
		// The density is even in z.
		z := (p.a[0] - p.a[1]) * p.pre[0]
		e := math.Exp(-math.Abs(z))
		p.scale1(2, z, -math.Tanh(0.5*z))
		p.location1(1)
		return -math.Abs(z) - 2*math.Log1p(e) - p.pre[1]
	},
	second: func(p *point) {
		z := (p.a[0] - p.a[1]) * p.pre[0]
		e := math.Exp(-math.Abs(z))
		f1, f2 := -math.Tanh(0.5*z), -2*e/((1+e)*(1+e))
		p.scale2(2, z, f1, f2, f1+z*f2)
		p.location2(1)
	},
}
