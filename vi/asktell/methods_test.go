package asktell_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"natgrad/families"
	"natgrad/vi/asktell"
)

func tell(t *testing.T, q asktell.Method, b asktell.Batch) {
	t.Helper()
	if _, err := q.Tell(b); err != nil {
		t.Fatal(err)
	}
}

// TestVONStepIsTheNaturalStep compares VON's step of size ρ with λ ← (1 − ρ) λ + ρ ∇_μ in the
// natural parameters of families.DiagGaussian, and for ρ = 1 with the optimum of a Gaussian
// target, whose mean-field precision is the diagonal of its own.
func TestVONStepIsTheNaturalStep(t *testing.T) {
	const n = 20
	h := []float64{0.7, 2, 0.1}                                 // mean Hessian of the likelihood, diagonal
	mode := []float64{1, -2, 0.5}                               // of the likelihood
	off := [][]float64{{0, 0.3, 0}, {0.3, 0, 0.1}, {0, 0.1, 0}} // the rest of the Hessian
	prior := []float64{1, 2, 3}
	gradient := func(θ []float64) []float64 {
		g := make([]float64, 3)
		for i := range g {
			for j := range g {
				v := off[i][j]
				if i == j {
					v = h[i]
				}
				g[i] += v * (θ[j] - mode[j])
			}
		}
		return g
	}
	for _, ρ := range []float64{0.25, 1} {
		q, err := asktell.NewVON([]float64{0.1, 0.2, 0.3}, asktell.Settings{NumData: n, PriorPrecisions: prior, InitPrecision: 4, Rate: ρ})
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			before, _ := q.Posterior()
			d := before.(*families.DiagGaussianDist)
			m, λ := q.Mean(nil), d.Natural(nil)
			q.Ask(nil, newRand(1))
			g := gradient(m) // E_q of a linear gradient
			gm, gV := make([]float64, 3), make([]float64, 3)
			for i := range g {
				gm[i] = -n*g[i] - prior[i]*m[i]
				gV[i] = -0.5 * (n*h[i] + prior[i])
			}
			nat := d.NaturalGrad(nil, gm, gV)
			tell(t, q, asktell.Batch{Grad: g, Curvature: h})
			after, _ := q.Posterior()
			got := after.(*families.DiagGaussianDist).Natural(nil)
			for i := range λ {
				near(t, "λ", got[i], (1-ρ)*λ[i]+ρ*nat[i], 1e-12)
			}
		}
		// (n H + δ) m = n H mode at the optimum, and precisions n h + δ.
		g := gradient(q.Mean(nil))
		for i, m := range q.Mean(nil) {
			near(t, "stationarity", n*g[i]+prior[i]*m, 0, 1e-10)
			near(t, "precision", q.Precision(nil)[i], n*h[i]+prior[i], 1e-12)
		}
	}
}

// TestVOGNOnSquaredError has examples ½ (y_i − x_iᵀθ)²: gradients, their squares and the step of
// the paper by hand; Curvature and Examples tell the same.
func TestVOGNOnSquaredError(t *testing.T) {
	const n, α, β = 10.0, 0.1, 0.2
	x := [][]float64{{1, 2}, {-1, 0.5}, {0.3, -2}}
	y := []float64{1, 0, -1}
	s := asktell.Settings{NumData: n, PriorPrecision: 2, InitPrecision: 3, Rate: α, CurvatureRate: β}
	q, err := asktell.NewVOGN([]float64{0.5, -0.5}, s)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := asktell.NewVOGN([]float64{0.5, -0.5}, s)
	m, prec := []float64{0.5, -0.5}, []float64{3, 3}
	for step := range 5 {
		θ := q.Ask(nil, newRand(uint64(step)))
		other.Ask(nil, newRand(uint64(step)))
		var rows []float64
		g, sq := make([]float64, 2), make([]float64, 2)
		for i := range x {
			r := x[i][0]*θ[0] + x[i][1]*θ[1] - y[i]
			for j := range g {
				e := r * x[i][j]
				rows = append(rows, e)
				g[j] += e / 3
				sq[j] += e * e / 3
			}
		}
		tell(t, q, asktell.Batch{Examples: rows})
		tell(t, other, asktell.Batch{Grad: g, Curvature: sq})
		for j := range m {
			// In the coordinates of the whole data set: S ← (1−β) S + β (n ĥ + δ), m ← m − α S⁻¹ (n ĝ + δ m).
			prec[j] = (1-β)*prec[j] + β*(n*sq[j]+2)
			m[j] -= α * (n*g[j] + 2*m[j]) / prec[j]
			near(t, "precision", q.Precision(nil)[j], prec[j], 1e-13)
			near(t, "mean", q.Mean(nil)[j], m[j], 1e-13)
			near(t, "mean told by Curvature", other.Mean(nil)[j], m[j], 1e-13)
		}
	}
}

