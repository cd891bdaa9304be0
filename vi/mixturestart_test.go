package vi_test

import (
	"math/rand/v2"
	"testing"

	"natgrad/families"
	"natgrad/models"
)

// Rows of three clusters far apart are parted by k-means++ as they should be, in nearly
// all draws; where any row may be drawn, in a fraction 3!/3³ of them. Every start is the
// posterior of as many rows as there are, each in one component.
func TestMixtureStarts(t *testing.T) {
	const n, k = 60, 3
	y := make([]float64, n)
	rnd := rand.New(rand.NewPCG(9, 1))
	for i := range y {
		y[i] = 1000*float64(i%k) + rnd.NormFloat64()
	}
	m, f := gaussMixture(t, y, 1, k, models.FullCovariance, nil, models.DirichletWeights)
	for start, want := range [][2]int{{295, 300}, {45, 90}} {
		var parted int
		for range 300 {
			q := f.New()
			if !q.SetNatural(m.StartNatural(nil, start, rnd)) {
				t.Fatal("start outside the domain")
			}
			α := q.(families.Composite).Parts()[0].Natural(nil)
			sum, even := 0.0, true
			for _, a := range α {
				sum += a + 1 - 1.0/k
				even = even && a > 19 && a < 20
			}
			sameTo(t, 1e-12, sum, n, "the number of rows")
			if even {
				parted++
			}
		}
		if parted < want[0] || parted > want[1] {
			t.Errorf("start %d parts the clusters in %d of 300 draws, want %d to %d", start, parted, want[0], want[1])
		}
	}
}
