package models

import (
	"fmt"
	"math"
)

// Covariance is the shape of the covariances of a Gaussian mixture. C is the Scale
// of a GaussPrior, d the number of columns.
type Covariance int

const (
	// FullCovariance: Λ_k ~ Wishart(ν₀, C⁻¹), x_k | Λ_k ~ N(m₀, (κ₀Λ_k)⁻¹). Family
	// Repeat(K, NormalWishart(d)).
	FullCovariance Covariance = iota
	// TiedCovariance: one Λ ~ Wishart(ν₀, C⁻¹) for all components. Family
	// TiedNormalWishart(K, d).
	TiedCovariance
	// DiagCovariance: τ_kj ~ Gamma(ν₀/2, C_j/2) for each column, x_kj | τ_kj ~
	// N(m₀_j, 1/(κ₀τ_kj)). Family Repeat(Kd, NormalGamma), column by column within a
	// component.
	DiagCovariance
	// SphericalCovariance: τ_k ~ Gamma(ν₀d/2, Cd/2), x_k | τ_k ~ N(m₀, 1/(κ₀τ_k)).
	// Family Repeat(K, SphericalNormalGamma(d)).
	SphericalCovariance
)

var covarianceNames = [...]string{"full", "tied", "diag", "spherical"}

func (c Covariance) valid() bool { return c >= 0 && int(c) < len(covarianceNames) }

func (c Covariance) String() string {
	if c.valid() {
		return covarianceNames[c]
	}
	return fmt.Sprintf("Covariance(%d)", int(c))
}

// GaussPrior is the prior of the components of a Gaussian mixture. The zero value is
// that of scikit-learn's BayesianGaussianMixture.
//
// The names stand for the same numbers there, and one step from the same
// responsibilities leads to the same means and precisions E[Λ_k], if what is tied is
// multiplied by the number of components: scikit-learn divides the counts by it,
// so that its ν₀ and C correspond to Kν₀ and KC here. For more than one column its
// diagonal and spherical covariances use a Wishart's E log|Λ| for independent
// precisions, which is not the posterior of any model; here it is that of the
// Gammas, so that the steps after the first differ.
type GaussPrior struct {
	// MeanPrecision is κ₀, the number of rows that the prior mean is worth. 0: 1.
	MeanPrecision float64
	// Mean is m₀, in the coordinates of the data. nil: the mean of the rows.
	Mean []float64
	// DoF is ν₀, above d−1 if Λ is a Wishart, else positive. 0: d.
	DoF float64
	// Scale is C, the inverse scale W₀⁻¹ of the Wishart, so that C/ν₀ is a typical
	// covariance: d×d row-major, d numbers for DiagCovariance, 1 for
	// SphericalCovariance. nil: the covariance of all rows, with divisor n−1, of
	// which only the diagonal or its mean is taken.
	Scale []float64
}

// NewGaussMixture returns the Bayesian mixture of K Gaussian components for the rows
// of x: a Mixture whose components are *GaussComponents. w and concentration are as
// in NewMixture, prior may be nil. The error, a *DataError, names what the prior
// or the rows lack, such as a column that is constant; a *RowsError, that they could
// not be read.
//
// Rows in memory, a *Dense, are kept. Others are read twice here, three times for a
// Scale from the rows, and then whenever they are needed, without keeping them, so
// that the memory does not grow with their number. Where that fails later,
// Explain returns the *RowsError.
func NewGaussMixture(x Rows, k int, c Covariance, prior *GaussPrior, w Weights, concentration float64) (*Mixture, error) {
	g, err := NewGaussComponents(x, k, c, prior)
	if err != nil {
		return nil, err
	}
	return NewMixture(g, w, concentration)
}

// GaussComponents are K Gaussian densities, whose precisions have a shape. Means
// in z, and so the family, are relative to Center.
type GaussComponents struct {
	gaussRows
	cov   Covariance
	prior resolvedPrior
	shape gaussShape
}

// gaussShape is what depends on the Covariance.
type gaussShape interface {
	family() string
	dim() int
	numParams() int
	globalNatural(dst []float64) float64
	expect(μ []float64) bool
	at(z []float64) float64
	features() // of the rows loaded, after the first 1+d
	addLogLik(dst []float64)
	addStats(dst, resp []float64)
	// numFeatures is the number of statistics of a row for each component.
	numFeatures() int
	fork(r *gaussRows) gaussShape
	// member reads the parameters of component k, see mixtureposterior.go.
	member(λ []float64, k int) (κ []float64, ν float64, m, c []float64)
}

