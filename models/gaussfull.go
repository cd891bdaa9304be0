package models

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// fullGauss is FullCovariance: with T = (log|Λ|, Λ, Λx, xᵀΛx) a row adds
// r (½, −½yyᵀ, y, −½) to λ.
type fullGauss struct {
	g     *gaussRows
	p     *resolvedPrior
	tri   []triangle
	um    []float64 // U_k m_k
	c     []float64 // log-density at m_k
	θ     []float64 // the log-density in terms of the statistics of a row, k×f
	near  []bool    // whether that is precise
	norm  float64   // −A(η₀) of a component
	block int       // parameters of a component
}

func newFullGauss(g *gaussRows, p *resolvedPrior) *fullGauss {
	d := g.d
	s := &fullGauss{g: g, p: p, tri: make([]triangle, g.k), um: make([]float64, g.k*d),
		c: make([]float64, g.k), near: make([]bool, g.k), block: 2 + d + d*d}
	s.θ = make([]float64, g.k*s.numFeatures())
	s.norm = wishartLogNorm(p.ν, p.scale, d) + 0.5*float64(d)*math.Log(p.κ) - halfLog2π(d)
	for k := range s.tri {
		s.tri[k] = newTriangle(d)
	}
	return s
}

func (s *fullGauss) fork(g *gaussRows) gaussShape { return newFullGauss(g, s.p) }

func (s *fullGauss) family() string {
	return fmt.Sprintf("Repeat(%d, NormalWishart(%d))", s.g.k, s.g.d)
}

func (s *fullGauss) dim() int       { return s.g.k * (s.g.d + s.g.d*s.g.d) }
func (s *fullGauss) numParams() int { return s.g.k * s.block }

func (s *fullGauss) numFeatures() int { return 1 + s.g.d + s.g.d*(s.g.d+1)/2 }

// parts returns those of the parameter of component k.
func (s *fullGauss) parts(v []float64, k int) (mat, lin []float64, v1, v4 *float64) {
	d := s.g.d
	v = v[k*s.block : (k+1)*s.block]
	return v[1 : 1+d*d], v[1+d*d : 1+d*d+d], &v[0], &v[1+d*d+d]
}

func (s *fullGauss) globalNatural(dst []float64) float64 {
	d, p := s.g.d, s.p
	for k := range s.g.k {
		mat, lin, v1, v4 := s.parts(dst, k)
		*v1, *v4 = 0.5*(p.ν-float64(d)), -0.5*p.κ
		for i, m := range p.m {
			lin[i] = p.κ * m
			for j := range d {
				mat[i*d+j] = -0.5 * (p.scale[i*d+j] + p.κ*m*p.m[j])
			}
		}
	}
	return float64(s.g.k) * s.norm
}

// expect takes U and Um = U⁻ᵀ E[Λx] of E[Λ] = UᵀU. The log-density expected at a
// row y is that at m, ½ E log|Λ| − ½d/κ and constants, less ½‖U(y − m)‖².
func (s *fullGauss) expect(μ []float64) bool {
	for k := range s.g.k {
		mat, lin, v1, v4 := s.parts(μ, k)
		if _, ok := s.tri[k].set(mat); !ok {
			return false
		}
		um := s.um[k*s.g.d : (k+1)*s.g.d]
		copy(um, lin)
		s.tri[k].solve(um)
		s.c[k] = 0.5*(*v1-(*v4-blas64.Dot(vec(um), vec(um)))) - halfLog2π(s.g.d)
		s.linear(k, mat)
	}
	return true
}

// linear makes the coefficients of the statistics, of c and um and P = UᵀU.
func (s *fullGauss) linear(k int, p []float64) {
	d, f := s.g.d, s.numFeatures()
	um, θ := s.um[k*d:(k+1)*d], s.θ[k*f:(k+1)*f]
	half := 0.5 * blas64.Dot(vec(um), vec(um))
	s.near[k] = half <= nearSquare
	θ[0] = s.c[k] - half
	copy(θ[1:1+d], um)
	blas64.Trmv(blas.Trans, s.tri[k].raw(), vec(θ[1:1+d]))
	pack(θ[1+d:], p, d)
}

func (s *fullGauss) at(z []float64) float64 {
	d := s.g.d
	var lp float64
	for k := range s.g.k {
		zk := z[k*(d+d*d) : (k+1)*(d+d*d)]
		x, Λ := zk[:d], zk[d:]
		logDet, ok := s.tri[k].set(Λ)
		if !ok || !isSymmetric(Λ, d) {
			return math.Inf(-1)
		}
		um := s.um[k*d : (k+1)*d]
		for j, v := range x {
			um[j] = v - s.p.m[j]
		}
		s.tri[k].mul(um)
		lp += s.norm + 0.5*(s.p.ν-float64(d))*logDet - 0.5*blas64.Dot(vec(s.p.scale), vec(Λ)) -
			0.5*s.p.κ*blas64.Dot(vec(um), vec(um))
		copy(um, x)
		s.tri[k].mul(um)
		s.c[k] = 0.5*logDet - halfLog2π(d)
		s.linear(k, Λ)
	}
	return lp
}

func (s *fullGauss) features() { s.g.products() }

func (s *fullGauss) addLogLik(dst []float64) {
	n, d := s.g.loaded, s.g.d
	s.g.addLinear(dst, s.θ, s.near)
	for k := range s.g.k {
		if s.near[k] {
			continue
		}
		row := dst[k*n : (k+1)*n]
		shift(row, s.c[k])
		s.tri[k].addQuad(row, s.g, s.um[k*d:(k+1)*d])
	}
}

func (s *fullGauss) addStats(dst, resp []float64) {
	d, f := s.g.d, s.g.f
	sums := s.g.sum(resp, f)
	for k := range s.g.k {
		mat, lin, v1, v4 := s.parts(dst, k)
		sum := sums[k*f : (k+1)*f]
		*v1 += 0.5 * sum[0]
		*v4 -= 0.5 * sum[0]
		blas64.Axpy(1, vec(sum[1:1+d]), vec(lin))
		addUnpacked(mat, sum[1+d:], -0.5, d)
	}
}

// wishartLogNorm returns −½ν log|2C⁻¹| − log Γ_d(ν/2), which is −A of Wishart(ν, C⁻¹).
func wishartLogNorm(ν float64, scale []float64, d int) float64 {
	logDet, _ := cholesky(append([]float64(nil), scale...), d)
	return -0.5*ν*(float64(d)*math.Ln2-logDet) - multiLgamma(0.5*ν, d)
}

// isSymmetric reports whether a is symmetric to within 1e-9 of √(a_ii a_jj).
func isSymmetric(a []float64, d int) bool {
	for i := range d {
		for j := range i {
			if !(math.Abs(a[i*d+j]-a[j*d+i]) <= 1e-9*math.Sqrt(a[i*d+i]*a[j*d+j])) {
				return false
			}
		}
	}
	return true
}
