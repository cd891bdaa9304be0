package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func topics(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

// The six subjects are found: each topic has the words of one, the twelve most frequent.
func TestSubjectsAreFound(t *testing.T) {
	for _, batch := range [][]string{nil, {"-batch", "60", "-iterations", "200"}} {
		status, out, errs := topics(t, append(batch, "-json", "-", "-words", "12")...)
		if status != 0 {
			t.Fatalf("status %d, %s", status, errs)
		}
		var o output
		if err := json.Unmarshal([]byte(out), &o); err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		for _, topic := range o.Topics {
			var words []string
			for _, w := range topic.Words {
				words = append(words, w.Word)
			}
			slices.Sort(words)
			for _, s := range subjects {
				subject := strings.Fields(s)
				slices.Sort(subject)
				if slices.Equal(words, subject) {
					found[s] = true
				}
			}
		}
		if len(found) != len(subjects) {
			t.Errorf("%v: %d of %d subjects found", batch, len(found), len(subjects))
		}
		// Of one subject twelve words have equal chances, of two some more.
		if o.Holdout == nil || !(o.Holdout.Perplexity > 12 && o.Holdout.Perplexity < 26) {
			t.Errorf("%v: held out %+v", batch, o.Holdout)
		}
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.ldac")
	if err := os.WriteFile(bad, []byte("1 0:2\n2 1:1\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-topics", "0"}, 1, "-topics is 0"},
		{[]string{"-alpha", "-1"}, 1, "-alpha is -1"},
		{[]string{"-holdout", "1"}, 1, "-holdout is 1"},
		{[]string{"-topics", "x"}, 2, "-h explains"},
		{[]string{"corpus"}, 2, "-data"},
		{[]string{"-data", bad}, 1, "line 2"},
		{[]string{"-data", filepath.Join(dir, "none")}, 1, "none"},
		{[]string{"-vocab", bad}, 1, "-vocab needs -data"},
		{[]string{"-json", filepath.Join(dir, "no", "x.json")}, 1, "-json"},
	} {
		status, _, errs := topics(t, c.args...)
		if status != c.status || !strings.Contains(errs, c.want) {
			t.Errorf("%v: status %d, want %d; %q lacks %q", c.args, status, c.status, errs, c.want)
		}
	}
}
