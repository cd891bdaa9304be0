package ad

import "math"

var logSqrt2Pi = 0.5 * math.Log(2*math.Pi)

// Normal is N(μ, σ²), with standard deviation σ > 0:
//
//	log p = −½((x − μ)/σ)² − log σ − ½ log 2π
func Normal(mu, sigma Value) Dist {
	return Dist{law: normal, args: [3]operand{operandOf(mu), operandOf(sigma)}}
}

var normal = &law{
	name: "Normal", args: []argument{{"mu", anyReal}, {"sigma", positive}}, support: anyReal,
	prepare: func(pre, a *[4]float64) {
		pre[0] = 1 / a[2]
		pre[1] = math.Log(a[2]) + logSqrt2Pi
	},
	partials: func(d, a, pre *[4]float64) float64 {
		z := (a[0] - a[1]) * pre[0]
		d[0], d[1], d[2] = -z*pre[0], z*pre[0], (z*z-1)*pre[0]
		return -0.5*z*z - pre[1]
	},
	second: func(h *[4][4]float64, a, pre *[4]float64) {
		z, r2 := (a[0]-a[1])*pre[0], pre[0]*pre[0]
		h[0][0], h[1][0], h[1][1] = -r2, r2, -r2
		h[2][0], h[2][1], h[2][2] = 2*z*r2, -2*z*r2, (1-3*z*z)*r2
	},
}
