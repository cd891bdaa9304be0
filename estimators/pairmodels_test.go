package estimators

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"natgrad/families"
	"natgrad/models"
)

// variance is that of n normal observations with squares adding up to ss, with
// an inverse Gamma prior of shape a and scale b:
//
//	log p = −(a + 1 + n/2) log z − (b + ss/2)/z + c
type variance struct{ a, b, n, ss float64 }

func (variance) Dim() int { return 1 }

func (m variance) c() float64 {
	lg, _ := math.Lgamma(m.a)
	return m.a*math.Log(m.b) - lg - m.n/2*math.Log(2*math.Pi)
}

func (m variance) LogJoint(z []float64) float64 {
	return -(m.a+1+m.n/2)*math.Log(z[0]) - (m.b+m.ss/2)/z[0] + m.c()
}

func (m variance) LogJointGrad(g, z []float64) float64 {
	g[0] = (-(m.a + 1 + m.n/2) + (m.b+m.ss/2)/z[0]) / z[0]
	return m.LogJoint(z)
}

func (m variance) ConjugateNatural(dst []float64, family string) (float64, bool) {
	if family != "InverseGamma" {
		return 0, false
	}
	dst[0], dst[1] = -(m.a + 1 + m.n/2), -(m.b + m.ss/2)
	return m.c(), true
}

func (m variance) Fork() models.Model { return m }

// bent is a model of one parameter with a term that makes it not conjugate, given
// with its derivative.
type bent struct {
	models.Gradienter
	term func(z float64) (f, d float64)
}

func (m bent) LogJoint(z []float64) float64 {
	f, _ := m.term(z[0])
	return m.Gradienter.LogJoint(z) + f
}

func (m bent) LogJointGrad(g, z []float64) float64 {
	f, d := m.term(z[0])
	lp := m.Gradienter.LogJointGrad(g, z)
	g[0] += d
	return lp + f
}

// table is a log-joint of one category: the values themselves.
type table []float64

func (table) Dim() int { return 1 }

func (m table) LogJoint(z []float64) float64 { return m[int(z[0])] }

// ConjugateNatural gives the log-odds against the last category.
func (m table) ConjugateNatural(dst []float64, _ string) (float64, bool) {
	last := len(m) - 1
	for i := range dst {
		dst[i] = m[i] - m[last]
	}
	return m[last], true
}

// proportions is a DirichletMultinomial with the term zᵀAz, A symmetric.
type proportions struct {
	*models.DirichletMultinomial
	a []float64
}

func (m proportions) Fork() models.Model { return m }

func (m proportions) LogJoint(z []float64) float64 {
	s := m.DirichletMultinomial.LogJoint(z)
	for i, x := range z {
		s += x * dot(z, m.a[i*len(z):(i+1)*len(z)])
	}
	return s
}

func (m proportions) LogJointGrad(g, z []float64) float64 {
	m.DirichletMultinomial.LogJointGrad(g, z)
	for i := range z {
		g[i] += 2 * dot(z, m.a[i*len(z):(i+1)*len(z)])
	}
	return m.LogJoint(z)
}

func (proportions) ConjugateNatural([]float64, string) (float64, bool) { return 0, false }

// expected uses E[z_i z_j] = α_i(α_j + [i = j])/(α₀(α₀ + 1)), its derivatives in
// α, and F = diag ψ₁(α) − ψ₁(α₀) by the formula of Sherman & Morrison.
func (m proportions) expected(α []float64) (families.Natural, float64) {
	k := len(α)
	η := make(families.Natural, k)
	c, _ := m.DirichletMultinomial.ConjugateNatural(η, families.Dirichlet(k).String())
	α0, e := 0.0, 0.0
	for _, x := range α {
		α0 += x
	}
	n := α0 * (α0 + 1)
	grad := make([]float64, k) // of E[zᵀAz] in α
	for i, x := range α {
		for j, y := range α {
			a := m.a[i*k+j]
			e += a * x * y / n
			grad[i] += 2 * a * y / n
		}
		e += m.a[i*k+i] * x / n
		grad[i] += m.a[i*k+i] / n
	}
	elog := c + e
	for i, x := range α {
		grad[i] -= e * (2*α0 + 1) / n
		elog += η[i] * (mathext.Digamma(x) - mathext.Digamma(α0))
	}
	// F⁻¹g = D⁻¹g + D⁻¹1 (1ᵀD⁻¹g) ψ₁(α₀)/(1 − ψ₁(α₀) 1ᵀD⁻¹1).
	var s, r float64
	for i, x := range α {
		s += grad[i] / mathext.Zeta(2, x)
		r += 1 / mathext.Zeta(2, x)
	}
	p := mathext.Zeta(2, α0)
	for i, x := range α {
		η[i] += (grad[i] + s*p/(1-p*r)) / mathext.Zeta(2, x)
	}
	return η, elog
}

