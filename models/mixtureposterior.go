package models

import "math"

// WeightMoments returns the means and standard deviations of the weights π of the
// components under the member of the family with natural parameter λ. For
// NestedStickWeights the means sum to less than 1.
func (m *Mixture) WeightMoments(λ []float64) (mean, sd []float64) {
	w, _ := m.split(λ)
	return m.weights.moments(w)
}

// moments of a Dirichlet(α) are α_k/Σα and π(1−π)/(Σα+1); sticks are independent, so that
// those of π_k = v_k Π(1 − v_j) are products.
func (w *mixtureWeights) moments(λ []float64) (mean, sd []float64) {
	mean, sd = make([]float64, w.k), make([]float64, w.k)
	if w.kind == DirichletWeights {
		var total float64
		for _, l := range λ {
			total += l + 1
		}
		for k := range mean {
			mean[k] = 1
			if len(λ) > 0 {
				mean[k] = (λ[k] + 1) / total
				sd[k] = math.Sqrt(mean[k] * (1 - mean[k]) / (total + 1))
			}
		}
		return mean, sd
	}
	left, left2 := 1.0, 1.0 // of Π(1 − v_j) and its square
	for k := range mean {
		v, v2 := 1.0, 1.0
		if k < w.sticks {
			a, b := λ[2*k]+1, λ[2*k+1]+1
			s := a + b
			v, v2 = a/s, a*(a+1)/(s*(s+1))
			mean[k] = left * v
			sd[k] = math.Sqrt(math.Max(0, left2*v2-mean[k]*mean[k]))
			left *= b / s
			left2 *= b * (b + 1) / (s * (s + 1))
			continue
		}
		mean[k], sd[k] = left*v, math.Sqrt(math.Max(0, left2*v2-left*left))
	}
	return mean, sd
}

// GaussPosterior is what a member of the family says of a component of a Gaussian
// mixture with d columns.
type GaussPosterior struct {
	// Mean is that of the component, in the coordinates of the data, and MeanSD the
	// standard deviation of what is known of it; +Inf where that has none.
	Mean, MeanSD []float64
	// Covariance is the inverse of the expected precision, d×d row-major: C/ν for a
	// Wishart with inverse scale C. It is what scikit-learn calls covariances_.
	Covariance []float64
	// ExpectedCovariance is E[Λ⁻¹], C/(ν − d − 1); nil where that does not exist.
	ExpectedCovariance []float64
	// SD is the expected standard deviation of each column within the component, and
	// SDSD the standard deviation of that; +Inf where they do not exist.
	SD, SDSD []float64
}

// posterior is that of Mixture.GaussPosterior, for the part of λ that is the components'.
func (g *GaussComponents) posterior(λ []float64) []GaussPosterior {
	all := make([]GaussPosterior, g.k)
	d := g.d
	for k := range all {
		κ, ν, m, c := g.shape.member(λ, k)
		p := GaussPosterior{Mean: m, MeanSD: make([]float64, d), SD: make([]float64, d), SDSD: make([]float64, d)}
		for i := range m {
			m[i] += g.center[i]
		}
		if len(c) == d { // precisions that are independent Gammas, of shape ½ν and rate ½c
			p.Covariance = diagonal(c, 1/ν)
			if ν > 2 {
				p.ExpectedCovariance = diagonal(c, 1/(ν-2))
			}
			for j, c := range c {
				p.column(j, 0.5*ν, 0.5*c, κ[j])
			}
		} else {
			p.Covariance = scaled(c, 1/ν)
			if ν > float64(d+1) {
				p.ExpectedCovariance = scaled(c, 1/(ν-float64(d+1)))
			}
			for j := range d {
				p.column(j, 0.5*(ν-float64(d-1)), 0.5*c[j*d+j], κ[0])
			}
		}
		all[k] = p
	}
	return all
}

// GaussPosterior returns what the member of the family with natural parameter λ says of
// each component, nil if the components are no *GaussComponents.
func (m *Mixture) GaussPosterior(λ []float64) []GaussPosterior {
	g, ok := m.comps.(*GaussComponents)
	if !ok {
		return nil
	}
	_, z := m.split(λ)
	return g.posterior(z)
}

