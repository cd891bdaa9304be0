package ad

import "math"

// NegativeBinomial is that of counts x with mean μ ≥ 0 and inverse overdispersion
// φ > 0, variance μ + μ²/φ:
//
//	log p = log Γ(x + φ) − log Γ(φ) − log x! + x log(μ/(μ + φ)) + φ log(φ/(μ + φ))
//
// It goes over into Poisson as φ grows, without loss of precision.
func NegativeBinomial(mu, phi Value) Dist {
	return Dist{law: negativeBinomial, args: [3]operand{operandOf(mu), operandOf(phi)}}
}

var negativeBinomial = &law{
	name: "NegativeBinomial", args: []argument{{"mu", nonNegative}, {"phi", positive}}, support: countData,
	within: noneAtZeroMean, reads: []int{2}, prepare: prepareNegBin,
	partials: func(p *point) float64 {
		x, μ, φ := p.a[0], p.a[1], p.a[2]
		var xlog float64
		p.d[1] = -φ / (φ + μ)
		if x != 0 {
			xlog = x * math.Log(μ)
			p.d[1] = (x/μ - 1) * (φ / (φ + μ))
		}
		m := μ / φ
		l := math.Log1p(m)
		if p.on[0] {
			p.d[0] = p.negBinX(math.Log(μ / (μ + φ)))
		}
		return xlog + p.negBin(m, l)
	},
	second: func(p *point) {
		x, μ, φ := p.a[0], p.a[1], p.a[2]
		p.negBin2(μ / φ)
		b := φ + μ
		p.h[1][1] = φ / b / b
		if x != 0 {
			p.h[1][1] *= 1 - x/μ*(2+φ/μ)
		}
		p.h[1][0], p.h[2][1] = φ/b/μ, (x-μ)/b/b
	},
}

// NegativeBinomialLog is NegativeBinomial with mean μ = eᶠ.
func NegativeBinomialLog(logMu, phi Value) Dist {
	return Dist{law: negativeBinomialLog, args: [3]operand{operandOf(logMu), operandOf(phi)}}
}

var negativeBinomialLog = &law{
	name: "NegativeBinomialLog", args: []argument{{"logMu", anyReal}, {"phi", positive}}, support: countData,
	reads: []int{2}, prepare: prepareNegBin,
	partials: func(p *point) float64 {
		x, f, φ := p.a[0], p.a[1], p.a[2]
		u := f - p.pre[0]
		m := math.Exp(u)
		// log(1 + m), of an m that may overflow.
		l0 := math.Log1p(math.Exp(-math.Abs(u)))
		l := max(u, 0) + l0
		q, s := 1/(1+m), 1/(1+1/m)
		p.d[1] = x*q - φ*s
		if p.on[0] {
			p.d[0] = p.negBinX(min(u, 0) - l0)
		}
		return x*f + p.negBin(m, l)
	},
	second: func(p *point) {
		x, φ := p.a[0], p.a[2]
		m := math.Exp(p.a[1] - p.pre[0])
		p.negBin2(m)
		q, s := 1/(1+m), 1/(1+1/m)
		p.h[1][1] = -(x + φ) * s * q
		p.h[1][0], p.h[2][1] = q, s*(x/φ*q-s)
	},
}

// prepareNegBin stores the rise of φ = a[2].
func prepareNegBin(p *point) {
	c := riseOf(p.a[2])
	p.pre[0], p.pre[1], p.pre[2] = c.log, c.c, c.c1
}

func (p *point) rise() rise { return rise{p.a[2], p.pre[0], p.pre[1], p.pre[2]} }

// With m = μ/φ, r = x/φ and the rise R of φ by x,
//
//	log p = R + x log μ − (x + φ) log(1 + m) − log x!

// nearPoisson reports whether terms are to be taken that stay small as φ grows.
func nearPoisson(φ, m, r float64) bool { return φ >= stirlingFrom && m < 0.25 && r < 0.25 }

// negBin returns log p without x log μ, and stores ∂/∂φ; l is log(1 + m).
func (p *point) negBin(m, l float64) float64 {
	x, φ := p.a[0], p.a[2]
	c := p.rise()
	r, q, s := x/φ, 1/(1+m), 1/(1+1/m)
	if nearPoisson(φ, m, r) {
		p.d[2] = c.first(x) - log1pmx(m) + (r-m)*s
	} else {
		p.d[2] = c.digammaRise(x) - l + s - r*q
	}
	return c.value(x) - (x+φ)*l - logFactorial(x)
}

// negBinX returns ∂/∂x; logs is log(μ/(μ + φ)).
func (p *point) negBinX(logs float64) float64 {
	x, φ := p.a[0], p.a[2]
	return digamma(φ+x) - digamma(x+1) + logs
}

// negBin2 stores the second derivatives in x and φ.
func (p *point) negBin2(m float64) {
	x, φ := p.a[0], p.a[2]
	c := p.rise()
	r, q, s := x/φ, 1/(1+m), 1/(1+1/m)
	near := nearPoisson(φ, m, r)
	if near {
		p.h[2][2] = c.second(x) - (m*s+(r-m)*(2+m)*s*q)/φ
	} else {
		p.h[2][2] = c.trigammaRise(x) + (s*s+r*q*q)/φ
	}
	if !p.on[0] {
		return
	}
	b := φ + x
	t := trigamma(b)
	p.h[0][0], p.h[2][0] = t-trigamma(x+1), t-q/φ
	if near {
		p.h[2][0] = ((m-r)*q+0.5/b)/b + stirling2(b)
	}
}
