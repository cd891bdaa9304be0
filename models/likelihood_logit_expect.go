package models

import "math"

// ExpectedLogLik returns the expectations for f ~ N(m, v) to about 1e-12
// relative to each, for m within ±1e6 and v from 0 to 1e16.
func (BernoulliLogit) ExpectedLogLik(y, m, v float64) (ell, d1, d2 float64) {
	// By the mirror image log p(1|f) = log p(0|−f) it is −log(1 + eᶠ) of y = 0.
	if y == 1 {
		m = -m
	}
	a := math.Abs(m)
	var sp, s float64 // E log(1 + eᶠ), E σ(f) for f ~ N(−a, v)
	switch {
	case v <= maxNarrowVariance:
		sp, s, d2 = logitNarrow(a, v)
	case a <= v/2:
		sp, s, d2 = logitGrid(a, v)
	default:
		sp, s, d2 = logitTilted(a, v)
	}
	if m > 0 { // log(1 + eᶠ) = f + log(1 + e⁻ᶠ)
		sp, s = a+sp, 1-s
	}
	if y == 1 {
		return -sp, s, -d2
	}
	return -sp, -s, -d2
}

// maxNarrowVariance is where logitNarrow hands over to a fixed grid.
const maxNarrowVariance = 2

// logitNarrow returns E log(1 + eᶠ), E σ(f) and E σ′(f) for f ~ N(−a, v), a ≥ 0.
// With s = σ(−a), q = s(1 − s) and W = 4 sinh²(δ/2) for δ = f + a,
//
//	(1 + e^(−a+δ)) (1 + e^(−a−δ)) = (1 + e⁻ᵃ)² (1 + qW)
//	σ(−a+δ) + σ(−a−δ)             = 2s + (1 − 2s) qW/(1 + qW)
//	σ′(−a+δ) + σ′(−a−δ)           = 2q/(1 + qW) + (1 − 4q) qW/(1 + qW)²
//
// where all terms are positive: small expectations are as accurate as large
// ones, and only the values at the mean need an exponential and a logarithm.
func logitNarrow(a, v float64) (sp, s, ds float64) {
	e := expNeg(a)
	r := 1 / (1 + e)
	s = e * r
	q, t := s*r, (1-e)*r
	z := e / (2 + e)
	base := 2 * z * atanhSeries(z*z) // log(1 + e)
	switch {
	case v <= maxSmallVariance:
		sp, ds, d := smallSeries.at(q, v)
		return base + sp, s + t*ds, min(q*d, maxSlope)
	case v <= maxMediumVariance:
		sp, ds, d := mediumSeries.at(q, v)
		return base + sp, s + t*ds, min(q*d, maxSlope)
	}
	p := pairs{q: q, t: t}
	var w0 float64
	if rule := &hermites[2]; v <= rule.maxVariance {
		w0 = p.hermite(rule, v)
	} else {
		w0 = p.trapezoid(v)
	}
	return base + p.sp, s + t*p.s, min(q*(w0+p.ds), maxSlope)
}

// maxSlope is the largest σ′, which rounding must not exceed.
const maxSlope = 0.25

// hermite is a Gauss–Hermite rule of an odd number of points, for a standard
// normal variable: nodes 0 and ±√x2, w0 the weight of the former and w of each of
// the latter.
type hermite struct {
	maxVariance float64 // up to which it is good for 2e-13
	w0          float64
	x2, w       []float64
}

var hermites = [...]hermite{
	{0.032, 0.45714285714285714286,
		[]float64{1.3326518154047416315, 5.6015501083005131143, 14.065798076294745254},
		[]float64{0.24012317860501271374, 0.03075712396758649704, 0.00054826885597221779162}},
	{0.124, 0.36940836940836940837,
		[]float64{0.86279761429570296889, 3.5195073968473928571, 8.20893072565662998,
			15.493407559085114142, 26.915356704115160052},
		[]float64{0.24224029987396995101, 0.066138746071057821217, 0.0067202852355372787064,
			0.00019567193027122338993, 8.1218497902149142258e-7}},
	{0.302, 0.29953837012660542072,
		[]float64{0.56526729623319825477, 2.2797476031632273938, 5.2030496868120587769, 9.4482290750555814912,
			15.210512598463227405, 22.834364153091660158, 32.998821595311631051, 47.460007991869415469},
		[]float64{0.22670630846897692753, 0.097406371162721133173, 0.023086657025710961025, 0.0028589460622846210812,
			0.00016849143155133847317, 4.0126794479798523561e-6, 2.8080161179305686591e-8, 2.584314919374907689e-11}},
}

