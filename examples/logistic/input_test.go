package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestBadInput(t *testing.T) {
	const good = "a,b,y\n1,2,0\n2,1,1\n3,5,0\n4,4,1\n"
	for _, c := range []struct {
		about, name, content string
		args                 []string
		want                 string // after "logistic: FILE: "
	}{
		{"empty file", "d.csv", "", nil, `line 1: empty file: want rows of data`},
		{"empty LIBSVM file", "d.libsvm", "", nil, `line 1: empty file: want rows of data`},
		{"header only", "d.csv", "a,b,y\n", nil, `.*no rows.*`},
		{"missing target", "d.csv", "a,b,y\n1,2,0\n1,3,\n", nil, `line 3, column 5: missing value in column "y".*-missing drop.*`},
		{"no such target", "d.csv", good, []string{"-target", "z"}, `line 1: no such column: got "z" in -target, want one of "a", "b", "y"`},
		{"three labels", "d.csv", good + "1,1,2\n", nil, `line 6, column 5: more than two classes in column "y": got 3 labels: .*, want two labels; leave out rows, join classes into one, or choose another target`},
		{"one class", "d.csv", "a,y\n1,0\n2,0\n", nil, `one class only in column "y": got 1 label: "0" \(2 rows\), want two labels; .*`},
		{"one class of LIBSVM", "d.libsvm", "1 1:2\n1 1:3\n", nil, `one class only: got 1 label: "1" \(2 rows\).*`},
		{"text", "d.csv", "a,b,y\n1,2,0\n2,x,1\n", nil, `line 3, column 3: not a number in column "b": got "x", want a number; declare the column in -categorical .* or leave it out by -ignore`},
		{"NaN", "d.csv", "a,b,y\n1,2,0\n2,NaN,1\n", nil, `line 3, column 3: missing value in column "b": got "NaN", .*`},
		{"Inf", "d.csv", "a,b,y\n1,2,0\n2,-Inf,1\n", nil, `line 3, column 3: not a finite number in column "b": got "-Inf", .*`},
		{"NaN in LIBSVM", "d.libsvm", "1 1:2\n0 1:nan\n", nil, `line 2, column 5: not a finite number.*`},
		{"Inf in LIBSVM", "d.libsvm", "1 1:2\n0 1:inf\n", nil, `line 2, column 5: not a finite number.*`},
		{"ragged row", "d.csv", "a,b,y\n1,2,0\n2,1\n", nil, `line 3, column 3: ragged row: got 2 fields, want 3 as in the header; .*`},
		{"index backwards", "d.libsvm", "1 1:2 2:1\n0 2:1 1:3\n", nil, `line 2, column 7: bad index.*`},
		{"index 0", "d.libsvm", "1 0:2 2:1\n", nil, `line 1, column 3: bad index.*`},
		{"no header", "d.csv", "1,2,0\n2,1,1\n", nil, `line 1: unusable header: .*; if the file has no header, add -no-header.*`},
		{"semicolons", "d.csv", "a;b;y\n1;2;0\n", nil, `line 1: no feature columns: .*; give the separator by -comma`},
		{"no format", "d", "hello\n", nil, `line 1: unknown format: .*; say which by -format`},
		{"positive label", "d.csv", good, []string{"-positive", "yes"}, `unknown level in column "y": got positive label "yes", want "0" or "1"`},
		{"target of LIBSVM", "d.libsvm", "1 1:2\n0 1:1\n", []string{"-target", "y"}, `unusable options: got -target, -ignore or -categorical for a LIBSVM file, .*`},
		{"no features", "d.libsvm", "1\n0\n", nil, `line 1: no feature columns: .* by -features`},
		{"too few features", "d.libsvm", "1 1:1\n0 3:1\n", []string{"-features", "2"}, `line 2, column 3: index too large: got index 3, want at most -features = 2; declare more features`},
		{"row numbers", "d.csv", ",a,y\n0,1,0\n1,2,1\n", nil, `line 1, column 1: unusable header: .* put "" in -ignore if it holds row numbers`},
		{"everything ignored", "d.csv", good, []string{"-ignore", "a,b", "-ignore", "y"}, `line 1: no feature columns: got all columns in -ignore, want a target and a feature`},
		{"damaged gzip", "d.csv.gz", "\x1f\x8bxxxxxxxxxxxx", nil, `line 1: damaged gzip data: .*`},
		{"too few to split", "d.csv", "a,y\n1,0\n2,1\n", []string{"-holdout", "0.5"}, `-`},
	} {
		t.Run(c.about, func(t *testing.T) {
			path := file(t, c.name, c.content)
			o := logistic(t, append([]string{"-data", path}, c.args...)...)
			want := `^logistic: ` + regexp.QuoteMeta(path) + `: ` + c.want + "\n$"
			if c.want == "-" {
				want = `^logistic: impossible split: got 2 rows, each of another class, want a class with two rows\n$`
			}
			if o.code != 1 || o.stdout != "" || o.json != nil || !regexp.MustCompile(want).MatchString(o.stderr) {
				t.Errorf("exit status %d\n%sof %q, want\n%s", o.code, o.stderr, o.stdout, want)
			}
		})
	}
}

