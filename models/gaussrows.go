package models

import (
	"fmt"
	"math"
)

// gaussRows are the rows of a Gaussian mixture, and those of them loaded.
type gaussRows struct {
	n, d, k int
	src     Rows
	y       []float64 // those of src, row-major, if they are in memory
	buf     []float64 // rows read, max×d, if they are not
	err     error     // of reading, since the last Expect or At
	center  []float64
	scale2  []float64 // inverse variances of the columns, 0 of a constant one
	first   []float64 // row 0
	varies  []bool    // columns that are not the same in all rows

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
	g.buf = nil
	if g.y == nil {
		g.buf = make([]float64, g.max*g.d)
	}
	g.quad = newQuadruple(f, g.max)
}

// load takes in the rows and makes the first 1+d statistics of them. Rows that cannot
// be read are NaN, and err says why.
func (g *gaussRows) load(rows []int) {
	g.loaded = len(rows)
	if g.y == nil {
		g.loadRead(rows)
		return
	}
	for i, row := range rows {
		y := g.y[row*g.d : (row+1)*g.d]
		for j, c := range g.center {
			g.cols[j*g.max+i] = y[j] - c
		}
	}
}

func (g *gaussRows) loadRead(rows []int) {
	buf := g.buf[:len(rows)*g.d]
	if err := readRows(g.src, buf, rows); err != nil {
		g.err = err
		fill(buf, math.NaN())
	}
	for i := range rows {
		y := buf[i*g.d : (i+1)*g.d]
		for j, c := range g.center {
			g.cols[j*g.max+i] = y[j] - c
		}
	}
}

// subset returns some of the rows, in memory, with the center and the variances of all.
func (g *gaussRows) subset(idx []int) (gaussRows, error) {
	s := *g
	s.n, s.err = len(idx), nil
	s.y = make([]float64, len(idx)*g.d)
	if err := readRows(g.src, s.y, idx); err != nil {
		return gaussRows{}, err
	}
	s.src = &Dense{s.n, s.d, s.y}
	return s, nil
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

// newGaussRows goes through the rows twice. A Dense is kept.
func newGaussRows(x Rows, k int) (gaussRows, error) {
	n, d := x.Dims()
	if n < 1 || d < 1 {
		return gaussRows{}, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d rows of %d columns", n, d), Want: "at least one of each"}
	}
	g := gaussRows{n: n, d: d, k: k, src: x, center: make([]float64, d), scale2: make([]float64, d), varies: make([]bool, d)}
	if m, ok := x.(*Dense); ok {
		g.y = m.x
	}
	err := eachRow(x, func(y []float64) {
		if g.first == nil {
			g.first = append(g.first, y...)
		}
		for j, v := range y {
			g.center[j] += v / float64(n)
			if v != g.first[j] {
				g.varies[j] = true
			}
		}
	})
	if err != nil {
		return g, err
	}
	rest := make([]float64, d)
	err = eachRow(x, func(y []float64) {
		for j, v := range y {
			v -= g.center[j]
			rest[j] += v / float64(n)
			g.scale2[j] += v * v / float64(n)
		}
	})
	for j, v := range rest { // what rounding left out of the mean
		g.center[j] += v
		if g.scale2[j] > 0 {
			g.scale2[j] = 1 / g.scale2[j]
		}
	}
	return g, err
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
// Rows that cannot be read are at no distance.
func (g *gaussRows) Distance2(i, j int) float64 {
	a, b := g.row(i, 0), g.row(j, 1)
	var sum float64
	for c, s := range g.scale2 {
		v := a[c] - b[c]
		sum += v * v * s
	}
	return sum
}

// row returns row i, read into one of the places of the buffer.
func (g *gaussRows) row(i, place int) []float64 {
	if g.y != nil {
		return g.y[i*g.d : (i+1)*g.d]
	}
	y := g.buf[place*g.d : (place+1)*g.d]
	if err := readRows(g.src, y, []int{i}); err != nil {
		g.err = err
		clear(y)
	}
	return y
}
