package estimators

import (
	"math"
	"testing"

	"natgrad/families"
	"natgrad/models"
)

func TestPermutation(t *testing.T) {
	rng := NewRng()
	for _, n := range []int{1, 2, 3, 15, 16, 17, 255, 256, 257, 1000, 4097, 100000} {
		for range 3 {
			var p permutation
			p.init(n, rng)
			seen := make([]bool, n)
			for i := range n {
				if j := p.at(i); seen[j] {
					t.Fatalf("n = %d: %d twice", n, j)
				} else {
					seen[j] = true
				}
			}
		}
	}
	// The largest number of rows.
	var p permutation
	p.init(math.MaxInt, rng)
	for i := range 1000 {
		if j := p.at(math.MaxInt - 1 - i); j < 0 {
			t.Fatalf("%d", j)
		}
	}
}

// Where two neighbours of the permutation go is uniform over ordered pairs, and the
// pairs of one permutation tell nothing of another.
func TestPermutationIsUniform(t *testing.T) {
	rng := NewRng()
	const reps = 40000
	for _, n := range []int{3, 7, 20} {
		count := make([]float64, n*n)
		for range reps {
			var p permutation
			p.init(n, rng)
			count[p.at(0)*n+p.at(n-1)]++
		}
		chi2, want := 0.0, reps/float64(n*(n-1))
		for i, c := range count {
			if i/n != i%n {
				chi2 += (c - want) * (c - want) / want
			} else if c > 0 {
				t.Fatalf("n = %d: no bijection", n)
			}
		}
		k := float64(n*(n-1) - 1)
		if z := (chi2 - k) / math.Sqrt(2*k); math.Abs(z) > 4 {
			t.Errorf("n = %d: χ² of pairs is %v on %v degrees of freedom", n, chi2, k)
		}
	}
}

// A batch is like rows drawn without replacement: how many of them are in each tenth of
// the rows has the mean and the variance of the hypergeometric law, and so has the
// number of neighbours in it.
func TestPermutationBatches(t *testing.T) {
	rng := NewRng()
	const n, size, epochs, tenths = 20000, 500, 20, 10
	in := make([]bool, n)
	var squares, neighbours, batches float64
	for range epochs {
		var p permutation
		p.init(n, rng)
		for first := 0; first < n; first += size {
			var count [tenths]float64
			clear(in)
			for i := range size {
				j := p.at(first + i)
				in[j] = true
				count[j*tenths/n]++
			}
			for i := 1; i < n; i++ {
				if in[i-1] && in[i] {
					neighbours++
				}
			}
			for _, c := range count {
				squares += (c - size/tenths) * (c - size/tenths)
			}
			batches++
		}
	}
	const share = float64(size) / n
	variance := size * (1. / tenths) * (1 - 1./tenths) * (1 - share) * n / (n - 1)
	if r := squares / batches / tenths / variance; math.Abs(r-1) > 0.07 {
		t.Errorf("the variance of the rows of a batch in a tenth is %.3f of that of random rows", r)
	}
	want := batches * size * (size - 1) / n
	if z := (neighbours - want) / math.Sqrt(want); math.Abs(z) > 4 {
		t.Errorf("%v neighbours in batches, want %v", neighbours, want)
	}
}

// apart is Rows that are made when they are read.
type apart struct{ n, d int }

func (r apart) Dims() (n, d int) { return r.n, r.d }

func (r apart) ReadRows(dst []float64, idx []int) error {
	for k, i := range idx {
		for j := range r.d {
			h := mix(uint64(i)<<8 + uint64(j))
			dst[k*r.d+j] = float64(h>>40)/(1<<24) + float64(3*(i%3))
		}
	}
	return nil
}

// Batches of rows that are not in memory allocate nothing, and none of their state
// grows with the number of rows.
func TestMinibatchMemoryDoesNotGrow(t *testing.T) {
	const d, k = 2, 3
	f := families.Product(families.Dirichlet(k), families.Repeat(k, families.NormalWishart(d)))
	held := func(n int) int {
		m, err := models.NewGaussMixture(apart{n, d}, k, models.FullCovariance, nil, models.DirichletWeights, 0)
		if err != nil {
			t.Fatal(err)
		}
		e := &Minibatch{Estimator: &Local{Summer: single()}, Size: 50}
		initOrFail(t, e, m, f)
		q := f.New()
		q.SetNatural(m.StartNatural(nil, 0, NewRng().Rand))
		dst := make(families.Natural, f.NumParams())
		at := Stream{Seed: 3}
		if a := testing.AllocsPerRun(2*n/50, func() { // with changes of the epoch
			at.Iter++
			if _, err := e.Estimate(t.Context(), dst, q, at); err != nil {
				t.Fatal(err)
			}
		}); a != 0 {
			t.Errorf("%d rows: %v allocations", n, a)
		}
		return cap(e.idx) + cap(e.groups) + cap(e.z)
	}
	if few, many := held(1000), held(20000); few != many {
		t.Errorf("%d numbers held for 1000 rows, %d for 20000", few, many)
	}
}

// The error of the collapsed bound of a batch is known without a draw.
func TestMinibatchOfLocalStdErr(t *testing.T) {
	const n, d, k, reps = 3000, 2, 3, 400
	f := families.Product(families.Dirichlet(k), families.Repeat(k, families.NormalWishart(d)))
	m, err := models.NewGaussMixture(apart{n, d}, k, models.FullCovariance, nil, models.DirichletWeights, 0)
	if err != nil {
		t.Fatal(err)
	}
	q := f.New()
	q.SetNatural(m.StartNatural(nil, 0, NewRng().Rand))
	whole := &Local{Summer: single()}
	initOrFail(t, whole, m, f)
	_, want := estimateOrFail(t, whole, q, Stream{})
	for _, size := range []int{1, 100, 1100, 2500} {
		e := &Minibatch{Estimator: &Local{Summer: single()}, Size: size}
		initOrFail(t, e, m, f)
		if size == 1 {
			if _, s := estimateOrFail(t, e, q, Stream{}); !math.IsInf(s.StdErr, 1) {
				t.Errorf("one row: standard error %v", s.StdErr)
			}
			continue
		}
		var error2, se2 float64
		for i := range uint64(reps) {
			_, s := estimateOrFail(t, e, q, Stream{Seed: i})
			if s.ModelEvals != 0 || s.GradEvals != 1 {
				t.Fatalf("%+v", s)
			}
			error2 += (s.ELogJoint - want.ELogJoint) * (s.ELogJoint - want.ELogJoint) / reps
			se2 += s.StdErr * s.StdErr / reps
		}
		if r := math.Sqrt(se2 / error2); r < 0.87 || r > 1.15 {
			t.Errorf("batches of %d: standard errors are %.3f of the errors", size, r)
		}
	}
}
