package families_test

import (
	"errors"
	"testing"

	"natgrad/families"
)

// All families of the tests' table are found by their names.
func TestParse(t *testing.T) {
	for _, f := range []families.Family{
		families.Beta(), families.Categorical(4), families.DiagGaussian(3), families.Dirichlet(2), families.FullGaussian(12),
		families.Gamma(), families.GaussMixture(1, 2), families.GaussMixture(3, 2), families.InverseGamma(), families.InverseWishart(3), families.MultiNormalGamma(6), families.NormalGamma(), families.NormalWishart(2),
		families.SphericalNormalGamma(5), families.TiedNormalWishart(4, 2), families.Wishart(7),
		families.Repeat(3, families.Gamma()),
		families.Product(families.Dirichlet(2), families.Repeat(2, families.NormalWishart(3))),
		families.Product(families.Product(families.Gamma(), families.Beta()), families.Repeat(2, families.Repeat(3, families.TiedNormalWishart(1, 1)))),
	} {
		got, err := families.Parse(f.String())
		if err != nil {
			t.Errorf("%v: %v", f, err)
			continue
		}
		if got.String() != f.String() || got.Dim() != f.Dim() || got.NumParams() != f.NumParams() {
			t.Errorf("%v is read as %v", f, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, at := range map[string]int{
		"":                            0,
		"Normal(3)":                   0,
		"Gamma(3)":                    5,
		"Dirichlet":                   9,
		"Dirichlet(1)":                10,
		"Dirichlet(99999999999999)":   10,
		"Dirichlet(2":                 11,
		"GaussMixture(0, 2)":          13,
		"GaussMixture(2, 0)":          16,
		"TiedNormalWishart(2)":        19,
		"Product()":                   8,
		"Product(Gamma Beta)":         13,
		"Repeat(Gamma, 2)":            7,
		"Repeat(2 Gamma)":             8,
		"Repeat(9999999, Wishart(9))": 0,
		"Beta ":                       4,
	} {
		_, err := families.Parse(name)
		var p *families.ParseError
		if !errors.As(err, &p) || p.At != at || p.Name != name {
			t.Errorf("%q: error %v, want a ParseError at byte %d", name, err, at)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Product(Dirichlet(2), Repeat(2, NormalWishart(3)))")
	f.Add("Repeat(3, TiedNormalWishart(2, 1))")
	f.Fuzz(func(t *testing.T, name string) {
		fam, err := families.Parse(name)
		if err == nil && fam.String() != name {
			t.Errorf("%q is read as %v", name, fam)
		}
	})
}
