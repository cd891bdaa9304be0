package families

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// With one mean, or one dimension, a precision shared is one of its own: members agree
// with those of NormalWishart and NormalGamma in all that they say.
func TestSharedPrecisionOfOne(t *testing.T) {
	rnd := rand.New(rand.NewPCG(14, 1))
	for _, test := range []struct {
		shared, alone Family
		λ             [2]Natural
	}{
		{TiedNormalWishart(1, 2), NormalWishart(2), [2]Natural{{1.5, -3, 0.4, 0.4, -4, 2, -1, -0.8}, {0.3, -2, 0.1, 0.1, -9, 1, 3, -1.5}}},
		{TiedNormalWishart(1, 1), NormalWishart(1), [2]Natural{{1.5, -3, 2, -0.8}, {0.3, -2, 1, -1.5}}},
		{SphericalNormalGamma(1), NormalGamma(), [2]Natural{{1.5, -3, 2, -0.8}, {0.3, -2, 1, -1.5}}},
	} {
		a, b, a2, b2 := test.shared.New(), test.alone.New(), test.shared.New(), test.alone.New()
		if !a.SetNatural(test.λ[0]) || !b.SetNatural(test.λ[0]) || !a2.SetNatural(test.λ[1]) || !b2.SetNatural(test.λ[1]) {
			t.Fatalf("%v refuses %v", test.shared, test.λ)
		}
		z := b.Rand(nil, rnd)
		say := func(q, other Distribution) [][]float64 {
			p := q.Family().New()
			if !p.SetMean(q.Mean(nil)) {
				t.Fatalf("%v refuses its own mean", q.Family())
			}
			return [][]float64{
				q.Natural(nil), q.Mean(nil), p.Natural(nil), q.FisherMulVec(nil, test.λ[1]), q.FisherSolve(nil, Mean(test.λ[1])),
				q.Family().SufficientStats(nil, z), q.Rand(nil, rand.New(rand.NewPCG(1, 2))),
				{q.LogPartition(), q.Entropy(), q.LogProb(z), q.(KLer).KL(other)},
			}
		}
		if diff := cmp.Diff(say(b, b2), say(a, a2), cmpopts.EquateApprox(1e-12, 1e-13)); diff != "" {
			t.Errorf("%v and %v: %s", test.alone, test.shared, diff)
		}
	}
}

// Observations added to a prior make the posterior of the textbooks, around the means
// of their groups.
func TestSharedPrecisionPosterior(t *testing.T) {
	const d, k, n = 2, 2, 30
	rows := data(n, d)
	group := func(i int) int { return i % 3 / 2 } // 20 rows, and 10
	κ0, ν0 := fs{0.7, 2}, 3.5
	m0, W0 := fs{1, 0.5, -1, 2}, fs{1, 0.3, 0.3, 0.5}
	tied := TiedNormalWishart(k, d).New().(*TiedNormalWishartDist)
	sphere := SphericalNormalGamma(d).New().(*SphericalNormalGammaDist)
	if !tied.SetParams(m0, κ0, W0, ν0) || !sphere.SetParams(m0[:d], κ0[0], 1.2, 0.8) {
		t.Fatal("priors refused")
	}
	add, addSphere := make(Natural, TiedNormalWishart(k, d).NumParams()), make(Natural, d+3)
	var counts [k]float64
	sums := make(fs, k*d)
	for i, y := range rows {
		g := group(i)
		counts[g]++
		add[0] += 0.5
		addSphere[0] += 0.5 * d
		add[1+d*d+k*d+g] -= 0.5
		addSphere[2+d] -= 0.5
		for a, v := range y {
			sums[g*d+a] += v
			add[1+d*d+g*d+a] += v
			addSphere[1] -= 0.5 * v * v
			addSphere[2+a] += v
			for b, w := range y {
				add[1+a*d+b] -= 0.5 * v * w
			}
		}
	}
	post := posterior(t, tied, add).(*TiedNormalWishartDist)
	m, κ, _, ν := post.Params(nil, nil, nil)
	// W⁻¹ = W₀⁻¹ + Σ (y−m)(y−m)ᵀ + Σ κ₀ (m−m₀)(m−m₀)ᵀ
	inv := fs{0.5 / 0.41, -0.3 / 0.41, -0.3 / 0.41, 1 / 0.41}
	for g := range k {
		nearZero(t, 1e-14, 1, κ[g], κ0[g]+counts[g], "κ of group %d", g)
		for a := range d {
			nearZero(t, 1e-13, 1, m[g*d+a], (κ0[g]*m0[g*d+a]+sums[g*d+a])/κ[g], "mean of group %d", g)
			for b := range d {
				inv[a*d+b] += κ0[g] * (m[g*d+a] - m0[g*d+a]) * (m[g*d+b] - m0[g*d+b])
			}
		}
	}
	for i, y := range rows {
		g := group(i)
		for a := range d {
			for b := range d {
				inv[a*d+b] += (y[a] - m[g*d+a]) * (y[b] - m[g*d+b])
			}
		}
	}
	nearZero(t, 1e-14, 1, ν, ν0+n, "ν")
	want := TiedNormalWishart(k, d).New().(*TiedNormalWishartDist)
	det := inv[0]*inv[3] - inv[1]*inv[2]
	if !want.SetParams(m, κ, fs{inv[3] / det, -inv[1] / det, -inv[2] / det, inv[0] / det}, ν0+n) {
		t.Fatal("posterior refused")
	}
	if kl := want.KL(post); !(math.Abs(kl) < 1e-12) {
		t.Errorf("KL to the posterior of the textbooks is %g", kl)
	}

	s := posterior(t, sphere, addSphere).(*SphericalNormalGammaDist)
	ms, κs, α, β := s.Params(nil)
	wantβ := 0.8
	for a := range d {
		sum := sums[a] + sums[d+a]
		nearZero(t, 1e-13, 1, ms[a], (κ0[0]*m0[a]+sum)/(κ0[0]+n), "mean with one precision")
		wantβ += 0.5 * κ0[0] * (ms[a] - m0[a]) * (ms[a] - m0[a])
		for _, y := range rows {
			wantβ += 0.5 * (y[a] - ms[a]) * (y[a] - ms[a])
		}
	}
	nearZero(t, 1e-14, 1, κs, κ0[0]+n, "κ with one precision")
	nearZero(t, 1e-14, 1, α, 1.2+0.5*n*d, "α")
	nearZero(t, 1e-12, 1, β, wantβ, "β")
}
