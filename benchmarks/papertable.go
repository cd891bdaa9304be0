package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// published is a figure of a paper with its standard error, NaN if none is given.
type published struct {
	value, err float64
	// unverified: the figure was not read in the paper or the files of its authors. It
	// is printed with that word, and no bar fails by it.
	unverified bool
}

// pub is a published figure without a standard error.
func pub(value float64) *published { return &published{value: value, err: math.NaN()} }

// pubErr is a published mean with its standard error.
func pubErr(value, err float64) *published { return &published{value: value, err: err} }

// fromMemory is a published mean, or one without standard error if that is NaN, that
// was not verified.
func fromMemory(value, err float64) *published { return &published{value, err, true} }

// table is what an experiment found beside what was published.
type table struct {
	Experiment string     `json:"experiment"`
	Quick      bool       `json:"quick"`
	Seed       uint64     `json:"seed"`
	Rows       []tableRow `json:"rows"`
	Notes      []string   `json:"notes"`
}

// tableRow is one quantity. Numbers that are not there are NaN.
type tableRow struct {
	Group        string `json:"group"` // heading, such as a data set
	Quantity     string `json:"quantity"`
	Published    number `json:"published"`
	PublishedErr number `json:"published_error"`
	Unverified   bool   `json:"unverified"`
	Ours         number `json:"ours"`
	OursErr      number `json:"ours_error"`
	Runs         int    `json:"runs"`
	Difference   number `json:"difference"` // ours − published, in joint standard errors
	Bar          string `json:"bar"`
	Mark         string `json:"mark"`
}

// The marks of a row with a bar.
const (
	markMet       = "met"
	markMissed    = "MISSED"
	markDiffers   = "differs"    // from a figure that is not verified
	markNotJudged = "not judged" // there is nothing to compare with, or no error
)

// add puts a row into the table. was may be nil, the bar zero.
func (t *table) add(group, quantity string, was *published, ours measured, b bar) {
	nan := number(math.NaN())
	row := tableRow{Group: group, Quantity: quantity, Published: nan, PublishedErr: nan, Ours: number(ours.value), OursErr: number(ours.err),
		Runs: ours.runs, Difference: nan, Bar: b.text}
	if was != nil {
		row.Published, row.PublishedErr, row.Unverified = number(was.value), number(was.err), was.unverified
		row.Difference = number(jointErrors(ours, was))
	}
	if b.met != nil {
		met, ok := b.met(ours, was)
		switch {
		case !ok:
			row.Mark = markNotJudged
		case met:
			row.Mark = markMet
		case was != nil && was.unverified:
			row.Mark = markDiffers
		default:
			row.Mark = markMissed
		}
	}
	t.Rows = append(t.Rows, row)
}

// note adds a sentence that is printed below the table.
func (t *table) note(format string, args ...any) {
	t.Notes = append(t.Notes, fmt.Sprintf(format, args...))
}

// jointErrors returns ours − was in joint standard errors, NaN if neither has one.
func jointErrors(ours measured, was *published) float64 {
	var variance float64
	for _, e := range []float64{ours.err, was.err} {
		if e > 0 {
			variance += e * e
		}
	}
	if variance == 0 {
		return math.NaN()
	}
	return (ours.value - was.value) / math.Sqrt(variance)
}

// bar is what a row has to reach. The zero value is none.
type bar struct {
	text string
	// met reports whether the bar is reached; ok is false if that cannot be said. was
	// may be nil.
	met func(ours measured, was *published) (met, ok bool)
}

// withinErrors: at most k joint standard errors from the published figure.
func withinErrors(k float64) bar {
	return bar{fmt.Sprintf("± %g s.e.", k), func(ours measured, was *published) (bool, bool) {
		if was == nil {
			return false, false
		}
		d := jointErrors(ours, was)
		return math.Abs(d) <= k, !math.IsNaN(d) || math.IsNaN(ours.value)
	}}
}

// within: at most tol from the published figure.
func within(tol float64) bar {
	return bar{fmt.Sprintf("± %g", tol), func(ours measured, was *published) (bool, bool) {
		return was != nil && math.Abs(ours.value-was.value) <= tol, was != nil
	}}
}

