package familytest

import (
	"math"
	"slices"
	"strings"
	"testing"

	"natgrad/families"
)

// TestSoundFamiliesPass includes families of other shapes than the project's.
func TestSoundFamiliesPass(t *testing.T) {
	Test(t, &brokenFamily{Family: families.DiagGaussian(2)})
	Test(t, &brokenFamily{Family: families.FullGaussian(2)})
	Test(t, coin(), families.Natural{-9})
	small, large := families.Natural{1e-3 - 1}, families.Natural{1e8}
	Test(t, power(false), small, families.Natural{1e-6 - 1}, large)
	Test(t, power(true), small)
	Test(t, families.Product(power(false), coin(), power(true)))
}

// report fails unless an error says what it should.
func report(t *testing.T, what, says string, errs []error) {
	t.Helper()
	for _, err := range errs {
		if strings.Contains(err.Error(), says) {
			return
		}
	}
	t.Errorf("%s: %d errors, none says %q: %v", what, len(errs), says, errs)
}

// TestBrokenFamiliesAreCaught breaks one law at a time.
func TestBrokenFamiliesAreCaught(t *testing.T) {
	full, diag := families.FullGaussian(2), families.DiagGaussian(2)
	for _, test := range []struct {
		f         families.Family
		law, says string
	}{
		{diag, "no dimension", "Dim is 0"},
		{diag, "unstable name", "String says"},
		{diag, "family of another", "is of the family DiagGaussian(7)"},
		{diag, "T too long", "SufficientStats returns 5 values"},
		{diag, "T", "⟨λ, T⟩ − A is"},
		{diag, "T infinite", "at a draw of"},
		{diag, "Mean has NaN", "want finite values"},
		{full, "sign of F", "has variance -"},
		{diag, "½ in F", "F⁻¹(F v) − v"},
		{full, "½ in F and F⁻¹", "the derivative of Mean along v"},
		{diag, "F not symmetric", "not symmetric"},
		{diag, "F not linear", "not linear"},
		{full, "F⁻¹", "F⁻¹(F v) − v"},
		{diag, "Mean", "the derivative of LogPartition"},
		{full, "½ in A", "the derivative of LogPartition"},
		{diag, "A has noise", "is it smooth there?"},
		{diag, "log 2π", "is the density normalised?"},
		{diag, "½ in the entropy", "A − ⟨λ, μ⟩ is"},
		{diag, "entropy of the last SetNatural", "Entropy is"},
		{diag, "½ in the density", "⟨λ, T⟩ − A is"},
		{diag, "density at NaN", "a point that has a NaN"},
		{diag, "SetMean with the wrong variance", "λ → μ → λ misses"},
		{full, "SetMean with a wrong sign", "SetMean refuses the Mean"},
		{diag, "SetMean refuses what is not a Mean", "SetMean refuses the middle"},
		{diag, "SetMean accepts all", "SetMean accepts"},
		{full, "SetMean changes the receiver if it refuses", "a refusal of SetMean"},
		{diag, "SetNatural refuses all", "SetNatural refuses"},
		{diag, "SetNatural accepts less", "after SetNatural of"},
		{diag, "SetNatural accepts NaN", "SetNatural accepts NaN"},
		{full, "SetNatural accepts all", "after SetNatural of"},
		{diag, "SetNatural accepts what is far", "SetNatural accepts"},
		{full, "SetNatural changes the receiver if it refuses", "a refusal of SetNatural"},
		{diag, "Natural is what the caller has", "keeps a slice that is the caller's"},
		{diag, "members share their state", "F⁻¹(F v) − v"},
		{diag, "KL the other way", "BregmanNatural says"},
		{full, "½ in KL", "BregmanNatural says"},
		{full, "KL with an offset", "KL(p‖p) ="},
		{diag, "sd of draws", "a variance of"},
		{diag, "mean of draws", "standard errors from μ"},
		{full, "correlation of draws", "have the mean of T_3"},
		{diag, "draws from elsewhere", "Rand is"},
		{full, "Precision of the first λ", "used before differs from a new one"},
		{diag, "allocates", "Mean allocates 1 times"},
		{diag, "allocates in the first call", "allocations in the calls that follow SetNatural"},
		{diag, "Loc adds to dst", "Loc with a nil dst"},
		{diag, "Precision ignores dst", "Precision does not return dst"},
		{diag, "no length checked", "LogProb does not panic if argument 1 has length 1"},
		{diag, "index out of range", "LogProb panics with"},

		{diag, "draws of a path", "draws of RandPath"},
		{diag, "path overwrites", "AddPathGrad adds"},
		{diag, "path without its weight", "with weight −2.5"},
		{full, "sign of a path", "path gradients of ⟨u, T⟩"},
		{full, "path of the mean alone", "path gradients of ⟨u, T⟩"},
		{diag, "path for T alone", "path gradients of a function of z"},
		{full, "retraction is a plain step", "Retract leaves the domain"},
		{full, "½ in a retraction", "not to first order"},
		{full, "retraction from elsewhere", "Retract of no step misses"},
		{full, "dst of a retraction is not step", "if dst is step"},
		{diag, "CovLen", "CovLen is 3"},
		{full, "Loc", "Loc is"},
		{full, "Cov is Precision", "Transform has covariance"},
		{full, "Precision is Cov", "(Cov Precision)"},
		{full, "Transform reflects", "Untransform gives"},
		{full, "Transform with the variance", "Transform has covariance"},
		{full, "Whiten by the factor, not transposed", "Whiten(g)"},
		{full, "NaturalGrad without −2 gV m", "⟨NaturalGrad, F v⟩"},
		{full, "NaturalGrad changes an argument", "NaturalGrad changes its argument 2"},
		{diag, "SetMoments takes sds", "SetMoments misses"},
		{diag, "SetMoments accepts all", "not positive definite"},
		{full, "SetMoments changes the receiver if it refuses", "a refusal of SetMoments"},
		{full, "SetPrecision takes a covariance", "SetPrecision misses"},
	} {
		f := &brokenFamily{Family: test.f, law: test.law}
		report(t, test.law, test.says, Check(f))
	}
}

