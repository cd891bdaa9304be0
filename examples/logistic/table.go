package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"natgrad/examples/internal/cli"
	"natgrad/models/dataset"
	"natgrad/vi"
)

// printData describes the data and the model.
func printData(w io.Writer, c *config, in *input) {
	rows := map[string]string{}
	for _, k := range in.whole.Classes() {
		rows[k.Label] = cli.Count(k.Rows, "row")
	}
	fmt.Fprintf(w, "data    %v: %s (%s) against %s (%s)\n", in.whole, in.pos, rows[in.pos], in.neg, rows[in.neg])
	fmt.Fprintf(w, "fit     %s, %s\n", rowsOf(in.train), scaleOf(in))
	fmt.Fprintf(w, "model   %s, prior precision %g, intercept %g; %s Gaussian\n", c.likelihood, c.precision, c.interceptδ0, c.family)
	for _, n := range in.notes {
		fmt.Fprintln(w, "note   ", n)
	}
}

func scaleOf(in *input) string {
	if in.std != nil {
		return "columns standardised"
	}
	return "columns as they are"
}

func rowsOf(d *dataset.Dataset) string {
	n, _ := d.Dims()
	return cli.Count(n, "row")
}

// printFit writes the table of coefficients and how the fit went.
func printFit(w io.Writer, in *input, res *vi.Result, p *posterior, s *score) {
	fmt.Fprintln(w)
	printCoefficients(w, p.coef, in.std != nil)
	fmt.Fprintf(w, "\nELBO    %.6f", res.ELBO)
	if res.StdErr > 0 {
		fmt.Fprintf(w, " ± %.2g", res.StdErr)
	}
	fmt.Fprintf(w, " nats\nstatus  %v after %s in %.3g s (%s, %s)\n", res.Status, cli.Count(res.Iterations, "iteration"),
		res.Runtime.Seconds(), res.Method, res.Estimator)
	fmt.Fprintf(w, "verdict %v", res.Verdict)
	for i, reason := range res.Reasons {
		fmt.Fprintf(w, "%s%s", [2]string{": ", "\n        "}[min(i, 1)], reason)
	}
	fmt.Fprintln(w)
	if s == nil {
		fmt.Fprintln(w, "test    no test rows; -holdout 0.2 or -test FILE judges the predictions")
		return
	}
	fmt.Fprintf(w, "test    %s: log loss %.6f nats per row, accuracy %.2f %%, calibration error %.4f\n",
		cli.Count(s.Rows, "row"), s.LogLoss, 100*s.Accuracy, s.Calibration.Error)
	printCalibration(w, s.Calibration, in.pos)
}

// maxName is the width of the column of names; longer ones stick out.
const maxName = 40

func printCoefficients(w io.Writer, coef []coefficient, standardised bool) {
	width := len("coefficient")
	for _, c := range coef {
		width = max(width, min(utf8.RuneCountInString(c.Name), maxName))
	}
	line := func(name string, cells ...string) {
		pad := max(0, width-utf8.RuneCountInString(name))
		fmt.Fprint(w, name, strings.Repeat(" ", pad))
		for _, s := range cells {
			fmt.Fprintf(w, " %12s", s)
		}
		fmt.Fprintln(w)
	}
	line("coefficient", "mean", "sd", "5 %", "95 %")
	for _, c := range coef {
		line(c.Name, number(c.Mean), number(c.SD), number(c.Q05), number(c.Q95))
	}
	if standardised {
		fmt.Fprintln(w, "(in the units of the data; standardised inside)")
	}
}

// number writes five significant digits.
func number(x float64) string { return fmt.Sprintf("%.5g", x) }

func printCalibration(w io.Writer, c calibration, pos string) {
	fmt.Fprintf(w, "\n%-22s %8s %12s %12s\n", "probability of "+pos, "rows", "predicted", "observed")
	for _, b := range c.Bins {
		fmt.Fprintf(w, "%-22s %8d %12.4f %12.4f\n", fmt.Sprintf("%.1f to %.1f", b.Low, b.High), b.Rows, b.Predicted, b.Observed)
	}
}
