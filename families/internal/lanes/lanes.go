// Package lanes has functions of many numbers at a time, for families of many parameters.
// On amd64 with AVX2 it works on several numbers at once; elsewhere, Go code computes
// the same in the same order, so that results do not depend on the processor.
package lanes

import "math"

const badLength = "lanes: bad length"

// Shifted stores 1/x′ in u and its square in w, x′ being x where x ≥ 1 and x + 1 below,
// for positive numbers x.
func Shifted(u, w, x []float64) {
	n := len(x)
	if len(u) != n || len(w) != n {
		panic(badLength)
	}
	done := 0
	if n8 := n &^ 7; hasAVX2 && n8 > 0 {
		shifted(&u[0], &w[0], &x[0], n8)
		done = n8
	}
	for i := done; i < n; i++ {
		x := x[i]
		if x < 1 {
			x++
		}
		u[i] = 1 / x
		w[i] = u[i] * u[i]
	}
}

// Ratio stores P(w_i)/Q(w_i) in dst_i, which may be w. P and Q have the coefficients num and
// den of 1, w, w², …, as many.
func Ratio(dst, w, num, den []float64) {
	n, terms := len(w), len(num)
	if len(dst) != n || len(den) != terms || terms < 2 {
		panic(badLength)
	}
	done := 0
	if n8 := n &^ 7; hasAVX2 && n8 > 0 {
		ratio(&dst[0], &w[0], &num[0], &den[0], terms, n8)
		done = n8
	}
	for i := done; i < n; i++ {
		w := w[i]
		p, q := num[terms-1], den[terms-1]
		for j := terms - 2; j >= 0; j-- {
			p = float64(p*w) + num[j]
			q = float64(q*w) + den[j]
		}
		dst[i] = p / q
	}
}

// Log stores log x_i in dst_i, which may be x, to one unit in the last place. All of x must
// be positive, finite, and at least 2.3e-308.
func Log(dst, x []float64) {
	n := len(x)
	if len(dst) != n {
		panic(badLength)
	}
	done := 0
	if n8 := n &^ 7; hasAVX2 && n8 > 0 {
		logs(&dst[0], &x[0], n8, &logConst)
		done = n8
	}
	for i := done; i < n; i++ {
		dst[i] = logGo(x[i])
	}
}

// logConst are the constants of logGo in the order in which the code for AVX2 has them.
var logConst = [16]uint64{
	logBias, expMask, expBias, expOne,
	math.Float64bits(expOneValue),
	oneBits,
	math.Float64bits(2), math.Float64bits(0.5),
	math.Float64bits(logL1), math.Float64bits(logL2), math.Float64bits(logL3), math.Float64bits(logL4),
	math.Float64bits(logL5), math.Float64bits(logL6), math.Float64bits(logL7),
	math.Float64bits(ln2Hi),
}

const (
	oneBits = 0x3ff0000000000000
	// Added to the bits of x, logBias leaves the exponent k of x = 2ᵏ m with
	// √½ ≤ m < √2, plus 1024, in the upper 12.
	logBias     = expBias - 0x3fe6a09e667f3bcd
	expMask     = 0xfff0000000000000
	expBias     = 0x4000000000000000 // 1024 in them
	expOne      = 0x4330000000000000 // bits of 2⁵²
	expOneValue = 1<<52 + 1024

	// Those of log in FreeBSD's /usr/src/lib/msun/src/e_log.c.
	ln2Hi = 6.93147180369123816490e-01
	ln2Lo = 1.90821492927058770002e-10
	logL1 = 6.666666666666735130e-01
	logL2 = 3.999999999940941908e-01
	logL3 = 2.857142874366239149e-01
	logL4 = 2.222219843214978396e-01
	logL5 = 1.818357216161805012e-01
	logL6 = 1.531383769920937332e-01
	logL7 = 1.479819860511658591e-01
)

// logGo is math.Log, of which the order of operations is not the same everywhere.
func logGo(x float64) float64 {
	b := math.Float64bits(x)
	t := b + logBias
	k := math.Float64frombits(t>>52|expOne) - expOneValue
	f := math.Float64frombits(b-(t&expMask-expBias)) - 1
	s := f / (2 + f)
	s2 := s * s
	s4 := s2 * s2
	t1 := s2 * (float64(s4*(float64(s4*(float64(s4*logL7)+logL5))+logL3)) + logL1)
	t2 := s4 * (float64(s4*(float64(s4*logL6)+logL4)) + logL2)
	r := t1 + t2
	h := float64(0.5*f) * f
	return float64(k*ln2Hi) - ((h - (float64(s*(h+r)) + float64(k*ln2Lo))) - f)
}