// NewGaussComponents returns K components for the rows of x. Errors are as those of
// NewGaussMixture.
func NewGaussComponents(x Rows, k int, c Covariance, prior *GaussPrior) (*GaussComponents, error) {
	if k < 1 {
		return nil, &DataError{Row: -1, Col: -1, Got: fmt.Sprintf("%d components", k), Want: "at least 1"}
	}
	if !c.valid() {
		return nil, &DataError{Row: -1, Col: -1, Got: c.String(), Want: "a shape of covariances"}
	}
	rows, err := newGaussRows(x, k)
	if err != nil {
		return nil, err
	}
	g := &GaussComponents{cov: c, gaussRows: rows}
	if g.prior, err = resolvePrior(prior, c, &g.gaussRows); err != nil {
		return nil, err
	}
	g.makeShape()
	return g, nil
}

func (g *GaussComponents) makeShape() {
	r, p := &g.gaussRows, &g.prior
	switch g.cov {
	case FullCovariance:
		g.shape = newFullGauss(r, p)
	case TiedCovariance:
		g.shape = newTiedGauss(r, p)
	case DiagCovariance:
		g.shape = newDiagGauss(r, p)
	case SphericalCovariance:
		g.shape = newSphericalGauss(r, p)
	}
	g.makeScratch(g.shape.numFeatures())
}

// Fork implements Components.
func (g *GaussComponents) Fork() Components {
	f := &GaussComponents{gaussRows: g.gaussRows, cov: g.cov, prior: g.prior}
	f.makeShape()
	return f
}

// Subset implements StreamedComponents.
func (g *GaussComponents) Subset(rows []int) (Components, error) {
	r, err := g.gaussRows.subset(rows)
	if err != nil {
		return nil, err
	}
	f := &GaussComponents{gaussRows: r, cov: g.cov, prior: g.prior}
	f.makeShape()
	return f, nil
}

// Err implements StreamedComponents.
func (g *GaussComponents) Err() error { return g.err }

// Covariance returns the shape.
func (g *GaussComponents) Covariance() Covariance { return g.cov }

// Center stores the mean of the rows, which means are relative to, in dst, which is
// allocated if it is nil.
func (g *GaussComponents) Center(dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, g.d)
	}
	if len(dst) != g.d {
		panic(badLength)
	}
	copy(dst, g.center)
	return dst
}

// Num implements Components.
func (g *GaussComponents) Num() int { return g.k }

// NumData implements Components.
func (g *GaussComponents) NumData() int { return g.n }

// Family implements Components.
func (g *GaussComponents) Family() string { return g.shape.family() }

// Dim implements Components.
func (g *GaussComponents) Dim() int { return g.shape.dim() }

// NumParams implements Components.
func (g *GaussComponents) NumParams() int { return g.shape.numParams() }

// MaxRows implements Components.
func (g *GaussComponents) MaxRows() int { return g.max }

// GlobalNatural implements Components.
func (g *GaussComponents) GlobalNatural(dst []float64) float64 { return g.shape.globalNatural(dst) }

// Expect implements Components.
func (g *GaussComponents) Expect(_, μ []float64) bool {
	g.err = nil
	return g.shape.expect(μ)
}

// At implements Components.
func (g *GaussComponents) At(z []float64) float64 {
	g.err = nil
	return g.shape.at(z)
}

// Load implements Components.
func (g *GaussComponents) Load(rows []int) {
	g.load(rows)
	g.shape.features()
}

// AddLogLik implements Components.
func (g *GaussComponents) AddLogLik(dst []float64) { g.shape.addLogLik(dst) }

// AddStats implements Components.
func (g *GaussComponents) AddStats(dst, resp []float64) { g.shape.addStats(dst, resp) }

const log2π = 1.8378770664093454835606594728112353

// halfLog2π returns ½ d log 2π.
func halfLog2π(d int) float64 { return 0.5 * float64(d) * log2π }

// multiLgamma returns log Γ_d(a), the multivariate Gamma function.
func multiLgamma(a float64, d int) float64 {
	l := 0.25 * float64(d*(d-1)) * math.Log(math.Pi)
	for j := range d {
		l += lgamma(a - 0.5*float64(j))
	}
	return l
}
