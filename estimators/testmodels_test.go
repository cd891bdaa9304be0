package estimators

import (
	"context"
	"math"
	"testing"

	"natgrad/families"
	"natgrad/models"
)

// values, gradients and hessians hide what a model can do beyond their name.
type (
	values    struct{ models.Model }
	gradients struct{ models.Gradienter }
	hessians  struct{ models.Hessianer }
)

// quadratic is log p = c + ⟨b, z⟩ − ½ zᵀAz.
type quadratic struct {
	a, b []float64
	c    float64
}

func (m *quadratic) Dim() int { return len(m.b) }

func (m *quadratic) LogJoint(z []float64) float64 {
	return m.LogJointGrad(make([]float64, len(z)), z)
}

func (m *quadratic) LogJointGrad(g, z []float64) float64 {
	d, f := len(z), m.c
	for i, x := range z {
		az := 0.0
		for j, y := range z {
			az += m.a[i*d+j] * y
		}
		g[i] = m.b[i] - az
		f += x * (m.b[i] - az/2)
	}
	return f
}

func (m *quadratic) LogJointHess(h, g, z []float64) float64 {
	for i, x := range m.a {
		h[i] = -x
	}
	return m.LogJointGrad(g, z)
}

func (m *quadratic) Fork() models.Model { return m }

// expected returns the natural gradient and E[log p] at q.
func (m *quadratic) expected(q families.Gaussian) (families.Natural, float64) {
	d := len(m.b)
	loc, cov := q.Loc(nil), q.Cov(nil)
	gm, gV := make([]float64, d), make([]float64, len(cov))
	f := m.LogJointGrad(gm, loc)
	for i := range cov {
		a := m.a[i%len(m.a)]
		if len(cov) == d {
			a = m.a[i*d+i]
		}
		gV[i] = -a / 2
		f -= a * cov[i] / 2
	}
	return q.NaturalGrad(nil, gm, gV), f
}

// testQuadratic has a full, badly scaled A.
func testQuadratic(d int) *quadratic {
	rng := NewRng()
	m := &quadratic{a: make([]float64, d*d), b: make([]float64, d), c: -3}
	u := make([]float64, d*d)
	for i := range u {
		u[i] = rng.NormFloat64()
	}
	for i := range d {
		m.b[i] = 2 * rng.NormFloat64()
		for j := range d {
			for k := range d {
				m.a[i*d+j] += u[i*d+k] * u[j*d+k] * math.Pow(1.5, float64(k))
			}
		}
		m.a[i*d+i] += 0.5
	}
	return m
}

// exponential is log p = ⟨b, z⟩ − ½‖z‖² − ∑ exp⟨a_i, z⟩, whose expectations
// under Gaussians are closed forms: E exp⟨a, z⟩ = exp(⟨a, m⟩ + ½ aᵀVa).
type exponential struct {
	a [][]float64
	b []float64
}

func (m *exponential) Dim() int { return len(m.b) }

func (m *exponential) LogJoint(z []float64) float64 {
	f := 0.0
	for i, x := range z {
		f += x * (m.b[i] - x/2)
	}
	for _, a := range m.a {
		f -= math.Exp(dot(a, z))
	}
	return f
}

func (m *exponential) LogJointGrad(g, z []float64) float64 {
	for i, x := range z {
		g[i] = m.b[i] - x
	}
	for _, a := range m.a {
		e := math.Exp(dot(a, z))
		for i, x := range a {
			g[i] -= e * x
		}
	}
	return m.LogJoint(z)
}

func (m *exponential) LogJointHess(h, g, z []float64) float64 {
	d := len(z)
	clear(h)
	for i := range d {
		h[i*d+i] = -1
	}
	for _, a := range m.a {
		e := math.Exp(dot(a, z))
		for i, x := range a {
			for j, y := range a {
				h[i*d+j] -= e * x * y
			}
		}
	}
	return m.LogJointGrad(g, z)
}

func (m *exponential) Fork() models.Model { return m }

func (m *exponential) expected(q families.Gaussian) (families.Natural, float64) {
	d := len(m.b)
	loc, cov := q.Loc(nil), q.Cov(nil)
	full := len(cov) > d
	gm, gV := make([]float64, d), make([]float64, len(cov))
	step := 1
	if full {
		step = d + 1
	}
	f := 0.0
	for i, x := range loc {
		gm[i] = m.b[i] - x
		gV[i*step] = -0.5
		f += x*(m.b[i]-x/2) - cov[i*step]/2
	}
	for _, a := range m.a {
		v := 0.0
		for i, x := range a {
			if !full {
				v += x * x * cov[i]
				continue
			}
			v += x * dot(a, cov[i*d:(i+1)*d])
		}
		e := math.Exp(dot(a, loc) + v/2)
		f -= e
		for i, x := range a {
			gm[i] -= e * x
			if !full {
				gV[i] -= e * x * x / 2
				continue
			}
			for j, y := range a {
				gV[i*d+j] -= e * x * y / 2
			}
		}
	}
	return q.NaturalGrad(nil, gm, gV), f
}

func testExponential(d int) *exponential {
	rng := NewRng()
	m := &exponential{b: make([]float64, d)}
	for i := range d + 2 {
		a := make([]float64, d)
		for j := range a {
			a[j] = rng.NormFloat64() / math.Sqrt(float64(d))
		}
		m.a = append(m.a, a)
		m.b[i%d] += 0.5
	}
	return m
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i, x := range a {
		s += x * b[i]
	}
	return s
}

// testMember returns a member of a Gaussian family away from the standard one.
func testMember(f families.Family) families.Gaussian {
	d := f.Dim()
	q := f.New().(families.Gaussian)
	rng := NewRng()
	rng.Seek(Stream{Seed: 11}, 0)
	loc, cov := make([]float64, d), make([]float64, q.CovLen())
	for i := range loc {
		loc[i] = 0.5 * rng.NormFloat64()
	}
	if len(cov) == d {
		for i := range cov {
			cov[i] = 0.2 + 0.3*rng.Float64()
		}
	} else {
		for range 2 * d {
			u := make([]float64, d)
			for i := range u {
				u[i] = 0.4 * rng.NormFloat64() / math.Sqrt(float64(d))
			}
			for i := range d {
				cov[i*d+i] += 0.1 / float64(d)
				for j := range d {
					cov[i*d+j] += u[i] * u[j]
				}
			}
		}
	}
	if !q.SetMoments(loc, cov) {
		panic("test covariance is not positive definite")
	}
	return q
}

// nats is ½ δᵀFδ, δ = got − want: the KL divergence, to second order, of a step
// of size 1 that is wrong by δ.
func nats(q families.Distribution, got, want families.Natural) float64 {
	δ := make(families.Natural, len(got))
	for i := range δ {
		δ[i] = got[i] - want[i]
	}
	return dot(δ, q.FisherMulVec(nil, δ)) / 2
}

func initOrFail(t testing.TB, e Estimator, m models.Model, f families.Family) {
	t.Helper()
	if err := e.Init(m, f); err != nil {
		t.Fatal(err)
	}
}

func estimateOrFail(t testing.TB, e Estimator, q families.Distribution, at Stream) (families.Natural, Stats) {
	t.Helper()
	dst := make(families.Natural, q.Family().NumParams())
	s, err := e.Estimate(context.Background(), dst, q, at)
	if err != nil {
		t.Fatal(err)
	}
	return dst, s
}
