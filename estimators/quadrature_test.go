package estimators

import (
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/families"
	"natgrad/models"
)

// The optimum of the ELBO is a fixed point: the natural gradient of E[log p] is
// λ itself, and E[log p] is the ELBO less the entropy.
func TestQuadratureFixedPoint(t *testing.T) {
	m, full, diag := logisticToy(t)
	for _, o := range []toyOptimum{full, diag} {
		q := o.member()
		e := new(Quadrature)
		initOrFail(t, e, m, q.Family())
		g, s := estimateOrFail(t, e, q, Stream{})
		for i, λ := range q.Natural(nil) {
			if math.Abs(g[i]-λ) > 1e-10*(1+math.Abs(λ)) {
				t.Errorf("%s: natural gradient %d is %v, want λ = %v", q.Family(), i, g[i], λ)
			}
		}
		if elbo := s.ELogJoint + q.Entropy(); math.Abs(elbo-o.Elbo) > 1e-12 {
			t.Errorf("%s: ELBO %v, want %v", q.Family(), elbo, o.Elbo)
		}
		if s.StdErr != 0 || !e.Deterministic() {
			t.Errorf("standard error %v of a deterministic estimate", s.StdErr)
		}
	}
}

// sparseGLM has rows with about a third of d columns, a prior mean, and more
// rows than a chunk.
func sparseGLM(t testing.TB, n, d int, lik models.Likelihood, ones bool) *models.GLM {
	rnd := rand.New(rand.NewPCG(3, uint64(n*d)))
	x, y, δ, m0 := make([]float64, n*d), make([]float64, n), make([]float64, d), make([]float64, d)
	for i := range x {
		if rnd.IntN(3) == 0 {
			if x[i] = 1; !ones {
				x[i] = rnd.NormFloat64()
			}
		}
	}
	for i := range y {
		y[i] = float64(rnd.IntN(2))
	}
	for j := range δ {
		δ[j], m0[j] = 0.5+rnd.Float64(), rnd.NormFloat64()
	}
	mat, err := models.NewDense(n, d, x)
	if err != nil {
		t.Fatal(err)
	}
	g, err := models.NewGLM(mat, y, lik, δ)
	if err != nil {
		t.Fatal(err)
	}
	if g, err = g.WithPriorMean(m0); err != nil {
		t.Fatal(err)
	}
	return g
}

// On a linear regression the quadrature is the conjugate posterior, prior mean
// included.
func TestQuadratureIsExactOnLinearRegression(t *testing.T) {
	const d = 7
	m := sparseGLM(t, 600, d, models.GaussianIdentity{Precision: 1.7}, false)
	f := families.FullGaussian(d)
	q := testMember(f)
	exact, e := new(Exact), new(Quadrature)
	initOrFail(t, exact, m, f)
	initOrFail(t, e, m, f)
	want, ws := estimateOrFail(t, exact, q, Stream{})
	got, s := estimateOrFail(t, e, q, Stream{})
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-11*(1+math.Abs(want[i])) {
			t.Errorf("natural gradient %d is %v, want %v", i, got[i], want[i])
		}
	}
	if math.Abs(s.ELogJoint-ws.ELogJoint) > 1e-12*math.Abs(ws.ELogJoint) {
		t.Errorf("E[log p] is %v, want %v", s.ELogJoint, ws.ELogJoint)
	}
}

// Price agrees within its noise on every likelihood, family and kind of matrix;
// batches count their likelihood by the scale.
func TestQuadratureAgreesWithPrice(t *testing.T) {
	const d = 4
	for _, lik := range []models.Likelihood{
		models.BernoulliLogit{}, models.BernoulliProbit{}, models.PoissonLog{}, models.GaussianIdentity{Precision: 0.3},
	} {
		g := sparseGLM(t, 300, d, lik, false)
		rows := make([]int, 280)
		for i := range rows {
			rows[i] = 299 - i
		}
		for _, m := range []models.Model{g, g.Batch(rows, 2.5)} {
			for _, f := range []families.Family{families.FullGaussian(d), families.DiagGaussian(d)} {
				q := testMember(f)
				e := new(Quadrature)
				initOrFail(t, e, m, f)
				g, s := estimateOrFail(t, e, q, Stream{})
				p := &Price{}
				initOrFail(t, p, m, f)
				if _, linear := lik.(models.GaussianIdentity); !linear {
					checkMean(t, p, q, g, s.ELogJoint, 200)
					continue
				}
				want, ws := estimateOrFail(t, p, q, Stream{}) // exact but for rounding
				for i := range want {
					if math.Abs(g[i]-want[i]) > 1e-11*(1+math.Abs(want[i])) {
						t.Errorf("%s, entry %d: %v, Price gives %v", f, i, g[i], want[i])
					}
				}
				if math.Abs(s.ELogJoint-ws.ELogJoint) > 1e-11*math.Abs(ws.ELogJoint) {
					t.Errorf("%s: E[log p] is %v, Price gives %v", f, s.ELogJoint, ws.ELogJoint)
				}
			}
		}
	}
}

