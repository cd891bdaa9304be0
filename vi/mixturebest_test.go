package vi_test

import (
	"testing"

	"natgrad/models"
	"natgrad/vi"
)

// bestKnown are the highest ELBOs found in 300 starts of which every ten were followed by
// rearrangements of the best. 200 starts alone, without rearrangements, reach the same,
// each at least once, but for enzyme with 10 sticks, where they end 0.42 nats lower, and
// never more. Those of Old Faithful with 6 components are also scikit-learn's.
var bestKnown = []struct {
	data   string
	k      int
	dirich float64 // DirichletWeights
	sticks float64 // StickWeights
}{
	{"faithful", 6, -1184.512932114, -1180.341827605},
	{"faithful", 10, -1186.234742978, -1180.453114327},
	{"galaxies", 6, -236.489703103, -232.702915449},
	{"galaxies", 10, -238.035069450, -232.891154105},
	{"enzyme", 6, -107.307241855, -103.256819832},
	{"enzyme", 10, -109.018662745, -103.375232616},
	{"acidity", 6, -208.653257867, -204.847615793},
	{"acidity", 10, -210.304690666, -204.996228938},
}

// The best of ten starts is the best optimum known, in nine of ten repetitions.
func TestBestOfTenStarts(t *testing.T) {
	repetitions, least := uint64(10), 9
	if testing.Short() {
		repetitions, least = 1, 1
	}
	for _, c := range bestKnown {
		y, d := mixtureData(t, c.data)
		for w, want := range map[models.Weights]float64{models.DirichletWeights: c.dirich, models.StickWeights: c.sticks} {
			m, _ := gaussMixture(t, y, d, c.k, models.FullCovariance, nil, w)
			found := 0
			for seed := range repetitions {
				res := fit(t, vi.Problem{Model: m}, &vi.Settings{Seed: seed, Starts: 10, Check: -1})
				if res.ELBO >= want-1e-6 {
					found++
				}
				if res.ELBO > want+1e-6 {
					t.Errorf("%s, %d components, %v: an ELBO of %.10g, want at most the %.10g that is known", c.data, c.k, w, res.ELBO, want)
				}
			}
			if found < least {
				t.Errorf("%s, %d components, %v: %d of %d fits find the best ELBO known, want %d", c.data, c.k, w, found, repetitions, least)
			}
		}
	}
}