func TestBadTestFile(t *testing.T) {
	data := file(t, "d.csv", "a,b,y\n1,2,no\n2,1,yes\n3,5,no\n4,4,yes\n")
	for _, c := range []struct{ about, content, want string }{
		{"missing column", "a,y\n1,no\n", `line 1: no such column.*"b".*`},
		{"unknown label", "a,b,y\n1,2,perhaps\n", `line 2, column 5: unknown level in column "y": got label "perhaps", want "no" or "yes"`},
		{"no target", "a,b\n1,2\n", `line 1: no such column: got "y" in the training data, want one of "a", "b"; the test file needs the target too`},
		{"empty", "", `line 1: empty file.*`},
		{"text", "a,b,y\n1,x,no\n", `line 2, column 3: not a number in column "b".*`},
	} {
		path := file(t, "t.csv", c.content)
		o := logistic(t, "-data", data, "-test", path)
		want := `^logistic: ` + regexp.QuoteMeta(path) + `: ` + c.want + "\n$"
		if o.code != 1 || o.stdout != "" || !regexp.MustCompile(want).MatchString(o.stderr) {
			t.Errorf("%s: exit status %d\n%swant\n%s", c.about, o.code, o.stderr, want)
		}
	}
}

func TestBadNumbers(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-prior-precision", "0"}, "-prior-precision is 0, want a positive finite number"},
		{[]string{"-prior-precision", "-1"}, "-prior-precision is -1, want a positive finite number"},
		{[]string{"-prior-precision", "NaN"}, "-prior-precision is NaN, want a positive finite number"},
		{[]string{"-prior-precision", "Inf"}, "-prior-precision is +Inf, want a positive finite number"},
		{[]string{"-intercept-precision", "0"}, "-intercept-precision is 0, want a positive finite number"},
		{[]string{"-tolerance", "-1"}, "-tolerance is -1, want a positive finite number, or 0 for the default"},
		{[]string{"-iterations", "-1"}, "-iterations is -1, want a positive finite number, or 0 for the default"},
		{[]string{"-batch", "-1"}, "-batch is -1, want a positive finite number, or 0 for the default"},
		{[]string{"-data", "/no/such/file.csv"}, "/no/such/file.csv: cannot read: no such file or directory"},
	} {
		o := logistic(t, c.args...)
		if o.code != 1 || o.stdout != "" || o.json != nil || o.stderr != "logistic: "+c.want+"\n" {
			t.Errorf("%v: exit status %d, %q", c.args, o.code, o.stderr)
		}
	}
}

// TestOverflow: numbers that float64 holds, but not what a fit makes of them.
func TestOverflow(t *testing.T) {
	const train = "a,b,y\n1,2,0\n2,1,1\n3,5,0\n4,4,1\n"
	data := file(t, "d.csv", train)
	test := file(t, "t.csv", "a,b,y\n1,2,0\n1e200,-1e200,1\n")
	huge := file(t, "h.csv", "a,b,y\n1,2,0\n1e308,1,1\n3,5,0\n")
	tiny := file(t, "s.csv", "a,b,y\n1e-310,2,0\n2e-310,1,1\n3e-310,4,1\n-1e-310,3,0\n")
	for _, family := range []string{"full", "diag"} {
		for _, c := range []struct {
			args []string
			want string
		}{
			{[]string{"-data", data, "-test", test}, test + ": line 3: values too large to predict from: the predictor has mean .* and variance .*"},
			{[]string{"-data", data, "-test", test, "-likelihood", "probit"}, test + ": line 3: values too large to predict from: .*"},
			{[]string{"-data", huge}, "no fit: " + huge + ": line 3: values too large for coefficients with such a prior; try -standardize or a larger -prior-precision"},
			{[]string{"-data", tiny, "-standardize"}, `the coefficient of column "a" is too large in the units of the data; multiply the column by a power of ten`},
		} {
			o := logistic(t, append(c.args, "-family", family)...)
			if o.code != 1 || o.json != nil || strings.Contains(o.stdout, "status") || !regexp.MustCompile("^logistic: "+c.want+"\n$").MatchString(o.stderr) {
				t.Errorf("%v: exit status %d, %q", c.args, o.code, o.stderr)
			}
		}
		checkProper(t, logistic(t, "-data", huge, "-standardize", "-family", family).fitted(t))
	}
}

