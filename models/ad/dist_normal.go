package ad

import "math"

// Normal is N(μ, σ²), with standard deviation σ > 0:
//
//	log p = −½ z² − log σ − ½ log 2π,  z = (x − μ)/σ
func Normal(mu, sigma Value) Dist {
	return Dist{law: normal, args: [3]operand{operandOf(mu), operandOf(sigma)}}
}

var normal = &law{
	name: "Normal", args: []argument{{"mu", anyReal}, {"sigma", positive}}, support: anyReal,
	reads:   []int{2},
	prepare: func(p *point) { p.prepareScale(2, halfLog2Pi) },
	partials: func(p *point) float64 {
		z := (p.a[0] - p.a[1]) * p.pre[0]
		p.d[0], p.d[1], p.d[2] = -z*p.pre[0], z*p.pre[0], (z*z-1)*p.pre[0]
		return -0.5*z*z - p.pre[1]
	},
	sum: sumNormal,
	second: func(p *point) {
		z := (p.a[0] - p.a[1]) * p.pre[0]
		p.scale2(2, z, -z, -1, -2*z)
		p.location2(1)
	},
}

// sumNormal is the sum of a Normal with one σ.
func sumNormal(w *lawArgs, n int) float64 {
	x, μ, r := w.v[0], w.v[1], w.pre[0]
	sx, sμ := w.step[0], w.step[1]
	dx, dμ, dσ := w.saved[0], w.saved[1], w.saved[2]
	eachX, eachμ := len(dx) == n, len(dμ) == n
	var s1, s2 float64
	for i := range n {
		z := (x[i*sx] - μ[i*sμ]) * r
		s1 += z
		s2 += z * z
		if eachX {
			dx[i] = -z * r
		}
		if eachμ {
			dμ[i] = z * r
		}
	}
	if len(dx) == 1 {
		dx[0] = -s1 * r
	}
	if len(dμ) == 1 {
		dμ[0] = s1 * r
	}
	if dσ != nil {
		dσ[0] = (s2 - float64(n)) * r
	}
	return -0.5*s2 - float64(n)*w.pre[1]
}

// HalfNormal is |N(0, σ²)|, of x ≥ 0, σ > 0:
//
//	log p = −½ z² − log σ − ½ log(π/2),  z = x/σ
func HalfNormal(scale Value) Dist {
	return Dist{law: halfNormal, args: [3]operand{operandOf(scale)}}
}

var halfNormal = &law{
	name: "HalfNormal", args: []argument{{"scale", positive}}, support: nonNegative,
	reads:   []int{1},
	prepare: func(p *point) { p.prepareScale(1, halfLog2Pi-math.Ln2) },
	partials: func(p *point) float64 {
		z := p.a[0] * p.pre[0]
		p.scale1(1, z, -z)
		return -0.5*z*z - p.pre[1]
	},
	second: func(p *point) {
		z := p.a[0] * p.pre[0]
		p.scale2(1, z, -z, -1, -2*z)
	},
}

// LogNormal is the distribution of x > 0 whose logarithm is N(μ, σ²), σ > 0:
//
//	log p = −½ z² − log σ − log x − ½ log 2π,  z = (log x − μ)/σ
func LogNormal(mu, sigma Value) Dist {
	return Dist{law: logNormal, args: [3]operand{operandOf(mu), operandOf(sigma)}}
}

var logNormal = &law{
	name: "LogNormal", args: []argument{{"mu", anyReal}, {"sigma", positive}}, support: positive,
	reads:   []int{2},
	prepare: func(p *point) { p.prepareScale(2, halfLog2Pi) },
	partials: func(p *point) float64 {
		l, r := math.Log(p.a[0]), p.pre[0]
		z := (l - p.a[1]) * r
		p.d[0], p.d[1], p.d[2] = -(z*r+1)/p.a[0], z*r, (z*z-1)*r
		return -0.5*z*z - p.pre[1] - l
	},
	second: func(p *point) {
		r := p.pre[0]
		z := (math.Log(p.a[0]) - p.a[1]) * r
		p.scale2(2, z, -z, -1, -2*z)
		p.location2(1)
		// From derivatives in log x to those in x.
		u := 1 / p.a[0]
		p.h[0][0] = (p.h[0][0] + z*r + 1) * u * u
		p.h[1][0] *= u
		p.h[2][0] *= u
	},
}

// A location–scale law has log p = f(z) − log σ, z = (x − μ)/σ. What follows turns
// f′ and f″ into derivatives in x, μ and σ; pre[0] is 1/σ.

// prepareScale takes a[k] for σ, and stores 1/σ and log σ + c.
func (p *point) prepareScale(k int, c float64) {
	p.pre[0] = 1 / p.a[k]
	p.pre[1] = math.Log(p.a[k]) + c
}

// scale1 stores the first derivatives in x and σ = a[k]; f1 is f′(z).
func (p *point) scale1(k int, z, f1 float64) {
	p.d[0], p.d[k] = f1*p.pre[0], -(1+f1*z)*p.pre[0]
}

// location1 stores the first derivative in μ = a[k], after scale1.
func (p *point) location1(k int) { p.d[k] = -p.d[0] }

// scale2 stores the second derivatives in x and σ = a[k]; zf1 is (z f′)′ = f′ + z f″,
// where both may nearly cancel.
func (p *point) scale2(k int, z, f1, f2, zf1 float64) {
	r2 := p.pre[0] * p.pre[0]
	p.h[0][0] = f2 * r2
	p.h[k][0] = -zf1 * r2
	p.h[k][k] = (1 + f1*z + zf1*z) * r2
}

// location2 stores the second derivatives in μ = a[k] with x, σ = a[k+1] and
// itself, after scale2.
func (p *point) location2(k int) {
	p.h[k][0], p.h[k][k] = -p.h[0][0], p.h[0][0]
	p.h[k+1][k] = -p.h[k+1][0]
}
