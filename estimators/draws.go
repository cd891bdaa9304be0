package estimators

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/families"
)

// gaussDraws are antithetic draws z = m ± S^{-1/2} r u of a Gaussian, with
// directions u that are orthonormal within frames of at most d.
//
// With K ≥ d directions, a multiple of d, the frames are whole and
//
//	E f ≈ f(m) + 1/K ∑ w_k ((f(z₊) + f(z₋))/2 − f(m)),   w = d/r²,   r² ~ χ²(d+2).
//
// The weight makes up for the two degrees of freedom that the law of r² has in
// excess of a normal draw's, so that the rule has no bias; and because ∑ w r² u uᵀ
// over a frame is d I, it is exact for quadratic and cubic f. This is the
// stochastic spherical-radial rule of degree three of Genz & Monahan (1998, SIAM
// J. Sci. Comput. 19, 426). Whitening the sample, the usual way to exact second
// moments, has a bias of order 1/K instead.
//
// With K < d directions no rule can be exact for all quadratics; then r² ~ χ²(d),
// w = 1 and f(m) is not needed. Directions may then also be independent.
type gaussDraws struct {
	d, k  int
	exact bool // whole frames
	block int  // directions in a frame

	loc   []float64
	disp  []float64 // K×d: S^{-1/2} r u
	r2, w []float64
	w0    float64 // weight of f(m): 1 − mean of w, 0 if not exact

	u, v, t []float64 // scratch
	rng     *Rng
}

// directions returns the number of antithetic pairs for a number of draws.
func directions(d, draws int) int {
	k := max(2, (draws+1)/2)
	if k >= d {
		k = (k + d - 1) / d * d
	}
	return k
}

func (g *gaussDraws) resize(d, draws int) {
	g.d, g.k = d, directions(d, draws)
	g.exact = g.k >= d
	g.block = d
	g.loc = resize(g.loc, d)
	g.disp = resize(g.disp, g.k*d)
	g.r2 = resize(g.r2, g.k)
	g.w = resize(g.w, g.k)
	g.u = resize(g.u, min(g.k, d)*d)
	g.v = resize(g.v, d)
	g.t = resize(g.t, d)
	if g.rng == nil {
		g.rng = NewRng()
	}
}

// fill makes the draws of one estimate. Each frame has a sub-stream.
func (g *gaussDraws) fill(q families.Gaussian, at Stream) {
	d := g.d
	q.Loc(g.loc)
	sumW := 0.0
	for first := 0; first < g.k; first += g.block {
		rows := min(g.block, g.k-first)
		g.rng.Seek(at, uint64(first/g.block))
		frame(g.u, rows, d, g.rng, g.v, g.t)
		for i := range rows {
			k := first + i
			g.w[k] = 1
			if g.exact {
				g.r2[k] = chiSquared(float64(d+2), g.rng)
				g.w[k] = float64(d) / g.r2[k]
			} else {
				g.r2[k] = chiSquared(float64(d), g.rng)
			}
			sumW += g.w[k]
			r := math.Sqrt(g.r2[k])
			for j, u := range g.u[i*d : (i+1)*d] {
				g.v[j] = r * u
			}
			disp := g.disp[k*d : (k+1)*d]
			q.Transform(disp, g.v)
			for j, m := range g.loc {
				disp[j] -= m
			}
		}
	}
	g.w0 = 0
	if g.exact {
		g.w0 = 1 - sumW/float64(g.k)
	}
}

