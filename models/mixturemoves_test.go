package models_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/families"
	"natgrad/models"
)

// Every arrangement is the posterior of as many rows as there are, in a legal member;
// sticks come in the order of falling rows, after which there is nothing to order.
func TestRearrangeKeepsRows(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 3))
	const n, k = 90, 4
	y := make([]float64, n)
	for i := range y {
		y[i] = 7*float64(i%3) + rnd.NormFloat64()
	}
	x, err := models.NewDense(n, 1, y)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []models.Weights{models.DirichletWeights, models.StickWeights, models.NestedStickWeights} {
		m, err := models.NewGaussMixture(x, k, models.FullCovariance, nil, w, 0)
		if err != nil {
			t.Fatal(err)
		}
		f, err := families.Parse(m.Family())
		if err != nil {
			t.Fatal(err)
		}
		q := f.New()
		q.SetNatural(m.StartNatural(nil, 0, rnd))
		λ := make([]float64, m.NumParams())
		made := 0
		for i := range 60 {
			if !m.Rearrange(λ, q.Natural(nil), q.Mean(nil), i, rnd) {
				continue
			}
			made++
			next := f.New()
			if !next.SetNatural(λ) {
				t.Fatalf("%v: arrangement %d is outside the domain", w, i)
			}
			// The last parameter of a Normal–Wishart is −½κ, and κ counts rows.
			var sum float64
			for c := range k {
				sum += -2*λ[len(λ)-1-4*c] - 1
			}
			if math.Abs(sum-n) > 1e-9 {
				t.Errorf("%v: arrangement %d has %.12g rows, want %d", w, i, sum, n)
			}
			sum = 0
			for _, r := range m.PartRows(next.Natural(nil)) {
				sum += r
			}
			if math.Abs(sum-n) > 1e-9 {
				t.Errorf("%v: rows of components add up to %.12g, want %d", w, sum, n)
			}
			for c := 1; w != models.DirichletWeights && c < k; c++ {
				if a, b := λ[len(λ)-1-4*(k-c)], λ[len(λ)-1-4*(k-1-c)]; i%4 != 0 && a > b+1e-9 {
					t.Errorf("%v: after arrangement %d component %d has %.4g rows and the next %.4g", w, i, c, -2*a-1, -2*b-1)
				}
			}
		}
		if made < 50 {
			t.Errorf("%v: %d of 60 arrangements made", w, made)
		}
	}
}
