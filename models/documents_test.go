package models

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadDocumentsOfCSR(t *testing.T) {
	m, err := NewCSR(3, 4, []int{0, 2, 2, 3}, []int{1, 3, 0}, []float64{2, 1, 5})
	if err != nil {
		t.Fatal(err)
	}
	var w WordCounts
	for range 2 { // the second time in the same memory
		if err := m.ReadDocuments(&w, []int{2, 1, 0, 2}); err != nil {
			t.Fatal(err)
		}
		want := WordCounts{Start: []int{0, 1, 1, 3, 4}, Words: []int32{0, 1, 3, 0}, Counts: []float64{5, 2, 1, 5}}
		if d := cmp.Diff(want, w); d != "" {
			t.Error(d)
		}
	}
	words, counts := w.Document(2)
	if d := cmp.Diff([]int32{1, 3}, words) + cmp.Diff([]float64{2, 1}, counts); d != "" {
		t.Error(d)
	}
	if n := testing.AllocsPerRun(10, func() { m.ReadDocuments(&w, []int{0, 1}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
