package models

import (
	"math"
	"math/rand/v2"
)

// Separator is Components that can tell how far apart rows are, for a start.
type Separator interface {
	Components
	// Distance2 returns a squared distance between two rows.
	Distance2(i, j int) float64
}

// startRows is the number of rows above which a start is found from so many of them,
// and startShare that for each component, if it is more.
const (
	startRows  = 10000
	startShare = 100
)

// StartAdder is Components whose AddStats depends on where the fit is, as those do that
// are not conjugate. AddStart takes its place where a fit begins: prior and statistics
// must be the natural parameter of a member of the family.
type StartAdder interface {
	Components
	AddStart(dst, resp []float64)
}

// addStart adds what rows with given responsibilities contribute to the member where a
// fit begins.
func (m *Mixture) addStart(dst, resp []float64) {
	if s, ok := m.comps.(StartAdder); ok {
		s.AddStart(dst, resp)
		return
	}
	m.comps.AddStats(dst, resp)
}

// StartNatural stores in dst the natural parameter at which a fit can begin: the
// posterior if every row belonged for sure to the nearest of K rows drawn at random,
// each with a probability in proportion to its squared distance from those drawn before
// (k-means++, Arthur & Vassilvitskii 2007) for even i, and any row that differs for odd
// ones: the former finds small clusters far out, the latter structure within large
// ones. For Components that are no Separator, a row belongs to a component drawn at
// random. A nil dst allocates.
//
// Of many rows a sample is taken, 10 000 or 100 for each component, which counts for all:
// time and memory do not grow with their number. Where rows cannot be read, dst is the
// prior.
func (m *Mixture) StartNatural(dst []float64, i int, rnd *rand.Rand) []float64 {
	if dst == nil {
		dst = make([]float64, m.NumParams())
	}
	m.GlobalNatural(dst)
	m, err := m.sample(rnd)
	if err != nil {
		return dst
	}
	w, z := m.split(dst)
	spread := 2.0
	if i%2 == 1 {
		spread = 0
	}
	member := m.seed(spread, rnd)
	m.weights.begin()
	for lo := 0; lo < len(member); {
		n := min(m.comps.MaxRows(), len(member)-lo)
		resp := m.load(lo, n)
		clear(resp)
		for i, c := range member[lo : lo+n] {
			resp[c*n+i] = m.scale
			m.weights.counts[c] += m.scale
		}
		m.addStart(z, resp)
		lo += n
	}
	m.weights.addStats(w)
	return dst
}

// sample returns a mixture of a sample of the rows, or m if there are few in memory.
func (m *Mixture) sample(rnd *rand.Rand) (*Mixture, error) {
	n, size := m.NumData(), max(startRows, startShare*m.comps.Num())
	streamed, ok := m.comps.(StreamedComponents)
	if n <= size && !ok || n == 0 {
		return m, nil
	}
	size = min(size, n)
	idx := make([]int, 0, size)
	for i := 0; size == n && i < n; i++ {
		idx = append(idx, m.row(i))
	}
	for i := 0; len(idx) < size; i++ { // without replacement, in order (Fan, Muller & Rezucha 1962)
		if rnd.Float64()*float64(n-i) < float64(size-len(idx)) {
			idx = append(idx, m.row(i))
		}
	}
	f := &Mixture{weights: m.weights.fork(), comps: m.comps, family: m.family}
	f.chosenRows = chosenRows{n: m.n, idx: idx, scale: m.scale * float64(n) / float64(size)}
	if ok {
		c, err := streamed.Subset(idx)
		if err != nil {
			return nil, err
		}
		f.comps, f.n, f.idx, f.all = c, size, nil, true
	}
	f.makeScratch()
	return f, nil
}

// seed returns a component for each row.
func (m *Mixture) seed(spread float64, rnd *rand.Rand) []int {
	n, k := m.NumData(), m.comps.Num()
	member := make([]int, n)
	s, ok := m.comps.(Separator)
	if !ok || n == 0 {
		for i := range member {
			member[i] = rnd.IntN(k)
		}
		return member
	}
	near := make([]float64, n)   // squared distance from the nearest row drawn
	weight := make([]float64, n) // the power of it
	for i := range near {
		near[i] = math.Inf(1)
	}
	next := rnd.IntN(n)
	for c := range k {
		var sum float64
		for i, was := range near {
			if d := s.Distance2(m.row(next), m.row(i)); d < was {
				near[i], member[i] = d, c
				weight[i] = distancePower(d, spread)
			}
			sum += weight[i]
		}
		// With fewer different rows than components the sum is 0, and the others stay empty.
		next = pick(weight, rnd.Float64()*sum)
	}
	return member
}

// distancePower returns the power p of the distance whose square is d, 0 for 0.
func distancePower(d, p float64) float64 {
	switch {
	case d == 0:
		return 0
	case p == 2:
		return d
	}
	return math.Pow(d, 0.5*p)
}

// pick returns the first index at which the running sum of w, which are not negative,
// exceeds u; 0 if none is positive.
func pick(w []float64, u float64) int {
	last := 0
	for i, v := range w {
		if v > 0 {
			last = i
			if u -= v; u < 0 {
				break
			}
		}
	}
	return last
}
