package main

import (
	"fmt"
	"math"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/models/dataset"
)

// segueProblem is a posterior to approximate, from the standard member of a family on.
type segueProblem struct {
	name   string
	about  string
	model  models.Model
	family families.Family
	large  bool // gradient ascent must be much the slower
	// draw returns the mean and the standard deviation of a member of a family with two
	// parameters; nil: paths are not drawn.
	draw func(q families.Distribution) point
	// member is the inverse of draw. It returns nil if there is none.
	member func(mean, sd float64) families.Distribution
}

// horseKicks are the deaths by horse kick in a corps and year of the Prussian army:
// 109 times none, 65 times one, and so on (Bortkiewicz 1898, Das Gesetz der kleinen
// Zahlen, §12).
var horseKicks = []int{109, 65, 22, 3, 1}

// peas are the four kinds of peas of Mendel's cross of two traits (1866, Versuche über
// Pflanzen-Hybriden, §8): round or wrinkled, yellow or green.
var peas = []int{315, 101, 108, 32}

// The conjugate problems, and one that is not and has two parameters.
func segueSmall(seed uint64) ([]segueProblem, error) {
	linear, err := segueLinear(seed)
	if err != nil {
		return nil, err
	}
	var counts []int
	for k, times := range horseKicks {
		for range times {
			counts = append(counts, k)
		}
	}
	poisson, err := models.NewGammaPoisson(1, 1, counts)
	if err != nil {
		return nil, err
	}
	multinomial, err := models.NewDirichletMultinomial([]float64{1, 1, 1, 1}, peas)
	if err != nil {
		return nil, err
	}
	dose, err := segueDose()
	if err != nil {
		return nil, err
	}
	return []segueProblem{
		{
			name: "gaussian", about: "linear regression of 40 generated rows on 3 columns, conjugate",
			model: linear, family: families.FullGaussian(3),
		},
		{
			name: "gamma", about: "rate of a Poisson law, Bortkiewicz's 200 counts of deaths by horse kick, conjugate",
			model: poisson, family: families.Gamma(),
			draw: func(q families.Distribution) point {
				α, β := q.(*families.GammaDist).Shape(), q.(*families.GammaDist).Rate()
				return point{number(α / β), number(math.Sqrt(α) / β)}
			},
			member: func(mean, sd float64) families.Distribution {
				q := families.Gamma().New().(*families.GammaDist)
				if !(mean > 0) || !q.SetShapeRate(mean*mean/(sd*sd), mean/(sd*sd)) {
					return nil
				}
				return q
			},
		},
		{
			name: "dirichlet", about: "probabilities of 4 kinds, Mendel's 556 peas, conjugate",
			model: multinomial, family: families.Dirichlet(4),
		},
		{
			name: "dose", about: "logistic regression on one column without intercept, 8 rows, not conjugate",
			model: dose, family: families.FullGaussian(1),
			draw: func(q families.Distribution) point {
				g := q.(families.Gaussian)
				return point{number(g.Loc(nil)[0]), number(math.Sqrt(g.Cov(nil)[0]))}
			},
			member: func(mean, sd float64) families.Distribution {
				q := families.FullGaussian(1).New().(families.Gaussian)
				if !q.SetPrecision([]float64{mean}, []float64{1 / (sd * sd)}) {
					return nil
				}
				return q
			},
		},
	}, nil
}

// segueLinear is a linear regression with noise N(0, 0.25) and unit priors on
// generated columns, the second of which is ten times as large as the first.
func segueLinear(seed uint64) (*models.GLM, error) {
	const n, d = 40, 3
	rnd := estimators.NewRng()
	rnd.Seek(estimators.Stream{Seed: seed}, 2)
	x, y := make([]float64, n*d), make([]float64, n)
	for i := range y {
		row := x[i*d : (i+1)*d]
		row[0], row[1], row[2] = 1, rnd.NormFloat64(), rnd.NormFloat64()
		row[2] += 0.5 * row[1]
		y[i] = 0.5 - row[1] + 2*row[2] + 0.5*rnd.NormFloat64()
	}
	m, err := models.NewDense(n, d, x)
	if err != nil {
		return nil, err
	}
	return models.NewGLM(m, y, models.GaussianIdentity{Precision: 4}, []float64{1, 1, 1})
}

// segueDose has one coefficient with the prior N(0, 400), far from the standard member
// with which paths begin.
func segueDose() (*models.GLM, error) {
	x, err := models.NewDense(8, 1, []float64{-0.20, -0.15, -0.10, -0.05, 0.05, 0.10, 0.15, 0.20})
	if err != nil {
		return nil, err
	}
	return models.NewGLM(x, []float64{0, 0, 0, 1, 0, 1, 1, 1}, models.BernoulliLogit{}, []float64{1. / 400})
}

// The rows and columns of a1a, LIBSVM's smallest part of the Adult data, and the prior
// precision of its coefficients and intercept (Mishkin et al. 2018).
const (
	a1aFile  = "classification/a1a.libsvm"
	a1aTest  = "classification/a1a.t.libsvm.gz"
	a1aRows  = 1605
	a1aCols  = 123
	a1aPrior = 2.8072
	// interceptPrior is the precision that the code of the paper gives the intercept.
	interceptPrior = 1e-5
)

// openA1A reads a file of the a1a data, with an intercept in front.
func openA1A(path string) (regression, error) {
	d, err := dataset.OpenLIBSVM(path, &dataset.Options{Storage: dataset.Sparse, Features: a1aCols})
	if err != nil {
		return regression{}, err
	}
	y, err := d.Binary("-1", "1")
	if err != nil {
		return regression{}, err
	}
	return regression{models.WithIntercept(d.X), y}, nil
}

// paperPrior is the logistic regression with the prior of the paper.
func (r regression) paperPrior(δ float64) (*models.GLM, error) {
	_, d := r.x.Dims()
	precision := make([]float64, d)
	for j := range precision {
		precision[j] = δ
	}
	precision[0] = interceptPrior
	return models.NewGLM(r.x, r.y, models.BernoulliLogit{}, precision)
}

// segueLogistic is a1a if there is a folder of data sets, else a generated logistic
// regression.
func segueLogistic(p *paper) (segueProblem, error) {
	if p.data == "" {
		r, err := generateDense(200, 10, p.seed)
		if err != nil {
			return segueProblem{}, err
		}
		m, err := r.glm()
		return segueProblem{name: "logistic", about: "logistic regression of 200 generated rows on 10 columns, not conjugate",
			model: m, family: families.FullGaussian(10), large: true}, err
	}
	path, err := p.open(a1aFile)
	if err != nil {
		return segueProblem{}, err
	}
	r, err := openA1A(path)
	if err != nil {
		return segueProblem{}, err
	}
	n, d := r.x.Dims()
	if n != a1aRows {
		return segueProblem{}, fmt.Errorf("%s has %d rows, want the %d of a1a", path, n, a1aRows)
	}
	m, err := r.paperPrior(a1aPrior)
	return segueProblem{name: "a1a", about: "logistic regression of 1605 rows on 124 columns, not conjugate", model: m, family: families.FullGaussian(d), large: true}, err
}