// TestRootMethods steps Vprop, VAdaGrad and Adam by their formulas, with two draws in a step.
func TestRootMethods(t *testing.T) {
	const n, τ, δ, α, β, γ, κ = 40, 2.0, 3.0, 0.1, 0.2, 0.3, 0.55
	prop, err1 := asktell.NewVprop([]float64{1}, asktell.Settings{NumData: n, Temperature: τ, PriorPrecision: δ, InitPrecision: 5, Rate: α, CurvatureRate: β, Decay: κ, Samples: 2})
	ada, err2 := asktell.NewVAdaGrad([]float64{1}, asktell.Settings{InitPrecision: 5, Rate: α, CurvatureRate: β, Decay: κ, Samples: 2})
	adam, err3 := asktell.NewAdam([]float64{1}, asktell.Settings{NumData: n, PriorPrecision: δ, Rate: α, CurvatureRate: β, GradientRate: γ, Decay: κ, Samples: 2, Epsilon: 0.01, WeightDecay: 0.5})
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	λ := δ * τ / n
	mp, sp, ma, sa, m, u, v := 1.0, (5-δ)*τ/n, 1.0, 5.0, 1.0, 0.0, 0.0
	leftU, leftV := 1.0, 1.0
	for step := 1; step <= 4; step++ {
		g1, g2 := float64(step), -0.5
		f := 1 / (1 + math.Pow(float64(step), κ))
		a, b := α*f, β*f
		for _, q := range []asktell.Method{prop, ada, adam} {
			q.Ask(nil, newRand(1))
			if stepped, err := q.Tell(asktell.Batch{Grad: []float64{g1}}); stepped || err != nil {
				t.Fatal(stepped, err)
			}
			q.Ask(nil, newRand(2))
			if stepped, err := q.Tell(asktell.Batch{Grad: []float64{g2}}); !stepped || err != nil {
				t.Fatal(stepped, err)
			}
		}
		g, sq := (g1+g2)/2, (g1*g1+g2*g2)/2
		sp = (1-b)*sp + b*sq
		mp -= a * (g + λ*mp) / (math.Sqrt(sp) + λ)
		sa += b * sq
		ma -= a * g / math.Sqrt(sa)
		ga := g + δ/n*m
		u, v = (1-γ)*u+γ*ga, (1-b)*v+b*ga*ga
		leftU, leftV = leftU*(1-γ), leftV*(1-b)
		m -= a*(u/(1-leftU))/(math.Sqrt(v/(1-leftV))+0.01) + a*0.5*m
		near(t, "Vprop's mean", prop.Mean(nil)[0], mp, 1e-13)
		near(t, "Vprop's precision", prop.Precision(nil)[0], n/τ*(sp+λ), 1e-13)
		near(t, "VAdaGrad's mean", ada.Mean(nil)[0], ma, 1e-13)
		near(t, "VAdaGrad's precision", ada.Precision(nil)[0], sa, 1e-13)
		near(t, "Adam's weight", adam.Mean(nil)[0], m, 1e-13)
	}
}

