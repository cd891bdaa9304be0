package families_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"natgrad/families"
	"natgrad/families/familytest"
)

func member(t *testing.T, f families.Family, λ families.Natural) families.Distribution {
	t.Helper()
	q := f.New()
	if !q.SetNatural(λ) {
		t.Fatalf("%v refuses λ = %v", f, λ)
	}
	return q
}

func gaussian(t *testing.T, f families.Family, loc, cov []float64) families.Distribution {
	t.Helper()
	q := f.New()
	if !q.(families.Gaussian).SetMoments(loc, cov) {
		t.Fatalf("%v refuses moments %v, %v", f, loc, cov)
	}
	return q
}

func flatten(rows [][]float64) (flat []float64) {
	for _, r := range rows {
		flat = append(flat, r...)
	}
	return flat
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*math.Abs(want)) {
		t.Errorf("%s = %.17g, want %.17g (off by %.2g relative)", what, got, want, math.Abs(got-want)/math.Abs(want))
	}
}

// nearForms holds KL, both Bregman forms and the cross-entropy against a value
// of the divergence known from elsewhere.
func nearForms(t *testing.T, p, q families.Distribution, want float64) {
	t.Helper()
	near(t, p.Family().String()+" KL", families.KL(p, q), want, 1e-12)
	near(t, p.Family().String()+" BregmanNatural", families.BregmanNatural(q, p), want, 1e-12)
	near(t, p.Family().String()+" BregmanMean", families.BregmanMean(p, q), want, 1e-12)
	near(t, p.Family().String()+" CrossEntropy", families.CrossEntropy(p, q), want+p.Entropy(), 1e-12)
}

func readGold(t *testing.T, gold any) {
	t.Helper()
	data, err := os.ReadFile(familytest.Shared(t, "reference/gold_families.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, gold); err != nil {
		t.Fatal(err)
	}
}

func TestKLGoldGaussian(t *testing.T) {
	type moments struct {
		Mean []float64
		Cov  [][]float64
	}
	var gold struct {
		Full struct {
			P, Q moments
			PQ   float64 `json:"kl_pq"`
			QP   float64 `json:"kl_qp"`
		} `json:"gaussian_full"`
		Diag struct {
			PMean []float64 `json:"p_mean"`
			PVar  []float64 `json:"p_var"`
			QMean []float64 `json:"q_mean"`
			QVar  []float64 `json:"q_var"`
			PQ    float64   `json:"kl_pq"`
			QP    float64   `json:"kl_qp"`
		} `json:"gaussian_diag"`
	}
	readGold(t, &gold)
	full := gold.Full
	p := gaussian(t, families.FullGaussian(3), full.P.Mean, flatten(full.P.Cov))
	q := gaussian(t, families.FullGaussian(3), full.Q.Mean, flatten(full.Q.Cov))
	nearForms(t, p, q, full.PQ)
	nearForms(t, q, p, full.QP)
	diag := gold.Diag
	p = gaussian(t, families.DiagGaussian(3), diag.PMean, diag.PVar)
	q = gaussian(t, families.DiagGaussian(3), diag.QMean, diag.QVar)
	nearForms(t, p, q, diag.PQ)
	nearForms(t, q, p, diag.QP)
}

// Near members of a far family: the Bregman form of these has no correct digit.
// The closed form is ½ (e − log(1+e) + δ²(1+e)) with v_p/v_q = 1+e and δ the
// difference of the means in sds of p; the values are of a 50-digit evaluation.
func TestKLNearby(t *testing.T) {
	for _, test := range []struct{ loc, δ, e, want float64 }{
		{0, 0, 0x1p-20, 2.27373530883045792e-13},
		{1e6, 0x1p-17, 0, 2.9103830456733704e-11},
		{1e3, 0x1p-20, 0x1p-10, 2.38263927017902906e-7},
	} {
		for _, f := range []families.Family{families.FullGaussian(1), families.DiagGaussian(1)} {
			p := gaussian(t, f, []float64{test.loc + test.δ}, []float64{1 + test.e})
			q := gaussian(t, f, []float64{test.loc}, []float64{1})
			near(t, f.String()+" KL", families.KL(p, q), test.want, 1e-9)
		}
	}
}

func TestKLOfMismatchedFamilies(t *testing.T) {
	p, q := families.FullGaussian(2).New(), families.FullGaussian(3).New()
	d := families.DiagGaussian(2).New()
	for name, compare := range map[string]func(){
		"KL":             func() { families.KL(p, q) },
		"KL of kinds":    func() { families.KL(d, p) },
		"CrossEntropy":   func() { families.CrossEntropy(p, q) },
		"BregmanNatural": func() { families.BregmanNatural(p, q) },
		"BregmanMean":    func() { families.BregmanMean(p, q) },
		"Divergence.KL":  func() { families.NewDivergence(q.Family()).KL(p, p) },
		"KLer":           func() { p.(families.KLer).KL(q) },
		"diagonal KLer":  func() { d.(families.KLer).KL(families.DiagGaussian(3).New()) },
	} {
		func() {
			defer func() {
				if got := recover(); got != "families: the two distributions are of different families" {
					t.Errorf("%s of different families: recovered %v", name, got)
				}
			}()
			compare()
		}()
	}
}
