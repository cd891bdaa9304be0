package posteriordb

import (
	"fmt"
	"math"

	"natgrad/models"
	"natgrad/models/ad"
)

// gpRegression is a Gaussian process with squared-exponential covariance, seen
// with noise of variance σ; the function is integrated out:
//
//	y ~ N(0, C),  C_ij = α² exp(−(x_i − x_j)²/(2ρ²)) + σ [i = j]
//	ρ ~ Gamma(25, 4),  α ~ HalfNormal(2),  σ ~ HalfNormal(1)
func gpRegression(d *Data) (*ad.Model, error) {
	x, y := d.Vector("x"), d.Vector("y")
	n := len(y)
	if len(x) != n {
		return nil, fmt.Errorf("%d values of x and %d of y", len(x), n)
	}
	negHalf := halfSquares(x)
	m := new(ad.Model)
	rho, alpha, sigma := m.Positive("rho"), m.Positive("alpha"), m.Positive("sigma")
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(rho, ad.Gamma(25, 4))
		p.Follows(alpha, ad.HalfNormal(2))
		p.Follows(sigma, ad.HalfNormal(1))
		c := squaredExponential(p, negHalf, alpha, rho)
		l := p.Cholesky(p.AddDiag(c, n, sigma), n)
		p.Follows(y, ad.MultiNormalCholesky(0, l))
	})
}

// halfSquares returns −½(x_i − x_j)², row-major.
func halfSquares(x []float64) []float64 {
	n := len(x)
	h := make([]float64, n*n)
	for i, a := range x {
		for j, b := range x {
			h[i*n+j] = -0.5 * (a - b) * (a - b)
		}
	}
	return h
}

// squaredExponential returns α² exp(−½(x_i − x_j)²/ρ²).
func squaredExponential(p *ad.Tape, negHalf []float64, alpha, rho ad.Value) ad.Var {
	return p.Mul(p.Square(alpha), p.Exp(p.Div(negHalf, p.Square(rho))))
}

// gpPoisson is a Gaussian process with squared-exponential covariance, the log of
// the rate of counts, in terms of white noise:
//
//	k ~ Poisson(e^f),  f = L f̃,  LLᵀ = C + 1e-10 I,  f̃ ~ N(0, 1)
//	ρ ~ Gamma(25, 4),  α ~ HalfNormal(2)
func gpPoisson(d *Data) (*ad.Model, error) {
	x, counts := d.Vector("x"), d.Vector("k")
	n := len(counts)
	if len(x) != n {
		return nil, fmt.Errorf("%d values of x and %d of k", len(x), n)
	}
	negHalf := halfSquares(x)
	m := new(ad.Model)
	rho, alpha, white := m.Positive("rho"), m.Positive("alpha"), m.Real("f_tilde", n)
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(rho, ad.Gamma(25, 4))
		p.Follows(alpha, ad.HalfNormal(2))
		p.Follows(white, ad.Normal(0, 1))
		c := squaredExponential(p, negHalf, alpha, rho)
		f := p.MatVec(p.Cholesky(p.AddDiag(c, n, 1e-10), n), n, n, white)
		p.Report("f", f)
		p.Follows(counts, ad.PoissonLog(f))
	})
}

// accelGP is a regression whose mean and log noise are both approximate Gaussian
// processes on a basis Φ of eigenfunctions with frequencies ω:
//
//	y ~ N(a + g(1), exp(b + g(2))²),  g = Φ (√S(ω) z),  z ~ N(0, 1)
//	S(ω) = s² √(2π) l exp(−½ l² ω²)
func accelGP(d *Data) (*ad.Model, error) {
	y := d.Vector("Y")
	phi, omega := d.Matrix("Xgp_1"), frequencies(d, "slambda_1")
	phiSigma, omegaSigma := d.Matrix("Xgp_sigma_1"), frequencies(d, "slambda_sigma_1")
	m := new(ad.Model)
	a, s, l, z := m.Real("Intercept"), m.Positive("sdgp_1"), m.Positive("lscale_1"), m.Real("zgp_1", len(omega))
	b, sSigma, lSigma, zSigma := m.Real("Intercept_sigma"), m.Positive("sdgp_sigma_1"), m.Positive("lscale_sigma_1"), m.Real("zgp_sigma_1", len(omegaSigma))
	return m, m.Density(func(p *ad.Tape) {
		p.Follows(a, ad.StudentT(3, -13, 36))
		p.Follows(s, ad.StudentT(3, 0, 36))
		p.Follows(z, ad.Normal(0, 1))
		p.Follows(l, ad.InverseGamma(1.124909, 0.0177))
		p.Follows(b, ad.StudentT(3, 0, 10))
		p.Follows(sSigma, ad.StudentT(3, 0, 36))
		p.Follows(zSigma, ad.Normal(0, 1))
		p.Follows(lSigma, ad.InverseGamma(1.124909, 0.0177))
		p.AddTerm(2 * math.Ln2) // s > 0
		mu := p.Add(a, spectralGP(p, phi, omega, s, l, z))
		sigma := p.Exp(p.Add(b, spectralGP(p, phiSigma, omegaSigma, sSigma, lSigma, zSigma)))
		p.Follows(y, ad.Normal(mu, sigma))
	})
}

// spectralGP returns Φ (√S(ω) z), given −¼ω² of the frequencies.
func spectralGP(p *ad.Tape, phi models.Matrix, quarter []float64, s, l, z ad.Value) ad.Var {
	root := math.Sqrt(math.Sqrt(2 * math.Pi))
	scale := p.Mul(p.Mul(s, root), p.Sqrt(l))
	decay := p.Exp(p.Mul(p.Square(l), quarter))
	return p.MulVec(phi, p.Mul(scale, p.Mul(decay, z)))
}

// frequencies returns −¼ω² of a column of frequencies.
func frequencies(d *Data, name string) []float64 {
	omega, _, cols := d.Rows(name)
	if cols != 1 {
		d.fail(name, "one column")
	}
	x := make([]float64, len(omega))
	for i, w := range omega {
		x[i] = -0.25 * w * w
	}
	return x
}
