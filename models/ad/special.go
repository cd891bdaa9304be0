package ad

import "math"

const halfLog2Pi = 0.91893853320467274178

// From here on the asymptotic series of Γ and its derivatives are exact to the
// last place.
const stirlingFrom = 10

// stirling returns the remainder of Stirling's formula, for x ≥ 10:
//
//	s(x) = log Γ(x) − (x − ½) log x + x − ½ log 2π = Σ B₂ₖ / (2k (2k−1) x²ᵏ⁻¹)
func stirling(x float64) float64 {
	u := 1 / x
	w := u * u
	return u * (1./12 + w*(-1./360+w*(1./1260+w*(-1./1680+w*(1./1188+w*(-691./360360+w*(1./156-w*(3617./122400))))))))
}

// stirling1 returns s′(x) = ψ(x) − log x + 1/(2x), for x ≥ 10.
func stirling1(x float64) float64 {
	w := 1 / (x * x)
	return -w * (1./12 + w*(-1./120+w*(1./252+w*(-1./240+w*(1./132+w*(-691./32760+w*(1./12-w*(3617./8160))))))))
}

// stirling2 returns s″(x) = ψ₁(x) − 1/x − 1/(2x²), for x ≥ 10.
func stirling2(x float64) float64 {
	u := 1 / x
	w := u * u
	return u * w * (1./6 + w*(-1./30+w*(1./42+w*(-1./30+w*(5./66+w*(-691./2730+w*(7./6-w*(3617./510))))))))
}

// lgamma returns log Γ(x), for x > 0.
func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// digamma returns ψ(x), the derivative of log Γ, for x > 0, else NaN. The error
// is a few units in the last place of max(|ψ|, 1).
func digamma(x float64) float64 {
	if !(x > 0) {
		return math.NaN()
	}
	// ψ(x) = ψ(x + k) − p′/p, where p = x (x + 1) ⋯ (x + k − 1).
	p, dp := 1.0, 0.0
	for ; x < stirlingFrom; x++ {
		p, dp = p*x, dp*x+p
	}
	return math.Log(x) - (0.5/x - stirling1(x)) - dp/p
}

// trigamma returns ψ₁(x), the second derivative of log Γ, for x > 0, else NaN.
func trigamma(x float64) float64 {
	if !(x > 0) {
		return math.NaN()
	}
	var s float64
	for ; x < stirlingFrom; x++ {
		s += 1 / x / x
	}
	u := 1 / x
	return u + 0.5*u*u + stirling2(x) + s
}

// tetragamma returns ψ₂(x), the third derivative of log Γ, for x > 0, else NaN.
func tetragamma(x float64) float64 {
	if !(x > 0) {
		return math.NaN()
	}
	var s float64
	for ; x < stirlingFrom; x++ {
		s += 2 / x / x / x
	}
	w := 1 / (x * x)
	tail := 0.5 + w*(-1./6+w*(1./6+w*(-3./10+w*(5./6+w*(-691./210+w*(35./2-w*(3617./30)))))))
	return -(w*(1+1/x) + w*w*tail) - s
}

// log1pmx returns log(1 + x) − x, for x > −1, without cancellation at small x.
func log1pmx(x float64) float64 {
	if math.Abs(x) > 0.25 {
		return math.Log1p(x) - x
	}
	// log(1 + x) = 2 artanh r with r = x/(2 + x), and x = 2r/(1 − r).
	r := x / (2 + x)
	w := r * r
	s := 1. / 3
	p := w
	for k := 5.; p > 1e-18; k += 2 {
		s += p / k
		p *= w
	}
	return r * (2*w*s - x)
}

// rise is the logarithm of Γ(φ + y)/(Γ(φ) φ^y), φ > 0 and y ≥ 0, and its
// derivatives in φ, which vanish like y(y−1)/(2φ) and derivatives thereof as φ
// grows. It holds what depends on φ alone.
type rise struct{ φ, log, c, c1 float64 }

func riseOf(φ float64) rise {
	if φ >= stirlingFrom {
		return rise{φ, math.Log(φ), stirling(φ), stirling1(φ)}
	}
	return rise{φ, math.Log(φ), lgamma(φ), digamma(φ)}
}

// value returns log Γ(φ+y) − log Γ(φ) − y log φ.
func (p *rise) value(y float64) float64 {
	if p.φ < stirlingFrom {
		return lgamma(p.φ+y) - p.c - y*p.log
	}
	r := y / p.φ
	l := math.Log1p(r)
	// (1 + r) log(1 + r) − r
	g := (1+r)*l - r
	if r < 0.25 {
		g = (1+r)*log1pmx(r) + r*r
	}
	return p.φ*g - 0.5*l + (stirling(p.φ+y) - p.c)
}

// first returns ψ(φ+y) − ψ(φ) − y/φ.
func (p *rise) first(y float64) float64 {
	if p.φ < stirlingFrom {
		return digamma(p.φ+y) - p.c1 - y/p.φ
	}
	r, b := y/p.φ, p.φ+y
	return log1pmx(r) + 0.5*r/b + (stirling1(b) - p.c1)
}

// digammaRise returns ψ(φ+y) − ψ(φ).
func (p *rise) digammaRise(y float64) float64 {
	if p.φ < stirlingFrom {
		return digamma(p.φ+y) - p.c1
	}
	r, b := y/p.φ, p.φ+y
	return math.Log1p(r) + 0.5*r/b + (stirling1(b) - p.c1)
}

// second returns ψ₁(φ+y) − ψ₁(φ) + y/φ².
func (p *rise) second(y float64) float64 {
	r, b := y/p.φ, p.φ+y
	if p.φ < stirlingFrom {
		return trigamma(b) - trigamma(p.φ) + r/p.φ
	}
	return r*r/b - 0.5*r*(2+r)/(b*b) + (stirling2(b) - stirling2(p.φ))
}

// trigammaRise returns ψ₁(φ+y) − ψ₁(φ).
func (p *rise) trigammaRise(y float64) float64 {
	r, b := y/p.φ, p.φ+y
	if p.φ < stirlingFrom {
		return trigamma(b) - trigamma(p.φ)
	}
	return -r/b - 0.5*r*(2+r)/(b*b) + (stirling2(b) - stirling2(p.φ))
}

// logFactorials holds log k!.
var logFactorials = func() (l [256]float64) {
	for k := range l {
		l[k] = lgamma(float64(k) + 1)
	}
	return l
}()

// logFactorial returns log x! = log Γ(x + 1), for x ≥ 0. It is fast at small whole
// numbers, which most counts are.
func logFactorial(x float64) float64 {
	if x < float64(len(logFactorials)) {
		if k := int(x); float64(k) == x {
			return logFactorials[k]
		}
	}
	return lgamma(x + 1)
}
