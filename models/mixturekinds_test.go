package models_test

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmat"
	"gonum.org/v1/gonum/stat/distmv"
	"gonum.org/v1/gonum/stat/distuv"

	"natgrad/models"
)

// mixtureKind is a kind of mixture of three components for rows of two columns, with its
// densities by other programs.
type mixtureKind struct {
	name string
	make func(x *models.Dense, w models.Weights) (*models.Mixture, error)
	// point draws what the components have of z.
	point func(rnd *rand.Rand) []float64
	// prior is the log-density of what the components have of z, and row that of a row
	// under component k.
	prior func(z []float64) float64
	row   func(z, y []float64, k int) float64
	// value turns a count into what can be observed.
	value func(count float64) float64
}

const (
	kindK  = 3
	kindD  = 2
	kindα0 = 0.7
)

// kindPrior has no defaults.
var kindPrior = models.GaussPrior{MeanPrecision: 0.4, Mean: []float64{2, 1.5}, DoF: 3.5, Scale: []float64{2, 0.5, 0.5, 1.5}}

// kindCenter is the mean of the rows, to which the means in z are relative.
func kindCenter() []float64 {
	center, y := make([]float64, kindD), kindRows()
	for i, v := range y {
		center[i%kindD] += v * kindD / float64(len(y))
	}
	return center
}

// kindRows are counts.
func kindRows() []float64 {
	y := make([]float64, 40*kindD)
	for i := range y {
		y[i] = float64((i*i + i/7) % 5)
	}
	return y
}

// normal is the log-density of a Gaussian with the precision a, d×d.
func normal(y, mean, a []float64) float64 {
	var inv mat.Dense
	if err := inv.Inverse(mat.NewDense(len(y), len(y), append([]float64(nil), a...))); err != nil {
		panic(err)
	}
	cov := mat.NewSymDense(len(y), nil)
	for i := range y {
		for j := range y {
			cov.SetSym(i, j, inv.At(i, j))
		}
	}
	n, ok := distmv.NewNormal(mean, cov, nil)
	if !ok {
		panic("not positive definite")
	}
	return n.LogProb(y)
}

// wishart is the log-density of a under Wishart(ν, C⁻¹).
func wishart(a []float64, ν float64, c []float64) float64 {
	var inv mat.Dense
	d := int(math.Sqrt(float64(len(a))))
	if err := inv.Inverse(mat.NewDense(d, d, append([]float64(nil), c...))); err != nil {
		panic(err)
	}
	scale := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range d {
			scale.SetSym(i, j, inv.At(i, j))
		}
	}
	w, ok := distmat.NewWishart(scale, ν, nil)
	if !ok {
		panic("no Wishart distribution")
	}
	return w.LogProbSym(mat.NewSymDense(d, append([]float64(nil), a...)))
}

func gammaOf(x, shape, rate float64) float64 {
	return distuv.Gamma{Alpha: shape, Beta: rate}.LogProb(x)
}

// times returns a multiple of a.
func times(h float64, a []float64) []float64 {
	return floats.ScaleTo(make([]float64, len(a)), h, a)
}

func add(a, b []float64) []float64 { return floats.AddTo(make([]float64, len(a)), a, b) }

// isotropic returns the matrix with numbers τ on its diagonal.
func isotropic(τ ...float64) []float64 {
	a := make([]float64, len(τ)*len(τ))
	for i, v := range τ {
		a[i*len(τ)+i] = v
	}
	return a
}

func gaussKind(c models.Covariance, scale []float64, means func(z []float64, k int) []float64, precision func(z []float64, k int) []float64,
	point func(rnd *rand.Rand) []float64, priorOfPrecisions func(z []float64) float64) mixtureKind {
	p := kindPrior
	p.Scale = scale
	center := kindCenter()
	return mixtureKind{
		name: c.String(),
		make: func(x *models.Dense, w models.Weights) (*models.Mixture, error) {
			return models.NewGaussMixture(x, kindK, c, &p, w, kindα0)
		},
		point: point,
		prior: func(z []float64) float64 {
			lp := priorOfPrecisions(z)
			for k := range kindK {
				lp += normal(add(means(z, k), center), p.Mean, times(p.MeanPrecision, precision(z, k)))
			}
			return lp
		},
		row:   func(z, y []float64, k int) float64 { return normal(y, add(means(z, k), center), precision(z, k)) },
		value: func(count float64) float64 { return count },
	}
}

// drawMatrix returns a positive definite matrix.
func drawMatrix(rnd *rand.Rand) []float64 {
	a, b, r := 0.3+rnd.Float64(), 0.3+rnd.Float64(), 1.6*rnd.Float64()-0.8
	return []float64{a, r * math.Sqrt(a*b), r * math.Sqrt(a*b), b}
}

