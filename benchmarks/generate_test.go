package main

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/models"
)

func TestGeneratorsAreSeeded(t *testing.T) {
	for name, generate := range map[string]func(n, d int, seed uint64) (regression, error){
		"dense": generateDense, "sparse": generateSparse,
	} {
		data := func(n int, seed uint64) ([]float64, []float64) {
			r, err := generate(n, 40, seed)
			if err != nil {
				t.Fatal(err)
			}
			x, ok := r.x.(*models.Dense)
			if !ok {
				x = r.x.(*models.CSR).Dense()
			}
			return x.RawData(), r.y
		}
		x1, y1 := data(50, 7)
		x2, y2 := data(50, 7)
		if !cmp.Equal(x1, x2) || !cmp.Equal(y1, y2) {
			t.Errorf("%s: the same seed gives other data", name)
		}
		if x3, _ := data(50, 8); cmp.Equal(x1, x3) {
			t.Errorf("%s: another seed gives the same data", name)
		}
	}
}

// What the comment of generateDense says of its columns, and that labels come
// from a model with that signal.
func TestGenerateDenseMoments(t *testing.T) {
	const n, d = 20000, 6
	r, err := generateDense(n, d, 1)
	if err != nil {
		t.Fatal(err)
	}
	x := r.x.(*models.Dense).RawData()
	for j := range d {
		for k := range d {
			var s float64
			for i := range n {
				s += x[i*d+j] * x[i*d+k] / n
			}
			want := math.Pow(neighbours, math.Abs(float64(j-k)))
			if (j == 0) != (k == 0) {
				want = 0 // the intercept with a column
			}
			// A product of standard normals has variance 1 + ρ² ≤ 2.
			if se := math.Sqrt(2. / n); math.Abs(s-want) > 4.5*se {
				t.Errorf("E[x%d x%d] = %.4f, want %.4f", j, k, s, want)
			}
		}
	}
	checkShare(t, r.y, 0.2, 0.6)
}

func TestGenerateSparseShape(t *testing.T) {
	const n, d = 2000, 123
	r, err := generateSparse(n, d, 1)
	if err != nil {
		t.Fatal(err)
	}
	x := r.x.(*models.CSR)
	if rows, cols := x.Dims(); rows != n || cols != d+1 || x.NumNonzero() != n*(onesPerRow+1) {
		t.Errorf("%d × %d with %d entries, want %d × %d with %d", rows, cols, x.NumNonzero(), n, d+1, n*(onesPerRow+1))
	}
	dense := x.Dense().RawData()
	for i := range n {
		for g := range onesPerRow {
			lo, hi := g*d/onesPerRow, (g+1)*d/onesPerRow
			var ones float64
			for _, v := range dense[i*(d+1)+1+lo : i*(d+1)+1+hi] {
				ones += v
			}
			if ones != 1 {
				t.Fatalf("row %d has %v ones in group %d, want 1", i, ones, g)
			}
		}
	}
	checkShare(t, r.y, 0.02, 0.8)
}

// checkShare checks that the labels are 0 and 1 and neither is rare.
func checkShare(t *testing.T, y []float64, lo, hi float64) {
	t.Helper()
	var ones float64
	for _, v := range y {
		if v != 0 && v != 1 {
			t.Fatalf("label %v", v)
		}
		ones += v
	}
	if share := ones / float64(len(y)); share < lo || share > hi {
		t.Errorf("share of ones %.3f, want %v to %v", share, lo, hi)
	}
}
