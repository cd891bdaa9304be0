package families_test

import (
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
