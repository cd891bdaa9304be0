package families_test

import (
	"fmt"

	"natgrad/families"
)

// The two coordinate systems of a Gamma posterior, and the natural gradient as
// a step from one to the other.
func Example() {
	q := families.Gamma().New()
	q.SetNatural(families.Natural{3, -2}) // λ = (shape − 1, −rate)
	μ := q.Mean(nil)                      // E[log z], E[z]
	fmt.Printf("λ = %.4f\n", q.Natural(nil))
	fmt.Printf("μ = %.4f\n", μ)

	// Back from μ to λ.
	p := families.Gamma().New()
	fmt.Println("in the domain:", p.SetMean(μ))
	fmt.Printf("λ = %.4f\n", p.Natural(nil))
	fmt.Println("E[log z] > log E[z]:", p.SetMean(families.Mean{1, 1}))

	// The gradient of E[z] is the second column of F in λ, and (0, 1) in μ.
	grad := q.FisherMulVec(nil, families.Natural{0, 1})
	fmt.Printf("∇_λ E[z] = %.4f\n", grad)
	fmt.Printf("F⁻¹ ∇_λ E[z] = %.4f\n", q.FisherSolve(nil, grad))
	// Output:
	// λ = [3.0000 -2.0000]
	// μ = [0.5630 2.0000]
	// in the domain: true
	// λ = [3.0000 -2.0000]
	// E[log z] > log E[z]: false
	// ∇_λ E[z] = [0.5000 1.0000]
	// F⁻¹ ∇_λ E[z] = [0.0000 1.0000]
}

// A member in the terms of its user.
func ExampleDirichlet() {
	q := families.Dirichlet(3).New().(*families.DirichletDist)
	q.SetConcentration([]float64{1, 1, 1})
	fmt.Printf("E[log z] = %.1f\n", q.Mean(nil))
	fmt.Printf("entropy = %.4f\n", q.Entropy())
	// Output:
	// E[log z] = [-1.5 -1.5 -1.5]
	// entropy = -0.6931
}

// Gaussian data of unknown mean and precision: each observation y adds
// (½, −½y², y, −½) to λ.
func ExampleNormalGamma() {
	q := families.NormalGamma().New().(*families.NormalGammaDist)
	q.SetParams(0, 1, 1, 1)
	λ := q.Natural(nil)
	for _, y := range []float64{2.1, 1.7, 2.9, 2.5} {
		for i, x := range []float64{0.5, -0.5 * y * y, y, -0.5} {
			λ[i] += x
		}
	}
	fmt.Println("in the domain:", q.SetNatural(λ))
	m, κ, α, β := q.Params()
	fmt.Printf("m = %.2f, κ = %.0f, α = %.0f, β = %.3f\n", m, κ, α, β)
	// Output:
	// in the domain: true
	// m = 1.84, κ = 5, α = 3, β = 3.516
}
