package models

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

var (
	_ PartReporter = (*Mixture)(nil)
	_ Rearranger   = (*Mixture)(nil)
)

// PartRows implements PartReporter. It reads the parameters of the weights, without a look
// at the rows, which may be on a disk.
func (m *Mixture) PartRows(λ []float64) []float64 {
	rows := make([]float64, m.comps.Num())
	w, _ := m.split(λ)
	m.weights.rows(rows, w, float64(m.NumData())*m.scale)
	return rows
}

// eachBlock calls f with the responsibilities of n rows from lo on, component by
// component and times the scale of a batch, as if the component without did not exist.
func (m *Mixture) eachBlock(without int, f func(lo, n int, resp []float64)) {
	for lo, hi := 0, m.NumData(); lo < hi; {
		n := min(m.comps.MaxRows(), hi-lo)
		resp := m.load(lo, n)
		if without >= 0 {
			fill(resp[without*n:(without+1)*n], math.Inf(-1))
		}
		m.responsibilities(resp, n)
		f(lo, n, resp)
		lo += n
	}
}

// move is what becomes of the components of a mixture.
type move struct {
	drop  int   // leaves its rows to the others; −1: none
	split int   // gives drop those of its rows that are nearer to row b than to a; −1: none
	a, b  int   // rows, −1: rows change at random
	order []int // of the components, nil: as they are
}

// apply stores in dst the posterior of responsibilities after a move, and their sums in
// counts.
func (m *Mixture) apply(dst, counts []float64, v move, rnd *rand.Rand) {
	m.GlobalNatural(dst)
	w, z := m.split(dst)
	k := m.comps.Num()
	near, _ := m.comps.(Separator)
	clear(counts)
	ordered := make([]float64, len(m.lp))
	m.eachBlock(v.drop, func(lo, n int, resp []float64) {
		if v.split >= 0 {
			from, to := resp[v.split*n:(v.split+1)*n], resp[v.drop*n:(v.drop+1)*n]
			for i := range n {
				var goes bool
				if v.a < 0 {
					goes = rnd.IntN(2) == 0
				} else {
					row := m.row(lo + i)
					goes = near.Distance2(row, m.row(v.b)) < near.Distance2(row, m.row(v.a))
				}
				if goes {
					to[i], from[i] = from[i], 0
				}
			}
		}
		if v.order != nil {
			for j, c := range v.order {
				copy(ordered[j*n:(j+1)*n], resp[c*n:(c+1)*n])
			}
			resp = ordered[:k*n]
		}
		for j := range counts {
			for _, r := range resp[j*n : (j+1)*n] {
				counts[j] += r
			}
		}
		m.addStart(z, resp)
	})
	copy(m.weights.counts, counts)
	m.weights.addStats(w)
}

// byRows returns the components in the order of falling counts, under which the ELBO of
// sticks is the highest (Kurihara, Welling & Teh 2007, §4), and whether it is another.
func byRows(counts []float64) (order []int, other bool) {
	order = make([]int, len(counts))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(counts[b], counts[a]) })
	return order, !slices.IsSorted(order)
}

// emptyPart is the number of rows below which a component is free for others.
const emptyPart = 1

// Rearrange implements Rearranger. Sticks are put in the order of falling numbers of
// rows; under a Dirichlet all orders are alike. Other i drop a component, which leaves
// its rows to the rest, or split one in two, those rows together that are nearer to one
// of two of its rows drawn at random, for which a component with less than one row is
// taken or another one is dropped (Ueda, Nakano, Ghahramani & Hinton 2000, Neural
// Computation 12, 2109).
func (m *Mixture) Rearrange(dst, λ, μ []float64, i int, rnd *rand.Rand) (ok bool) {
	k := m.comps.Num()
	if k == 1 || !m.Expect(λ, μ) {
		return false
	}
	m.weights.begin()
	m.eachBlock(-1, func(int, int, []float64) {})
	counts := append([]float64(nil), m.weights.counts...)
	if i == 0 {
		order, other := byRows(counts)
		if !other || m.weights.kind == DirichletWeights {
			return false
		}
		m.apply(dst, counts, move{drop: -1, split: -1, order: order}, rnd)
		return true
	}
	v, ok := m.propose(counts, i, rnd)
	if !ok {
		return false
	}
	m.apply(dst, counts, v, rnd)
	if order, other := byRows(counts); other && m.weights.kind != DirichletWeights && v.a >= 0 {
		v.order = order
		m.apply(dst, counts, v, rnd)
	}
	return true
}

// propose returns the i-th move, of components with the counts given.
func (m *Mixture) propose(counts []float64, i int, rnd *rand.Rand) (v move, ok bool) {
	var full []int
	free := 0
	for k, c := range counts {
		if c >= emptyPart*m.scale {
			full = append(full, k)
		}
		if c < counts[free] {
			free = k
		}
	}
	v = move{drop: -1, split: -1, a: -1, b: -1}
	if len(full) == 0 {
		return v, false
	}
	some := func() int { return full[rnd.IntN(len(full))] }
	if i%4 == 0 && len(full) > 1 { // drop only
		v.drop = some()
		return v, true
	}
	v.split, v.drop = some(), free
	if counts[free] >= emptyPart*m.scale || i%4 == 1 && len(full) > 1 {
		for v.drop = some(); v.drop == v.split; v.drop = some() {
		}
	}
	return m.seedSplit(v, i, rnd), true
}

// seedSplit draws the two rows about which a component is split: each in proportion to
// its responsibility, the second for every other move also to its squared distance from
// the first.
func (m *Mixture) seedSplit(v move, i int, rnd *rand.Rand) move {
	near, ok := m.comps.(Separator)
	if !ok {
		return v
	}
	weight := make([]float64, m.NumData())
	var sum float64
	m.eachBlock(v.drop, func(lo, n int, resp []float64) {
		for j, r := range resp[v.split*n : (v.split+1)*n] {
			weight[lo+j] = r
			sum += r
		}
	})
	v.a = pick(weight, rnd.Float64()*sum)
	sum = 0
	for j := range weight {
		d := near.Distance2(m.row(v.a), m.row(j))
		weight[j] *= distancePower(d, float64(i/4%2*2))
		sum += weight[j]
	}
	v.b = pick(weight, rnd.Float64()*sum)
	return v
}

// Relabel implements Rearranger: components are alike that have rows in common.
func (m *Mixture) Relabel(dst, λ, μ, λʹ, μʹ []float64) (ok bool) {
	k := m.comps.Num()
	other := m.fork()
	if !m.Expect(λ, μ) || !other.Expect(λʹ, μʹ) {
		return false
	}
	common := make([]float64, k*k) // Σ_i r′_ia r_ib
	m.eachBlock(-1, func(lo, n int, resp []float64) {
		respʹ := other.load(lo, n)
		other.responsibilities(respʹ, n)
		for a := range k {
			for b := range k {
				for i, r := range respʹ[a*n : (a+1)*n] {
					common[a*k+b] += r * resp[b*n+i]
				}
			}
		}
	})
	order := make([]int, k)
	for range k {
		best, at := -1.0, 0
		for i, c := range common {
			if c > best {
				best, at = c, i
			}
		}
		a, b := at/k, at%k
		order[a] = b
		for j := range k {
			common[a*k+j], common[j*k+b] = -1, -1
		}
	}
	m.apply(dst, make([]float64, k), move{drop: -1, split: -1, order: order}, nil)
	return true
}
