package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// paper is an experiment under way that is compared with published figures: what was
// asked for, the runs that are finished, and the table and figure that come of them.
type paper struct {
	name   string
	data   string // folder of the data sets, "" if there is none
	out    string // folder of what is written, "" if nothing is
	quick  bool
	splits int // random splits, at least 1
	seed   uint64
	stderr io.Writer

	store store
	table table
	plots []panel
}

// paperExperiment makes an entry of the list. splits is the number of random splits of
// the data that the paper took, 0 if there is nothing to split; with -quick it is 2 at
// most. do carries out its runs with finish and fills in rows, notes and panels. What
// it leaves is then printed, written and judged.
func paperExperiment(name, about string, splits int, do func(ctx context.Context, p *paper) error) experiment {
	run := func(ctx context.Context, args []string, stdout, stderr io.Writer) error {
		p, err := newPaper(name, splits, args, stderr)
		if err != nil {
			return err
		}
		if err := do(ctx, p); err != nil {
			return err
		}
		return p.end(stdout)
	}
	return experiment{name: name, about: about, run: run}
}

// newPaper reads the flags, and the runs that were finished before.
func newPaper(name string, splits int, args []string, stderr io.Writer) (*paper, error) {
	p := &paper{name: name, stderr: stderr, splits: 1}
	fs := newFlags(name, stderr)
	fs.StringVar(&p.data, "data", "", "`folder` of the data sets (default: data in $NATGRAD_SHARED, if that is set)")
	fs.StringVar(&p.out, "out", "", "`folder` to write "+name+".csv, .json, .png and .svg to. Finished runs are kept there too, and not made again")
	fs.BoolVar(&p.quick, "quick", false, "less of everything: two minutes at most")
	fs.Uint64Var(&p.seed, "seed", 1, "of splits, generated data and draws")
	if splits > 0 {
		p.splits = -1
		fs.IntVar(&p.splits, "splits", -1, fmt.Sprintf("`number` of random splits (default: %d, with -quick %d)", splits, min(splits, 2)))
	}
	if err := parse(fs, args); err != nil {
		return nil, err
	}
	switch {
	case p.splits == -1 && p.quick:
		p.splits = min(splits, 2)
	case p.splits == -1:
		p.splits = splits
	case p.splits < 1:
		return nil, fmt.Errorf("-splits %d: want a positive number", p.splits)
	}
	if dir := os.Getenv("NATGRAD_SHARED"); p.data == "" && dir != "" {
		p.data = filepath.Join(dir, "data")
	}
	if p.out == "" {
		return p, nil
	}
	if err := os.MkdirAll(p.out, 0o755); err != nil {
		return nil, fmt.Errorf("-out: %w", err)
	}
	return p, p.store.open(p.file(".runs.json"))
}

// file returns the path of a file to write, by what comes after the name.
func (p *paper) file(suffix string) string { return filepath.Join(p.out, p.name+suffix) }

// open returns the path of a data set in the folder of the data sets. The error says
// that there is none.
func (p *paper) open(file string) (string, error) {
	if p.data == "" {
		return "", fmt.Errorf("%s is needed: say with -data, or in $NATGRAD_SHARED, where the data sets are", file)
	}
	path := filepath.Join(p.data, filepath.FromSlash(file))
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("-data: %w", err)
	}
	return path, nil
}

// paperRun is one run of an experiment, such as a fit by one method on one split. The
// setting is a name for all that it depends on besides split, seed and -quick: data,
// method, sizes.
type paperRun struct {
	setting string
	split   int     // 1, 2, …; 0 if there is none
	cost    float64 // time it takes, relative to the other runs. 0: 1
	do      func(ctx context.Context) (outcome, error)
}

func (r *paperRun) weight() float64 {
	if r.cost > 0 {
		return r.cost
	}
	return 1
}

// finish makes the runs that are not finished, in their order and one at a time, and
// returns the outcomes of all. With -out each is kept as soon as it is there.
func (p *paper) finish(ctx context.Context, runs []paperRun) (results, error) {
	all := make(results, len(runs))
	open := make([]int, 0, len(runs))
	var doneWeight, doneSeconds, left float64
	for i := range runs {
		r := &runs[i]
		k := runKey{p.name, r.setting, r.split, p.seed, p.quick}
		if f := p.store.find(k); f != nil {
			all[i] = *f
			doneWeight, doneSeconds = doneWeight+r.weight(), doneSeconds+f.Seconds
			continue
		}
		all[i].Key = k
		open = append(open, i)
		left += r.weight()
	}
	if n := len(runs) - len(open); n > 0 {
		fmt.Fprintf(p.stderr, "%s: %d of %d runs were finished before (%s)\n", p.name, n, len(runs), p.store.path)
	}
	for j, i := range open {
		r := &runs[i]
		if err := ctx.Err(); err != nil {
			return nil, p.interrupted(err, len(runs)-len(open)+j, len(runs))
		}
		begin := time.Now()
		o, err := r.do(ctx)
		seconds := time.Since(begin).Seconds()
		if err := ctx.Err(); err != nil { // what an interrupted run returned is none
			return nil, p.interrupted(err, len(runs)-len(open)+j, len(runs))
		}
		if err != nil {
			return nil, fmt.Errorf("%v: %w", all[i].Key, err)
		}
		all[i].Seconds, all[i].outcome = seconds, o
		if err := p.store.add(all[i]); err != nil {
			return nil, err
		}
		doneWeight, doneSeconds, left = doneWeight+r.weight(), doneSeconds+seconds, left-r.weight()
		fmt.Fprintf(p.stderr, "%s: %v in %.3g s, %d of %d", p.name, all[i].Key, seconds, len(runs)-len(open)+j+1, len(runs))
		if j+1 < len(open) {
			fmt.Fprintf(p.stderr, ", about %v to go", about(left*doneSeconds/doneWeight))
		}
		fmt.Fprintln(p.stderr)
	}
	return all, nil
}

// about rounds a time in seconds to two digits.
func about(seconds float64) time.Duration {
	d := time.Duration(seconds * float64(time.Second))
	unit := time.Millisecond
	for unit*100 <= d {
		unit *= 10
	}
	return d.Round(unit)
}

func (p *paper) interrupted(err error, done, all int) error {
	if p.out == "" {
		return fmt.Errorf("%d of %d runs were finished; with -out they would have been kept: %w", done, all, err)
	}
	return fmt.Errorf("%d of %d runs are finished and kept in %s; the same command goes on from there: %w", done, all, p.store.path, err)
}

// end prints the table, writes it and the figure to the folder, and returns an error
// if a bar was missed.
func (p *paper) end(stdout io.Writer) error {
	p.table.Experiment, p.table.Quick, p.table.Seed = p.name, p.quick, p.seed
	p.table.print(stdout)
	if p.out != "" {
		err := errors.Join(p.table.writeCSV(p.file(".csv")), p.table.writeJSON(p.file(".json")), p.draw())
		if err != nil {
			return err
		}
	}
	if n := p.table.missed(); n > 0 {
		return fmt.Errorf("%d bars were missed", n)
	}
	return nil
}
