package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// splitStream is the second word of the generator's seed, so that a split does
// not share its random numbers with other uses of the same seed.
const splitStream = 0x73706c6974 // "split"

// Holdout divides the rows 0, ..., n−1 at random into training and test rows,
// round(fraction n) of them for the test, at least one of each. Both come in
// increasing order; give them to Dataset.Subset. The same arguments give the
// same split.
//
// If strata is not nil, it holds a class for each row, such as the result of
// Dataset.TwoClass, and every class is divided by the same fraction, rounded so
// that the sizes of the test classes add up; a class keeps at least one
// training row.
func Holdout(n int, fraction float64, seed uint64, strata []float64) (train, test []int, err error) {
	if strata != nil && len(strata) != n {
		panic(strataPanic)
	}
	if !(fraction > 0 && fraction < 1) {
		return nil, nil, &Error{Kind: BadSplit, Got: fmt.Sprintf("fraction %v", fraction), Want: "between 0 and 1"}
	}
	for i, c := range strata {
		if math.IsNaN(c) {
			return nil, nil, &Error{Kind: BadSplit, Got: fmt.Sprintf("class NaN in row %d", i), Want: "a class"}
		}
	}
	if n < 2 {
		return nil, nil, &Error{Kind: BadSplit, Got: count(n, "row"), Want: "at least 2"}
	}
	groups := strataOf(n, strata)
	sizes := testSizes(groups, min(max(int(math.Round(fraction*float64(n))), 1), n-1), n)
	rnd := rand.New(rand.NewPCG(seed, splitStream))
	for k, g := range groups {
		rnd.Shuffle(len(g), func(i, j int) { g[i], g[j] = g[j], g[i] })
		test = append(test, g[:sizes[k]]...)
		train = append(train, g[sizes[k]:]...)
	}
	if len(test) == 0 {
		return nil, nil, &Error{Kind: BadSplit, Got: fmt.Sprintf("%s, each of another class", count(n, "row")),
			Want: "a class with two rows"}
	}
	slices.Sort(train)
	slices.Sort(test)
	return train, test, nil
}

// strataOf returns the rows of each class, in the order of the classes.
func strataOf(n int, strata []float64) [][]int {
	if strata == nil {
		rows := make([]int, n)
		for i := range rows {
			rows[i] = i
		}
		return [][]int{rows}
	}
	rows := make(map[float64][]int)
	var classes []float64
	for i, c := range strata {
		if rows[c] == nil {
			classes = append(classes, c)
		}
		rows[c] = append(rows[c], i)
	}
	slices.Sort(classes)
	groups := make([][]int, len(classes))
	for k, c := range classes {
		groups[k] = rows[c]
	}
	return groups
}

// testSizes divides total test rows among the groups in proportion to their
// sizes by largest remainders, and leaves each group a row.
func testSizes(groups [][]int, total, n int) []int {
	sizes := make([]int, len(groups))
	remainder := make([]float64, len(groups))
	order := make([]int, len(groups))
	left := total
	for k, g := range groups {
		share := float64(len(g)) * float64(total) / float64(n)
		sizes[k] = int(share) // less than len(g), as total < n
		remainder[k] = share - float64(sizes[k])
		order[k] = k
		left -= sizes[k]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case remainder[a] > remainder[b]:
			return -1
		case remainder[a] < remainder[b]:
			return 1
		}
		return 0
	})
	for _, k := range order {
		if left > 0 && sizes[k] < len(groups[k])-1 {
			sizes[k]++
			left--
		}
	}
	return sizes
}

const strataPanic = "dataset: strata and rows differ in number"
