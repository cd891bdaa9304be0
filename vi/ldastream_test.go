package vi_test

import (
	"errors"
	"math"
	"runtime"
	"testing"

	"natgrad/estimators"
	"natgrad/models"
	"natgrad/vi"
)

// written are documents that are made when they are read: of 40 words, each about one of
// four subjects of ten words.
type written struct {
	n    int
	fail int // document that cannot be read; 0: none
}

var errWritten = errors.New("a document is lost")

func (w written) Dims() (n, d int) { return w.n, 40 }

func (w written) ReadDocuments(dst *models.WordCounts, idx []int) error {
	dst.Reset()
	for _, i := range idx {
		if i == w.fail && i > 0 {
			return errWritten
		}
		var words [10]int32
		var counts [10]float64
		h := uint64(i)
		for j := range words {
			h = h*6364136223846793005 + 1442695040888963407
			words[j], counts[j] = int32(i%4*10+j), float64(h>>62+1)
		}
		dst.Append(words[:], counts[:])
	}
	return nil
}

// Documents in number make no difference to the memory of a fit in batches, and the
// subjects are found.
func TestLDAOfManyDocuments(t *testing.T) {
	var bytes [2]uint64
	for i, n := range []int{20000, 5000000} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, f := newLDA(t, written{n: n}, 4, 0.1, 0.1)
		run, err := vi.NewRun(vi.Problem{Model: m, Family: f}, &vi.Settings{MaxIterations: 30,
			Estimator: &estimators.Minibatch{Estimator: new(estimators.Local), Size: 100}})
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if err := run.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		bytes[i] = after.TotalAlloc - before.TotalAlloc
		λ := run.Iteration().Q.Natural(nil)
		for s := range 4 {
			var most, all float64
			for k := range 4 {
				var of float64
				for w := range 10 {
					of += λ[k*40+s*10+w] + 1
				}
				most, all = max(most, of), all+of
			}
			if most < 0.95*all {
				t.Errorf("%d documents: subject %d is in one topic with %.2f of its words", n, s, most/all)
			}
		}
	}
	if float64(bytes[1]) > 1.1*float64(bytes[0])+1e5 {
		t.Errorf("20 steps allocate %d bytes for 20000 documents, %d for 5 million", bytes[0], bytes[1])
	}
}

// A document that cannot be read ends the fit with the cause and what is known of it, in
// batch and in minibatches, and the last good state is kept.
func TestLDAReportsLostDocuments(t *testing.T) {
	for name, e := range map[string]estimators.Estimator{
		"batch":       new(estimators.Local),
		"minibatches": &estimators.Minibatch{Estimator: new(estimators.Local), Size: 50},
	} {
		m, f := newLDA(t, written{n: 400, fail: 333}, 4, 0.1, 0.1)
		res, err := vi.Fit(t.Context(), vi.Problem{Model: m, Family: f}, &vi.Settings{Starts: 1, Check: -1, Estimator: e})
		var step *vi.StepError
		var rows *models.RowsError
		if !errors.As(err, &step) || !errors.As(err, &rows) || !errors.Is(err, errWritten) || res == nil {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// The same bits for any number of goroutines, of more documents than a shard has.
func TestLDABits(t *testing.T) {
	for name, s := range map[string]vi.Settings{
		"batch":       {MaxIterations: 6},
		"minibatches": {MaxIterations: 6, Estimator: &estimators.Minibatch{Estimator: new(estimators.Local), Size: 1100}},
	} {
		var first bits
		for _, procs := range []int{1, 2, 4} {
			func() {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				m, _ := newLDA(t, written{n: 2300}, 5, 0.1, 0.1)
				s := s
				s.Starts, s.Check, s.Seed = 1, -1, 3
				if s.Estimator != nil {
					s.Estimator = &estimators.Minibatch{Estimator: new(estimators.Local), Size: 1100}
				}
				b := bitsOf(fit(t, vi.Problem{Model: m}, &s))
				if procs == 1 {
					first = b
				} else if !b.equal(first) {
					t.Errorf("%s: other bits on %d processors", name, procs)
				}
			}()
		}
	}
}

// No step allocates once all is warm, whether documents are in memory or read.
func TestLDAStepDoesNotAllocate(t *testing.T) {
	one := &estimators.Goroutines{N: 1}
	for name, docs := range map[string]models.Documents{"memory": corpus(t, 200, 4, 30), "read": written{n: 200}} {
		for kind, e := range map[string]estimators.Estimator{
			"batch":       &estimators.Local{Summer: one},
			"minibatches": &estimators.Minibatch{Estimator: &estimators.Local{Summer: one}, Size: 40},
		} {
			m, f := newLDA(t, docs, 4, 0.1, 0.1)
			run, err := vi.NewRun(vi.Problem{Model: m, Family: f}, &vi.Settings{Estimator: e, Schedule: shrinking{}, Tolerance: 1e-12, MaxIterations: 1e6})
			if err != nil {
				t.Fatal(err)
			}
			step := func() {
				if err := run.Step(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			for range 70 {
				step()
			}
			if n := testing.AllocsPerRun(50, step); n > 0 {
				t.Errorf("%s, %s: a step allocates %v times", name, kind, n)
			}
		}
	}
}

// A word that only a few of many documents have is found in them, by default steps too,
// though most batches are without it.
func TestLDARareWords(t *testing.T) {
	docs := corpus(t, 400, 3, 30)
	n, v := docs.Dims()
	y := make([]float64, n*(v+1))
	var rare float64
	for d := range n {
		copy(y[d*(v+1):], docs.Dense().RawData()[d*v:(d+1)*v])
		if d%40 == 7 {
			y[d*(v+1)+v] = 3
			rare += 3
		}
	}
	x, err := models.NewDense(n, v+1, y)
	if err != nil {
		t.Fatal(err)
	}
	m, _ := newLDA(t, x.Sparse(), 3, 0.1, 0.01)
	res, err := vi.Fit(t.Context(), vi.Problem{Model: m}, &vi.Settings{Check: -1, MaxIterations: 1000, Seed: 1,
		Estimator: &estimators.Minibatch{Estimator: new(estimators.Local), Size: 8}})
	if err != nil {
		t.Fatal(err)
	}
	λ := res.Q.Natural(nil)
	var got float64
	for k := range 3 {
		got += λ[k*(v+1)+v] + 1 - 0.01
	}
	if !(math.Abs(got-rare) < 0.4*rare) {
		t.Errorf("the word counts %.1f times in the topics, and %v times in the documents", got, rare)
	}
}
