package families

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/stat/distuv"
)

func multiNormalGamma(t testing.TB, m, P []float64, α, β float64) *MultiNormalGammaDist {
	t.Helper()
	q := MultiNormalGamma(len(m)).New().(*MultiNormalGammaDist)
	if !q.SetParams(m, P, α, β) {
		t.Fatalf("%v refuses m = %v, P = %v, α = %g, β = %g", q.Family(), m, P, α, β)
	}
	return q
}

// In one dimension it is NormalGamma, golds and all.
func TestGoldMultiNormalGamma(t *testing.T) {
	type dist struct {
		Mu0, Kappa, Alpha, Beta float64
		Theta                   Natural
		LogPartition            float64 `json:"log_partition"`
		Mean                    Mean    `json:"mean_params"`
		Entropy                 float64
	}
	var g struct {
		P, Q dist
		PQ   float64 `json:"kl_pq"`
		QP   float64 `json:"kl_qp"`
	}
	readGold(t, "normal_gamma", &g)
	var qs []Distribution
	for _, d := range []dist{g.P, g.Q} {
		q := multiNormalGamma(t, fs{d.Mu0}, fs{d.Kappa}, d.Alpha, d.Beta)
		goldCheck(t, q, d.Theta, d.LogPartition, d.Mean, d.Entropy)
		qs = append(qs, q)
	}
	goldPair(t, qs[0], qs[1], g.PQ, g.QP)
}

// Values of two correlated coordinates: densities by scipy, the rest as integrals over τ of
// what a Gaussian has in closed form, with 30 digits.
func TestMultiNormalGammaReferences(t *testing.T) {
	q := multiNormalGamma(t, fs{0.7, -1.1}, fs{1.3, 0.4, 0.4, 0.6}, 2.5, 1.7)
	p := multiNormalGamma(t, fs{-0.2, 0.4}, fs{0.8, -0.3, -0.3, 1.9}, 1.2, 0.6)
	within(t, 1e-13, q.LogPartition(), 1.03500720969833856, "A")
	within(t, 1e-13, q.Entropy(), 4.10368623574065658, "entropy")
	within(t, 1e-13, q.KL(p), 5.54631096235731571, "KL")
	within(t, 1e-12, q.LogProb(fs{0.3, -0.4, 0.9}), -2.953508498842904, "log q")
	within(t, 1e-12, q.LogProb(fs{2, 1, 3.1}), -14.368351930970588, "log q")
	ν, loc, scale := q.Predictive(fs{0.5, 2})
	s := distuv.StudentsT{Nu: ν, Mu: loc, Sigma: scale}
	within(t, 1e-12, s.Prob(-3), 0.139036892270814, "predictive density")
	within(t, 1e-12, s.Prob(0.5), 0.093467256244184, "predictive density")
}

// With P = κ it is SphericalNormalGamma, whose λ₄ is the trace.
func TestMultiNormalGammaOfOnePrecision(t *testing.T) {
	const d = 3
	pair := func(m fs, κ, α, β float64) (*SphericalNormalGammaDist, *MultiNormalGammaDist) {
		s := SphericalNormalGamma(d).New().(*SphericalNormalGammaDist)
		if !s.SetParams(m, κ, α, β) {
			t.Fatal("parameters refused")
		}
		return s, multiNormalGamma(t, m, fs{κ, 0, 0, 0, κ, 0, 0, 0, κ}, α, β)
	}
	s, q := pair(fs{1, -2, 0.3}, 0.8, 2, 1.5)
	s2, q2 := pair(fs{0.5, 0, 1}, 3, 0.7, 2)
	z := s.Rand(nil, rand.New(rand.NewPCG(3, 4)))
	μ, μs := q.Mean(nil), s.Mean(nil)
	trace := μ[2+d] + μ[2+d+4] + μ[2+d+8]
	got := slices.Concat(Mean{q.LogPartition(), q.Entropy(), q.LogProb(z), q.KL(q2), trace}, μ[:2+d], Mean(q.Natural(nil)[:2+d]))
	want := slices.Concat(Mean{s.LogPartition(), s.Entropy(), s.LogProb(z), s.KL(s2), μs[2+d]}, μs[:2+d], Mean(s.Natural(nil)[:2+d]))
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-13, 1e-14)); diff != "" {
		t.Error(diff)
	}
}

// Setters refuse what is not in the domain, and change nothing; what they accept they
// give back.
func TestMultiNormalGammaSetters(t *testing.T) {
	m, P := fs{0.7, -1.1}, fs{1.3, 0.4, 0.4, 0.6}
	q := multiNormalGamma(t, m, P, 2.5, 1.7)
	gotM, gotP, α, β := q.Params(nil, nil)
	if !slices.Equal(gotM, m) || !slices.Equal(gotP, P) || α != 2.5 || β != 1.7 {
		t.Errorf("Params returns %v, %v, %g, %g", gotM, gotP, α, β)
	}
	vectors(t, 1e-14, q.Covariance(nil), fs{0.6 / 0.62, -0.4 / 0.62, -0.4 / 0.62, 1.3 / 0.62}, "P⁻¹")
	before := observe(q)
	for _, v := range []float64{0, -1, nan, inf} {
		if q.SetParams(m, P, v, 1) || q.SetParams(m, P, 1, v) || q.SetParams(m, fs{v, 0, 0, 1}, 1, 1) {
			t.Errorf("%g is accepted", v)
		}
	}
	for _, v := range []float64{nan, inf, 1e200, 1e12} { // at 1e12, β is lost in λ
		if q.SetParams(fs{v, 0}, P, 1, 1) {
			t.Errorf("m = %g is accepted", v)
		}
	}
	if q.SetParams(m, fs{1, 2, 2, 1}, 1, 1) || q.SetNatural(Natural{1, -1, 0, 0, -1, 2, 2, -1}) || q.SetNatural(Natural{1, -1, 2, 2, -1, 0, 0, -1}) {
		t.Error("an indefinite P, or a negative β, is accepted")
	}
	same(t, before, q)
	if h := q.Entropy(); math.IsNaN(h) {
		t.Error("no entropy after refusals")
	}
}
