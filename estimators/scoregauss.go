package estimators

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"natgrad/families"
)

// scoreGaussian is Score for the Gaussian families. In the coordinates
// ε = U(z − m), UᵀU = S, under which q is standard normal, the Hermite polynomials
//
//	ε_i,   (ε_i² − 1)/√2,   ε_i ε_j
//
// are orthonormal, so that their coefficients in f are the natural gradient
// without any F⁻¹: E[∂f/∂ε_i], E[∂²f/∂ε_i²]/√2 and E[∂²f/∂ε_i∂ε_j].
type scoreGaussian struct {
	d, k    int
	oddFit  bool // regress on coordinates
	squares bool // regress on squares
	cross   bool // regress on products

	eps  []float64 // K×d
	loc  []float64
	prec []float64
	odd  leaveOneOut
	even leaveOneOut

	b      []float64 // E[∇_ε f]
	h      []float64 // E[∇²_ε f], d×d or its diagonal
	root   []float64 // U, d×d or its diagonal
	t      []float64 // d×d scratch
	gm, gV []float64
}

// maxFeatures bounds the regression on products by default: its cost is cubic.
const maxFeatures = 256

func quadraticFeatures(d int) int { return 1 + d*(d+1)/2 }

func defaultFeatures(d int) int {
	if m := quadraticFeatures(d); m <= maxFeatures {
		return m
	}
	return 1 + d
}

func (s *scoreGaussian) resize(d, k int) {
	s.d, s.k = d, k
	s.oddFit = enough(k, d)
	s.squares = enough(k, 1+d)
	s.cross = enough(k, quadraticFeatures(d))
	s.eps = resize(s.eps, k*d)
	s.loc = resize(s.loc, d)
	s.b = resize(s.b, d)
	s.gm = resize(s.gm, d)
}

// fill makes the draws: row 2k of z is the positive one of pair k, and row 2k+1
// the negative one. Each pair has a sub-stream.
func (s *scoreGaussian) fill(q families.Gaussian, at Stream, rng *Rng, z []float64) {
	d := s.d
	q.Loc(s.loc)
	for k := range s.k {
		rng.Seek(at, uint64(k))
		eps := s.eps[k*d : (k+1)*d]
		for i := range eps {
			eps[i] = rng.NormFloat64()
		}
		z1, z2 := z[2*k*d:(2*k+1)*d], z[(2*k+1)*d:(2*k+2)*d]
		q.Transform(z1, eps)
		for i, m := range s.loc {
			z2[i] = m - (z1[i] - m)
		}
	}
}

// estimate stores the natural gradient in dst.
func (s *scoreGaussian) estimate(dst families.Natural, q families.Gaussian, value []float64) (mean, se float64) {
	cov := q.CovLen()
	s.h = resize(s.h, cov)
	s.gV = resize(s.gV, cov)
	s.root = resize(s.root, cov)
	s.slope(value)
	mean, se = s.curvature(value)
	if cov == s.d {
		s.prec = resize(s.prec, s.d)
		q.Precision(s.prec)
		for i, p := range s.prec {
			s.gm[i] = math.Sqrt(p) * s.b[i]
			s.gV[i] = p * s.h[i] / 2
		}
	} else {
		s.back(q)
	}
	q.NaturalGrad(dst, s.gm, s.gV)
	return mean, se
}

// slope estimates E[∇_ε f] from half the differences of the pairs, which have
// the constant 0.
func (s *scoreGaussian) slope(value []float64) {
	m := 0
	if s.oddFit {
		m = s.d
	}
	s.odd.resize(s.k, m)
	for k := range s.k {
		s.odd.y[k] = value[2*k]/2 - value[2*k+1]/2
		copy(s.odd.feature(k), s.eps[k*s.d:(k+1)*s.d])
	}
	clear(s.b)
	if m == 0 {
		copy(s.odd.resid, s.odd.y)
	} else {
		s.odd.fit()
		copy(s.b, s.odd.beta)
	}
	eps := blas64.General{Rows: s.k, Cols: s.d, Stride: s.d, Data: s.eps}
	blas64.Gemv(blas.Trans, 1/float64(s.k), eps, vec(s.odd.resid), 1, vec(s.b))
}

