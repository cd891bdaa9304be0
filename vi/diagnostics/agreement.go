package diagnostics

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// Summary is what is compared of a fit.
type Summary struct {
	Mean, SD []float64 // of the parameters
	ELBO     Estimate
}

// Agreement says how far two fits are apart.
type Agreement struct {
	// Mean is the largest |m_a − m_b|/min(s_a, s_b), and MeanAt its parameter,
	// −1 if parameters were not compared one by one.
	Mean   float64
	MeanAt int

	// LogSD is the largest |log s_a − log s_b|, and LogSDAt its parameter or −1.
	LogSD   float64
	LogSDAt int

	// ELBO is that of a less that of b, with the standard error for independent
	// draws; zero if ELBOs were not compared.
	ELBO Estimate
}

// Compare returns the agreement of two fits parameter by parameter. All numbers
// must be finite and standard deviations positive.
func Compare(a, b Summary) (Agreement, error) {
	d := len(a.Mean)
	if len(a.SD) != d || len(b.Mean) != d || len(b.SD) != d {
		panic(badSummaryLength)
	}
	if d == 0 {
		return Agreement{}, &CountError{Of: "parameters", Got: 0, Want: 1}
	}
	for i, s := range []Summary{a, b} {
		if err := s.check([]string{"first", "second"}[i]); err != nil {
			return Agreement{}, err
		}
	}
	r := Agreement{ELBO: Estimate{
		Value:  a.ELBO.Value - b.ELBO.Value,
		StdErr: math.Hypot(a.ELBO.StdErr, b.ELBO.StdErr),
	}}
	for j := range d {
		s := min(a.SD[j], b.SD[j])
		if v := math.Abs(a.Mean[j]-b.Mean[j]) / s; v > r.Mean {
			r.Mean, r.MeanAt = v, j
		}
		if v := math.Abs(math.Log(a.SD[j]) - math.Log(b.SD[j])); v > r.LogSD {
			r.LogSD, r.LogSDAt = v, j
		}
	}
	return r, nil
}

func (s Summary) check(which string) error {
	if err := checkFinite(which+" mean", s.Mean); err != nil {
		return err
	}
	for j, v := range s.SD {
		if !(v > 0) || math.IsInf(v, 1) {
			return &ValueError{Of: which + " standard deviation", Index: j, Column: -1, Got: v, Want: "a finite positive number"}
		}
	}
	if err := checkFinite(which+" ELBO", []float64{s.ELBO.Value}); err != nil {
		return err
	}
	return checkFinite(which+" standard error of the ELBO", []float64{s.ELBO.StdErr})
}

// CompareGaussians returns the agreement of two Gaussians, covariances full and
// row-major, over all linear combinations of their parameters,
//
//	Mean  = max_c |cᵀ(m_a − m_b)|/min(√(cᵀΣ_a c), √(cᵀΣ_b c))
//	LogSD = max_c ½ |log cᵀΣ_a c − log cᵀΣ_b c|
//
// which no linear change of parameters alters: Mean is the larger Mahalanobis
// distance, LogSD half the largest |log| of an eigenvalue of Σ_a⁻¹Σ_b.
func CompareGaussians(meanA, covA, meanB, covB []float64) (Agreement, error) {
	d := len(meanA)
	if len(meanB) != d || len(covA) != d*d || len(covB) != d*d {
		panic(badCovLength)
	}
	if d == 0 {
		return Agreement{}, &CountError{Of: "parameters", Got: 0, Want: 1}
	}
	a, err := newGaussian("first", meanA, covA)
	if err != nil {
		return Agreement{}, err
	}
	b, err := newGaussian("second", meanB, covB)
	if err != nil {
		return Agreement{}, err
	}
	r := Agreement{MeanAt: -1, LogSDAt: -1}
	r.Mean = max(a.distance(b), b.distance(a))
	for _, v := range []float64{a.largestRatio(b), b.largestRatio(a)} {
		r.LogSD = max(r.LogSD, 0.5*math.Log(v))
	}
	return r, nil
}

// gaussian is a Gaussian with the lower Cholesky factor L of its covariance.
type gaussian struct {
	mean  []float64
	lower *mat.TriDense
}

func newGaussian(which string, mean, cov []float64) (gaussian, error) {
	d := len(mean)
	if err := checkFinite(which+" mean", mean); err != nil {
		return gaussian{}, err
	}
	for i, v := range cov {
		if !isFinite(v) {
			return gaussian{}, &ValueError{Of: which + " covariance", Index: i / d, Column: i % d, Got: v, Want: "a finite number"}
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(mat.NewSymDense(d, cov)) {
		return gaussian{}, &DefiniteError{Of: which + " covariance"}
	}
	g := gaussian{mean: mean, lower: new(mat.TriDense)}
	chol.LTo(g.lower)
	return g, nil
}

// distance returns the Mahalanobis distance |L⁻¹(m_other − m)|, +Inf where it
// overflows.
func (g gaussian) distance(other gaussian) float64 {
	u := mat.NewDense(len(g.mean), 1, nil)
	for i, v := range g.mean {
		u.Set(i, 0, other.mean[i]-v)
	}
	g.solve(u)
	if r := mat.Norm(u, 2); isFinite(r) {
		return r
	}
	return math.Inf(1)
}

// largestRatio returns the largest ratio of variances of other and g over all
// directions, the square of the largest singular value of L⁻¹ L_other; +Inf
// where it overflows.
func (g gaussian) largestRatio(other gaussian) float64 {
	m := mat.DenseCopyOf(other.lower)
	g.solve(m)
	if r := mat.Norm(m, math.Inf(1)); !isFinite(r) {
		return math.Inf(1)
	}
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDNone) {
		return math.Inf(1)
	}
	v := svd.Values(nil)[0]
	return v * v
}

// solve replaces m with L⁻¹ m. The condition of L is no concern: it does not
// matter for parameters on different scales.
func (g gaussian) solve(m *mat.Dense) {
	blas64.Trsm(blas.Left, blas.NoTrans, 1, g.lower.RawTriangular(), m.RawMatrix())
}
