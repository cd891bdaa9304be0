package diagnostics_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// congruential returns numbers in (0, 1) that any language can repeat:
//
//	x ← 1664525 x + 1013904223 mod 2³²,   u = (x + ½)/2³².
func congruential(seed uint32, n int) []float64 {
	u := make([]float64, n)
	for i := range u {
		seed = 1664525*seed + 1013904223
		u[i] = (float64(seed) + 0.5) / (1 << 32)
	}
	return u
}

// autoregressive returns shift + scale p_t with p_t = ρ p_t−1 + log(u/(1 − u)).
func autoregressive(seed uint32, n int, rho, shift, scale float64) []float64 {
	x := congruential(seed, n)
	var p float64
	for i, u := range x {
		p = rho*p + math.Log(u/(1-u))
		x[i] = shift + scale*p
	}
	return x
}

// near fails the test if got is not want within a relative tolerance.
func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if got == want {
		return
	}
	if !(math.Abs(got-want) <= tol*max(1e-3, math.Abs(want))) {
		t.Errorf("%s is %.17g, want %.17g", what, got, want)
	}
}

// wantError fails the test if err is not of type E with the given content.
func wantError[E error](t *testing.T, what string, err error, want E) {
	t.Helper()
	var got E
	if !errors.As(err, &got) {
		t.Errorf("%s: error is %T (%v), want %T", what, err, err, want)
		return
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b float64) bool {
		return a == b || math.IsNaN(a) && math.IsNaN(b)
	})); diff != "" {
		t.Errorf("%s: error (-want +got):\n%s", what, diff)
	}
}

// panics reports whether f panics.
func panics(f func()) (p bool) {
	defer func() { p = recover() != nil }()
	f()
	return false
}
