package lanes

import (
	"math"
	"math/rand/v2"
	"testing"
)

var lengths = []int{0, 1, 3, 4, 5, 8, 20, 50, 201}

// sameBits runs f with and without wide registers, and wants the same of both and nothing
// written beyond.
func sameBits(t *testing.T, n int, f func(dst []float64)) []float64 {
	t.Helper()
	var all [][]float64
	both(func() {
		dst := make([]float64, n+4)
		f(dst[:n])
		for _, v := range dst[n:] {
			if v != 0 {
				t.Errorf("%d numbers: writes beyond", n)
			}
		}
		all = append(all, dst[:n])
	})
	same(t, all[len(all)-1], all[0])
	return all[0]
}

func TestExp(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 3))
	edges := []float64{0, -708, math.Nextafter(-708, -800), -800, -1e300, math.Inf(-1), 709, 1, -1, 1e-300, -1e-17, 0.5 * math.Ln2, -0.5 * math.Ln2}
	for _, n := range lengths {
		x := make([]float64, n)
		for i := range x {
			switch i % 3 {
			case 0:
				x[i] = edges[rnd.IntN(len(edges))]
			case 1:
				x[i] = 709 * (2*rnd.Float64() - 1)
			default:
				x[i] = 2 * rnd.NormFloat64()
			}
		}
		got := sameBits(t, n, func(dst []float64) { Exp(dst, x) })
		for i, v := range x {
			want := math.Exp(v)
			if v < -708 {
				want = 0
			}
			if !(math.Abs(got[i]-want) <= 2.3e-16*want) {
				t.Errorf("e^%v is %v, want %v", v, got[i], want)
			}
		}
	}
}

// e^ψ(x), of mpmath with 40 digits at the float64 nearest to x.
var expDigammaRef = [][2]float64{
	{0.00142, 8.1123626987740179014e-307},
	{0.003, 9.6968257697558148412e-146},
	{0.01, 2.1230604026469264231e-44},
	{0.05, 1.2528498616706988743e-9},
	{0.1, 0.00002971808008176839566},
	{0.3, 0.03012125464010148438},
	{0.5, 0.14036487089172129246},
	{0.75, 0.33761101825337358355},
	{0.999999, 0.56145856000313816373},
	{1.0, 0.56145948356688516982},
	{1.0000001, 0.56145957592326923811},
	{1.25, 0.79655943406506567816},
	{1.4616321449683622, 0.99999999999999990759},
	{2.0, 1.5262051115958638805},
	{3.1, 2.6156861283272393887},
	{5.5, 5.0082830340357685961},
	{10.1, 9.6043330603473198011},
	{33.3, 32.801270143260549795},
	{194.0, 193.50021533072407597},
	{1000.0, 999.50004168750398862},
	{12345.678, 12345.17800337513685},
	{1000000.0, 999999.50000004166669},
	{10000000000.0, 9999999999.5},
	{1e+16, 9999999999999999.5},
	{1e+100, 1.0000000000000000159e100},
	{1e+300, 1.0000000000000000525e300},
}

func TestExpDigamma(t *testing.T) {
	n := len(expDigammaRef)
	x := make([]float64, n)
	for i, r := range expDigammaRef {
		x[i] = r[0]
	}
	for first := range 5 { // through the wide registers and beside them
		got := sameBits(t, n-first, func(dst []float64) { ExpDigamma(dst, x[first:]) })
		for i, v := range got {
			want := expDigammaRef[first+i][1]
			if !(math.Abs(v-want) <= (1e-15+2.3e-16/x[first+i])*want) {
				t.Errorf("e^ψ(%v) is %v, want %v, relative error %.2g", x[first+i], v, want, v/want-1)
			}
		}
	}
	for e := -2.8; e < 290; e += 0.37 {
		x := []float64{math.Pow(10, e), math.Pow(10, e) * 1.001}
		sameBits(t, 2, func(dst []float64) { ExpDigamma(dst, x) })
		y := make([]float64, 2)
		ExpDigamma(y, x)
		if !(y[0] < y[1]) {
			t.Errorf("e^ψ does not rise from %v to %v: %v, %v", x[0], x[1], y[0], y[1])
		}
	}
}

func TestFold(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 3))
	for _, k := range []int{4, 8, 20, 52} {
		for _, words := range []int{0, 1, 2, 3, 4, 5, 8, 15} {
			rows, θ, n := make([]float64, 10*k), make([]float64, k), make([]float64, words)
			for i := range rows {
				rows[i] = rnd.ExpFloat64()
			}
			for i := range θ {
				θ[i] = rnd.ExpFloat64()
			}
			w := make([]int32, words)
			for j := range w {
				w[j], n[j] = int32(rnd.IntN(10)), float64(rnd.IntN(4))
			}
			start := numbers(rnd, k)
			ratio := sameBits(t, words, func(dst []float64) { Fold(make([]float64, k), dst, θ, n, rows, w) })
			sum := sameBits(t, k, func(dst []float64) {
				copy(dst, start)
				Fold(dst, make([]float64, words), θ, n, rows, w)
			})
			want := append([]float64(nil), start...)
			for j, w := range w {
				var s float64
				for i, e := range rows[int(w)*k : (int(w)+1)*k] {
					s += e * θ[i]
				}
				near(t, ratio[j], n[j]/s)
				for i, e := range rows[int(w)*k : (int(w)+1)*k] {
					want[i] += n[j] / s * e
				}
			}
			for i := range want {
				near(t, sum[i], want[i])
			}
		}
	}
}

func TestBadFold(t *testing.T) {
	x, one := make([]float64, 8), make([]float64, 1)
	for name, f := range map[string]func(){
		"a word beyond": func() { Fold(x[:4], one, x[:4], one, x, []int32{2}) },
		"a word before": func() { Fold(x[:4], one, x[:4], one, x, []int32{-1}) },
		"a rest":        func() { Fold(x[:5], one, x[:5], one, x, []int32{0}) },
		"sum":           func() { Fold(x, one, x[:4], one, x, []int32{0}) },
		"counts":        func() { Fold(x[:4], one, x[:4], x[:2], x, []int32{0}) },
		"ratio":         func() { Fold(x[:4], x[:2], x[:4], one, x, []int32{0}) },
		"exp":           func() { Exp(x, x[:7]) },
		"expDigamma":    func() { ExpDigamma(x, x[:7]) },
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

func BenchmarkLDA(b *testing.B) {
	rnd := rand.New(rand.NewPCG(2, 3))
	const k, v, words = 20, 10000, 134
	rows, θ, sum := make([]float64, v*k), make([]float64, k), make([]float64, k)
	for i := range rows {
		rows[i] = rnd.ExpFloat64()
	}
	n, ratio, w := make([]float64, words), make([]float64, words), make([]int32, words)
	for j := range w {
		n[j], w[j] = 1, int32(rnd.IntN(v))
	}
	for i := range θ {
		θ[i] = 0.1 + rnd.ExpFloat64()
	}
	b.Run("Fold", func(b *testing.B) {
		for b.Loop() {
			Fold(sum, ratio, θ, n, rows, w)
		}
	})
	b.Run("ExpDigamma", func(b *testing.B) {
		for b.Loop() {
			ExpDigamma(sum, θ)
		}
	})
	b.Run("Exp", func(b *testing.B) {
		for b.Loop() {
			Exp(sum, θ)
		}
	})
}
