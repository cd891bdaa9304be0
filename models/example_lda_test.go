package models_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"natgrad/models"
	"natgrad/vi"
)

// Two topics in eight documents about the weather and the kitchen.
func ExampleLDA() {
	vocabulary := []string{"rain", "wind", "snow", "bread", "salt", "soup"}
	counts, err := models.NewDense(8, 6, []float64{
		5, 3, 4, 0, 0, 0,
		2, 6, 3, 0, 1, 0,
		4, 4, 1, 0, 0, 0,
		6, 1, 5, 1, 0, 0,
		0, 0, 0, 4, 5, 2,
		0, 1, 0, 3, 2, 6,
		0, 0, 0, 5, 1, 4,
		3, 2, 1, 2, 3, 2,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := models.NewLDA(counts.Sparse(), 2, 0.1, 0.1)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := vi.Fit(context.Background(), vi.Problem{Model: m}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	λ := res.Q.Natural(nil) // concentrations less 1, topic by topic
	shares := make([][]float64, 8)
	m.Expect(λ, res.Q.Mean(nil))
	for d := range shares {
		shares[d] = m.Topics(nil, d)
	}
	weather := 0 // topics have no order
	if λ[0] < λ[6] {
		weather = 1
	}
	for _, k := range []int{weather, 1 - weather} {
		words, top := []int{0, 1, 2, 3, 4, 5}, make([]string, 3)
		slices.SortFunc(words, func(a, b int) int { return int(1e3 * (λ[6*k+b] - λ[6*k+a])) })
		for i, w := range words[:3] {
			top[i] = fmt.Sprintf("%s %.0f", vocabulary[w], λ[6*k+w]+1-0.1)
		}
		fmt.Println(strings.Join(top, ", "))
	}
	fmt.Printf("weather in the first document: %.0f%%, in the last: %.0f%%\n", 100*shares[0][weather], 100*shares[7][weather])
	test, err := models.NewDense(1, 6, []float64{3, 2, 2, 0, 0, 0})
	if err != nil {
		fmt.Println(err)
		return
	}
	perplexity, words, err := m.Completion(λ, test.Sparse(), rand.New(rand.NewPCG(1, 1)))
	fmt.Printf("perplexity of %d words given the others: %.1f, error %v\n", words, perplexity, err)
	// Output:
	// rain 20, wind 16, snow 14
	// bread 15, soup 14, salt 11
	// weather in the first document: 99%, in the last: 46%
	// perplexity of 3 words given the others: 2.8, error <nil>
}
