package models

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// gaussRows are the rows of a Gaussian mixture, and those of them loaded.
type gaussRows struct {
	n, d, k int
	y       []float64 // row-major
	center  []float64
	scale2  []float64 // inverse variances of the columns, 0 of a constant one

	max    int       // rows loaded at once
	loaded int       // of them
	cols   []float64 // loaded rows less center, d×max: column after column
	f      int       // statistics of a row
	feats  []float64 // those, max×f, of which Load makes the first 1+d: 1 and y
	sums   []float64 // of them weighted by responsibilities
	work   []float64 // 2×max
}

// chunkSize is the number of statistics of a chunk of rows: half of what the cache
// near a processor holds.
const chunkSize = 1 << 13

func (g *gaussRows) makeScratch(f int) {
	g.f = f
	g.max = min(max(chunkSize/f, 16), 256)
	g.cols = make([]float64, g.d*g.max)
	g.feats = make([]float64, g.max*f)
	g.sums = make([]float64, g.k*f)
	g.work = make([]float64, 2*g.max)
}

// Load implements Components.
func (g *gaussRows) Load(rows []int) {
	g.loaded = len(rows)
	d := g.d
	for i, row := range rows {
		f := g.feats[i*g.f : i*g.f+1+d]
		f[0] = 1
		f, y := f[1:], g.y[row*d:(row+1)*d]
		for j, c := range g.center {
			f[j] = y[j] - c
		}
		for j, v := range f {
			g.cols[j*g.max+i] = v
		}
	}
}

// col returns column j of the rows loaded.
func (g *gaussRows) col(j int) []float64 { return g.cols[j*g.max : j*g.max+g.loaded] }

// addRows adds Σ_i resp_i feats_i of the rows loaded to dst, for as many of the statistics,
// from the first on. Where few rows take part, it goes from one to the next of them.
func (g *gaussRows) addRows(dst, resp []float64, first int) {
	var some int
	for _, r := range resp {
		if r != 0 {
			some++
			if 2*some > len(resp) {
				break
			}
		}
	}
	if 2*some > len(resp) {
		a := blas64.General{Rows: len(resp), Cols: len(dst), Stride: g.f, Data: g.feats[first:]}
		blas64.Gemv(blas.Trans, 1, a, vec(resp), 1, vec(dst))
		return
	}
	for i, r := range resp {
		if r != 0 {
			at := i*g.f + first
			blas64.Axpy(r, vec(g.feats[at:at+len(dst)]), vec(dst))
		}
	}
}

// sum returns Σ_i resp_ik feats_i of the first f statistics, for each component.
func (g *gaussRows) sum(resp []float64, f int) []float64 {
	sums := g.sums[:g.k*f]
	clear(sums)
	for k := range g.k {
		g.addRows(sums[k*f:(k+1)*f], resp[k*g.loaded:(k+1)*g.loaded], 0)
	}
	return sums
}

// addDistances adds −½ Σ_j p_j (y_j − m_j)² of the rows in cols, d×max, to dst.
func (g *gaussRows) addDistances(dst, cols, p, m []float64) {
	for j, m := range m {
		h := -0.5 * p[j]
		y := cols[j*g.max : j*g.max+g.loaded]
		dst := dst[:len(y)]
		for i, v := range y {
			v -= m
			dst[i] += h * v * v
		}
	}
}

// newGaussRows keeps y, n×d row-major.
func newGaussRows(y []float64, n, d, k int) gaussRows {
	g := gaussRows{n: n, d: d, k: k, y: y, center: make([]float64, d), scale2: make([]float64, d)}
	rest := make([]float64, d)
	for i := range n {
		for j, v := range y[i*d : (i+1)*d] {
			g.center[j] += v / float64(n)
		}
	}
	for i := range n {
		for j, v := range y[i*d : (i+1)*d] {
			v -= g.center[j]
			rest[j] += v / float64(n)
			g.scale2[j] += v * v / float64(n)
		}
	}
	for j, v := range rest { // what rounding left out of the mean
		g.center[j] += v
		if g.scale2[j] > 0 {
			g.scale2[j] = 1 / g.scale2[j]
		}
	}
	return g
}

func fill(x []float64, v float64) {
	for i := range x {
		x[i] = v
	}
}

func isPositive(x float64) bool { return x > 0 && !math.IsInf(x, 1) }

// Distance2 implements Separator. Columns are divided by their standard deviations.
func (g *gaussRows) Distance2(i, j int) float64 {
	a, b := g.y[i*g.d:(i+1)*g.d], g.y[j*g.d:(j+1)*g.d]
	var sum float64
	for c, s := range g.scale2 {
		v := a[c] - b[c]
		sum += v * v * s
	}
	return sum
}
