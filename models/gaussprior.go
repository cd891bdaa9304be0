package models

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// resolvedPrior is a GaussPrior with its defaults filled in.
type resolvedPrior struct {
	κ, ν  float64
	m     []float64 // less the center
	scale []float64
}

// collinear is the share of a column's variance, given the columns before it, below
// which it counts as a function of them.
const collinear = 1e-12

func resolvePrior(p *GaussPrior, c Covariance, g *gaussRows) (resolvedPrior, error) {
	var r resolvedPrior
	if p == nil {
		p = new(GaussPrior)
	}
	bad := func(got, want string) (resolvedPrior, error) {
		return resolvedPrior{}, &DataError{Row: -1, Col: -1, Got: got, Want: want}
	}
	r.κ, r.ν = p.MeanPrecision, p.DoF
	if r.κ == 0 {
		r.κ = 1
	}
	if r.ν == 0 {
		r.ν = float64(g.d)
	}
	least := 0.0
	if c == FullCovariance || c == TiedCovariance {
		least = float64(g.d - 1)
	}
	if !isPositive(r.κ) {
		return bad(fmt.Sprintf("mean precision %v", r.κ), "a positive finite number")
	}
	if !(r.ν-least > 0) || math.IsInf(r.ν, 0) {
		return bad(fmt.Sprintf("%v degrees of freedom", r.ν), fmt.Sprintf("a finite number above %v", least))
	}
	r.m = make([]float64, g.d)
	if p.Mean != nil {
		if len(p.Mean) != g.d {
			return bad(fmt.Sprintf("a prior mean of %d numbers", len(p.Mean)), fmt.Sprint(g.d))
		}
		for j, m := range p.Mean {
			r.m[j] = m - g.center[j]
			if math.IsNaN(r.m[j]) || math.IsInf(r.m[j], 0) {
				return resolvedPrior{}, &DataError{Row: -1, Col: j, Got: fmt.Sprintf("prior mean %v", m), Want: "a finite number"}
			}
		}
	}
	var err error
	if p.Scale == nil {
		r.scale, err = empiricalScale(c, g)
	} else {
		r.scale = append([]float64(nil), p.Scale...)
		err = checkScale(r.scale, c, g.d)
	}
	return r, err
}

// empiricalScale returns the covariance of the rows.
func empiricalScale(c Covariance, g *gaussRows) ([]float64, error) {
	n, d := g.n, g.d
	if n < 2 {
		return nil, &DataError{Row: -1, Col: -1, Got: "one row", Want: "at least two, or the Scale of the prior"}
	}
	for j, varies := range g.varies {
		if !varies && c != SphericalCovariance {
			return nil, &DataError{Row: -1, Col: j, Got: fmt.Sprintf("%v in every row", g.first[j]),
				Want: "values that differ, or the Scale of the prior"}
		}
	}
	cov := make([]float64, d*d)
	row := make([]float64, d)
	err := eachRow(g.src, func(y []float64) {
		for j, v := range y {
			row[j] = v - g.center[j]
		}
		for j, v := range row {
			blas64.Axpy(v/float64(n-1), vec(row[j:]), vec(cov[j*d+j:(j+1)*d]))
		}
	})
	if err != nil {
		return nil, err
	}
	switch c {
	case DiagCovariance:
		return diagonalOf(cov, d), nil
	case SphericalCovariance:
		var mean float64
		for _, v := range diagonalOf(cov, d) {
			mean += v / float64(d)
		}
		if !isPositive(mean) {
			return nil, &DataError{Row: -1, Col: -1, Got: "rows that are all equal", Want: "rows that differ, or the Scale of the prior"}
		}
		return []float64{mean}, nil
	}
	mirror(cov, d)
	return cov, checkMatrix(cov, d, "a column that is a linear function of those before it",
		"linearly independent columns, or the Scale of the prior")
}

func checkScale(scale []float64, c Covariance, d int) error {
	want := map[Covariance]int{FullCovariance: d * d, TiedCovariance: d * d, DiagCovariance: d, SphericalCovariance: 1}[c]
	if len(scale) != want {
		return &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("a Scale of %d numbers", len(scale)), Want: fmt.Sprintf("%d for %v covariances", want, c)}
	}
	if c == FullCovariance || c == TiedCovariance {
		if err := checkMatrix(scale, d, "a Scale that is not positive definite", "a positive definite matrix"); err != nil {
			return err
		}
		for i := range d {
			for j := range i {
				if a, b := scale[i*d+j], scale[j*d+i]; !(math.Abs(a-b) <= 1e-9*math.Sqrt(scale[i*d+i]*scale[j*d+j])) {
					return &DataError{Row: -1, Col: j, Got: fmt.Sprintf("a Scale with %v and %v across the diagonal", a, b), Want: "a symmetric matrix"}
				}
			}
		}
		return nil
	}
	for j, v := range scale {
		if !isPositive(v) {
			return &DataError{Row: -1, Col: j, Got: fmt.Sprintf("Scale %v", v), Want: "a positive finite number"}
		}
	}
	return nil
}

// checkMatrix returns an error if a is not well within the positive definite
// matrices, with the first column that is not.
func checkMatrix(a []float64, d int, got, want string) error {
	l := append([]float64(nil), a...)
	for j := range d {
		pivot := a[j*d+j]
		for k := range j {
			pivot -= l[j*d+k] * l[j*d+k]
		}
		if !(pivot > collinear*a[j*d+j]) || math.IsInf(pivot, 0) {
			return &DataError{Row: -1, Col: j, Got: got, Want: want}
		}
		l[j*d+j] = math.Sqrt(pivot)
		for i := j + 1; i < d; i++ {
			l[i*d+j] = (a[i*d+j] - blas64.Dot(vec(l[i*d:i*d+j]), vec(l[j*d:j*d+j]))) / l[j*d+j]
		}
	}
	return nil
}

func diagonalOf(a []float64, d int) []float64 {
	diag := make([]float64, d)
	for j := range diag {
		diag[j] = a[j*d+j]
	}
	return diag
}

// mirror copies what is above the diagonal of a d×d matrix below it.
func mirror(a []float64, d int) {
	for i := range d {
		for j := range i {
			a[i*d+j] = a[j*d+i]
		}
	}
}

// cholesky replaces the upper triangle of a by U, where a = UᵀU, and returns
// log|a|. It reports false if a is not positive definite.
func cholesky(a []float64, d int) (logDet float64, ok bool) {
	t, ok := lapack64.Potrf(blas64.Symmetric{N: d, Stride: d, Data: a, Uplo: blas.Upper})
	if !ok {
		return 0, false
	}
	for j := range d {
		logDet += 2 * math.Log(t.Data[j*d+j])
	}
	return logDet, !math.IsNaN(logDet)
}