// withinShare: at most share of the published figure from it.
func withinShare(share float64) bar {
	return bar{fmt.Sprintf("± %g %%", 100*share), func(ours measured, was *published) (bool, bool) {
		return was != nil && math.Abs(ours.value-was.value) <= share*math.Abs(was.value), was != nil
	}}
}

// noMoreThan: at most limit.
func noMoreThan(limit float64) bar {
	return bar{fmt.Sprintf("≤ %g", limit), func(ours measured, _ *published) (bool, bool) { return ours.value <= limit, true }}
}

// noLessThan: at least limit.
func noLessThan(limit float64) bar {
	return bar{fmt.Sprintf("≥ %g", limit), func(ours measured, _ *published) (bool, bool) { return ours.value >= limit, true }}
}

// missed counts the bars that were missed.
func (t *table) missed() int {
	n := 0
	for _, r := range t.Rows {
		if r.Mark == markMissed {
			n++
		}
	}
	return n
}

func (t *table) print(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "quantity\tpublished\tours\tdifference\tbar\tmark")
	group := ""
	for _, r := range t.Rows {
		if r.Group != group {
			group = r.Group
			fmt.Fprintf(tw, "%s\t\t\t\t\t\n", group)
		}
		was := withError(r.Published, r.PublishedErr)
		if r.Unverified {
			was += " unverified"
		}
		difference := ""
		if !math.IsNaN(float64(r.Difference)) {
			difference = fmt.Sprintf("%+.2f s.e.", float64(r.Difference))
		}
		indent := ""
		if group != "" {
			indent = "  "
		}
		fmt.Fprintf(tw, "%s%s\t%s\t%s\t%s\t%s\t%s\n", indent, r.Quantity, was, withError(r.Ours, r.OursErr), difference, r.Bar, r.Mark)
	}
	tw.Flush()
	for _, n := range t.Notes {
		fmt.Fprintln(w)
		wrap(w, n, 100)
	}
}

// withError returns "value ± error" with six digits, "" for NaN.
func withError(value, err number) string {
	switch {
	case math.IsNaN(float64(value)):
		return ""
	case math.IsNaN(float64(err)):
		if math.IsInf(float64(value), 0) {
			return strings.Replace(fmt.Sprintf("%+v", float64(value)), "Inf", "∞", 1)
		}
		return fmt.Sprintf("%.6g", float64(value))
	}
	return fmt.Sprintf("%.6g ± %.2g", float64(value), float64(err))
}

// wrap prints a text in lines of a width, broken at spaces.
func wrap(w io.Writer, text string, width int) {
	column := 0
	start := 0
	for i, c := range text + " " {
		if c != ' ' {
			continue
		}
		word := text[start:i]
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
		case column+1+n > width:
			fmt.Fprintln(w)
			column = 0
		default:
			fmt.Fprint(w, " ")
			column++
		}
		fmt.Fprint(w, word)
		column += n
		start = i + 1
	}
	fmt.Fprintln(w)
}

func (t *table) writeJSON(path string) error { return writeWholeJSON(path, t) }

// writeCSV writes the rows with all their digits. Fields of numbers that are not there
// are empty.
func (t *table) writeCSV(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	text := func(x number) string {
		if math.IsNaN(float64(x)) {
			return ""
		}
		return strconv.FormatFloat(float64(x), 'g', -1, 64)
	}
	w := csv.NewWriter(f)
	w.Write([]string{"group", "quantity", "published", "published_error", "unverified", "ours", "ours_error", "runs", "difference_in_joint_errors", "bar", "mark"})
	for _, r := range t.Rows {
		w.Write([]string{r.Group, r.Quantity, text(r.Published), text(r.PublishedErr), strconv.FormatBool(r.Unverified),
			text(r.Ours), text(r.OursErr), strconv.Itoa(r.Runs), text(r.Difference), r.Bar, r.Mark})
	}
	w.Flush()
	err = w.Error()
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
