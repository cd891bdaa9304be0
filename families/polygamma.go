package families

import "math"

const badOrder = "families: negative order of a polygamma function"

// The root 1+t₀ of ψ, in two parts.
const (
	digammaRoot   = 0.46163214496836235678500774
	digammaRootLo = -1.552234816285867689052118e-17
)

// Digamma returns
//
//	ψ(x) = d/dx log Γ(x)
//
// to a few units in the last place for all x > 0, at the root 1.4616… too. For
// x < 0 it is reflected, and accurate relative to max(1, |ψ(1−x)|).
//
// Special cases are:
//
//	Digamma(+Inf) = +Inf
//	Digamma(±0) = ∓Inf
//	Digamma(x) = NaN at the other poles x = −1, −2, …, at −Inf and at NaN
func Digamma(x float64) float64 {
	switch {
	case x >= 2:
		u := 1 / x
		w := u * u
		return math.Log(x) - (0.5*u + w*ratio8(&digammaNum, &digammaDen, w))
	case x >= 1:
		return digammaUnit(x - 1)
	case x > 0:
		return digammaUnit(x) - 1/x
	case x == 0:
		return -1 / x
	case x == math.Floor(x) || math.IsNaN(x):
		return math.NaN()
	}
	// ψ(x) = ψ(1−x) − π cot πx, and cot πx has period 1.
	r := x - math.Round(x)
	cot := 0.0
	if math.Abs(r) > 0.25 {
		cot = math.Tan(math.Pi * (math.Copysign(0.5, r) - r))
	} else {
		cot = 1 / math.Tan(math.Pi*r)
	}
	return Digamma(1-x) - math.Pi*cot
}

// digammaUnit returns ψ(1+t), 0 ≤ t ≤ 1, to full relative precision.
func digammaUnit(t float64) float64 {
	p, q := 0.0, digammaUnitDen[len(digammaUnitDen)-1]
	for i := len(digammaUnitNum) - 1; i >= 0; i-- {
		p = p*t + digammaUnitNum[i]
		q = q*t + digammaUnitDen[i]
	}
	return ((t - digammaRoot) - digammaRootLo) * (p / q)
}

// Trigamma returns
//
//	ψ₁(x) = d²/dx² log Γ(x)
//
// to a few units in the last place for all x > 0. For x < 0 it is reflected.
// It is +Inf at its poles x = 0, −1, −2, …, zero at +Inf, and NaN at −Inf and
// at NaN.
func Trigamma(x float64) float64 {
	switch {
	case x >= 1:
		u := 1 / x
		w := u * u
		return u + w*(0.5+u*ratio9(&trigammaNum, &trigammaDen, w))
	case x > 0:
		// 1/x² first, so that it may overflow on its own.
		return 1/x/x + Trigamma(1+x)
	}
	return polygammaReflected(1, x)
}

// tetragamma returns −ψ₂(x) for x > 0.
func tetragamma(x float64) float64 {
	if x < 1 {
		return 2/x/x/x + tetragamma(1+x)
	}
	u := 1 / x
	w := u * u
	return w * (1 + u + w*ratio9(&tetragammaNum, &tetragammaDen, w))
}

// Polygamma returns the n-th derivative of ψ, n ≥ 0,
//
//	ψ⁽ⁿ⁾(x) = (−1)ⁿ⁺¹ n! Σ_{k≥0} 1/(x+k)ⁿ⁺¹,  n ≥ 1.
//
// Order 0 is Digamma and order 1 Trigamma. For x > 0 the relative error is a
// few units in the last place for n ≤ 10, and grows like n/4 of them. For
// x < 0 it is reflected, and accurate relative to |ψ⁽ⁿ⁾(x−⌊x⌋)| + |ψ⁽ⁿ⁾(⌈x⌉−x)|.
//
// For odd n the poles x = 0, −1, −2, … give +Inf. For even n, x = ±0 gives
// ∓Inf, and the other poles give NaN, as do −Inf and NaN for all n. Negative n
// panics.
func Polygamma(n int, x float64) float64 {
	switch {
	case n < 0:
		panic(badOrder)
	case n == 0:
		return Digamma(x)
	case n == 1:
		return Trigamma(x)
	case !(x > 0):
		return polygammaReflected(n, x)
	case n == 2:
		return -tetragamma(x)
	case n&1 == 0:
		return -polygammaSum(n, x)
	}
	return polygammaSum(n, x)
}