func TestQuadratureDenseIsSparse(t *testing.T) {
	const d = 21
	for _, ones := range []bool{true, false} {
		dense := sparseGLM(t, 700, d, models.BernoulliLogit{}, ones)
		sparse, err := models.NewGLM(dense.X.(*models.Dense).Sparse(), dense.Y, dense.Likelihood, dense.PriorPrecision)
		if err != nil {
			t.Fatal(err)
		}
		if sparse, err = sparse.WithPriorMean(dense.PriorMean); err != nil {
			t.Fatal(err)
		}
		for _, f := range []families.Family{families.FullGaussian(d), families.DiagGaussian(d)} {
			q := testMember(f)
			a, b := new(Quadrature), new(Quadrature)
			initOrFail(t, a, dense, f)
			initOrFail(t, b, sparse, f)
			want, ws := estimateOrFail(t, a, q, Stream{})
			got, s := estimateOrFail(t, b, q, Stream{})
			for i := range want {
				if math.Abs(got[i]-want[i]) > 1e-11*(1+math.Abs(want[i])) {
					t.Errorf("%s, ones %v: natural gradient %d is %v sparse, %v dense", f, ones, i, got[i], want[i])
				}
			}
			if math.Abs(s.ELogJoint-ws.ELogJoint) > 1e-12*math.Abs(ws.ELogJoint) {
				t.Errorf("%s, ones %v: E[log p] is %v sparse, %v dense", f, ones, s.ELogJoint, ws.ELogJoint)
			}
		}
	}
}

// The batches of an epoch are all rows, so that their estimates average to that
// of the whole.
func TestQuadratureMinibatchAverages(t *testing.T) {
	const n, d, size = 600, 5, 50
	m := sparseGLM(t, n, d, models.BernoulliLogit{}, false)
	for _, f := range []families.Family{families.FullGaussian(d), families.DiagGaussian(d)} {
		q := testMember(f)
		whole, batch := new(Quadrature), &Minibatch{Estimator: new(Quadrature), Size: size}
		initOrFail(t, whole, m, f)
		initOrFail(t, batch, m, f)
		want, ws := estimateOrFail(t, whole, q, Stream{})
		mean, elbo := make([]float64, len(want)), 0.0
		for i := range uint64(n / size) {
			g, s := estimateOrFail(t, batch, q, Stream{Seed: 4, Iter: i})
			for j, x := range g {
				mean[j] += x * size / n
			}
			elbo += s.ELogJoint * size / n
			if !(s.StdErr > 0) {
				t.Errorf("standard error %v of a batch", s.StdErr)
			}
		}
		for j := range want {
			if math.Abs(mean[j]-want[j]) > 1e-11*(1+math.Abs(want[j])) {
				t.Errorf("%s: batches average to %v in entry %d, want %v", f, mean[j], j, want[j])
			}
		}
		if math.Abs(elbo-ws.ELogJoint) > 1e-12*math.Abs(ws.ELogJoint) {
			t.Errorf("%s: batches average to E[log p] = %v, want %v", f, elbo, ws.ELogJoint)
		}
	}
}

// Linear predictors of 1e4 and of variance 0 or 1e12 are nothing special.
func TestQuadratureExtremePredictors(t *testing.T) {
	x, _ := models.NewDense(4, 2, []float64{1e4, 0, -1e4, 0, 0, 0, 0, 1e6})
	for _, lik := range []models.Likelihood{models.BernoulliLogit{}, models.BernoulliProbit{}} {
		m, err := models.NewGLM(x, []float64{1, 1, 0, 1}, lik, []float64{1, 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []families.Family{families.FullGaussian(2), families.DiagGaussian(2)} {
			q := f.New().(families.Gaussian)
			cov := []float64{1e-10, 0, 0, 1}
			if q.CovLen() == 2 {
				cov = []float64{1e-10, 1}
			}
			q.SetMoments([]float64{1, 0}, cov)
			e := new(Quadrature)
			initOrFail(t, e, m, f)
			_, s := estimateOrFail(t, e, q, Stream{})
			// Row by row, and the prior: ½(−log 2π) − ½(m² + v) twice.
			want := -math.Log(2*math.Pi) - 0.5*(1+1e-10) - 0.5
			for i, row := range [][2]float64{{1e4, 1e-2}, {-1e4, 1e-2}, {0, 0}, {0, 1e12}} {
				ell, _, _ := lik.(models.ExpectedLikelihood).ExpectedLogLik(m.Y[i], row[0], row[1])
				want += ell
			}
			if math.Abs(s.ELogJoint-want) > 1e-11*math.Abs(want) {
				t.Errorf("%T, %s: E[log p] is %v, want %v", lik, f, s.ELogJoint, want)
			}
		}
	}
}

// belowZero has variances that rounding left below 0.
type belowZero struct{ models.Matrix }

func (belowZero) QuadForm(dst []float64, _, _ []float64, _, _ int, _ *models.Work) {
	for i := range dst {
		dst[i] = -1e-12
	}
}

// Where coefficients cancel, rounding may make the variance of a row negative: it
// counts as 0.
func TestQuadratureVarianceRoundedBelowZero(t *testing.T) {
	base := sparseGLM(t, 40, 2, models.BernoulliLogit{}, false)
	for _, lik := range []models.Likelihood{
		models.BernoulliLogit{}, models.BernoulliProbit{}, analytic{models.BernoulliLogit{}, 3}, plain{models.BernoulliLogit{}},
	} {
		m, err := models.NewGLM(belowZero{base.X}, base.Y, lik, base.PriorPrecision)
		if err != nil {
			t.Fatal(err)
		}
		f := families.FullGaussian(2)
		q := testMember(f)
		e := new(Quadrature)
		initOrFail(t, e, m, f)
		_, s := estimateOrFail(t, e, q, Stream{})
		// Without variance E[log lik] is log lik at the mean; E[z²] has both.
		want := m.LogJoint(q.Loc(nil))
		cov := q.Cov(nil)
		for j, δ := range m.PriorPrecision {
			want -= 0.5 * δ * cov[3*j]
		}
		if math.Abs(s.ELogJoint-want) > 1e-12*math.Abs(want) {
			t.Errorf("%T: E[log p] is %v, want %v", lik, s.ELogJoint, want)
		}
	}
}
