package dataset

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHoldout(t *testing.T) {
	for _, test := range []struct {
		n        int
		fraction float64
		test     int
	}{{10, .3, 3}, {10, .01, 1}, {10, .99, 9}, {2, .5, 1}, {1000, .2, 200}, {7, .5, 4}} {
		train, held, err := Holdout(test.n, test.fraction, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(held) != test.test {
			t.Errorf("%d rows, fraction %v: %d test rows, want %d", test.n, test.fraction, len(held), test.test)
		}
		checkPartition(t, test.n, train, held)
	}
}

func checkPartition(t *testing.T, n int, train, test []int) {
	t.Helper()
	if !slices.IsSorted(train) || !slices.IsSorted(test) {
		t.Error("not sorted")
	}
	all := slices.Sorted(slices.Values(slices.Concat(train, test)))
	for i, r := range all {
		if len(all) != n || i != r {
			t.Fatalf("not a partition of %d rows: %v", n, all)
		}
	}
}

func TestHoldoutIsStratified(t *testing.T) {
	for _, test := range []struct {
		strata   []float64
		fraction float64
		want     map[float64]int // test rows
	}{
		{slices.Concat(slices.Repeat([]float64{1}, 30), slices.Repeat([]float64{0}, 70)), .2, map[float64]int{0: 14, 1: 6}},
		{slices.Concat(slices.Repeat([]float64{1}, 3), slices.Repeat([]float64{0}, 97)), .25, map[float64]int{0: 24, 1: 1}},
		{[]float64{0, 0, 0, 0, 0, 1}, .5, map[float64]int{0: 3}},
		{[]float64{0, 1, 0, 1}, .9, map[float64]int{0: 1, 1: 1}},
		{[]float64{5, 6, 7, 5, 6, 7}, .5, map[float64]int{5: 1, 6: 1, 7: 1}},
	} {
		train, held, err := Holdout(len(test.strata), test.fraction, 7, test.strata)
		if err != nil {
			t.Fatal(err)
		}
		checkPartition(t, len(test.strata), train, held)
		got := make(map[float64]int)
		for _, i := range held {
			got[test.strata[i]]++
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%v of %v: %s", test.fraction, test.strata, diff)
		}
	}
}

func TestHoldoutSeed(t *testing.T) {
	y := slices.Repeat([]float64{0, 1, 1}, 100)
	_, a, _ := Holdout(300, .3, 1, y)
	_, b, _ := Holdout(300, .3, 1, y)
	_, c, _ := Holdout(300, .3, 2, y)
	if !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Error("the split is not a function of the seed")
	}
}

// TestHoldoutIsFair: every row is in the test with the same probability. Over
// 2000 seeds its count is binomial, within 5 standard deviations for 40 rows.
func TestHoldoutIsFair(t *testing.T) {
	const n, seeds, fraction = 40, 2000, .3
	var counts [n]int
	for seed := range uint64(seeds) {
		_, held, err := Holdout(n, fraction, seed, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range held {
			counts[i]++
		}
	}
	for i, c := range counts {
		if z := (float64(c) - seeds*fraction) / math.Sqrt(seeds*fraction*(1-fraction)); math.Abs(z) > 5 {
			t.Errorf("row %d: %d times, z = %.1f", i, c, z)
		}
	}
}

func TestHoldoutErrors(t *testing.T) {
	for _, test := range []struct {
		n        int
		fraction float64
		strata   []float64
		want     string
	}{
		{10, 0, nil, "impossible split: got fraction 0, want between 0 and 1"},
		{10, 1, nil, "impossible split: got fraction 1, want between 0 and 1"},
		{10, math.NaN(), nil, "impossible split: got fraction NaN, want between 0 and 1"},
		{1, .5, nil, "impossible split: got 1 row, want at least 2"},
		{2, .5, []float64{1, 0}, "impossible split: got 2 rows, each of another class, want a class with two rows"},
		{2, .5, []float64{1, math.NaN()}, "impossible split: got class NaN in row 1, want a class"},
	} {
		_, _, err := Holdout(test.n, test.fraction, 1, test.strata)
		(&wrong{kind: BadSplit, want: test.want}).check(t, err)
	}
}

func TestSubset(t *testing.T) {
	for _, s := range []Storage{Dense, Sparse} {
		d := mustLIBSVM(t, flowers, &Options{Storage: s})
		sub := d.Subset([]int{2, 0, 1, 0})
		if diff := cmp.Diff([][]float64{{0, .5, 0, 0}, {5.1, 0, -.1, 0}, {0, 0, 0, 0}, {5.1, 0, -.1, 0}}, rowsOf(t, sub.X)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]int{5, 2, 4, 2}, sub.Lines); diff != "" || sub.IsSparse() != d.IsSparse() {
			t.Error(diff)
		}
	}
	for _, idx := range [][]int{{4}, {-1}, {}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v: no panic", idx)
				}
			}()
			mustLIBSVM(t, flowers, nil).Subset(idx)
		}()
	}
}

func TestString(t *testing.T) {
	d := mustCSV(t, people, &Options{Ignore: []string{"region"}, Missing: DropMissing})
	d.File = "people.csv"
	for got, want := range map[string]string{
		d.String():                             `people.csv: 5 rows × 3 columns (dense), target "died"`,
		d.Sparse().String():                    `people.csv: 5 rows × 3 columns (sparse, density 0.933), target "died"`,
		mustLIBSVM(t, "1 1:1\n", nil).String(): "1 row × 1 column (dense)",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	back, err := d.Sparse().Dense()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rowsOf(t, d.X), rowsOf(t, back.X)); diff != "" {
		t.Error(diff)
	}
}
