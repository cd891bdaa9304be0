package vi_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// randomGLM is a small regression whose columns, prior and data are of any scale
// from 1e-8 to 1e8.
func randomGLM(t testing.TB, seed uint64, shape, extreme uint8) *models.GLM {
	rnd := rand.New(rand.NewPCG(seed, 21))
	n, d := 1+int(shape)%6, 1+int(shape/8)%3
	scale := func(on bool) float64 {
		if !on {
			return 1
		}
		return math.Pow(10, 16*rnd.Float64()-8)
	}
	x, y, precision := make([]float64, n*d), make([]float64, n), make([]float64, d)
	for j := range d {
		c := scale(extreme&1 != 0)
		precision[j] = scale(extreme&2 != 0)
		for i := range n {
			x[i*d+j] = c * rnd.NormFloat64()
		}
	}
	if extreme&4 != 0 && d > 1 { // two columns are the same
		for i := range n {
			x[i*d+1] = x[i*d]
		}
	}
	var lik models.Likelihood
	for i := range y {
		y[i] = float64(rnd.IntN(2))
	}
	switch shape / 64 {
	case 0:
		lik = models.BernoulliLogit{}
	case 1:
		lik = models.BernoulliProbit{}
	case 2:
		lik = models.PoissonLog{}
		for i := range y {
			y[i] = float64(rnd.IntN(5))
		}
	default:
		lik = models.GaussianIdentity{Precision: scale(extreme&8 != 0)}
		for i := range y {
			y[i] = scale(extreme&16 != 0) * rnd.NormFloat64()
		}
	}
	return glm(t, n, d, x, y, lik, precision)
}

// slopes returns ∂ELBO/∂m and ∂ELBO/∂log sd of each coordinate of a diagonal
// Gaussian in units of its standard deviation, by closed forms and estimators of
// the models package alone: E_q[d1], E_q[d2] of every row.
func slopes(g *models.GLM, mean, sd []float64) (dm, ds []float64) {
	n, d := g.X.Dims()
	x := make([]float64, n*d)
	unit := make([]float64, d)
	col := make([]float64, n)
	for j := range d {
		clear(unit)
		unit[j] = 1
		g.X.MulVec(col, unit, 0, n)
		for i, v := range col {
			x[i*d+j] = v
		}
	}
	dm, ds = make([]float64, d), make([]float64, d)
	for j := range d {
		dm[j] = -g.PriorPrecision[j] * mean[j] * sd[j]
		ds[j] = 1 - g.PriorPrecision[j]*sd[j]*sd[j]
	}
	for i := range n {
		var m, v float64
		for j := range d {
			s := x[i*d+j] * sd[j]
			m += x[i*d+j] * mean[j]
			v += s * s
		}
		_, d1, d2 := g.Likelihood.(models.ExpectedLikelihood).ExpectedLogLik(g.Y[i], m, v)
		for j := range d {
			s := x[i*d+j] * sd[j]
			dm[j] += d1 * s
			ds[j] += d2 * s * s
		}
	}
	return dm, ds
}

// checkFit fits a random regression and reports whether all went well. The
// precision matrix of columns and priors of all scales can have a condition number
// of 1e32, and the ELBO of such data be 1e19, whose rounding is a thousand nats: a
// run that finds no way to go on then has to say so, which is to be rare.
func checkFit(t *testing.T, seed uint64, shape, extreme uint8) (ok bool) {
	g := randomGLM(t, seed, shape, extreme)
	d := g.Dim()
	ok = true
	for _, f := range []families.Family{families.FullGaussian(d), families.DiagGaussian(d)} {
		last := math.Inf(-1)
		s := &vi.Settings{MaxIterations: 2000, Check: -1, Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
			// Expectations are good to about 1e-12 of their terms, which cancel.
			if !(it.ELBO >= last-1e-10*(1+math.Abs(last))) {
				t.Errorf("seed %d, %d, %d, %v: the ELBO falls from %.16g to %.16g", seed, shape, extreme, f, last, it.ELBO)
			}
			last = it.ELBO
			return nil
		}), Estimator: new(estimators.Quadrature)}
		res, err := vi.Fit(context.Background(), vi.Problem{Model: g, Family: f}, s)
		if err != nil {
			// Expectations may overflow.
			var nf *estimators.NonFiniteError
			var acc *estimators.AccuracyError
			if !errors.As(err, &nf) && !errors.As(err, &acc) {
				t.Errorf("seed %d, %d, %d, %v: %v", seed, shape, extreme, f, err)
			}
			continue
		}
		if res.Status != vi.Converged && extreme&^4 != 0 {
			ok = false
			continue
		}
		if res.Status != vi.Converged {
			t.Errorf("seed %d, %d, %d, %v: %v after %d iterations, distance %g, ELBO %g", seed, shape, extreme, f, res.Status, res.Iterations, res.Distance, res.ELBO)
			continue
		}
		if math.IsNaN(res.ELBO) || math.IsInf(res.ELBO, 0) {
			t.Errorf("seed %d, %d, %d, %v: converged with the ELBO %g", seed, shape, extreme, f, res.ELBO)
		}
		if f.NumParams() != 2*d {
			continue
		}
		// The distance is the tolerance, or what the rounding of the ELBO leaves.
		q := res.Q.(families.Gaussian)
		sd := q.Cov(nil)
		for j, v := range sd {
			sd[j] = math.Sqrt(v)
		}
		dm, ds := slopes(g, q.Loc(nil), sd)
		for j := range d {
			if tol := 1e-4 + 3*res.Distance; !(math.Abs(dm[j]) <= tol && math.Abs(ds[j]) <= tol) {
				t.Errorf("seed %d, %d, %d: converged with slopes of %g and %g in coordinate %d, per standard deviation", seed, shape, extreme, dm[j], ds[j], j)
			}
		}
	}
	return ok
}

func TestRandomRegressions(t *testing.T) {
	stalled := 0
	for seed := range uint64(400) {
		if !checkFit(t, seed, uint8(seed*37), uint8(seed*101%32)) {
			stalled++
		}
	}
	if stalled > 8 {
		t.Errorf("%d of 400 regressions were not fitted", stalled)
	}
}

func FuzzFit(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, uint8(seed*37), uint8(seed*11))
	}
	f.Fuzz(func(t *testing.T, seed uint64, shape, extreme uint8) { checkFit(t, seed, shape, extreme) })
}
