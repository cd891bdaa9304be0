package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// outcome is what a run of the program left.
type outcome struct {
	code           int
	stdout, stderr string
	json           []byte // of -json
}

// logistic runs the program with -json.
func logistic(t *testing.T, args ...string) outcome {
	t.Helper()
	return logisticContext(context.Background(), t, "", args...)
}

func logisticContext(ctx context.Context, t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.json")
	var stdout, stderr bytes.Buffer
	o := outcome{code: run(ctx, append([]string{"-json", path}, args...), strings.NewReader(stdin), &stdout, &stderr)}
	o.stdout, o.stderr = stdout.String(), stderr.String()
	o.json, _ = os.ReadFile(path)
	return o
}

// fitted returns the JSON of a run that must have converged.
func (o outcome) fitted(t *testing.T) output {
	t.Helper()
	if o.code != 0 || o.stderr != "" {
		t.Fatalf("exit status %d, %s", o.code, o.stderr)
	}
	return o.decode(t)
}

func (o outcome) decode(t *testing.T) output {
	t.Helper()
	var r struct {
		output
		Status string `json:"status"` // vi.Status is only written
	}
	dec := json.NewDecoder(bytes.NewReader(o.json))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		t.Fatalf("%v in %q; %s", err, o.json, o.stderr)
	}
	if (r.Status == "converged") != (o.code == 0) {
		t.Fatalf("status %q, exit status %d", r.Status, o.code)
	}
	return r.output
}

// file writes a file for the program to read.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func within(t *testing.T, tol, got, want float64, format string, args ...any) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf(format+": got %v, want %v", append(args, got, want)...)
	}
}

// Optima of the ELBO for the built-in data, found by L-BFGS in the mean and the
// Cholesky factor, with Gauss–Hermite sums of 120 nodes, in another language.
// The coefficients are those of the file's units: intercept, mean_radius,
// worst_radius, worst_area.
var optima = []struct {
	args                   []string
	rows                   int
	elbo, elboTol          float64
	mean, sd               [4]float64
	testRows               int
	logLoss, accuracy, tol float64
}{
	{args: nil, rows: 455, elbo: -47.55529909, elboTol: 1e-6,
		mean:     [4]float64{-31.1284477, 0.0827423654, 0.205872963, 0.00174754018},
		sd:       [4]float64{8.73859844, 0.251048984, 0.188535289, 0.00162666423},
		testRows: 114, logLoss: 0.0716940, accuracy: 112. / 114, tol: 1e-4},
	{args: []string{"-holdout", "0"}, rows: 569, elbo: -55.46513645, elboTol: 1e-6,
		mean: [4]float64{-36.4938211, 0.133454028, 0.233910091, 0.00196586755},
		sd:   [4]float64{8.41405109, 0.253240286, 0.189907159, 0.00163837043}, tol: 1e-4},
	{args: []string{"-holdout", "0", "-family", "diag"}, rows: 569, elbo: -67.46336638, elboTol: 2e-6,
		mean: [4]float64{-39.9426534, 0.157073665, 0.249090846, 0.00209018409},
		sd:   [4]float64{7.4836012, 0.15600554, 0.13194223, 0.00115822337}, tol: 3e-4},
}

