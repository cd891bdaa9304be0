package vi_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// One loading, of one column, is fitted without noise by quadrature over all z: implicit
// gradients lead to the same Gamma.
func TestGammaFactorsOfOneLoading(t *testing.T) {
	m, err := models.NewGammaFactors(dense(t, 1, 0.9, -1.4, 2.2, -0.3, 0.6), 1, 0.3, 1.4, 0.8)
	if err != nil {
		t.Fatal(err)
	}
	best := converged(t, vi.Problem{Model: m, Family: families.Repeat(1, families.Gamma())},
		&vi.Settings{Tolerance: 1e-9, Check: -1, Estimator: &trapezoid{lo: -30, hi: 7}})
	const tolerance = 0.02
	var square float64
	for seed := range uint64(5) {
		res := converged(t, vi.Problem{Model: m}, &vi.Settings{Seed: seed, Tolerance: tolerance, Check: -1})
		λ, δ := res.Q.Natural(nil), best.Q.Natural(nil)
		for i, x := range λ {
			δ[i] -= x
		}
		l := fisherLength(best.Q, δ)
		square += l * l / 5
		if e := math.Abs(res.ELBO - best.ELBO); l > 5*tolerance || e > 4*res.StdErr+l*l || res.StdErr > 0.01 || res.Estimator != "Pathwise" {
			t.Errorf("seed %d: off by %g, ELBO %g ± %g by %s, want %g", seed, l, res.ELBO, res.StdErr, res.Estimator, best.ELBO)
		}
	}
	if math.Sqrt(square) > 2*tolerance {
		t.Errorf("off by %g, root of the mean square, want about %g", math.Sqrt(square), tolerance)
	}
}

// Loadings of rows that were drawn from the model are found again, up to the order of the
// factors.
func TestGammaFactorsRecoverLoadings(t *testing.T) {
	const n, d, k = 400, 6, 2
	w := []float64{2, 0.05, 1.5, 0.02, 1, 0.1, 0.05, 1.2, 0.1, 2.5, 0.6, 0.6}
	rnd := rand.New(rand.NewPCG(3, 1))
	y := make([]float64, n*d)
	for i := range n {
		f := []float64{rnd.NormFloat64(), rnd.NormFloat64()}
		for j := range d {
			y[i*d+j] = w[2*j]*f[0] + w[2*j+1]*f[1] + math.Sqrt(0.1)*rnd.NormFloat64()
		}
	}
	m, err := models.NewGammaFactors(dense(t, d, y...), k, 0.1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(3) {
		res := converged(t, vi.Problem{Model: m}, &vi.Settings{Seed: seed, Check: -1})
		μ := res.Q.Mean(nil)
		first := 0 // the factor that is the first of W
		if μ[1] < μ[3] {
			first = 1
		}
		for i, want := range w {
			// The rows leave a standard deviation of 0.07 of the largest.
			if got := μ[2*(i^first)+1]; !(math.Abs(got-want) < 0.2) {
				t.Errorf("seed %d: loading %d is %.3g, want %.3g", seed, i, got, want)
			}
		}
	}
}

// Batches of rows lead to where all rows lead, from most seeds.
func TestGammaFactorsByMinibatches(t *testing.T) {
	y := []float64{0.9, -1.4, 2.2, -0.3, 0.6, 1, -2, 0.1, 0.4, -0.8}
	m, err := models.NewGammaFactors(dense(t, 2, y...), 2, 0.3, 1.4, 0.8)
	if err != nil {
		t.Fatal(err)
	}
	all := converged(t, vi.Problem{Model: m}, &vi.Settings{Check: -1})
	var gaps []float64
	for seed := range uint64(5) {
		res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Check: -1, MaxIterations: 400, Seed: seed,
			Estimator: &estimators.Minibatch{Estimator: new(estimators.Pathwise), Size: 2}})
		if err != nil {
			t.Fatal(err)
		}
		gaps = append(gaps, math.Abs(all.ELBO-res.ELBO))
	}
	if slices.Sort(gaps); !(gaps[2] < 0.1) {
		t.Errorf("the ELBO by batches is off that by all rows by %.3g", gaps)
	}
}
