package dataset

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"natgrad/models/modeltest"
)

// TestFiles reads real data files; rows, columns and classes are those that
// their collector counted.
func TestFiles(t *testing.T) {
	for _, f := range []struct {
		name       string
		o          Options
		rows, cols int
		classes    []Class
	}{
		{"classification/a1a.libsvm", Options{}, 1605, 119, []Class{{"-1", 1210}, {"1", 395}}},
		{"classification/a1a.libsvm", Options{Features: 123}, 1605, 123, []Class{{"-1", 1210}, {"1", 395}}},
		{"classification/a1a.t.libsvm.gz", Options{}, 30956, 123, []Class{{"-1", 23510}, {"1", 7446}}},
		{"classification/a7a.libsvm.gz", Options{Features: 123}, 16100, 123, []Class{{"-1", 12182}, {"1", 3918}}},
		{"classification/a9a.libsvm.gz", Options{}, 32561, 123, []Class{{"-1", 24720}, {"1", 7841}}},
		{"classification/a9a.t.libsvm.gz", Options{Features: 123}, 16281, 123, []Class{{"-1", 12435}, {"1", 3846}}},
		{"classification/australian_scale.libsvm", Options{}, 690, 14, []Class{{"-1", 383}, {"1", 307}}},
		{"classification/breast_cancer_scale.libsvm", Options{}, 683, 10, []Class{{"2", 444}, {"4", 239}}},
		{"classification/ionosphere.train.libsvm", Options{}, 280, 34, []Class{{"-1", 180}, {"1", 100}}},
		{"classification/pima.libsvm", Options{}, 768, 8, []Class{{"0", 500}, {"1", 268}}},
		{"classification/german_scale.libsvm.gz", Options{}, 1000, 24, []Class{{"-1", 700}, {"1", 300}}},
		{"classification/german_numeric.csv", Options{}, 1000, 24, []Class{{"1", 700}, {"2", 300}}},
		{"classification/heart_scale.libsvm", Options{}, 270, 13, []Class{{"-1", 150}, {"1", 120}}},
		{"classification/usps_3vs5.libsvm.gz", Options{}, 1540, 256, []Class{{"-1", 824}, {"1", 716}}},
		{"classification/mushroom_onehot.libsvm.gz", Options{}, 8124, 116, []Class{{"0", 4208}, {"1", 3916}}},
		{"classification/spambase.libsvm.gz", Options{}, 4601, 57, []Class{{"0", 2788}, {"1", 1813}}},
		{"classification/haberman.libsvm", Options{}, 306, 3, []Class{{"1", 225}, {"2", 81}}},
		{"classification/svmguide1.t.libsvm.gz", Options{}, 4000, 4, []Class{{"0", 2000}, {"1", 2000}}},
		{"classification/wells.csv", Options{Target: "switched"}, 3020, 4, []Class{{"0", 1283}, {"1", 1737}}},
		{"mixture/iris.csv", Options{}, 150, 4, []Class{{"setosa", 50}, {"versicolor", 50}, {"virginica", 50}}},
		{"mixture/wine.csv", Options{}, 178, 13, []Class{{"1", 59}, {"2", 71}, {"3", 48}}},
		{"mixture/faithful.csv", Options{NoTarget: true}, 272, 2, nil},
		{"mixture/galaxies.csv", Options{NoTarget: true}, 82, 1, nil},
		{"regression/bostonHousing.csv", Options{Columns: []string{"x1", "x13"}}, 506, 2, nil},
		{"regression/kin8nm.csv.gz", Options{}, 8192, 8, nil},
	} {
		t.Run(f.name, func(t *testing.T) {
			path := modeltest.Shared(t, "data/"+f.name)
			d, err := Open(path, &f.o)
			if err != nil {
				t.Fatal(err)
			}
			if rows, cols := d.Dims(); rows != f.rows || cols != f.cols {
				t.Errorf("got %d × %d, want %d × %d", rows, cols, f.rows, f.cols)
			}
			if n, p := d.X.Dims(); n != f.rows || p != f.cols || len(d.Names()) != f.cols || len(d.Lines) != f.rows {
				t.Errorf("X is %d × %d, with %d names and %d lines", n, p, len(d.Names()), len(d.Lines))
			}
			if f.classes != nil {
				if diff := cmp.Diff(f.classes, d.Classes()); diff != "" {
					t.Error(diff)
				}
			}
			if d.IsSparse() != (d.Density() < .25) {
				t.Errorf("sparse %v with density %v", d.IsSparse(), d.Density())
			}
		})
	}
}

