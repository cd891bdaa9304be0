package families

import (
	"math"
	"testing"
)

func categoricalOf(t testing.TB, p ...float64) *CategoricalDist {
	t.Helper()
	q := Categorical(len(p)).New().(*CategoricalDist)
	if !q.SetProb(p) {
		t.Fatalf("Categorical refuses probabilities %v", p)
	}
	return q
}

// Values of a 700-digit evaluation (mpmath).
func TestCategoricalReference(t *testing.T) {
	for _, r := range []struct {
		p, q           Natural
		kl, entropy, a float64
		prob           []float64
	}{
		{Natural{1, 2}, Natural{1.0000000009313226, 2}, 8.01600307569527e-20, 0.8323955818399389, 2.40760596444438, fs{0.24472847105479764, 0.6652409557748219, 0.09003057317038046}},
		{Natural{1, 2}, Natural{1.0000000009313226, 2.0000000009313226}, 3.5529335135472536e-20, 0.8323955818399389, 2.40760596444438, fs{0.24472847105479764, 0.6652409557748219, 0.09003057317038046}},
		{Natural{700, -3}, Natural{699.5, -3.25}, 1.4830461702012155e-305, 7.257215867854711e-302, 700.0, fs{1.0, 4.9088439016919216e-306, 9.85967654375977e-305}},
		{Natural{-700, 0.25}, Natural{0.25, -600}, 337.4464446567003, 0.685395294657394, 0.8259394198788436, fs{4.316798084523123e-305, 0.5621765008857981, 0.4378234991142019}},
		{Natural{30, -30}, Natural{30.000000953674316, -30.000000953674316}, 4.255352902934831e-26, 2.900863120340721e-12, 30.000000000000092, fs{0.9999999999999064, 8.7565107626957e-27, 9.357622968839299e-14}},
		{Natural{-300, 300}, Natural{300, -300}, 600.0, 1.5496082669460162e-128, 300.0, fs{2.6503965530043108e-261, 1.0, 5.148200222412013e-131}},
		{Natural{50, 0}, Natural{50.5, 0.5}, 2.054709937242376e-23, 1.967324844923196e-20, 50.0, fs{1.0, 1.9287498479639178e-22, 1.9287498479639178e-22}},
		{Natural{0.1, 3}, Natural{-2, 8}, 0.47963026097635564, 0.3792949845724537, 3.099673635546296, fs{0.04980331974902565, 0.9051327729996467, 0.04506390725132768}},
	} {
		p, q := Categorical(3).New().(*CategoricalDist), Categorical(3).New()
		if !p.SetNatural(r.p) || !q.SetNatural(r.q) {
			t.Errorf("refuses λ = %v or %v", r.p, r.q)
			continue
		}
		within(t, 1e-13, KL(p, q), r.kl, "KL of %v from %v", r.q, r.p)
		within(t, 1e-14, p.Entropy(), r.entropy, "entropy at %v", r.p)
		within(t, 1e-14, p.LogPartition(), r.a, "A at %v", r.p)
		prob := p.Prob(nil)
		for k, want := range r.prob {
			within(t, 1e-13, prob[k], want, "p[%d] at %v", k, r.p)
			within(t, 1e-13, math.Exp(p.LogProb([]float64{float64(k)})), want, "e^log p[%d] at %v", k, r.p)
		}
		// F = diag μ − μμᵀ without cancellation, and its inverse diag 1/μ + 11ᵀ/p_K.
		e := Natural{0, 0}
		for j := range 2 {
			clear(e)
			e[j] = 1
			others := r.prob[1-j] + r.prob[2]
			F, inv := p.FisherMulVec(nil, e), p.FisherSolve(nil, Mean(e))
			within(t, 1e-13, F[j], r.prob[j]*others, "F[%d][%d] at %v", j, j, r.p)
			within(t, 1e-13, F[1-j], -r.prob[0]*r.prob[1], "F[%d][%d] at %v", 1-j, j, r.p)
			within(t, 1e-13, inv[j], 1/r.prob[j]+1/r.prob[2], "F⁻¹[%d][%d] at %v", j, j, r.p)
			within(t, 1e-13, inv[1-j], 1/r.prob[2], "F⁻¹[%d][%d] at %v", 1-j, j, r.p)
		}
	}
}

func TestCategoricalMean(t *testing.T) {
	const ε = 0x1p-40
	for _, test := range []struct {
		μ    Mean
		last float64
	}{
		{Mean{0.25, 0.5}, 0.25},
		{Mean{0.5, 0.5 - ε}, ε},
		{Mean{1 - 0x1p-53, 1e-200}, 0x1p-53},
		{Mean{0.1, 0.2, 0.3, 0.4 - 1e-9}, 9.999999994736442e-10}, // the exact difference of these float64 numbers
		{Mean{1e-250, 1e-100}, 1},
	} {
		q := Categorical(len(test.μ) + 1).New().(*CategoricalDist)
		if !q.SetMean(test.μ) {
			t.Errorf("refuses μ = %v", test.μ)
			continue
		}
		prob := q.Prob(nil)
		for k, want := range test.μ {
			within(t, 1e-13, prob[k], want, "p[%d] of μ = %v", k, test.μ)
		}
		within(t, 1e-13, prob[len(test.μ)], test.last, "last p of μ = %v", test.μ)
	}
}

func TestCategoricalStatistics(t *testing.T) {
	f := Categorical(3)
	for z, want := range map[float64]Mean{0: {1, 0}, 1: {0, 1}, 2: {0, 0}, 3: {nan, nan}, -1: {nan, nan}, 0.5: {nan, nan}} {
		vectorsOrNaN(t, f.SufficientStats(nil, []float64{z}), want, z)
	}
}

func vectorsOrNaN(t *testing.T, got, want Mean, z float64) {
	t.Helper()
	for i, x := range want {
		if got[i] != x && !(math.IsNaN(x) && math.IsNaN(got[i])) {
			t.Errorf("T(%g) = %v, want %v", z, got, want)
		}
	}
}