func TestBrokenLogDrawsAreCaught(t *testing.T) {
	for _, test := range []struct {
		what, says string
		at         families.Natural
		broken     powerPoint
	}{
		{"mean", "the mean of LogRand exceeds", nil, powerPoint{logMean: 0.3}},
		{"mean where draws underflow", "standard errors from E[log z_0]", families.Natural{1e-3 - 1}, powerPoint{logScale: 0.2}},
		{"scale", "the mean square of LogRand exceeds", nil, powerPoint{logScale: 0.2}},
		{"scale alone", "the variance of LogRand", nil, powerPoint{logScale: 0.5}},
		{"infinite", "LogRand draws -Inf", nil, powerPoint{logMean: math.Inf(-1)}},
		{"path", "path gradients of ⟨u, T⟩", nil, powerPoint{pathScale: 0.4}},
	} {
		f := power(false)
		f.wrap = func(q *point) families.Distribution {
			p := test.broken
			p.point = q
			return &p
		}
		var at []families.Natural
		if test.at != nil {
			at = append(at, test.at)
		}
		report(t, test.what, test.says, Check(f, at...))
	}
}

func TestBrokenFrequenciesAreCaught(t *testing.T) {
	f := coin()
	a := f.a
	f.a = func(λ float64) float64 { return a(λ) + 0.1 }
	report(t, "coin", "its share of the draws", Check(f))
	f = power(true)
	a2 := f.a
	f.a = func(λ float64) float64 { return a2(λ) + 0.3 }
	report(t, "simplex", "is the density normalised?", Check(f))
}

// shifted is a family with a constant missing in A, the entropy and the density.
type shifted struct{ families.Family }

type shiftedDist struct{ families.Distribution }

func (f shifted) New() families.Distribution      { return shiftedDist{f.Family.New()} }
func (q shiftedDist) Family() families.Family     { return shifted{q.Distribution.Family()} }
func (q shiftedDist) LogPartition() float64       { return q.Distribution.LogPartition() - 0.919 }
func (q shiftedDist) Entropy() float64            { return q.Distribution.Entropy() - 0.919 }
func (q shiftedDist) LogProb(z []float64) float64 { return q.Distribution.LogProb(z) + 0.919 }

// TestDensitiesOfMatrices has points with entries that repeat others.
func TestDensitiesOfMatrices(t *testing.T) {
	for _, f := range []families.Family{families.Wishart(2), families.InverseWishart(2), families.NormalWishart(2)} {
		report(t, f.String(), "is the density normalised?", Check(shifted{f}))
	}
}

// composite is a product that breaks the law of its parts.
type composite struct {
	families.Composite
	f *compositeFamily
}

type compositeFamily struct {
	families.Family
	law string
}

func (f *compositeFamily) New() families.Distribution {
	return composite{f.Family.New().(families.Composite), f}
}

func (q composite) Family() families.Family { return q.f }

func (q composite) Parts() []families.Distribution {
	parts := slices.Clone(q.Composite.Parts())
	switch q.f.law {
	case "order":
		slices.Reverse(parts)
	case "copies":
		for i, p := range parts {
			parts[i] = p.Family().New()
			parts[i].SetNatural(p.Natural(nil))
		}
	case "too many":
		parts = append(parts, parts[0])
	}
	return parts
}

func TestBrokenCompositesAreCaught(t *testing.T) {
	f := families.Product(families.DiagGaussian(1), families.DiagGaussian(1))
	for law, says := range map[string]string{
		"order":    "that of the parts",
		"copies":   "in the receiver it is",
		"too many": "the dimensions of the parts exceed 2",
	} {
		report(t, law, says, Check(&compositeFamily{f, law}))
	}
	Test(t, &compositeFamily{Family: f})
}

func TestGivenMembersAreChecked(t *testing.T) {
	report(t, "illegal member", "SetNatural refuses", Check(families.DiagGaussian(1), families.Natural{0, 1}))
}
