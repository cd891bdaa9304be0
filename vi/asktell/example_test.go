package asktell_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"natgrad/vi/asktell"
)

// Logistic regression with VOGN: eight labels of a line with an intercept. The loop, the
// gradients and the data belong to the caller. By quadrature, VOGN comes to 0.796 ± 0.558.
func Example() {
	x := [][]float64{{1, -2}, {1, -1.5}, {1, -1}, {1, -0.5}, {1, 0.5}, {1, 1}, {1, 1.5}, {1, 2}}
	y := []float64{0, 0, 1, 0, 1, 0, 1, 1}

	opt, err := asktell.NewVOGN(make([]float64, 2), asktell.Settings{NumData: len(x), PriorPrecision: 1, Rate: 0.05, Decay: 0.51, Samples: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	θ, examples := make([]float64, 2), make([]float64, 0, 2*len(x))
	for opt.Steps() < 2000 {
		θ = opt.Ask(θ, rnd)
		examples = examples[:0]
		for i, row := range x {
			r := 1/(1+math.Exp(-row[0]*θ[0]-row[1]*θ[1])) - y[i]
			examples = append(examples, r*row[0], r*row[1])
		}
		if _, err := opt.Tell(asktell.Batch{Examples: examples}); err != nil {
			fmt.Println(err)
			return
		}
	}
	m, v := opt.Mean(nil), opt.Variances(nil)
	fmt.Printf("slope %.1f ± %.1f\n", m[1], math.Sqrt(v[1]))
	// Output:
	// slope 0.8 ± 0.6
}
