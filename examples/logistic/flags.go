package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

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

// parseFlags reads the command line. What is wrong with it has been written to
// stderr when it returns an error.
func parseFlags(args []string, stderr io.Writer) (*config, error) {
	c := &config{holdout: -1}
	fs := flag.NewFlagSet("logistic", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {}
	c.define(fs)
	err := fs.Parse(args)
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q: a data file is given by -data", fs.Arg(0))
		fmt.Fprintln(stderr, err)
	}
	if err != nil && err != flag.ErrHelp {
		fmt.Fprintln(stderr, "logistic -h explains the flags")
	}
	return c, err
}

// define declares the flags. They are described in usage.
func (c *config) define(fs *flag.FlagSet) {
	fs.StringVar(&c.data, "data", "", "")
	fs.TextVar(&c.format, "format", dataset.Auto, "")
	fs.StringVar(&c.target, "target", "", "")
	fs.StringVar(&c.positive, "positive", "", "")
	list(fs, &c.categorical, "categorical")
	list(fs, &c.ignore, "ignore")
	choice(fs, &c.missing, "missing", "refuse", "drop")
	fs.Func("comma", "", func(s string) error {
		if s == "tab" {
			s = "\t"
		}
		r, size := utf8.DecodeRuneInString(s)
		if size == 0 || size != len(s) {
			return fmt.Errorf("want one character, or tab")
		}
		c.comma = r
		return nil
	})
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
	choice(fs, &c.likelihood, "likelihood", "logit", "probit")
	fs.Float64Var(&c.precision, "prior-precision", 1, "")
	fs.Float64Var(&c.interceptδ0, "intercept-precision", 1, "")
	choice(fs, &c.family, "family", "full", "diag")
	choice(fs, &c.estimator, "estimator", "auto", "quadrature", "price", "stein", "pathwise", "score")
	choice(fs, &c.method, "method", "natural", "fisher", "mirror", "euclidean", "adam", "retraction")
	fs.IntVar(&c.batch, "batch", 0, "")
	fs.IntVar(&c.iterations, "iterations", 0, "")
	fs.Float64Var(&c.tolerance, "tolerance", 0, "")
	fs.Uint64Var(&c.seed, "seed", 1, "")
	fs.StringVar(&c.json, "json", "", "")
}

// choice declares a flag that takes one of the given values, the first if it is
// absent.
func choice(fs *flag.FlagSet, dst *string, name string, values ...string) {
	*dst = values[0]
	fs.Func(name, "", func(s string) error {
		if !slices.Contains(values, s) {
			return fmt.Errorf("want one of %s", strings.Join(values, ", "))
		}
		*dst = s
		return nil
	})
}

// list declares a flag that takes names with commas between, and that may be
// given several times. A name may be empty: that of the row numbers in files
// written by some programs is.
func list(fs *flag.FlagSet, dst *[]string, name string) {
	fs.Func(name, "", func(s string) error {
		*dst = append(*dst, strings.Split(s, ",")...)
		return nil
	})
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
	for _, f := range []struct {
		name  string
		value float64
		zero  bool
	}{
		{"-prior-precision", c.precision, false},
		{"-intercept-precision", c.interceptδ0, false},
		{"-tolerance", c.tolerance, true},
		{"-batch", float64(c.batch), true},
		{"-iterations", float64(c.iterations), true},
		{"-features", float64(c.features), true},
	} {
		if !(f.value > 0 || f.zero && f.value == 0) || math.IsInf(f.value, 0) {
			want := "a positive finite number"
			if f.zero {
				want += ", or 0 for the default"
			}
			return fmt.Errorf("%s is %v, want %s", f.name, f.value, want)
		}
	}
	return nil
}