// pairs sums over pairs of nodes −a ± δ what they add to the expectations.
type pairs struct {
	q, t      float64 // σ′(a), 1 − 2σ(−a)
	sp, s, ds float64
}

// hermite sums over the nodes of a Gauss–Hermite rule.
func (p *pairs) hermite(rule *hermite, v float64) (w0 float64) {
	q, t2 := p.q, p.t*p.t
	var sp, s, ds, log, last float64
	w := rule.w
	x2 := rule.x2[:len(w)]
	for k, w := range w {
		// 4 sinh²(δ/2) = Σ 2 δ²ʲ/(2j)!
		u := v * x2[k]
		W := u * (1 + u*(1./12)*(1+u*(1./30)*(1+u*(1./56)*(1+u*(1./90)*(1+u*(1./132)*(1+u*(1./182)*(1+u*(1./240)*
			(1+u*(1./306)*(1+u*(1./380))))))))))
		y := q * W
		// log(1+y) grows by 2 atanh(z).
		sum := 2 + y + last
		inv := 1 / ((1 + y) * sum)
		r := sum * inv
		z := (y - last) * (1 + y) * inv
		log += 2 * z * atanhSeries(z*z)
		last = y
		sp += w * log
		s += w * y * r
		ds += w * r * (2 + t2*W*r)
	}
	p.sp, p.s, p.ds = sp, s, ds
	return rule.w0
}

// atanhSeries returns atanh(z)/z as a function of u = z², 0 ≤ u ≤ 1/9: a
// polynomial with an error of 2e-16.
func atanhSeries(u float64) float64 {
	u2 := u * u
	a := 0.33333333333333485426 + u*0.19999999999778564951 + u2*(0.14285714338646725512+u*0.1111110625383291693)
	b := 0.090911315263282894862 + u*0.076866171707583595856 + u2*(0.067514038442063605927+u*(0.051599520487756716374+u*0.08438673165332150079))
	return 1 + u*(a+u2*u2*b)
}

// trapezoid sums over equally spaced nodes, h standard deviations apart: see
// logitStep. The hyperbolic sines follow from the addition theorem.
func (p *pairs) trapezoid(v float64) (w0 float64) {
	sd := math.Sqrt(v)
	h := logitStep(v, sd)
	e := math.Exp(0.5 * h * sd)
	sinh1, cosh1 := 0.5*(e-1/e), 0.5*(e+1/e)
	sh, ch := sinh1, cosh1
	g := math.Exp(-0.5 * h * h)
	w0 = h / math.Sqrt(2*math.Pi)
	w, ratio := w0*g, g*g*g
	q, t2 := p.q, p.t*p.t
	var sp, s, ds, log, last float64
	for n := int((7.3 + sd) / h); n >= 0; n-- {
		W := 4 * sh * sh
		y := q * W
		sum := 2 + y + last
		inv := 1 / ((1 + y) * sum)
		r := sum * inv
		z := (y - last) * (1 + y) * inv
		log += 2 * z * atanhSeries(z*z)
		last = y
		sp += w * log
		s += w * y * r
		ds += w * r * (2 + t2*W*r)
		sh, ch = sh*cosh1+ch*sinh1, ch*cosh1+sh*sinh1
		w *= ratio
		ratio *= g * g
	}
	p.sp, p.s, p.ds = sp, s, ds
	return w0
}

// logitStep returns the spacing of the trapezoidal rule in standard deviations,
// for a relative error of about 1e-13: exp(−2π²/h²) from the normal density, and
// exp(−2π²/(h sd) + π²/(2v)) from the poles at ±iπ.
func logitStep(v, sd float64) float64 {
	const digits = 36
	return min(0.74, 2*math.Pi*math.Pi/(digits+math.Pi*math.Pi/(2*v))/sd)
}
