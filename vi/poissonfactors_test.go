package vi_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/vi"
)

// blocks are counts with rows and columns of 0, to which factors do not fit well.
var blocks = []float64{
	0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 8, 0, 0, 4, 0, 0, 1, 4, 0, 4, 4, 0, 4, 0, 4, 4, 0,
	2, 1, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 4, 2, 0, 0, 2, 0, 0, 8, 0, 0, 3, 1, 0, 2,
	4, 0, 4, 0, 4, 4, 0, 0, 2, 0, 0, 8, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 6, 0, 0}

// blockOptima are the ELBOs of all the fixed points that coordinate ascent, written in
// numpy with a rate for each row and column, comes to from 280 starts.
var blockOptima = []float64{
	-173.337675257, -173.422305015, -173.434183888, -173.552741508, -173.556215152, -173.716957878, -173.905717202,
	-173.974069623, -173.983267871, -174.573726373, -174.936907745, -174.978027037, -175.062507604, -175.424703733,
	-175.950791603, -177.247419074, -178.805877603, -179.158671588, -179.641920944, -179.949945953, -180.001095194,
	-180.075569056, -180.129739451, -180.46645606, -180.511488298, -180.601157817, -181.008225117, -181.230366759,
	-181.26703845, -183.626966761, -184.812942698}

func poissonFactors(t testing.TB, y models.Matrix, k int, p models.FactorPrior) *models.PoissonFactors {
	t.Helper()
	m, err := models.NewPoissonFactors(y, k, &p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// expectedRates returns E Σ_k θ_ik φ_kj.
func expectedRates(q families.Distribution, n, d, k int) []float64 {
	μ := q.Mean(nil)
	rate := make([]float64, n*d)
	for i := range n {
		for j := range d {
			for f := range k {
				rate[i*d+j] += μ[2*(i*k+f)+1] * μ[2*(n*k+f*d+j)+1]
			}
		}
	}
	return rate
}

// Every run ends at a fixed point of coordinate ascent, the best at the best known one,
// and on the way there no step lowers the ELBO.
func TestPoissonFactorsAgainstCoordinateAscent(t *testing.T) {
	const n, d, k = 12, 8, 3
	m := poissonFactors(t, dense(t, d, blocks...), k, models.FactorPrior{RowShape: 0.5, RowRate: 1.2, ColShape: 0.7, ColRate: 0.9})
	best := math.Inf(-1)
	var of families.Distribution
	for seed := range uint64(20) {
		last := math.Inf(-1)
		res := converged(t, vi.Problem{Model: m}, &vi.Settings{Seed: seed, Check: -1, Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
			if it.ELBO < last-1e-9*math.Abs(last) {
				t.Errorf("seed %d: the ELBO falls from %.12g to %.12g in step %d", seed, last, it.ELBO, it.Number)
			}
			last = it.ELBO
			return nil
		})})
		near := math.Inf(1)
		for _, v := range blockOptima {
			near = math.Min(near, math.Abs(v-res.ELBO))
		}
		if near > 1e-8 {
			t.Errorf("seed %d: the ELBO %.12g is of no fixed point", seed, res.ELBO)
		}
		if res.Estimator != "Local" || res.StdErr != 0 || res.Iterations > 300 {
			t.Errorf("seed %d: %d iterations with %s and standard error %g", seed, res.Iterations, res.Estimator, res.StdErr)
		}
		if res.ELBO > best {
			best, of = res.ELBO, res.Q
		}
	}
	near(t, 1e-10, "best ELBO", []float64{best}, []float64{-173.3376752574075})
	near(t, 1e-6, "expected rates of row 3", expectedRates(of, n, d, k)[3*d:4*d], []float64{
		3.4813473669303123, 2.0481459876283683, 0.5647953011436918, 6.426758538194205, 0.5026524993566301, 2.0215509940576024,
		2.7569324702163147, 0.4698572818007871})
}

// plantedCounts are Poisson counts of low rank, and their rates.
func plantedCounts(n, d, k int, seed uint64) (y, rate []float64) {
	src := rand.NewPCG(seed, 7)
	θ, φ := make([]float64, n*k), make([]float64, k*d)
	for i := range θ {
		θ[i] = distuv.Gamma{Alpha: 0.5, Beta: 0.2, Src: src}.Rand()
	}
	for i := range φ {
		φ[i] = distuv.Gamma{Alpha: 0.5, Beta: 0.5, Src: src}.Rand()
	}
	y, rate = make([]float64, n*d), make([]float64, n*d)
	for i := range n {
		for j := range d {
			for f := range k {
				rate[i*d+j] += θ[i*k+f] * φ[f*d+j]
			}
			y[i*d+j] = distuv.Poisson{Lambda: rate[i*d+j], Src: src}.Rand()
		}
	}
	return y, rate
}

