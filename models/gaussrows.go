package models

import (
	"math"
)

// gaussRows are the rows of a Gaussian mixture, and those of them loaded.
type gaussRows struct {
	n, d, k int
	y       []float64 // row-major
	center  []float64
	scale2  []float64 // inverse variances of the columns, 0 of a constant one

	max    int       // rows loaded at once
	loaded int       // of them
	f      int       // statistics of a row
	feats  []float64 // those of the rows loaded, f×max: 1, y less center, and more
	cols   []float64 // the part y of it, d×max
	sums   []float64 // of statistics weighted by responsibilities
	work   []float64 // 2×max
	quad   quadruple
}

// chunkSize is the number of statistics of the rows loaded at once: they stay in the
// cache near a processor.
const chunkSize = 1 << 13

func (g *gaussRows) makeScratch(f int) {
	g.f = f
	g.max = min(max(chunkSize/f, 16), 256) &^ 7
	g.feats = make([]float64, f*g.max)
	fill(g.feats[:g.max], 1)
	g.cols = g.feats[g.max : (1+g.d)*g.max]
	g.sums = make([]float64, g.k*f)
	g.work = make([]float64, 2*g.max)
	g.quad = newQuadruple(f, g.max)
}

// load takes in the rows and makes the first 1+d statistics of them.
func (g *gaussRows) load(rows []int) {
	g.loaded = len(rows)
	for i, row := range rows {
		y := g.y[row*g.d : (row+1)*g.d]
		for j, c := range g.center {
			g.cols[j*g.max+i] = y[j] - c
		}
	}
}

// col returns column j of the rows loaded.
func (g *gaussRows) col(j int) []float64 { return g.cols[j*g.max : j*g.max+g.loaded] }

// feat returns statistic j of the rows loaded.
func (g *gaussRows) feat(j int) []float64 { return g.feats[j*g.max : j*g.max+g.loaded] }

// nearSquare bounds ½|Um|² of the components whose log-density is taken as a linear
// function of the statistics. That is faster than the square of a distance, but has an
// absolute error of the rounding of ½|Um|², here below 1e-12.
const nearSquare = 1 << 11

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

func shift(x []float64, v float64) {
	for i := range x {
		x[i] += v
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
