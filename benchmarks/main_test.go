package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"natgrad/models/modeltest"
)

func TestList(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(t.Context(), nil, &out, &errs); code != 0 || errs.Len() > 0 {
		t.Errorf("status %d, errors %q", code, &errs)
	}
	seen := map[string]bool{}
	for _, e := range experiments {
		if e.name == "" || strings.ContainsAny(e.name, " -") || seen[e.name] || e.run == nil {
			t.Errorf("bad entry %q", e.name)
		}
		if !strings.HasSuffix(e.about, ".") || strings.Count(e.about, ". ") > 0 {
			t.Errorf("%s: %q is not one sentence", e.name, e.about)
		}
		seen[e.name] = true
		if !slices.ContainsFunc(strings.Split(out.String(), "\n"), func(line string) bool {
			name, about, _ := strings.Cut(strings.TrimSpace(line), " ")
			return name == e.name && strings.TrimSpace(about) == e.about
		}) {
			t.Errorf("%s is not in the list:\n%s", e.name, &out)
		}
	}
	if !seen["speed"] {
		t.Error("no speed")
	}
}

func TestBadArguments(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		want   []string // in what goes to stderr
	}{
		{[]string{"sped"}, 1, []string{`no experiment "sped"`, "speed"}},
		{[]string{"speed", "-fast"}, 1, []string{"-fast", "-quick"}},
		{[]string{"speed", "extra"}, 1, []string{`unexpected argument "extra"`}},
		{[]string{"speed", "-repeat", "-1"}, 1, []string{"-repeat -1"}},
		{[]string{"speed", "-h"}, 0, []string{"-quick", "-json"}},
	} {
		var out, errs bytes.Buffer
		if status := run(t.Context(), c.args, &out, &errs); status != c.status {
			t.Errorf("%q: status %d, want %d", c.args, status, c.status)
		}
		if out.Len() > 0 {
			t.Errorf("%q: output %q", c.args, &out)
		}
		for _, w := range c.want {
			if !strings.Contains(errs.String(), w) {
				t.Errorf("%q: errors %q do not have %q", c.args, &errs, w)
			}
		}
	}
}

// TestNoise: every estimator reaches its bar from two seeds.
func TestNoise(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	modeltest.Shared(t, "data/classification/pima.libsvm")
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"noise", "-quick"}, &out, &errs); code != 0 {
		t.Errorf("status %d: %s%s", code, &out, &errs)
	}
	if n := strings.Count(out.String(), "2 of 2"); n != 4 {
		t.Errorf("%d of 4 estimators converged:\n%s", n, &out)
	}
}

// TestStream: the smaller case reaches its bars.
func TestStream(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"stream", "-quick"}, &out, &errs); code != 0 || strings.Contains(out.String(), "MISSED") {
		t.Errorf("status %d: %s%s", code, &out, &errs)
	}
	for _, want := range []string{"passes", "below the better batch fit"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}
