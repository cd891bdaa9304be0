package modeltest

import (
	"fmt"
	"math"

	"natgrad/models"
)

// statistics are the sufficient statistics T(z) of the families that models can
// be conjugate to, for a point of d parameters.
func statistics(d int) []family {
	full := func(z []float64) []float64 {
		t := append([]float64(nil), z...)
		for _, a := range z {
			for _, b := range z {
				t = append(t, a*b)
			}
		}
		return t
	}
	diag := func(z []float64) []float64 {
		t := append([]float64(nil), z...)
		for _, a := range z {
			t = append(t, a*a)
		}
		return t
	}
	logs := func(z []float64) []float64 {
		var t []float64
		for _, a := range z {
			t = append(t, math.Log(a))
		}
		return t
	}
	fs := []family{
		{fmt.Sprintf("FullGaussian(%d)", d), d + d*d, full},
		{fmt.Sprintf("DiagGaussian(%d)", d), 2 * d, diag},
		{fmt.Sprintf("Dirichlet(%d)", d), d, logs},
	}
	if w := d - 1; w > 0 {
		fs = append(fs, family{fmt.Sprintf("MultiNormalGamma(%d)", w), 2 + w + w*w, func(z []float64) []float64 {
			τ := z[w]
			t := []float64{math.Log(τ), τ}
			for _, x := range z[:w] {
				t = append(t, τ*x)
			}
			for _, x := range z[:w] {
				for _, y := range z[:w] {
					t = append(t, τ*x*y)
				}
			}
			return t
		}})
	}
	if d == 6 { // x in ℝ² and then Λ
		fs = append(fs, family{"NormalWishart(2)", 8, func(z []float64) []float64 {
			x, y, a, b, c := z[0], z[1], z[2], z[3], z[5]
			return []float64{math.Log(a*c - b*b), a, b, b, c, a*x + b*y, b*x + c*y, a*x*x + 2*b*x*y + c*y*y}
		}})
	}
	if d == 1 {
		fs = append(fs,
			family{"Gamma", 2, func(z []float64) []float64 { return []float64{math.Log(z[0]), z[0]} }},
			family{"InverseGamma", 2, func(z []float64) []float64 { return []float64{math.Log(z[0]), 1 / z[0]} }},
			family{"Beta", 2, func(z []float64) []float64 { return []float64{math.Log(z[0]), math.Log1p(-z[0])} }},
		)
	}
	return fs
}

type family struct {
	name string
	size int
	t    func(z []float64) []float64
}

// conjugate checks log p(y, z) = ⟨η, T(z)⟩ + c for every family of package
// families that the model says it is conjugate to.
func (c *checker) conjugate(m models.Model, points [][]float64) {
	conj, ok := m.(models.Conjugate)
	if !ok {
		return
	}
	if _, ok := conj.ConjugateNatural(filled(2), "no such family"); ok {
		c.errorf("conjugate to a family that does not exist")
	}
	d := m.Dim()
	for _, f := range statistics(d) {
		η := filled(f.size)
		constant, ok := conj.ConjugateNatural(η, f.name)
		if !ok {
			continue
		}
		for i := range d {
			for j := range i {
				if f.size == d+d*d && !near(η[d+i*d+j], η[d+j*d+i], 1e-12) {
					c.errorf("the matrix of the natural parameter for %s is not symmetric at (%d, %d)", f.name, i, j)
				}
			}
		}
		for _, z := range points {
			sum, size := constant, math.Abs(constant)
			for k, t := range f.t(z) {
				sum += η[k] * t
				size += math.Abs(η[k] * t)
			}
			if l := m.LogJoint(z); !(math.Abs(sum-l) <= 1e-11*max(1, size)) {
				c.errorf("⟨η, T(z)⟩ + c for %s is %.15g at %v, log p is %.15g", f.name, sum, z, l)
			}
		}
	}
}
