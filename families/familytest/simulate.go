package familytest

import (
	"fmt"
	"math"
	"slices"

	"natgrad/families"
)

// draws is the number of draws that expectations are compared with.
const draws = 10000

// sample estimates an expectation.
type sample struct{ n, sum, square float64 }

func (s *sample) add(x float64) {
	s.n++
	s.sum += x
	s.square += x * x
}

func (s *sample) mean() float64 { return s.sum / s.n }

// stdErr is the standard error of mean.
func (s *sample) stdErr() float64 {
	m := s.mean()
	return math.Sqrt(math.Max(0, s.square/s.n-m*m) / (s.n - 1))
}

// simulate compares the draws of Rand with μ, F, the entropy and LogProb.
func (c *checker) simulate(m *member) {
	zs := make([]float64, 0, draws*c.d)
	z := make([]float64, c.d)
	logs := make([]float64, 0, draws)
	for range draws {
		m.q.Rand(z, c.rnd)
		zs = append(zs, z...)
		if !c.hasStats(m, z) {
			return
		}
		logs = append(logs, m.q.LogProb(z))
	}
	if c.underflows(m, zs) {
		return
	}
	c.drawMoments("Rand", m, zs)
	if c.conditional(m) {
		c.hiddenEntropy(m, logs)
		c.normalised(m.q, zs)
		return
	}
	h := m.q.Entropy()
	var minus sample
	for _, l := range logs {
		minus.add(-l - h)
	}
	// log q = ⟨λ, T⟩ − A has variance ⟨λ, F λ⟩.
	se := math.Max(minus.stdErr(), m.length(m.λ)/math.Sqrt(draws))
	if e := minus.mean(); !(math.Abs(e) <= maxZ*se+1e-10*(1+math.Abs(h))) {
		c.errorf("the mean of −LogProb exceeds Entropy by %.3g ± %.1g at λ = %s", e, se, show(m.λ))
	}
	c.normalised(m.q, zs)
}

// drawMoments compares the first two moments of T at the points zs with μ and F,
// in every coordinate and along random directions.
func (c *checker) drawMoments(method string, m *member, zs []float64) {
	first, second := make([]sample, c.n+len(m.dirs)), make([]sample, c.n+len(m.dirs))
	t := make([]float64, c.n)
	for ; len(zs) > 0; zs = zs[c.d:] {
		c.stats(t, m, zs[:c.d])
		for i, μ := range m.μ {
			t[i] -= μ
			first[i].add(t[i] / m.sd[i])
			second[i].add(t[i] * t[i] / m.fisher[i][i])
		}
		for k, dir := range m.dirs {
			s, _ := dot(dir.v, t)
			first[c.n+k].add(s)
			second[c.n+k].add(s * s)
		}
	}
	for i := range first {
		name, v := "⟨v, T⟩, of a random v with ⟨v, F v⟩ = 1,", families.Natural(nil)
		if i < c.n {
			name, v = fmt.Sprintf("T_%d", i), make(families.Natural, c.n)
			v[i] = 1 / m.sd[i]
		} else {
			v = m.dirs[i-c.n].v
		}
		// The variance is known to be 1, but for a Conditional, of which F is not the
		// variance of T.
		se := 1 / math.Sqrt(first[i].n)
		if c.conditional(m) {
			se = math.Max(se, first[i].stdErr())
		}
		if z := first[i].mean() / se; !(math.Abs(z) <= maxZ) {
			c.errorf("draws of %s have the mean of %s %.3g standard errors from μ at λ = %s", method, name, z, show(m.λ))
			return
		}
		if c.conditional(m) {
			continue
		}
		// And so is that of the square, from its fourth cumulant. The sample
		// alone would not know of rare events that it has not seen.
		se = math.Max(second[i].stdErr(), math.Sqrt(math.Max(0, 2+c.fourthCumulant(m, v))/second[i].n))
		if e := second[i].mean() - 1; !(math.Abs(e) <= maxZ*se+1e-9) {
			c.errorf("draws of %s have a variance of %s that is %.3g ± %.1g times F's at λ = %s", method, name, 1+e, se, show(m.λ))
			return
		}
	}
}

// fourthCumulant returns that of ⟨v, T⟩, the second derivative of ⟨v, F v⟩ along
// v, roughly, or +Inf if it cannot be told.
func (c *checker) fourthCumulant(m *member, v families.Natural) float64 {
	h, ok := c.reach(m, direction{v: v}, 0.1, 1.1)
	if !ok {
		return math.Inf(1)
	}
	sum := -2.0
	for _, t := range []float64{h, -h} {
		c.probe.SetNatural(along(m.λ, t, v))
		square, _ := dot(v, c.probe.FisherMulVec(nil, v))
		sum += square
	}
	return sum / (h * h)
}