// curvature estimates E[∇²_ε f], and E[f] with its standard error, from the means
// of the pairs.
func (s *scoreGaussian) curvature(value []float64) (mean, se float64) {
	d := s.d
	m := 1
	if s.squares {
		m += d
	}
	if s.cross {
		m = quadraticFeatures(d)
	}
	s.even.resize(s.k, m)
	size := 0.0
	for k := range s.k {
		eps, h := s.eps[k*d:(k+1)*d], s.even.feature(k)
		y := value[2*k]/2 + value[2*k+1]/2
		size = math.Max(size, math.Abs(y))
		h[0] = 1
		if s.squares {
			for i, x := range eps {
				h[1+i] = (x*x - 1) / math.Sqrt2
			}
		} else {
			// log q takes the place of the regression.
			for _, x := range eps {
				y += (x*x - 1) / 2
			}
		}
		if s.cross {
			h = h[1+d:]
			for i, x := range eps {
				for j, v := range eps[:i] {
					h[j] = x * v
				}
				h = h[i:]
			}
		}
		s.even.y[k] = y
	}
	se = s.even.fit()
	s.hessian()
	return s.even.mean(), math.Hypot(se, roundoff(size))
}

// hessian stores the coefficients in h: those of the regression, plus what the
// residuals still have of each polynomial.
func (s *scoreGaussian) hessian() {
	d, n := s.d, float64(s.k)
	diagonal := len(s.h) == d
	step := d + 1
	if diagonal {
		step = 1
	}
	clear(s.h)
	for i := range d {
		if s.squares {
			s.h[i*step] = math.Sqrt2 * s.even.beta[1+i]
		} else {
			s.h[i*step] = -1
		}
	}
	if s.cross && !diagonal {
		beta := s.even.beta[1+d:]
		for i := range d {
			copy(s.h[i*d:i*d+i], beta[:i])
			beta = beta[i:]
		}
	}
	for k, r := range s.even.resid {
		eps := s.eps[k*d : (k+1)*d]
		for i, x := range eps {
			s.h[i*step] += (x*x - 1) * r / n
			if diagonal {
				continue
			}
			for j, v := range eps[:i] {
				s.h[i*d+j] += x * v * r / n
			}
		}
	}
	if !diagonal {
		for i := range d {
			for j := range i {
				s.h[j*d+i] = s.h[i*d+j]
			}
		}
	}
}

// back stores ∇_m = Uᵀ∇_ε and ∇_V = ½ UᵀHU.
func (s *scoreGaussian) back(q families.Gaussian) {
	d := s.d
	s.t = resize(s.t, d*d)
	// Untransform of m + x e_j is column j of U times x. x is large beside m, so
	// that adding it to m loses nothing.
	z, col := s.gm, s.t[:d]
	copy(z, s.loc)
	for j, m := range s.loc {
		x := 0x1p30 * (1 + math.Abs(m))
		z[j] = m + x
		x = z[j] - m
		q.Untransform(col, z)
		z[j] = m
		for i, c := range col {
			s.root[i*d+j] = c / x
		}
	}
	u := blas64.General{Rows: d, Cols: d, Stride: d, Data: s.root}
	blas64.Gemv(blas.Trans, 1, u, vec(s.b), 0, vec(s.gm))
	// Rows of t: H U, then gV = ½ Uᵀ t, one row-vector product at a time.
	for i := range d {
		blas64.Gemv(blas.Trans, 1, u, vec(s.h[i*d:(i+1)*d]), 0, vec(s.t[i*d:(i+1)*d]))
	}
	t := blas64.General{Rows: d, Cols: d, Stride: d, Data: s.t}
	for i := range d {
		blas64.Gemv(blas.Trans, 0.5, t, blas64.Vector{N: d, Inc: d, Data: s.root[i:]}, 0, vec(s.gV[i*d:(i+1)*d]))
	}
	symmetrize(s.gV, d)
}
