package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"natgrad/families"
	"natgrad/models"
	"natgrad/models/dataset"
	"natgrad/models/modeltest"
	"natgrad/vi"
)

const smallCorpus = "3 0:2 1:1 2:4\n2 1:3 3:2\n0\n4 0:1 1:1 2:1 3:1\n"

func smallDocuments(t *testing.T) *models.CSR {
	t.Helper()
	x, err := dataset.ReadLDAC(strings.NewReader(smallCorpus), 0)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// What a fit says of its own ELBO is what judge says of its topics.
func TestTopicJudge(t *testing.T) {
	x := smallDocuments(t)
	j, err := newTopicJudge(x, x, 2)
	if err != nil {
		t.Fatal(err)
	}
	if j.words != 16 {
		t.Errorf("%v words", j.words)
	}
	j.model.LocalTolerance = 1e-12
	res, err := vi.Fit(t.Context(), vi.Problem{Model: j.model}, &vi.Settings{Starts: 1, Check: -1})
	if err != nil {
		t.Fatal(err)
	}
	var f topicFit
	if err := j.judge(t.Context(), &f, res.Q.Natural(nil)); err != nil {
		t.Fatal(err)
	}
	if d := f.elbo - res.ELBO/16; math.Abs(d) > 1e-4 {
		t.Errorf("ELBO %v for each word, the fit says %v", f.elbo, res.ELBO/16)
	}
}

// fakePython makes a python3 that answers as topics.py does, with concentrations of 1: each
// topic is uniform. What it is told to do goes to the file "asked".
func fakePython(t *testing.T, params int) (asked string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	dir := t.TempDir()
	ones := make([]float64, params)
	for i := range ones {
		ones[i] = 1
	}
	b, err := binary.Append(nil, binary.NativeEndian, ones)
	if err != nil {
		t.Fatal(err)
	}
	fixed, asked := filepath.Join(dir, "ones"), filepath.Join(dir, "asked")
	script := fmt.Sprintf(`#!/bin/sh
[ "$1" = -c ] && exit 0
shift
/bin/cat "$1" > %[2]s
shift
echo "$@" >> %[2]s
echo 9.9
while read method passes seed file; do
	echo $method $passes $seed >> %[2]s
	/bin/cp %[1]s "$file"
	echo '{"cpu_seconds": 1.5, "iterations": 3}'
done
`, fixed, asked)
	for name, text := range map[string][]byte{"ones": b, "python3": []byte(script)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	return asked
}

// The topics of the other process are judged as they are: uniform ones have the perplexity
// of the vocabulary.
func TestTopicsScikit(t *testing.T) {
	asked := fakePython(t, 2*4)
	x := smallDocuments(t)
	s, err := startTopicsScikit(t.Context(), x, 2, 0.1, 0.01)
	if err != nil {
		t.Fatal(err)
	}
	λ, seconds, err := s.fit("online", 7, 3)
	if err != nil || seconds != 1.5 || len(λ) != 8 || s.version != "9.9" {
		t.Fatalf("λ = %v in %v s by version %q, error %v", λ, seconds, s.version, err)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	b, err := os.ReadFile(asked)
	if want := smallCorpus + "4 2 0.1 0.01\nonline 7 3\n"; err != nil || string(b) != want {
		t.Errorf("asked %q, want %q, error %v", b, want, err)
	}
	j, err := newTopicJudge(x, x, 2)
	if err != nil {
		t.Fatal(err)
	}
	var f topicFit
	if err := j.judge(t.Context(), &f, λ); err != nil || math.Abs(f.perplexity-4) > 1e-9 {
		t.Errorf("perplexity %v of 4 words, error %v", f.perplexity, err)
	}
	if err := j.judge(t.Context(), &f, make(families.Natural, 8)); err != nil {
		t.Error(err)
	}
	λ[3] = -1
	if err := j.judge(t.Context(), &f, λ); err == nil {
		t.Error("a concentration of 0 is judged")
	}

	fakePython(t, 5)
	if s, err = startTopicsScikit(t.Context(), x, 2, 0.1, 0.01); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.fit("batch", 1, 1); err == nil || !strings.Contains(err.Error(), "40 bytes for 8 numbers") {
		t.Errorf("too few numbers: error %v", err)
	}
	s.close()
	t.Setenv("PATH", t.TempDir())
	if _, err := startTopicsScikit(t.Context(), x, 2, 0.1, 0.01); err != errNoScikit {
		t.Errorf("no python3: error %v", err)
	}
}

// The whole experiment, smaller, without anything to compare with.
func TestTopics(t *testing.T) {
	dir := filepath.Dir(modeltest.Shared(t, "data/text/ap.ldac.gz"))
	t.Setenv("PATH", t.TempDir())
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"topics", "-quick", "-seeds", "1", "-dir", dir}, &out, &errs); code != 0 {
		t.Fatalf("status %d: %s%s", code, &out, &errs)
	}
	for _, want := range []string{"Daily Kos", "Associated Press", "batch", "online", "no python3"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		args []string
		want string
	}{
		{t.Context(), []string{"-seeds", "0"}, "-seeds 0"},
		{t.Context(), []string{"-dir", t.TempDir()}, "kos.ldac.gz"},
		{ctx, []string{"-quick", "-dir", dir}, "canceled"},
	} {
		out.Reset()
		errs.Reset()
		if code := run(c.ctx, append([]string{"topics"}, c.args...), &out, &errs); code != 1 || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%v: status %d, %q lacks %q", c.args, code, &errs, c.want)
		}
	}
}
