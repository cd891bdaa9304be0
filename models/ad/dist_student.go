package ad

import "math"

// StudentT is Student's t with ν > 0 degrees of freedom, location μ and scale
// σ > 0:
//
//	log p = log Γ((ν+1)/2) − log Γ(ν/2) − ½ log νπ − log σ − ½(ν + 1) log(1 + z²/ν),  z = (x − μ)/σ
//
// It goes over into Normal as ν grows, without loss of precision.
func StudentT(nu, mu, sigma Value) Dist {
	return Dist{law: studentT, args: [3]operand{operandOf(nu), operandOf(mu), operandOf(sigma)}}
}

var studentT = &law{
	name: "StudentT", args: []argument{{"nu", positive}, {"mu", anyReal}, {"sigma", positive}}, support: anyReal,
	reads: []int{1, 3},
	prepare: func(p *point) {
		// log Γ(φ + ½) − log Γ(φ) − ½ log φ and its derivative, φ = ν/2.
		p.prepareScale(3, halfLog2Pi)
		c := riseOf(p.a[1] / 2)
		p.pre[1] -= c.value(0.5)
		p.pre[2] = c.first(0.5)
	},
	partials: func(p *point) float64 {
		ν, z := p.a[1], (p.a[0]-p.a[2])*p.pre[0]
		w := z * z / ν
		s, l := 1/(1+1/w), math.Log1p(w)
		if math.IsInf(w, 1) {
			l = 2*math.Log(math.Abs(z)) - math.Log(ν)
		}
		p.scale1(3, z, studentSlope(ν, z, w))
		p.location1(2)
		// −log(1 + w) + w/(1 + w), which is w²/2 − … at small w.
		k := s - l
		if w < 0.25 {
			k = -log1pmx(w) - w*s
		}
		p.d[1] = 0.5 * (p.pre[2] + k + s/ν)
		return -0.5*(ν+1)*l - p.pre[1]
	},
	second: func(p *point) {
		ν, z := p.a[1], (p.a[0]-p.a[2])*p.pre[0]
		w := z * z / ν
		q, s := 1/(1+w), 1/(1+1/w)
		c1 := -(1 + 1/ν) * q
		p.scale2(3, z, studentSlope(ν, z, w), c1*(1-2*s), 2*c1*z*q)
		p.location2(2)
		c := riseOf(ν / 2)
		p.h[1][1] = 0.25*c.second(0.5) + 0.5*s/ν*(s-(1+q)/ν)
		// Through ∂f′/∂ν.
		f1ν := (1/ν - (1+1/ν)*s) / (z + ν/z) * p.pre[0]
		p.h[1][0], p.h[2][1], p.h[3][1] = f1ν, -f1ν, -z*f1ν
	},
}

// studentSlope returns f′(z) = −(1 + 1/ν) z/(1 + w), where w = z²/ν may be infinite.
func studentSlope(ν, z, w float64) float64 {
	if math.IsInf(w, 1) {
		return -(ν + 1) / z
	}
	return -(1 + 1/ν) * z / (1 + w)
}
