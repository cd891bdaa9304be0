package familytest

import (
	"math"

	"natgrad/families"
)

// member is a place where laws are checked.
type member struct {
	q      families.Distribution
	λ      families.Natural
	μ      families.Mean
	sd     []float64       // √F_ii, the standard deviations of T
	fisher []families.Mean // F e_i
	dirs   []direction
}

// direction is a random tangent vector of Fisher length 1: ⟨v, F v⟩ = 1.
type direction struct {
	v    families.Natural
	g    families.Mean // F v
	h    float64       // how far to go along v for F to change moderately
	lost float64       // the Fisher length of what F⁻¹(F v) loses to rounding
}

// identity checks what the family says of itself.
func (c *checker) identity() {
	if c.d < 1 || c.n < 1 {
		c.errorf("Dim is %d, NumParams %d", c.d, c.n)
		return
	}
	if c.name == "" || c.name != c.f.String() {
		c.errorf("String says %q, then %q", c.name, c.f.String())
	}
	q := c.f.New()
	if of := q.Family(); of.String() != c.name || of.Dim() != c.d || of.NumParams() != c.n {
		c.errorf("a new member is of the family %v of dimension %d with %d parameters, want %v, %d, %d",
			of, of.Dim(), of.NumParams(), c.name, c.d, c.n)
	}
	z := q.Rand(nil, c.rnd)
	for what, n := range map[string][2]int{
		"Natural": {len(q.Natural(nil)), c.n},
		"Mean":    {len(q.Mean(nil)), c.n},
		"Rand":    {len(z), c.d},
	} {
		if n[0] != n[1] {
			c.errorf("%s returns %d values, want %d", what, n[0], n[1])
		}
	}
	if q, ok := q.(families.Gaussian); ok {
		if n := q.CovLen(); n != c.d && n != c.d*c.d || n != len(q.Cov(nil)) {
			c.errorf("CovLen is %d, want %d or %d; Cov returns %d values", n, c.d, c.d*c.d, len(q.Cov(nil)))
		}
	}
	if n := len(c.f.SufficientStats(nil, make([]float64, c.d))); n != c.n {
		c.errorf("SufficientStats returns %d values, want %d", n, c.n)
	}
}

// makeMembers adds the standard member, a random walk from it, and those given.
func (c *checker) makeMembers(given []families.Natural) {
	c.probe = c.f.New()
	q := c.f.New()
	if !c.addMember(q) {
		return
	}
	for _, length := range []float64{1, 2, 4, 2} {
		λ, ok := c.walk(c.members[len(c.members)-1], length)
		if !ok {
			return
		}
		c.addNatural(λ)
		if len(c.errs) > 0 {
			return
		}
	}
	for _, λ := range given {
		c.addNatural(λ)
	}
}

func (c *checker) addNatural(λ families.Natural) {
	q := c.f.New()
	if !q.SetNatural(λ) {
		c.errorf("SetNatural refuses %s", show(λ))
		return
	}
	for i, got := range q.Natural(nil) {
		if !near(got, λ[i], 1e-12, math.Abs(λ[i])) {
			c.errorf("Natural()[%d] is %.17g after SetNatural of %.17g", i, got, λ[i])
			return
		}
	}
	c.addMember(q)
}

// addMember prepares q for the laws.
func (c *checker) addMember(q families.Distribution) bool {
	m := &member{q: q, λ: q.Natural(nil), μ: q.Mean(nil), sd: make([]float64, c.n), fisher: make([]families.Mean, c.n)}
	if !allFinite(m.λ) || !allFinite(m.μ) {
		c.errorf("λ = %s with μ = %s, want finite values", show(m.λ), show(m.μ))
		return false
	}
	unit := make(families.Natural, c.n)
	for i := range c.n {
		unit[i] = 1
		m.fisher[i] = q.FisherMulVec(nil, unit)
		unit[i] = 0
		m.sd[i] = math.Sqrt(m.fisher[i][i])
		if !(m.sd[i] > 0) || !isFinite(m.sd[i]) {
			c.errorf("FisherMulVec says that T_%d has variance %g at λ = %s", i, m.fisher[i][i], show(m.λ))
			return false
		}
	}
	for range 3 {
		dir, ok := c.tangent(m)
		if !ok {
			c.errorf("no vector v with ⟨v, F v⟩ > 0 found at λ = %s", show(m.λ))
			return false
		}
		if dir.h, ok = c.reach(m, dir, 0.5, 2); !ok {
			c.errorf(noReach, show(m.λ), show(dir.v))
			return false
		}
		_, sizes := m.product(dir.v)
		dir.lost = c.rounding(m, sizes)
		m.dirs = append(m.dirs, dir)
	}
	c.members = append(c.members, m)
	return true
}

