package models

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

// otherDocuments are Documents that are no *CSR, with something wrong with one row.
type otherDocuments struct {
	*CSR
	row   int // −1: none
	err   error
	wrong func(*WordCounts)
}

func (d otherDocuments) ReadDocuments(dst *WordCounts, idx []int) error {
	dst.Reset()
	for _, i := range idx {
		if i == d.row && d.err != nil {
			return d.err
		}
		dst.Append(d.CSR.row(i))
		if i == d.row && d.wrong != nil {
			d.wrong(dst)
		}
	}
	return nil
}

// somewhere returns documents of random words.
func somewhere(t *testing.T, n, v int) *CSR {
	t.Helper()
	rnd := rand.New(rand.NewPCG(uint64(n), 1))
	y := make([]float64, n*v)
	for i := range n {
		for range rnd.IntN(20) {
			y[i*v+rnd.IntN(v)]++
		}
	}
	x, err := NewDense(n, v, y)
	if err != nil {
		t.Fatal(err)
	}
	return x.Sparse()
}

// Documents that are read have the same bits as those in memory, all and in batches.
func TestLDAReadsDocuments(t *testing.T) {
	x := somewhere(t, 150, 13)
	type answer struct {
		start, grad, topics []float64
		value, lp, p        float64
	}
	var answers [2]answer
	for i, docs := range []Documents{x, otherDocuments{CSR: x, row: -1}} {
		m, err := NewLDA(docs, 3, 0.2, 0.1)
		if err != nil {
			t.Fatal(err)
		}
		a := &answers[i]
		a.start = m.StartNatural(nil, 0, rand.New(rand.NewPCG(1, 2)))
		idx := make([]int, 100)
		for j := range idx {
			idx[j] = (7*j + 3) % 150
		}
		for _, part := range []*LDA{m, m.Batch(idx, 1.5).(*LDA)} {
			μ := make([]float64, len(a.start))
			for j, l := range a.start {
				μ[j] = math.Log((l + 1) / 1000)
			}
			part.Expect(a.start, μ)
			grad := make([]float64, len(μ))
			a.value += part.AddLocal(grad, 0, part.NumData()-10) + part.AddLocal(grad, part.NumData()-10, part.NumData())
			a.grad = append(a.grad, grad...)
			a.topics = append(a.topics, part.Topics(nil, 77)...)
		}
		z := make([]float64, len(a.start))
		fill(z, 1./13)
		a.lp = m.LogJoint(z)
		a.p, _, err = m.Completion(a.start, docs, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatal(err)
		}
	}
	if a, b := fmt.Sprint(answers[0]), fmt.Sprint(answers[1]); a != b || strings.Contains(a, "NaN") {
		t.Errorf("in memory:\n%s\nread:\n%s", a, b)
	}
}

// The log-likelihood of a batch counts as often as it says, the prior once.
func TestLDABatchScale(t *testing.T) {
	m, err := NewLDA(somewhere(t, 20, 7), 2, 0.3, 0.2)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(9, 2))
	z := make([]float64, m.Dim())
	for i := range z {
		z[i] = rnd.Float64() / 7
	}
	at := func(scale float64) float64 { return m.Batch([]int{3, 1, 15}, scale).LogJoint(z) }
	prior := at(0)
	if once, thrice := at(1)-prior, at(3)-prior; !(once < -1 && math.Abs(thrice-3*once) <= 1e-12*math.Abs(thrice)) {
		t.Errorf("log-likelihood %v, three times %v", once, thrice)
	}
}

