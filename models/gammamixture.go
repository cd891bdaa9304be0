package models

import (
	"fmt"
	"math"
)

// GammaComponents are the components of a mixture of positive numbers, independent given
// the component:
//
//	s_kj ~ Gamma(a, a/s₀),  r_kj ~ Gamma(a, a m_j/s₀)
//	y_ij | component k ~ Gamma(shape s_kj, rate r_kj)
//
// The family is Repeat(2Kd, Gamma), s and then r, column by column within a component. The
// shape has no conjugate prior: with independent s and r,
//
//	E log p(y | k) = E s E log r − E log Γ(s) + (E s − 1) log y − E r y
//
// is no linear function of μ. Its value and its gradient in μ are exact but for a sum over
// nodes in place of the integral for E log Γ(s), accurate to 1e-12, so that fits are by
// conjugate-computation variational inference (Khan & Lin 2017): the engine steps along
// the gradient, and shortens a step that does not raise the ELBO.
type GammaComponents struct {
	columnRows
	prior         gammaLinear // of s, and of r times m_j
	mean          []float64   // m_j, of the columns
	es, els       []float64   // E s and E log Γ(s), for each component and column
	er, elr       []float64   // E r and E log r
	s0            float64     // shape expected
	gradS, gradLS []float64   // derivatives of E log Γ(s) in E s and E log s
	logs          []float64   // log y, of the rows loaded
}

// GammaMixturePrior is the prior of a mixture of Gamma densities.
type GammaMixturePrior struct {
	Shape      float64 // s₀, the shape expected. 0: 2
	Confidence float64 // a, the shape of both priors. 0: 1
}

// NewGammaMixture returns a mixture of K components for the positive numbers of x. prior
// may be nil; w and concentration are as in NewMixture. The error, a *DataError, says
// which entry is not positive.
func NewGammaMixture(x *Dense, k int, prior *GammaMixturePrior, w Weights, concentration float64) (*Mixture, error) {
	c, err := NewGammaComponents(x, k, prior)
	if err != nil {
		return nil, err
	}
	return NewMixture(c, w, concentration)
}

// NewGammaComponents returns the components alone.
func NewGammaComponents(x *Dense, k int, prior *GammaMixturePrior) (*GammaComponents, error) {
	rows, err := newColumnRows(x, k, func(_ int, y float64) string {
		if !isPositive(y) {
			return "a positive finite number"
		}
		return ""
	}, func(_ int, y float64) float64 { return -math.Log(y) })
	if err != nil {
		return nil, err
	}
	if prior == nil {
		prior = new(GammaMixturePrior)
	}
	s0, a := prior.Shape, prior.Confidence
	if s0 == 0 {
		s0 = 2
	}
	if a == 0 {
		a = 1
	}
	if !isPositive(s0) || !isPositive(a) || a < 2*leastShape {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("shape %v, confidence %v", s0, a),
			Want: fmt.Sprintf("positive finite numbers, the latter at least %v", 2*leastShape)}
	}
	g := &GammaComponents{columnRows: rows, mean: rows.columnMeans(), s0: s0}
	g.prior = gammaPrior(a, a/s0)
	g.makeExpectations()
	return g, nil
}

func (g *GammaComponents) makeExpectations() {
	for _, v := range []*[]float64{&g.es, &g.els, &g.er, &g.elr, &g.gradS, &g.gradLS} {
		*v = make([]float64, g.k*g.d)
	}
	g.logs = make([]float64, g.d*g.max)
}

// leastShape bounds the shapes of q(s): the nodes of expectLgamma grow with their inverse.
const leastShape = 1e-3

// Family, Dim and NumParams implement Components.
func (g *GammaComponents) Family() string { return fmt.Sprintf("Repeat(%d, Gamma)", 2*g.k*g.d) }
func (g *GammaComponents) Dim() int       { return 2 * g.k * g.d }
func (g *GammaComponents) NumParams() int { return 4 * g.k * g.d }

// GlobalNatural implements Components. r m_j has the prior of s.
func (g *GammaComponents) GlobalNatural(dst []float64) (c float64) {
	p := g.prior
	for i := range g.k * g.d {
		m := g.mean[i%g.d]
		dst[4*i], dst[4*i+1], dst[4*i+2], dst[4*i+3] = p.η1, p.η2, p.η1, p.η2*m
		c += 2*p.c + (p.η1+1)*math.Log(m)
	}
	return c
}

// Expect implements Components.
func (g *GammaComponents) Expect(λ, μ []float64) bool {
	for i := range g.es {
		α, β := λ[4*i]+1, -λ[4*i+1]
		if !(α > leastShape) || !isPositive(α) || !isPositive(β) {
			return false
		}
		g.es[i], g.elr[i], g.er[i] = μ[4*i+1], μ[4*i+2], μ[4*i+3]
		g.els[i], g.gradLS[i], g.gradS[i] = expectLgamma(α, β)
	}
	return true
}

// At implements Components.
func (g *GammaComponents) At(z []float64) (lp float64) {
	for i := range g.es {
		s, r, m := z[2*i], z[2*i+1], g.mean[i%g.d]
		if !isPositive(s) || !isPositive(r) {
			return math.Inf(-1)
		}
		g.es[i], g.els[i], g.er[i], g.elr[i] = s, lgamma(s), r, math.Log(r)
		lp += g.prior.at(s) + g.prior.at(r*m) + math.Log(m)
	}
	return lp
}

