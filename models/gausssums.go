package models

import (
	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/models/internal/lanes"
)

// quadruple are four components, which are worked on at once.
type quadruple struct {
	k     [4]int
	n     int          // of them in use
	rows  [4][]float64 // the part of each of a K×n matrix
	θ     []float64    // 4f, component by component within a statistic
	spare [3][]float64 // rows of those not in use
}

func newQuadruple(f, max int) quadruple {
	q := quadruple{θ: make([]float64, 4*f)}
	for i := range q.spare {
		q.spare[i] = make([]float64, max)
	}
	return q
}

// add takes in component k and its row, and reports whether that makes four.
func (q *quadruple) add(k int, row []float64) bool {
	q.k[q.n], q.rows[q.n] = k, row
	q.n++
	return q.n == 4
}

// pad fills the places not in use.
func (q *quadruple) pad() {
	n := len(q.rows[0])
	for i := q.n; i < 4; i++ {
		q.k[i], q.rows[i] = q.k[0], q.spare[i-1][:n]
		clear(q.rows[i])
	}
}

// addLinear adds ⟨θ_k, statistics⟩ of the rows loaded to dst, K×loaded, for the
// components that use selects. θ is K×f.
func (g *gaussRows) addLinear(dst, θ []float64, use []bool) {
	q := &g.quad
	q.n = 0
	flush := func() {
		q.pad()
		for i, k := range q.k {
			for j, t := range θ[k*g.f : (k+1)*g.f] {
				q.θ[4*j+i] = t
			}
		}
		lanes.Combine(&q.rows, q.θ, g.feats, g.max)
		q.n = 0
	}
	for k := range g.k {
		if use[k] && q.add(k, dst[k*g.loaded:(k+1)*g.loaded]) {
			flush()
		}
	}
	if q.n > 0 {
		flush()
	}
}

// sum returns Σ_i resp_ik of the first f statistics, for each component.
func (g *gaussRows) sum(resp []float64, f int) []float64 {
	sums := g.sums[:g.k*f]
	clear(sums)
	q := &g.quad
	q.n = 0
	flush := func() {
		q.pad()
		lanes.Dots(q.θ[:4*f], &q.rows, g.feats, g.max)
		for i, k := range q.k[:q.n] {
			for j := range f {
				sums[k*f+j] = q.θ[4*j+i]
			}
		}
		q.n = 0
	}
	for k := range g.k {
		row := resp[k*g.loaded : (k+1)*g.loaded]
		if few(row) {
			g.addFew(sums[k*f:(k+1)*f], row, 0)
		} else if q.add(k, row) {
			flush()
		}
	}
	if q.n > 0 {
		flush()
	}
	return sums
}

// few reports whether so few rows take part that it is faster to go from one to the
// next.
func few(resp []float64) bool {
	var some int
	for _, r := range resp {
		if r != 0 {
			some++
			if 8*some > len(resp) {
				return false
			}
		}
	}
	return true
}

// addFew adds Σ_i resp_i of the statistics of the rows loaded to dst, for as many of
// them, from the first on.
func (g *gaussRows) addFew(dst, resp []float64, first int) {
	feats := g.feats[first*g.max:]
	for i, r := range resp {
		if r != 0 {
			blas64.Axpy(r, blas64.Vector{N: len(dst), Inc: g.max, Data: feats[i:]}, vec(dst))
		}
	}
}

// addRows is addFew for any number of rows.
func (g *gaussRows) addRows(dst, resp []float64, first int) {
	for j := range dst {
		dst[j] += blas64.Dot(vec(resp), vec(g.feat(first+j)))
	}
}
