package estimators

import (
	"math/rand/v2"

	exprand "golang.org/x/exp/rand"
)

// Stream names the randomness of one estimate: equal streams give equal draws.
type Stream struct {
	Seed uint64 // of the run
	Iter uint64 // iteration, counted from 0
}

// Rng is a generator that can be moved to the start of any stream without
// allocating.
type Rng struct {
	*rand.Rand
	src exprand.PCGSource
}

// NewRng returns a generator at the start of sub-stream 0 of the zero Stream.
func NewRng() *Rng {
	r := new(Rng)
	r.Rand = rand.New(&r.src)
	r.Seek(Stream{}, 0)
	return r
}

// Seek moves r to the start of a sub-stream of at, one for each sample or
// shard. Neighbouring streams are unrelated: the three numbers are mixed
// before they become a seed, because the source's own seeding is nearly linear
// and neighbouring seeds would give correlated first draws.
func (r *Rng) Seek(at Stream, sub uint64) {
	h := mix(at.Seed + 0x9e3779b97f4a7c15)
	h = mix(h ^ (at.Iter + 0xbf58476d1ce4e5b9))
	h = mix(h ^ (sub + 0x94d049bb133111eb))
	r.src.Seed(h)
}

// mix is the finaliser of SplitMix64 (Steele, Lea & Flood 2014).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
