package models

import (
	"math"
	"testing"
)

func TestExpNeg(t *testing.T) {
	check := func(a float64) {
		t.Helper()
		got, want := expNeg(a), math.Exp(-a)
		if !(math.Abs(got-want) <= 4.5e-16*want) && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("exp(−%v): %v, want %v", a, got, want)
		}
	}
	for _, a := range []float64{0, 5e-324, 1e-20, 1e-9, math.Ln2, 699.999, 700, 700.001, 745, 746, 1e6, math.MaxFloat64, math.Inf(1), math.NaN()} {
		check(a)
	}
	for a := 1e-6; a < 5; a += 1.37e-4 {
		check(a)
	}
	for a := 5.; a < 750; a += 0.00937 {
		check(a)
	}
	// The rounding to 64ths of log 2 changes in the middle.
	for k := range 1000 {
		a := (float64(k) + 0.5) * math.Ln2 / 64
		check(math.Nextafter(a, 0))
		check(a)
		check(math.Nextafter(a, math.Inf(1)))
	}
	if expNeg(0) != 1 {
		t.Errorf("exp(−0): %v", expNeg(0))
	}
}
