package diagnostics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natgrad/vi/diagnostics"
)

func TestResampleCounts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const runs, m = 4000, 7
	w := []float64{0, 0.05, 0.4, 0, 0.15, 0.4, 0}
	lw := make([]float64, len(w))
	for i, v := range w {
		lw[i] = 12 + math.Log(v) // not normalised
	}
	mean := make([]float64, len(w))
	dst := make([]int, m)
	for range runs {
		if err := diagnostics.Resample(dst, lw, rng); err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(dst) {
			t.Fatalf("indices %v are not in order", dst)
		}
		count := make([]int, len(w))
		for _, s := range dst {
			count[s]++
		}
		for s, c := range count {
			if e := m * w[s]; math.Abs(float64(c)-e) >= 1 {
				t.Fatalf("draw %d chosen %d times, want %v up or down", s, c, e)
			}
			mean[s] += float64(c) / runs
		}
	}
	for s, c := range mean {
		if math.Abs(c-m*w[s]) > 4*0.5/math.Sqrt(runs) {
			t.Errorf("draw %d chosen %v times in the mean, want %v", s, c, m*w[s])
		}
	}
}

// Probabilities of ordered pairs without replacement are w_i w_j/(1 − w_i).
func TestResampleDistinctPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const runs = 40000
	w := []float64{0.5, 0.3, 0.2, 0}
	lw := make([]float64, len(w))
	for i, v := range w {
		lw[i] = math.Log(v) - 800
	}
	var freq [4][4]float64
	dst := make([]int, 2)
	for range runs {
		if err := diagnostics.ResampleDistinct(dst, lw, rng); err != nil {
			t.Fatal(err)
		}
		freq[dst[0]][dst[1]] += 1. / runs
	}
	for i := range w {
		for j := range w {
			want := w[i] * w[j] / (1 - w[i])
			if i == j {
				want = 0
			}
			if se := math.Sqrt(want * (1 - want) / runs); math.Abs(freq[i][j]-want) > 4*se {
				t.Errorf("pair (%d, %d) has frequency %v, want %v ± %v", i, j, freq[i][j], want, se)
			}
		}
	}
}

func TestResampleSameSeed(t *testing.T) {
	lw := autoregressive(1, 300, 0, 0, 1)
	for name, f := range map[string]func([]int, []float64, *rand.Rand) error{
		"Resample": diagnostics.Resample, "ResampleDistinct": diagnostics.ResampleDistinct,
	} {
		a, b := make([]int, 100), make([]int, 100)
		for _, dst := range [][]int{a, b} {
			if err := f(dst, lw, rand.New(rand.NewPCG(9, 9))); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(a, b) {
			t.Errorf("%s: one seed gives %v and %v", name, a, b)
		}
	}
}

func TestResampleRefuses(t *testing.T) {
	inf := math.Inf(1)
	for name, f := range map[string]func([]int, []float64, *rand.Rand) error{
		"Resample": diagnostics.Resample, "ResampleDistinct": diagnostics.ResampleDistinct,
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		wantError(t, name, f(make([]int, 1), nil, rng), &diagnostics.CountError{Of: "log weights", Got: 0, Want: 1})
		wantError(t, name, f(make([]int, 1), []float64{0, math.NaN()}, rng),
			&diagnostics.ValueError{Of: "log weight", Index: 1, Column: -1, Got: math.NaN(), Want: "a number below +Inf"})
		wantError(t, name, f(make([]int, 1), []float64{-inf}, rng), &diagnostics.WeightError{Draws: 1, Alone: -1})
	}
	err := diagnostics.ResampleDistinct(make([]int, 3), []float64{0, -inf, 1}, rand.New(rand.NewPCG(1, 2)))
	wantError(t, "too few", err, &diagnostics.CountError{Of: "draws with positive weight", Got: 2, Want: 3})
}

type zeros struct{}

func (zeros) Uint64() uint64 { return 0 }

// u = 0 is in the part of the first draw with weight.
func TestResampleZero(t *testing.T) {
	dst := make([]int, 2)
	if err := diagnostics.Resample(dst, []float64{math.Inf(-1), 0, 0}, rand.New(zeros{})); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(dst, []int{1, 2}) {
		t.Errorf("indices are %v, want 1 and 2", dst)
	}
}

func TestResampleAllocs(t *testing.T) {
	lw := autoregressive(1, 300, 0, 0, 1)
	dst := make([]int, 1000)
	rng := rand.New(rand.NewPCG(1, 2))
	if n := testing.AllocsPerRun(20, func() { diagnostics.Resample(dst, lw, rng) }); n != 0 {
		t.Errorf("Resample allocates %v times", n)
	}
}

func ExampleResample() {
	logWeights := []float64{math.Log(0.2), math.Inf(-1), math.Log(0.8)}
	index := make([]int, 5)
	if err := diagnostics.Resample(index, logWeights, rand.New(rand.NewPCG(1, 2))); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(index)
	// Output:
	// [0 2 2 2 2]
}
