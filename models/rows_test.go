package models

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// elsewhere is Rows that are not a *Dense, with an error or a number put in.
type elsewhere struct {
	*Dense
	err  error
	row  int // −1: none
	with float64
}

func (r elsewhere) ReadRows(dst []float64, idx []int) error {
	r.Dense.ReadRows(dst, idx)
	for k, i := range idx {
		if i == r.row {
			dst[k*r.d] = r.with
		}
	}
	return r.err
}

func scattered(t *testing.T, n, d int) *Dense {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 7))
	y := make([]float64, n*d)
	for i := range y {
		y[i] = rnd.NormFloat64() + float64(5*(i/d%2))
	}
	x, err := NewDense(n, d, y)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// A start from a sample stands for all rows: the weights hold as many as there are, and
// the share of the clusters is that of the rows.
func TestStartOfManyRows(t *testing.T) {
	const n, d, k = 30000, 2, 2
	x := scattered(t, n, d)
	for _, rows := range []Rows{x, elsewhere{Dense: x, row: -1}} {
		m, err := NewGaussMixture(rows, k, FullCovariance, nil, DirichletWeights, 1)
		if err != nil {
			t.Fatal(err)
		}
		whole := m.StartNatural(nil, 0, rand.New(rand.NewPCG(1, 1)))
		η := make([]float64, m.NumParams())
		m.GlobalNatural(η)
		var sum float64
		for j := range k {
			got := whole[j] - η[j]
			if math.Abs(got-n/2) > 0.1*n {
				t.Errorf("component %d holds %v rows of %d", j, got, n)
			}
			sum += got
		}
		if math.Abs(sum-n) > 1e-6*n {
			t.Errorf("the components hold %v rows, want %d", sum, n)
		}
		// A batch of half of the rows, each counted twice.
		idx := make([]int, n/2)
		for i := range idx {
			idx[i] = 2*i + i%2
		}
		b := m.Batch(idx, 2).(*Mixture).StartNatural(nil, 0, rand.New(rand.NewPCG(1, 1)))
		if sum := b[0] + b[1] - η[0] - η[1]; math.Abs(sum-n) > 1e-6*n {
			t.Errorf("the components hold %v rows of a batch, want %d", sum, n)
		}
	}
}

func TestRowsErrors(t *testing.T) {
	x := scattered(t, 100, 2)
	cause := errors.New("no disk")
	_, err := NewGaussMixture(elsewhere{Dense: x, err: cause, row: -1}, 2, FullCovariance, nil, DirichletWeights, 0)
	var rows *RowsError
	if !errors.As(err, &rows) || !errors.Is(err, cause) || rows.First != 0 {
		t.Errorf("error %v", err)
	}
	_, err = NewGaussMixture(elsewhere{Dense: x, row: 70, with: math.NaN()}, 2, FullCovariance, nil, DirichletWeights, 0)
	var data *DataError
	if !errors.As(err, &data) || data.Row != 70 || data.Col != 0 {
		t.Errorf("a NaN: error %v", err)
	}
}

// What is not finite because of a read is explained, and only that.
func TestMixtureExplainsReads(t *testing.T) {
	x := scattered(t, 100, 2)
	r := &elsewhere{Dense: x, row: -1}
	m, err := NewGaussMixture(r, 2, DiagCovariance, nil, DirichletWeights, 0)
	if err != nil {
		t.Fatal(err)
	}
	z := make([]float64, m.Dim())
	for i := range z {
		z[i] = 0.5
	}
	if lp := m.LogJoint(z); math.IsNaN(lp) || m.Explain(z) != nil {
		t.Fatalf("log-joint %v, explained by %v", lp, m.Explain(z))
	}
	want := m.LogJoint(z)
	r.err = errors.New("no disk")
	if lp := m.LogJoint(z); !math.IsNaN(lp) || !errors.Is(m.Explain(z), r.err) {
		t.Errorf("log-joint %v, explained by %v", lp, m.Explain(z))
	}
	r.err = nil
	if lp := m.LogJoint(z); lp != want || m.Explain(z) != nil {
		t.Errorf("afterwards log-joint %v, want %v, explained by %v", lp, want, m.Explain(z))
	}
}
