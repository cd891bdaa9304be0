package familytest

import (
	"math"
	"slices"

	"natgrad/families"
)

// variances returns the diagonals of the covariance and the precision of q.
func (c *checker) variances(q families.Gaussian) (v, s []float64) {
	v, s = q.Cov(nil), q.Precision(nil)
	if q.CovLen() == c.d {
		return v, s
	}
	for i := range c.d {
		v[i], s[i] = v[i*c.d+i], s[i*c.d+i]
	}
	return v[:c.d], s[:c.d]
}

// covShaped returns a random symmetric matrix, of entries of size 1/√(V_ii V_jj),
// in covariance shape.
func (c *checker) covShaped(q families.Gaussian) []float64 {
	x := c.normals(q.CovLen())
	v, _ := c.variances(q)
	for i := range c.d {
		if len(x) == c.d {
			x[i] /= v[i]
			continue
		}
		for j := range i + 1 {
			x[i*c.d+j] /= math.Sqrt(v[i] * v[j])
			x[j*c.d+i] = x[i*c.d+j]
		}
	}
	return x
}

// full returns a covariance-shaped value as a d×d matrix.
func (c *checker) full(x []float64) []float64 {
	if len(x) == c.d*c.d {
		return x
	}
	a := make([]float64, c.d*c.d)
	for i, v := range x {
		a[i*c.d+i] = v
	}
	return a
}

// gaussian checks location, scale and their natural gradient.
func (c *checker) gaussian(m *member) {
	q, ok := m.q.(families.Gaussian)
	if !ok {
		return
	}
	d := c.d
	loc, cov, prec := q.Loc(nil), c.full(q.Cov(nil)), c.full(q.Precision(nil))
	v, s := c.variances(q)
	for i := range d {
		for j := range d {
			var one float64
			if i == j {
				one = 1
			}
			sum, size := dot(cov[i*d:(i+1)*d], prec[j*d:(j+1)*d])
			if !near(sum, one, 1, 1e-10+1e-10*size) {
				c.errorf("(Cov Precision)_%d,%d is %.12g at λ = %s", i, j, sum, show(m.λ))
				return
			}
		}
	}

	// Transform is m + Cε with C Cᵀ = Cov.
	move := func(eps []float64) []float64 {
		z := filled(d)
		q.Transform(z, eps)
		return z
	}
	for i, z := range move(make([]float64, d)) {
		if !near(z, loc[i], 1, 1e-12*math.Sqrt(v[i])+ulps*math.Abs(loc[i])) {
			c.errorf("Transform of 0 is %.15g in place %d, Loc is %.15g", z, i, loc[i])
		}
	}
	factor := make([][]float64, d) // factor[i] = C e_i
	for i := range d {
		eps := make([]float64, d)
		eps[i] = 1
		factor[i] = along(move(eps), -1, loc)
	}
	for i := range d {
		for j := range d {
			var sum float64
			for _, col := range factor {
				sum += col[i] * col[j]
			}
			tol := 1e-10*math.Sqrt(v[i]*v[j]) + ulps*float64(d)*(math.Abs(loc[i])*math.Sqrt(v[j])+math.Abs(loc[j])*math.Sqrt(v[i]))
			if !near(sum, cov[i*d+j], 1, tol) {
				c.errorf("Transform has covariance %.12g in places %d and %d, Cov says %.12g at λ = %s", sum, i, j, cov[i*d+j], show(m.λ))
				return
			}
		}
	}

	eps := c.normals(d)
	z := move(eps)
	var lost float64 // in ε, for the rounding of z
	for i := range d {
		lost += ulps * (math.Abs(z[i]) + math.Abs(loc[i])) * math.Sqrt(s[i])
	}
	back := filled(d)
	q.Untransform(back, z)
	var square float64
	for i, e := range eps {
		square += e * e
		if !near(back[i], e, 1, 1e-10+lost) {
			c.errorf("Untransform gives %.15g for ε_%d = %.15g at λ = %s", back[i], i, e, show(m.λ))
		}
	}
	g, white := make([]float64, d), filled(d)
	for i, x := range c.normals(d) {
		g[i] = x / math.Sqrt(v[i])
	}
	q.Whiten(white, g)
	for i, got := range white {
		want, size := dot(g, factor[i])
		if !near(got, want, 1, 1e-10*(1+size)+lost) {
			c.errorf("Whiten(g)_%d is %.12g, ⟨g, C e_%d⟩ is %.12g at λ = %s", i, got, i, want, show(m.λ))
		}
	}
	at := q.LogProb(loc)
	if want := 0.5*float64(d) - q.Entropy(); !near(at, want, 1, 1e-10*(1+math.Abs(want))) {
		c.errorf("LogProb at the mean is %.12g, d/2 − entropy is %.12g at λ = %s", at, want, show(m.λ))
	}
	if got := q.LogProb(z) - at; !near(got, -0.5*square, 1, 1e-9*(1+square+math.Abs(at))+lost) {
		c.errorf("LogProb of Transform(ε) less LogProb of the mean is %.12g, want −½|ε|² = %.12g at λ = %s", got, -0.5*square, show(m.λ))
	}
	c.naturalGrad(m, q)
	c.moments(m, q)
}

