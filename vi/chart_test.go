package vi

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/families"
)

// chartCases are members of families of each kind of chart, with a function of
// μ whose derivatives are known: L = ⟨η, μ⟩ + H, so that nat = η − λ.
func chartCases(t *testing.T) (cases []chartCase) {
	rnd := rand.New(rand.NewPCG(1, 9))
	for _, f := range []families.Family{
		families.DiagGaussian(1), families.DiagGaussian(3),
		families.FullGaussian(1), families.FullGaussian(2), families.Gamma(), families.Beta(),
		families.Product(families.DiagGaussian(2), families.Gamma()),
	} {
		for range 3 {
			c := chartCase{f: f, q: f.New(), η: f.New().Natural(nil)}
			λ := c.q.Natural(nil)
			for i := range λ {
				// Smaller than what would leave the domain.
				λ[i] += 0.4 * (rnd.Float64() - 0.5)
				c.η[i] += 0.4 * (rnd.Float64() - 0.5)
			}
			if !c.q.SetNatural(λ) {
				t.Fatalf("%v refuses %v", f, λ)
			}
			c.λ = c.q.Natural(nil)
			c.nat = make(families.Natural, len(λ))
			for i := range c.nat {
				c.nat[i] = c.η[i] - c.λ[i]
			}
			c.grad = c.q.FisherMulVec(nil, c.nat)
			cases = append(cases, c)
		}
	}
	return cases
}

type chartCase struct {
	f         families.Family
	q         families.Distribution
	λ, η, nat families.Natural
	grad      families.Mean
}

func (c chartCase) elbo(λ families.Natural) float64 {
	q := c.f.New()
	if !q.SetNatural(λ) {
		panic(fmt.Sprintf("%v refuses %v", c.f, λ))
	}
	return dot(c.η, q.Mean(nil)) + q.Entropy()
}

func within(t *testing.T, tol float64, got, want float64, format string, args ...any) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: %.16g, want %.16g", fmt.Sprintf(format, args...), got, want)
	}
}

// x → λ undoes λ → x; the gradient is that of the ELBO in x; and F_x⁻¹ is the
// inverse of JᵀFJ, with the Jacobian J of x → λ by differences.
func TestCharts(t *testing.T) {
	for _, c := range chartCases(t) {
		ch := newChart(c.f)
		_, scale := ch.(*scaleChart)
		if g, ok := c.q.(families.Gaussian); scale != (ok && g.CovLen() == c.f.Dim()) {
			t.Errorf("%v: chart %T", c.f, ch)
		}
		n := ch.size()
		if n != len(c.λ) {
			t.Fatalf("%v: %d coordinates", c.f, n)
		}
		x, λ := make([]float64, n), make(families.Natural, n)
		ch.point(x, c.q)
		if !ch.natural(λ, x) {
			t.Fatalf("%v: no λ at %v", c.f, x)
		}
		for i := range λ {
			within(t, 1e-14, λ[i], c.λ[i], "%v: λ[%d] → x → λ", c.f, i)
		}

		g := make([]float64, n)
		ch.gradient(g, c.q, c.nat, c.grad)
		at := func(i int, h float64) families.Natural {
			y := append([]float64(nil), x...)
			y[i] += h
			out := make(families.Natural, n)
			if !ch.natural(out, y) {
				t.Fatalf("%v: no λ at %v", c.f, y)
			}
			return out
		}
		const h = 1e-3
		jacobian := make([]families.Natural, n) // ∂λ/∂x_i
		for i := range n {
			slope := (8*(c.elbo(at(i, h))-c.elbo(at(i, -h))) - (c.elbo(at(i, 2*h)) - c.elbo(at(i, -2*h)))) / (12 * h)
			within(t, 1e-8, g[i], slope, "%v: ∂ELBO/∂x[%d] at %v", c.f, i, x)
			jacobian[i] = make(families.Natural, n)
			l1, l2, r1, r2 := at(i, -h), at(i, -2*h), at(i, h), at(i, 2*h)
			for j := range n {
				jacobian[i][j] = (8*(r1[j]-l1[j]) - (r2[j] - l2[j])) / (12 * h)
			}
		}
		// F_x F_x⁻¹ g = g.
		v := make([]float64, n)
		ch.solve(v, g, c.q)
		jv := make(families.Natural, n)
		for i := range n {
			for j := range n {
				jv[j] += jacobian[i][j] * v[i]
			}
		}
		fjv := c.q.FisherMulVec(nil, jv)
		for i := range n {
			within(t, 1e-7, dot(jacobian[i], fjv), g[i], "%v: F_x F_x⁻¹ g at %d", c.f, i)
		}
	}
}

// There are no negative standard deviations.
func TestScaleChartHasABorder(t *testing.T) {
	ch := newChart(families.DiagGaussian(2))
	λ := make(families.Natural, 4)
	for _, s := range []float64{0, -1, math.NaN()} {
		if ch.natural(λ, []float64{1, 2, 0.5, s}) {
			t.Errorf("a standard deviation of %g is accepted", s)
		}
	}
	if !ch.natural(λ, []float64{1, 2, 0.5, 4}) || λ[0] != 4 || λ[1] != 0.125 || λ[2] != -2 || λ[3] != -1.0/32 {
		t.Errorf("λ of means 1, 2 and standard deviations 0.5, 4: %v", λ)
	}
}
