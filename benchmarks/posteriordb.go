package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"natgrad/benchmarks/posteriordb"
	"natgrad/vi"
)

var posteriorDB = experiment{
	name:  "posteriordb",
	about: "Fits models of posteriordb with default settings, and measures how far means and standard deviations are from the reference.",
	run:   runPosteriorDB,
}

// The bars of the experiment.
const (
	goodError = 0.1 // RMS mean error and RMS log-sd ratio of a good entry
	lieError  = 0.3 // that no fit with the verdict OK may have
)

// posteriorRow is what is written of an entry. Numbers that are not there are NaN.
type posteriorRow struct {
	Name        string `json:"name"`
	Dim         int    `json:"dim"`
	Status      string `json:"status"` // of the fit, or one of the below
	Verdict     string `json:"verdict"`
	KHat        number `json:"khat"`
	Seconds     number `json:"seconds"` // of vi.Fit
	GradEvals   int    `json:"grad_evals"`
	HessEvals   int    `json:"hess_evals"`
	MeanError   number `json:"rms_mean_error"`
	LogSD       number `json:"rms_log_sd_ratio"`
	MeanErrorIS number `json:"rms_mean_error_psis"`
	LogSDIS     number `json:"rms_log_sd_ratio_psis"`

	resample bool   // the result advises the estimates after resampling
	message  string // why there is no good fit
}

// The status if it is not that of a vi.Result; after errorStatus the error follows.
const (
	noModelStatus   = "no model"
	timeLimitStatus = "time limit"
	errorStatus     = "error"
)

func runPosteriorDB(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := newFlags("posteriordb", stderr)
	dir := fs.String("dir", "", "`folder` of entries, each a folder with data.json and reference.json (default: data/posteriordb in $NATGRAD_SHARED, else in ../shared)")
	only := fs.String("only", "", "fit only the entry of this `name`, or those that have it in their names")
	file := fs.String("json", "", "`file` to write the rows to; a number that is not there is null, an infinite one a string")
	limit := fs.Duration("limit", time.Minute, "`time` that a fit may take")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *limit <= 0 {
		return fmt.Errorf("-limit %v: want a positive time", *limit)
	}
	if *dir == "" {
		*dir = filepath.Join(sharedDir(""), "data", "posteriordb")
	}
	names, err := entryNames(*dir, *only)
	if err != nil {
		return err
	}
	const format = "%-48s %4v  %-15s %-7s %6v %9v %7v %6v %9v %9v %9v %9v\n"
	fmt.Fprintf(stdout, format, "name", "dim", "status", "verdict", "k̂", "seconds", "grads", "hess", "mean", "log sd", "mean IS", "log sd IS")
	var rows []posteriorRow
	for _, name := range names {
		r := fitEntry(ctx, filepath.Join(*dir, name), *limit)
		rows = append(rows, r)
		status, _, _ := strings.Cut(r.Status, ": ")
		fmt.Fprintf(stdout, format, r.Name, r.Dim, status, r.Verdict, r.KHat, r.Seconds, r.GradEvals, r.HessEvals, r.MeanError, r.LogSD, r.MeanErrorIS, r.LogSDIS)
		if r.message != "" {
			fmt.Fprintf(stderr, "%s: %s\n", name, r.message)
		}
		if ctx.Err() != nil {
			break
		}
	}
	fmt.Fprintln(stdout, summary(rows))
	if *file != "" {
		b, err := json.MarshalIndent(rows, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(*file, append(b, '\n'), 0o644); err != nil {
			return err
		}
	}
	return judgeRows(rows)
}

// entryNames returns the folders that hold a reference: the one called only, if
// there is, else those with only in their names.
func entryNames(dir, only string) ([]string, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range list {
		if !strings.Contains(f.Name(), only) {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, f.Name(), "reference.json")); err == nil {
			if f.Name() == only {
				return []string{only}, nil
			}
			names = append(names, f.Name())
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no entries in %s with %q in their name: want folders with reference.json", dir, only)
	}
	return names, nil
}

// fitEntry never fails: what goes wrong is the status of the row.
func fitEntry(ctx context.Context, dir string, limit time.Duration) posteriorRow {
	nan := number(math.NaN())
	row := posteriorRow{Name: filepath.Base(dir), KHat: nan, Seconds: nan, MeanError: nan, LogSD: nan, MeanErrorIS: nan, LogSDIS: nan}
	e, err := posteriordb.Open(dir)
	if errors.Is(err, posteriordb.ErrNoModel) {
		row.Status, row.message = noModelStatus, err.Error()
		return row
	}
	if err != nil {
		row.fail(err)
		return row
	}
	row.Dim = e.Model.Dim()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	begin := time.Now()
	res, err := vi.Fit(ctx, vi.Problem{Model: e.Model}, nil)
	row.Seconds = number(time.Since(begin).Seconds())
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		row.Status, row.message = timeLimitStatus, fmt.Sprintf("no end after %v", limit)
	case err != nil:
		row.fail(err)
	default:
		row.Status = res.Status.String()
	}
	if res != nil {
		scoreFit(&row, e, res)
	}
	return row
}

