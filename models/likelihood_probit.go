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

const halfLog2Pi = 0.91893853320467274178

// logNormCDF returns log Φ(x) with its first derivative r = φ(x)/Φ(x) and its
// second, −r (r + x).
func logNormCDF(x float64) (l, d1, d2 float64) {
	if x < 0 {
		// r + x is the excess: no difference of large numbers is taken.
		k := millsExcess(-x)
		r := k - x
		return -0.5*x*x - halfLog2Pi - math.Log(r), r, -r * k
	}
	φ := normDensity(x)
	q := φ / (x + millsExcess(x)) // Φ(−x)
	r := φ / (1 - q)
	return math.Log1p(-q), r, -r * (r + x)
}

// normDensity returns φ(x). The relative error does not grow with x², as it
// would by the rounding of x² alone.
func normDensity(x float64) float64 {
	const invSqrt2Pi = 0.39894228040143267794
	sq := x * x
	if sq > 1600 {
		return 0
	}
	lo := math.FMA(x, x, -sq)
	return invSqrt2Pi * (1 - 0.5*lo) * math.Exp(-0.5*sq)
}

// millsExcess returns 1/M(t) − t for t ≥ 0, where M(t) = Φ(−t)/φ(t) is the Mills
// ratio: √(2/π) at 0, falling like 1/t. The polynomial in (t − 3.5)/(t + 3.5) is a
// Chebyshev fit with a relative error of 3e-17.
func millsExcess(t float64) float64 {
	const c = 3.5
	z := (t - c) / (t + c)
	z2 := z * z
	u := z2 * z2
	p0 := 1.7597388540038981361 + u*(-0.10078958422770829076+u*(-0.011862644405248196671+u*(-0.001231640474258919315+u*(-0.00010727692796289615285+u*(-6.1003452926091169132e-6+u*(-1.4294659166871212852e-7))))))
	p1 := -1.0299783886096453295 + u*(-0.022180098781430882131+u*(0.00027216877270398762437+u*(0.000055557660367473745235+u*(-3.520833534157938263e-6+u*(-4.1949709493269502642e-7+u*(2.591050647152648002e-8))))))
	p2 := 0.21069624634473015716 + u*(0.035587516288359694918+u*(0.003867807964127467809+u*(0.00037629039681116417658+u*(0.000027549956956321167254+u*(1.0955778352242127686e-6+u*(1.0199358797713380297e-8))))))
	p3 := 0.15371368344100918633 + u*(0.0020298816825865294071+u*(-0.00020438172266369150035+u*(-4.3759150902971740486e-6+u*(1.8953423418868211948e-6+u*(-4.1398104031382848619e-9+u*(-4.715260234306105611e-9))))))
	return ((p0 + z*p1) + z2*(p2+z*p3)) / (t + c)
}
