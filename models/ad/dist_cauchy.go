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
		p.scale1(2, z, -2/(z+1/z))
		p.location1(1)
		return -log1pSquare(z) - p.pre[1]
	},
	second: func(p *point) {
		z := (p.a[0] - p.a[1]) * p.pre[0]
		p.scale2(cauchySecond(2, z))
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
		p.scale1(1, z, -2/(z+1/z))
		return -log1pSquare(z) - p.pre[1]
	},
	second: func(p *point) {
		z := p.a[0] * p.pre[0]
		p.scale2(cauchySecond(1, z))
	},
}

// The square of z overflows long before the density vanishes: what follows does not
// need it there. −2/(z + 1/z), which is f′ = −2z/(1 + z²), is 0 at 0 as it should be.

// log1pSquare returns log(1 + z²).
func log1pSquare(z float64) float64 {
	if z = math.Abs(z); z > 1e100 {
		return 2 * math.Log(z)
	}
	return math.Log1p(z * z)
}

// cauchySecond returns what scale2 takes.
func cauchySecond(k int, z float64) (int, float64, float64, float64, float64) {
	q, s := 1/(1+z*z), 1/(1+1/z/z) // 1/(1 + z²) and z²/(1 + z²)
	f1 := -2 / (z + 1/z)
	return k, z, f1, 2 * (s - q) * q, 2 * f1 * q
}
