package asktell

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// largest is the bound of what is told: its square is finite, and so is a sum of squares.
const largest = 1e150

// firstBad returns the index of the first number that is NaN or above the bound, −1 if
// there is none.
func firstBad(x []float64) int {
	if len(x) == 0 || blas64.Asum(vec(x)) <= largest {
		return -1 // nearly always: a pass at the speed of memory
	}
	for i, v := range x {
		if !(math.Abs(v) <= largest) {
			return i
		}
	}
	return -1
}

func vec(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }

func sized(dst []float64, n int) []float64 {
	if dst == nil {
		return make([]float64, n)
	}
	if len(dst) != n {
		panic(badLength)
	}
	return dst
}

// grown returns a slice of n numbers of any value, x itself if it is large enough.
func grown(x []float64, n int) []float64 {
	if cap(x) < n {
		return make([]float64, n)
	}
	return x[:n]
}
