package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The smaller case runs, leaves GOMAXPROCS as it was, and accelerates.
func TestMixtureQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	file := filepath.Join(t.TempDir(), "mixture.json")
	procs := runtime.GOMAXPROCS(0)
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"mixture", "-quick", "-json", file}, &out, &errs); code != 0 {
		t.Fatalf("status %d: %s%s", code, &out, &errs)
	}
	if n := runtime.GOMAXPROCS(0); n != procs {
		t.Errorf("GOMAXPROCS left at %d, was %d", n, procs)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, row := range r.Rows {
		if row.Bar == nil {
			t.Errorf("%s: no bar", row.What)
		}
		if strings.Contains(row.What, "core") || strings.Contains(row.What, "scikit") {
			continue // times are those of the machine just now
		}
		if seen++; !*row.Met {
			t.Errorf("%s: %v, want %s %v", row.What, row.Value, row.Rule, *row.Bar)
		}
	}
	if seen != 3 {
		t.Errorf("%d bars that are not of time, want 3:\n%s", seen, &out)
	}
	for _, row := range r.Times {
		if !(row.Best > 0) {
			t.Errorf("%s takes %v", row.What, row.Best)
		}
	}
}

// Fits by the other program end where they are told to, and leave no files.
func TestScikit(t *testing.T) {
	s, err := startMixtureScikit(t.Context(), generateMixture(200, 2, 3, 5, 1), 2, 3)
	if errors.Is(err, errNoScikit) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	short, err := s.fit(2, 0)
	if err != nil {
		t.Fatal(err)
	}
	long, err := s.fit(1000, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	if short.iterations != 2 || short.converged || !(short.seconds > 0) {
		t.Errorf("2 iterations without a tolerance: %+v", short)
	}
	if !long.converged || long.iterations >= 1000 {
		t.Errorf("1000 iterations at most: %+v", long)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left: %v", err)
	}
}

// Without a python3 that has it there is nothing to compare with, which is said.
func TestNoScikit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := startMixtureScikit(t.Context(), []float64{1, 2}, 1, 1); !errors.Is(err, errNoScikit) {
		t.Errorf("error %v", err)
	}
}