func TestBuiltInData(t *testing.T) {
	for _, want := range optima {
		o := logistic(t, want.args...)
		r := o.fitted(t)
		if r.Rows != want.rows || r.Columns != 30 || len(r.Coefficients) != 31 || len(r.Fitted.Mean) != 31 || len(r.Fitted.SD) != 31 {
			t.Errorf("%v: %d rows, %d columns, %d coefficients", want.args, r.Rows, r.Columns, len(r.Coefficients))
		}
		within(t, want.elboTol, r.ELBO, want.elbo, "%v: ELBO", want.args)
		if r.ELBOStdErr != 0 || r.Iterations < 5 || r.Iterations > 200 || r.Seconds <= 0 {
			t.Errorf("%v: standard error %v, %d iterations, %v s", want.args, r.ELBOStdErr, r.Iterations, r.Seconds)
		}
		for k, j := range []int{0, 1, 21, 24} {
			c := r.Coefficients[j]
			within(t, want.tol*want.sd[k], c.Mean, want.mean[k], "%v: mean of %s", want.args, c.Name)
			within(t, want.tol*want.sd[k], c.SD, want.sd[k], "%v: sd of %s", want.args, c.Name)
			within(t, 1e-9*c.SD, c.Q05, c.Mean-1.64485362695147*c.SD, "%v: 5 %% of %s", want.args, c.Name)
			within(t, 1e-9*c.SD, c.Q95, c.Mean+1.64485362695147*c.SD, "%v: 95 %% of %s", want.args, c.Name)
		}
		if want.testRows == 0 {
			if r.Test != nil || !strings.Contains(o.stdout, "no test rows") {
				t.Errorf("%v: test %v", want.args, r.Test)
			}
			continue
		}
		if r.Test == nil || r.Test.Rows != want.testRows {
			t.Fatalf("%v: test %v", want.args, r.Test)
		}
		within(t, 1e-6, r.Test.LogLoss, want.logLoss, "%v: log loss", want.args)
		within(t, 1e-12, r.Test.Accuracy, want.accuracy, "%v: accuracy", want.args)
	}
}

func TestReport(t *testing.T) {
	o := logistic(t)
	o.fitted(t)
	for _, want := range []string{
		`data    breast cancer \(built in\): 569 rows × 30 columns \(dense\), target "diagnosis": malignant \(212 rows\) against benign \(357 rows\)\n`,
		`fit     455 rows, columns standardised\n`,
		`coefficient +mean +sd +5 % +95 %\n\(intercept\) +-31\.128 +8\.7386 +-45\.502 +-16\.755\nmean_radius +0\.082742 +0\.25105 +-0\.3302 +0\.49568\n`,
		`\nELBO    -47\.555299 nats\nstatus  converged after \d+ iterations in [0-9.e-]+ s \(natural, Quadrature\)\n`,
		`test    114 rows: log loss 0\.071694 nats per row, accuracy 98\.25 %, calibration error 0\.0\d+\n`,
		`\nprobability of malignant +rows +predicted +observed\n0\.0 to 0\.1 +61 +0\.0129 +0\.0000\n`,
	} {
		if !regexp.MustCompile(want).MatchString(o.stdout) {
			t.Errorf("no %s in\n%s", want, o.stdout)
		}
	}
	if strings.Contains(o.stdout+o.stderr, "\r") {
		t.Error("a progress line without a terminal")
	}
}

// TestSameBits: JSON does not depend on the number of processors.
func TestSameBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	data := file(t, "d.csv", sample(600, 3))
	seconds := regexp.MustCompile(`"seconds": .*`)
	for _, args := range [][]string{
		nil,
		{"-family", "diag", "-likelihood", "probit", "-iterations", "40"},
		{"-data", data, "-holdout", "0.3", "-estimator", "stein", "-iterations", "40"},
		{"-data", data, "-estimator", "price", "-batch", "100", "-iterations", "40"},
		{"-data", data, "-estimator", "score", "-family", "diag", "-iterations", "40"},
	} {
		var first string
		for _, procs := range []int{1, 2, 4} {
			runtime.GOMAXPROCS(procs)
			got := seconds.ReplaceAllString(string(logistic(t, args...).json), "")
			if procs == 1 {
				first = got
			}
			if got == "" || got != first {
				t.Errorf("%v: GOMAXPROCS %d: %s", args, procs, cmp.Diff(first, got))
			}
		}
	}
}

