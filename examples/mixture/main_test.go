package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// mixture runs the program and returns its status and output.
func mixture(t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(stdin), &out, &errs)
	return status, out.String(), errs.String()
}

func fitJSON(t *testing.T, args ...string) output {
	t.Helper()
	status, out, errs := mixture(t, "", append(args, "-json", "-")...)
	if status != 0 {
		t.Fatalf("%v: status %d, %s", args, status, errs)
	}
	var o output
	if err := json.Unmarshal([]byte(out), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// The optima of Old Faithful with two and six components, and the former's parameters,
// were computed by scikit-learn and its ELBO independently (data/mixture of the reference
// files): means, α/Σα and C/ν of that optimum.
func TestOldFaithful(t *testing.T) {
	o := fitJSON(t)
	near := func(got, want, tol float64, what string) {
		t.Helper()
		if !(math.Abs(got-want) <= tol) {
			t.Errorf("%s is %.12g, want %.12g", what, got, want)
		}
	}
	near(o.ELBO, -1178.9792431157134, 1e-6, "the ELBO")
	near(o.ByNumber[5].ELBO, -1184.512932, 1e-6, "the ELBO of six components")
	if o.Effective != 2 || len(o.Components) != 2 || len(o.ByNumber) != 10 || o.Status != "converged" {
		t.Fatalf("%d components of %d, %d sizes, %v", o.Effective, len(o.Components), len(o.ByNumber), o.Status)
	}
	α := []float64{175.32712297196386, 97.67287702803617}
	for i, c := range o.Components {
		w := α[i] / 273
		near(c.Weight, w, 1e-6, "a weight")
		near(c.WeightSD, math.Sqrt(w*(1-w)/274), 1e-6, "the sd of a weight")
		mean := [][]float64{{4.287832801585675, 79.94597245934041}, {2.05489812457299, 54.69050056862518}}[i]
		near(c.Mean[0], mean[0], 1e-6, "a mean")
		near(c.Mean[1], mean[1], 1e-5, "a mean")
	}
	ν, κ, C := 99.17287702803617, 98.17287702803617, []float64{10.433168174155455, 83.92075378917147, 83.92075378917147, 3767.138812458352}
	c := o.Components[1]
	for i, v := range C {
		near(c.Covariance[i/2][i%2], v/ν, 1e-5, "a covariance")
		near(c.ExpectedCovariance[i/2][i%2], v/(ν-3), 1e-5, "an expected covariance")
	}
	near(*c.MeanSD[1], math.Sqrt(C[3]/(ν-3)/κ), 1e-5, "the sd of a mean")
}

// Every shape and prior of weights fits, the files are what they say, and the same seed
// gives the same bytes.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for _, shape := range []string{"full", "tied", "diag", "spherical"} {
		for _, w := range []string{"dirichlet", "dp"} {
			assign, pic := filepath.Join(dir, "a.csv"), filepath.Join(dir, shape+w+".png")
			args := []string{"-covariance", shape, "-weights", w, "-components", "3", "-assign", assign, "-plot", pic, "-json", filepath.Join(dir, "o.json")}
			status, out, errs := mixture(t, "", args...)
			if status != 0 {
				t.Fatalf("%v: status %d, %s", args, status, errs)
			}
			if !strings.Contains(out, "in use") {
				t.Errorf("no report: %s", out)
			}
			checkAssignments(t, assign, 272)
			f, err := os.Open(pic)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := png.Decode(f); err != nil {
				t.Errorf("%s: %v", pic, err)
			}
			f.Close()
		}
	}
	var svgs [2]string
	for i := range svgs {
		svg := filepath.Join(dir, "p.svg")
		if status, _, errs := mixture(t, "", "-columns", "waiting", "-components", "3", "-plot", svg); status != 0 {
			t.Fatalf("status %d, %s", status, errs)
		}
		b, err := os.ReadFile(svg)
		if err != nil {
			t.Fatal(err)
		}
		svgs[i] = string(b)
		d := xml.NewDecoder(bytes.NewReader(b))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	if svgs[0] != svgs[1] {
		t.Error("two runs draw different pictures")
	}
}

// checkAssignments checks that responsibilities sum to 1, and that the component named is
// the likeliest.
func checkAssignments(t *testing.T, path string, rows int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	recs, err := csv.NewReader(f).ReadAll()
	if err != nil || len(recs) != rows+1 {
		t.Fatalf("%d records, error %v", len(recs), err)
	}
	for _, rec := range recs[1:] {
		top, _ := strconv.Atoi(rec[1])
		sum, most := 0.0, 0.0
		for i, s := range rec[2:] {
			r, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += r
			if i == top-1 {
				most = r
			}
		}
		if math.Abs(sum-1) > 1e-12 || most < 1/float64(len(rec)-2) {
			t.Fatalf("record %v sums to %v", rec, sum)
		}
	}
}

// Units do not matter: a column multiplied by 1000 moves its means and sds, nothing else.
// Batches come near the optimum of all rows.
func TestUnitsAndBatches(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "scaled.csv")
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(string(faithful)), "\n") {
		a, w, _ := strings.Cut(strings.TrimSpace(line), ",")
		if x, err := strconv.ParseFloat(a, 64); i > 0 && err == nil {
			a = strconv.FormatFloat(1000*x, 'g', -1, 64)
		}
		b.WriteString(a + "," + w + "\n")
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	was, is := fitJSON(t, "-components", "2", "-fixed"), fitJSON(t, "-data", path, "-components", "2", "-fixed")
	for i := range was.Components {
		if a, b := was.Components[i], is.Components[i]; math.Abs(1000*a.Mean[0]/b.Mean[0]-1) > 1e-6 || math.Abs(a.Weight-b.Weight) > 1e-6 {
			t.Errorf("component %d: mean %v and weight %v become %v and %v", i, a.Mean[0], a.Weight, b.Mean[0], b.Weight)
		}
	}
	if d := was.ELBO - is.ELBO - 272*math.Log(1000); math.Abs(d) > 1e-5 {
		t.Errorf("the ELBO differs by %v more than the units say", d)
	}
	some := fitJSON(t, "-components", "2", "-fixed", "-batch", "68")
	if math.Abs(some.ELBO-was.ELBO) > 1 {
		t.Errorf("ELBO %v by batches, want about %v", some.ELBO, was.ELBO)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	constant := file("constant.csv", "a,b\n1,2\n3,2\n5,2\n7,2\n")
	text := file("text.csv", "a,b\n1,x\n2,y\n")
	one := file("one.csv", "a,b\n1,2\n")
	nan := file("nan.csv", "a\n1\nNaN\n")
	noHeader := file("noheader.csv", "1,2\n3,4\n5,1\n")
	scale := file("scale.csv", "1,0\n0,-1\n")
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-covariance", "round"}, 2, "want one of full, tied, diag, spherical"},
		{[]string{"-components", "0"}, 1, "-components is 0"},
		{[]string{"-components", "two"}, 2, "invalid value"},
		{[]string{"-concentration", "-1"}, 1, "-concentration is -1"},
		{[]string{"-mean-precision", "NaN"}, 1, "-mean-precision is NaN"},
		{[]string{"-dof", "0.5"}, 1, "0.5 degrees of freedom"},
		{[]string{"-plot", "x.pdf"}, 1, ".png or .svg"},
		{[]string{"-plot-columns", "a"}, 1, "-plot FILE"},
		{[]string{"-plot", filepath.Join(dir, "x.png"), "-plot-columns", "c"}, 1, `no column "c"`},
		{[]string{"-data", constant}, 1, `column "b"`},
		{[]string{"-data", text}, 1, "-ignore"},
		{[]string{"-data", one}, 1, "one row"},
		{[]string{"-data", noHeader}, 1, "add -no-header"},
		{[]string{"-comma", "::"}, 2, "want one character, or tab"},
		{[]string{"-data", nan}, 1, "line 3"},
		{[]string{"-data", filepath.Join(dir, "none.csv")}, 1, "none.csv"},
		{[]string{"-scale", scale}, 1, "positive definite"},
		{[]string{"-scale", constant}, 1, "-scale"},
		{[]string{"-json", filepath.Join(dir, "no", "x.json"), "-components", "1"}, 1, "-json"},
		{[]string{"-assign", filepath.Join(dir, "no", "x.csv"), "-components", "1"}, 1, "-assign"},
		{[]string{"faithful.csv"}, 2, "-data"},
	} {
		status, _, errs := mixture(t, "", c.args...)
		if status != c.status || !strings.Contains(errs, c.want) {
			t.Errorf("%v: status %d, want %d; %q lacks %q", c.args, status, c.status, errs, c.want)
		}
	}
	// These are unusual, and right.
	semicolons := file("semicolons.csv", "a;b\n1;2\n3;1\n5;4\n")
	for _, args := range [][]string{
		{"-data", semicolons, "-comma", ";", "-components", "2"},
		{"-data", noHeader, "-no-header", "-components", "2"},
		{"-data", constant, "-ignore", "b", "-components", "6"},
		{"-data", constant, "-scale", "identity"},
		{"-data", one, "-scale", "identity", "-components", "3"},
		{"-data", constant, "-covariance", "spherical"},
	} {
		if status, _, errs := mixture(t, "", args...); status != 0 {
			t.Errorf("%v: status %d, %s", args, status, errs)
		}
	}
	if status, out, _ := mixture(t, "a\n1\n2\n3\n9\n", "-data", "-"); status != 0 || !strings.Contains(out, "standard input: 4 rows") {
		t.Errorf("standard input: status %d, %s", status, out)
	}
}