// Rates of low rank are found again, much better than the counts tell them, from dense and
// sparse matrices alike; one factor more than there are adds next to nothing.
func TestPoissonFactorsRecoverRates(t *testing.T) {
	const n, d, k = 60, 25, 3
	y, rate := plantedCounts(n, d, k, 1)
	p := models.FactorPrior{RowShape: 0.5, ColShape: 0.5}
	distance := func(x []float64) float64 {
		var sum, size float64
		for i, r := range rate {
			sum += (x[i] - r) * (x[i] - r)
			size += r * r
		}
		return math.Sqrt(sum / size)
	}
	x := dense(t, d, y...)
	a := converged(t, vi.Problem{Model: poissonFactors(t, x, k, p)}, &vi.Settings{Check: -1})
	b := converged(t, vi.Problem{Model: poissonFactors(t, x.Sparse(), k, p)}, &vi.Settings{Check: -1})
	if a.ELBO != b.ELBO {
		t.Errorf("ELBO %.17g of dense counts, %.17g of sparse ones", a.ELBO, b.ELBO)
	}
	got, counts := distance(expectedRates(a.Q, n, d, k)), distance(y)
	if !(got < 0.09) || !(counts > 2*got) { // 0.083 and 0.191
		t.Errorf("rates are off by %.3g, counts by %.3g", got, counts)
	}
	more := converged(t, vi.Problem{Model: poissonFactors(t, x, k+1, p)}, &vi.Settings{Check: -1})
	if !(more.ELBO < a.ELBO) {
		t.Errorf("ELBO %g with one factor too many, %g without", more.ELBO, a.ELBO)
	}
}

// Batches have the gradient of all rows in the mean.
func TestPoissonFactorsByMinibatches(t *testing.T) {
	const d, k = 8, 2
	m := poissonFactors(t, dense(t, d, blocks...), k, models.FactorPrior{})
	f, err := families.Parse(m.Family())
	if err != nil {
		t.Fatal(err)
	}
	q := f.New()
	q.SetNatural(m.StartNatural(nil, 0, rand.New(rand.NewPCG(1, 1))))
	estimate := func(m models.Model) (families.Natural, float64) {
		e := new(estimators.Local)
		g := make(families.Natural, f.NumParams())
		if err := e.Init(m, f); err != nil {
			t.Fatal(err)
		}
		stats, err := e.Estimate(t.Context(), g, q, estimators.Stream{})
		if err != nil {
			t.Fatal(err)
		}
		return g, stats.ELogJoint
	}
	want, value := estimate(m)
	n := m.NumData()
	sum, mean := make([]float64, f.NumParams()), 0.0
	for i := range n {
		g, v := estimate(m.Batch([]int{i}, float64(n)))
		for j, x := range g {
			sum[j] += x / float64(n)
		}
		mean += v / float64(n)
	}
	near(t, 1e-11, "mean of the gradients of batches", sum, want)
	near(t, 1e-11, "mean of the values of batches", []float64{mean}, []float64{value})
}

// Over 600 steps, accelerated or not, none lowers the ELBO.
func TestPoissonFactorsELBONeverFalls(t *testing.T) {
	m := poissonFactors(t, dense(t, 8, blocks...), 4, models.FactorPrior{})
	for _, method := range []vi.Method{&vi.Natural{Memory: -1}, new(vi.Natural), new(vi.Retraction)} {
		last := math.Inf(-1)
		fit(t, vi.Problem{Model: m}, &vi.Settings{Method: method, MaxIterations: 600, Tolerance: 1e-12, Check: -1,
			Recorder: vi.RecorderFunc(func(it *vi.Iteration) error {
				if it.ELBO < last-1e-9*math.Abs(last) {
					t.Errorf("%v: the ELBO falls from %.12g to %.12g in step %d", method, last, it.ELBO, it.Number)
				}
				last = it.ELBO
				return nil
			})})
	}
}

// Counts that say little are fitted too. Where they say nothing, all are 0, or there is
// one row of one column and one factor, the sums of both factors still depend on each other.
func TestPoissonFactorsOfDegenerateData(t *testing.T) {
	for name, c := range map[string]struct {
		y    []float64
		d, k int
	}{
		"nothing":              {[]float64{0, 0, 0, 0}, 2, 2},
		"one entry":            {[]float64{7}, 1, 1},
		"one row":              {[]float64{3, 0, 9}, 3, 2},
		"more factors":         {[]float64{3, 0, 9, 1}, 2, 5},
		"duplicated rows":      {[]float64{3, 0, 9, 3, 0, 9, 3, 0, 9}, 3, 2},
		"a constant column":    {[]float64{3, 1, 0, 1, 7, 1}, 2, 2},
		"a large count":        {[]float64{1e6, 0, 3, 2}, 2, 2},
		"rows with no overlap": {[]float64{50, 0, 0, 60}, 2, 2},
	} {
		res, err := vi.Fit(t.Context(), vi.Problem{Model: poissonFactors(t, dense(t, c.d, c.y...), c.k, models.FactorPrior{RowShape: 0.1, ColShape: 0.1})}, &vi.Settings{Check: -1})
		if err != nil || res.Status != vi.Converged || math.IsNaN(res.ELBO) {
			t.Errorf("%s: %v after %d iterations, ELBO %g, distance %g, error %v", name, res.Status, res.Iterations, res.ELBO, res.Distance, err)
		}
	}
}
