package lanes

import (
	"math"
	"math/rand/v2"
	"testing"
)

// both runs f with the processor's registers, if it has them, and without.
func both(f func()) {
	f()
	if avx, avx2 := hasAVX, hasAVX2; avx {
		setAVX(false, false)
		f()
		setAVX(avx, avx2)
	}
}

func numbers(rnd *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rnd.NormFloat64()
	}
	return x
}

// Both products are sums that exact arithmetic would give, whatever the lengths, write
// nothing beyond, and are the same with and without wide registers.
func TestProducts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, f := range []int{0, 1, 2, 3, 7, 66} {
		for _, n := range []int{0, 1, 3, 4, 7, 8, 9, 16, 31, 120} {
			stride := n + 3
			rows, c := numbers(rnd, f*stride+1), numbers(rnd, 4*f)
			start := numbers(rnd, 4*(n+1))
			var combined, dotted [][]float64
			both(func() {
				out := append([]float64(nil), start...)
				var dst [4][]float64
				for k := range dst {
					dst[k] = out[k*(n+1) : k*(n+1)+n]
				}
				Combine(&dst, c, rows, stride)
				combined = append(combined, out)
				dots := numbers(rand.New(rand.NewPCG(3, 4)), 4*f)
				Dots(dots, &dst, rows, stride)
				dotted = append(dotted, dots)
				product := append([]float64(nil), out...)
				Mul(product[:n], dst[1], dst[2])
				for i, v := range product {
					if i < n && v != dst[1][i]*dst[2][i] || i >= n && v != out[i] {
						t.Errorf("n = %d: product %d is %v", n, i, v)
					}
				}
			})
			for k := range 4 {
				for i := range n {
					want := start[k*(n+1)+i]
					for j := range f {
						want += c[4*j+k] * rows[j*stride+i]
					}
					near(t, combined[0][k*(n+1)+i], want)
				}
				if end := k*(n+1) + n; combined[0][end] != start[end] {
					t.Errorf("f = %d, n = %d: wrote beyond vector %d", f, n, k)
				}
				for j := range f {
					var want float64
					for i := range n {
						want += combined[0][k*(n+1)+i] * rows[j*stride+i]
					}
					near(t, dotted[0][4*j+k], want)
				}
			}
			for v := range combined {
				same(t, combined[v], combined[0])
				same(t, dotted[v], dotted[0])
			}
		}
	}
}

func near(t *testing.T, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*(1+math.Abs(want))) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func same(t *testing.T, got, want []float64) {
	t.Helper()
	for i := range got {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
			t.Errorf("number %d is %v without wide registers, want %v", i, got[i], want[i])
		}
	}
}

func TestBadLengths(t *testing.T) {
	x := make([]float64, 8)
	for name, f := range map[string]func(){
		"unequal":   func() { Combine(&[4][]float64{x, x, x, x[:7]}, x, make([]float64, 64), 8) },
		"long":      func() { Combine(&[4][]float64{x, x, x, x}, x, make([]float64, 64), 7) },
		"short":     func() { Combine(&[4][]float64{x, x, x, x}, x, make([]float64, 15), 8) },
		"triple":    func() { Combine(&[4][]float64{x, x, x, x}, x[:7], make([]float64, 64), 8) },
		"dots":      func() { Dots(x, &[4][]float64{x, x, x, x}, make([]float64, 15), 8) },
		"mul":       func() { Mul(x, x, x[:7]) },
		"dots long": func() { Dots(x, &[4][]float64{x, x, x, x}, make([]float64, 64), 7) },
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
