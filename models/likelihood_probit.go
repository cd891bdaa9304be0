package models

import "math"

// BernoulliProbit is the likelihood of probit regression: y ∈ {0, 1} with
//
//	log p(y|f) = log Φ(f) for y = 1, log Φ(−f) for y = 0
type BernoulliProbit struct{}

// LogLik is accurate for all finite f.
func (BernoulliProbit) LogLik(y, f float64) (ll, d1, d2 float64) {
	if y == 0 {
		ll, d1, d2 = logNormCDF(-f)
		return ll, -d1, d2
	}
	return logNormCDF(f)
}

// HalfWidth is the imaginary part of the zero of Φ nearest to the real axis,
// 1.91599… ± 2.81635…i.
func (BernoulliProbit) HalfWidth() float64 { return 2.8163594181520014 }

// Check accepts 0 and 1.
func (BernoulliProbit) Check(y float64) error { return checkBinary(y) }

// logNormCDF returns log Φ(x) with its first derivative r = φ(x)/Φ(x) and its
// second, −r (r + x).
func logNormCDF(x float64) (l, d1, d2 float64) {
	const halfLog2Pi = 0.91893853320467274178
	if x > -5 {
		p := 0.5 * math.Erfc(-x/math.Sqrt2)
		if x > 1 {
			l = math.Log1p(-0.5 * math.Erfc(x/math.Sqrt2))
		} else {
			l = math.Log(p)
		}
		r := math.Exp(-0.5*x*x-halfLog2Pi) / p
		return l, r, -r * (r + x)
	}
	// With t = −x the Mills ratio Φ(x)/φ(x) is the continued fraction
	// 1/(t + 1/(t + 2/(t + 3/(t + …)))) of Laplace, so r = t + k with
	// k = 1/(t + 2/(t + …)), and the second derivative −r k does not cancel.
	t := -x
	n := 60
	if t > 20 {
		n = 12
	}
	var c float64
	for j := n; j >= 2; j-- {
		c = float64(j) / (t + c)
	}
	k := 1 / (t + c)
	r := t + k
	return -0.5*x*x - halfLog2Pi - math.Log(r), r, -r * k
}