// Load implements Components.
func (g *GammaComponents) Load(rows []int) {
	g.load(rows)
	for j := range g.d {
		for i, y := range g.col(j) {
			g.logs[j*g.max+i] = math.Log(y)
		}
	}
}

// AddLogLik implements Components.
func (g *GammaComponents) AddLogLik(dst []float64) {
	for k := range g.k {
		row := g.of(dst, k)
		for i, b := range g.rowBase[:g.loaded] {
			row[i] += b
		}
		for j := range g.d {
			c := k*g.d + j
			top := g.es[c]*g.elr[c] - g.els[c]
			log := g.logs[j*g.max:]
			for i, y := range g.col(j) {
				row[i] += top + g.es[c]*log[i] - g.er[c]*y
			}
		}
	}
}

// AddStats implements Components: it adds the gradient of the log-densities in μ.
func (g *GammaComponents) AddStats(dst, resp []float64) {
	for k := range g.k {
		r := g.of(resp, k)
		var rows float64
		for _, v := range r {
			rows += v
		}
		for j := range g.d {
			c := k*g.d + j
			log := g.logs[j*g.max:]
			var sum, sumLog float64
			for i, y := range g.col(j) {
				sum += r[i] * y
				sumLog += r[i] * log[i]
			}
			dst[4*c] -= rows * g.gradLS[c]
			dst[4*c+1] += sumLog + rows*(g.elr[c]-g.gradS[c])
			dst[4*c+2] += rows * g.es[c]
			dst[4*c+3] -= sum
		}
	}
}

// AddStart implements StartAdder: as if all shapes were s₀, for which rates are
// conjugate.
func (g *GammaComponents) AddStart(dst, resp []float64) {
	for k := range g.k {
		r := g.of(resp, k)
		for j := range g.d {
			c := k*g.d + j
			for i, y := range g.col(j) {
				dst[4*c+2] += r[i] * g.s0
				dst[4*c+3] -= r[i] * y
			}
		}
	}
}

// Distance2 implements Separator, by logarithms.
func (g *GammaComponents) Distance2(i, j int) (sum float64) {
	for c := range g.d {
		v := math.Log(g.y[i*g.d+c] / g.y[j*g.d+c])
		sum += v * v
	}
	return sum
}

// Fork implements Components.
func (g *GammaComponents) Fork() Components {
	f := *g
	f.makeScratch()
	f.makeExpectations()
	return &f
}

// CoordNames returns names of the coordinates, such as "shape[1,2]".
func (g *GammaComponents) CoordNames() []string { return g.names("shape", "rate") }

// expectLgamma returns E log Γ(s) for s ~ Gamma(α, β), and its derivatives in the mean
// parameters E log s and E s: Cov(T)⁻¹ Cov(T, log Γ(s)). The expectations are sums over
// equally spaced u = log s, whose density α u − β eᵘ is analytic and falls off at both
// ends at least exponentially, so that they converge geometrically.
func expectLgamma(α, β float64) (value, gradLog, grad float64) {
	// With x = u − log(α/β), from the mode, the exponent α(x − eˣ + 1) falls to −40 on the right where
	// eˣ − x − 1 = 40/α, and on the left no later than at x = −1 − 40/α.
	fall := 40 / α
	hi := math.Log1p(fall + math.Sqrt(2*fall))
	for math.Expm1(hi)-hi < fall {
		hi *= 1.1
	}
	lo := -math.Min(1+fall, math.Sqrt(2*fall)*2+0.5*fall)
	for lo-math.Expm1(lo) > -fall {
		lo *= 1.1
	}
	// The integrand is analytic for |Im x| < ½π.
	nodes := max(200, int((hi-lo)/0.25)+2)
	h := (hi - lo) / float64(nodes-1)
	s0 := α / β
	f0 := lgamma(s0)
	// With T less its value at the mode as t and s₀(t + q), where q = eᵗ − 1 − t, t and q
	// are nearly independent however narrow the density is.
	var w0, wt, wq, wf float64
	var ctt, ctq, cqq, ctf, cqf float64
	for i := range nodes {
		t := lo + h*float64(i)
		q := expm1Less(t)
		w := math.Exp(-α * q)
		f := -math.Log(s0) - t - f0 // log Γ(s) = −log s to rounding for s near 0
		if s := s0 * math.Exp(t); s > 1e-20 {
			f = lgamma(s) - f0
		}
		w0 += w
		wt += w * t
		wq += w * q
		wf += w * f
		ctt += w * t * t
		ctq += w * t * q
		cqq += w * q * q
		ctf += w * t * f
		cqf += w * q * f
	}
	wt, wq, wf = wt/w0, wq/w0, wf/w0
	ctt, ctq, cqq = ctt/w0-wt*wt, ctq/w0-wt*wq, cqq/w0-wq*wq
	ctf, cqf = ctf/w0-wt*wf, cqf/w0-wq*wf
	det := ctt*cqq - ctq*ctq
	a, b := (cqq*ctf-ctq*cqf)/det, (ctt*cqf-ctq*ctf)/det // f ≈ a t + b q
	return f0 + wf, a - b, b / s0
}

// expm1Less returns eˣ − 1 − x.
func expm1Less(x float64) float64 {
	if math.Abs(x) > 0.1 {
		return math.Expm1(x) - x
	}
	sum := 0.0
	for n := 10; n >= 3; n-- {
		sum = x / float64(n) * (1 + sum)
	}
	return 0.5 * x * x * (1 + sum)
}