// normalised checks that the density integrates to 1: a constant that is missing
// in A is missing in the entropy and the density alike, and no other law sees it.
// The share of draws in a box is compared with the integral of the density over
// it or, if z is discrete, that of draws at one point with its probability.
//
// Each part of a Composite is looked at by itself.
func (c *checker) normalised(q families.Distribution, zs []float64) {
	d := q.Family().Dim()
	n := len(zs) / d
	if whole, ok := q.(families.Composite); ok {
		at := 0
		for _, part := range whole.Parts() {
			var own []float64
			for k := range n {
				own = append(own, zs[k*d+at:k*d+at+part.Family().Dim()]...)
			}
			at += part.Family().Dim()
			c.normalised(part, own)
		}
		return
	}
	if c.discrete(q, zs) {
		return
	}
	// The box is over the coordinates that repeat no other, such as those of a
	// symmetric matrix above the diagonal, and on a simplex all but the last.
	first := repeated(zs, d)
	simplex := onSimplex(zs, d)
	var free []int
	for j, i := range first {
		if i == j && !(simplex && j == d-1) {
			free = append(free, j)
		}
	}
	lo, hi, logScale := make([]float64, d), make([]float64, d), make([]bool, d)
	share := math.Max(0.5, math.Pow(0.1, 1/float64(len(free))))
	sorted := make([]float64, n)
	for _, j := range free {
		for k := range n {
			sorted[k] = zs[k*d+j]
		}
		slices.Sort(sorted)
		lo[j], hi[j] = sorted[int(float64(n)*(1-share)/2)], sorted[int(float64(n)*(1+share)/2)]
		logScale[j] = sorted[0] > 0 && hi[j] > 4*lo[j]
	}
	var inside, density sample
	z := make([]float64, d)
	for k := range n {
		in := 1.0
		for _, j := range free {
			if x := zs[k*d+j]; x < lo[j] || x > hi[j] {
				in = 0
			}
		}
		inside.add(in)
		weight, left := 1.0, 1.0
		for j, i := range first {
			switch {
			case i != j:
				z[j] = z[i]
			case simplex && j == d-1:
				z[j] = left
			case logScale[j]:
				width := math.Log(hi[j] / lo[j])
				z[j] = lo[j] * math.Exp(width*c.rnd.Float64())
				weight *= width * z[j]
			default:
				z[j] = lo[j] + (hi[j]-lo[j])*c.rnd.Float64()
				weight *= hi[j] - lo[j]
			}
			left -= z[j]
		}
		if simplex && z[d-1] <= 0 {
			density.add(0)
			continue
		}
		density.add(weight * math.Exp(q.LogProb(z)+logBase(q, z)))
	}
	e := density.mean() - inside.mean()
	if se := math.Hypot(density.stdErr(), inside.stdErr()); !(math.Abs(e) <= maxZ*se) {
		c.errorf("exp LogProb integrates to %.4g over a box that has %.4g of the draws (± %.1g) at λ = %s: is the density normalised?",
			density.mean(), inside.mean(), se, show(q.Natural(nil)))
	}
}

// logBase returns the log-density of the measure that densities are relative to.
func logBase(q families.Distribution, z []float64) float64 {
	if f, ok := q.Family().(families.BaseMeasurer); ok {
		return f.LogBase(z)
	}
	return 0
}

// repeated returns, for each coordinate, the first that has the same value in every
// draw: itself, or an entry of a matrix that is the same by symmetry.
func repeated(zs []float64, d int) []int {
	first := make([]int, d)
	for j := range d {
		for i := range j + 1 {
			same := true
			for k := 0; k < len(zs) && same; k += d {
				same = zs[k+i] == zs[k+j]
			}
			if same {
				first[j] = i
				break
			}
		}
	}
	return first
}

// discrete reports whether draws repeat, and if so compares their frequencies
// with the density.
func (c *checker) discrete(q families.Distribution, zs []float64) bool {
	d := q.Family().Dim()
	n := len(zs) / d
	count := make(map[string]int)
	at := make(map[string]int)
	key := make([]byte, 0, 8*d)
	for k := range n {
		if k == 1000 && len(count) > k/2 {
			return false
		}
		key = key[:0]
		for _, x := range zs[k*d : (k+1)*d] {
			b := math.Float64bits(x)
			for s := 0; s < 64; s += 8 {
				key = append(key, byte(b>>s))
			}
		}
		count[string(key)]++
		at[string(key)] = k
	}
	for key, k := range count {
		i := at[key]
		z := zs[i*d : (i+1)*d]
		p, share := math.Exp(q.LogProb(z)), float64(k)/float64(n)
		// One draw more or less is no evidence about a small p.
		if se := math.Sqrt(math.Max(p*(1-p), 0)/float64(n)) + 1/float64(n); !(math.Abs(share-p) <= maxZ*se) {
			c.errorf("the probability of %s is %.4g, its share of the draws %.4g (± %.1g) at λ = %s", show(z), p, share, se, show(q.Natural(nil)))
		}
	}
	return true
}

// onSimplex reports whether the coordinates of all points add up to 1.
func onSimplex(zs []float64, d int) bool {
	if d < 2 {
		return false
	}
	for ; len(zs) > 0; zs = zs[d:] {
		var sum float64
		for _, x := range zs[:d] {
			sum += x
		}
		if math.Abs(sum-1) > 1e-9 {
			return false
		}
	}
	return true
}
