package models_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"natgrad/models"
	"natgrad/models/modeltest"
)

// TestDerivedLogistic compares log-joints with those of another program on real
// files, dense and sparse.
func TestDerivedLogistic(t *testing.T) {
	dir := filepath.Dir(modeltest.Shared(t, "data/derived_logistic/pima.json"))
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s: %v", dir, err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		t.Run(name, func(t *testing.T) {
			var c derivedCase
			readJSON(t, f, &c)
			x, y := c.load(t, filepath.Join(dir, ".."))
			precision := make([]float64, c.D)
			for j := range precision {
				precision[j] = c.Prior.Others
			}
			precision[0] = c.Prior.Intercept
			for _, m := range []models.Matrix{models.WithIntercept(x), models.WithIntercept(x.Sparse())} {
				g, err := models.NewGLM(m, y, models.BernoulliLogit{}, precision)
				if err != nil {
					t.Fatal(err)
				}
				within(t, 1e-9, g.LogJoint(make([]float64, c.D)), c.Check.AtZero, "%T, log-joint at 0", m)
				// The point is given to 9 digits, and is not a maximum.
				within(t, 1e-7, g.LogJoint(c.MeanField.Mean), c.Check.AtMean, "%T, log-joint at the mean", m)
			}
		})
	}
}

type derivedCase struct {
	Data          string
	Rows          string
	N, D          int
	Positive      float64 `json:"positive_label"`
	Preprocessing string
	Prior         struct{ Intercept, Others float64 } `json:"prior_precision"`
	MeanField     struct{ Mean []float64 }            `json:"meanfield_gaussian"`
	Check         struct {
		AtZero float64 `json:"at_zero"`
		AtMean float64 `json:"at_meanfield_mean"`
	} `json:"log_joint_check"`
}

// load returns the features, preprocessed but for the intercept, and the targets.
func (c *derivedCase) load(t *testing.T, root string) (*models.Dense, []float64) {
	path := filepath.Join(root, filepath.FromSlash(c.Data))
	rows, labels := readRows(t, path, c.D-1)
	if _, split, ok := strings.Cut(c.Rows, "training rows of "); ok {
		var s struct{ Train []int }
		readJSON(t, filepath.Join(filepath.Dir(path), split), &s)
		var r [][]float64
		var l []float64
		for _, i := range s.Train {
			r, l = append(r, rows[i]), append(l, labels[i])
		}
		rows, labels = r, l
	}
	if len(rows) != c.N {
		t.Fatalf("%d rows, want %d", len(rows), c.N)
	}
	if strings.HasPrefix(c.Preprocessing, "each feature minus its mean") {
		standardize(rows)
	}
	y := make([]float64, len(rows))
	var x []float64
	for i, r := range rows {
		x = append(x, r...)
		if labels[i] == c.Positive {
			y[i] = 1
		}
	}
	return must(models.NewDense(c.N, c.D-1, x)), y
}

func standardize(rows [][]float64) {
	n := float64(len(rows))
	for j := range rows[0] {
		var mean, ss float64
		for _, r := range rows {
			mean += r[j] / n
		}
		for _, r := range rows {
			ss += (r[j] - mean) * (r[j] - mean)
		}
		for _, r := range rows {
			r[j] = (r[j] - mean) / math.Sqrt(ss/n)
		}
	}
}

// readRows reads d features and a label from each line of a LIBSVM file or of a
// CSV file with a header and the label last.
func readRows(t *testing.T, path string, d int) (rows [][]float64, labels []float64) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	csv := strings.HasSuffix(path, ".csv")
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	if csv {
		lines.Scan()
	}
	for lines.Scan() {
		row := make([]float64, d)
		if csv {
			fields := strings.Split(lines.Text(), ",")
			for j := range row {
				row[j] = number(fields[j])
			}
			labels = append(labels, number(fields[d]))
		} else {
			fields := strings.Fields(lines.Text())
			for _, s := range fields[1:] {
				j, v, _ := strings.Cut(s, ":")
				row[int(number(j))-1] = number(v)
			}
			labels = append(labels, number(fields[0]))
		}
		rows = append(rows, row)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rows, labels
}

func readJSON(t *testing.T, path string, v any) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}
