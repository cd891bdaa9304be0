package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"math"
	"strings"

	"natgrad/examples/internal/cli"
	"natgrad/models/dataset"
)

//go:embed data/breast_cancer.csv
var breastCancer []byte

const (
	builtInName    = "breast cancer (built in)"
	builtInHoldout = 0.2
)

// input is the data, in the scale that is fitted.
type input struct {
	whole       *dataset.Dataset // as in the file
	train, test *dataset.Dataset // test is nil without test rows
	yTrain      []float64
	yTest       []float64
	neg, pos    string
	std         *dataset.Standardizer // nil: not standardised
	names       []string              // of the coefficients, the intercept first
	notes       []string
}

// loadUntil loads unless ctx is canceled before: it would be no use to a read
// that waits for input, which is left behind.
func loadUntil(ctx context.Context, c *config, stdin io.Reader) (*input, error) {
	type loaded struct {
		in  *input
		err error
	}
	done := make(chan loaded, 1)
	go func() {
		in, err := load(c, stdin)
		done <- loaded{in, err}
	}()
	select {
	case l := <-done:
		return l.in, l.err
	case <-ctx.Done():
		return nil, noFit(ctx.Err(), c, nil)
	}
}

// load reads the data, divides the rows and standardises the columns.
func load(c *config, stdin io.Reader) (*input, error) {
	d, err := open(c.data, c.options(), stdin)
	if err != nil {
		return nil, err
	}
	in := &input{whole: d, train: d}
	var y []float64
	if y, in.neg, in.pos, err = d.TwoClass(c.positive); err != nil {
		return nil, err
	}
	in.yTrain = y
	switch holdout := c.holdoutFraction(); {
	case c.test != "":
		err = in.openTest(c, stdin)
	case holdout > 0:
		err = in.split(holdout, c.seed)
	}
	if err != nil {
		return nil, err
	}
	if c.test != "" && c.holdout > 0 {
		in.notes = append(in.notes, "-test is given, so -holdout is not used")
	}
	in.notes = append(in.notes, d.Notes...)
	in.names = append([]string{"(intercept)"}, in.train.Names()...)
	return in, in.standardise(c)
}

// holdoutFraction returns the part of the rows to hold out.
func (c *config) holdoutFraction() float64 {
	if c.holdout < 0 && c.data == "" {
		return builtInHoldout
	}
	return max(c.holdout, 0)
}

// options returns how to read the data.
func (c *config) options() *dataset.Options {
	o := &dataset.Options{Format: c.format, Target: c.target, Comma: c.comma, Features: c.features, Ignore: c.ignore}
	if c.missing == "drop" {
		o.Missing = dataset.DropMissing
	}
	if c.noHeader {
		o.Header = dataset.NoHeader
	}
	for _, s := range c.categorical {
		if o.Categorical == nil {
			o.Categorical = make(map[string]string)
		}
		name, reference, _ := strings.Cut(s, "=")
		o.Categorical[name] = reference
	}
	return o
}

// open reads a file, standard input for "-", the built-in data for "".
func open(path string, o *dataset.Options, stdin io.Reader) (*dataset.Dataset, error) {
	switch {
	case path == "":
		d, err := dataset.ReadCSV(bytes.NewReader(breastCancer), o)
		return cli.Named(d, err, builtInName)
	case path == "-" && o.Format == dataset.LIBSVM:
		d, err := dataset.ReadLIBSVM(stdin, o)
		return cli.Named(d, err, cli.StdinName)
	case path == "-":
		d, err := dataset.ReadCSV(stdin, o)
		return cli.Named(d, err, cli.StdinName)
	}
	return dataset.Open(path, o)
}

// openTest reads the test file, coded as the training data.
func (in *input) openTest(c *config, stdin io.Reader) error {
	o := c.options()
	o.Target, o.Ignore, o.Categorical = "", nil, nil
	o.Format = in.train.Schema.Format
	if o.Format == dataset.CSV {
		o.Like = in.train.Schema
	}
	d, err := open(c.test, o, stdin)
	if err != nil {
		return err
	}
	if o.Format == dataset.LIBSVM { // either file may lack the last columns of the other
		_, cols := d.Dims()
		_, trainCols := in.train.Dims()
		if in.train, err = in.train.Widen(max(cols, trainCols)); err != nil {
			return err
		}
		if d, err = d.Widen(max(cols, trainCols)); err != nil {
			return err
		}
	}
	for _, n := range d.Notes {
		in.notes = append(in.notes, "test data: "+n)
	}
	in.test = d
	in.yTest, err = d.Binary(in.neg, in.pos)
	return err
}

// split holds out a fraction of the rows of each class.
func (in *input) split(fraction float64, seed uint64) error {
	d, y := in.train, in.yTrain
	train, test, err := dataset.Holdout(len(y), fraction, seed, y)
	if err != nil {
		return err
	}
	in.train, in.test = d.Subset(train), d.Subset(test)
	in.yTrain, in.yTest = pick(y, train), pick(y, test)
	return nil
}

func pick(y []float64, idx []int) []float64 {
	p := make([]float64, len(idx))
	for k, i := range idx {
		p[k] = y[i]
	}
	return p
}

// standardise brings the columns to mean 0 and standard deviation 1 over the
// rows that are fitted, if that is wanted, and notes which are constant.
func (in *input) standardise(c *config) error {
	std := dataset.NewStandardizer(in.train)
	on := c.data == ""
	if c.standardize != nil {
		on = *c.standardize
	}
	if constant := std.Constant(); len(constant) > 0 {
		in.notes = append(in.notes, constantNote(constant, in.names, on))
	}
	if !on {
		in.notes = append(in.notes, scaleNote(std.SD)...)
		return nil
	}
	in.std = std
	var err error
	if in.train, err = std.Apply(in.train); err != nil {
		return err
	}
	if in.test != nil {
		in.test, err = std.Apply(in.test)
	}
	return err
}

// scaleNote warns of columns so different in scale that one prior for all of
// their coefficients is hardly meant.
func scaleNote(sd []float64) []string {
	const most = 1000
	low, high := math.Inf(1), 0.0
	for _, s := range sd {
		if s > 0 {
			low, high = math.Min(low, s), math.Max(high, s)
		}
	}
	if high <= most*low {
		return nil
	}
	return []string{fmt.Sprintf("standard deviations of the columns go from %.3g to %.3g, but their coefficients have the same prior: consider -standardize", low, high)}
}

// constantNote says which columns are constant in the rows that are fitted.
func constantNote(columns []int, names []string, standardised bool) string {
	const most = 5
	var s []string
	for k, j := range columns {
		if k == most {
			s = append(s, fmt.Sprintf("and %d more", len(columns)-most))
			break
		}
		s = append(s, fmt.Sprintf("%q", names[j+1]))
	}
	what := "so only the prior speaks of their effect"
	if standardised {
		what = "so left without effect"
	}
	return fmt.Sprintf("constant in the fitted rows, %s: %s", what, strings.Join(s, ", "))
}
