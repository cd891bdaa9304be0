package ad

import "math"

// Bernoulli is that of x ∈ {0, 1}, 1 with probability 0 ≤ p ≤ 1:
//
//	log p = x log p + (1 − x) log(1 − p)
func Bernoulli(p Value) Dist {
	return Dist{law: bernoulli, args: [3]operand{operandOf(p)}}
}

var bernoulli = &law{
	name: "Bernoulli", args: []argument{{"p", unitClosed}}, support: binaryData,
	within: func(a *[4]float64) bool { return (a[0] == 0 || a[1] > 0) && (a[0] == 1 || a[1] < 1) },
	partials: func(p *point) float64 {
		x, π := p.a[0], p.a[1]
		var lp float64
		p.d[1] = 0
		if x != 0 {
			lp += x * math.Log(π)
			p.d[1] += x / π
		}
		if x != 1 {
			lp += (1 - x) * math.Log1p(-π)
			p.d[1] -= (1 - x) / (1 - π)
		}
		if p.on[0] {
			p.d[0] = math.Log(π) - math.Log1p(-π)
		}
		return lp
	},
	second: func(p *point) {
		x, π := p.a[0], p.a[1]
		p.h[1][0], p.h[1][1] = 1/π+1/(1-π), 0
		if x != 0 {
			p.h[1][1] -= x / π / π
		}
		if x != 1 {
			p.h[1][1] -= (1 - x) / (1 - π) / (1 - π)
		}
	},
}

// BernoulliLogit is that of x ∈ {0, 1} with log-odds f:
//
//	log p = x f − log(1 + eᶠ)
func BernoulliLogit(logit Value) Dist {
	return Dist{law: bernoulliLogit, args: [3]operand{operandOf(logit)}}
}

var bernoulliLogit = &law{
	name: "BernoulliLogit", args: []argument{{"logit", anyReal}}, support: binaryData,
	partials: func(p *point) float64 {
		x, f := p.a[0], p.a[1]
		e := math.Exp(-math.Abs(f))
		q := e / (1 + e)
		if f >= 0 {
			x--
		} else {
			q = -q
		}
		p.d[0], p.d[1] = f, x+q
		return x*f - math.Log1p(e)
	},
	sum: sumBernoulliLogit,
	second: func(p *point) {
		e := math.Exp(-math.Abs(p.a[1]))
		p.h[1][0], p.h[1][1] = 1, -e/((1+e)*(1+e))
	},
}

// sumBernoulliLogit is the sum over data. One logarithm is taken of a product of
// many 1 + e⁻ᶠ: the absolute error of each is that of rounding 1.
func sumBernoulliLogit(w *lawArgs, n int) float64 {
	if w.on[0] {
		return math.NaN()
	}
	x, f, df := w.v[0], w.v[1], w.saved[1]
	sx, sf := w.step[0], w.step[1]
	each := len(df) == n
	var s, sg float64
	prod := 1.0
	for i := range n {
		x, f := x[i*sx], f[i*sf]
		if x != 0 && x != 1 {
			return math.NaN()
		}
		e := math.Exp(-math.Abs(f))
		p := 1 + e
		prod *= p
		if prod > 0x1p1000 {
			s -= math.Log(prod)
			prod = 1
		}
		g := e / p
		if f >= 0 {
			x--
		} else {
			g = -g
		}
		s += x * f
		g += x
		if each {
			df[i] = g
		} else {
			sg += g
		}
	}
	if len(df) == 1 && !each {
		df[0] = sg
	}
	return s - math.Log(prod)
}

// BinomialLogit is the number x of successes in n trials, x ≤ n whole numbers,
// with log-odds f:
//
//	log p = log n! − log x! − log (n − x)! + x f − n log(1 + eᶠ)
func BinomialLogit(n, logit Value) Dist {
	return Dist{law: binomialLogit, args: [3]operand{operandOf(n), operandOf(logit)}}
}

var binomialLogit = &law{
	name: "BinomialLogit", args: []argument{{"n", countData}, {"logit", anyReal}}, support: countData,
	within: func(a *[4]float64) bool { return a[0] <= a[1] },
	partials: func(p *point) float64 {
		x, n, f := p.a[0], p.a[1], p.a[2]
		e := math.Exp(-math.Abs(f))
		l := math.Log1p(e)
		if p.on[0] {
			p.d[0] = f + digamma(n-x+1) - digamma(x+1)
		}
		if p.on[1] {
			c := riseOf(n - x + 1)
			p.d[1] = c.digammaRise(x) - max(f, 0) - l
		}
		q := n * e / (1 + e)
		u := x
		if f >= 0 {
			u -= n
		} else {
			q = -q
		}
		p.d[2] = u + q
		return logChoose(n, x) + u*f - n*l
	},
	second: func(p *point) {
		x, n, f := p.a[0], p.a[1], p.a[2]
		e := math.Exp(-math.Abs(f))
		σ := 1 / (1 + e)
		p.h[2][2] = -n * e * σ * σ
		if f < 0 {
			σ *= e
		}
		p.h[2][0], p.h[2][1] = 1, -σ
		if p.on[0] || p.on[1] {
			c := riseOf(n - x + 1)
			t := trigamma(n - x + 1)
			p.h[0][0], p.h[1][0], p.h[1][1] = -trigamma(x+1)-t, t, c.trigammaRise(x)
		}
	},
}

// logChoose returns log n!/(x! (n−x)!), 0 ≤ x ≤ n.
func logChoose(n, x float64) float64 {
	x = min(x, n-x)
	if n < float64(len(logFactorials)) {
		return logFactorial(n) - logFactorial(x) - logFactorial(n-x)
	}
	c := riseOf(n - x + 1)
	return c.value(x) + x*c.log - logFactorial(x)
}
