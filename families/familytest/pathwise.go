package familytest

import (
	"math"

	"natgrad/families"
)

// pathwise checks that draws of RandPath are distributed as those of Rand, and
// that path gradients have the expectations they should have: those of ⟨u, T⟩,
// which is F u exactly, and those of a bounded function that T does not span,
// by comparison with the score-function estimator on the same draws.
func (c *checker) pathwise(m *member) {
	q, ok := m.q.(families.Pathwise)
	if !ok {
		return
	}
	zs, auxs := make([]float64, draws*c.d), make([]float64, draws*q.NumAux())
	aux := func(k int) []float64 { return auxs[k*q.NumAux() : (k+1)*q.NumAux()] }
	typical := make([]float64, c.d) // size of z
	for k := range draws {
		z := zs[k*c.d : (k+1)*c.d]
		q.RandPath(z, aux(k), c.rnd)
		if !c.hasStats(m, z) {
			return
		}
		for j, x := range z {
			typical[j] += math.Abs(x) / draws
		}
	}
	if c.underflows(m, zs) {
		return
	}
	c.drawMoments("RandPath", m, zs)

	dst, t, g := make(families.Mean, c.n), make(families.Mean, c.n), make([]float64, c.d)
	once, weighted := make(families.Mean, c.n), make(families.Mean, c.n)
	copy(g, c.normals(c.d))
	q.AddPathGrad(once, 1, zs[:c.d], aux(0), g)
	q.AddPathGrad(weighted, -2.5, zs[:c.d], aux(0), g)
	for i, x := range once {
		if !near(weighted[i], -2.5*x, 1e-12, math.Abs(x)) {
			c.errorf("AddPathGrad adds %g with weight 1 and %g with weight −2.5 at λ = %s", x, weighted[i], show(m.λ))
		}
	}
	u, lost := m.dirs[0], 0
	paths := make([]sample, len(m.dirs))
	for k := range draws / 10 {
		z := zs[k*c.d : (k+1)*c.d]
		if !c.statsGradient(g, t, u.v, z) {
			if lost++; lost == 10 { // more than may lie at an edge of the support
				c.errorf("cannot difference T at draws of λ = %s, such as z = %s: is it smooth there?", show(m.λ), show(z))
				return
			}
			continue
		}
		clear(dst)
		q.AddPathGrad(dst, 1, z, aux(k), g)
		for i, dir := range m.dirs {
			s, _ := dot(dir.v, dst)
			paths[i].add(s)
		}
	}
	for i, dir := range m.dirs {
		want, _ := dot(dir.v, u.g)
		if e, se := paths[i].mean()-want, paths[i].stdErr(); !(math.Abs(e) <= maxZ*se+1e-6) {
			c.errorf("path gradients of ⟨u, T⟩ along v have mean %.6g ± %.1g, ⟨v, F u⟩ is %.6g at λ = %s", want+e, se, want, show(m.λ))
			return
		}
	}

	// f = Σ_j cos(z_j/typical_j + j) has mean f̄ over the draws.
	value := func(z []float64) (f float64) {
		for j, x := range z {
			f += math.Cos(x/typical[j] + float64(j))
		}
		return f
	}
	var mean sample
	for k := range draws {
		mean.add(value(zs[k*c.d : (k+1)*c.d]))
	}
	diffs := make([]sample, len(m.dirs))
	for k := range draws {
		z := zs[k*c.d : (k+1)*c.d]
		for j, x := range z {
			g[j] = -math.Sin(x/typical[j]+float64(j)) / typical[j]
		}
		clear(dst)
		q.AddPathGrad(dst, 1, z, aux(k), g)
		c.f.SufficientStats(t, z)
		f := value(z) - mean.mean()
		for i, dir := range m.dirs {
			path, _ := dot(dir.v, dst)
			score, _ := dot(dir.v, along(t, -1, m.μ))
			diffs[i].add(path - f*score)
		}
	}
	for i := range diffs {
		if e, se := diffs[i].mean(), diffs[i].stdErr(); !(math.Abs(e) <= maxZ*se) {
			c.errorf("path gradients of a function of z differ from score gradients by %.3g ± %.1g at λ = %s", e, se, show(m.λ))
			return
		}
	}
}

// statsGradient stores ∇_z ⟨u, T(z)⟩ in g, by differences. t is scratch.
func (c *checker) statsGradient(g []float64, t families.Mean, u families.Natural, z []float64) bool {
	for j, x := range z {
		h := 0.25 * math.Abs(x)
		if x == 0 {
			h = 0.25
		}
		num, _, ok := differentiateIn(5, 1, h, func(dst []float64, s float64) bool {
			z[j] = x + s
			c.f.SufficientStats(t, z)
			z[j] = x
			dst[0], _ = dot(u, t)
			return allFinite(t)
		})
		if !ok {
			return false
		}
		g[j] = num[0]
	}
	return true
}
