package dataset

import (
	"fmt"
	"math"
)

// Standardizer brings columns to mean 0 and standard deviation 1:
//
//	z_j = (x_j − Mean_j) / SD_j
//
// A constant column, whose SD is 0, becomes a column of zeros, also in data
// where it is not constant: there is nothing to learn about it.
type Standardizer struct {
	Mean, SD []float64
}

// NewStandardizer returns the means and standard deviations, with divisor n, of
// the columns of d.
func NewStandardizer(d *Dataset) *Standardizer {
	e := &d.entries
	lo, hi := e.extremes()
	s := &Standardizer{Mean: make([]float64, e.d), SD: make([]float64, e.d)}
	scale := make([]float64, e.d)
	for j := range scale {
		scale[j] = scaleOf(max(-lo[j], hi[j]))
	}
	// Two passes, and the rounding errors of the first corrected by the second:
	// with m near the mean and r = Σ(x − m), mean = m + r/n.
	n := float64(e.n)
	rows := make([]float64, e.d) // nonzeros in each column of a sparse matrix
	e.each(func(j int, v float64) {
		s.Mean[j] += v * scale[j]
		rows[j]++
	})
	for j := range s.Mean {
		s.Mean[j] /= n
	}
	r := make([]float64, e.d)
	e.each(func(j int, v float64) {
		dev := v*scale[j] - s.Mean[j]
		r[j] += dev
		s.SD[j] += dev * dev
	})
	for j, m := range s.Mean {
		if zeros := n - rows[j]; zeros > 0 {
			r[j] -= zeros * m
			s.SD[j] += zeros * m * m
		}
		s.Mean[j] = (m + r[j]/n) / scale[j]
		s.SD[j] = math.Sqrt(s.SD[j]/n) / scale[j]
		if lo[j] == hi[j] { // rounding may have left an SD of 1e-17
			s.Mean[j], s.SD[j] = lo[j], 0
		}
	}
	return s
}

// scaleOf returns the power of two by which a column with the largest absolute
// value v is multiplied so that its squares neither overflow nor underflow; 1
// but for extreme columns.
func scaleOf(v float64) float64 {
	if v == 0 || 1e-140 < v && v < 1e140 {
		return 1
	}
	_, exp := math.Frexp(v)
	return math.Ldexp(1, min(-exp, 1000))
}

// each calls f with the column and the value of every stored entry.
func (e *entries) each(f func(j int, v float64)) {
	if e.sparse() {
		for k, v := range e.values {
			f(e.indices[k], v)
		}
		return
	}
	for i := range e.n {
		for j, v := range e.dense[i*e.d : (i+1)*e.d] {
			f(j, v)
		}
	}
}

// extremes returns the smallest and the largest value of each column.
func (e *entries) extremes() (lo, hi []float64) {
	lo, hi = make([]float64, e.d), make([]float64, e.d)
	rows := make([]int, e.d)
	e.each(func(j int, v float64) {
		if rows[j] == 0 {
			lo[j], hi[j] = v, v
		}
		lo[j], hi[j] = min(lo[j], v), max(hi[j], v)
		rows[j]++
	})
	for j := range lo {
		if rows[j] < e.n {
			lo[j], hi[j] = min(lo[j], 0), max(hi[j], 0)
		}
	}
	return lo, hi
}

// Constant returns the indices of the constant columns.
func (s *Standardizer) Constant() []int {
	var idx []int
	for j, sd := range s.SD {
		if sd == 0 {
			idx = append(idx, j)
		}
	}
	return idx
}

