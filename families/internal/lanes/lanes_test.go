package lanes

import (
	"math"
	"math/rand/v2"
	"testing"
)

// lengths are those with and without a rest after the wide registers.
var lengths = []int{0, 1, 7, 8, 9, 16, 31, 200}

// numbers are positive, of all sizes that Log takes.
func numbers(rnd *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		switch i % 4 {
		case 0:
			x[i] = math.Exp(600 * (2*rnd.Float64() - 1))
		case 1:
			x[i] = 1 + 0.6*(rnd.Float64()-0.5)
		case 2:
			x[i] = []float64{1, 0x1p-1022, math.MaxFloat64, math.Sqrt2, math.Sqrt2 / 2, 2, 0.5, math.Nextafter(1, 0)}[rnd.IntN(8)]
		default:
			x[i] = 10 * rnd.Float64()
		}
	}
	return x
}

// both runs f with the processor's registers, if it has them, and without, and wants the
// same bits, and nothing written beyond.
func both(t *testing.T, name string, n int, f func(dst []float64)) []float64 {
	t.Helper()
	dst := make([]float64, n+8)
	f(dst[:n])
	for _, v := range dst[n:] {
		if v != 0 {
			t.Fatalf("%s of %d numbers writes beyond", name, n)
		}
	}
	if was := hasAVX2; was {
		setAVX2(false)
		defer setAVX2(was)
		other := make([]float64, n)
		f(other)
		for i, v := range other {
			if math.Float64bits(v) != math.Float64bits(dst[i]) {
				t.Errorf("%s: number %d of %d is %v without wide registers, %v with", name, i, n, v, dst[i])
			}
		}
	}
	return dst[:n]
}

func near(t *testing.T, name string, x, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 4.5e-16*math.Abs(want)) {
		t.Errorf("%s(%v) is %v, want %v", name, x, got, want)
	}
}

func TestLog(t *testing.T) {
	for _, n := range lengths {
		x := numbers(rand.New(rand.NewPCG(1, 2)), n)
		got := both(t, "Log", n, func(dst []float64) { Log(dst, x) })
		for i, v := range x {
			near(t, "Log", v, got[i], math.Log(v))
		}
	}
}

func TestShifted(t *testing.T) {
	for _, n := range lengths {
		x := numbers(rand.New(rand.NewPCG(2, 2)), n)
		w := make([]float64, n)
		u := both(t, "Shifted", n, func(dst []float64) { Shifted(dst, w, x) })
		w = both(t, "Shifted", n, func(dst []float64) { Shifted(make([]float64, n), dst, x) })
		for i, v := range x {
			if v < 1 {
				v++
			}
			if u[i] != 1/v || w[i] != 1/v*(1/v) {
				t.Errorf("Shifted(%v) is %v and %v", x[i], u[i], w[i])
			}
		}
	}
}

// Coefficients are positive, so that nothing cancels.
func TestRatio(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 2))
	for _, n := range lengths {
		for _, terms := range []int{2, 3, 9, 11} {
			w, num, den := make([]float64, n), make([]float64, terms), make([]float64, terms)
			for i := range w {
				w[i] = rnd.Float64()
			}
			for i := range num {
				num[i], den[i] = rnd.ExpFloat64(), rnd.ExpFloat64()
			}
			got := both(t, "Ratio", n, func(dst []float64) { Ratio(dst, w, num, den) })
			for i, w := range w {
				var p, q float64
				for j := range num {
					p += num[j] * math.Pow(w, float64(j))
					q += den[j] * math.Pow(w, float64(j))
				}
				if want := p / q; !(math.Abs(got[i]-want) <= 1e-14*want) {
					t.Errorf("Ratio(%v) is %v, want %v", w, got[i], want)
				}
			}
		}
	}
}

func TestBadLengths(t *testing.T) {
	x := make([]float64, 8)
	for name, f := range map[string]func(){
		"log":         func() { Log(x, x[:7]) },
		"shifted":     func() { Shifted(x, x[:7], x) },
		"ratio":       func() { Ratio(x[:7], x, x, x) },
		"ratio terms": func() { Ratio(x, x, x[:2], x[:3]) },
		"constant":    func() { Ratio(x, x, x[:1], x[:1]) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func BenchmarkLanes(b *testing.B) {
	x := numbers(rand.New(rand.NewPCG(1, 2)), 256)
	u, w, c := make([]float64, 256), make([]float64, 256), make([]float64, 9)
	for i := range c {
		c[i] = 1
	}
	for name, f := range map[string]func(){
		"Log":     func() { Log(u, x) },
		"Shifted": func() { Shifted(u, w, x) },
		"Ratio":   func() { Ratio(u, w, c, c) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
		})
	}
}