// naturalGrad checks NaturalGrad against the derivative of f = ⟨g, m⟩ + ⟨G, V⟩
// along v, which is ⟨∇_μ f, F v⟩.
func (c *checker) naturalGrad(m *member, q families.Gaussian) {
	v, _ := c.variances(q)
	gm, gV := c.normals(c.d), c.covShaped(q)
	for i := range gm {
		gm[i] /= math.Sqrt(v[i])
	}
	grad := q.NaturalGrad(nil, gm, gV)
	p := c.probe.(families.Gaussian)
	size := math.Sqrt(float64(c.d))
	for _, dir := range m.dirs {
		num, noise, ok := differentiate(1, dir.h, func(dst []float64, t float64) bool {
			in := p.SetNatural(along(m.λ, t, dir.v))
			a, _ := dot(gm, p.Loc(nil))
			b, _ := dot(gV, p.Cov(nil))
			dst[0] = a + b
			return in
		})
		got, _ := dot(grad, dir.g)
		c.compare("⟨NaturalGrad, F v⟩, the derivative of a function of Loc and Cov,", m, got, num[0], noise[0], 0, max(size, m.length(grad)), ok)
	}
}

// moments checks the two other setters.
func (c *checker) moments(m *member, q families.Gaussian) {
	p := c.f.New().(families.Gaussian)
	tol := 1e-8 + 4*c.rounding(m, m.μ) + c.roundingλ(m)
	loc, cov, prec := q.Loc(nil), q.Cov(nil), q.Precision(nil)
	for _, set := range []struct {
		name   string
		call   func(loc, x []float64) bool
		second []float64
	}{
		{"SetMoments", p.SetMoments, cov},
		{"SetPrecision", p.SetPrecision, prec},
	} {
		p.SetNatural(c.members[0].λ)
		if !set.call(loc, set.second) {
			c.errorf("%s refuses the moments of λ = %s", set.name, show(m.λ))
			continue
		}
		if e := m.length(along(p.Natural(nil), -1, m.λ)); !(e <= tol) {
			c.errorf("%s misses λ = %s by a Fisher length of %.2g", set.name, show(m.λ), e)
		}
		c.alike(set.name, m, p, tol)

		p.SetNatural(m.λ)
		list := c.methods(m, p)
		before := snapshot(list)
		for _, bad := range c.indefinite(set.second) {
			if set.call(loc, bad) {
				c.errorf("%s accepts %s, which is not positive definite", set.name, show(bad))
				p.SetNatural(m.λ)
			}
			if after := snapshot(list); !sameBits(before, after) {
				c.errorf("a refusal of %s changed the receiver: %s", set.name, differing(list, before, after))
				p.SetNatural(m.λ)
			}
		}
	}
}

// indefinite returns copies of x, in covariance shape, that are not positive
// definite: by the last entry of the diagonal or, if there are more, by one off it.
func (c *checker) indefinite(x []float64) [][]float64 {
	last := len(x) - 1
	zero, negative := slices.Clone(x), slices.Clone(x)
	zero[last], negative[last] = 0, -x[last]
	bad := [][]float64{zero, negative}
	if d := c.d; len(x) > d {
		off := slices.Clone(x)
		off[1] = 1.01 * math.Sqrt(x[0]*x[d+1])
		off[d] = off[1]
		bad = append(bad, off)
	}
	return bad
}
