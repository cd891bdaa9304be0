package estimators

import "math/bits"

// permutation is a pseudorandom bijection of [0, n) in constant memory: a Feistel
// network over an even number of bits (Luby & Rackoff 1988), whose values that are n or
// more are put in again until they are not (cycle walking, Black & Rogaway 2002).
type permutation struct {
	n    uint64
	half int // bits of one half
	keys [feistelRounds]uint64
}

const (
	feistelRounds = 8
	// minHalf keeps the network from being so small that few permutations are possible.
	minHalf = 4
)

// init draws the permutation of n values.
func (p *permutation) init(n int, rng *Rng) {
	p.n = uint64(n)
	p.half = max(minHalf, (bits.Len64(p.n-1)+1)/2)
	for i := range p.keys {
		p.keys[i] = rng.Uint64()
	}
}

// at returns the image of i. Fewer than four networks are needed on average, but for
// n below 64.
func (p *permutation) at(i int) int {
	mask := uint64(1)<<p.half - 1
	x := uint64(i)
	for {
		l, r := x>>p.half, x&mask
		for _, k := range p.keys {
			l, r = r, l^mix(k^r)&mask
		}
		if x = l<<p.half | r; x < p.n {
			return int(x)
		}
	}
}
