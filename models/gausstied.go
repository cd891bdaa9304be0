package models

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// tiedGauss is TiedCovariance: with T = (log|Λ|, Λ, Λx_1, …, Λx_K, x_1ᵀΛx_1, …,
// x_KᵀΛx_K) a row adds (½, −½yyᵀ, r_1 y, …, r_K y, −½r_1, …, −½r_K) to λ. A point z is
// x_1, …, x_K and then Λ.
type tiedGauss struct {
	g      *gaussRows
	p      *resolvedPrior
	tri    triangle
	um     []float64 // U m_k
	c      []float64 // log-density at m_k
	norm   float64   // −A(η₀)
	uy     []float64 // U y of the rows loaded, d×max
	ones   []float64
	packed []float64 // Σ_i yyᵀ
}

func newTiedGauss(g *gaussRows, p *resolvedPrior) *tiedGauss {
	d, k := g.d, g.k
	s := &tiedGauss{g: g, p: p, tri: newTriangle(d), um: make([]float64, k*d), c: make([]float64, k),
		ones: make([]float64, d), packed: make([]float64, d*(d+1)/2)}
	fill(s.ones, 1)
	s.norm = wishartLogNorm(p.ν, p.scale, d) + float64(k)*(0.5*float64(d)*math.Log(p.κ)-halfLog2π(d))
	return s
}

func (s *tiedGauss) fork(g *gaussRows) gaussShape { return newTiedGauss(g, s.p) }

func (s *tiedGauss) family() string {
	return fmt.Sprintf("TiedNormalWishart(%d, %d)", s.g.k, s.g.d)
}

func (s *tiedGauss) dim() int       { return s.g.k*s.g.d + s.g.d*s.g.d }
func (s *tiedGauss) numParams() int { return 1 + s.g.d*s.g.d + s.g.k*(s.g.d+1) }

// numFeatures counts the products, too, which components share.
func (s *tiedGauss) numFeatures() int { return 1 + s.g.d + s.g.d*(s.g.d+1)/2 }

// parts returns the blocks of a parameter; lin is k×d.
func (s *tiedGauss) parts(v []float64) (mat, lin, quad []float64) {
	d, k := s.g.d, s.g.k
	return v[1 : 1+d*d], v[1+d*d : 1+d*d+k*d], v[1+d*d+k*d : 1+d*d+k*d+k]
}

func (s *tiedGauss) globalNatural(dst []float64) float64 {
	d, k, p := s.g.d, s.g.k, s.p
	mat, lin, quad := s.parts(dst)
	dst[0] = 0.5 * (p.ν - float64(d) - 1 + float64(k))
	for i, m := range p.m {
		for c := range k {
			lin[c*d+i] = p.κ * m
		}
		for j := range d {
			mat[i*d+j] = -0.5 * (p.scale[i*d+j] + float64(k)*p.κ*m*p.m[j])
		}
	}
	fill(quad, -0.5*p.κ)
	return s.norm
}

func (s *tiedGauss) expect(μ []float64) bool {
	d := s.g.d
	mat, lin, quad := s.parts(μ)
	if _, ok := s.tri.set(mat); !ok {
		return false
	}
	copy(s.um, lin)
	for k := range s.c {
		um := s.um[k*d : (k+1)*d]
		s.tri.solve(um)
		s.c[k] = 0.5*(μ[0]-(quad[k]-blas64.Dot(vec(um), vec(um)))) - halfLog2π(d)
	}
	return true
}

func (s *tiedGauss) at(z []float64) float64 {
	d, k, p := s.g.d, s.g.k, s.p
	x, Λ := z[:k*d], z[k*d:]
	logDet, ok := s.tri.set(Λ)
	if !ok || !isSymmetric(Λ, d) {
		return math.Inf(-1)
	}
	lp := s.norm + 0.5*(p.ν-float64(d)-1+float64(k))*logDet - 0.5*blas64.Dot(vec(p.scale), vec(Λ))
	for c := range k {
		um := s.um[c*d : (c+1)*d]
		for j, v := range x[c*d : (c+1)*d] {
			um[j] = v - p.m[j]
		}
		s.tri.mul(um)
		lp -= 0.5 * p.κ * blas64.Dot(vec(um), vec(um))
		copy(um, x[c*d:(c+1)*d])
		s.tri.mul(um)
		s.c[c] = 0.5*logDet - halfLog2π(d)
	}
	return lp
}

func (s *tiedGauss) features() { s.g.products() }

// addLogLik needs one product Uy of a row for all components.
func (s *tiedGauss) addLogLik(dst []float64) {
	g := s.g
	n, d := g.loaded, g.d
	if len(s.uy) != d*g.max {
		s.uy = make([]float64, d*g.max)
	}
	for j := range d {
		s.tri.mulRow(s.uy[j*g.max:j*g.max+n], g, j)
	}
	for k, c := range s.c {
		row := dst[k*n : (k+1)*n]
		shift(row, c)
		g.addDistances(row, s.uy, s.ones, s.um[k*d:(k+1)*d])
	}
}

func (s *tiedGauss) addStats(dst, resp []float64) {
	g := s.g
	n, d, f := g.loaded, g.d, 1+g.d
	mat, lin, quad := s.parts(dst)
	sums := g.sum(resp, f)
	for k := range g.k {
		sum := sums[k*f : (k+1)*f]
		dst[0] += 0.5 * sum[0]
		quad[k] -= 0.5 * sum[0]
		blas64.Axpy(1, vec(sum[1:]), vec(lin[k*d:(k+1)*d]))
	}
	weight := g.work[:n]
	copy(weight, resp)
	for k := 1; k < g.k; k++ {
		blas64.Axpy(1, vec(resp[k*n:(k+1)*n]), vec(weight))
	}
	clear(s.packed)
	g.addRows(s.packed, weight, f)
	addUnpacked(mat, s.packed, -0.5, d)
}