func TestNoisyEstimators(t *testing.T) {
	data := file(t, "d.csv", sample(300, 2))
	exact := logistic(t, "-data", data).fitted(t)
	diag := logistic(t, "-data", data, "-family", "diag").fitted(t)
	for _, args := range [][]string{
		{"-estimator", "price"}, {"-estimator", "stein"}, {"-batch", "100"},
		{"-estimator", "pathwise", "-family", "diag"}, {"-estimator", "score", "-family", "diag"},
	} {
		want := exact
		if args[len(args)-1] == "diag" {
			want = diag
		}
		o := logistic(t, append(args, "-data", data)...)
		r := o.fitted(t)
		within(t, 0.1+5*r.ELBOStdErr, r.ELBO, want.ELBO, "%v: ELBO", args)
		for j, m := range r.Fitted.Mean {
			within(t, 0.2*want.Fitted.SD[j], m, want.Fitted.Mean[j], "%v: mean %d", args, j)
			within(t, 0.2*want.Fitted.SD[j], r.Fitted.SD[j], want.Fitted.SD[j], "%v: sd %d", args, j)
		}
		// The ELBO of a fit in batches is that of all rows, by quadrature here.
		noisy := args[0] != "-batch"
		if (r.ELBOStdErr > 0) != noisy || strings.Contains(o.stdout, "±") != noisy {
			t.Errorf("%v: standard error %v", args, r.ELBOStdErr)
		}
	}
}

func TestMethods(t *testing.T) {
	data := file(t, "d.csv", sample(100, 2))
	want := logistic(t, "-data", data).fitted(t)
	for _, c := range []struct {
		method string
		slow   bool // does not get there in this number of iterations
	}{{"fisher", false}, {"mirror", false}, {"retraction", false}, {"euclidean", true}, {"adam", true}} {
		o := logistic(t, "-data", data, "-method", c.method, "-iterations", "200")
		if !strings.Contains(o.stdout, "("+c.method+", Quadrature)") || (o.code != 0) != c.slow {
			t.Errorf("%s: exit status %d\n%s", c.method, o.code, o.stdout)
		}
		tol := 1e-9
		if c.slow {
			tol = 6
		}
		within(t, tol, o.decode(t).ELBO, want.ELBO, "%s", c.method)
	}
}

// TestNotConverged: what was reached is printed and written, but is no success.
func TestNotConverged(t *testing.T) {
	o := logistic(t, "-iterations", "3")
	if want := "logistic: not converged: iteration limit after 3 iterations; give it more -iterations, or a larger -tolerance\n"; o.code != 1 || o.stderr != want {
		t.Errorf("exit status %d, %q", o.code, o.stderr)
	}
	if r := o.decode(t); r.Iterations != 3 || r.Test == nil || !strings.Contains(o.stdout, "status  iteration limit after 3 iterations") {
		t.Errorf("%d iterations\n%s", r.Iterations, o.stdout)
	}
}

func TestCanceled(t *testing.T) {
	var o outcome
	begun := func() bool { return o.json != nil && !strings.Contains(o.stdout, "canceled after 0") }
	for d := 100 * time.Millisecond; !begun() && d < time.Minute; d *= 2 { // the first may be too short for a slow machine
		ctx, cancel := context.WithTimeout(context.Background(), d)
		o = logisticContext(ctx, t, "", "-estimator", "stein", "-tolerance", "1e-9")
		cancel()
	}
	if r := o.decode(t); o.code != 1 || r.Iterations == 0 || !strings.Contains(o.stdout, "status  canceled after") || !strings.HasPrefix(o.stderr, "logistic: not converged: canceled after ") {
		t.Errorf("exit status %d, %d iterations, %q\n%s", o.code, r.Iterations, o.stderr, o.stdout)
	}

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o = logisticContext(ctx, t, "")
	if o.code != 1 || o.json != nil || o.stderr != "logistic: no fit: canceled\n" {
		t.Errorf("before the start: exit status %d, JSON %q, %q", o.code, o.json, o.stderr)
	}
}

func TestJSONToStandardOutput(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run(context.Background(), []string{"-json", "-"}, nil, &stdout, &stderr)
	o := outcome{code: code, json: stdout.Bytes()}
	if r := o.decode(t); r.Rows != 455 || !strings.Contains(stderr.String(), "coefficient") {
		t.Errorf("%d rows, %s", r.Rows, stderr.String())
	}
	code = run(context.Background(), []string{"-json", filepath.Join(t.TempDir(), "no", "such")}, nil, &stdout, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "logistic: -json: open ") {
		t.Errorf("exit status %d, %s", code, stderr.String())
	}
}
