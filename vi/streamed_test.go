package vi_test

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"natgrad/estimators"
	"natgrad/models"
	"natgrad/models/dataset"
	"natgrad/vi"
)

// spooled returns n rows of d columns about three centers, both in memory and on disk.
func spooled(t *testing.T, n, d int) (*models.Dense, *dataset.RowsFile) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(5, 6))
	names := strings.Split(strings.Repeat("x", d), "")
	w, err := dataset.CreateRows("", names)
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, n*d)
	for i := range n {
		row := y[i*d : (i+1)*d]
		for j := range row {
			row[j] = 100 + float64(4*((i+j)%3)) + rnd.NormFloat64()
		}
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	file, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	x, err := models.NewDense(n, d, y)
	if err != nil {
		t.Fatal(err)
	}
	return x, file
}

var covariances = []models.Covariance{models.FullCovariance, models.TiedCovariance, models.DiagCovariance, models.SphericalCovariance}

// A fit of rows on disk has the same bits as one of rows in memory, in batch and in
// minibatches, more rows than a start takes a sample of included.
func TestStreamedFitHasTheSameBits(t *testing.T) {
	few, fewFile := spooled(t, 700, 3)
	many, manyFile := spooled(t, 12000, 3)
	for _, c := range covariances {
		for name, test := range map[string]struct {
			x, file models.Rows
			s       vi.Settings
		}{
			"batch":       {few, fewFile, vi.Settings{MaxIterations: 10, Starts: 2}},
			"minibatches": {many, manyFile, vi.Settings{Estimator: &estimators.Minibatch{Estimator: new(estimators.Local), Size: 200}, MaxIterations: 30}},
		} {
			var elbo [2]float64
			var λ [2][]float64
			for i, x := range []models.Rows{test.x, test.file} {
				m, err := models.NewGaussMixture(x, 3, c, nil, models.DirichletWeights, 0)
				if err != nil {
					t.Fatal(err)
				}
				s := test.s
				s.Check = -1
				res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &s)
				if err != nil {
					t.Fatal(err)
				}
				elbo[i], λ[i] = res.ELBO, res.Q.Natural(nil)
			}
			if elbo[0] != elbo[1] || !reflect.DeepEqual(λ[0], λ[1]) {
				t.Errorf("%v, %s: ELBO %v in memory, %v from disk", c, name, elbo[0], elbo[1])
			}
		}
	}
}

// A file that is closed under way ends the fit with what was wrong.
func TestStreamedFitOfClosedFile(t *testing.T) {
	_, file := spooled(t, 3000, 3)
	m, err := models.NewGaussMixture(file, 3, models.FullCovariance, nil, models.DirichletWeights, 0)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	for _, e := range []estimators.Estimator{nil, &estimators.Minibatch{Estimator: new(estimators.Local), Size: 200}} {
		res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Estimator: e})
		var rows *models.RowsError
		if !errors.As(err, &rows) || !errors.Is(err, dataset.Unreadable) || !errors.Is(err, fs.ErrClosed) || res.Status == vi.Converged {
			t.Errorf("%T: %v, error %v", e, res.Status, err)
		}
	}
	_, err = models.NewGaussMixture(file, 3, models.FullCovariance, nil, models.DirichletWeights, 0)
	if !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a model of a closed file: error %v", err)
	}
}

// faulty is Rows of which some reads fail.
type faulty struct {
	models.Rows
	reads atomic.Int64
	after int64
}

var errFaulty = errors.New("a bad sector")

func (r *faulty) ReadRows(dst []float64, idx []int) error {
	if r.reads.Add(1) > r.after {
		return errFaulty
	}
	return r.Rows.ReadRows(dst, idx)
}

// Wherever a read fails, building the model or fitting it is an error that says so, and
// never a panic or an answer.
func TestStreamedFitWithErrorInTheMiddle(t *testing.T) {
	x, _ := spooled(t, 900, 3)
	count := &faulty{Rows: x, after: 1 << 40}
	fit := func(r models.Rows) error {
		m, err := models.NewGaussMixture(r, 3, models.FullCovariance, nil, models.DirichletWeights, 0)
		if err != nil {
			return err
		}
		_, err = vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{MaxIterations: 4, Check: -1,
			Estimator: &estimators.Minibatch{Estimator: new(estimators.Local), Size: 100}})
		return err
	}
	if err := fit(count); err != nil {
		t.Fatal(err)
	}
	all := count.reads.Load()
	for after := int64(0); after < all; after += 1 + all/60 {
		r := &faulty{Rows: x, after: after}
		err := fit(r)
		if r.reads.Load() <= after {
			continue // how many reads there are depends on which goroutine has which shard
		}
		if !errors.Is(err, errFaulty) {
			t.Errorf("an error after %d of %d reads: the fit returns %v", after, all, err)
		}
	}
}

// Who gives only Minibatch gets stochastic variational inference: within 0.1 % of the
// batch ELBO in two passes, and the ELBO is that of all rows.
func TestMinibatchesReachTheBatchELBO(t *testing.T) {
	_, file := spooled(t, 12000, 3)
	m, err := models.NewGaussMixture(file, 4, models.FullCovariance, nil, models.DirichletWeights, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := vi.Problem{Model: m}
	const size, steps = 100, 230
	res, err := vi.Fit(t.Context(), p, &vi.Settings{Estimator: &estimators.Minibatch{Estimator: new(estimators.Local), Size: size}, MaxIterations: steps, Check: -1})
	if err != nil {
		t.Fatal(err)
	}
	if passes := float64(res.Estimates*size) / 12000; passes > 2 {
		t.Errorf("%v passes", passes)
	}
	batch, err := vi.Fit(t.Context(), p, &vi.Settings{Start: res.Q, Check: -1, MaxIterations: 200})
	if err != nil {
		t.Fatal(err)
	}
	if gap := (batch.ELBO - res.ELBO) / -batch.ELBO; !(gap < 1e-3) || gap < 0 {
		t.Errorf("ELBO %v in minibatches, %v in batch", res.ELBO, batch.ELBO)
	}
	e := new(estimators.Local)
	if err := e.Init(m, res.Q.Family()); err != nil {
		t.Fatal(err)
	}
	stats, err := e.Estimate(t.Context(), make([]float64, res.Q.Family().NumParams()), res.Q, estimators.Stream{})
	if err != nil {
		t.Fatal(err)
	}
	sameTo(t, 1e-12, stats.ELogJoint+res.Q.Entropy(), res.ELBO, "the ELBO of the answer")
}
