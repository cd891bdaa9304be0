package families

import (
	"slices"
	"testing"
)

// flat returns the entries of a matrix, row-major.
func flat(a [][]float64) []float64 { return slices.Concat(a...) }

// goldPair checks both KLs of a pair of gold members.
func goldPair(t *testing.T, p, q Distribution, pq, qp float64) {
	t.Helper()
	within(t, 1e-12, KL(p, q), pq, "%v: KL(p‖q)", p.Family())
	within(t, 1e-12, KL(q, p), qp, "%v: KL(q‖p)", p.Family())
	nearZero(t, 1e-12, 10, BregmanNatural(q, p), pq, "%v: Bregman form of KL(p‖q)", p.Family())
	nearZero(t, 1e-12, 10, BregmanMean(q, p), qp, "%v: dual Bregman form of KL(q‖p)", p.Family())
}

// goldCheck compares q with the golds, and the members set by λ and by μ with q.
func goldCheck(t *testing.T, q Distribution, λ Natural, a float64, μ Mean, entropy float64) {
	t.Helper()
	f := q.Family()
	byλ, byμ := f.New(), f.New()
	if !byλ.SetNatural(λ) || !byμ.SetMean(μ) {
		t.Fatalf("%v refuses λ = %v or μ = %v", f, λ, μ)
	}
	for how, p := range map[string]Distribution{"parameters": q, "λ": byλ, "μ": byμ} {
		vectors(t, 1e-12, p.Natural(nil), λ, "%v set by %s: λ", f, how)
		vectors(t, 1e-12, p.Mean(nil), μ, "%v set by %s: μ", f, how)
		nearZero(t, 1e-12, 1e-2, p.LogPartition(), a, "%v set by %s: A", f, how)
		within(t, 1e-12, p.Entropy(), entropy, "%v set by %s: entropy", f, how)
	}
}

func TestGoldWishart(t *testing.T) {
	type dist struct {
		Nu           float64
		V            [][]float64
		Theta1       float64
		Theta2       [][]float64
		LogPartition float64     `json:"log_partition"`
		MeanLogDet   float64     `json:"mean_logdet"`
		MeanX        [][]float64 `json:"mean_X"`
		Entropy      float64
		Fisher11     float64 `json:"fisher_theta11"`
	}
	var g struct {
		P, Q   dist
		PQ     float64 `json:"kl_pq"`
		QP     float64 `json:"kl_qp"`
		X      [][]float64
		LogPDF float64 `json:"logpdf_p_at_X"`
	}
	readGold(t, "wishart", &g)
	var qs []*WishartDist
	for _, d := range []dist{g.P, g.Q} {
		q := wishartOf(t, d.Nu, flat(d.V)...)
		goldCheck(t, q, append(Natural{d.Theta1}, flat(d.Theta2)...), d.LogPartition, append(Mean{d.MeanLogDet}, flat(d.MeanX)...), d.Entropy)
		e1 := make(Natural, 5)
		e1[0] = 1
		column := append(Mean{d.Fisher11}, flat(d.V)...)
		for i := range column[1:] {
			column[1+i] *= 2 // Cov(log|X|, X) = 2V
		}
		vectors(t, 1e-12, q.FisherMulVec(nil, e1), column, "Wishart: column 0 of F")
		vectors(t, 1e-12, q.FisherSolve(nil, column), e1, "Wishart: F⁻¹ column 0 of F")
		ν, V := q.Params(nil)
		vectors(t, 1e-15, append(V, ν), append(flat(d.V), d.Nu), "Params: V, ν")
		qs = append(qs, q)
	}
	goldPair(t, qs[0], qs[1], g.PQ, g.QP)
	within(t, 1e-12, qs[0].LogProb(flat(g.X)), g.LogPDF, "log p(X)")
}

func TestGoldNormalGamma(t *testing.T) {
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
		q := normalGamma(t, d.Mu0, d.Kappa, d.Alpha, d.Beta)
		goldCheck(t, q, d.Theta, d.LogPartition, d.Mean, d.Entropy)
		qs = append(qs, q)
	}
	goldPair(t, qs[0], qs[1], g.PQ, g.QP)
}

func TestGoldNormalWishart(t *testing.T) {
	type dist struct {
		M            []float64
		Kappa        float64
		W            [][]float64
		Nu           float64
		Theta1       float64
		Theta2       [][]float64
		Theta3       []float64
		Theta4       float64
		LogPartition float64     `json:"log_partition"`
		MeanLogDet   float64     `json:"mean_logdet"`
		MeanΛ        [][]float64 `json:"mean_Lambda"`
		MeanΛx       []float64   `json:"mean_Lambda_x"`
		MeanxΛx      float64     `json:"mean_xLx"`
		Entropy      float64
	}
	var g struct {
		P, Q dist
		PQ   float64 `json:"kl_pq"`
		QP   float64 `json:"kl_qp"`
	}
	readGold(t, "normal_wishart", &g)
	var qs []Distribution
	for _, d := range []dist{g.P, g.Q} {
		q := normalWishart(t, d.M, d.Kappa, flat(d.W), d.Nu)
		goldCheck(t, q, slices.Concat(Natural{d.Theta1}, flat(d.Theta2), d.Theta3, Natural{d.Theta4}), d.LogPartition,
			slices.Concat(Mean{d.MeanLogDet}, flat(d.MeanΛ), d.MeanΛx, Mean{d.MeanxΛx}), d.Entropy)
		inverse := inverted(flat(d.W), 2)
		vectors(t, 1e-14, q.Inverse(nil), inverse, "Inverse")
		p := NormalWishart(2).New().(*NormalWishartDist)
		if !p.SetInverse(d.M, d.Kappa, inverse, d.Nu) {
			t.Fatalf("SetInverse refuses %v", inverse)
		}
		vectors(t, 1e-14, p.Natural(nil), q.Natural(nil), "λ set by W⁻¹")
		m, κ, W, ν := p.Params(nil, nil)
		vectors(t, 1e-14, slices.Concat(m, fs{κ}, W, fs{ν}), slices.Concat(d.M, fs{d.Kappa}, flat(d.W), fs{d.Nu}), "Params")
		qs = append(qs, q)
	}
	goldPair(t, qs[0], qs[1], g.PQ, g.QP)
}
