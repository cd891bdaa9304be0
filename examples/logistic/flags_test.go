package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"natgrad/examples/internal/clitest"
	"natgrad/vi"
)

func TestUsage(t *testing.T) { clitest.Usage(t, usage, new(config).define, run) }

func TestBadFlags(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-no-such", "flag provided but not defined: -no-such"},
		{"-family half", `invalid value "half" for flag -family: want one of full, diag`},
		{"-likelihood poisson", `invalid value "poisson" for flag -likelihood: want one of logit, probit`},
		{"-estimator best", `invalid value "best" for flag -estimator: want one of auto, quadrature, price, stein, pathwise, score`},
		{"-method newton", `invalid value "newton" for flag -method: want one of natural, fisher, mirror, euclidean, adam, retraction`},
		{"-format xml", `invalid value "xml" for flag -format: `},
		{"-missing guess", `invalid value "guess" for flag -missing: want one of refuse, drop`},
		{"-holdout 1", `invalid value "1" for flag -holdout: want a fraction from 0 to below 1`},
		{"-holdout -0.1", `invalid value "-0.1" for flag -holdout: want a fraction from 0 to below 1`},
		{"-standardize=perhaps", `invalid boolean value "perhaps" for -standardize: `},
		{"-comma ;;", `invalid value ";;" for flag -comma: want one character, or tab`},
		{"-seed -1", `invalid value "-1" for flag -seed: `},
		{"-batch few", `invalid value "few" for flag -batch: `},
		{"-prior-precision", "flag needs an argument: -prior-precision"},
		{"data.csv", `unexpected argument "data.csv": a data file is given by -data`},
	} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), strings.Fields(c.args), nil, &stdout, &stderr)
		if code != 2 || stdout.Len() > 0 || !strings.HasPrefix(stderr.String(), c.want) || !strings.HasSuffix(stderr.String(), "\nlogistic -h explains the flags\n") {
			t.Errorf("%s: exit status %d, %q", c.args, code, stderr.String())
		}
	}
}

func TestSeedAndHoldout(t *testing.T) {
	a := logistic(t).fitted(t)
	b := logistic(t, "-seed", "2").fitted(t)
	c := logistic(t, "-holdout", "0.5").fitted(t)
	if a.ELBO == b.ELBO || a.Test.Rows != b.Test.Rows || c.Rows != 284 || c.Test.Rows != 285 {
		t.Errorf("ELBO %v and %v; %d and %d rows", a.ELBO, b.ELBO, c.Rows, c.Test.Rows)
	}
	data := file(t, "d.csv", sample(50, 1))
	o := logistic(t, "-data", data, "-test", data, "-holdout", "0.5")
	if r := o.fitted(t); r.Rows != 50 || r.Test.Rows != 50 || !strings.Contains(o.stdout, "note    -test is given, so -holdout is not used\n") {
		t.Errorf("%d rows, %d test rows\n%s", r.Rows, r.Test.Rows, o.stdout)
	}
}

// TestPriors: each flag reaches its coefficients. Of few data, a narrow prior
// leaves nothing.
func TestPriors(t *testing.T) {
	data := file(t, "d.csv", sample(20, 2))
	r := logistic(t, "-data", data, "-prior-precision", "1e8", "-intercept-precision", "0.01").fitted(t)
	for j, sd := range r.Fitted.SD {
		if narrow := sd < 1.0001e-4; narrow != (j > 0) {
			t.Errorf("coefficient %d has sd %v", j, sd)
		}
	}
}

func TestProgress(t *testing.T) {
	var b bytes.Buffer
	p := &progress{w: &b, next: time.Now().Add(-time.Second)}
	p.Record(&vi.Iteration{Number: 12, ELBO: -3.25, Distance: 0.5})
	p.Record(&vi.Iteration{Number: 13, ELBO: -3, Distance: 0.25}) // too soon
	if got, want := b.String(), "\r12 iterations: ELBO -3.25, distance 0.5\x1b[K"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.clear()
	p.clear()
	if got := b.String(); strings.Count(got, "\r\x1b[K") != 1 {
		t.Errorf("cleared %q", got)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, w := range []io.Writer{&b, f} {
		if isTerminal(w) {
			t.Errorf("%T is a terminal", w)
		}
	}
}