// Apply returns d with its columns standardised, always with a *models.Dense:
// no zero of a sparse matrix stays a zero when its column is centred. Constant
// columns are named in Notes. The errors are WrongWidth, TooLarge and, for a
// value that is too large in units of SD, NotFinite.
func (s *Standardizer) Apply(d *Dataset) (*Dataset, error) {
	e := &d.entries
	if len(s.Mean) != e.d {
		return nil, &Error{Kind: WrongWidth, File: d.File, Got: fmt.Sprint(e.d), Want: fmt.Sprint(len(s.Mean)),
			Hint: "read new data with Options.Like"}
	}
	if !fitsDense(e.n, e.d) {
		err := tooLarge(e.n, e.d)
		err.File, err.Hint = d.File, "do not standardise sparse data of this size"
		return nil, err
	}
	z := entries{n: e.n, d: e.d, dense: make([]float64, e.n*e.d)}
	e.writeDense(z.dense)
	for i := range z.n {
		row := z.dense[i*z.d : (i+1)*z.d]
		for j, v := range row {
			if s.SD[j] == 0 {
				row[j] = 0
				continue
			}
			row[j] = (v - s.Mean[j]) / s.SD[j]
			if math.IsInf(row[j], 0) { // the difference may overflow
				row[j] = (v/2 - s.Mean[j]/2) / s.SD[j] * 2
			}
			if math.IsInf(row[j], 0) || math.IsNaN(row[j]) {
				return nil, &Error{Kind: NotFinite, File: d.File, Line: d.Lines[i], Name: d.Names()[j],
					Got:  fmt.Sprintf("%g, with mean %g and standard deviation %g", v, s.Mean[j], s.SD[j]),
					Want: "a value that can be standardised"}
			}
		}
	}
	t := d.with(z)
	if constant := s.Constant(); len(constant) > 0 {
		names := d.Names()
		var left []string
		for _, j := range constant {
			left = append(left, names[j])
		}
		t.Notes = append(t.Notes[:len(t.Notes):len(t.Notes)],
			"constant in the standardised data, so left as zeros: "+list(left))
	}
	return t, nil
}

// Coefficients maps the coefficients b of standardised columns, the intercept
// first, to the units of the file, so that both give the same predictor:
//
//	dst_j = b_j / SD_j,   dst_0 = b_0 − Σ_j b_j Mean_j / SD_j
//
// The coefficient of a constant column becomes 0. The length of b is one more
// than the number of columns; a nil dst allocates, and dst may be b.
func (s *Standardizer) Coefficients(dst, b []float64) []float64 {
	dst = s.dst(dst, b, 1)
	b0 := b[0]
	for j, sd := range s.SD {
		if sd == 0 {
			dst[j+1] = 0
			continue
		}
		dst[j+1] = b[j+1] / sd
		b0 -= dst[j+1] * s.Mean[j]
	}
	dst[0] = b0
	return dst
}

// Variances maps the variances of independent coefficients, see Coefficients.
func (s *Standardizer) Variances(dst, v []float64) []float64 {
	dst = s.dst(dst, v, 1)
	v0 := v[0]
	for j, sd := range s.SD {
		if sd == 0 {
			dst[j+1] = 0
			continue
		}
		dst[j+1] = v[j+1] / sd / sd
		r := s.Mean[j] / sd
		v0 += v[j+1] * r * r
	}
	dst[0] = v0
	return dst
}

// Covariance maps the covariance matrix of coefficients, full and row-major,
// see Coefficients: with dst = A b for those, A cov Aᵀ.
func (s *Standardizer) Covariance(dst, cov []float64) []float64 {
	k := len(s.SD) + 1
	dst = s.dst(dst, cov, k)
	// The map is applied to the rows, then to the columns, of which the
	// intercept's needs all the others.
	col := make([]float64, k)
	for i := range k {
		s.Coefficients(dst[i*k:(i+1)*k], cov[i*k:(i+1)*k])
	}
	for j := range k {
		for i := range k {
			col[i] = dst[i*k+j]
		}
		s.Coefficients(col, col)
		for i := range k {
			dst[i*k+j] = col[i]
		}
	}
	return dst
}

func (s *Standardizer) dst(dst, src []float64, rows int) []float64 {
	want := rows * (len(s.SD) + 1)
	if dst == nil {
		dst = make([]float64, want)
	}
	if len(src) != want || len(dst) != want {
		panic(lengthPanic)
	}
	return dst
}

const lengthPanic = "dataset: length differs from the number of columns and an intercept"
