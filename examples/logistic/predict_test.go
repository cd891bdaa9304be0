package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// sample writes n rows of d normal features and a label from a logistic
// regression on them.
func sample(n, d int) string {
	rnd := rand.New(rand.NewPCG(uint64(n), uint64(d)))
	var b strings.Builder
	for j := range d {
		fmt.Fprintf(&b, "x%d,", j+1)
	}
	b.WriteString("y\n")
	for range n {
		f := 0.5
		for j := range d {
			x := rnd.NormFloat64()
			f += x / float64(j+1)
			fmt.Fprintf(&b, "%v,", x)
		}
		y := 0
		if rnd.Float64() < sigmoid(f) {
			y = 1
		}
		fmt.Fprintf(&b, "%d\n", y)
	}
	return b.String()
}

func sigmoid(f float64) float64 { return 1 / (1 + math.Exp(-f)) }

// plainSum returns E[g(f)] for f ~ N(m, v).
func plainSum(m, v float64, g func(float64) float64) float64 {
	const h = 1. / 64
	var s float64
	for k := -12 * 64; k <= 12*64; k++ {
		x := float64(k) * h
		s += h * math.Exp(-x*x/2) * g(m+math.Sqrt(v)*x)
	}
	return s / math.Sqrt(2*math.Pi)
}

// TestPredictions computes the figures of the test rows anew from the JSON: from
// the rows of the file and the posterior in the scale that was fitted.
func TestPredictions(t *testing.T) {
	const n, d = 400, 3
	text := sample(n, d)
	lines := strings.SplitAfter(text, "\n")
	const rows = 250
	train := file(t, "train.csv", strings.Join(lines[:1+rows], ""))
	// The test file has its columns in another order.
	var rest strings.Builder
	rest.WriteString("y,x3,x1,x2\n")
	var x [][]float64
	var y []float64
	for _, l := range lines[1+rows : 1+n] {
		var a, b, c, label float64
		if _, err := fmt.Sscanf(strings.ReplaceAll(l, ",", " "), "%g %g %g %g", &a, &b, &c, &label); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&rest, "%v,%v,%v,%v\n", label, c, a, b)
		x, y = append(x, []float64{1, a, b, c}), append(y, label)
	}
	test := file(t, "test.csv", rest.String())
	for _, args := range [][]string{
		nil, {"-family", "diag"}, {"-likelihood", "probit"},
		{"-likelihood", "probit", "-family", "diag", "-prior-precision", "20"},
	} {
		for _, raw := range []bool{false, true} {
			args := append([]string{"-data", train, "-test", test}, args...)
			if !raw {
				args = append(args, "-standardize")
			}
			r := logistic(t, args...).fitted(t)
			if r.Rows != rows || r.Test == nil || r.Test.Rows != n-rows {
				t.Fatalf("%v: %d rows, test %v", args, r.Rows, r.Test)
			}
			if raw {
				checkScore(t, r, x, y, strings.Contains(strings.Join(args, " "), "probit"))
				continue
			}
			// With the same prior on standardised columns the fit is another one,
			// but its coefficients are in the units of the file.
			for j, c := range r.Coefficients {
				if math.Abs(c.Mean-r.Fitted.Mean[j]) < 1e-6 {
					t.Errorf("%v: coefficient %d is that of the scale that was fitted", args, j)
				}
			}
		}
	}
}

func checkScore(t *testing.T, r output, x [][]float64, y []float64, probit bool) {
	t.Helper()
	g := sigmoid
	if probit {
		g = func(f float64) float64 { return math.Erfc(-f/math.Sqrt2) / 2 }
	}
	var loss, right, brier float64
	n := float64(len(y))
	count := 0
	for i, row := range x {
		var m, v float64
		for j, a := range row {
			m += a * r.Fitted.Mean[j]
			if r.Covariance == nil {
				v += a * a * r.Fitted.SD[j] * r.Fitted.SD[j]
				continue
			}
			for k, b := range row {
				v += a * b * r.Covariance[j][k]
			}
		}
		p := plainSum(m, v, g)
		if y[i] == 0 {
			p = 1 - p
		}
		loss -= math.Log(p) / n
		if p > 0.5 {
			right += 1 / n
		}
		if q := math.Abs(1 - y[i] - p); q < 0.1 { // probability of the positive class
			count++
			brier += q
		}
	}
	within(t, 1e-9, r.Test.LogLoss, loss, "log loss")
	within(t, 1e-12, r.Test.Accuracy, right, "accuracy")
	var rows int
	var gap float64
	for _, b := range r.Test.Calibration.Bins {
		rows += b.Rows
		gap += float64(b.Rows) / n * math.Abs(b.Predicted-b.Observed)
		if b.Predicted < b.Low || b.Predicted >= b.High || b.Rows == 0 {
			t.Errorf("bin %+v", b)
		}
	}
	if rows != len(y) {
		t.Errorf("%d rows in bins, want %d", rows, len(y))
	}
	within(t, 1e-12, r.Test.Calibration.Error, gap, "calibration error")
	if b := r.Test.Calibration.Bins[0]; count > 0 {
		if b.Low != 0 || b.Rows != count {
			t.Errorf("first bin %+v, want %d rows", b, count)
		}
		within(t, 1e-9, b.Predicted, brier/float64(count), "first bin")
	}
}

// TestUnits: standardised or not, a prior that says nothing gives the same
// posterior in the units of the file.
func TestUnits(t *testing.T) {
	lines := strings.Split(sample(300, 2), "\n")
	var b strings.Builder
	b.WriteString(lines[0] + "\n")
	for _, l := range lines[1:301] {
		var x1, x2 float64
		var y int
		if _, err := fmt.Sscanf(strings.ReplaceAll(l, ",", " "), "%g %g %d", &x1, &x2, &y); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%v,%v,%d\n", 20*x1+50, 0.01*x2-3, y)
	}
	data := file(t, "d.csv", b.String())
	prior := []string{"-data", data, "-prior-precision", "1e-12", "-intercept-precision", "1e-12"}
	std := logistic(t, append(prior, "-standardize")...).fitted(t)
	raw := logistic(t, prior...).fitted(t)
	for j, c := range std.Coefficients {
		w := raw.Coefficients[j]
		within(t, 1e-4*w.SD, c.Mean, w.Mean, "mean %d", j)
		within(t, 1e-4*w.SD, c.SD, w.SD, "sd %d", j)
	}
}
