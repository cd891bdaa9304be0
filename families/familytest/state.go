package familytest

import (
	"sync"

	"natgrad/families"
)

// state checks that a member is its λ and nothing else: neither what it was
// before, nor what other members of the family do, is to be seen in it.
func (c *checker) state() {
	used := c.f.New()
	for i, m := range c.members {
		fresh := c.f.New()
		fresh.SetNatural(m.λ)
		used.SetNatural(m.λ)
		list, listUsed := c.methods(m, fresh), c.methods(m, used)
		c.sameArgs(list, listUsed)
		want := snapshot(list)
		if got := snapshot(listUsed); !sameBits(got, want) {
			c.errorf("a member that was used before differs from a new one at λ = %s: %s", show(m.λ), differing(list, want, got))
		}
		used.SetNatural(c.members[(i+1)%len(c.members)].λ)
		snapshot(listUsed)
		if got := snapshot(list); !sameBits(got, want) {
			c.errorf("setting one member changes another at λ = %s: %s", show(m.λ), differing(list, want, got))
		}
		used.SetMean(m.μ)
		snapshot(listUsed)
		used.SetNatural(m.λ)
		if got := snapshot(listUsed); !sameBits(got, want) {
			c.errorf("a member that was set by SetMean before differs from a new one at λ = %s: %s", show(m.λ), differing(list, want, got))
		}
	}
	c.concurrent()
}

// sameArgs gives b the arguments of a, some of which are random.
func (c *checker) sameArgs(a, b []method) {
	for i := range b {
		for k := b[i].writes; k < len(b[i].args); k++ {
			b[i].args[k] = a[i].args[k]
		}
	}
}

// concurrent uses the family from several goroutines, for the race detector too.
func (c *checker) concurrent() {
	m := c.members[1]
	z := m.q.Rand(nil, c.rnd)
	want := snapshotOf(c.f, m.λ, z)
	const workers = 4
	got := make([][]float64, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for range 4 {
				got[w] = snapshotOf(c.f, m.λ, z)
			}
		})
	}
	wg.Wait()
	for _, s := range got {
		if !sameBits(s, want) {
			c.errorf("members that are used in other goroutines differ at λ = %s", show(m.λ))
			return
		}
	}
}

func snapshotOf(f families.Family, λ families.Natural, z []float64) []float64 {
	q := f.New()
	q.SetNatural(λ)
	s := append([]float64{q.LogPartition(), q.Entropy(), q.LogProb(z)}, q.Mean(nil)...)
	s = append(s, f.SufficientStats(nil, z)...)
	return append(s, q.FisherSolve(nil, q.Mean(nil))...)
}
