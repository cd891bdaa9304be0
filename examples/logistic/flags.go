package main

import (
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"

	"natgrad/examples/internal/cli"
	"natgrad/models/dataset"
)

const usage = `Logistic fits a Bayesian logistic regression to a data file and prints the
posterior of its coefficients, found by natural-gradient variational inference.
Without flags it fits the built-in breast cancer data. An example with a file:

  logistic -data titanic.csv -target survived -categorical sex=male -holdout 0.2

Data
  -data FILE          CSV with a header, or LIBSVM; plain or .gz; - is standard
                      input. Default: the built-in data
  -format FORMAT      auto, csv or libsvm. Default: auto, by the name of the
                      file, else by its first lines; standard input is csv
  -target NAME        CSV column to predict. Default: the last one
  -positive LABEL     target label that counts as 1. Default: the larger one
  -categorical LIST   CSV columns that hold names: column or column=reference,
                      with commas between. Each level but the reference, by
                      default the first, gets an indicator column
  -ignore LIST        CSV columns to leave out, with commas between; '' is the
                      column without a name
  -missing CHOICE     refuse or drop rows with missing values. Default: refuse
  -comma CHARACTER    CSV field separator, or tab. Default: a comma
  -no-header          the CSV file has no header; columns are called x1, x2, ...
  -features N         columns of a LIBSVM file. Default: the largest index in it
  -standardize        bring columns to mean 0 and standard deviation 1 (divisor
                      n); wise for columns in units of their own. Default: no,
                      but yes for the built-in data

Test rows
  -holdout FRACTION   part of the rows kept out of the fit to judge it, from 0
                      to below 1. Default: 0, but 0.2 for the built-in data
  -test FILE          judge by this file instead, coded as that of -data, and
                      fit all rows of -data

Model
  -likelihood NAME    logit or probit. Default: logit
  -prior-precision DELTA
                      1/variance of the prior of each coefficient, in the scale
                      that is fitted. Default: 1
  -intercept-precision DELTA
                      the same for the intercept. Default: 1. A small one, such
                      as 1e-5, leaves it free: wise for rare labels
  -family NAME        full or diag: covariance of the Gaussian. Default: full

Fit
  -estimator NAME     auto, quadrature, price, stein, pathwise or score.
                      Default: auto, which is quadrature: no noise
  -method NAME        natural, fisher, mirror, euclidean, adam or retraction.
                      Default: natural
  -batch N            use N random rows in each iteration. Default: 0, all
  -iterations N       give up after so many. Default: 0, 5000 without noise and
                      100000 with it
  -tolerance T        stop within this distance of the optimum, whose unit is
                      one posterior standard deviation. Default: 0, 1e-6 without
                      noise and, with it, 0.05 times the root of the number of
                      coefficients
  -seed N             of random numbers: the split and noisy estimators.
                      Default: 1

Output
  -json FILE          write the results as JSON; - is standard output, and the
                      report goes to standard error

The exit status is 0 if the fit converged and can be trusted (its verdict is
not "fail"), 1 if not or the data are unusable, and 2 for flags that are not
understood.
`

// config holds the flags.
type config struct {
	data, test, target, positive string
	categorical, ignore          []string
	format                       dataset.Format
	missing                      string
	comma                        rune
	noHeader                     bool
	features                     int
	standardize                  *bool   // nil: the built-in data only
	holdout                      float64 // −1: not given

	likelihood, family     string
	precision, interceptδ0 float64

	estimator, method string
	batch, iterations int
	tolerance         float64
	seed              uint64

	json string
}

// define declares the flags. They are described in usage.
func (c *config) define(fs *flag.FlagSet) {
	fs.StringVar(&c.data, "data", "", "")
	fs.TextVar(&c.format, "format", dataset.Auto, "")
	fs.StringVar(&c.target, "target", "", "")
	fs.StringVar(&c.positive, "positive", "", "")
	cli.List(fs, &c.categorical, "categorical")
	cli.List(fs, &c.ignore, "ignore")
	cli.Choice(fs, &c.missing, "missing", "refuse", "drop")
	cli.Comma(fs, &c.comma)
	fs.BoolVar(&c.noHeader, "no-header", false, "")
	fs.IntVar(&c.features, "features", 0, "")
	fs.BoolFunc("standardize", "", func(s string) error {
		b, err := strconv.ParseBool(s)
		c.standardize = &b
		return err
	})
	fs.Func("holdout", "", func(s string) error {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || !(f >= 0 && f < 1) {
			return fmt.Errorf("want a fraction from 0 to below 1")
		}
		c.holdout = f
		return nil
	})
	fs.StringVar(&c.test, "test", "", "")
	cli.Choice(fs, &c.likelihood, "likelihood", "logit", "probit")
	fs.Float64Var(&c.precision, "prior-precision", 1, "")
	fs.Float64Var(&c.interceptδ0, "intercept-precision", 1, "")
	cli.Choice(fs, &c.family, "family", "full", "diag")
	cli.Choice(fs, &c.estimator, "estimator", "auto", "quadrature", "price", "stein", "pathwise", "score")
	cli.Choice(fs, &c.method, "method", "natural", "fisher", "mirror", "euclidean", "adam", "retraction")
	fs.IntVar(&c.batch, "batch", 0, "")
	fs.IntVar(&c.iterations, "iterations", 0, "")
	fs.Float64Var(&c.tolerance, "tolerance", 0, "")
	fs.Uint64Var(&c.seed, "seed", 1, "")
	fs.StringVar(&c.json, "json", "", "")
}

// check refuses what no fit can have, before any file is read.
func (c *config) check() error {
	if c.data == "-" && c.test == "-" {
		return errors.New("-data and -test are both standard input, which can be read once only")
	}
	reference := make(map[string]string)
	for _, s := range c.categorical {
		name, level, _ := strings.Cut(s, "=")
		if old, ok := reference[name]; ok && old != level {
			return fmt.Errorf("-categorical gives column %q the references %q and %q, want one", name, old, level)
		}
		reference[name] = level
	}
	return cli.CheckNumbers(
		cli.Number{Name: "-prior-precision", Value: c.precision},
		cli.Number{Name: "-intercept-precision", Value: c.interceptδ0},
		cli.Number{Name: "-tolerance", Value: c.tolerance, Zero: true},
		cli.Number{Name: "-batch", Value: float64(c.batch), Zero: true},
		cli.Number{Name: "-iterations", Value: float64(c.iterations), Zero: true},
		cli.Number{Name: "-features", Value: float64(c.features), Zero: true},
	)
}