var mixtureKinds = []mixtureKind{
	gaussKind(models.FullCovariance, kindPrior.Scale,
		func(z []float64, k int) []float64 { return z[6*k : 6*k+2] },
		func(z []float64, k int) []float64 { return z[6*k+2 : 6*k+6] },
		func(rnd *rand.Rand) (z []float64) {
			for range kindK {
				z = append(append(z, rnd.NormFloat64(), rnd.NormFloat64()), drawMatrix(rnd)...)
			}
			return z
		},
		func(z []float64) (lp float64) {
			for k := range kindK {
				lp += wishart(z[6*k+2:6*k+6], kindPrior.DoF, kindPrior.Scale)
			}
			return lp
		}),
	gaussKind(models.TiedCovariance, kindPrior.Scale,
		func(z []float64, k int) []float64 { return z[2*k : 2*k+2] },
		func(z []float64, _ int) []float64 { return z[6:] },
		func(rnd *rand.Rand) (z []float64) {
			for range kindK {
				z = append(z, rnd.NormFloat64(), rnd.NormFloat64())
			}
			return append(z, drawMatrix(rnd)...)
		},
		func(z []float64) float64 { return wishart(z[6:], kindPrior.DoF, kindPrior.Scale) }),
	gaussKind(models.DiagCovariance, []float64{2, 1.5},
		func(z []float64, k int) []float64 { return []float64{z[4*k], z[4*k+2]} },
		func(z []float64, k int) []float64 { return isotropic(z[4*k+1], z[4*k+3]) },
		func(rnd *rand.Rand) (z []float64) {
			for range kindK * kindD {
				z = append(z, rnd.NormFloat64(), 0.3+rnd.Float64())
			}
			return z
		},
		func(z []float64) (lp float64) {
			for i := range kindK * kindD {
				lp += gammaOf(z[2*i+1], 0.5*kindPrior.DoF, 0.5*[]float64{2, 1.5}[i%2])
			}
			return lp
		}),
	gaussKind(models.SphericalCovariance, []float64{1.8},
		func(z []float64, k int) []float64 { return z[3*k : 3*k+2] },
		func(z []float64, k int) []float64 { return isotropic(z[3*k+2], z[3*k+2]) },
		func(rnd *rand.Rand) (z []float64) {
			for range kindK {
				z = append(z, rnd.NormFloat64(), rnd.NormFloat64(), 0.3+rnd.Float64())
			}
			return z
		},
		func(z []float64) (lp float64) {
			for k := range kindK {
				lp += gammaOf(z[3*k+2], kindPrior.DoF, 1.8) // d = 2 halves cancel
			}
			return lp
		}),
	{
		name: "Poisson",
		make: func(x *models.Dense, w models.Weights) (*models.Mixture, error) {
			return models.NewPoissonMixture(x, kindK, &models.GammaPrior{Shape: 1.3, Rate: []float64{0.6, 0.9}}, w, kindα0)
		},
		point: positives(kindK * kindD),
		prior: func(z []float64) (lp float64) {
			for i, v := range z {
				lp += gammaOf(v, 1.3, []float64{0.6, 0.9}[i%2])
			}
			return lp
		},
		row: func(z, y []float64, k int) float64 {
			return distuv.Poisson{Lambda: z[2*k]}.LogProb(y[0]) + distuv.Poisson{Lambda: z[2*k+1]}.LogProb(y[1])
		},
		value: func(count float64) float64 { return count },
	},
	{
		name: "Gamma",
		make: func(x *models.Dense, w models.Weights) (*models.Mixture, error) {
			return models.NewGammaMixture(x, kindK, &models.GammaMixturePrior{Shape: 1.7, Confidence: 1.2}, w, kindα0)
		},
		point: positives(2 * kindK * kindD),
		prior: func(z []float64) (lp float64) {
			for i := range kindK * kindD {
				m := 0.5 + kindCenter()[i%2]/3
				lp += gammaOf(z[2*i], 1.2, 1.2/1.7) + gammaOf(z[2*i+1], 1.2, 1.2*m/1.7)
			}
			return lp
		},
		row: func(z, y []float64, k int) float64 {
			return gammaOf(y[0], z[4*k], z[4*k+1]) + gammaOf(y[1], z[4*k+2], z[4*k+3])
		},
		value: func(count float64) float64 { return 0.5 + count/3 },
	},
	{
		name: "categorical",
		make: func(x *models.Dense, w models.Weights) (*models.Mixture, error) {
			return models.NewCategoricalMixture(x, kindK, []int{5, 6}, 0.8, w, kindα0)
		},
		point: func(rnd *rand.Rand) (z []float64) {
			for range kindK {
				z = append(append(z, simplex(rnd, 5)...), simplex(rnd, 6)...)
			}
			return z
		},
		prior: func(z []float64) (lp float64) {
			for k := range kindK {
				zk := z[11*k : 11*k+11]
				lp += dirichlet(zk[:5], 0.8) + dirichlet(zk[5:], 0.8)
			}
			return lp
		},
		row: func(z, y []float64, k int) float64 {
			return math.Log(z[11*k+int(y[0])]) + math.Log(z[11*k+5+int(y[1])])
		},
		value: func(count float64) float64 { return count },
	},
}

func positives(n int) func(rnd *rand.Rand) []float64 {
	return func(rnd *rand.Rand) []float64 {
		z := make([]float64, n)
		for i := range z {
			z[i] = 0.3 + 2*rnd.Float64()
		}
		return z
	}
}

func simplex(rnd *rand.Rand, n int) []float64 {
	p := make([]float64, n)
	for i := range p {
		p[i] = 0.1 + rnd.Float64()
	}
	return times(1/floats.Sum(p), p)
}

func dirichlet(p []float64, α float64) float64 {
	a := make([]float64, len(p))
	for i := range a {
		a[i] = α
	}
	return distmv.NewDirichlet(a, nil).LogProb(p)
}

// weightsPoint draws what the weights have of z, and returns the weights and the
// log-density of their prior.
func weightsPoint(rnd *rand.Rand, w models.Weights) (z, π []float64, prior float64) {
	if w == models.DirichletWeights {
		π = simplex(rnd, kindK)
		return π, π, dirichlet(π, kindα0)
	}
	left := 1.0
	for k := range kindK {
		v := 0.1 + 0.8*rnd.Float64()
		if k == kindK-1 && w == models.StickWeights {
			return z, append(π, left), prior
		}
		z, π = append(z, v), append(π, left*v)
		prior += distuv.Beta{Alpha: 1, Beta: kindα0}.LogProb(v)
		left *= 1 - v
	}
	return z, π, prior
}
