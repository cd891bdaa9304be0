package models

import "fmt"

// CoordNames implements CoordNamer: names such as "weight[2]" or "stick[2]", then those
// of the components if they have a method CoordNames, else "component[i]".
func (m *Mixture) CoordNames() []string {
	names := make([]string, 0, m.Dim())
	what := "weight"
	if m.weights.kind != DirichletWeights {
		what = "stick"
	}
	for k := range m.weights.dim() {
		names = append(names, fmt.Sprintf("%s[%d]", what, k+1))
	}
	if c, ok := m.comps.(interface{ CoordNames() []string }); ok {
		return append(names, c.CoordNames()...)
	}
	for i := range m.comps.Dim() {
		names = append(names, fmt.Sprintf("component[%d]", i+1))
	}
	return names
}

// CoordNames returns names of the coordinates, such as "mean[1,2]" of component 1 and
// column 2, and "precision[1,2,2]".
func (g *GaussComponents) CoordNames() []string {
	var names []string
	means := func(k int) {
		for j := range g.d {
			names = append(names, fmt.Sprintf("mean[%d,%d]", k+1, j+1))
		}
	}
	matrix := func(of string) {
		for i := range g.d {
			for j := range g.d {
				names = append(names, fmt.Sprintf("precision[%s%d,%d]", of, i+1, j+1))
			}
		}
	}
	for k := range g.k {
		switch g.cov {
		case FullCovariance:
			means(k)
			matrix(fmt.Sprintf("%d,", k+1))
		case TiedCovariance:
			means(k)
		case DiagCovariance:
			for j := range g.d {
				names = append(names, fmt.Sprintf("mean[%d,%d]", k+1, j+1), fmt.Sprintf("precision[%d,%d]", k+1, j+1))
			}
		case SphericalCovariance:
			means(k)
			names = append(names, fmt.Sprintf("precision[%d]", k+1))
		}
	}
	if g.cov == TiedCovariance {
		matrix("")
	}
	return names
}
