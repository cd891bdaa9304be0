package familytest

import (
	"math"

	"natgrad/families"
)

// fisher checks that F is symmetric and linear, and that FisherSolve inverts it.
func (c *checker) fisher(m *member) {
	for i := range c.n {
		for j := range i {
			if a, b := m.fisher[i][j], m.fisher[j][i]; !near(a, b, 1e-10, m.sd[i]*m.sd[j]) {
				c.errorf("the Fisher matrix is not symmetric at λ = %s: F_%d,%d = %.15g, %.15g across", show(m.λ), i, j, b, a)
				return
			}
		}
	}
	for _, dir := range m.dirs {
		want, sizes := m.product(dir.v)
		for i, got := range dir.g {
			if !near(got, want[i], 1, 1e-9*m.sd[i]+ulps*sizes[i]) {
				c.errorf("FisherMulVec is not linear: (F v)_%d is %.15g, Σ_j F_%d,j v_j is %.15g at λ = %s", i, got, i, want[i], show(m.λ))
				return
			}
		}
		tol := 1e-9 + dir.lost
		v := m.q.FisherSolve(nil, dir.g)
		if e := m.length(along(v, -1, dir.v)); !(e <= tol) {
			c.errorf("F⁻¹(F v) − v has Fisher length %.2g for v of length 1 at λ = %s", e, show(m.λ))
			return
		}
		for i, got := range m.q.FisherMulVec(nil, v) {
			if !near(got, dir.g[i], tol, m.sd[i]) {
				c.errorf("(F F⁻¹g)_%d is %.15g for g_%d = %.15g at λ = %s", i, got, i, dir.g[i], show(m.λ))
				return
			}
		}
	}
}

// coordinates checks ∇A = μ, ∇²A = F and both ways between λ and μ.
func (c *checker) coordinates(m *member) {
	for _, dir := range m.dirs {
		if c.conditional(m) {
			break
		}
		want, size := dot(dir.v, m.μ)
		num, noise, ok := differentiate(1, dir.h, func(dst []float64, t float64) bool {
			in := c.probe.SetNatural(along(m.λ, t, dir.v))
			dst[0] = c.probe.LogPartition()
			return in
		})
		c.compare("⟨v, μ⟩, the derivative of LogPartition along v,", m, want, num[0], noise[0], 0, max(1, math.Abs(want), 1e-3*size), ok)

		num, noise, ok = differentiate(c.n, dir.h, func(dst []float64, t float64) bool {
			in := c.probe.SetNatural(along(m.λ, t, dir.v))
			c.probe.Mean(dst)
			return in
		})
		for i, got := range dir.g {
			c.compare("F v, the derivative of Mean along v,", m, got, num[i], noise[i], 0, m.sd[i], ok)
		}
		if len(c.errs) > 0 {
			return
		}
	}
	if !c.probe.SetMean(m.μ) {
		c.errorf("SetMean refuses the Mean of λ = %s", show(m.λ))
		return
	}
	tol := 1e-9 + 4*c.rounding(m, m.μ) + c.roundingλ(m)
	if e := m.length(along(c.probe.Natural(nil), -1, m.λ)); !(e <= tol) {
		c.errorf("λ → μ → λ misses λ = %s by a Fisher length of %.2g", show(m.λ), e)
		return
	}
	for i, got := range c.probe.Mean(nil) {
		if !near(got, m.μ[i], 1, tol*m.sd[i]+ulps*math.Abs(m.μ[i])) {
			c.errorf("μ → λ → μ misses μ_%d = %.15g by %.2g", i, m.μ[i], got-m.μ[i])
		}
	}
	c.alike("SetMean of its Mean", m, c.probe, tol)
}

// alike reports a q that is said to be the member m but is not: methods that
// look at something left over from before a setter would see to it.
func (c *checker) alike(setter string, m *member, q families.Distribution, tol float64) {
	// Along λ, A and the entropy move by at most these times the Fisher length.
	sdA, sdH := 0.0, m.length(m.λ)
	for _, dir := range m.dirs {
		s, _ := dot(dir.v, m.μ)
		sdA = math.Max(sdA, math.Abs(s))
	}
	z := m.q.Rand(nil, c.rnd)
	t := c.stats(nil, m, z)
	_, sizeL := dot(m.λ, t)
	_, sizeA := dot(m.λ, m.μ)
	size := 1 + sizeA + math.Abs(m.q.LogPartition())
	for _, x := range []struct {
		what      string
		got, want float64
		size      float64
	}{
		{"LogPartition", q.LogPartition(), m.q.LogPartition(), size + sdA},
		{"Entropy", q.Entropy(), m.q.Entropy(), size + sdH},
		{"LogProb", q.LogProb(z), m.q.LogProb(z), size + sizeL},
	} {
		if allFinite(t) && !near(x.got, x.want, 10*tol, x.size) {
			c.errorf("%s is %.15g after %s, want %.15g at λ = %s", x.what, x.got, setter, x.want, show(m.λ))
		}
	}
	dir := m.dirs[0]
	for i, got := range q.FisherMulVec(nil, dir.v) {
		if !near(got, dir.g[i], 1, 1e3*tol*m.sd[i]+dir.lost*m.sd[i]) {
			c.errorf("(F v)_%d is %.15g after %s, want %.15g at λ = %s", i, got, setter, dir.g[i], show(m.λ))
			return
		}
	}
	if e := m.length(along(q.FisherSolve(nil, dir.g), -1, dir.v)); !(e <= 1e3*tol+dir.lost) {
		c.errorf("F⁻¹g after %s is off by a Fisher length of %.2g at λ = %s", setter, e, show(m.λ))
	}
}
