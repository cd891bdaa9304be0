package families

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// Setters in the users' terms refuse what is not in the domain, and change nothing.
func TestWishartSettersRefuse(t *testing.T) {
	V, bad := fs{1, 0.3, 0.3, 0.5}, []fs{{1, 2, 2, 1}, {-1, 0, 0, 1}, {1, nan, 0, 1}, {inf, 0, 0, 1}, {0, 0, 0, 0}}
	w, iw, nw, ng := wishartOf(t, 3, V...), inverseWishartOf(t, 3, V...), normalWishart(t, fs{1, 2}, 2, V, 3), normalGamma(t, 1, 2, 3, 4)
	qs := []Distribution{w, iw, nw, ng}
	var before []observed
	for _, q := range qs {
		before = append(before, observe(q))
	}
	refused := func(what string, ok bool) {
		t.Helper()
		if ok {
			t.Errorf("%s is accepted", what)
		}
	}
	for _, ν := range []float64{1, 0, -3, nan, inf} {
		refused("ν of a Wishart", w.SetParams(ν, V))
		refused("ν of an InverseWishart", iw.SetParams(ν, V))
		refused("ν of a NormalWishart", nw.SetParams(fs{1, 2}, 1, V, ν) || nw.SetInverse(fs{1, 2}, 1, V, ν))
	}
	for _, M := range bad {
		refused("V", w.SetParams(3, M))
		refused("Ψ", iw.SetParams(3, M))
		refused("W", nw.SetParams(fs{1, 2}, 1, M, 3) || nw.SetInverse(fs{1, 2}, 1, M, 3))
	}
	for _, x := range []float64{0, -1, nan, inf} {
		refused("κ", nw.SetParams(fs{1, 2}, x, V, 3) || ng.SetParams(1, x, 3, 4))
		refused("α", ng.SetParams(1, 2, x, 4))
		refused("β", ng.SetParams(1, 2, 3, x))
	}
	for _, x := range []float64{nan, inf, 1e200, 1e12} { // at 1e12, W⁻¹ is lost in λ
		refused("m", nw.SetParams(fs{1, x}, 1, V, 3) || ng.SetParams(x, 2, 3, 4))
	}
	// νmᵀWm overflows.
	refused("m with W", nw.SetParams(fs{1e10, 0}, 1e-300, fs{1e290, 0, 0, 1e290}, 3) || ng.SetParams(1e10, 1e-300, 1, 1e-290))
	for i, q := range qs {
		same(t, before[i], q)
	}
}

func same(t *testing.T, before observed, q Distribution) {
	t.Helper()
	now := observe(q)
	if !slices.Equal(before.λ, now.λ) || !slices.Equal(before.μ, now.μ) || !slices.Equal(before.Fisher, now.Fisher) ||
		!slices.Equal(before.A, now.A) || !slices.Equal(before.H, now.H) {
		t.Errorf("%v: a refusal changed the receiver", q.Family())
	}
}

// A member that a setter accepts has a legal λ, nearly singular as its matrix may be.
func TestWishartSettersMakeLegalNaturals(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 4))
	const p = 3
	w, iw, nw := Wishart(p).New().(*WishartDist), InverseWishart(p).New().(*InverseWishartDist), NormalWishart(p).New().(*NormalWishartDist)
	fresh := map[Distribution]Distribution{}
	for _, q := range []Distribution{w, iw, nw} {
		fresh[q] = q.Family().New()
	}
	accepted := map[Distribution]int{}
	M := make(fs, p*p)
	for range 3000 {
		// One direction is shorter than the others by 1e-6 … 1e-9: its square is at
		// the rounding of the matrix.
		g := make(fs, p*p)
		normals(g, rnd)
		short := 1e-6 * rnd.Float64() * rnd.Float64()
		for i := range p {
			for j := range p {
				M[i*p+j] = g[i]*g[j] + g[p+i]*g[p+j] + short*short*g[2*p+i]*g[2*p+j]
			}
		}
		for q, ok := range map[Distribution]bool{
			w: w.SetParams(4, M), iw: iw.SetParams(4, M), nw: nw.SetParams(fs{1e-3, 0, 0}, 1, M, 4),
		} {
			if !ok {
				continue
			}
			accepted[q]++
			if λ := q.Natural(nil); !fresh[q].SetNatural(λ) {
				t.Fatalf("%v accepts %v, but not the λ = %v it makes of it", q.Family(), M, λ)
			}
		}
	}
	for q := range fresh {
		if accepted[q] < 100 || accepted[q] > 2990 {
			t.Errorf("%v accepts %d of 3000 matrices, which says little", q.Family(), accepted[q])
		}
	}
}

// The part of λ₂ that is not of the mean has all the digits that λ leaves it.
func TestRateOfFarMeans(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 5))
	exact := func(x float64) *big.Float { return new(big.Float).SetPrec(400).SetFloat64(x) }
	for range 200 {
		m, κ := 1e5*rnd.NormFloat64(), 0.1+rnd.Float64()
		λ := Natural{1, -1 - rnd.Float64() - 0.5*κ*m*m, κ * m, -0.5 * κ}
		q := NormalGamma().New().(*NormalGammaDist)
		if !q.SetNatural(λ) {
			t.Fatalf("λ = %v is refused", λ)
		}
		square := new(big.Float).Mul(exact(λ[2]), exact(λ[2]))
		β := new(big.Float).Sub(square.Quo(square, exact(4*λ[3])), exact(λ[1]))
		want, _ := β.Float64()
		_, _, _, got := q.Params()
		within(t, 1e-15, got, want, "β of λ = %v", λ)
		r := NormalWishart(1).New().(*NormalWishartDist)
		r.SetNatural(λ)
		within(t, 2e-15, r.Inverse(nil)[0], 2*want, "W⁻¹ of λ = %v", λ)
	}
}
