package familytest

import (
	"math"
	"slices"

	"natgrad/families"
)

// refusals checks that the setters refuse what is illegal, and leave the
// receiver as it was, to the last bit.
func (c *checker) refusals(m *member) {
	q := c.f.New()
	q.SetNatural(m.λ)
	// A member set by its mean need not be what its λ would make: go on from it.
	for _, from := range []string{"SetNatural", "SetMean"} {
		if from == "SetMean" && !q.SetMean(m.μ) {
			return // said before
		}
		list := c.methods(m, q)
		before := snapshot(list)
		restore := func() {
			if q.SetNatural(m.λ); from == "SetMean" {
				q.SetMean(m.μ)
			}
			before = snapshot(list)
		}
		still := func(what string, args ...[]float64) {
			if after := snapshot(list); !sameBits(before, after) {
				c.errorf("a refusal of %s changed the receiver, set by %s: %s", what, from, differing(list, before, after))
				restore()
			}
			for _, a := range args {
				a[0]++ // in case the receiver kept the slice
			}
		}
		for i := range list {
			f := &list[i]
			if !f.sets {
				continue
			}
			for k, a := range f.args {
				for j := range a {
					for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
						bad := slices.Clone(a)
						bad[j] = x
						if f.call(withArg(f.args, k, bad))[0] != 0 {
							c.errorf("%s accepts %g in place %d of argument %d", f.name, x, j, k+1)
							restore()
							continue
						}
						still(f.name+" of a vector that is not finite", bad)
					}
				}
			}
		}
		c.outside(m, q, restore, still)
		if len(c.errs) > 0 {
			return
		}
	}
}

// outside goes along lines in λ and μ until a setter refuses. What is accepted
// on the way has to be a member.
func (c *checker) outside(m *member, q families.Distribution, restore func(), still func(what string, args ...[]float64)) {
	for _, dir := range m.dirs {
		for t := 1.0; t < 0x1p20; t *= 2 {
			for _, t := range []float64{t, -t} {
				λ := along(m.λ, t, dir.v)
				if q.SetNatural(λ) {
					got := q.Natural(nil)
					for i, want := range λ {
						if !near(got[i], want, 1e-12, math.Abs(want)) {
							c.errorf("SetNatural accepts %s and makes it %s", show(λ), show(got))
							return
						}
					}
					c.proper("SetNatural", q, λ)
					restore()
				} else {
					still("SetNatural of "+show(λ), λ)
				}
				μ := along(m.μ, t, dir.g)
				if q.SetMean(μ) {
					got, rounded := q.Mean(nil), q.FisherMulVec(nil, along(make(families.Natural, c.n), ulps, q.Natural(nil)))
					for i, want := range μ {
						if !near(got[i], want, 1, 1e-6*(math.Abs(want)+math.Abs(t)*m.sd[i])+math.Abs(rounded[i])) {
							c.errorf("SetMean accepts %s and makes it %s", show(μ), show(got))
							return
						}
					}
					c.proper("SetMean", q, μ)
					restore()
				} else {
					still("SetMean of "+show(μ), μ)
				}
				if len(c.errs) > 0 {
					return
				}
			}
		}
	}
}

// proper checks that what a setter accepted has finite properties.
func (c *checker) proper(setter string, q families.Distribution, x []float64) {
	if a, h, μ := q.LogPartition(), q.Entropy(), q.Mean(nil); !isFinite(a) || !isFinite(h) || !allFinite(μ) {
		c.errorf("%s accepts %s, and says A = %g, entropy %g, μ = %s", setter, show(x), a, h, show(μ))
	}
}