func (r *posteriorRow) fail(err error) {
	r.Status, r.message = fmt.Sprintf("%s: %v", errorStatus, err), err.Error()
}

// scoreFit fills in what is known of a fit.
func scoreFit(row *posteriorRow, e *posteriordb.Entry, res *vi.Result) {
	row.GradEvals, row.HessEvals = res.GradEvals, res.HessEvals
	row.Verdict, row.resample = res.Verdict.String(), res.Resample
	if res.Verdict != vi.Unchecked {
		row.KHat = number(res.KHat)
	}
	row.MeanError, row.LogSD = scoreMarginals(e, res.Params)
	row.MeanErrorIS, row.LogSDIS = scoreMarginals(e, res.Resampled)
}

// scoreMarginals compares the summaries of all that the model reports with the
// reference. Without any the scores are NaN.
func scoreMarginals(e *posteriordb.Entry, all []vi.Marginal) (meanError, logSDRatio number) {
	if all == nil {
		return number(math.NaN()), number(math.NaN())
	}
	var mean, sd []float64
	for _, k := range e.Index {
		mean, sd = append(mean, all[k].Mean), append(sd, all[k].SD)
	}
	a, b := e.Reference.Score(mean, sd)
	return number(a), number(b)
}

// good reports whether the moments are right: those after importance resampling
// where the result advises them, else the plain ones.
func (r *posteriorRow) good() bool {
	if r.resample && !math.IsNaN(float64(r.MeanErrorIS)) {
		return r.MeanErrorIS < goodError && r.LogSDIS < goodError
	}
	return r.MeanError < goodError && r.LogSD < goodError
}

func (r *posteriorRow) fitted() bool { return !math.IsNaN(float64(r.Seconds)) }

func summary(rows []posteriorRow) string {
	good, fitted := 0, 0
	var grads, hess, seconds []float64
	for i := range rows {
		r := &rows[i]
		if !r.fitted() {
			continue
		}
		fitted++
		grads, hess, seconds = append(grads, float64(r.GradEvals)), append(hess, float64(r.HessEvals)), append(seconds, float64(r.Seconds))
		if r.good() {
			good++
		}
	}
	if fitted == 0 {
		return "no fits"
	}
	return fmt.Sprintf("%d of %d fits within %g sd and %g of log sd; medians: %.0f gradients, %.0f Hessians, %.3g s; slowest %.3g s",
		good, fitted, goodError, goodError, medianOf(grads), medianOf(hess), medianOf(seconds), slices.Max(seconds))
}

func medianOf(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	n := len(x)
	return (x[(n-1)/2] + x[n/2]) / 2
}

// judgeRows returns an error if an entry could not be fitted, or if a verdict OK
// was wrong. An entry without a model is no error.
func judgeRows(rows []posteriorRow) error {
	var lies, failed []string
	for _, r := range rows {
		switch {
		case strings.HasPrefix(r.Status, errorStatus), r.Status == timeLimitStatus:
			failed = append(failed, r.Name)
		case r.Verdict == vi.OK.String() && !(r.MeanError <= lieError && r.LogSD <= lieError):
			lies = append(lies, r.Name)
		}
	}
	var errs []error
	if len(failed) > 0 {
		errs = append(errs, fmt.Errorf("%d entries failed: %s", len(failed), strings.Join(failed, ", ")))
	}
	if len(lies) > 0 {
		errs = append(errs, fmt.Errorf("%d entries have the verdict OK and errors above %g: %s", len(lies), lieError, strings.Join(lies, ", ")))
	}
	return errors.Join(errs...)
}