// TestIVONGradientSquare has the authors' scale, and the bound of steps.
func TestIVONGradientSquare(t *testing.T) {
	q, err := asktell.NewIVON([]float64{1}, asktell.Settings{NumData: 10, Rate: 1, RawRate: true, CurvatureRate: 0.1, GradientRate: 1, Curvature: asktell.GradientSquare, Clip: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	q.Ask(nil, newRand(1))
	tell(t, q, asktell.Batch{Grad: []float64{3}})
	h := 0.9 + 0.1*90 + 0.005*89*89/1.1
	near(t, "precision", q.Precision(nil)[0], 10*(h+0.1), 1e-13)
	near(t, "mean", q.Mean(nil)[0], 0.95, 1e-13) // (3 + 0.1)/(h + 0.1) is 0.067
}

// TestDraws holds draws of every method to the moments it says it has.
func TestDraws(t *testing.T) {
	const draws = 20000
	for _, name := range asktell.Names() {
		q := made(t, name, []float64{1, -2, 3}, asktell.Settings{})
		for step := range 3 {
			q.Ask(nil, newRand(uint64(step)))
			tell(t, q, asktell.Batch{Grad: []float64{1, 0.5, -1}, Curvature: []float64{1, 2, 3}, Examples: examples(3, 4, 3)})
		}
		m, v := q.Mean(nil), q.Variances(nil)
		if q.Steps() != 3 || q.Dim() != 3 {
			t.Errorf("%s: %d steps in %d dimensions", name, q.Steps(), q.Dim())
		}
		rnd, θ := newRand(9), make([]float64, 3)
		mean, square := make([]float64, 3), make([]float64, 3)
		for range draws {
			q.Rand(θ, rnd)
			for i, x := range θ {
				mean[i] += (x - m[i]) / draws
				square[i] += (x - m[i]) * (x - m[i]) / draws
			}
		}
		g, ok := q.Posterior()
		if ok == (name == "Adam") {
			t.Errorf("%s: a posterior is %t", name, ok)
		}
		for i := range m {
			if name == "Adam" {
				near(t, "Adam's noise", math.Abs(mean[i])+square[i]+v[i], 0, 0)
				continue
			}
			if z := mean[i] / math.Sqrt(v[i]/draws); math.Abs(z) > 4.5 {
				t.Errorf("%s: mean %d is %g standard errors away", name, i, z)
			}
			if z := (square[i]/v[i] - 1) / math.Sqrt(2.0/draws); math.Abs(z) > 4.5 {
				t.Errorf("%s: variance %d is %g standard errors away", name, i, z)
			}
			near(t, name+"'s Loc", g.Loc(nil)[i], m[i], 1e-14)
		}
	}
}

// made returns a method by name, with NumData where it is needed.
func made(t testing.TB, name string, mean []float64, s asktell.Settings) asktell.Method {
	t.Helper()
	if name != "Adam" && name != "VAdaGrad" {
		s.NumData = 100
	}
	q, err := asktell.New(name, mean, s)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestSteinIsUnbiased finds E ĝ (θ − m) precision = h for a gradient h θ, by IVON's average at rate
// 1/draws in one step: 20000 draws of variance below 20 h².
func TestSteinIsUnbiased(t *testing.T) {
	const draws, h = 20000, 2.0
	q, err := asktell.NewVON([]float64{0.5}, asktell.Settings{NumData: 10, Rate: 1, Curvature: asktell.Stein, Samples: draws})
	if err != nil {
		t.Fatal(err)
	}
	rnd, θ := newRand(4), make([]float64, 1)
	for range draws {
		q.Ask(θ, rnd)
		tell(t, q, asktell.Batch{Grad: []float64{h * θ[0]}})
	}
	if got := (q.Precision(nil)[0] - 1) / 10; math.Abs(got-h) > 5*math.Sqrt(20*h*h/draws) {
		t.Errorf("curvature %g, want %g", got, h)
	}
}

func TestAllocations(t *testing.T) {
	for _, name := range asktell.Names() {
		for _, samples := range []int{1, 2} {
			q := made(t, name, make([]float64, 10), asktell.Settings{Samples: samples})
			b := asktell.Batch{Grad: make([]float64, 10), Curvature: make([]float64, 10), Examples: examples(1, 4, 10)}
			rnd, θ := newRand(1), make([]float64, 10)
			step := func() {
				for range samples {
					q.Ask(θ, rnd)
					if _, err := q.Tell(b); err != nil {
						t.Fatal(err)
					}
				}
			}
			if n := testing.AllocsPerRun(5, step); n != 0 {
				t.Errorf("%s with %d samples: %v allocations", name, samples, n)
			}
		}
	}
}

// BenchmarkStep is a step on a million weights, draw and update.
func BenchmarkStep(b *testing.B) {
	const d = 1_000_000
	g := examples(1, 4, d)
	batch := asktell.Batch{Grad: g[:d], Curvature: make([]float64, d), Examples: g}
	for _, name := range asktell.Names() {
		b.Run(fmt.Sprint(name), func(b *testing.B) {
			q := made(b, name, make([]float64, d), asktell.Settings{})
			rnd, θ := newRand(1), make([]float64, d)
			b.ReportAllocs()
			for b.Loop() {
				q.Ask(θ, rnd)
				if _, err := q.Tell(batch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
