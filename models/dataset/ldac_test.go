package dataset_test

import (
	"errors"
	"strings"
	"testing"

	"natgrad/models/dataset"
)

func TestLDAC(t *testing.T) {
	m, err := dataset.ReadLDAC(strings.NewReader("2 3:1 0:4\n0\n1 2:7\n"), 0)
	if err != nil {
		t.Fatal(err)
	}
	n, d := m.Dims()
	got := m.Dense().RawData()
	want := []float64{4, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, 0}
	if n != 3 || d != 4 || len(got) != len(want) {
		t.Fatalf("%d documents of %d words", n, d)
	}
	for i, v := range want {
		if got[i] != v {
			t.Errorf("count %d is %v, want %v", i, got[i], v)
		}
	}
}

func TestLDACRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                  "empty file",
		"\n":                "line 1",
		"x 1:2\n":           "line 1, column 1",
		"1 1:2\n1 1\n":      "line 2, column 3",
		"1 1:\n":            "word:count",
		"1 :1\n":            "word:count",
		"1 -1:1\n":          "word:count",
		"1 1:0.5\n":         "word:count",
		"3 1:2 2:1\n":       "2 pairs",
		"2 1:2 1:1\n":       "twice",
		"1 9:2\n":           "word 9",
		"1 99999999999:2\n": "word",
	} {
		_, err := dataset.ReadLDAC(strings.NewReader(text), 5)
		var e *dataset.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

func FuzzLDAC(f *testing.F) {
	f.Add("2 3:1 0:4\n0\n1 2:7\n")
	f.Add("1 1:\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := dataset.ReadLDAC(strings.NewReader(text), 100)
		if (m == nil) == (err == nil) {
			t.Fatalf("matrix %v and error %v", m, err)
		}
	})
}
