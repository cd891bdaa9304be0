package families_test

import (
	"math"
	"testing"

	"natgrad/families"
)

// bare is a family whose members can do what every Distribution can, and no
// more: the KL of them is the generic one.
type bare struct{ families.Family }

type bareDist struct{ families.Distribution }

func (f bare) New() families.Distribution { return bareDist{f.Family.New()} }

func (q bareDist) Family() families.Family { return bare{q.Distribution.Family()} }

// TestGenericKL compares the generic KL with the closed form of a Gaussian, for
// members that are close, for which it integrates, far, and equal.
func TestGenericKL(t *testing.T) {
	for _, f := range []families.Family{families.FullGaussian(1), families.DiagGaussian(1)} {
		q := f.New()
		bareQ := member(t, bare{f}, q.Natural(nil))
		for _, test := range []struct{ loc, v, tol float64 }{
			{0, 1 + 0x1p-20, 1e-9}, // of relative 1e-6 in λ: what δᵀFδ keeps of it
			{0x1p-17, 1, 1e-9},
			{1e-3, 1 + 0x1p-10, 1e-11},
			{0.05, 1.1, 1e-12},
			{2, 0.3, 1e-12},
			{-30, 50, 1e-12},
		} {
			p := gaussian(t, f, []float64{test.loc}, []float64{test.v})
			bareP := member(t, bare{f}, p.Natural(nil))
			near(t, "KL(p‖q)", families.KL(bareP, bareQ), p.(families.KLer).KL(q), test.tol)
			near(t, "KL(q‖p)", families.KL(bareQ, bareP), q.(families.KLer).KL(p), test.tol)
		}
		if kl := families.KL(bareQ, bareQ); kl != 0 {
			t.Errorf("%v: KL of equal members = %g", f, kl)
		}
	}
}

// pathless is a family without the members between those of whole λ₁: the
// divergence cannot be integrated, and the Bregman form is what is left.
type pathless struct{ families.Family }

type pathlessDist struct{ families.Distribution }

func (f pathless) New() families.Distribution { return pathlessDist{f.Family.New()} }

func (q pathlessDist) Family() families.Family { return pathless{q.Distribution.Family()} }

func (q pathlessDist) SetNatural(λ families.Natural) bool {
	return λ[0] == math.Trunc(λ[0]) && q.Distribution.SetNatural(λ)
}

func TestGenericKLWithoutTheWayBetween(t *testing.T) {
	f := pathless{families.DiagGaussian(1)}
	// N(2000, 1) and N(2001, 1): terms of 2e6 cancel.
	p, q := member(t, f, families.Natural{2000, -0.5}), member(t, f, families.Natural{2001, -0.5})
	near(t, "KL", families.KL(p, q), 0.5, 1e-8)
}
