package families_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/families"
)

// mixed is a nested product with members that differ in all parts.
func mixed(t *testing.T) (f families.Family, q families.Distribution, parts []families.Distribution) {
	t.Helper()
	full, diag := families.FullGaussian(2), families.DiagGaussian(1)
	f = families.Product(full, families.Repeat(2, diag), diag)
	parts = []families.Distribution{
		gaussian(t, full, []float64{1, -2}, []float64{2, 0.5, 0.5, 1}),
		gaussian(t, diag, []float64{3}, []float64{0.25}),
		gaussian(t, diag, []float64{-1}, []float64{4}),
		gaussian(t, diag, []float64{0.5}, []float64{9}),
	}
	var λ families.Natural
	for i, p := range parts {
		parts[i] = member(t, p.Family(), p.Natural(nil)) // the same bits as in the product
		λ = append(λ, p.Natural(nil)...)
	}
	return f, member(t, f, λ), parts
}

func TestProductConcatenates(t *testing.T) {
	f, q, parts := mixed(t)
	if got, want := f.String(), "Product(FullGaussian(2), Repeat(2, DiagGaussian(1)), DiagGaussian(1))"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	if f.Dim() != 5 || f.NumParams() != 12 {
		t.Errorf("Dim, NumParams = %d, %d, want 5, 12", f.Dim(), f.NumParams())
	}
	z := []float64{0.1, 0.2, 0.3, 0.4, 0.5}
	rest := z
	var stats, μ, Fλ families.Mean
	var solved families.Natural
	var a, entropy, logProb float64
	var draw []float64
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, p := range parts {
		zi := rest[:p.Family().Dim()]
		rest = rest[len(zi):]
		stats = append(stats, p.Family().SufficientStats(nil, zi)...)
		μ = append(μ, p.Mean(nil)...)
		Fλ = append(Fλ, p.FisherMulVec(nil, p.Natural(nil))...)
		solved = append(solved, p.FisherSolve(nil, p.Mean(nil))...)
		draw = append(draw, p.Rand(nil, rnd)...)
		a += p.LogPartition()
		entropy += p.Entropy()
		logProb += p.LogProb(zi)
	}
	for what, pair := range map[string][2]any{
		"T":             {stats, f.SufficientStats(nil, z)},
		"μ":             {μ, q.Mean(nil)},
		"F λ":           {Fλ, q.FisherMulVec(nil, q.Natural(nil))},
		"F⁻¹ μ":         {solved, q.FisherSolve(nil, q.Mean(nil))},
		"draw":          {draw, q.Rand(nil, rand.New(rand.NewPCG(1, 2)))},
		"log-partition": {a, q.LogPartition()},
		"entropy":       {entropy, q.Entropy()},
		"log-density":   {logProb, q.LogProb(z)},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s (-parts +product): %s", what, diff)
		}
	}
}

func TestProductKLIsTheSumOfTheParts(t *testing.T) {
	f, q, parts := mixed(t)
	standard := f.New()
	var want float64
	for _, p := range parts {
		want += families.KL(p, p.Family().New())
	}
	nearForms(t, q, standard, want)
}

func TestProductRefusesAsAWhole(t *testing.T) {
	_, q, _ := mixed(t)
	// A member set by its moments is not in general restored by its λ.
	first := q.(families.Composite).Parts()[0].(families.Gaussian)
	first.SetMoments([]float64{0.1, 0.7}, []float64{3, 0.1, 0.1, 0.3})
	λ, μ := q.Natural(nil), q.Mean(nil)
	badλ := append(families.Natural(nil), λ...)
	badλ[0], badλ[len(λ)-1] = 7, 1
	if q.SetNatural(badλ) {
		t.Fatal("accepted a negative precision of the last part")
	}
	badμ := append(families.Mean(nil), μ...)
	badμ[0], badμ[len(μ)-1] = 0.2, -1
	if q.SetMean(badμ) {
		t.Fatal("accepted a negative variance of the last part")
	}
	if diff := cmp.Diff(λ, q.Natural(nil)); diff != "" {
		t.Error("a refusal changed λ", diff)
	}
	if diff := cmp.Diff(μ, q.Mean(nil)); diff != "" {
		t.Error("a refusal changed μ", diff)
	}
}

func TestProductSeesChangesOfItsParts(t *testing.T) {
	_, q, _ := mixed(t)
	for range 2 {
		part := q.(families.Composite).Parts()[2]
		before := q.LogPartition() - part.LogPartition()
		λ := families.Natural{part.Natural(nil)[0] + 1, -2}
		part.SetNatural(λ)
		got := q.Natural(nil)
		if diff := cmp.Diff(λ, got[len(got)-2:]); diff != "" {
			t.Error("λ of the product lacks that of the part", diff)
		}
		near(t, "log-partition", q.LogPartition(), before+part.LogPartition(), 1e-14)
		q.SetNatural(got) // the parts trade places with the spare ones
	}
}

func TestProductPanics(t *testing.T) {
	for name, test := range map[string]struct {
		want string
		make func()
	}{
		"no parts":     {"families: a product of no parts", func() { families.Product() }},
		"Repeat of 0":  {"families: a product of no parts", func() { families.Repeat(0, families.DiagGaussian(1)) }},
		"Repeat of -1": {"families: a product of no parts", func() { families.Repeat(-1, families.DiagGaussian(1)) }},
		"nil part":     {"families: nil Family", func() { families.Product(families.DiagGaussian(1), nil) }},
		"Repeat nil":   {"families: nil Family", func() { families.Repeat(2, nil) }},
	} {
		func() {
			defer func() {
				if got := recover(); got != test.want {
					t.Errorf("%s: recovered %v, want %q", name, got, test.want)
				}
			}()
			test.make()
		}()
	}
}
