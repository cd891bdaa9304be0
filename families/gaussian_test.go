package families_test

import (
	"slices"
	"testing"

	"natgrad/families"
)

func TestGaussianSizes(t *testing.T) {
	for name, make := range map[string]func(int) families.Family{
		"FullGaussian": families.FullGaussian,
		"DiagGaussian": families.DiagGaussian,
	} {
		for _, d := range []int{0, -1} {
			func() {
				defer func() {
					if got := recover(); got != "families: size below 1" {
						t.Errorf("%s(%d): recovered %v", name, d, got)
					}
				}()
				make(d)
			}()
		}
	}
}

// TestGaussianRefusesOverflow has parameters that are legal but for a moment or
// a λ that no float64 holds.
func TestGaussianRefusesOverflow(t *testing.T) {
	for _, f := range []families.Family{families.FullGaussian(1), families.DiagGaussian(1)} {
		q := f.New().(families.Gaussian)
		if q.SetNatural(families.Natural{1e200, -1e-200}) {
			t.Errorf("%v: accepts λ with an infinite mean", f)
		}
		if q.SetMoments([]float64{0}, []float64{0x1p-1074}) {
			t.Errorf("%v: accepts a variance with an infinite inverse", f)
		}
		if q.SetPrecision([]float64{1e200}, []float64{1e200}) {
			t.Errorf("%v: accepts moments with an infinite λ", f)
		}
		if λ := q.Natural(nil); λ[0] != 0 || λ[1] != -0.5 {
			t.Errorf("%v: refusals made λ %v", f, λ)
		}
	}
}

// TestCovFactor checks C Cᵀ = V with an upper triangular C.
func TestCovFactor(t *testing.T) {
	const d = 3
	q := gaussian(t, families.FullGaussian(d), []float64{1, 2, 3}, []float64{2, 0.3, -0.4, 0.3, 1.5, 0.2, -0.4, 0.2, 0.75})
	c, v := q.(*families.FullGaussianDist).CovFactor(nil), q.(families.Gaussian).Cov(nil)
	for i := range d {
		for j := range d {
			var sum float64
			for k := range d {
				sum += c[i*d+k] * c[j*d+k]
			}
			near(t, "(C Cᵀ)", sum, v[i*d+j], 1e-14)
			if j < i && c[i*d+j] != 0 {
				t.Errorf("C_%d,%d = %g below the diagonal", i, j, c[i*d+j])
			}
		}
	}
}

// TestOneDimensionalGaussiansAgree compares the two families where they are one.
func TestOneDimensionalGaussiansAgree(t *testing.T) {
	type able interface {
		families.Gaussian
		families.Retracter
	}
	full := gaussian(t, families.FullGaussian(1), []float64{0.7}, []float64{1.3}).(able)
	diag := gaussian(t, families.DiagGaussian(1), []float64{0.7}, []float64{1.3}).(able)
	v := families.Natural{0.4, 0.9}
	for what, call := range map[string]func(q able) []float64{
		"λ":           func(q able) []float64 { return q.Natural(nil) },
		"μ":           func(q able) []float64 { return q.Mean(nil) },
		"A":           func(q able) []float64 { return []float64{q.LogPartition(), q.Entropy(), q.LogProb([]float64{0.1})} },
		"F v":         func(q able) []float64 { return q.FisherMulVec(nil, v) },
		"F⁻¹v":        func(q able) []float64 { return q.FisherSolve(nil, families.Mean(v)) },
		"retraction":  func(q able) []float64 { return q.Retract(nil, v) },
		"NaturalGrad": func(q able) []float64 { return q.NaturalGrad(nil, v[:1], v[1:]) },
	} {
		nearAll(t, what, call(diag), call(full))
	}
}

// TestFullGaussianTakesTheSymmetricPart of every matrix it is given.
func TestFullGaussianTakesTheSymmetricPart(t *testing.T) {
	skew := func(x []float64, at int) []float64 { // the same symmetric part
		x = slices.Clone(x)
		x[at+1] += 0.7
		x[at+2] -= 0.7
		return x
	}
	f := families.FullGaussian(2)
	loc, cov := []float64{1, -2}, []float64{2, 0.5, 0.5, 1}
	q := gaussian(t, f, loc, cov).(*families.FullGaussianDist)
	λ, μ, v := q.Natural(nil), q.Mean(nil), families.Natural{0.1, 0.2, 0.3, 0.4, 0.4, 0.5}
	nearAll(t, "F v", q.FisherMulVec(nil, skew(v, 2)), q.FisherMulVec(nil, v))
	nearAll(t, "F⁻¹v", q.FisherSolve(nil, skew(v, 2)), q.FisherSolve(nil, families.Mean(v)))
	nearAll(t, "retraction", q.Retract(nil, skew(v, 2)), q.Retract(nil, v))
	p := f.New().(*families.FullGaussianDist)
	for name, ok := range map[string]func() bool{
		"SetNatural":   func() bool { return p.SetNatural(skew(λ, 2)) },
		"SetMean":      func() bool { return p.SetMean(skew(μ, 2)) },
		"SetMoments":   func() bool { return p.SetMoments(loc, skew(cov, 0)) },
		"SetPrecision": func() bool { return p.SetPrecision(loc, skew(q.Precision(nil), 0)) },
	} {
		p.SetNatural(f.New().Natural(nil))
		if !ok() {
			t.Errorf("%s refuses a matrix that is not symmetric", name)
		}
		nearAll(t, "λ after "+name, p.Natural(nil), λ)
		nearAll(t, "μ after "+name, p.Mean(nil), μ)
	}
}