func TestPlainAndCompressedAgree(t *testing.T) {
	for _, name := range []string{"classification/heart_scale.libsvm", "classification/wells.csv"} {
		path := modeltest.Shared(t, "data/"+name)
		plain, err := Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// A name without .gz: the content decides.
		copied := t.TempDir() + "/copy.data"
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write(text)
		w.Close()
		if err := os.WriteFile(copied, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		zipped, err := Open(copied, nil)
		if err != nil {
			t.Fatal(err)
		}
		y0, err0 := plain.Numeric()
		y1, err1 := zipped.Numeric()
		if err0 != nil || err1 != nil {
			t.Fatal(err0, err1)
		}
		for _, diff := range []string{
			cmp.Diff(rowsOf(t, plain.X), rowsOf(t, zipped.X)),
			cmp.Diff(plain.Schema, zipped.Schema),
			cmp.Diff(plain.Lines, zipped.Lines),
			cmp.Diff(y0, y1),
		} {
			if diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
}

// TestLogJointOfFiles computes log p(y|w) + log p(w) of logistic regressions on
// the files as read, standardised and coded here, and compares it with values
// that were computed elsewhere, at 10 digits.
func TestLogJointOfFiles(t *testing.T) {
	for _, name := range []string{"a1a_paper", "australian_scale", "breast_cancer_scale", "german_numeric",
		"haberman", "heart_scale", "ionosphere", "pima", "wells"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(modeltest.Shared(t, "data/derived_logistic/"+name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var ref struct {
				Data          string
				N, D          int
				PositiveLabel float64 `json:"positive_label"`
				Preprocessing string
				Prior         struct{ Intercept, Others float64 } `json:"prior_precision"`
				MeanField     struct{ Mean []float64 }            `json:"meanfield_gaussian"`
				Check         struct {
					Joint float64 `json:"at_meanfield_mean"`
				} `json:"log_joint_check"`
			}
			if err := json.Unmarshal(text, &ref); err != nil {
				t.Fatal(err)
			}
			o := &Options{}
			if name == "a1a_paper" {
				o.Features = 123
			}
			d, err := Open(modeltest.Shared(t, "data/"+ref.Data), o)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains([]byte(ref.Preprocessing), []byte("standard deviation")) {
				if d, err = NewStandardizer(d).Apply(d); err != nil {
					t.Fatal(err)
				}
			}
			y, _, _, err := d.TwoClass(formatNumber(ref.PositiveLabel))
			if err != nil {
				t.Fatal(err)
			}
			n, p := d.Dims()
			if n != ref.N || p+1 != ref.D {
				t.Fatalf("got %d × %d", n, p)
			}
			b := ref.MeanField.Mean
			f := make([]float64, n)
			d.X.MulVec(f, b[1:], 0, n)
			joint := 0.
			for i := range f {
				joint += y[i]*(f[i]+b[0]) - math.Log1p(math.Exp(f[i]+b[0]))
			}
			for j, v := range b {
				prec := ref.Prior.Others
				if j == 0 {
					prec = ref.Prior.Intercept
				}
				joint += .5*math.Log(prec/(2*math.Pi)) - .5*prec*v*v
			}
			if math.Abs(joint-ref.Check.Joint) > 1e-6 {
				t.Errorf("got %.9g, want %.9g", joint, ref.Check.Joint)
			}
		})
	}
}

func BenchmarkOpenLIBSVM(b *testing.B) {
	path := modeltest.Shared(b, "data/classification/a9a.libsvm.gz")
	for b.Loop() {
		if _, err := Open(path, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenCSV(b *testing.B) {
	path := modeltest.Shared(b, "data/large/covtype_subset.csv.gz")
	for b.Loop() {
		if _, err := Open(path, nil); err != nil {
			b.Fatal(err)
		}
	}
}
