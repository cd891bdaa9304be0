package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"natgrad/families"
)

func TestSpeedQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	file := filepath.Join(t.TempDir(), "speed.json")
	procs := runtime.GOMAXPROCS(0)
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"speed", "-quick", "-repeat", "1", "-json", file}, &out, &errs); status != 0 {
		t.Fatalf("status %d: %s", status, &errs)
	}
	if n := runtime.GOMAXPROCS(0); n != procs {
		t.Errorf("GOMAXPROCS left at %d, was %d", n, procs)
	}
	if !strings.Contains(out.String(), quickNote) {
		t.Errorf("no word about the bars in\n%s", &out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	bars := 0
	for _, row := range r.Rows {
		if !(row.Value >= 0) || math.IsInf(row.Value, 0) {
			t.Errorf("%s: %v", row.What, row.Value)
		}
		if row.Bar != nil {
			bars++
		}
		if !strings.Contains(out.String(), row.What) {
			t.Errorf("%q is not printed", row.What)
		}
	}
	if want := 8 + 8 + 1; runtime.NumCPU() > 1 && bars != want {
		t.Errorf("%d bars, want %d", bars, want)
	}
	// The optimum does not depend on how the matrix is stored or on the cores.
	elbo := map[string]float64{}
	for _, row := range r.Times {
		if row.Status == "" {
			continue
		}
		if row.Status != "converged" {
			t.Errorf("%s: %s", row.What, row.Status)
		}
		data := strings.TrimSuffix(row.What, " as dense")
		if first, ok := elbo[data]; ok && relative(first, row.ELBO) > 1e-10 {
			t.Errorf("%s on %d cores: ELBO %v, before %v", row.What, row.Cores, row.ELBO, first)
		}
		elbo[data] = row.ELBO
	}
	if len(elbo) != 3 {
		t.Errorf("fits of %d kinds, want 3", len(elbo))
	}
	if elbo["full fit, dense"] < elbo["diag fit, dense"] {
		t.Error("the larger family has the lower ELBO")
	}
}

// The verdicts decide the exit status: each rule on both sides of its bar.
func TestVerdicts(t *testing.T) {
	var r report
	r.atMost("a", 1, samples{60}, 60)
	r.atMost("b", 1, samples{60.1}, 60)
	r.atLeast("c", 1, samples{8}, 8)
	r.atLeast("d", 1, samples{7.9}, 8)
	r.atLeast("e", 1, samples{math.NaN()}, 8)
	r.atLeast("f", 1, samples{7, 9, 8.5}, 8) // the median counts
	r.info("g", 1, samples{3})
	if n := r.missed(); n != 3 {
		t.Errorf("%d missed, want 3", n)
	}
	var out bytes.Buffer
	r.print(&out)
	if n := strings.Count(out.String(), "NOT MET"); n != 3 {
		t.Errorf("%d printed as missed, want 3:\n%s", n, &out)
	}
}

// Allocations must be counted in steps that do something.
func TestStepAllocsCounts(t *testing.T) {
	r, err := generateDense(300, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.glm()
	if err != nil {
		t.Fatal(err)
	}
	n, err := stepAllocs(t.Context(), &fit{model: m, family: families.DiagGaussian(5), cores: 1})
	if err != nil || n != 0 {
		t.Errorf("%v allocations in a step, error %v", n, err)
	}
}

func TestSamples(t *testing.T) {
	s := samples{3, 1, 2, 10}
	if s.best() != 1 || s.median() != 2.5 || s.worst() != 10 {
		t.Errorf("best %v, median %v, worst %v, want 1, 2.5, 10", s.best(), s.median(), s.worst())
	}
	if got, want := s.over(samples{1, 2, 4, 5}).times(3), (samples{9, 1.5, 1.5, 6}); !slices.Equal(got, want) {
		t.Errorf("ratios %v, want %v", got, want)
	}
}

func TestAdultAbsent(t *testing.T) {
	if _, ok, err := openAdult(t.TempDir()); ok || err != nil {
		t.Errorf("found in an empty folder: %v, error %v", ok, err)
	}
	dir := t.TempDir()
	t.Setenv("NATGRAD_SHARED", dir)
	if got := sharedDir(""); got != dir {
		t.Errorf("folder %q, want that of NATGRAD_SHARED, %q", got, dir)
	}
	if got := sharedDir("given"); got != "given" {
		t.Errorf("folder %q, want the given one", got)
	}
}

func TestAdult(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a large file")
	}
	r, ok, err := openAdult("")
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		t.Skipf("%s is not in %s (set NATGRAD_SHARED to the folder that holds it)", adultFile, sharedDir(""))
	}
	if n, d := r.x.Dims(); n != adultRows || d != adultCols+1 {
		t.Errorf("%d × %d", n, d)
	}
	var ones float64
	for _, y := range r.y {
		ones += y
	}
	if ones != 7841 { // of the 32561 adults, those who earn more than 50K
		t.Errorf("%v positives, want 7841", ones)
	}
}
