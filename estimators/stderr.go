package estimators

import "math"

// roundoff is the standard error reported for estimates that are exact but for
// rounding, of terms of the given magnitude.
func roundoff(magnitude float64) float64 { return 0x1p-50 * magnitude }

// meanStdErr returns the mean of independent x and its standard error.
func meanStdErr(x []float64) (mean, se float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v
	}
	mean /= n
	ss := 0.0
	for _, v := range x {
		ss += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(ss / (n * (n - 1)))
}

// manyFrames is the number of frames from which their spread is a fair
// estimate of the error.
const manyFrames = 10

// frameStdErr returns the standard error of the mean of x, values at antithetic
// pairs from which the quadratic part of the function, in which the rule of
// gaussDraws has no error, was removed.
//
// Few frames say nothing by their spread, and then directions are the units,
// although they are not independent within a frame. The smallest harmonics in
// which the rule errs have degree four, and the correlation of those in
// orthogonal directions is 3/((d−1)(d+1)), the Gegenbauer polynomial at 0:
// the variance is multiplied by 1 + 3/(d+1), which is an upper bound as far as
// the error comes from the radii.
func frameStdErr(x []float64, d int, frames []float64) float64 {
	if k := len(x) / d; k >= manyFrames && d > 1 {
		frames = frames[:k]
		for i := range frames {
			frames[i] = 0
			for _, v := range x[i*d : (i+1)*d] {
				frames[i] += v / float64(d)
			}
		}
		_, se := meanStdErr(frames)
		return se
	}
	_, se := meanStdErr(x)
	if d > 1 {
		se *= math.Sqrt(1 + 3/float64(d+1))
	}
	return se
}
