package models

import "math"

// exp2Steps has the bits of 2^(−j/64).
var exp2Steps = func() (t [64]uint64) {
	for j := range t {
		t[j] = math.Float64bits(math.Exp2(-float64(j) / 64))
	}
	return t
}()

// expNeg returns exp(−a) for a ≥ 0 within two units in the last place. It has less
// latency than math.Exp, on which all else waits in logitNarrow.
//
// With n the integer next to 64 a/log 2 and r = n (log 2)/64 − a, |r| < 0.0055,
// it is 2^(−n/64) eʳ.
func expNeg(a float64) float64 {
	const (
		hi    = 0x1.62e42fefap-7      // (log 2)/64 to 37 bits, so that n hi is exact
		lo    = 0x1.cf79abc9e3b3ap-46 // and the rest
		shift = 0x1.8p52              // adding it rounds to an integer, in the low bits
		limit = 700                   // beyond, the result may be subnormal
	)
	if !(a <= limit) {
		return math.Exp(-a)
	}
	t := a*(64/math.Ln2) + shift
	bits := math.Float64bits(t)
	n := t - shift
	r := (n*hi - a) + n*lo
	r2 := r * r
	p := r + r2*((1./2+r*(1./6))+r2*(1./24+r*(1./120))) // eʳ − 1
	step := math.Float64frombits(exp2Steps[bits%64] - bits>>6<<52)
	return step + step*p
}
