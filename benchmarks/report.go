package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"natgrad/vi"
)

// report is what an experiment measured, with the bars it had to reach.
type report struct {
	Experiment string      `json:"experiment"`
	Quick      bool        `json:"quick"`
	Seed       uint64      `json:"seed"`
	Sparse     string      `json:"sparse_data,omitempty"`
	Rows       []reportRow `json:"rows"`
	Times      []timeRow   `json:"times"`
}

// reportRow is one quantity: the median over rounds, and the range. Bar is nil if
// there is nothing to reach.
type reportRow struct {
	What  string   `json:"what"`
	Cores int      `json:"cores"`
	Value float64  `json:"value"`
	Low   float64  `json:"low"`
	High  float64  `json:"high"`
	Bar   *float64 `json:"bar,omitempty"`
	Rule  string   `json:"rule,omitempty"` // "≤" or "≥"
	Met   *bool    `json:"met,omitempty"`
}

// timeRow is one thing that was timed. The last four fields are of fits.
type timeRow struct {
	What       string  `json:"what"`
	Cores      int     `json:"cores"`
	Best       float64 `json:"seconds_best"`
	Median     float64 `json:"seconds_median"`
	ELBO       float64 `json:"elbo,omitempty"`
	Iterations int     `json:"iterations,omitempty"`
	Estimates  int     `json:"estimates,omitempty"`
	Status     string  `json:"status,omitempty"`
}

func (r *report) info(what string, cores int, s samples) {
	r.Rows = append(r.Rows, reportRow{What: what, Cores: cores, Value: s.median(), Low: s.best(), High: s.worst()})
}

func (r *report) atMost(what string, cores int, s samples, bar float64) {
	r.judge(what, cores, s, bar, "≤", s.median() <= bar)
}

func (r *report) atLeast(what string, cores int, s samples, bar float64) {
	r.judge(what, cores, s, bar, "≥", s.median() >= bar)
}

func (r *report) judge(what string, cores int, s samples, bar float64, rule string, met bool) {
	r.info(what, cores, s)
	row := &r.Rows[len(r.Rows)-1]
	row.Bar, row.Rule, row.Met = &bar, rule, &met
}

func (r *report) addTime(what string, cores int, s samples) {
	r.Times = append(r.Times, timeRow{What: what, Cores: cores, Best: s.best(), Median: s.median()})
}

func (r *report) addFit(what string, cores int, s samples, res *vi.Result) {
	r.Times = append(r.Times, timeRow{What: what, Cores: cores, Best: s.best(), Median: s.median(),
		ELBO: res.ELBO, Iterations: res.Iterations, Estimates: res.Estimates, Status: res.Status.String()})
}

// missed counts the bars that were not reached.
func (r *report) missed() int {
	n := 0
	for _, row := range r.Rows {
		if row.Met != nil && !*row.Met {
			n++
		}
	}
	return n
}

func (r *report) print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "measured\tcores\tvalue\trange\tbar\tverdict")
	for _, row := range r.Rows {
		bar, verdict, spread := "", "", ""
		if row.Low < row.High {
			spread = fmt.Sprintf("%.3g–%.3g", row.Low, row.High)
		}
		if row.Bar != nil {
			bar, verdict = fmt.Sprintf("%s %.4g", row.Rule, *row.Bar), "met"
			if !*row.Met {
				verdict = "NOT MET"
			}
		}
		fmt.Fprintf(t, "%s\t%d\t%.4g\t%s\t%s\t%s\n", row.What, row.Cores, row.Value, spread, bar, verdict)
	}
	t.Flush()
	fmt.Fprintln(w)
	fmt.Fprintln(t, "timed\tcores\tbest s\tmedian s\tELBO\titerations\testimates")
	for _, row := range r.Times {
		fmt.Fprintf(t, "%s\t%d\t%.4g\t%.4g\t", row.What, row.Cores, row.Best, row.Median)
		if row.Status != "" {
			fmt.Fprintf(t, "%.6f\t%d\t%d", row.ELBO, row.Iterations, row.Estimates)
		} else {
			fmt.Fprint(t, "\t\t")
		}
		fmt.Fprintln(t)
	}
	t.Flush()
}

// writeJSON writes r to a file.
func (r *report) writeJSON(file string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(b, '\n'), 0o644)
}