// TestStandardInput: its errors have a name, it is read once, and a cancellation
// does not wait for it.
func TestStandardInput(t *testing.T) {
	for _, c := range []struct {
		args        []string
		stdin, want string
	}{
		{[]string{"-data", "-"}, "", "standard input: line 1: empty file: want rows of data"},
		{[]string{"-data", "-", "-format", "libsvm"}, "1 0:1\n", "standard input: line 1, column 3: bad index: got index 0, .*"},
		{[]string{"-data", "-", "-test", "-"}, "a,y\n1,0\n2,1\n", "-data and -test are both standard input, which can be read once only"},
		{[]string{"-features", "3"}, "", `breast cancer \(built in\): unusable options: .*`},
	} {
		o := logisticContext(context.Background(), t, c.stdin, c.args...)
		if o.code != 1 || o.stdout != "" || !regexp.MustCompile("^logistic: "+c.want+"\n$").MatchString(o.stderr) {
			t.Errorf("%v: exit status %d, %q", c.args, o.code, o.stderr)
		}
	}
	silent, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	var stdout, stderr bytes.Buffer
	if code := run(ctx, []string{"-data", "-"}, silent, &stdout, &stderr); code != 1 || stdout.Len() > 0 || !strings.HasPrefix(stderr.String(), "logistic: no fit: ") {
		t.Errorf("exit status %d, %q", code, stderr.String())
	}
}

// TestReportIsLost: a report that cannot be written is no success.
func TestReportIsLost(t *testing.T) {
	full := errors.New("no space left on device")
	for _, args := range [][]string{nil, {"-json", filepath.Join(t.TempDir(), "o.json")}} {
		var stderr bytes.Buffer
		if code := run(context.Background(), args, nil, failing{full}, &stderr); code != 1 || stderr.String() != "logistic: the report: no space left on device\n" {
			t.Errorf("%v: exit status %d, %q", args, code, stderr.String())
		}
	}
	if code := run(context.Background(), []string{"-json", "-"}, nil, io.Discard, failing{full}); code != 1 {
		t.Errorf("report on standard error: exit status %d", code)
	}
}

// failing is a writer that fails.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestTwoReferences(t *testing.T) {
	data := file(t, "d.csv", "r,y\na,0\nb,1\nc,0\n")
	o := logistic(t, "-data", data, "-categorical", "r=a,r=b")
	if want := "logistic: -categorical gives column \"r\" the references \"a\" and \"b\", want one\n"; o.code != 1 || o.stderr != want {
		t.Errorf("exit status %d, %q", o.code, o.stderr)
	}
	o = logistic(t, "-data", data, "-categorical", "r=a", "-categorical", "r=a")
	o.fitted(t)
	if !strings.Contains(o.stdout, "1 (1 row) against 0 (2 rows)\n") {
		t.Errorf("numbers of rows in\n%s", o.stdout)
	}
}

func TestTooManyForFull(t *testing.T) {
	data := file(t, "d.libsvm", "1 1:1 20000:1\n0 1:-1\n")
	o := logistic(t, "-data", data, "-method", "fisher")
	if want := "logistic: no fit: a full covariance of 20001 coefficients is too large; use -family diag\n"; o.code != 1 || o.json != nil || o.stderr != want {
		t.Errorf("exit status %d, %q", o.code, o.stderr)
	}
	// Two rows say as much of two predictors; their fit needs no such matrix.
	r := logistic(t, "-data", data).fitted(t)
	if len(r.Coefficients) != 20001 || r.Covariance != nil || r.Fitted.SD[5] != 1 || r.Fitted.SD[1] >= 1 {
		t.Errorf("%d coefficients, covariance of %d, sd %v and %v", len(r.Coefficients), len(r.Covariance), r.Fitted.SD[1], r.Fitted.SD[5])
	}
	checkProper(t, logistic(t, "-data", data, "-family", "diag").fitted(t))
}

