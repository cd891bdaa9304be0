// Logistic fits a Bayesian logistic or probit regression to a data file, and
// prints the posterior of its coefficients.
//
//	go run ./examples/logistic
//	go run ./examples/logistic -data titanic.csv -target survived -categorical sex=male -holdout 0.25
//	go run ./examples/logistic -data a9a.gz -test a9a.t.gz -json fit.json
//
// The first command fits measurements of breast tumours that come with the
// program: 569 rows of 30 features (see data/README.md), of which a fifth is
// held out to judge the predictions.
//
// # Model
//
// Row i has the target y_i, 1 for the positive label and 0 for the other, and the
// features x_i, with a 1 in front for the intercept:
//
//	p(y_i = 1 | w) = σ(x_iᵀw),   σ(f) = 1/(1 + e⁻ᶠ), or Φ(f) with -likelihood probit
//	w_0 ~ N(0, 1/δ0),  w_j ~ N(0, 1/δ)
//
// The posterior of w is approximated by the Gaussian with the largest evidence
// lower bound (ELBO), with any covariance or, for -family diag, a diagonal one.
//
// With fewer rows than coefficients, a thousand columns of gene expression say, the
// same posterior is found by way of the linear predictors of the rows (conjugate-
// computation variational inference, Khan & Lin 2017), in time O(N²D + N³).
//
// Priors are about the scale that is fitted. With -standardize columns are
// brought to mean 0 and standard deviation 1 first, so that the same prior does
// for all; the built-in data are, unless -standardize=false says otherwise. The
// table of coefficients is in the units of the file in any case.
//
// # Predictions
//
// The probability of a new row is the expectation of σ(xᵀw) under the posterior,
// not σ at the mean. Log losses are means of −log p(y), in nats per row, over rows
// that were not fitted: a random part of the file that keeps the proportion of
// the classes (-holdout, -seed) or another file (-test).
//
// # JSON
//
// -json FILE writes one object:
//
//	rows, columns   of the data that were fitted, columns without the intercept
//	elbo, elbo_se   in nats; the standard error is 0 without noise
//	iterations, grad_evals, seconds
//	status          "converged", or why not
//	coefficients    [{name, mean, sd, q05, q95}], in the units of the file, intercept first
//	covariance      rows of the covariance matrix, intercept first, in the scale that
//	                was fitted; null for -family diag, and if there are more than 2500
//	                coefficients and fewer rows
//	fitted          {mean, sd}: the same coefficients in the scale that was fitted
//	test            {rows, log_loss, accuracy, calibration}; null without test rows
//
// The same file, flags and seed give the same numbers, but for seconds.
//
// # Exit status
//
// 0 if the fit converged, 1 if it did not (what was reached is printed all the
// same) or the input is unusable, 2 for flags that are not understood.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"natgrad/estimators"
	"natgrad/examples/internal/cli"
	"natgrad/vi"
)

func main() { cli.Main(run) }

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	cfg := &config{holdout: -1}
	return cli.Run("logistic", usage, args, stdout, stderr, cfg.define, func() error {
		return fitFile(ctx, cfg, stdin, stdout, stderr)
	})
}

// fitFile reads the data, fits, and writes the results. Its error is nil only
// for a fit that converged and can be trusted.
func fitFile(ctx context.Context, cfg *config, stdin io.Reader, stdout, stderr io.Writer) error {
	if err := cfg.check(); err != nil {
		return err
	}
	in, err := loadUntil(ctx, cfg, stdin)
	if err != nil {
		return err
	}
	report := &cli.Report{W: stdout}
	if cfg.json == "-" {
		report.W = stderr
	}
	printData(report, cfg, in)

	bar := newProgress(stderr)
	res, b, fitErr := fit(ctx, cfg, in, bar)
	bar.clear()
	if b == nil {
		return noFit(fitErr, cfg, in)
	}
	post, err := newPosterior(b, in)
	if err != nil {
		return err
	}
	score, err := assess(cfg, in, b)
	if err != nil {
		return err
	}
	printFit(report, in, res, post, score)
	if cfg.json != "" {
		if err := writeJSON(cfg.json, stdout, in, res, post, score); err != nil {
			return errors.Join(fitErr, err)
		}
	}
	return errors.Join(unconverged(res, fitErr), report.Err)
}

// unconverged is the error of a fit that did not converge or is not to be
// trusted, nil for one that did.
func unconverged(res *vi.Result, fitErr error) error {
	switch {
	case res.Status == vi.Converged && res.Verdict == vi.Fail && fitErr == nil:
		return fmt.Errorf("converged, but not to be used: %s", strings.Join(res.Reasons, "; "))
	case res.Status == vi.Converged:
		return fitErr
	case fitErr != nil && res.Status != vi.Canceled:
		return fmt.Errorf("not converged: %w", fitErr)
	}
	return fmt.Errorf("not converged: %v after %s%s", res.Status, cli.Count(res.Iterations, "iteration"), remedy(res.Status))
}

// noFit is the error of a fit that ended before it began.
func noFit(err error, c *config, in *input) error {
	bad, ok := errors.AsType[*estimators.NonFiniteError](err)
	switch {
	case ok && bad.Index >= 0 && bad.What == "expected log-likelihood" && c.batch == 0: // else a row of the batch
		return fmt.Errorf("no fit: %s: line %d: values too large for coefficients with such a prior; try -standardize or a larger -prior-precision",
			in.train.File, in.train.Lines[bad.Index])
	case err == nil:
		return errors.New("no fit: the ELBO is not finite")
	case errors.Is(err, context.Canceled):
		return errors.New("no fit: canceled")
	}
	return fmt.Errorf("no fit: %w", err)
}

// remedy says what to do about a fit that did not converge.
func remedy(s vi.Status) string {
	switch s {
	case vi.IterationLimit:
		return "; give it more -iterations, or a larger -tolerance"
	case vi.Stalled:
		return "; try another -method, or a larger -prior-precision"
	}
	return ""
}
