package models

import "math"

// ExpectedLogLik returns the expectations for f ~ N(m, v) to about 1e-12
// relative to each, for m within ±1e4 and v from 0 to 1e16.
func (BernoulliProbit) ExpectedLogLik(y, m, v float64) (ell, d1, d2 float64) {
	if y == 0 {
		m = -m
	}
	var s probitSums
	switch {
	case m-m != 0 || !(v >= 0) || v > math.MaxFloat64:
		return math.NaN(), math.NaN(), math.NaN()
	case v == 0:
		s.ell, s.d1, s.d2 = logNormCDF(m)
	case m > 0 && m*(m/(1+v)) > 1500: // the factor of tilted underflows
	case m > 0 && v/(1+v) <= maxProbitVariance:
		s.tilted(m, v)
	case m <= 0 && v <= maxProbitVariance:
		s.plain(m, v)
	case v <= 4:
		s.spaced(m, v)
	default:
		s.stretched(m, v)
	}
	if y == 0 {
		s.d1 = -s.d1
	}
	return s.ell, s.d1, s.d2
}

// maxProbitVariance is up to where Gauss–Hermite rules are good: they converge as
// for the logit but for the distance of the singularities, 2.8 instead of π.
const maxProbitVariance = 0.8 * 0.302

// hermiteFor returns the smallest rule for a variance.
func hermiteFor(v float64) *hermite {
	for i := range hermites {
		if v <= 0.8*hermites[i].maxVariance {
			return &hermites[i]
		}
	}
	return &hermites[len(hermites)-1]
}

// probitSums adds up log Φ(f) and its derivatives.
type probitSums struct{ ell, d1, d2 float64 }

func (s *probitSums) add(w, ell, d1, d2 float64) {
	s.ell += w * ell
	s.d1 += w * d1
	s.d2 += w * d2
}

// plain takes nodes about m.
func (s *probitSums) plain(m, v float64) {
	rule := hermiteFor(v)
	ell, d1, d2 := logNormCDF(m)
	s.add(rule.w0, ell, d1, d2)
	for k, w := range rule.w {
		δ := math.Sqrt(v * rule.x2[k])
		ell, d1, d2 = logNormCDF(m - δ)
		s.add(w, ell, d1, d2)
		ell, d1, d2 = logNormCDF(m + δ)
		s.add(w, ell, d1, d2)
	}
}

// tilted takes the factor φ(f), which log Φ(f) and its derivatives have for
// positive f, out of the expectation:
//
//	φ(f) N(f; m, v) = N(m; 0, 1+v) N(f; m/(1+v), v/(1+v))
func (s *probitSums) tilted(m, v float64) {
	m1, v1 := m/(1+v), v/(1+v)
	rule := hermiteFor(v1)
	s.scaled(rule.w0, m1)
	for k, w := range rule.w {
		δ := math.Sqrt(v1 * rule.x2[k])
		s.scaled(w, m1-δ)
		s.scaled(w, m1+δ)
	}
	w := math.Exp(-0.5*m*m1-halfLog2Pi) / math.Sqrt(1+v)
	s.ell, s.d1, s.d2 = w*s.ell, w*s.d1, w*s.d2
}

// scaled adds log Φ(f)/φ(f) and the derivatives of log Φ(f) over φ(f).
func (s *probitSums) scaled(w, f float64) {
	if f < 0 {
		ell, d1, d2 := logNormCDF(f)
		s.add(w/normDensity(f), ell, d1, d2)
		return
	}
	φ := normDensity(f)
	mills := 1 / (f + millsExcess(f))
	q := φ * mills // Φ(−f)
	ell := -mills
	if q > 1e-17 {
		ell = math.Log1p(-q) / φ
	}
	r := 1 / (1 - q)
	s.add(w, ell, r, -r*(φ*r+f))
}

// spaced sums over equally spaced nodes.
func (s *probitSums) spaced(m, v float64) {
	const digits, a = 36, 2.8 // of accuracy, and half-width of the strip without zeros of Φ
	sd := math.Sqrt(v)
	mid, width, lo, hi := probitSpan(m, sd, v)
	h := min(0.74*width, 2*math.Pi*a/(digits+a*a/(2*v)))
	for j, last := math.Ceil(lo/h), hi/h; j <= last; j++ {
		x := h * j
		s.weigh(mid+x, (mid-m+x)/sd, h/sd)
	}
}

// stretched sums over f = f₀ + c sinh(t) with equally spaced t. As functions of
// f the integrands change over a length of 1 about 0 and over √v about m, which
// may be 1e8 times as long; as functions of t both are about 1.
func (s *probitSums) stretched(m, v float64) {
	const step = 0.085
	sd := math.Sqrt(v)
	mid, width, lo, hi := probitSpan(m, sd, v)
	c, h := 2.5*width, step
	if far := -m / sd; mid > m && far > 5 { // the bell about m is narrow beside its distance from 0
		h *= 5 / far
	}
	for j, last := math.Ceil(math.Asinh(lo/c)/h), math.Asinh(hi/c)/h; j <= last; j++ {
		e := math.Exp(j * h)
		x := 0.5 * c * (e - 1/e)
		s.weigh(mid+x, (mid-m+x)/sd, 0.5*h*c*(e+1/e)/sd)
	}
}

// probitSpan returns where the integrands for f ~ N(m, v) matter: most about mid,
// where their width is like that of a normal density, and from mid + lo to
// mid + hi.
func probitSpan(m, sd, v float64) (mid, width, lo, hi float64) {
	const narrow = 8.5
	if m < -narrow*sd { // only the normal density makes them small
		return m, sd, -narrow * sd, narrow * sd
	}
	// For positive f they fall like φ(f). Relative to that of f = mid, the
	// factor φ(f) N(f; m, v) is exp(−38) at lo.
	mid, width = max(0, m/(1+v)), sd/math.Sqrt(1+v)
	return mid, width, m - mid - sd*math.Sqrt(76+max(0, m*mid)), narrow * width
}

// weigh adds at f, x standard deviations from the mean, with the weight w φ(x).
func (s *probitSums) weigh(f, x, w float64) {
	ell, d1, d2 := logNormCDF(f)
	s.add(w*math.Exp(-0.5*x*x-halfLog2Pi), ell, d1, d2)
}
