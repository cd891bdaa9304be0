package estimators

import (
	"errors"
	"strings"
	"testing"

	"natgrad/families"
	"natgrad/models"
)

// target is a model and a member at which the truth is known, and the names of
// the estimators that apply. Batches of a models.Data are estimated as well.
type target struct {
	name    string
	model   models.Model
	q       families.Distribution
	applies string
	want    *sample
}

// rivals are the estimators that are compared, at their defaults and with few
// draws.
func rivals() []namedEstimator {
	return []namedEstimator{
		{"Exact", &Exact{}},
		{"Quadrature", &Quadrature{Summer: single()}},
		{"Price", &Price{Summer: single()}},
		{"Price, 4 draws", &Price{Draws: 4, Summer: single()}},
		{"Stein", &Stein{Summer: single()}},
		{"Stein, 4 draws", &Stein{Draws: 4, Summer: single()}},
		{"Pathwise", &Pathwise{Summer: single()}},
		{"Pathwise, 8 draws", &Pathwise{Draws: 8, Summer: single()}},
		{"Score", &Score{Summer: single()}},
		{"Score, 8 draws", &Score{Draws: 8, Summer: single()}},
	}
}

// evaluations returns those of one estimate as the documentation has them, for
// families of few dimensions.
func evaluations(e Estimator, f families.Family) (s Stats) {
	_, isGauss := f.New().(families.Gaussian)
	d := f.Dim()
	frames := func(draws int) int { // pairs, and the mean with whole frames
		if draws == 0 {
			draws = 16
		}
		pairs := max(2, (draws+1)/2)
		if pairs < d {
			return 2 * pairs
		}
		return 2*((pairs+d-1)/d*d) + 1
	}
	switch e := e.(type) {
	case *Quadrature:
		s.GradEvals, s.HessEvals = 1, 1
	case *Price:
		s.GradEvals = frames(e.Draws)
		s.HessEvals = s.GradEvals
	case *Stein:
		s.GradEvals = frames(e.Draws)
	case *Pathwise:
		switch {
		case isGauss:
			s.GradEvals = frames(e.Draws)
		case e.Draws == 0:
			s.GradEvals = 64
		default:
			s.GradEvals = e.Draws
		}
	case *Score:
		s.ModelEvals = e.Draws
		if e.Draws == 0 {
			s.ModelEvals = 4*(1+f.NumParams()) + 100
			if isGauss {
				s.ModelEvals = 4*(1+d*(d+1)/2) + 100
			}
		}
	case *Minibatch:
		s = evaluations(e.Estimator, f)
		s.ModelEvals++
	}
	return s
}

// Every estimator against the truth and against every other that applies, on
// every family, at members near and far from the posterior.
func TestEstimatorsAgreePairwise(t *testing.T) {
	reps := 120
	if testing.Short() {
		reps = 60
	}
	for _, c := range targets(t) {
		t.Run(c.name+"/"+c.q.Family().String(), func(t *testing.T) {
			t.Parallel()
			f := c.q.Family()
			data, isData := c.model.(models.Data)
			all := rivals()
			if isData {
				for _, e := range rivals() {
					if !strings.Contains(e.name, ",") {
						all = append(all, namedEstimator{"Minibatch of " + e.name, &Minibatch{Estimator: e.Estimator, Size: data.NumData() / 2}})
					}
				}
			}
			var samples []*sample
			for i, e := range all {
				kind, batched := strings.CutPrefix(strings.Split(e.name, ",")[0], "Minibatch of ")
				err := e.Init(c.model, f)
				if !strings.Contains(c.applies, kind) {
					var ce *CapabilityError
					if !errors.As(err, &ce) || ce.Estimator != kind {
						t.Errorf("%s applies, or its error is %v", e.name, err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				s := take(t, e, c.q, c.want, uint64(1+i)<<32, reps)
				agree(t, c.q, s, c.want)
				for _, o := range samples {
					agree(t, c.q, s, o)
				}
				if want := evaluations(e.Estimator, f); s.stats != want {
					t.Errorf("%s: %+v evaluations, want %+v", e.name, s.stats, want)
				}
				// Few rows and heavy tails: the sizes of standard errors, not their
				// quantiles, which TestStdErrCovers and its like have.
				if few := strings.Contains(e.name, ","); !few && s.ratio < 0.5 || !few && !batched && (s.cover < 0.6 || s.ratio > 3.5) {
					t.Errorf("%s: two standard errors cover E[log p] in %.3f of the estimates, and are %.2f of the errors", e.name, s.cover, s.ratio)
				}
				t.Logf("%-22s noise %.3g nats, coverage %.3f, standard error/error %.2f", e.name, s.noise, s.cover, s.ratio)
				samples = append(samples, s)
			}
		})
	}
}
