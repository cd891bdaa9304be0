package cli_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"natgrad/examples/internal/cli"
)

func TestRun(t *testing.T) {
	for _, c := range []struct {
		args   []string
		do     error
		status int
		stdout string
		stderr string
	}{
		{nil, nil, 0, "", ""},
		{[]string{"-h"}, nil, 0, "how to use it\n", ""},
		{[]string{"-shape", "round"}, nil, 2, "", "want one of full, diag"},
		{[]string{"-none"}, nil, 2, "", "program -h explains the flags"},
		{[]string{"data.csv"}, nil, 2, "", `unexpected argument "data.csv": a data file is given by -data`},
		{[]string{"-shape", "diag", "-names", "a,b", "-names", "c"}, errors.New("no data"), 1, "", "program: no data\n"},
	} {
		var stdout, stderr bytes.Buffer
		var shape string
		var names []string
		status := cli.Run("program", "how to use it\n", c.args, &stdout, &stderr, func(fs *flag.FlagSet) {
			cli.Choice(fs, &shape, "shape", "full", "diag")
			cli.List(fs, &names, "names")
		}, func() error { return c.do })
		if status != c.status || stdout.String() != c.stdout || !strings.Contains(stderr.String(), c.stderr) || c.stderr == "" && stderr.Len() > 0 {
			t.Errorf("%v: status %d, stdout %q, stderr %q", c.args, status, stdout.String(), stderr.String())
		}
		if c.status == 1 && (shape != "diag" || strings.Join(names, " ") != "a b c") {
			t.Errorf("%v: shape %q, names %q", c.args, shape, names)
		}
	}
}

func TestCheckNumbers(t *testing.T) {
	for _, c := range []struct {
		number cli.Number
		want   string
	}{
		{cli.Number{"-a", 2, false}, ""},
		{cli.Number{"-a", 0, true}, ""},
		{cli.Number{"-a", 0, false}, "-a is 0, want a positive finite number"},
		{cli.Number{"-a", -1, true}, "-a is -1, want a positive finite number, or 0 for the default"},
		{cli.Number{"-a", math.NaN(), true}, "-a is NaN"},
		{cli.Number{"-a", math.Inf(1), false}, "-a is +Inf"},
	} {
		err := cli.CheckNumbers(cli.Number{"-good", 1, false}, c.number)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %q", c.number, err, c.want)
		}
	}
}

func TestWriteJSON(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.json")
	var stdout bytes.Buffer
	v := map[string]int{"a": 1}
	for _, p := range []string{path, "-"} {
		if err := cli.WriteJSON(p, &stdout, v); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil || string(b) != "{\n  \"a\": 1\n}\n" || stdout.String() != string(b) {
		t.Errorf("%q and %q, error %v", b, stdout.String(), err)
	}
	for _, err := range []error{cli.WriteJSON(filepath.Join(dir, "no", "x"), &stdout, v), cli.WriteJSON("-", &stdout, math.NaN())} {
		if err == nil || !strings.HasPrefix(err.Error(), "-json: ") {
			t.Errorf("error %v, want one that names -json", err)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestReport(t *testing.T) {
	r := &cli.Report{W: full{}}
	fmt.Fprintln(r, "one")
	r.W = new(bytes.Buffer)
	fmt.Fprintln(r, "two")
	if r.Err == nil || r.Err.Error() != "the report: disk full" {
		t.Errorf("error %v", r.Err)
	}
}

func ExampleCount() {
	fmt.Println(cli.Count(1, "row"), "of", cli.Count(3, "column"))
	// Output: 1 row of 3 columns
}
