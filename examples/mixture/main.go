// Mixture fits a Bayesian mixture of Gaussians to a data file, and prints its
// components.
//
//	go run ./examples/mixture
//	go run ./examples/mixture -data iris.csv -columns sepal_length,petal_length -components 6 -plot iris.svg
//	go run ./examples/mixture -data big.csv -components 20 -fixed -batch 1000 -json fit.json
//
// The first command fits the 272 eruptions of Old Faithful that come with the program
// (see data/README.md).
//
// # Model
//
//	π ~ Dirichlet(α₀, …, α₀), or a Dirichlet process truncated at K components
//	Λ_k ~ Wishart(ν₀, W₀),  m_k | Λ_k ~ N(mean of the rows, (κ₀Λ_k)⁻¹)
//	y_i ~ Σ_k π_k N(m_k, Λ_k⁻¹)
//
// with one Λ for all components (-covariance tied), or independent Gamma precisions of
// its columns (diag) or one of all of them (spherical). The posterior is approximated by
// independent distributions of π, the (m_k, Λ_k), and which component each row belongs to
// (variational Bayes), from several starts, of which the best is kept.
//
// # Number of components
//
// Mixtures of 1 to -components components are fitted, and the one with the highest
// evidence lower bound is reported. A posterior of K Dirichlet components of which E are
// in use has K!/(K−E)! copies that differ by names alone, of which the approximation
// holds one: the logarithm of that number is added before the bounds are compared. With
// -fixed only the mixture of -components components is fitted.
//
// A component is in use, and counts as effective, if it holds at least one row.
//
// # JSON
//
// -json FILE writes one object:
//
//	rows, columns         number of rows, and names of the columns
//	elbo, elbo_se         of the mixture chosen, in nats, all constants included; the standard
//	                      error is 0 without -batch
//	effective_components  number of components in use
//	components            [{weight, weight_sd, rows, mean, mean_sd, covariance, expected_covariance,
//	                      sd, sd_sd}], the heaviest first; covariance is the inverse of the expected
//	                      precision, expected_covariance is null where it does not exist, and so is
//	                      each sd
//	by_components         [{components, elbo, with_labels, effective_components, status}]
//	status                "converged", or why not
//	starts, notes         where the starts led, and which components are empty
//	iterations, seconds
//
// The same file, flags and seed give the same numbers, but for seconds.
//
// # Exit status
//
// 0 if the fit converged, 1 if it did not (what was reached is printed all the same) or
// the input is unusable, 2 for flags that are not understood.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"natgrad/examples/internal/cli"
	"natgrad/vi"
)

func main() { cli.Main(run) }

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	cfg := new(config)
	return cli.Run("mixture", usage, args, stdout, stderr, cfg.define, func() error {
		return fitFile(ctx, cfg, stdin, stdout, stderr)
	})
}

// fitFile reads the data, fits, and writes the results. Its error is nil only for a fit
// that converged and whose results are all written.
func fitFile(ctx context.Context, cfg *config, stdin io.Reader, stdout, stderr io.Writer) error {
	if err := cfg.check(); err != nil {
		return err
	}
	in, err := load(cfg, stdin)
	if err != nil {
		return err
	}
	report := &cli.Report{W: stdout}
	if cfg.json == "-" {
		report.W = stderr
	}
	printData(report, cfg, in)
	s, err := search(ctx, cfg, in)
	if err != nil && s == nil {
		return err
	}
	best := s.best()
	printFit(report, in, s, best)
	errs := []error{err, report.Err}
	if best.res.Status != vi.Converged {
		errs = append(errs, fmt.Errorf("not converged: %v after %d iterations%s", best.res.Status, best.res.Iterations, remedy(best.res.Status)))
	}
	if cfg.json != "" {
		errs = append(errs, writeJSON(cfg.json, stdout, in, s, best))
	}
	if cfg.assign != "" {
		errs = append(errs, writeAssignments(cfg.assign, in, best))
	}
	if cfg.plot != "" {
		errs = append(errs, writePlot(cfg.plot, in, best))
	}
	return errors.Join(errs...)
}

// remedy says what to do about a fit that did not converge.
func remedy(s vi.Status) string {
	if s == vi.IterationLimit {
		return "; give it a larger -tolerance"
	}
	return ""
}