// tangent returns a random direction at m. With random weights w, the vector
// F⁻¹ Σ w_k (T(z_k) − μ) has covariance F⁻¹ over draws z_k: the direction is
// isotropic in the Fisher metric, and tangent to λ-space where that is not all
// of ℝⁿ, such as where λ holds a symmetric matrix.
func (c *checker) tangent(m *member) (direction, bool) {
	g := make(families.Mean, c.n)
	for range 8 {
		t := c.stats(nil, m, m.q.Rand(nil, c.rnd))
		if w := c.rnd.NormFloat64(); allFinite(t) {
			for i := range g {
				g[i] += w * (t[i] - m.μ[i])
			}
		}
	}
	if dir, ok := c.unit(m.q, g); ok {
		return dir, true
	}
	return c.unit(m.q, m.q.FisherMulVec(nil, families.Natural(c.normals(c.n))))
}

// unit returns the direction of F⁻¹g.
func (c *checker) unit(q families.Distribution, g families.Mean) (direction, bool) {
	v := q.FisherSolve(nil, g)
	square, _ := dot(v, q.FisherMulVec(nil, v))
	if !(square > 0) || !isFinite(square) {
		return direction{}, false
	}
	for i := range v {
		v[i] /= math.Sqrt(square)
	}
	return direction{v: v, g: q.FisherMulVec(nil, v)}, true
}

// product returns Σ_j F_ij v_j from the columns of F, and the sizes of its terms.
func (m *member) product(v families.Natural) (g, sizes families.Mean) {
	g, sizes = make(families.Mean, len(v)), make(families.Mean, len(v))
	for j, col := range m.fisher {
		for i, f := range col {
			g[i] += f * v[j]
			sizes[i] += math.Abs(f * v[j])
		}
	}
	return g, sizes
}

const noReach = "SetNatural refuses λ ± t v, or F changes much, however small t, at λ = %s with v = %s"

// reach returns the first of t, t/2, t/4, … for which λ ± t v are legal and
// ⟨v, F v⟩ there is no more than the given factor from 1.
func (c *checker) reach(m *member, dir direction, t, factor float64) (float64, bool) {
	moderate := func(t float64) bool {
		if !c.probe.SetNatural(along(m.λ, t, dir.v)) {
			return false
		}
		square, _ := dot(dir.v, c.probe.FisherMulVec(nil, dir.v))
		return square >= 1/factor && square <= factor
	}
	for first := t; t > 1e-12*first; t /= 2 {
		if moderate(t) && moderate(-t) {
			return t, true
		}
	}
	return 0, false
}

// walk returns the λ reached from m by a step of the given Fisher length in a
// random direction, or of less where the domain ends or F changes by orders of
// magnitude.
func (c *checker) walk(m *member, length float64) (families.Natural, bool) {
	dir, ok := c.tangent(m)
	if !ok {
		c.errorf("no vector v with ⟨v, F v⟩ > 0 found at λ = %s", show(m.λ))
		return nil, false
	}
	t, ok := c.reach(m, dir, length, 20)
	if !ok {
		c.errorf(noReach, show(m.λ), show(dir.v))
	}
	return along(m.λ, t, dir.v), ok
}

// length returns the Fisher length of the λ-vector v at m.
func (m *member) length(v families.Natural) float64 {
	square, _ := dot(v, m.q.FisherMulVec(nil, v))
	return math.Sqrt(math.Max(0, square))
}

// roundingλ returns the Fisher length of a vector that has the size of the
// rounding errors of λ.
func (c *checker) roundingλ(m *member) float64 {
	var most float64
	e := make(families.Natural, c.n)
	for range 4 {
		for i, v := range m.λ {
			e[i] = ulps * v
			if c.rnd.Uint64()&1 == 0 {
				e[i] = -e[i]
			}
		}
		most = math.Max(most, m.length(e))
	}
	return most
}

// rounding returns the Fisher length of F⁻¹e for an e that has the size of the
// rounding errors of the μ-vector g: what no computation from g can undercut.
func (c *checker) rounding(m *member, g families.Mean) float64 {
	var most float64
	e := make(families.Mean, c.n)
	for range 4 {
		for i, v := range g {
			e[i] = ulps * v
			if c.rnd.Uint64()&1 == 0 {
				e[i] = -e[i]
			}
		}
		square, _ := dot(e, m.q.FisherSolve(nil, e))
		most = math.Max(most, math.Sqrt(math.Abs(square)))
	}
	return most
}