// column fills in what is known of column j, whose variance v is InverseGamma(a, b):
// E v = b/(a − 1), which over κ is the variance of the mean. With t = rootExcess(a) the
// standard deviation √v has the squared mean b/(a−1+t) and the variance
// bt/((a−1)(a−1+t)), which as a difference E v − (E √v)² would lose log₁₀ 4a digits.
func (p *GaussPosterior) column(j int, a, b, κ float64) {
	p.MeanSD[j], p.SD[j], p.SDSD[j] = math.Inf(1), math.Inf(1), math.Inf(1)
	if a > 0.5 {
		t := rootExcess(a)
		p.SD[j] = math.Sqrt(b / (a - 1 + t))
		if a > 1 {
			p.MeanSD[j] = math.Sqrt(b / (a - 1) / κ)
			p.SDSD[j] = p.SD[j] * math.Sqrt(t/(a-1))
		}
	}
}

// rootExcess returns (Γ(a)/Γ(a − ½))² − (a − 1), between 0 and ½, for a > ½. Where the
// first is large it is the asymptotic series in 1/(a − ½), whose error is below 1e-13
// there.
func rootExcess(a float64) float64 {
	n := a - 0.5
	if n < 32 {
		return math.Exp(2*(lgamma(a)-lgamma(n))) - (a - 1)
	}
	x := 1 / n
	return 1./4 + x*(1./32+x*(1./128+x*(-5./2048+x*(-23./8192+x*(53./65536+x*(593./262144))))))
}

func diagonal(c []float64, by float64) []float64 {
	d := len(c)
	a := make([]float64, d*d)
	for j, v := range c {
		a[j*d+j] = v * by
	}
	return a
}

func scaled(c []float64, by float64) []float64 {
	a := make([]float64, len(c))
	for i, v := range c {
		a[i] = v * by
	}
	return a
}

// The members of the shapes read λ: for each component κ (one number, or one for each
// column), ν, m and the inverse scale C, d×d, or d numbers for precisions that are
// Gamma(½ν, ½C_j).

func (s *fullGauss) member(λ []float64, k int) (κ []float64, ν float64, m, c []float64) {
	mat, lin, v1, v4 := s.parts(λ, k)
	kappa := -2 * *v4
	m = scaled(lin, 1/kappa)
	c = scaled(mat, -2)
	addOuter(c, -kappa, m)
	return []float64{kappa}, 2**v1 + float64(s.g.d), m, c
}

func (s *tiedGauss) member(λ []float64, k int) (κ []float64, ν float64, m, c []float64) {
	d := s.g.d
	mat, lin, quad := s.parts(λ)
	c = scaled(mat, -2)
	for i := range s.g.k {
		kappa := -2 * quad[i]
		mi := scaled(lin[i*d:(i+1)*d], 1/kappa)
		addOuter(c, -kappa, mi)
		if i == k {
			m, κ = mi, []float64{kappa}
		}
	}
	return κ, 2*λ[0] + float64(d+1-s.g.k), m, c
}

func (s *diagGauss) member(λ []float64, k int) (κ []float64, ν float64, m, c []float64) {
	d := s.g.d
	κ, m, c = make([]float64, d), make([]float64, d), make([]float64, d)
	for j := range d {
		v := λ[4*(k*d+j) : 4*(k*d+j+1)]
		κ[j] = -2 * v[3]
		m[j] = v[2] / κ[j]
		c[j] = 2 * (-v[1] - 0.5*κ[j]*m[j]*m[j])
		ν = 2 * (v[0] + 0.5) // of every column
	}
	return κ, ν, m, c
}

func (s *sphericalGauss) member(λ []float64, k int) (κ []float64, ν float64, m, c []float64) {
	d := s.g.d
	v := λ[k*(d+3) : (k+1)*(d+3)]
	kappa := -2 * v[d+2]
	m = scaled(v[2:2+d], 1/kappa)
	rate := -v[1]
	for _, x := range m {
		rate -= 0.5 * kappa * x * x
	}
	κ, c = make([]float64, d), make([]float64, d)
	for j := range c {
		κ[j], c[j] = kappa, 2*rate
	}
	return κ, 2 * (v[0] + 1 - 0.5*float64(d)), m, c
}

// addOuter adds h mmᵀ to a.
func addOuter(a []float64, h float64, m []float64) {
	d := len(m)
	for i, x := range m {
		for j, y := range m {
			a[i*d+j] += h * x * y
		}
	}
}
