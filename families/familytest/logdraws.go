package familytest

import (
	"math"

	"natgrad/families"
)

// logDraws compares LogRand with Rand and, where T holds log z, with μ. It may
// be used where draws underflow.
func (c *checker) logDraws(m *member) {
	q, ok := m.q.(families.LogRander)
	if !ok {
		return
	}
	logs, direct := make([]sample, c.d), make([]sample, c.d)
	logs2, direct2 := make([]sample, c.d), make([]sample, c.d)
	z := make([]float64, c.d)
	beyond := false
	// A scale on which squares say something.
	first := q.LogRand(nil, c.rnd)
	for range draws {
		for j, x := range q.LogRand(z, c.rnd) {
			if !isFinite(x) {
				c.errorf("LogRand draws %g at λ = %s", x, show(m.λ))
				return
			}
			logs[j].add(x - first[j])
			logs2[j].add((x - first[j]) * (x - first[j]))
		}
		for j, x := range q.Rand(z, c.rnd) {
			l := math.Log(x)
			beyond = beyond || !(x > 0x1p-1000 && x < 0x1p1000) // 0 or +Inf, or in place of it
			direct[j].add(l - first[j])
			direct2[j].add((l - first[j]) * (l - first[j]))
		}
	}
	for j, stat := range c.logStats() {
		if stat.i >= 0 {
			want, got := stat.sign*m.μ[stat.i], logs[j].mean()+first[j]
			if z := (got - want) / m.sd[stat.i] * math.Sqrt(draws); !(math.Abs(z) <= maxZ) {
				c.errorf("the mean of LogRand is %.3g standard errors from E[log z_%d] at λ = %s", z, j, show(m.λ))
			}
			s := sample{n: logs[j].n, sum: logs[j].sum, square: logs[j].square}
			mean := s.mean()
			if ratio := (s.square/s.n - mean*mean) / m.fisher[stat.i][stat.i]; !(ratio > 0.7 && ratio < 1.4) {
				c.errorf("the variance of LogRand is %.3g times that of log z_%d at λ = %s", ratio, j, show(m.λ))
			}
		}
		if beyond {
			continue
		}
		for _, x := range []struct {
			what string
			a, b sample
		}{{"mean", logs[j], direct[j]}, {"mean square", logs2[j], direct2[j]}} {
			if e, se := x.a.mean()-x.b.mean(), math.Hypot(x.a.stdErr(), x.b.stdErr()); !(math.Abs(e) <= maxZ*se) {
				c.errorf("the %s of LogRand exceeds that of the logarithm of Rand by %.3g ± %.1g in place %d at λ = %s", x.what, e, se, j, show(m.λ))
			}
		}
	}
}

// logStat says that T_i = sign·log z_j.
type logStat struct {
	i    int // −1 if there is none
	sign float64
}

// logStats finds the statistics that are ± the logarithm of a coordinate.
func (c *checker) logStats() []logStat {
	stats := make([]logStat, c.d)
	for j := range stats {
		stats[j] = logStat{i: -1}
	candidates:
		for k := range 2 * c.n {
			s := logStat{k / 2, 1 - 2*float64(k%2)}
			for range 4 {
				z := c.members[0].q.Rand(nil, c.rnd)
				if t := c.f.SufficientStats(nil, z)[s.i]; !near(t, s.sign*math.Log(z[j]), 1e-12, math.Abs(t)) {
					continue candidates
				}
			}
			stats[j] = s
			break
		}
	}
	return stats
}
