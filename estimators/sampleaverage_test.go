package estimators_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
)

// bent is a smooth log-joint of three parameters that is far from quadratic, and
// entangled.
type bent struct{}

func (bent) Dim() int                       { return 3 }
func (m bent) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 3), z) }
func (bent) LogJointGrad(g, z []float64) float64 {
	a, b, c := z[0]+0.3*z[1]-1, z[1]-0.2*z[2], z[2]+0.5*z[0]
	da, db, dc := -a*a*a-a, -math.Sinh(b), -c-0.1*c*c*c+math.Cos(c)
	g[0], g[1], g[2] = da+0.5*dc, 0.3*da+db, -0.2*db+dc
	return -a*a*a*a/4 - a*a/2 - math.Cosh(b) - c*c/2 - 0.025*c*c*c*c + math.Sin(c)
}

func gaussians(t *testing.T) []families.Gaussian {
	t.Helper()
	full := families.FullGaussian(3).New().(families.Gaussian)
	diag := families.DiagGaussian(3).New().(families.Gaussian)
	m := []float64{.3, -.2, .5}
	if !full.SetMoments(m, []float64{1, .2, .1, .2, .8, -.1, .1, -.1, .7}) || !diag.SetMoments(m, []float64{1, .5, .3}) {
		t.Fatal("refused")
	}
	return []families.Gaussian{full, diag}
}

// The estimate is the natural gradient of the average itself: along any direction
// the average changes by ⟨F g, dλ⟩.
func TestSampleAverageIsAGradient(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, q := range gaussians(t) {
		f := q.Family()
		e := &estimators.SampleAverage{Draws: 12, Seed: 3}
		if err := e.Init(bent{}, f); err != nil {
			t.Fatal(err)
		}
		n := f.NumParams()
		nat := make(families.Natural, n)
		if _, err := e.Estimate(context.Background(), nat, q, estimators.Stream{}); err != nil {
			t.Fatal(err)
		}
		grad := q.FisherMulVec(nil, nat)
		λ := q.Natural(nil)
		value := func(h float64, dir families.Natural) float64 {
			p := f.New()
			at := make(families.Natural, n)
			for i := range at {
				at[i] = λ[i] + h*dir[i]
			}
			if !p.SetNatural(at) {
				t.Fatal("refused")
			}
			s, err := e.Estimate(context.Background(), make(families.Natural, n), p, estimators.Stream{})
			if err != nil {
				t.Fatal(err)
			}
			return s.ELogJoint
		}
		for range 5 {
			dir := make(families.Natural, n)
			for i := range dir {
				dir[i] = rnd.NormFloat64()
			}
			for i := range 3 {
				for j := range i {
					if n > 6 {
						dir[3+3*i+j] = dir[3+3*j+i]
					}
				}
			}
			const h = 1e-4
			want := (8*(value(h, dir)-value(-h, dir)) - value(2*h, dir) + value(-2*h, dir)) / (12 * h)
			var got float64
			for i, g := range grad {
				got += g * dir[i]
			}
			if math.Abs(got-want) > 1e-8*(1+math.Abs(want)) {
				t.Errorf("%v: derivative %.12g, want %.12g", f, got, want)
			}
		}
	}
}

// A step of size 1 on a quadratic log-joint is the posterior, whatever the draws.
func TestSampleAverageIsExactOnQuadratics(t *testing.T) {
	s := []float64{2, .5, .1, .5, 1.5, -.3, .1, -.3, 1}
	b := []float64{1, -2, 3}
	model := quadraticForm{s, b}
	for _, q := range gaussians(t) {
		f := q.Family()
		for _, draws := range []int{6, 20} {
			e := &estimators.SampleAverage{Draws: draws, Seed: 5}
			if err := e.Init(model, f); err != nil {
				t.Fatal(err)
			}
			nat := make(families.Natural, f.NumParams())
			if _, err := e.Estimate(context.Background(), nat, q, estimators.Stream{}); err != nil {
				t.Fatal(err)
			}
			full := f.NumParams() > 6
			loc := q.Loc(nil)
			for i := range 3 {
				want := b[i]
				if !full { // the other coordinates enter by their means
					for j := range 3 {
						if j != i {
							want -= s[3*i+j] * loc[j]
						}
					}
				}
				if math.Abs(nat[i]-want) > 1e-12 {
					t.Errorf("%v, %d draws: λ₁[%d] = %g, want %g", f, draws, i, nat[i], want)
				}
				for j := range 3 {
					got, want := nat[3+i], -0.5*s[4*i]
					if full {
						got, want = nat[3+3*i+j], -0.5*s[3*i+j]
					}
					if math.Abs(got-want) > 1e-12 {
						t.Errorf("%v, %d draws: λ₂[%d, %d] = %g, want %g", f, draws, i, j, got, want)
					}
				}
			}
		}
	}
}