// What cannot be read, and what is not a document, is an error that names the document.
func TestLDADocumentErrors(t *testing.T) {
	x := somewhere(t, 80, 9)
	cause := errors.New("the disk is gone")
	for name, docs := range map[string]otherDocuments{
		"unreadable":       {err: cause},
		"a negative count": {wrong: func(w *WordCounts) { w.Counts[len(w.Counts)-1] = -1 }},
		"half a word":      {wrong: func(w *WordCounts) { w.Counts[len(w.Counts)-1] = 0.5 }},
		"no number":        {wrong: func(w *WordCounts) { w.Counts[len(w.Counts)-1] = math.NaN() }},
		"a large word":     {wrong: func(w *WordCounts) { w.Words[len(w.Words)-1] = 9 }},
		"a negative word":  {wrong: func(w *WordCounts) { w.Words[len(w.Words)-1] = -2 }},
		"a word twice":     {wrong: func(w *WordCounts) { w.Words[len(w.Words)-1] = w.Words[len(w.Words)-2] }},
		"one too many":     {wrong: func(w *WordCounts) { w.Append(nil, nil) }},
	} {
		docs.CSR, docs.row = x, 70
		for x.indptr[docs.row+1]-x.indptr[docs.row] < 2 {
			docs.row++
		}
		m, err := NewLDA(docs, 2, 0, 0)
		if err != nil {
			t.Errorf("%s: refused before it is read: %v", name, err)
			continue
		}
		start := m.StartNatural(nil, 0, rand.New(rand.NewPCG(1, 2)))
		for i, l := range start {
			if !(l > -1) || math.IsInf(l, 0) {
				t.Errorf("%s: start %d is %v", name, i, l)
			}
		}
		check := func(what string, got float64, bad bool) {
			t.Helper()
			var r *RowsError
			var d *DataError
			err := m.Explain(nil)
			switch {
			case !bad:
				if math.IsNaN(got) || err != nil {
					t.Errorf("%s, %s: %v, error %v for other documents", name, what, got, err)
				}
			case !math.IsNaN(got):
				t.Errorf("%s, %s: %v", name, what, got)
			case docs.err != nil:
				if !errors.As(err, &r) || !errors.Is(err, cause) || r.First > docs.row || r.First+r.Count <= docs.row {
					t.Errorf("%s, %s: error %v", name, what, err)
				}
			case !errors.As(err, &d) || name != "one too many" && d.Row != docs.row:
				t.Errorf("%s, %s: error %v, want one of row %d", name, what, err, docs.row)
			}
		}
		grad, μ := make([]float64, len(start)), make([]float64, len(start))
		fill(μ, -2)
		for _, bad := range []bool{true, false} { // the error is of the last evaluation alone
			hi := 80
			if !bad {
				hi = 60
			}
			m.Expect(start, μ)
			check("AddLocal", m.AddLocal(grad, 0, hi), bad)
		}
		z := make([]float64, len(start))
		fill(z, 1./9)
		check("LogJoint", m.LogJoint(z), true)
		m.Expect(start, μ)
		check("Topics", m.Topics(nil, docs.row)[0], true)
	}
	for name, c := range map[string]struct {
		k    int
		α, η float64
		want string
	}{
		"topics": {0, 1, 1, "0 topics"}, "α": {2, -1, 1, "α = -1"}, "η": {2, 1, 1e-17, "η = 1e-17"}, "NaN": {2, math.NaN(), 1, "NaN"},
	} {
		var e *DataError
		if _, err := NewLDA(x, c.k, c.α, c.η); !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	half, err := NewCSR(2, 3, []int{0, 1, 2}, []int{0, 2}, []float64{1, 0.5})
	if err != nil {
		t.Fatal(err)
	}
	var e *DataError
	if _, err := NewLDA(half, 2, 0, 0); !errors.As(err, &e) || e.Row != 1 || e.Col != 2 {
		t.Errorf("half a word in memory: error %v", err)
	}
}

// Documents of different subjects are sorted by them, from wherever the sorting begins; a
// start is in the domain and new for other random numbers, with fewer documents than
// topics and none that has a word too.
func TestLDAStart(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 1))
	const n, v = 60, 12
	y := make([]float64, n*v)
	for d := range n {
		for range 30 {
			y[d*v+6*(d%2)+rnd.IntN(6)]++
		}
	}
	x, err := NewDense(n, v, y)
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewLDA(x.Sparse(), 2, 0.1, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	var sorted int
	for seed := range uint64(20) {
		s := m.sortedDocuments(rand.New(rand.NewPCG(seed, 1)))
		if s.words[0] == s.words[1] && s.meanWords == 30 && (s.counts[0] == 0) != (s.counts[6] == 0) && (s.counts[v] == 0) != (s.counts[v+6] == 0) {
			sorted++
		}
	}
	// The first two are of the same subject in half of the cases.
	if sorted < 8 {
		t.Errorf("%d of 20 starts sort the documents by their subjects", sorted)
	}
	λ := m.StartNatural(nil, 0, rnd)
	var sum float64
	for _, l := range λ {
		sum += l - (0.1 - 1)
	}
	if !(sum > 0.8*n*30 && sum < 1.2*n*30) {
		t.Errorf("the start counts %v words, want about %d", sum, n*30)
	}
	empty, err := NewCSR(2, 5, []int{0, 0, 0}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, docs := range []*CSR{empty, somewhere(t, 2, 5)} {
		m, err := NewLDA(docs, 4, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		a, b := m.StartNatural(nil, 0, rnd), m.StartNatural(nil, 0, rnd)
		for i, l := range a {
			if !(l > -1) || math.IsInf(l, 0) || l == b[i] || i >= 5 && l == a[i-5] {
				t.Errorf("number %d is %v, %v another time", i, l, b[i])
			}
		}
	}
}

// The value is the bound of the γ reached, far from the fixed point too, where a share is
// below what e can be taken to.
func TestLDAValueBeforeTheFixedPoint(t *testing.T) {
	m, _, μ := ofTopics(t, []float64{0.5, 0.5, 0.9995, 0.0005}, 2, 2, 1e-4)
	m.LocalTolerance = 1e9 // ends after one step
	m.Expect(nil, μ)
	got := m.local([]int32{1}, []float64{1})
	α, γ := m.α, m.γ
	if !(γ[1] > 2*α && γ[1] < 0.0012) {
		t.Fatalf("γ = %v", γ)
	}
	ψ := func(x float64) float64 { return mathext.Digamma(x) }
	all := γ[0] + γ[1]
	// The word is of topic 0 up to e^−900.
	want := ψ(γ[0]) - ψ(all) + math.Log(0.5) + lgamma(2*α) - 2*lgamma(α) - lgamma(all) + lgamma(γ[0]) + lgamma(γ[1])
	for _, γ := range γ {
		want += (α - γ) * (ψ(γ) - ψ(all))
	}
	if !(math.Abs(got-want) <= 1e-11*math.Abs(want)) {
		t.Errorf("got %v, want %v at γ = %v", got, want, γ)
	}
}
