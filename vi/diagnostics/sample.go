package diagnostics

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// maxDraw is the largest magnitude of a draw: deviations of draws within it do
// not overflow.
const maxDraw = math.MaxFloat64 / 4

// minSpread is the least 1 − Σ w² that is more than rounding error.
const minSpread = 0x1p-52

// Sample is a set of draws with weights, checked and normalised. It refers to
// the draws it was made from, which must not change under it.
type Sample struct {
	x   []float64 // n×dim row-major
	dim int
	w   []float64 // Σ w = 1

	// spread is 1 − Σ w², the factor by which Σ w (x − x̄)² falls short of the
	// variance; 1 − 1/n for equal weights.
	spread float64
}

// NewSample returns the sample of the rows of draws, n×dim row-major, with
// weights proportional to exp(logWeights), or equal ones if logWeights is nil.
// Rows without weight may hold anything, others only finite numbers (ValueError).
// At least two rows need weight (CountError, WeightError).
func NewSample(draws []float64, dim int, logWeights []float64) (*Sample, error) {
	if dim < 1 {
		panic(badDim)
	}
	if len(draws)%dim != 0 {
		panic(badDrawsLength)
	}
	n := len(draws) / dim
	if logWeights != nil && len(logWeights) != n {
		panic(badWeightsLength)
	}
	if n < 2 {
		return nil, &CountError{Of: "draws", Got: n, Want: 2}
	}
	s := &Sample{x: draws, dim: dim, w: make([]float64, n)}
	if logWeights == nil {
		for i := range s.w {
			s.w[i] = 1 / float64(n)
		}
	} else {
		if err := checkLogs("log weight", logWeights); err != nil {
			return nil, err
		}
		sum := floats.LogSumExp(logWeights)
		for i, v := range logWeights {
			s.w[i] = math.Exp(v - sum)
		}
	}
	for i, w := range s.w {
		if w == 0 {
			continue
		}
		for j, v := range draws[i*dim : (i+1)*dim] {
			if !(math.Abs(v) <= maxDraw) {
				return nil, &ValueError{Of: "draw", Index: i, Column: j, Got: v, Want: "a number within ±4e307"}
			}
		}
	}
	s.spread = spread(s.w)
	if s.spread < minSpread {
		return nil, &WeightError{Draws: n, Alone: floats.MaxIdx(s.w)}
	}
	return s, nil
}

// spread returns 1 − Σ w² as Σ w (1 − w), without cancellation where one weight
// is close to one.
func spread(w []float64) float64 {
	m := floats.MaxIdx(w)
	var rest, sum float64
	for i, v := range w {
		if i != m {
			rest += v
			sum += v * (1 - v)
		}
	}
	return sum + w[m]*rest
}

// Len returns the number of draws.
func (s *Sample) Len() int { return len(s.w) }

// Dim returns the number of columns.
func (s *Sample) Dim() int { return s.dim }

// ESS returns the effective sample size of the weights, 1/Σ w².
func (s *Sample) ESS() float64 { return 1 / floats.Dot(s.w, s.w) }

// Moments are the moments of the columns of a Sample.
type Moments struct {
	Mean     []float64
	SD       []float64
	MeanMCSE []float64 // Monte Carlo standard errors of Mean
	SDMCSE   []float64 // Monte Carlo standard errors of SD
}

// Moments returns means and standard deviations,
//
//	x̄ = Σ w x,   s² = Σ w (x − x̄)² / (1 − Σ w²),
//
// with their Monte Carlo standard errors, by the delta method for
// self-normalised weights,
//
//	se(x̄)² = Σ w² (x − x̄)² / (1 − Σ w²)
//	se(s)² = Σ w² ((x − x̄)² − v)² / (4 v (1 − Σ w²)),   v = Σ w (x − x̄)².
//
// For n equal weights s is the sample standard deviation, se(x̄) is s/√n and
// se(s)² is (m₄ − v²)/(4 v (n − 1)) with m₄ the fourth central moment. The errors
// hold for independent draws; draws made to be even, such as antithetic or
// quasi-random ones, have smaller ones.
func (s *Sample) Moments() *Moments {
	d := s.dim
	m := &Moments{
		Mean:     s.Mean(nil),
		SD:       make([]float64, d),
		MeanMCSE: make([]float64, d),
		SDMCSE:   make([]float64, d),
	}
	// Deviations are divided by the largest, as their powers may overflow.
	scale := make([]float64, d)
	s.each(func(w float64, row []float64) {
		for j, v := range row {
			scale[j] = max(scale[j], math.Abs(v-m.Mean[j]))
		}
	})
	for j, v := range scale {
		if v == 0 {
			scale[j] = 1
		}
	}
	variance := make([]float64, d)
	s.each(func(w float64, row []float64) {
		for j, v := range row {
			u := (v - m.Mean[j]) / scale[j]
			variance[j] += w * u * u
			m.MeanMCSE[j] += w * w * u * u
		}
	})
	s.each(func(w float64, row []float64) {
		for j, v := range row {
			u := (v - m.Mean[j]) / scale[j]
			e := w * (u*u - variance[j])
			m.SDMCSE[j] += e * e
		}
	})
	for j, v := range variance {
		m.SD[j] = scale[j] * math.Sqrt(v/s.spread)
		m.MeanMCSE[j] = scale[j] * math.Sqrt(m.MeanMCSE[j]/s.spread)
		if v > 0 {
			m.SDMCSE[j] = scale[j] * math.Sqrt(m.SDMCSE[j]/(4*v*s.spread))
		}
	}
	return m
}

// Mean stores the weighted means of the columns in dst, of length Dim, and
// returns it; a nil dst is allocated.
func (s *Sample) Mean(dst []float64) []float64 {
	dst = sized(dst, s.dim)
	clear(dst)
	for i, w := range s.w {
		if w > 0 {
			floats.AddScaled(dst, w, s.row(i))
		}
	}
	return dst
}

// Covariance stores the weighted covariance matrix
//
//	Σ w (x − x̄)(x − x̄)ᵀ / (1 − Σ w²)
//
// in dst, dim×dim row-major, and returns it; a nil dst is allocated. An entry
// that overflows gives a ValueError.
func (s *Sample) Covariance(dst []float64) ([]float64, error) {
	d := s.dim
	dst = sized(dst, d*d)
	clear(dst)
	mean := s.Mean(nil)
	dev := make([]float64, d)
	for i, w := range s.w {
		if w == 0 {
			continue
		}
		floats.SubTo(dev, s.row(i), mean)
		for j, v := range dev {
			floats.AddScaled(dst[j*d:j*d+j+1], w*v/s.spread, dev[:j+1])
		}
	}
	for j := range d {
		for k := range j + 1 {
			v := dst[j*d+k]
			if !isFinite(v) {
				return nil, &ValueError{Of: "covariance", Index: j, Column: k, Got: v, Want: "a finite number: rescale the draws"}
			}
			dst[k*d+j] = v
		}
	}
	return dst, nil
}

// each calls f with every row that has weight.
func (s *Sample) each(f func(w float64, row []float64)) {
	for i, w := range s.w {
		if w > 0 {
			f(w, s.row(i))
		}
	}
}

func (s *Sample) row(i int) []float64 { return s.x[i*s.dim : (i+1)*s.dim] }

// sized returns dst, or a new slice of length n if it is nil.
func sized(dst []float64, n int) []float64 {
	if dst == nil {
		return make([]float64, n)
	}
	if len(dst) != n {
		panic(badDstLength)
	}
	return dst
}
