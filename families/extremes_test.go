package families

import (
	"math"
	"strings"
	"testing"
)

// ownTerms sets the parameters of q in the terms of its user and returns those
// it has.
func ownTerms(q Distribution, params []float64) (ok bool, now func() []float64) {
	switch q := q.(type) {
	case *GammaDist:
		return q.SetShapeRate(params[0], params[1]), func() []float64 { return []float64{q.Shape(), q.Rate()} }
	case *InverseGammaDist:
		return q.SetShapeScale(params[0], params[1]), func() []float64 { return []float64{q.Shape(), q.Scale()} }
	case *BetaDist:
		return q.SetShapes(params[0], params[1]), func() []float64 { return []float64{q.A(), q.B()} }
	case *DirichletDist:
		return q.SetConcentration(params), func() []float64 { return q.Concentration(nil) }
	}
	panic("no such family")
}

func familyNamed(name string, params int) Family {
	switch {
	case name == "Gamma":
		return Gamma()
	case name == "InverseGamma":
		return InverseGamma()
	case name == "Beta":
		return Beta()
	case strings.HasPrefix(name, "Dirichlet"):
		return Dirichlet(params)
	}
	panic("no such family")
}

func TestExtremeMembers(t *testing.T) {
	for _, r := range extremeRefs {
		n := len(r.params)
		f := familyNamed(r.family, n)
		q := f.New()
		ok, now := ownTerms(q, r.params)
		if !ok {
			t.Errorf("%s refuses %v", r.family, r.params)
			continue
		}
		at := func(what string) string { return what + " of " + r.family }
		nearZero(t, 2e-15, 1, q.LogPartition(), r.a, at("A")+" %v", r.params)
		nearZero(t, 2e-15, 1, q.Entropy(), r.entropy, at("entropy")+" %v", r.params)
		nearZero(t, 1e-13, 1, q.LogProb(r.z), r.logProb, at("log q(%v)")+" %v", r.z, r.params)
		floor := 0.
		if strings.HasSuffix(r.family, "Gamma") {
			floor = 1 // ψ(α) − log β may be near 0
		}
		for i, μ := range q.Mean(nil) {
			nearZero(t, 2e-15, floor, μ, r.mean[i], at("μ[%d]")+" %v", i, r.params)
		}
		e, column, solved := make(Natural, n), make(Mean, n), make(Natural, n)
		for j := range n {
			clear(e)
			e[j] = 1
			q.FisherMulVec(column, e)
			q.FisherSolve(solved, Mean(e))
			for i := range n {
				within(t, 4e-15, column[i], r.fisher[i*n+j], at("F[%d][%d]")+" %v", i, j, r.params)
				within(t, 1e-14, solved[i], r.inverse[i*n+j], at("F⁻¹[%d][%d]")+" %v", i, j, r.params)
			}
		}
		p := f.New()
		if ok, _ := ownTerms(p, r.other); !ok {
			t.Errorf("%s refuses %v", r.family, r.other)
			continue
		}
		within(t, 1e-13, KL(q, p), r.kl, at("KL")+" %v from %v", r.other, r.params)

		// From μ, to what its own rounding leaves open: F⁻¹ times 1e-16 μ.
		open := make([]float64, n)
		for i := range open {
			for j := range n {
				open[i] += 4e-16 * math.Abs(r.inverse[i*n+j]*r.mean[j])
			}
		}
		ok, now = ownTerms(q, fill(n, 3))
		if !ok || !q.SetMean(r.mean) {
			t.Errorf("%s refuses μ = %v", r.family, r.mean)
			continue
		}
		for i, got := range now() {
			if want := r.ofMean[i]; !(math.Abs(got-want) <= 2e-15*want+open[i]) {
				t.Errorf("%s: parameter %d of μ = %.17g is %.17g, want %.17g (error %.2g, open %.2g)", r.family, i, r.mean, got, want, got-want, open[i])
			}
		}
	}
}

// fill returns n times x.
func fill(n int, x float64) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = x
	}
	return s
}
