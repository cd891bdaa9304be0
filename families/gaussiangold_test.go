package families_test

import (
	"testing"

	"natgrad/families"
)

// goldGaussian holds the gold blocks of the Gaussians and of their steps.
type goldGaussian struct {
	Full struct {
		P, Q goldMoments
		X    []float64
		LogP float64  `json:"logpdf_p_at_x"`
		OneD goldOneD `json:"one_d"`
	} `json:"gaussian_full"`
	Diag struct {
		Mean         []float64   `json:"p_mean"`
		Var          []float64   `json:"p_var"`
		Theta1       []float64   `json:"theta1"`
		Theta2       []float64   `json:"theta2"`
		LogPartition float64     `json:"log_partition"`
		Second       []float64   `json:"mean_param2"`
		Entropy      float64     `json:"entropy"`
		Fisher0      [][]float64 `json:"fisher_theta_coord0"`
	} `json:"gaussian_diag"`
	Steps struct {
		VON struct {
			M, G []float64
			S, H [][]float64
			Rho  float64
			SNew [][]float64 `json:"S_new"`
			MNew []float64   `json:"m_new_newS"`
			MOld []float64   `json:"m_new_oldS"`
		} `json:"von_full"`
		IBLR struct {
			SNew [][]float64 `json:"S_new"`
			MOld []float64   `json:"m_new_oldS"`
		} `json:"iblr_full"`
		IVON struct {
			H0, Beta2, Delta, HHat float64
			HNew                   float64 `json:"h_new"`
		} `json:"ivon"`
	} `json:"algorithm_steps"`
}

type goldMoments struct {
	Mean         []float64
	Cov, Prec    [][]float64
	Theta1       []float64
	Theta2       [][]float64
	LogPartition float64     `json:"log_partition"`
	First        []float64   `json:"mean_param1"`
	Second       [][]float64 `json:"mean_param2"`
	Entropy      float64
}

// goldOneD has the identity F ∇_μ = ∇_λ for L = E[x⁴].
type goldOneD struct {
	M, V, Theta1, Theta2 float64
	LogPartition         float64     `json:"log_partition"`
	Fisher               [][]float64 `json:"fisher_theta"`
	DM                   float64     `json:"dL_dm"`
	DV                   float64     `json:"dL_dv"`
	DMu1                 float64     `json:"dL_dmu1"`
	DMu2                 float64     `json:"dL_dmu2"`
	DTheta               []float64   `json:"dL_dtheta"`
}

func readGaussianGold(t *testing.T) *goldGaussian {
	t.Helper()
	g := new(goldGaussian)
	readGold(t, g)
	return g
}

const goldTol = 1e-12

// nearAll compares entry by entry, relative to each, or to 1 where it is 0.
func nearAll(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%s has %d values, want %d", what, len(got), len(want))
		return
	}
	for i, w := range want {
		if w == 0 {
			near(t, what+" + 1", 1+got[i], 1, goldTol)
			continue
		}
		near(t, what, got[i], w, goldTol)
	}
}

func join[A, B ~[]float64](a A, b B) []float64 { return append(append([]float64(nil), a...), b...) }

// checkGold compares what q says with the gold, and what SetNatural and SetMean
// make of the gold λ and μ.
func checkGold(t *testing.T, q families.Distribution, λ, μ []float64, a, entropy float64) {
	t.Helper()
	name := q.Family().String()
	byλ, byμ := member(t, q.Family(), λ), q.Family().New()
	if !byμ.SetMean(μ) {
		t.Fatalf("%s refuses μ = %v", name, μ)
	}
	for from, q := range map[string]families.Distribution{" of moments": q, " of λ": byλ, " of μ": byμ} {
		nearAll(t, name+" λ"+from, q.Natural(nil), λ)
		nearAll(t, name+" μ"+from, q.Mean(nil), μ)
		near(t, name+" A"+from, q.LogPartition(), a, goldTol)
		near(t, name+" entropy"+from, q.Entropy(), entropy, goldTol)
	}
}

