package models

import (
	"fmt"
	"math"
)

// columnRows are the rows of a mixture whose components treat columns apart, and
// those of them loaded.
type columnRows struct {
	n, d, k int
	y       []float64 // row-major
	max     int       // rows loaded at once
	loaded  int
	cols    []float64 // of the rows loaded, d×max
	base    []float64 // Σ_j of b(y_ij), which no component changes
	rowBase []float64 // of the rows loaded
}

// newColumnRows keeps x. check says what is wrong with a value, nil if it can be observed,
// and b is the part of its log-density that is the same for all components.
func newColumnRows(x *Dense, k int, check func(col int, y float64) (want string), b func(col int, y float64) float64) (columnRows, error) {
	n, d := x.Dims()
	r := columnRows{n: n, d: d, k: k, y: x.RawData(), base: make([]float64, n)}
	if k < 1 {
		return r, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d components", k), Want: "at least 1"}
	}
	for i := range n {
		for j, v := range r.y[i*d : (i+1)*d] {
			if want := check(j, v); want != "" {
				return r, &DataError{Row: i, Col: j, Got: fmt.Sprint(v), Want: want}
			}
			r.base[i] += b(j, v)
		}
	}
	r.makeScratch()
	return r, nil
}

func (r *columnRows) makeScratch() {
	r.max = min(max(chunkSize/max(r.d, r.k), 16), 256)
	r.cols, r.rowBase = make([]float64, r.d*r.max), make([]float64, r.max)
}

func (r *columnRows) load(rows []int) {
	r.loaded = len(rows)
	for i, row := range rows {
		r.rowBase[i] = r.base[row]
		for j, v := range r.y[row*r.d : (row+1)*r.d] {
			r.cols[j*r.max+i] = v
		}
	}
}

func (r *columnRows) col(j int) []float64 { return r.cols[j*r.max : j*r.max+r.loaded] }

// of returns the part of a K×loaded matrix that is of component k.
func (r *columnRows) of(a []float64, k int) []float64 { return a[k*r.loaded : (k+1)*r.loaded] }

// Num, NumData and MaxRows implement Components.
func (r *columnRows) Num() int     { return r.k }
func (r *columnRows) NumData() int { return r.n }
func (r *columnRows) MaxRows() int { return r.max }

// columnMeans returns the means of the columns.
func (r *columnRows) columnMeans() []float64 {
	mean := make([]float64, r.d)
	for i, v := range r.y {
		mean[i%r.d] += v / float64(r.n)
	}
	return mean
}

// maxCount is the largest count that float64 tells from the next.
const maxCount = 1 << 53

// isCount returns what is wanted in place of y, "" if it is a count.
func isCount(y float64) string {
	if !(y >= 0 && y <= maxCount) || y != math.Trunc(y) {
		return "a count 0, 1, 2, …"
	}
	return ""
}

// names returns name[k,j] for each component and column, and what.
func (r *columnRows) names(what ...string) []string {
	names := make([]string, 0, r.k*r.d*len(what))
	for k := range r.k {
		for j := range r.d {
			for _, w := range what {
				names = append(names, fmt.Sprintf("%s[%d,%d]", w, k+1, j+1))
			}
		}
	}
	return names
}
