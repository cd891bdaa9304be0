package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"natgrad/examples/internal/cli"
)

// printData describes the data and the model.
func printData(w io.Writer, c *config, in *input) {
	n, d := in.x.Dims()
	fmt.Fprintf(w, "data    %s: %s, %s (%s)\n", in.file, cli.Count(n, "row"), cli.Count(d, "column"), strings.Join(in.names, ", "))
	weights := "Dirichlet weights"
	if c.weights == "dp" {
		weights = "truncated Dirichlet process"
	}
	k := fmt.Sprintf("1 to %d", c.components)
	if c.fixed || c.components == 1 {
		k = fmt.Sprint(c.components)
	}
	fmt.Fprintf(w, "model   %s Gaussian components, %s covariances, %s\n", k, c.covariance, weights)
	for _, note := range in.notes {
		fmt.Fprintln(w, "note   ", note)
	}
	if c.components > n {
		fmt.Fprintf(w, "note    there are more components than rows: at least %d of them hold none\n", c.components-n)
	}
}

// printFit writes the table of sizes, that of components, and how the fit went.
func printFit(w io.Writer, in *input, s *searched, best *fitted) {
	if len(s.fits) > 1 {
		fmt.Fprintf(w, "\n%10s %9s %14s %14s\n", "components", "in use", "ELBO", "with names")
		for _, f := range s.fits {
			mark := ""
			if f == best {
				mark = "  best"
			}
			fmt.Fprintf(w, "%10d %9d %14.6f %14.6f%s\n", f.k, f.effective, f.res.ELBO, f.score(), mark)
		}
	}
	fmt.Fprintln(w)
	printParts(w, in, best)
	res := best.res
	fmt.Fprintf(w, "\nfound   %s in use, of %d\n", cli.Count(best.effective, "component"), best.k)
	fmt.Fprintf(w, "ELBO    %.6f", res.ELBO)
	if res.StdErr > 0 {
		fmt.Fprintf(w, " ± %.2g", res.StdErr)
	}
	fmt.Fprintf(w, " nats\nstatus  %v after %s; all fits took %.3g s (%s, %s)\n", res.Status, cli.Count(res.Iterations, "iteration"),
		s.seconds, res.Method, res.Estimator)
	fmt.Fprintf(w, "starts  %s\n", startsOf(best))
	for _, note := range res.Notes {
		fmt.Fprintln(w, "note   ", note)
	}
}

// startsOf says where the starts led.
func startsOf(f *fitted) string {
	var starts, same, failed, better int
	for _, s := range f.res.Starts {
		switch {
		case s.Rearranged:
			better++
		case s.Mode < 0:
			failed++
			starts++
		default:
			starts++
			if s.Mode == 0 {
				same++
			}
		}
	}
	if starts == 0 {
		return "one only: whether others lead to a better optimum was not looked at"
	}
	text := fmt.Sprintf("%d of %d lead to this optimum", same, starts)
	if failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	if better > 0 {
		text += fmt.Sprintf("; splits and merges bettered it %s", cli.Count(better, "time"))
	}
	return text
}

// printParts writes the components in use, a line for each column.
func printParts(w io.Writer, in *input, f *fitted) {
	width := len("column")
	for _, name := range in.names {
		width = max(width, min(utf8.RuneCountInString(name), 24))
	}
	fmt.Fprintf(w, "%9s %8s %8s  %-*s %12s %10s %12s %10s\n", "component", "weight", "± sd", width, "column", "mean", "± sd", "sd", "± sd")
	for i, p := range f.parts {
		if p.rows < 1 {
			continue
		}
		for j, name := range in.names {
			head := fmt.Sprintf("%9s %8s %8s", "", "", "")
			if j == 0 {
				head = fmt.Sprintf("%9d %8.4f %8.4f", i+1, p.weight, p.weightSD)
			}
			fmt.Fprintf(w, "%s  %-*s %12s %10s %12s %10s\n", head, width, name, number(p.Mean[j]), number(p.MeanSD[j]), number(p.SD[j]), number(p.SDSD[j]))
		}
	}
}

// number writes five significant digits, nothing for what does not exist.
func number(x float64) string {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return "-"
	}
	return fmt.Sprintf("%.5g", x)
}
