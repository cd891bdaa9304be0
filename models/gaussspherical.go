package models

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// sphericalGauss is SphericalCovariance: with T = (log τ, τ, τx, τ‖x‖²) for every
// component a row adds r (½d, −½‖y‖², y, −½) to λ.
type sphericalGauss struct {
	g    *gaussRows
	p    *resolvedPrior
	τ, m []float64 // k×d, τ the same for a component
	c    []float64 // log-density at m_k
	α, β float64   // of the prior of τ
	norm float64   // −A(η₀) of a component
}

func newSphericalGauss(g *gaussRows, p *resolvedPrior) *sphericalGauss {
	d := float64(g.d)
	s := &sphericalGauss{g: g, p: p, τ: make([]float64, g.k*g.d), m: make([]float64, g.k*g.d), c: make([]float64, g.k),
		α: 0.5 * d * p.ν, β: 0.5 * d * p.scale[0]}
	s.norm = gammaLogNorm(s.α, s.β) + 0.5*d*math.Log(p.κ) - halfLog2π(g.d)
	return s
}

func (s *sphericalGauss) fork(g *gaussRows) gaussShape { return newSphericalGauss(g, s.p) }

func (s *sphericalGauss) family() string {
	return fmt.Sprintf("Repeat(%d, SphericalNormalGamma(%d))", s.g.k, s.g.d)
}

func (s *sphericalGauss) dim() int         { return s.g.k * (1 + s.g.d) }
func (s *sphericalGauss) numParams() int   { return s.g.k * (3 + s.g.d) }
func (s *sphericalGauss) numFeatures() int { return 2 + s.g.d }

func (s *sphericalGauss) part(v []float64, k int) []float64 {
	n := 3 + s.g.d
	return v[k*n : (k+1)*n]
}

func (s *sphericalGauss) globalNatural(dst []float64) float64 {
	d, p := s.g.d, s.p
	for k := range s.g.k {
		η := s.part(dst, k)
		η[0], η[2+d] = s.α-1+0.5*float64(d), -0.5*p.κ
		for j, m := range p.m {
			η[2+j] = p.κ * m
		}
		η[1] = -s.β - 0.5*p.κ*blas64.Dot(vec(p.m), vec(p.m))
	}
	return float64(s.g.k) * s.norm
}

func (s *sphericalGauss) expect(μ []float64) bool {
	d := s.g.d
	for k := range s.c {
		t := s.part(μ, k)
		if !isPositive(t[1]) {
			return false
		}
		m := s.m[k*d : (k+1)*d]
		for j := range m {
			m[j] = t[2+j] / t[1]
		}
		fill(s.τ[k*d:(k+1)*d], t[1])
		s.c[k] = 0.5*(float64(d)*t[0]-(t[2+d]-blas64.Dot(vec(t[2:2+d]), vec(m)))) - halfLog2π(d)
	}
	return true
}

func (s *sphericalGauss) at(z []float64) float64 {
	d, p := s.g.d, s.p
	lp := float64(s.g.k) * s.norm
	for k := range s.c {
		zk := z[k*(d+1) : (k+1)*(d+1)]
		x, τ := zk[:d], zk[d]
		if !isPositive(τ) {
			return math.Inf(-1)
		}
		copy(s.m[k*d:(k+1)*d], x)
		fill(s.τ[k*d:(k+1)*d], τ)
		logτ := math.Log(τ)
		var sq float64
		for j, v := range x {
			δ := v - p.m[j]
			sq += δ * δ
		}
		lp += (s.α-1+0.5*float64(d))*logτ - τ*(s.β+0.5*p.κ*sq)
		s.c[k] = 0.5*float64(d)*logτ - halfLog2π(d)
	}
	return lp
}

func (s *sphericalGauss) features() {
	sq := s.g.feat(1 + s.g.d)
	clear(sq)
	for j := range s.g.d {
		for i, v := range s.g.col(j) {
			sq[i] += v * v
		}
	}
}

func (s *sphericalGauss) addLogLik(dst []float64) {
	n, d := s.g.loaded, s.g.d
	for k, c := range s.c {
		row := dst[k*n : (k+1)*n]
		shift(row, c)
		s.g.addDistances(row, s.g.cols, s.τ[k*d:(k+1)*d], s.m[k*d:(k+1)*d])
	}
}

func (s *sphericalGauss) addStats(dst, resp []float64) {
	d, f := s.g.d, s.g.f
	sums := s.g.sum(resp, f)
	for k := range s.g.k {
		t, sum := s.part(dst, k), sums[k*f:(k+1)*f]
		t[0] += 0.5 * float64(d) * sum[0]
		t[1] -= 0.5 * sum[1+d]
		blas64.Axpy(1, vec(sum[1:1+d]), vec(t[2:2+d]))
		t[2+d] -= 0.5 * sum[0]
	}
}