// polygammaReflected returns ψ⁽ⁿ⁾(x), n ≥ 1, for x ≤ 0 or NaN. The terms of the
// defining sum with x+k > 0 are ψ⁽ⁿ⁾(f) with f = x−⌊x⌋; the others are the first
// terms of the same sum for ψ⁽ⁿ⁾(⌈x⌉−x), up to the sign (−1)ⁿ⁺¹.
func polygammaReflected(n int, x float64) float64 {
	odd := n&1 == 1
	switch {
	case math.IsNaN(x) || math.IsInf(x, -1):
		return math.NaN()
	case x == math.Floor(x):
		if odd {
			return math.Inf(1)
		}
		if x == 0 {
			return -1 / x
		}
		return math.NaN()
	}
	below := Polygamma(n, math.Ceil(x)-x) - Polygamma(n, 1-x)
	if !odd {
		below = -below
	}
	return Polygamma(n, x-math.Floor(x)) + below
}

// bernoulliRatio holds B_2k/(2k)!, k = 1, 2, …
var bernoulliRatio = [...]float64{
	8.3333333333333333e-2, -1.3888888888888889e-3, 3.3068783068783069e-5,
	-8.2671957671957672e-7, 2.0876756987868099e-8, -5.2841901386874932e-10,
	1.3382536530684679e-11, -3.3896802963225829e-13, 8.5860620562778446e-15,
	-2.1748686985580619e-16, 5.5090028283602295e-18, -1.3954464685812523e-19,
}

// polygammaSum returns |ψ⁽ⁿ⁾(x)| for n ≥ 1 and 0 < x: terms of the defining
// sum up to X = x+N ≥ n+10, then the Euler–Maclaurin series for the rest, both
// relative to the factor (n−1)!/xⁿ.
func polygammaSum(n int, x float64) float64 {
	if math.IsInf(x, 1) {
		return 0
	}
	fn := float64(n)
	var sum float64
	X := x
	last := 1.0 // (x/X)ⁿ⁺¹
	for k := 1.0; X < fn+10 && last > 1e-19; k++ {
		sum += last
		X = x + k
		if n <= 8 {
			last = intPow(x/X, n+1)
		} else {
			last = math.Exp(-(fn + 1) * math.Log1p(k/x))
		}
	}
	sum *= fn / x
	if last > 1e-19 {
		w := 1 / (X * X)
		t := fn / X
		tail := 1 + 0.5*t
		for i, b := range bernoulliRatio {
			// t = (2k+n−1)! / ((n−1)! X^2k), k = i+1
			j := float64(2*i) + fn + 1
			if i == 0 {
				t *= j / X
			} else {
				t *= (j - 1) * j * w
			}
			tail += b * t
		}
		sum += last * (X / x) * tail
	}
	// Times (n−1)!/xⁿ, out of range on the way though the result may not be.
	const big = 0x1p500
	scale := 0
	for j := 1; j < n; j++ {
		sum *= float64(j) / x
		if sum > big {
			sum /= big
			scale += 500
		} else if sum < 1/big {
			sum *= big
			scale -= 500
		}
	}
	return math.Ldexp(sum/x, scale)
}

// intPow returns xⁿ, n ≥ 1.
func intPow(x float64, n int) float64 {
	y := 1.0
	for ; n > 1; n >>= 1 {
		if n&1 == 1 {
			y *= x
		}
		x *= x
	}
	return x * y
}

func ratio8(num, den *[9]float64, w float64) float64 {
	p, q := num[8], den[8]
	for i := 7; i >= 0; i-- {
		p = p*w + num[i]
		q = q*w + den[i]
	}
	return p / q
}

func ratio9(num, den *[10]float64, w float64) float64 {
	p, q := num[9], den[9]
	for i := 8; i >= 0; i-- {
		p = p*w + num[i]
		q = q*w + den[i]
	}
	return p / q
}

func ratio10(num, den *[11]float64, w float64) float64 {
	p, q := num[10], den[10]
	for i := 9; i >= 0; i-- {
		p = p*w + num[i]
		q = q*w + den[i]
	}
	return p / q
}
