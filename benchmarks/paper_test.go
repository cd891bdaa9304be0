package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// fake is an experiment of three settings with two splits each, which counts its runs
// and stops everything in the run of number stopAt.
type fake struct {
	made   int
	stopAt int
	stop   context.CancelFunc
	err    error // of the run stopAt instead
}

func (f *fake) experiment(splits int) experiment {
	return paperExperiment("fake", "Counts.", splits, func(ctx context.Context, p *paper) error {
		var runs []paperRun
		for i, setting := range []string{"a", "b", "c"} {
			for s := range p.splits {
				runs = append(runs, paperRun{setting: setting, split: s + 1, do: func(context.Context) (outcome, error) {
					if f.made++; f.made == f.stopAt {
						if f.err != nil {
							return outcome{}, f.err
						}
						f.stop()
					}
					x := number(10*i + s)
					return outcome{Values: map[string]number{"x": x, "nan": number(math.NaN()), "inf": number(math.Inf(-1))},
						Curves: map[string][]point{"path": {{x, number(math.Inf(1))}}}}, nil
				}})
			}
		}
		all, err := p.finish(ctx, runs)
		if err != nil {
			return err
		}
		for i, setting := range []string{"a", "b", "c"} {
			p.table.add("", setting, pubErr(float64(10*i), 0.5), all.measure(setting, "x"), withinErrors(2))
		}
		if x := all.value("b", "inf"); !math.IsInf(x, -1) {
			return errors.New("-Inf was not kept")
		}
		if c := all.of("c").Curves["path"]; len(c) != 1 || !math.IsInf(float64(c[0][1]), 1) {
			return errors.New("the curve was not kept")
		}
		if !math.IsNaN(all.value("a", "nan")) {
			return errors.New("NaN was not kept")
		}
		return nil
	})
}

// perform runs the experiment.
func (f *fake) perform(t *testing.T, splits int, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	f.made, f.stop = 0, stop
	err = f.experiment(splits).run(ctx, args, &out, &errs)
	return out.String(), errs.String(), err
}

