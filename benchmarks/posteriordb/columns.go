package posteriordb

import (
	"fmt"
	"math"

	"natgrad/models"
)

// column makes one column of a design, or the response, from the data.
type column func(d *Data) []float64

// designOf returns the matrix of n rows that has these columns.
func designOf(d *Data, n int, columns []column) (models.Matrix, error) {
	k := len(columns)
	x := make([]float64, n*k)
	for j, c := range columns {
		v := c(d)
		if d.Err() != nil {
			return nil, d.Err()
		}
		if len(v) != n {
			return nil, fmt.Errorf("column %d of the design has length %d, the response %d", j+1, len(v), n)
		}
		for i := range v {
			x[i*k+j] = v[i]
		}
	}
	return d.dense(x, n, k), d.Err()
}

func raw(name string) column { return func(d *Data) []float64 { return d.Vector(name) } }

func elementwise(c column, f func(float64) float64) column {
	return func(d *Data) []float64 {
		x := c(d)
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = f(v)
		}
		return y
	}
}

func logOf(c column) column   { return elementwise(c, math.Log) }
func log10Of(c column) column { return elementwise(c, math.Log10) }

func minus(c column, v float64) column {
	return elementwise(c, func(x float64) float64 { return x - v })
}

// is returns 1 where c has the value v, else 0.
func is(c column, v float64) column {
	return elementwise(c, func(x float64) float64 {
		if x == v {
			return 1
		}
		return 0
	})
}

// one returns 1 for every element of c, half c/2.
func one(c column) column { return elementwise(c, func(float64) float64 { return 1 }) }

func half(c column) column { return elementwise(c, func(x float64) float64 { return x / 2 }) }

func pairs(a, b column, f func(a, b float64) float64) column {
	return func(d *Data) []float64 {
		x, y := a(d), b(d)
		z := make([]float64, min(len(x), len(y)))
		for i := range z {
			z[i] = f(x[i], y[i])
		}
		return z
	}
}

func times(a, b column) column {
	return pairs(a, b, func(a, b float64) float64 { return a * b })
}

func over(a, b column) column {
	return pairs(a, b, func(a, b float64) float64 { return a / b })
}

// centred subtracts the mean.
func centred(c column) column {
	return func(d *Data) []float64 {
		mean, _ := meanSD(c(d), 1)
		return minus(c, mean)(d)
	}
}

// standardised subtracts the mean and divides by the standard deviation, with the
// divisor N − 1.
func standardised(c column) column { return scaled(c, 1) }

// scaled is standardised with the divisor N − ddof.
func scaled(c column, ddof int) column {
	return func(d *Data) []float64 {
		mean, sd := meanSD(c(d), ddof)
		return elementwise(c, func(x float64) float64 { return (x - mean) / sd })(d)
	}
}

func meanSD(x []float64, ddof int) (mean, sd float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / float64(len(x)-ddof))
}