// independent is a model of independent parts: the log-joint is the sum.
type independent struct {
	parts []models.Model
	fam   families.Family
	names []families.Family // of the parts
}

func (m *independent) Dim() int { return m.fam.Dim() }

func (m *independent) Fork() models.Model {
	f := *m
	f.parts = append([]models.Model(nil), m.parts...)
	for i, part := range f.parts {
		if part, is := part.(models.Forker); is {
			f.parts[i] = part.Fork()
		}
	}
	return &f
}

func (m *independent) each(f func(i int, part models.Model, lo, hi int)) {
	lo := 0
	for i, part := range m.parts {
		f(i, part, lo, lo+part.Dim())
		lo += part.Dim()
	}
}

func (m *independent) LogJoint(z []float64) (lp float64) {
	m.each(func(_ int, part models.Model, lo, hi int) { lp += part.LogJoint(z[lo:hi]) })
	return lp
}

func (m *independent) LogJointGrad(g, z []float64) (lp float64) {
	m.each(func(_ int, part models.Model, lo, hi int) {
		lp += part.(models.Gradienter).LogJointGrad(g[lo:hi], z[lo:hi])
	})
	return lp
}

func (m *independent) ConjugateNatural(dst []float64, family string) (c float64, ok bool) {
	ok = family == m.fam.String()
	m.each(func(i int, part models.Model, _, _ int) {
		conj, is := part.(models.Conjugate)
		if ok = ok && is; !ok {
			return
		}
		p := m.names[i].NumParams()
		ci, oki := conj.ConjugateNatural(dst[:p], m.names[i].String())
		c, ok, dst = c+ci, oki, dst[p:]
	})
	return c, ok
}

// normalSample has unknown mean and precision, z = (mean, precision), with
// independent priors N(0, 1/p) and Gamma(a, b). Under q(mean) q(precision) the
// expectations are closed forms, those of coordinate ascent (Bishop 2006,
// section 10.1.3), but the log-joint is not linear in the statistics.
type normalSample struct {
	y       []float64
	p, a, b float64
}

func (*normalSample) Dim() int { return 2 }

func (m *normalSample) LogJoint(z []float64) float64 { return m.LogJointGrad(make([]float64, 2), z) }

func (m *normalSample) LogJointGrad(g, z []float64) float64 {
	n, x, τ := float64(len(m.y)), z[0], z[1]
	ss, s := 0.0, 0.0
	for _, y := range m.y {
		ss += (y - x) * (y - x)
		s += y - x
	}
	g[0] = τ*s - m.p*x
	g[1] = (m.a-1+n/2)/τ - m.b - ss/2
	lg, _ := math.Lgamma(m.a)
	return (m.a-1+n/2)*math.Log(τ) - (m.b+ss/2)*τ - m.p*x*x/2 +
		m.a*math.Log(m.b) - lg + math.Log(m.p)/2 - (n+1)/2*math.Log(2*math.Pi)
}

// expected is for a mean N(loc, v) and a precision of mean eτ and mean logarithm
// elogτ.
func (m *normalSample) expected(loc, v, eτ, elogτ float64) (families.Natural, float64) {
	n, ss, s := float64(len(m.y)), 0.0, 0.0
	for _, y := range m.y {
		ss += (y-loc)*(y-loc) + v
		s += y
	}
	lg, _ := math.Lgamma(m.a)
	elog := (m.a-1+n/2)*elogτ - (m.b+ss/2)*eτ - m.p*(loc*loc+v)/2 +
		m.a*math.Log(m.b) - lg + math.Log(m.p)/2 - (n+1)/2*math.Log(2*math.Pi)
	return families.Natural{eτ * s, -(eτ*n + m.p) / 2, m.a - 1 + n/2, -m.b - ss/2}, elog
}