// An interrupted experiment goes on where it was: no finished run is lost or made
// again, and the run under way at the end is not taken for a finished one.
func TestPaperResumes(t *testing.T) {
	dir := t.TempDir()
	whole, _, err := new(fake).perform(t, 2)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = (&fake{stopAt: 4}).perform(t, 2, "-out", dir)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "3 of 6 runs are finished") {
		t.Errorf("interrupted: %v", err)
	}
	_, _, err = (&fake{stopAt: 2, err: errors.New("boom")}).perform(t, 2, "-out", dir)
	if err == nil || !strings.Contains(err.Error(), "boom") || !strings.Contains(err.Error(), "c, split 1") {
		t.Errorf("a run that failed: %v", err)
	}
	f := new(fake)
	out, errs, err := f.perform(t, 2, "-out", dir)
	if err != nil || f.made != 2 || out != whole {
		t.Errorf("%v, %d runs, want 2; the table is\n%sand made in one go\n%s", err, f.made, out, whole)
	}
	for _, want := range []string{"4 of 6 runs were finished before", "c, split 1", "5 of 6, about ", "6 of 6\n"} {
		if !strings.Contains(errs, want) {
			t.Errorf("no %q in %q", want, errs)
		}
	}
	for _, c := range []struct {
		args []string
		want int
	}{{nil, 0}, {[]string{"-splits", "3"}, 3}, {[]string{"-seed", "2"}, 6}, {[]string{"-quick"}, 6}} {
		if _, _, err := f.perform(t, 2, append(c.args, "-out", dir)...); err != nil || f.made != c.want {
			t.Errorf("%v: %d runs, want %d; %v", c.args, f.made, c.want, err)
		}
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 3 { // runs, CSV, JSON
		t.Errorf("%v %v", list, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "fake.runs.json"), []byte(`[{"key"`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.perform(t, 2, "-out", dir); err == nil || f.made > 0 || !strings.Contains(err.Error(), "fake.runs.json") {
		t.Errorf("a broken file: %v, %d runs", err, f.made)
	}
}

func TestPaperFlags(t *testing.T) {
	f := new(fake)
	for _, c := range []struct {
		splits int
		args   []string
		want   int // runs
	}{{20, nil, 60}, {20, []string{"-quick"}, 6}, {1, []string{"-quick"}, 3}, {20, []string{"-splits", "4", "-quick"}, 12}, {0, nil, 3}} {
		// With more splits the means are further from the published ones.
		if _, _, err := f.perform(t, c.splits, c.args...); f.made != c.want || err != nil && !strings.Contains(err.Error(), "bars were missed") {
			t.Errorf("%d splits, %q: %d runs, want %d; %v", c.splits, c.args, f.made, c.want, err)
		}
	}
	for _, args := range [][]string{{"-splits", "0"}, {"-splits", "-3"}, {"extra"}} {
		if _, _, err := f.perform(t, 2, args...); err == nil || f.made > 0 {
			t.Errorf("%q: %d runs, no error", args, f.made)
		}
	}
	t.Setenv("NATGRAD_SHARED", "/nowhere")
	p, err := newPaper("fake", 0, nil, new(bytes.Buffer))
	if err != nil || p.data != filepath.Join("/nowhere", "data") {
		t.Errorf("data sets in %q, %v", p.data, err)
	}
	if _, err := p.open("a/b"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a data set that is not there: %v", err)
	}
	p.data = ""
	if _, err := p.open("a/b"); err == nil || !strings.Contains(err.Error(), "-data") {
		t.Errorf("no folder of data sets: %v", err)
	}
}

func TestMeasure(t *testing.T) {
	got := measure([]float64{1, 2, 6})
	// Deviations −2, −1, 3: variance 14/2, of the mean 7/3.
	if want := (measured{3, math.Sqrt(7. / 3), 3}); math.Abs(got.err-want.err) > 1e-15 || got.value != want.value || got.runs != 3 {
		t.Errorf("%v, want %v", got, want)
	}
	if one := measure([]float64{4}); one.value != 4 || !math.IsNaN(one.err) {
		t.Errorf("of one: %v", one)
	}
}

// TestTable: every bar on both sides of its limit, and the cases that cannot be judged.
func TestTable(t *testing.T) {
	nan := math.NaN()
	var tab table
	for _, c := range []struct {
		name       string
		was        *published
		ours       measured
		b          bar
		mark       string
		difference float64
	}{
		{"none", nil, once(1), bar{}, "", nan},
		{"joint", pubErr(1, 0.3), measured{2.2, 0.4, 20}, withinErrors(2.5), markMet, 2.4},
		{"joint, too far", pubErr(1, 0.3), measured{2.3, 0.4, 20}, withinErrors(2.5), markMissed, 2.6},
		{"joint, below", pubErr(1, 0.3), measured{-0.3, 0.4, 20}, withinErrors(2.5), markMissed, -2.6},
		{"one error", pubErr(1, 0.5), once(2), withinErrors(2.5), markMet, 2},
		{"no errors", pub(1), once(2), withinErrors(2.5), markNotJudged, nan},
		{"not a number", pubErr(1, 0.5), once(nan), withinErrors(2.5), markMissed, nan},
		{"nothing published", nil, once(2), withinErrors(2.5), markNotJudged, nan},
		{"unverified", fromMemory(1, 0.5), once(2), withinErrors(2.5), markMet, 2},
		{"unverified, too far", fromMemory(1, 0.5), once(9), withinErrors(2.5), markDiffers, 16},
		{"within", pub(1), once(1.125), within(0.125), markMet, nan},
		{"within, too far", pub(1), once(0.8), within(0.125), markMissed, nan},
		{"share", pub(-200), once(-210), withinShare(0.05), markMet, nan},
		{"share, too far", pub(-200), once(-211), withinShare(0.05), markMissed, nan},
		{"at most", nil, once(1e-8), noMoreThan(1e-8), markMet, nan},
		{"at most, too large", nil, once(2e-8), noMoreThan(1e-8), markMissed, nan},
		{"at most, not a number", nil, once(nan), noMoreThan(1e-8), markMissed, nan},
		{"at least", nil, once(10), noLessThan(10), markMet, nan},
		{"at least, too small", nil, once(9), noLessThan(10), markMissed, nan},
	} {
		tab.add("group", c.name, c.was, c.ours, c.b)
		got := tab.Rows[len(tab.Rows)-1]
		if got.Mark != c.mark || !cmp.Equal(float64(got.Difference), c.difference, cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-12)) {
			t.Errorf("%s: mark %q, difference %v, want %q, %v", c.name, got.Mark, got.Difference, c.mark, c.difference)
		}
	}
	if n := tab.missed(); n != 8 {
		t.Errorf("%d missed, want 8", n)
	}
	tab.note("A note of %d words, %s.", 7, strings.Repeat("long ", 30))
	var out bytes.Buffer
	tab.print(&out)
	for _, want := range []string{"1 ± 0.5 unverified", "2.2 ± 0.4", "+2.40 s.e.", "± 2.5 s.e.", "MISSED", "≤ 1e-08", "\n\nA note of 7 words"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}

	dir := t.TempDir()
	path := filepath.Join(dir, "t")
	if err := errors.Join(tab.writeCSV(path+".csv"), tab.writeJSON(path+".json")); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var back table
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tab, back, cmp.Comparer(func(a, b number) bool { return a == b || a != a && b != b })); diff != "" {
		t.Errorf("JSON: %s", diff)
	}
	file, err := os.Open(path + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) != len(tab.Rows)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if diff := cmp.Diff(rows[9], []string{"group", "unverified", "1", "0.5", "true", "2", "", "1", "2", "± 2.5 s.e.", "met"}); diff != "" {
		t.Errorf("CSV: %s", diff)
	}
}
