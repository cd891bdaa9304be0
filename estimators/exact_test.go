package estimators

import (
	"errors"
	"math"
	"testing"

	"natgrad/families"
	"natgrad/models"
)

// For a linear regression Exact needs no draws, and Price, Stein, Pathwise and
// Score make no error with theirs: all agree, also on E[log p].
func TestExactOnLinearRegression(t *testing.T) {
	const n, d = 50, 4
	g := regression(t, n, d, models.GaussianIdentity{Precision: 2})
	f := families.FullGaussian(d)
	exact := &Exact{}
	initOrFail(t, exact, g, f)
	for _, q := range []families.Distribution{f.New(), testMember(f)} {
		want, ws := estimateOrFail(t, exact, q, Stream{})
		if ws.StdErr != 0 || !exact.Deterministic() || ws.GradEvals+ws.ModelEvals+ws.HessEvals != 0 {
			t.Errorf("Exact reports %+v", ws)
		}
		for _, e := range withSummer(nil) {
			if e.name == "Stein, 4 draws" {
				continue
			}
			initOrFail(t, e, g, f)
			got, s := estimateOrFail(t, e, q, Stream{Seed: 5})
			if x := nats(q, got, want); x > 1e-16*nats(q, want, make(families.Natural, len(want))) {
				t.Errorf("%s differs from Exact by %v nats", e.name, x)
			}
			if math.Abs(s.ELogJoint-ws.ELogJoint) > 1e-9*math.Abs(ws.ELogJoint) {
				t.Errorf("%s: E[log p] is %v, Exact says %v", e.name, s.ELogJoint, ws.ELogJoint)
			}
		}
	}
}

// badConjugate is conjugate to everything, with a natural parameter or constant
// that is not finite.
type badConjugate struct {
	models.Model
	eta, c float64
}

func (b badConjugate) ConjugateNatural(dst []float64, _ string) (float64, bool) {
	dst[1] = b.eta
	return b.c, true
}

func TestExactErrors(t *testing.T) {
	f := families.FullGaussian(2)
	g := regression(t, 20, 2, models.BernoulliLogit{})
	var ce *CapabilityError
	if err := (&Exact{}).Init(g, f); !errors.As(err, &ce) || ce.Needs != "a model conjugate to FullGaussian(2) (models.Conjugate)" {
		t.Errorf("error %v, want that a logistic regression is not conjugate", err)
	}
	for _, c := range []struct {
		eta, c float64
		index  int
		what   string
	}{{math.NaN(), 0, 1, "natural parameter"}, {0, math.Inf(1), -1, "log-joint"}} {
		var nf *NonFiniteError
		if err := (&Exact{}).Init(badConjugate{g, c.eta, c.c}, f); !errors.As(err, &nf) || nf.What != c.what || nf.Index != c.index {
			t.Errorf("error %v, want that the %s is not finite", err, c.what)
		}
	}
}