// quadraticForm is bᵀz − ½ zᵀSz.
type quadraticForm struct{ s, b []float64 }

func (m quadraticForm) Dim() int { return len(m.b) }
func (m quadraticForm) LogJoint(z []float64) float64 {
	return m.LogJointGrad(make([]float64, len(z)), z)
}
func (m quadraticForm) LogJointGrad(g, z []float64) float64 {
	var l float64
	d := len(z)
	for i := range d {
		g[i] = m.b[i]
		for j := range d {
			g[i] -= m.s[i*d+j] * z[j]
		}
		l += z[i] * (m.b[i] + g[i]) / 2
	}
	return l
}

// Many draws come near the expectations by other means.
func TestSampleAverageConverges(t *testing.T) {
	for _, q := range gaussians(t) {
		f := q.Family()
		few, many := &estimators.SampleAverage{Draws: 64}, &estimators.SampleAverage{Draws: 20000}
		stein := &estimators.Stein{Draws: 60000}
		got, want := make(families.Natural, f.NumParams()), make(families.Natural, f.NumParams())
		for _, e := range []estimators.Estimator{few, many, stein} {
			if err := e.Init(bent{}, f); err != nil {
				t.Fatal(err)
			}
		}
		s, err := many.Estimate(context.Background(), got, q, estimators.Stream{})
		if err != nil {
			t.Fatal(err)
		}
		ref, err := stein.Estimate(context.Background(), want, q, estimators.Stream{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if d := math.Abs(s.ELogJoint - ref.ELogJoint); d > 5*ref.StdErr+0.01 {
			t.Errorf("%v: E log p %g, want %g", f, s.ELogJoint, ref.ELogJoint)
		}
		for i, w := range want {
			if math.Abs(got[i]-w) > 0.05*(1+math.Abs(w)) {
				t.Errorf("%v: natural gradient %d is %g, want %g", f, i, got[i], w)
			}
		}
		if few.NumDraws() != 64 || s.GradEvals != 20000 || s.StdErr != 0 || !few.Deterministic() {
			t.Errorf("%d draws, %+v", few.NumDraws(), s)
		}
	}
}

func TestSampleAverageSameBits(t *testing.T) {
	q := gaussians(t)[0]
	estimate := func(seed uint64, n int) families.Natural {
		e := &estimators.SampleAverage{Draws: 64, Seed: seed, Summer: &estimators.Goroutines{N: n}}
		if err := e.Init(forkable{bent{}}, q.Family()); err != nil {
			t.Fatal(err)
		}
		dst := make(families.Natural, q.Family().NumParams())
		if _, err := e.Estimate(context.Background(), dst, q, estimators.Stream{}); err != nil {
			t.Fatal(err)
		}
		return dst
	}
	one := estimate(1, 1)
	if !cmp.Equal(one, estimate(1, 3)) || cmp.Equal(one, estimate(2, 1)) {
		t.Error("bits depend on the number of goroutines, or not on the seed")
	}
	e := &estimators.SampleAverage{Draws: 64, Summer: &estimators.Goroutines{N: 1}}
	if err := e.Init(bent{}, q.Family()); err != nil {
		t.Fatal(err)
	}
	dst := make(families.Natural, q.Family().NumParams())
	if n := testing.AllocsPerRun(20, func() {
		if _, err := e.Estimate(context.Background(), dst, q, estimators.Stream{}); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestSampleAverageRefuses(t *testing.T) {
	var lacks *estimators.CapabilityError
	if err := new(estimators.SampleAverage).Init(bent{}, families.Repeat(3, families.Gamma())); !errors.As(err, &lacks) {
		t.Errorf("Gamma: %v", err)
	}
	if err := new(estimators.SampleAverage).Init(valuesOnly{bent{}}, families.FullGaussian(3)); !errors.As(err, &lacks) {
		t.Errorf("no gradient: %v", err)
	}
}

// forkable is a model without state.
type forkable struct{ bent }

func (m forkable) Fork() models.Model { return m }

// valuesOnly hides the gradient.
type valuesOnly struct{ m models.Model }

func (v valuesOnly) Dim() int                     { return v.m.Dim() }
func (v valuesOnly) LogJoint(z []float64) float64 { return v.m.LogJoint(z) }
