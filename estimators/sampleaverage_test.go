package estimators

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/families"
)

// wavy is a log-joint that is not quadratic, and correlated.
type wavy struct{ d int }

func (m wavy) Dim() int                     { return m.d }
func (m wavy) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, m.d), z) }
func (m wavy) LogJointGrad(g, z []float64) float64 {
	var f float64
	clear(g)
	for i, x := range z {
		j := (i + 1) % m.d
		f += math.Sin(x) - 0.3*x*x - 0.05*x*x*x*x + 0.4*x*z[j]
		g[i] += math.Cos(x) - 0.6*x - 0.2*x*x*x + 0.4*z[j]
		g[j] += 0.4 * x
	}
	return f
}

// sampleMember returns a member with a random mean and covariance.
func sampleMember(t *testing.T, f families.Family, rnd *rand.Rand) families.Gaussian {
	q := f.New().(families.Gaussian)
	d := f.Dim()
	loc, a := make([]float64, d), make([]float64, d*d)
	for i := range loc {
		loc[i] = rnd.NormFloat64()
	}
	for i := range a {
		a[i] = 0.4 * rnd.NormFloat64()
	}
	cov := make([]float64, q.CovLen())
	for i := range d {
		for j := range d {
			var v float64
			for k := range d {
				v += a[i*d+k] * a[j*d+k]
			}
			if i == j {
				v += 0.3
			}
			switch {
			case len(cov) == d*d:
				cov[i*d+j] = v
			case i == j:
				cov[i] = v
			}
		}
	}
	if !q.SetMoments(loc, cov) {
		t.Fatal("not a covariance")
	}
	return q
}

// The estimate is the exact natural gradient ∇_μ of the average: F times it is the
// derivative by λ.
func TestSampleAverageIsAGradient(t *testing.T) {
	for _, f := range []families.Family{families.DiagGaussian(3), families.FullGaussian(1), families.FullGaussian(2), families.FullGaussian(4)} {
		rnd := rand.New(rand.NewPCG(7, uint64(f.NumParams())))
		e := &SampleAverage{Draws: 24, Seed: 3}
		if err := e.Init(wavy{f.Dim()}, f); err != nil {
			t.Fatal(err)
		}
		q := sampleMember(t, f, rnd)
		n := f.NumParams()
		g, scratch := make(families.Natural, n), make(families.Natural, n)
		if _, err := e.Estimate(context.Background(), g, q, Stream{}); err != nil {
			t.Fatal(err)
		}
		λ := q.Natural(nil)
		got := q.FisherMulVec(nil, g)
		at := func(i int, h float64) float64 {
			x := append(families.Natural(nil), λ...)
			x[i] += h
			// Both halves of a symmetric block are one coordinate each: keep it so.
			d := f.Dim()
			if k := i - d; n > 2*d && k >= 0 && k/d != k%d {
				x[d+k%d*d+k/d] += h
			}
			r := f.New()
			if !r.SetNatural(x) {
				t.Fatal("outside the domain")
			}
			s, err := e.Estimate(context.Background(), scratch, r, Stream{})
			if err != nil {
				t.Fatal(err)
			}
			return s.ELogJoint
		}
		for i := range n {
			const h = 1e-4
			want := (at(i, h) - at(i, -h)) / (2 * h)
			have := got[i]
			if d, k := f.Dim(), i-f.Dim(); n > 2*d && k >= 0 && k/d != k%d {
				have += got[d+k%d*d+k/d]
			}
			if math.Abs(have-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("%v: ∂/∂λ[%d] = %.8f, by differences %.8f", f, i, have, want)
			}
		}
	}
}

// On a quadratic log-joint there is no error, from any q: not in the value, nor in
// the natural gradient.
func TestSampleAverageIsExactForQuadratics(t *testing.T) {
	m := &quadratic{a: []float64{2, 0.5, -0.3, 0.5, 1, 0.2, -0.3, 0.2, 3}, b: []float64{1, -2, 0.5}, c: 4}
	for _, f := range []families.Family{families.DiagGaussian(3), families.FullGaussian(3)} {
		for seed := range uint64(3) {
			e := &SampleAverage{Draws: 8, Seed: seed}
			if err := e.Init(m, f); err != nil {
				t.Fatal(err)
			}
			if n := e.NumDraws(); n != 8 {
				t.Errorf("%d draws, want 8", n)
			}
			q := sampleMember(t, f, rand.New(rand.NewPCG(seed, 1)))
			g := make(families.Natural, f.NumParams())
			s, err := e.Estimate(context.Background(), g, q, Stream{})
			if err != nil {
				t.Fatal(err)
			}
			want, value := m.expected(q)
			if math.Abs(s.ELogJoint-value) > 1e-10 {
				t.Errorf("%v: E[log p] = %g, want %g", f, s.ELogJoint, value)
			}
			for i := range g {
				if math.Abs(g[i]-want[i]) > 1e-10 {
					t.Errorf("%v: [%d] = %g, want %g", f, i, g[i], want[i])
				}
			}
		}
	}
}

// Draws have covariance I to rounding, and are even: in each half of two coordinates,
// and of their products, as many as there should be.
func TestBaseDraws(t *testing.T) {
	for _, d := range []int{1, 2, 5, 12, 25} {
		const n = 256
		x := BaseDraws(d, n, 9, true)
		for i := range d {
			for j := range d {
				var s float64
				for k := range n {
					s += x[k*d+i] * x[k*d+j]
				}
				want := 0.0
				if i == j {
					want = 1
				}
				if math.Abs(s/n-want) > 1e-12 {
					t.Errorf("%d dimensions: covariance [%d, %d] = %g", d, i, j, s/n)
				}
			}
		}
	}
	for _, d := range []int{2, 3, 5} {
		const n, cells = 400, 4
		u := BaseCube(d, n, 4)
		for i := range d {
			for j := range i {
				var count [cells][cells]int
				for k := range n {
					count[int(cells*u[k*d+i])][int(cells*u[k*d+j])]++
				}
				for _, row := range count {
					for _, c := range row {
						if c < 15 || c > 35 { // 25
							t.Errorf("%d dimensions, coordinates %d, %d: %v of %d", d, i, j, count, n)
						}
					}
				}
			}
		}
		short := BaseCube(d, 50, 4)
		for i, v := range short {
			if u[i] != v {
				t.Fatalf("%d dimensions: the shorter sequence differs at %d", d, i)
			}
		}
	}
}
