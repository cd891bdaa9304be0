package models_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natgrad/models"
)

// TestDenseTiles compares the products that go by tiles with whole ones of
// gonum, for sizes around the tiles'.
func TestDenseTiles(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, size := range [][4]int{{1, 1, 0, 1}, {70, 128, 0, 70}, {135, 129, 2, 131}, {260, 301, 1, 258}, {33, 5, 0, 33}, {9, 4, 4, 4}} {
		n, d, lo, hi := size[0], size[1], size[2], size[3]
		x, c, w := make([]float64, n*d), make([]float64, d*d), make([]float64, hi-lo)
		for i := range x {
			x[i] = rnd.NormFloat64()
		}
		for i := range w {
			w[i] = rnd.NormFloat64()
		}
		for i := range d {
			for j := i; j < d; j++ {
				c[i*d+j] = rnd.NormFloat64()
			}
		}
		m, err := models.NewDense(n, d, x)
		if err != nil {
			t.Fatal(err)
		}
		work := m.NewWork(hi - lo)
		quad, gram := make([]float64, hi-lo), make([]float64, d*d)
		for i := range quad {
			quad[i] = math.NaN() // must be overwritten
		}
		for i := range gram {
			gram[i] = 1
		}
		m.QuadForm(quad, c, nil, lo, hi, work)
		m.AddGram(gram, w, lo, hi, work)
		if lo == hi {
			continue
		}
		rows := mat.NewDense(hi-lo, d, x[lo*d:hi*d])
		var y, wx, g mat.Dense
		y.Mul(rows, mat.NewDense(d, d, c))
		wx.Apply(func(i, j int, v float64) float64 { return w[i] * v }, rows)
		g.Mul(rows.T(), &wx)
		for i, got := range quad {
			r := y.RawRowView(i)
			var want float64
			for _, v := range r {
				want += v * v
			}
			if math.Abs(got-want) > 1e-13*want {
				t.Errorf("%d×%d: x_%dᵀCCᵀx_%d is %g, want %g", n, d, lo+i, lo+i, got, want)
			}
		}
		for i := range d {
			for j := range d {
				want := 1.0
				if j >= i {
					want += g.At(i, j)
				}
				if math.Abs(gram[i*d+j]-want) > 1e-12*(1+math.Abs(want)) {
					t.Errorf("%d×%d: XᵀWX at %d, %d is %g, want %g", n, d, i, j, gram[i*d+j], want)
				}
			}
		}
	}
}

// A batch has the products of its rows, and two goroutines can share it.
func TestDenseGather(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	m, err := models.NewDense(5, 2, x)
	if err != nil {
		t.Fatal(err)
	}
	g := m.Gather(nil, []int{4, 0, 2})
	for range 2 {
		got := make(chan [3]float64, 2)
		for range cap(got) {
			go func() {
				var q [3]float64
				g.MulVecSq(q[:], []float64{1, 0.5}, 0, 3, g.NewWork(3))
				got <- q
			}()
		}
		for range cap(got) {
			if q := <-got; q != [3]float64{81 + 50, 1 + 2, 25 + 18} {
				t.Errorf("squares %v", q)
			}
		}
		g = m.Gather(g, []int{4, 0, 2})
	}
	if g.(*models.Dense) != m.Gather(g, []int{1}) {
		t.Error("memory not used again")
	}
}