// TestHardData: data that a fit must be able to take.
func TestHardData(t *testing.T) {
	base := sample(200, 3)
	column := func(name string, f func(row []string, i int) string) string {
		var b strings.Builder
		for i, l := range strings.Split(strings.TrimSpace(base), "\n") {
			if i == 0 {
				fmt.Fprintf(&b, "%s,%s\n", name, l)
				continue
			}
			fmt.Fprintf(&b, "%s,%s\n", f(strings.Split(l, ","), i), l)
		}
		return b.String()
	}
	scaled := func(row []string, _ int) string { return row[0] + "e8" }
	for _, c := range []struct {
		about, content string
		args           []string
		note           string
	}{
		{"constant column", column("c", func([]string, int) string { return "3" }), []string{"-standardize"}, `constant in the fitted rows, so left without effect: "c"`},
		{"constant column as it is", column("c", func([]string, int) string { return "3" }), nil,
			`constant in the fitted rows, so only the prior speaks of their effect: "c"`},
		{"duplicated column", column("c", func(row []string, _ int) string { return row[0] }), []string{"-standardize"}, ""},
		{"duplicated column, wide prior", column("c", func(row []string, _ int) string { return row[0] }), []string{"-prior-precision", "1e-6"}, ""},
		{"column × 1e8", column("c", scaled), []string{"-standardize"}, ""},
		{"column × 1e8 as it is", column("c", scaled), nil,
			"standard deviations of the columns go from 0.885 to 9.63e+07, but their coefficients have the same prior: consider -standardize"},
		{"fewer rows than columns", sample(10, 30), nil, ""},
		{"separated", "a,y\n-3,0\n-2,0\n-1,0\n1,1\n2,1\n3,1\n", []string{"-prior-precision", "1e-6", "-intercept-precision", "1e-6", "-standardize"}, ""},
		{"separated as they are", "a,y\n-3,0\n-2,0\n-1,0\n1,1\n2,1\n3,1\n", []string{"-prior-precision", "1e-6"}, ""},
		{"two rows", "a,y\n0,0\n1,1\n", nil, ""},
	} {
		for _, family := range []string{"full", "diag"} {
			t.Run(c.about+" "+family, func(t *testing.T) {
				o := logistic(t, append([]string{"-data", file(t, "d.csv", c.content), "-family", family}, c.args...)...)
				r := o.fitted(t)
				checkProper(t, r)
				if c.note != "" && !strings.Contains(o.stdout, "note    "+c.note+"\n") {
					t.Errorf("no note %q in\n%s", c.note, o.stdout)
				}
			})
		}
	}
}

// checkProper: a fit has positive variances in its own scale, and a covariance
// that belongs to them.
func checkProper(t *testing.T, r output) {
	t.Helper()
	for j, sd := range r.Fitted.SD {
		if !(sd > 0) || math.IsInf(sd, 0) {
			t.Errorf("coefficient %d has sd %v", j, sd)
		}
		if r.Covariance != nil {
			within(t, 1e-12*sd*sd, r.Covariance[j][j], sd*sd, "variance %d", j)
		}
	}
}

// TestDuplicatesShare: the coefficients of two equal columns are equal, and
// together those of one with half the prior precision.
func TestDuplicatesShare(t *testing.T) {
	var b strings.Builder
	for i, l := range strings.Split(strings.TrimSpace(sample(200, 1)), "\n") {
		x, y, _ := strings.Cut(l, ",")
		if i == 0 {
			b.WriteString("a,b,y\n")
			continue
		}
		fmt.Fprintf(&b, "%s,%s,%s\n", x, x, y)
	}
	two := logistic(t, "-data", file(t, "d.csv", b.String()), "-prior-precision", "2").fitted(t)
	one := logistic(t, "-data", file(t, "d.csv", sample(200, 1)), "-prior-precision", "1").fitted(t)
	sd := one.Fitted.SD[1]
	within(t, 1e-5*sd, two.Fitted.Mean[1], one.Fitted.Mean[1]/2, "mean")
	within(t, 1e-5*sd, two.Fitted.Mean[2], one.Fitted.Mean[1]/2, "mean")
	v := two.Covariance
	within(t, 1e-5*sd*sd, v[1][1]+2*v[1][2]+v[2][2], sd*sd, "variance of the sum")
	within(t, 1e-6, two.ELBO, one.ELBO, "ELBO") // their difference is independent, with the prior as posterior
}

