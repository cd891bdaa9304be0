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
		return poissonValue(x, λ, math.Log(λ))
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
		return poissonValue(x, λ, f)
	},
	sum: sumPoissonLog,
	second: func(p *point) {
		if p.on[0] {
			p.h[0][0] = -trigamma(p.a[0] + 1)
		}
		p.h[1][0], p.h[1][1] = 1, -math.Exp(p.a[1])
	},
}

// sumPoissonLog is the sum over data.
func sumPoissonLog(w *lawArgs, n int) float64 {
	if w.on[0] {
		return math.NaN()
	}
	x, f, df := w.v[0], w.v[1], w.saved[1]
	sx, sf := w.step[0], w.step[1]
	each := len(df) == n
	var s, sg float64
	for i := range n {
		x, f := x[i*sx], f[i*sf]
		if !(x >= 0) || x != math.Floor(x) {
			return math.NaN()
		}
		λ := math.Exp(f)
		s += poissonValue(x, λ, f)
		if each {
			df[i] = x - λ
		} else {
			sg += x - λ
		}
	}
	if len(df) == 1 && !each {
		df[0] = sg
	}
	return s
}

// poissonValue returns x log λ − λ − log x!, for large x and λ near it without a
// difference of large numbers.
func poissonValue(x, λ, logλ float64) float64 {
	if u := (λ - x) / x; x >= float64(len(logFactorials)) && math.Abs(u) < 0.5 {
		return x*log1pmx(u) - stirling(x) - halfLog2Pi - 0.5*math.Log(x)
	}
	return x*logλ - λ - logFactorial(x)
}