func TestGaussianGold(t *testing.T) {
	g := readGaussianGold(t)
	full := families.FullGaussian(3)
	for _, m := range []goldMoments{g.Full.P, g.Full.Q} {
		q := gaussian(t, full, m.Mean, flatten(m.Cov))
		nearAll(t, "precision", q.(families.Gaussian).Precision(nil), flatten(m.Prec))
		p := full.New().(families.Gaussian)
		if !p.SetPrecision(m.Mean, flatten(m.Prec)) {
			t.Fatal("SetPrecision refuses", m.Prec)
		}
		nearAll(t, "covariance", p.Cov(nil), flatten(m.Cov))
		λ, μ := join(m.Theta1, flatten(m.Theta2)), join(m.First, flatten(m.Second))
		checkGold(t, q, λ, μ, m.LogPartition, m.Entropy)
		checkGold(t, p, λ, μ, m.LogPartition, m.Entropy)
	}
	p := gaussian(t, full, g.Full.P.Mean, flatten(g.Full.P.Cov))
	near(t, "LogProb", p.LogProb(g.Full.X), g.Full.LogP, goldTol)

	d := g.Diag
	q := gaussian(t, families.DiagGaussian(3), d.Mean, d.Var)
	checkGold(t, q, join(d.Theta1, d.Theta2), join(d.Mean, d.Second), d.LogPartition, d.Entropy)
	prec := make([]float64, 3)
	for i, θ := range d.Theta2 {
		prec[i] = -2 * θ
	}
	byPrec := families.DiagGaussian(3).New().(families.Gaussian)
	if !byPrec.SetPrecision(d.Mean, prec) {
		t.Fatal("SetPrecision refuses", prec)
	}
	checkGold(t, byPrec, join(d.Theta1, d.Theta2), join(d.Mean, d.Second), d.LogPartition, d.Entropy)
	for j := range 2 {
		e := make(families.Natural, 6)
		e[3*j] = 1
		col := q.FisherMulVec(nil, e)
		nearAll(t, "Fisher column of the first coordinate", []float64{col[0], col[3]}, []float64{d.Fisher0[0][j], d.Fisher0[1][j]})
	}
}

// TestGaussianGoldFisher has F in λ of one Gaussian, and F ∇_μ L = ∇_λ L of an L.
func TestGaussianGoldFisher(t *testing.T) {
	g := readGaussianGold(t).Full.OneD
	for _, f := range []families.Family{families.FullGaussian(1), families.DiagGaussian(1)} {
		q := gaussian(t, f, []float64{g.M}, []float64{g.V})
		name := f.String()
		nearAll(t, name+" λ", q.Natural(nil), []float64{g.Theta1, g.Theta2})
		near(t, name+" A", q.LogPartition(), g.LogPartition, goldTol)
		for j := range 2 {
			e := make(families.Natural, 2)
			e[j] = 1
			nearAll(t, name+" column of F", q.FisherMulVec(nil, e), flatten(g.Fisher)[2*j:2*j+2])
		}
		natural := q.(families.Gaussian).NaturalGrad(nil, []float64{g.DM}, []float64{g.DV})
		nearAll(t, name+" ∇_μ L", natural, []float64{g.DMu1, g.DMu2})
		nearAll(t, name+" F ∇_μ L", q.FisherMulVec(nil, natural), g.DTheta)
		nearAll(t, name+" F⁻¹ ∇_λ L", q.FisherSolve(nil, g.DTheta), []float64{g.DMu1, g.DMu2})
	}
}

// TestGaussianGoldSteps takes one natural-gradient step and one retraction along
// it. Both add to the precision, but the mean is moved by the new precision in
// the first and by the old in the second.
func TestGaussianGoldSteps(t *testing.T) {
	steps := readGaussianGold(t).Steps
	von := steps.VON
	f := families.FullGaussian(2)
	q := f.New().(families.Gaussian)
	if !q.SetPrecision(von.M, flatten(von.S)) {
		t.Fatal("SetPrecision refuses", von.S)
	}
	// With g and H the mean gradient and Hessian of −log p, ∇_m E[log p] = −g
	// and ∇_V E[log p] = −½H.
	gm, gV := make([]float64, 2), flatten(von.H)
	for i, g := range von.G {
		gm[i] = -g
	}
	for i := range gV {
		gV[i] *= -0.5
	}
	λ := q.Natural(nil)
	step := q.NaturalGrad(nil, gm, gV)
	for i := range step {
		step[i] = von.Rho * (step[i] - λ[i])
	}
	retracted := q.(families.Retracter).Retract(nil, step)
	for i := range λ {
		λ[i] += step[i]
	}

	natural := member(t, f, λ).(families.Gaussian)
	nearAll(t, "precision after a natural step", natural.Precision(nil), flatten(von.SNew))
	nearAll(t, "mean after a natural step", natural.Loc(nil), von.MNew)

	r := member(t, f, retracted).(families.Gaussian)
	nearAll(t, "precision after a retraction", r.Precision(nil), flatten(steps.IBLR.SNew))
	nearAll(t, "mean after a retraction", r.Loc(nil), steps.IBLR.MOld)
	nearAll(t, "mean after a step in (m, S)", r.Loc(nil), von.MOld)

	// IVON's is the retraction of a precision h + δ.
	ivon := steps.IVON
	d := families.DiagGaussian(1).New().(families.Gaussian)
	if !d.SetPrecision([]float64{0.4}, []float64{ivon.H0 + ivon.Delta}) {
		t.Fatal("SetPrecision refuses", ivon.H0+ivon.Delta)
	}
	ΔS := (1 - ivon.Beta2) * (ivon.HHat - ivon.H0)
	to := d.(families.Retracter).Retract(nil, families.Natural{0.4 * ΔS, -0.5 * ΔS})
	p := member(t, families.DiagGaussian(1), to).(families.Gaussian)
	near(t, "IVON's precision", p.Precision(nil)[0]-ivon.Delta, ivon.HNew, goldTol)
	near(t, "the mean of a retraction that moves the precision alone", p.Loc(nil)[0], 0.4, goldTol)
}
