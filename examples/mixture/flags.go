package main

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strings"

	"natgrad/examples/internal/cli"
)

const usage = `Mixture fits a Bayesian mixture of Gaussians to a data file and prints its
components, found by natural-gradient variational inference. Without flags it
fits the built-in Old Faithful data. An example with a file:

  mixture -data iris.csv -ignore species -components 6 -plot iris.svg

Data
  -data FILE          CSV with a header, plain or .gz; - is standard input.
                      Default: the built-in data
  -columns LIST       columns to use, with commas between. Default: all
  -ignore LIST        columns to leave out, with commas between
  -missing CHOICE     refuse or drop rows with missing values. Default: refuse
  -comma CHARACTER    field separator, or tab. Default: a comma
  -no-header          the file has no header; columns are called x1, x2, ...

Model
  -components K       fit mixtures of 1 to K components and report the best.
                      Default: 10
  -fixed              fit K components only
  -covariance SHAPE   full, tied, diag or spherical. Default: full
  -weights PRIOR      dirichlet or dp, the truncated Dirichlet process.
                      Default: dirichlet
  -concentration A    of the prior of the weights. Default: 0, 1/K
  -mean-precision K0  number of rows that the prior mean is worth. Default: 1
  -dof V0             degrees of freedom of the precisions. Default: 0, the
                      number of columns
  -scale CHOICE       inverse scale of the precisions: empirical, the covariance
                      of the rows with divisor n-1; identity; or a CSV file
                      without header that holds the matrix, its diagonal for
                      -covariance diag, one number for spherical.
                      Default: empirical

Fit
  -starts N           starts of each fit, of which the best is kept. Default: 0,
                      10, fewer for large data, 1 with -batch
  -batch N            use N random rows in each iteration. Default: 0, all
  -tolerance T        stop within this distance of the optimum, whose unit is
                      one posterior standard deviation. Default: 0, 1e-6 without
                      -batch and 0.05 times the root of the number of
                      parameters with it
  -seed N             of random numbers. Default: 1

Output
  -json FILE          write the results as JSON; - is standard output, and the
                      report goes to standard error
  -assign FILE        write the responsibilities of the components for each row,
                      as CSV
  -plot FILE          draw data, components and weights, as .png or .svg
  -plot-columns X,Y   columns to draw. Default: the first two

The exit status is 0 if the fit converged, 1 if not or the data are unusable,
and 2 for flags that are not understood.
`

// config holds the flags.
type config struct {
	data            string
	columns, ignore []string
	missing         string
	comma           rune
	noHeader        bool

	components                 int
	fixed                      bool
	covariance, weights        string
	concentration, meanPrec, ν float64
	scale                      string

	starts, batch int
	tolerance     float64
	seed          uint64

	json, assign, plot string
	plotColumns        []string
}

// define declares the flags. They are described in usage.
func (c *config) define(fs *flag.FlagSet) {
	fs.StringVar(&c.data, "data", "", "")
	cli.List(fs, &c.columns, "columns")
	cli.List(fs, &c.ignore, "ignore")
	cli.Choice(fs, &c.missing, "missing", "refuse", "drop")
	cli.Comma(fs, &c.comma)
	fs.BoolVar(&c.noHeader, "no-header", false, "")
	fs.IntVar(&c.components, "components", 10, "")
	fs.BoolVar(&c.fixed, "fixed", false, "")
	cli.Choice(fs, &c.covariance, "covariance", "full", "tied", "diag", "spherical")
	cli.Choice(fs, &c.weights, "weights", "dirichlet", "dp")
	fs.Float64Var(&c.concentration, "concentration", 0, "")
	fs.Float64Var(&c.meanPrec, "mean-precision", 1, "")
	fs.Float64Var(&c.ν, "dof", 0, "")
	fs.StringVar(&c.scale, "scale", "empirical", "")
	fs.IntVar(&c.starts, "starts", 0, "")
	fs.IntVar(&c.batch, "batch", 0, "")
	fs.Float64Var(&c.tolerance, "tolerance", 0, "")
	fs.Uint64Var(&c.seed, "seed", 1, "")
	fs.StringVar(&c.json, "json", "", "")
	fs.StringVar(&c.assign, "assign", "", "")
	fs.StringVar(&c.plot, "plot", "", "")
	cli.List(fs, &c.plotColumns, "plot-columns")
}

// check refuses what no fit can have, before any file is read.
func (c *config) check() error {
	err := cli.CheckNumbers(
		cli.Number{Name: "-components", Value: float64(c.components)},
		cli.Number{Name: "-concentration", Value: c.concentration, Zero: true},
		cli.Number{Name: "-mean-precision", Value: c.meanPrec},
		cli.Number{Name: "-dof", Value: c.ν, Zero: true},
		cli.Number{Name: "-starts", Value: float64(c.starts), Zero: true},
		cli.Number{Name: "-batch", Value: float64(c.batch), Zero: true},
		cli.Number{Name: "-tolerance", Value: c.tolerance, Zero: true},
	)
	if err != nil {
		return err
	}
	if c.plot == "" && c.plotColumns != nil {
		return errors.New("-plot-columns needs -plot FILE")
	}
	if ext := strings.ToLower(filepath.Ext(c.plot)); c.plot != "" && ext != ".png" && ext != ".svg" {
		return fmt.Errorf("-plot %s: want a name that ends in .png or .svg", c.plot)
	}
	if n := len(c.plotColumns); n > 2 {
		return fmt.Errorf("-plot-columns names %d columns, want one or two", n)
	}
	return nil
}
