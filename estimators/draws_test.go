package estimators

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

func TestFrameIsOrthonormal(t *testing.T) {
	rng := NewRng()
	for _, c := range []struct{ rows, d int }{{1, 1}, {2, 2}, {1, 5}, {3, 5}, {40, 40}, {124, 124}} {
		a := make([]float64, c.rows*c.d)
		frame(a, c.rows, c.d, rng, make([]float64, c.d), make([]float64, c.d))
		for i := range c.rows {
			for j := range c.rows {
				dot := 0.0
				for k := range c.d {
					dot += a[i*c.d+k] * a[j*c.d+k]
				}
				want := 0.0
				if i == j {
					want = 1
				}
				if math.Abs(dot-want) > 1e-13 {
					t.Fatalf("%d of %d: rows %d and %d have product %v, want %v", c.rows, c.d, i, j, dot, want)
				}
			}
		}
	}
}

// The moments of a uniform direction in R^d, for each row of the frame.
func TestFrameIsUniform(t *testing.T) {
	const d, n = 4, 20000
	rng := NewRng()
	a, v, s := make([]float64, d*d), make([]float64, d), make([]float64, d)
	var m4, m22, mixed [d]float64
	for range n {
		frame(a, d, d, rng, v, s)
		for i := range d {
			x := a[i*d : (i+1)*d]
			m4[i] += math.Pow(x[0], 4) / n
			m22[i] += x[1] * x[1] * x[3] * x[3] / n
			// Columns of a uniform frame are uniform directions, too.
			y := a[(i+1)%d*d : (i+1)%d*d+d]
			mixed[i] += x[2] * x[2] * y[2] * y[2] / n
		}
	}
	for i := range d {
		// E u_j⁴ = 3/(d(d+2)), E u_j²u_k² = 1/(d(d+2)); the sd of u⁴ is below .2.
		for _, c := range []struct {
			name      string
			got, want float64
		}{
			{"E u⁴", m4[i], 3.0 / (d * (d + 2))},
			{"E u_j²u_k²", m22[i], 1.0 / (d * (d + 2))},
			{"E u_j²v_j²", mixed[i], 1.0 / (d * (d + 2))},
		} {
			if math.Abs(c.got-c.want) > 4*0.2/math.Sqrt(n) {
				t.Errorf("row %d: %s is %v, want %v", i, c.name, c.got, c.want)
			}
		}
	}
}

func TestChiSquaredLaw(t *testing.T) {
	rng := NewRng()
	const n = 20000
	for _, ν := range []float64{2, 3, 11, 126} {
		law := distuv.ChiSquared{K: ν}
		var below, deciles [9]float64
		for i := range deciles {
			deciles[i] = law.Quantile(float64(i+1) / 10)
		}
		for range n {
			x := chiSquared(ν, rng)
			for i := range below {
				if x < deciles[i] {
					below[i]++
				}
			}
		}
		for i, b := range below {
			p := float64(i+1) / 10
			if z := (b/n - p) / math.Sqrt(p*(1-p)/n); math.Abs(z) > 4 {
				t.Errorf("χ²(%v): %v of the draws are below the %v quantile (z = %.1f)", ν, b/n, p, z)
			}
		}
	}
}

func TestDirections(t *testing.T) {
	for _, c := range []struct{ d, draws, want int }{
		{1, 1, 2}, {1, 16, 8}, {1, 17, 9}, {9, 18, 9}, {9, 16, 8}, {9, 17, 9}, {9, 20, 18}, {124, 16, 8}, {124, 248, 124},
	} {
		if got := directions(c.d, c.draws); got != c.want {
			t.Errorf("%d draws in %d dimensions: %d pairs, want %d", c.draws, c.d, got, c.want)
		}
	}
}
