package models

import (
	"fmt"
	"math"
)

// diagGauss is DiagCovariance: with T = (log τ, τ, τx, τx²) for every component and
// column a row adds r (½, −½y², y, −½) to λ.
type diagGauss struct {
	g    *gaussRows
	p    *resolvedPrior
	τ, m []float64 // k×d
	c    []float64 // log-density at m_k
	norm float64   // −A(η₀) of a component
}

func newDiagGauss(g *gaussRows, p *resolvedPrior) *diagGauss {
	s := &diagGauss{g: g, p: p, τ: make([]float64, g.k*g.d), m: make([]float64, g.k*g.d), c: make([]float64, g.k)}
	for _, c := range p.scale {
		s.norm += gammaLogNorm(0.5*p.ν, 0.5*c) + 0.5*math.Log(p.κ) - halfLog2π(1)
	}
	return s
}

// gammaLogNorm returns −A of Gamma(α, β).
func gammaLogNorm(α, β float64) float64 { return α*math.Log(β) - lgamma(α) }

func (s *diagGauss) fork(g *gaussRows) gaussShape { return newDiagGauss(g, s.p) }

func (s *diagGauss) family() string   { return fmt.Sprintf("Repeat(%d, NormalGamma)", s.g.k*s.g.d) }
func (s *diagGauss) dim() int         { return 2 * s.g.k * s.g.d }
func (s *diagGauss) numParams() int   { return 4 * s.g.k * s.g.d }
func (s *diagGauss) numFeatures() int { return 1 + 2*s.g.d }

func (s *diagGauss) globalNatural(dst []float64) float64 {
	p := s.p
	for k := range s.g.k {
		for j, m := range p.m {
			η := dst[4*(k*s.g.d+j):]
			η[0], η[1], η[2], η[3] = 0.5*p.ν-0.5, -0.5*(p.scale[j]+p.κ*m*m), p.κ*m, -0.5*p.κ
		}
	}
	return float64(s.g.k) * s.norm
}

func (s *diagGauss) expect(μ []float64) bool {
	for k := range s.c {
		s.c[k] = -halfLog2π(s.g.d)
		for j := range s.g.d {
			i := k*s.g.d + j
			t := μ[4*i : 4*i+4]
			if !isPositive(t[1]) {
				return false
			}
			s.τ[i], s.m[i] = t[1], t[2]/t[1]
			s.c[k] += 0.5 * (t[0] - (t[3] - t[2]*s.m[i]))
		}
	}
	return true
}

func (s *diagGauss) at(z []float64) float64 {
	lp := float64(s.g.k) * s.norm
	p := s.p
	for k := range s.c {
		s.c[k] = -halfLog2π(s.g.d)
		for j := range s.g.d {
			i := k*s.g.d + j
			x, τ := z[2*i], z[2*i+1]
			if !isPositive(τ) {
				return math.Inf(-1)
			}
			logτ, δ := math.Log(τ), x-p.m[j]
			lp += 0.5*(p.ν-1)*logτ - 0.5*τ*(p.scale[j]+p.κ*δ*δ)
			s.τ[i], s.m[i] = τ, x
			s.c[k] += 0.5 * logτ
		}
	}
	return lp
}

func (s *diagGauss) features() {
	for j := range s.g.d {
		sq := s.g.feat(1 + s.g.d + j)
		for i, v := range s.g.col(j) {
			sq[i] = v * v
		}
	}
}

func (s *diagGauss) addLogLik(dst []float64) {
	n, d := s.g.loaded, s.g.d
	for k, c := range s.c {
		row := dst[k*n : (k+1)*n]
		shift(row, c)
		s.g.addDistances(row, s.g.cols, s.τ[k*d:(k+1)*d], s.m[k*d:(k+1)*d])
	}
}

func (s *diagGauss) addStats(dst, resp []float64) {
	d, f := s.g.d, s.g.f
	sums := s.g.sum(resp, f)
	for k := range s.g.k {
		sum := sums[k*f : (k+1)*f]
		for j := range d {
			t := dst[4*(k*d+j):]
			t[0] += 0.5 * sum[0]
			t[1] -= 0.5 * sum[1+d+j]
			t[2] += sum[1+j]
			t[3] -= 0.5 * sum[0]
		}
	}
}