// TestColumnChoices: the flags that say how to read a file.
func TestColumnChoices(t *testing.T) {
	numbered := logistic(t, "-data", file(t, "n.csv", ",a,y\n0,1,0\n1,2,1\n2,1,0\n"), "-ignore", "").fitted(t)
	if numbered.Columns != 1 {
		t.Errorf("%d columns without the row numbers, want 1", numbered.Columns)
	}
	const text = "id;color;size;bought\n1;red;2;no\n2;blue;;yes\n3;blue;1;yes\n4;green;4;no\n5;red;3;yes\n6;green;1;no\n"
	path := file(t, "d.csv", text)
	args := []string{"-data", path, "-comma", ";", "-ignore", "id", "-missing", "drop", "-target", "bought"}
	for _, c := range []struct {
		args  []string
		names []string
		fit   string
	}{
		{[]string{"-categorical", "color=red"}, []string{"(intercept)", "color[blue]", "color[green]", "size"}, "yes (2 rows) against no (3 rows)"},
		{[]string{"-categorical", "color", "-positive", "no"}, []string{"(intercept)", "color[green]", "color[red]", "size"}, "no (3 rows) against yes (2 rows)"},
		{[]string{"-ignore", "id,color"}, []string{"(intercept)", "size"}, "yes (2 rows) against no (3 rows)"},
	} {
		o := logistic(t, append(args, c.args...)...)
		r := o.fitted(t)
		var names []string
		for _, k := range r.Coefficients {
			names = append(names, k.Name)
		}
		if fmt.Sprint(names) != fmt.Sprint(c.names) || !strings.Contains(o.stdout, c.fit) ||
			!strings.Contains(o.stdout, "note    dropped 1 row of 6 with missing values, the first in line 3\n") {
			t.Errorf("%v: %q in\n%s", c.args, names, o.stdout)
		}
	}
}

// TestSameDataSameFit: one matrix by every way in.
func TestSameDataSameFit(t *testing.T) {
	csv := sample(100, 2)
	var svm, bare strings.Builder
	for i, l := range strings.Split(strings.TrimSpace(csv), "\n") {
		if i == 0 {
			continue
		}
		f := strings.Split(l, ",")
		fmt.Fprintf(&svm, "%s 1:%s 2:%s\n", f[2], f[0], f[1])
		fmt.Fprintf(&bare, "%s\t%s\t%s\n", f[0], f[1], f[2])
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(csv))
	z.Close()
	want := logistic(t, "-data", file(t, "d.csv", csv), "-standardize").fitted(t)
	for _, c := range []struct {
		stdin string
		args  []string
	}{
		{"", []string{"-data", file(t, "d.csv.gz", packed.String()), "-standardize"}},
		{"", []string{"-data", file(t, "d.libsvm", svm.String()), "-standardize"}},
		{"", []string{"-data", file(t, "d", svm.String()), "-format", "libsvm", "-standardize=true"}},
		{"", []string{"-data", file(t, "d", bare.String()), "-format", "csv", "-no-header", "-comma", "tab", "-standardize"}},
		{csv, []string{"-data", "-", "-standardize"}},
		{svm.String(), []string{"-data", "-", "-format", "libsvm", "-standardize"}},
	} {
		r := logisticContext(context.Background(), t, c.stdin, c.args...).fitted(t)
		if r.ELBO != want.ELBO || r.Rows != 100 || r.Columns != 2 {
			t.Errorf("%v: ELBO %v, want %v; %d × %d", c.args, r.ELBO, want.ELBO, r.Rows, r.Columns)
		}
	}
	raw := logistic(t, "-data", file(t, "d.libsvm", svm.String())).fitted(t)
	if cmpCSV := logistic(t, "-data", file(t, "d.csv", csv)).fitted(t); raw.ELBO != cmpCSV.ELBO || raw.ELBO == want.ELBO {
		t.Errorf("LIBSVM as it is: ELBO %v, CSV %v, standardised %v", raw.ELBO, cmpCSV.ELBO, want.ELBO)
	}
}

// TestLIBSVMWidths: either file may lack the last columns of the other.
func TestLIBSVMWidths(t *testing.T) {
	narrow := file(t, "n.libsvm", "1 1:1\n0 1:-1\n1 1:2\n0\n")
	wide := file(t, "w.libsvm", "1 1:1 3:2\n0 1:-1\n")
	for _, c := range []struct {
		args    []string
		columns int
	}{
		{[]string{"-data", narrow}, 1},
		{[]string{"-data", narrow, "-test", wide}, 3},
		{[]string{"-data", wide, "-test", narrow}, 3},
		{[]string{"-data", narrow, "-features", "5"}, 5},
		{[]string{"-data", narrow, "-features", "5", "-test", wide}, 5},
	} {
		if r := logistic(t, c.args...).fitted(t); r.Columns != c.columns || len(r.Coefficients) != c.columns+1 {
			t.Errorf("%v: %d columns, %d coefficients", c.args, r.Columns, len(r.Coefficients))
		}
	}
}