// frame stores rows ≤ d orthonormal vectors of a uniformly distributed frame of
// R^d, up to signs, in the rows of a, as a product of Householder reflections
// in normal vectors (Stewart 1980, SIAM J. Numer. Anal. 17, 403).
func frame(a []float64, rows, d int, rng *Rng, v, t []float64) {
	clear(a[:rows*d])
	for i := range rows {
		a[i*d+i] = 1
	}
	for i := rows - 1; i >= 0; i-- {
		x := v[i:d]
		norm := 0.0
		for j := range x {
			x[j] = rng.NormFloat64()
			norm += x[j] * x[j]
		}
		// The reflection takes the first axis to ∓x/‖x‖.
		first := math.Abs(x[0])
		root := math.Sqrt(norm)
		x[0] = math.Copysign(first+root, x[0])
		sub := blas64.General{Rows: rows - i, Cols: d - i, Stride: d, Data: a[i*d+i : rows*d]}
		ref := blas64.Vector{N: d - i, Inc: 1, Data: x}
		dot := blas64.Vector{N: rows - i, Inc: 1, Data: t[:rows-i]}
		blas64.Gemv(blas.NoTrans, 1, sub, ref, 0, dot)
		blas64.Ger(-1/(root*(root+first)), dot, ref, sub)
	}
}

// chiSquared draws χ²(ν), ν ≥ 2, by the method of Marsaglia & Tsang (2000) for
// the Gamma distribution of shape ν/2.
func chiSquared(ν float64, rng *Rng) float64 {
	a := ν/2 - 1.0/3
	c := 1 / math.Sqrt(9*a)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(1-rng.Float64()) < x*x/2+a*(1-v+math.Log(v)) {
			return 2 * a * v
		}
	}
}

// evaluations returns the number of units of work: the pairs, and before them
// the mean of q if the frames are whole.
func (g *gaussDraws) evaluations() int {
	if g.exact {
		return g.k + 1
	}
	return g.k
}

// unit returns the pair of a unit of work, −1 for the mean, and the number of
// its first draw.
func (g *gaussDraws) unit(unit int) (k, draw int) {
	if !g.exact {
		return unit, 2 * unit
	}
	return unit - 1, max(0, 2*unit-1)
}

// point stores the positive or negative draw of pair k in z.
func (g *gaussDraws) point(z []float64, k int, sign float64) {
	for i, x := range g.disp[k*g.d : (k+1)*g.d] {
		z[i] = g.loc[i] + sign*x
	}
}

// value returns the mean of f by whole frames and its standard error, from f(m),
// the values (f(z₊) + f(z₋))/2 and the slopes (z₊−m)ᵀ(∇f(z₊) − ∇f(z₋))/2.
//
// Half the slope is the rise of f above f(m) if f is quadratic along the line,
// and exceeds it by the rise itself if f is quartic: the spread of the
// difference is that of the error to leading order, and larger beyond it. It
// also has the harmonics of degree two that cancel within a frame, so that the
// standard error of fewer than manyFrames frames is too large, often twice.
func (g *gaussDraws) value(f0 float64, even, slope, units, frames []float64) (mean, se float64) {
	n := float64(g.k)
	size := math.Abs(f0)
	for k, f := range even {
		mean += g.w[k] * (f - f0) / n
		units[k] = g.w[k] * (f - f0 - slope[k]/2)
		size += g.w[k] * (math.Abs(f) + math.Abs(f0)) / n
	}
	return f0 + mean, math.Hypot(frameStdErr(units, g.d, frames), roundoff(size))
}

// controlled returns the mean of values at pairs without whole frames, and its
// standard error, with log q as control variate, which is fitted to the values
// if there are draws enough.
func (g *gaussDraws) controlled(r *leaveOneOut, even []float64) (mean, se float64) {
	m := 1
	if g.k >= 8 {
		m = 2
	}
	r.resize(g.k, m)
	size := 0.0
	for k, y := range even {
		h := r.feature(k)
		h[0] = 1
		logq := (float64(g.d) - g.r2[k]) / 2
		if m > 1 {
			r.y[k], h[1] = y, logq
		} else {
			r.y[k] = y - logq
		}
		size = math.Max(size, math.Abs(y))
	}
	se = r.fit()
	return r.mean(), math.Hypot(se, roundoff(size))
}
