package families_test

import (
	"testing"

	"natgrad/families"
	"natgrad/families/familytest"
)

// laws are the families that the conformance kit is run over, each with members
// of interest besides those that the kit makes.
var laws = []struct {
	f       families.Family
	members []families.Natural
}{
	{families.FullGaussian(1), nil},
	{families.FullGaussian(2), []families.Natural{
		{1e3, -2e3, -0.5, 0.2, 0.2, -1}, // far from 0
		{3, 1, -5e7, 49, 49, -5e-5},     // sds of 1e-4 and 100
	}},
	{families.FullGaussian(5), nil},
	{families.DiagGaussian(1), []families.Natural{{1e3, -0.5}, {0, -5e15}, {1e-9, -5e-17}}},
	{families.DiagGaussian(3), nil},
	{families.Product(families.FullGaussian(2), families.DiagGaussian(1)), nil},
	{families.Product(families.DiagGaussian(2), families.Repeat(2, families.FullGaussian(1)), families.DiagGaussian(1)), nil},
	{families.Repeat(1, families.DiagGaussian(1)), nil},
	{families.Repeat(3, families.FullGaussian(2)), nil},
	{families.Gamma(), []families.Natural{{1e-3 - 1, -2}, {1e-6 - 1, -1e3}, {1e8 - 1, -1e4}}},
	{families.InverseGamma(), []families.Natural{{-1e-3 - 1, -2}, {-1e-6 - 1, -1e3}, {-1e8 - 1, -1e4}}},
	{families.Beta(), []families.Natural{{1e-3 - 1, 1}, {1e-6 - 1, 1e-6 - 1}, {1e8, -0.5}}},
	{families.Dirichlet(2), nil},
	{families.Dirichlet(5), []families.Natural{{1e-3 - 1, 1, 3, 100, 1e-6 - 1}}},
	{families.Categorical(2), nil},
	{families.Categorical(4), []families.Natural{{-20, 1, 2}, {-10, -10, -10}}},
	{families.Wishart(1), []families.Natural{{0.05 - 1, -3}, {1e8, -1e4}}},
	{families.Wishart(2), []families.Natural{
		{0.4 - 1, -1, 0.3, 0.3, -2},   // ν = 1.8
		{1e8, -5e7, 49, 49, -5e-5},    // scales of 1e-8 and 1e4
		{3, -1, 0.999, 0.999, -1.001}, // correlation 0.9985
	}},
	{families.Wishart(3), nil},
	{families.InverseWishart(1), []families.Natural{{-0.05 - 1, -3}, {-1e8, -1e4}}},
	{families.InverseWishart(2), []families.Natural{
		{-0.4 - 2, -1, 0.3, 0.3, -2},
		{-1e8, -5e7, 49, 49, -5e-5},
		{-6, -1, 0.999, 0.999, -1.001},
	}},
	{families.InverseWishart(3), nil},
	{families.NormalGamma(), []families.Natural{
		{0.05 - 0.5, -3, 1, -2},
		{1e8, -1e4, 1, -1e-4},
		{2, -2 - 0.5e4, 1e2, -0.5}, // m = 100 at a sd of 1
	}},
	{families.SphericalNormalGamma(1), nil},
	{families.SphericalNormalGamma(3), []families.Natural{
		{0.6 + 0.5, -3, 1, -1, 0.5, -2},
		{1e8, -1e4, 1, 2, 3, -1e-3},
		{2, -2 - 0.5e4, 1e2, 0, 0, -0.5}, // m = (100, 0, 0) at a sd of 1
	}},
	{families.MultiNormalGamma(1), nil},
	{families.MultiNormalGamma(2), []families.Natural{
		{0.05, -3, 1, -0.5, -2, 0.3, 0.3, -1},
		{1e8, -1e4, 1, 1.2, -1e-3, 9e-4, 9e-4, -1e-3},
		{2, -2 - 0.5e4, 1e2, 0, -0.5, 0, 0, -0.7}, // m = (100, 0) at a sd of 1
	}},
	{families.MultiNormalGamma(3), nil},
	{families.NormalWishart(1), nil},
	{families.NormalWishart(2), []families.Natural{
		{0.4 - 0.5, -1, 0.3, 0.3, -2, 1, -1, -3},
		{1e8, -5e7, 49, 49, -5e-5, 1, 1e-7, -1e-3},
	}},
	{families.NormalWishart(3), nil},
	{families.TiedNormalWishart(1, 2), nil},
	{families.TiedNormalWishart(3, 1), nil},
	{families.TiedNormalWishart(2, 2), []families.Natural{{2.5, -9, 0.3, 0.3, -7, 1, -1, 3, 2, -3, -0.5}}},
	{families.Product(families.Dirichlet(3), families.Repeat(3, families.NormalWishart(2))), nil},
	{families.Product(families.Gamma(), families.FullGaussian(2)), nil},
	{families.Repeat(2, families.Beta()), nil},
	{families.GaussMixture(1, 2), nil},
	{families.GaussMixture(2, 1), []families.Natural{
		{-30, 1, -0.5, 2, -1},         // one weight of 1e-13
		{1, 1e3, -0.5, -3e3, -2},      // far apart
		{0.5, 3e4, -5e7, 1e-3, -5e-5}, // sds of 1e-4 and 100
	}},
	{families.GaussMixture(3, 2), nil},
}

func TestLaws(t *testing.T) {
	for _, l := range laws {
		t.Run(l.f.String(), func(t *testing.T) { familytest.Test(t, l.f, l.members...) })
	}
}

// TestStringsNameFamilies checks that no two families have one name.
func TestStringsNameFamilies(t *testing.T) {
	seen := make(map[string]bool)
	for _, l := range laws {
		if seen[l.f.String()] {
			t.Errorf("two families are %v", l.f)
		}
		seen[l.f.String()] = true
	}
}
