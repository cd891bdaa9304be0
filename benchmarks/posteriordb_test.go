package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"natgrad/vi"
)

// writeEntry makes an entry of a random walk of two steps, whose posterior is
// Gaussian.
func writeEntry(t *testing.T, dir, name, model string, mean, sd [2]float64) {
	t.Helper()
	folder := filepath.Join(dir, name)
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	reference, err := json.Marshal(map[string]any{"model": model, "parameters": map[string]any{"x": map[string]any{"mean": mean, "sd": sd}}})
	if err != nil {
		t.Fatal(err)
	}
	for file, b := range map[string][]byte{"reference.json": reference, "data.json": []byte(`{"observed": [0.3, -0.1]}`)} {
		if err := os.WriteFile(filepath.Join(folder, file), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPosteriorDB(t *testing.T) {
	dir := t.TempDir()
	// The precision is that of steps of sd 0.1 plus that of noise of sd 0.15.
	a, b, c := 200+1/0.0225, -100.0, 100+1/0.0225
	det := a*c - b*b
	h0, h1 := 0.3/0.0225, -0.1/0.0225
	mean := [2]float64{(c*h0 - b*h1) / det, (a*h1 - b*h0) / det}
	sd := [2]float64{math.Sqrt(c / det), math.Sqrt(a / det)}
	writeEntry(t, dir, "right", "brownian_motion", mean, sd)
	writeEntry(t, dir, "shifted", "brownian_motion", [2]float64{mean[0] + 3*sd[0], mean[1] - 4*sd[1]}, [2]float64{sd[0], sd[1]})
	writeEntry(t, dir, "unknown", "no_such_model", mean, sd)

	file := filepath.Join(dir, "rows.json")
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"posteriordb", "-dir", dir, "-json", file}, &out, &errs); code != 1 {
		t.Fatalf("status %d, want 1 for a wrong reference: %s", code, &errs)
	}
	if !strings.Contains(errs.String(), "1 entries have the verdict OK and errors above 0.3: shifted") {
		t.Errorf("the wrong reference is not reported: %s", &errs)
	}
	if !strings.Contains(errs.String(), "no model for no_such_model") {
		t.Errorf("the unknown model is not reported: %s", &errs)
	}
	b2, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(b2, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 {
		t.Fatalf("%d rows, want 3", len(rows))
	}
	var keys []string
	for _, k := range []string{"name", "dim", "status", "verdict", "khat", "seconds", "grad_evals", "hess_evals",
		"rms_mean_error", "rms_log_sd_ratio", "rms_mean_error_psis", "rms_log_sd_ratio_psis"} {
		if _, ok := rows[0][k]; !ok {
			t.Errorf("no %q in a row", k)
		}
		keys = append(keys, k)
	}
	if len(rows[0]) != len(keys) {
		t.Errorf("%d keys in a row, want %d", len(rows[0]), len(keys))
	}
	number := func(row int, key string) float64 {
		v, ok := rows[row][key].(float64)
		if !ok {
			t.Errorf("row %d: %s = %v, want a number", row, key, rows[row][key])
		}
		return v
	}
	for i, want := range []float64{0, math.Sqrt(12.5)} { // √((3² + 4²)/2)
		if got := number(i, "rms_mean_error"); math.Abs(got-want) > 0.02 {
			t.Errorf("row %d: mean error %v, want %v", i, got, want)
		}
		if got := number(i, "rms_log_sd_ratio"); got > 0.02 {
			t.Errorf("row %d: log-sd ratio %v, want 0", i, got)
		}
	}
	if rows[2]["rms_mean_error"] != nil {
		t.Errorf("mean error %v without a model, want null", rows[2]["rms_mean_error"])
	}
	if !strings.Contains(out.String(), "1 of 2 fits within") {
		t.Errorf("the last row does not count the good fit:\n%s", &out)
	}
}

func TestPosteriorNumbers(t *testing.T) {
	got, err := json.Marshal([]number{1.5, number(math.NaN()), number(math.Inf(1)), number(math.Inf(-1))})
	if err != nil {
		t.Fatal(err)
	}
	if want := `[1.5,null,"inf","-inf"]`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestPosteriorJudge: a wrong fit that is called OK fails the experiment, an
// entry without a model does not.
func TestPosteriorJudge(t *testing.T) {
	row := func(name, status string, verdict vi.Verdict, mean, sd float64) posteriorRow {
		return posteriorRow{Name: name, Status: status, Verdict: verdict.String(), MeanError: number(mean), LogSD: number(sd)}
	}
	for _, c := range []struct {
		row  posteriorRow
		want string
	}{
		{row("a", "converged", vi.OK, 0.29, 0.29), ""},
		{row("b", "converged", vi.OK, 0.31, 0), "b"},
		{row("c", "converged", vi.OK, 0, 0.31), "c"},
		{row("d", "converged", vi.OK, math.NaN(), 0), "d"},
		{row("e", "converged", vi.Warn, 5, 5), ""},
		{row("f", noModelStatus, vi.Unchecked, math.NaN(), math.NaN()), ""},
		{row("g", "error: something", vi.Fail, 0, 0), "g"},
		{row("h", timeLimitStatus, vi.Unchecked, 0, 0), "h"},
	} {
		var got string
		if err := judgeRows([]posteriorRow{c.row}); err != nil {
			got = err.Error()[strings.LastIndex(err.Error(), " ")+1:]
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: (-want +got) %s", c.row.Name, diff)
		}
	}
}

func TestPosteriorGood(t *testing.T) {
	nan := number(math.NaN())
	for _, c := range []struct {
		row  posteriorRow
		want bool
	}{
		{posteriorRow{MeanError: 0.09, LogSD: 0.09, MeanErrorIS: nan, LogSDIS: nan}, true},
		{posteriorRow{MeanError: 0.11, LogSD: 0.09, MeanErrorIS: nan, LogSDIS: nan}, false},
		{posteriorRow{MeanError: 0.3, LogSD: 0.3, MeanErrorIS: 0.05, LogSDIS: 0.05, resample: true}, true},
		{posteriorRow{Verdict: "warn", MeanError: 0.2, LogSD: 0.09, MeanErrorIS: 0.05, LogSDIS: 0.05}, false},
	} {
		if got := c.row.good(); got != c.want {
			t.Errorf("%+v: good is %v", c.row, got)
		}
	}
}

func TestPosteriorLimit(t *testing.T) {
	dir := t.TempDir()
	writeEntry(t, dir, "slow", "brownian_motion", [2]float64{0, 0}, [2]float64{1, 1})
	row := fitEntry(t.Context(), filepath.Join(dir, "slow"), time.Nanosecond)
	if row.Status != timeLimitStatus {
		t.Errorf("status %q, want %q", row.Status, timeLimitStatus)
	}
}

func TestPosteriorOnly(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"walk", "walk-long", "other"} {
		writeEntry(t, dir, name, "brownian_motion", [2]float64{0, 0}, [2]float64{1, 1})
	}
	for _, c := range []struct {
		only string
		want []string
	}{
		{"", []string{"other", "walk", "walk-long"}},
		{"walk", []string{"walk"}},
		{"wal", []string{"walk", "walk-long"}},
	} {
		got, err := entryNames(dir, c.only)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("-only %q: (-want +got) %s", c.only, diff)
		}
	}
	if _, err := entryNames(dir, "nothing"); err == nil || !strings.Contains(err.Error(), `"nothing"`) {
		t.Errorf("error %v, want one that names what was looked for", err)
	}
}
