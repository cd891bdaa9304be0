package posteriordb

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func dataOf(t *testing.T, text string) *Data {
	t.Helper()
	d := new(Data)
	if err := json.Unmarshal([]byte(text), &d.values); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestData(t *testing.T) {
	d := dataOf(t, `{"n": 3, "x": [1, null, 2.5], "A": [[1, 2], [3, 4], [5, 6]], "group": [2, 1, 2]}`)
	if n := d.Int("n"); n != 3 {
		t.Errorf("n = %d", n)
	}
	if x := d.Vector("x"); len(x) != 3 || x[0] != 1 || !math.IsNaN(x[1]) || x[2] != 2.5 {
		t.Errorf("x = %v", x)
	}
	a, rows, cols := d.Rows("A")
	if diff := cmp.Diff([]float64{1, 2, 3, 4, 5, 6}, a); diff != "" || rows != 3 || cols != 2 {
		t.Errorf("A is %d×%d: %s", rows, cols, diff)
	}
	idx, n := d.Index("group")
	if diff := cmp.Diff([]int{1, 0, 1}, idx); diff != "" || n != 2 {
		t.Errorf("%d groups: %s", n, diff)
	}
	if d.Err() != nil {
		t.Error(d.Err())
	}
}

// TestBadData: every mistake in the data is an error that names the quantity, for
// a model too.
func TestBadData(t *testing.T) {
	for _, c := range []struct {
		model, data, want string
	}{
		{"eight_schools_centered", `{"y": [1, 2]}`, `no "sigma"`},
		{"eight_schools_centered", `{"y": "none", "sigma": [1]}`, `"y" is string`},
		{"eight_schools_centered", `{"y": [1, "two"], "sigma": [1, 1]}`, `"y" is`},
		{"eight_schools_centered", `{"y": [1, 2], "sigma": [1, -1]}`, "sigma = -1"},
		{"eight_schools_centered", `{"y": [1, 2], "sigma": [1, 1, 1]}`, "length 3"},
		{"arK", `{"y": [1, 2, 3], "K": 3}`, "order 3"},
		{"arK", `{"y": [1, 2, 3], "K": 1.5}`, `"K" is`},
		{"blr", `{"y": [1, 2], "X": [[1, 2], [3]]}`, "equal length"},
		{"blr", `{"y": [1, 2], "X": [[1, 2], [3, null]]}`, "finite number"},
		{"kidscore_momiq", `{"kid_score": [1, 2], "mom_iq": [1]}`, "length 1, the response 2"},
		{"logearn_height", `{"earn": [0, 1], "height": [1, 2]}`, "-Inf"},
		{"radon_minnesota", `{"log_radon": [1], "floor": [0], "log_uranium": [1], "county": [0]}`, "whole numbers from 1"},
		{"hmm_example", `{"y": [1, 2], "K": 3}`, "3 states"},
		{"lotka_volterra", `{"ts": [1, 2], "y_init": [1, 1], "y": [[1, 1]]}`, "2 times"},
		{"german_credit_logistic", `{"y": [1, 2], "x1": [1, 2, 3]}`, "length 3"},
	} {
		_, err := build(builderOf(c.model), dataOf(t, c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %s: error %v, want %q in it", c.model, c.data, err, c.want)
		}
	}
}

func write(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestOpenErrors(t *testing.T) {
	const data = `{"y": [1, 2], "sigma": [1, 1]}`
	for _, c := range []struct {
		reference, data, want string
	}{
		{`{"model": "eight_schools_centered", "param_names": ["mu", "nu"], "mean": [0, 0], "sd": [1, 1]}`, data, "has no nu"},
		{`{"model": "eight_schools_centered", "param_names": ["mu"], "mean": [0], "sd": [0]}`, data, "standard deviation 0 of mu"},
		{`{"model": "eight_schools_centered", "param_names": ["mu"], "mean": [0, 1], "sd": [1]}`, data, "1 names, 2 means"},
		{`{"model": "eight_schools_centered", "parameters": {"theta": {"mean": [1, 2], "sd": 1}}}`, data, "2 means and 1"},
		{`{"model": "eight_schools_centered"}`, data, "0 names"},
		{`{"model"`, data, "reference.json"},
		{`{"name": "no_such", "param_names": ["mu"], "mean": [0], "sd": [1]}`, data, "no model for no_such"},
		{`{"model": "eight_schools_centered", "param_names": ["mu"], "mean": [0], "sd": [1]}`, `{"y"`, "data.json"},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "reference.json"), []byte(c.reference))
		write(t, filepath.Join(dir, "data.json"), []byte(c.data))
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.reference, err, c.want)
		}
	}
	if _, err := Open(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v for an empty folder, want fs.ErrNotExist", err)
	}
}

// TestOpenCompressed reads data.json.gz, and moments by parameter in their order.
func TestOpenCompressed(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "reference.json"), []byte(`{"name": "eight_schools_centered",
		"parameters": {"theta": {"mean": [1, 2], "sd": [3, 4]}, "tau": {"mean": 5, "sd": 6}, "mu": {"mean": 7, "sd": 8}}}`))
	f, err := os.Create(filepath.Join(dir, "data.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	if _, err := z.Write([]byte(`{"y": [1, 2], "sigma": [1, 1]}`)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	e, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"theta[1]", "theta[2]", "tau", "mu"}, e.Reference.Names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{1, 2, 5, 7}, e.Reference.Mean); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{3, 4, 6, 8}, e.Reference.SD); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{0, 1, 3, 2}, e.Index); diff != "" { // theta, mu, tau
		t.Error(diff)
	}
}

// TestPairOrder: items that are neighbours in the order come together.
func TestPairOrder(t *testing.T) {
	for n := 1; n < 70; n++ {
		items := make([][2]int, n) // first and last of what a place holds
		for i, k := range pairOrder(n, 3) {
			items[i] = [2]int{k, k}
		}
		for len(items) > 1 {
			h := len(items) / 2
			var next [][2]int
			for i := range h {
				a, b := items[i], items[h+i]
				if a[1]+1 != b[0] {
					t.Fatalf("n = %d: %v and %v are put together", n, a, b)
				}
				next = append(next, [2]int{a[0], b[1]})
			}
			items = append(next, items[2*h:]...)
		}
		if items[0] != [2]int{3, n + 2} {
			t.Errorf("n = %d: the product is of %v", n, items[0])
		}
	}
}
