package estimators_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/estimators"
)

func TestBaseDrawsAreWhite(t *testing.T) {
	for _, c := range []struct{ d, n int }{{1, 1}, {1, 32}, {3, 32}, {10, 20}, {20, 64}, {21, 64}, {50, 100}} {
		x := estimators.BaseDraws(c.d, c.n, 7, true)
		for i := range c.d {
			for j := range c.d {
				var s, want float64
				for k := range c.n {
					s += x[k*c.d+i] * x[k*c.d+j] / float64(c.n)
				}
				if i == j {
					want = 1
				}
				if math.Abs(s-want) > 1e-13 {
					t.Fatalf("d = %d, n = %d: second moment %d, %d is %g", c.d, c.n, i, j, s)
				}
			}
		}
	}
	// With fewer pairs than dimensions only the total is right.
	x := estimators.BaseDraws(30, 10, 1, true)
	var s float64
	for _, v := range x {
		s += v * v
	}
	if math.Abs(s/300-1) > 1e-13 {
		t.Errorf("mean square %g of few draws", s/300)
	}
}

// Quasi-random points are more even than random ones: the fourth moments of ten
// thousand of them, and their share below given quantiles.
func TestBaseDrawsAreEven(t *testing.T) {
	const d, n = 5, 10000
	x := estimators.BaseDraws(d, n, 3, false)
	for j := range d {
		var m1, m2, m4 float64
		below := 0
		for k := range n {
			v := x[k*d+j]
			m1 += v / n
			m2 += v * v / n
			m4 += v * v * v * v / n
			if v < -1 {
				below++
			}
		}
		// A third of the standard errors of random draws.
		if math.Abs(m1) > 0.0035 || math.Abs(m2-1) > 0.005 || math.Abs(m4-3) > 0.08 || math.Abs(float64(below)/n-0.15866) > 0.0012 {
			t.Errorf("coordinate %d: moments %g, %g, %g, share %g", j, m1, m2, m4, float64(below)/n)
		}
	}
}

func TestBaseDrawsAreSeeded(t *testing.T) {
	for _, d := range []int{3, 30} {
		a, b, c := estimators.BaseDraws(d, 40, 1, false), estimators.BaseDraws(d, 40, 1, false), estimators.BaseDraws(d, 40, 2, false)
		if !cmp.Equal(a, b) || cmp.Equal(a, c) {
			t.Errorf("d = %d: draws do not follow the seed", d)
		}
		if longer := estimators.BaseDraws(d, 80, 1, false); !cmp.Equal(longer[:40*d], a) {
			t.Errorf("d = %d: a longer sequence begins otherwise", d)
		}
		for _, u := range estimators.BaseCube(d, 200, 5) {
			if !(u >= 0 && u < 1) {
				t.Fatalf("%g is not in the unit interval", u)
			}
		}
	}
}
