package asktell_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"natgrad/families/familytest"
	"natgrad/vi/asktell"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*max(1, math.Abs(want))) {
		t.Errorf("%s is %.17g, want %.17g", what, got, want)
	}
}

type golds struct {
	Steps struct {
		IVON struct {
			M, ESS, Beta1, Beta2, LR, Delta, H0, Eps, Grad, Noise float64
			HNew                                                  float64 `json:"h_new"`
			MNew                                                  float64 `json:"m_new"`
			MNewRescaled                                          float64 `json:"m_new_rescaled_lr"`
		}
		Vadam struct {
			N, Lambda, Alpha, Beta1, Beta2, Mu0 float64
			PrecInit                            float64 `json:"prec_init"`
			Steps                               []struct {
				Eps, Theta, Grad, S, Mu float64
				PostPrec                float64 `json:"post_prec"`
			}
		}
	} `json:"algorithm_steps"`
}

func readGolds(t *testing.T) golds {
	t.Helper()
	text, err := os.ReadFile(familytest.Shared(t, "reference/gold_families.json"))
	if err != nil {
		t.Fatal(err)
	}
	var g golds
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// TestVadamGold has two steps of one weight. The gradients of the gold are given; that draws have
// its precision is TestDraws.
func TestVadamGold(t *testing.T) {
	g := readGolds(t).Steps.Vadam
	q, err := asktell.NewVadam([]float64{g.Mu0}, asktell.Settings{NumData: int(g.N), PriorPrecision: g.Lambda,
		InitPrecision: g.PrecInit, Rate: g.Alpha, GradientRate: 1 - g.Beta1, CurvatureRate: 1 - g.Beta2})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range g.Steps {
		ε := standard(q)
		near(t, "θ", q.Mean(nil)[0]+s.Eps*ε, s.Theta, 1e-12)
		q.Ask(nil, newRand(uint64(i)))
		if stepped, err := q.Tell(asktell.Batch{Grad: []float64{s.Grad}}); !stepped || err != nil {
			t.Fatal(stepped, err)
		}
		near(t, "μ", q.Mean(nil)[0], s.Mu, 1e-12)
		near(t, "precision", q.Precision(nil)[0], s.PostPrec, 1e-12)
		near(t, "variance", q.Variances(nil)[0], 1/s.PostPrec, 1e-12)
	}
}

// TestIVONGold has one step of one weight from a draw whose noise is the gold's.
func TestIVONGold(t *testing.T) {
	g := readGolds(t).Steps.IVON
	for _, raw := range []bool{true, false} {
		q, err := asktell.NewIVON([]float64{g.M}, asktell.Settings{NumData: int(g.ESS), PriorPrecision: g.ESS * g.Delta,
			InitPrecision: g.ESS * (g.H0 + g.Delta), Rate: g.LR, GradientRate: 1 - g.Beta1, CurvatureRate: 1 - g.Beta2, RawRate: raw})
		if err != nil {
			t.Fatal(err)
		}
		// Stein's estimate is linear in the gradient times the noise: the gradient is scaled
		// for the curvature of the gold, then the step told again with the gold's own.
		θ := q.Ask(nil, newRand(1))[0]
		near(t, fmt.Sprint("noise per ε, raw ", raw), g.Eps*standard(q), g.Noise, 1e-12)
		grad := g.Grad * g.Noise / (θ - g.M)
		if _, err := q.Tell(asktell.Batch{Grad: []float64{grad}}); err != nil {
			t.Fatal(err)
		}
		near(t, "h", q.Precision(nil)[0]/g.ESS-g.Delta, g.HNew, 1e-12)

		p, err := asktell.NewIVON([]float64{g.M}, asktell.Settings{NumData: int(g.ESS), PriorPrecision: g.ESS * g.Delta,
			InitPrecision: g.ESS * (g.H0 + g.Delta), Rate: g.LR, GradientRate: 1 - g.Beta1, CurvatureRate: 1 - g.Beta2, RawRate: raw,
			Curvature: asktell.HessianDiagonal})
		if err != nil {
			t.Fatal(err)
		}
		p.Ask(nil, newRand(1))
		hess := g.Grad * g.Noise * g.ESS * (g.H0 + g.Delta)
		if _, err := p.Tell(asktell.Batch{Grad: []float64{g.Grad}, Curvature: []float64{hess}}); err != nil {
			t.Fatal(err)
		}
		want := g.MNewRescaled
		if raw {
			want = g.MNew
		}
		near(t, "m", p.Mean(nil)[0], want, 1e-12)
		near(t, "h", p.Precision(nil)[0]/g.ESS-g.Delta, g.HNew, 1e-12)
	}
}
